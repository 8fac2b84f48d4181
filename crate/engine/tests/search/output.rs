//! The output of a hash is followed to where it is compared.

use super::*;

#[test]
fn a_hash_is_followed_through_a_table_of_few_functions() {
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let call = [number(IN), number(OUT), number(0), vec![0x11, 0, 0, 0x1a]].concat();
    let test = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let body = count_up(&[write, call, test].concat(), &step());
    let bodies = |more: usize| {
        let mut bodies = vec![hash(), body.clone()];
        bodies.extend(vec![number(0); more]);
        bodies
    };
    let findings = inspect(&module_with_table(&bodies(0), &[1, 2]));
    assert!(sure(&findings), "{:?}", findings.facts);
    // A program with many objects has its functions there: which is meant is not asked.
    let many: Vec<u8> = (1..100).collect();
    let findings = inspect(&module_with_table(&bodies(98), &many));
    assert!(!findings.has("loop3.blake32"), "{:?}", findings.facts);
}

#[test]
fn output_is_followed_to_buffers_whose_address_is_in_what_a_call_is_given() {
    // frame = { pointer to frame + 64 }; hash(input, frame); compare what is at frame + 64.
    let frame = [frame(), number(256), vec![0x6b, 0x21, 5]].concat();
    let held = [vec![0x20, 5, 0x20, 5], number(192), vec![0x6a], store(4)].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let call = [number(IN), vec![0x20, 5, 0x10, 0, 0x1a]].concat();
    let test = [vec![0x20, 5], load(192), vec![0x20, 1, 0x49]].concat();
    for (held, is_search) in [(held, true), (Vec::new(), false)] {
        let body = [&held[..], &write, &call, &test].concat();
        let findings = search(&[hash(), [&frame[..], &count_up(&body, &step())].concat()]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

/// `rounds` times over: local 2 turned as BLAKE-256 turns it, but not unrolled.
fn rounds() -> Vec<u8> {
    let mut body = [number(0), vec![0x21, 3, 0x03, 0x40]].concat();
    for distance in [16, 20, 24, 25] {
        body.extend([rotated(distance), number(IN), load(0), vec![0x73, 0x21, 2]].concat());
        body.extend([vec![0x20, 2], number(IN), load(8), vec![0x6a, 0x21, 2]].concat());
    }
    let again = [
        vec![0x20, 3],
        number(1),
        vec![0x6a, 0x22, 3],
        number(10),
        vec![0x47, 0x0d, 0, 0x0b],
    ];
    body.extend(again.concat());
    body
}

#[test]
fn a_hash_in_place_is_followed_through_its_rounds_to_another_loop() {
    // The state begins as a word of the hash's own; what comes out is stored, and compared in a loop
    // of its own.
    let begin = [
        number(IN),
        vec![0x20, 0],
        store(76),
        number(0x6a09_e667),
        vec![0x21, 2],
    ]
    .concat();
    let leave = [number(OUT), vec![0x20, 2], store(0)].concat();
    let compare = [
        number(0),
        vec![0x21, 4, 0x03, 0x40, 0x20, 4],
        load_byte(OUT as u32),
        vec![0x20, 4],
        load_byte(TARGET as u32),
        vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b, 0x20, 4],
        number(1),
        vec![0x6a, 0x22, 4],
        number(32),
        vec![0x47, 0x0d, 0, 0x0b],
        number(0),
    ]
    .concat();
    // Unrolled as well, so that its arithmetic shows which hash it is.
    let body = [begin, mixing_with(3, rotated), rounds(), leave, compare].concat();
    let findings = search(&[count_up(&body, &step())]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn names_and_debug_information_do_not_make_a_module_large() {
    let padded = [
        module(&[hash()]),
        section(0, &[&[1, b'd'][..], &vec![7; 500_000]].concat()),
    ]
    .concat();
    let findings = inspect(&padded);
    assert!(findings.has("tiny-module") && !findings.has("large-module"));
}

#[test]
fn output_at_a_fixed_address_is_followed_by_a_pointer_to_it() {
    // for (p = OUT; ; p++) if (*p < target) return
    let walk = [
        number(OUT),
        vec![0x21, 3, 0x03, 0x40, 0x20, 3],
        load_byte(0),
        vec![0x20, 1, 0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b],
        vec![0x20, 3],
        number(1),
        vec![0x6a, 0x22, 3],
        number(OUT + 32),
        vec![0x47, 0x0d, 0, 0x0b],
        number(0),
    ]
    .concat();
    let body = [hash_counter(), walk].concat();
    let findings = search(&[hash(), compare(), count_up(&body, &step())]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn output_is_followed_through_copies() {
    let copy = [number(8192), number(OUT), load(28), store(0)].concat();
    let test = [number(8192), load(0), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), copy, test].concat();
    assert!(sure(&search(&[hash(), count_up(&body, &step())])));
    // memory.copy(8192, OUT, 32)
    let copy = [number(8192), number(OUT), number(32), vec![0xfc, 10, 0, 0]].concat();
    let test = [number(8192), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), copy, test].concat();
    assert!(sure(&search(&[hash(), count_up(&body, &step())])));
}

#[test]
fn a_rotation_by_way_of_a_wider_word_or_a_hidden_distance_is_one() {
    // Shifted in 64 bits, and the two halves joined.
    let wide = |distance: i32| {
        let distance = distance.cast_unsigned() as u8;
        let shifted = vec![0x20, 2, 0xad, 0x42, distance, 0x86, 0x22, 4, 0xa7];
        [shifted, vec![0x20, 4, 0x42, 32, 0x88, 0xa7, 0x72]].concat()
    };
    assert!(search(&[mixing(wide)]).has("blake32.shape"));
    // The distance is masked by a global that nothing sets.
    let masked = |distance: i32| {
        let mask = [vec![0x23, 1], number(MASKING ^ distance), vec![0x73]].concat();
        [vec![0x20, 2], mask, vec![0x77]].concat()
    };
    assert!(search(&[mixing(masked)]).has("blake32.shape"));
    // One that is set is not known.
    let set = [vec![0x20, 0, 0x24, 1], mixing(masked)].concat();
    assert!(!search(&[set]).has("blake32.shape"));
}

/// Holds words of a table as constants.
fn held(words: &[u32]) -> Vec<u8> {
    let held = |word: &u32| [number(word.cast_signed()), vec![0x1a]].concat();
    words.iter().flat_map(held).collect()
}

/// Holds a curve.
pub(super) fn curve() -> Vec<u8> {
    // The base point of secp256k1, by words of 32 bits.
    let point: [u32; 8] = [
        0x16f8_1798,
        0x59f2_815b,
        0x2dce_28d9,
        0x029b_fcdb,
        0xce87_0b07,
        0x55a0_6295,
        0xf9dc_bbac,
        0x79be_667e,
    ];
    [held(&point), number(0)].concat()
}

/// Hashes by BLAKE-256, with its constants.
pub(super) fn blake() -> Vec<u8> {
    // The digits of pi that BLAKE-256 adds.
    let pi: [u32; 16] = [
        0x243f_6a88,
        0x85a3_08d3,
        0x1319_8a2e,
        0x0370_7344,
        0xa409_3822,
        0x299f_31d0,
        0x082e_fa98,
        0xec4e_6c89,
        0x4528_21e6,
        0x38d0_1377,
        0xbe54_66cf,
        0x34e9_0c6c,
        0xc0ac_29b7,
        0xc97c_50dd,
        0x3f84_d5b5,
        0xb547_0917,
    ];
    [held(&pi), hash()].concat()
}

#[test]
fn a_search_in_a_library_with_a_curve_is_watched() {
    let (curve, blake) = (linked(&curve()), linked(&blake()));
    let filler = linked(&[vec![1; 50_000], vec![0x20, 0]].concat());
    for (within, expected) in [(false, Outcome::Watch), (true, Outcome::Allow)] {
        // With a curve elsewhere it may be a library of a coin; within the loop, numbers are drawn for one.
        let called = [0x20, 0, 0x20, 1, 0x10, 2, 0x1a].repeat(usize::from(within));
        let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
        let body = [called, hash_counter(), test].concat();
        let search = linked(&count_up(&body, &step()));
        let mut bodies = vec![blake.clone(), search, curve.clone()];
        bodies.extend(std::iter::repeat_n(filler.clone(), 10));
        let findings = inspect(&module(&bodies));
        assert!(findings.has("curve") && findings.has("large-module"));
        assert_eq!(findings.parts.is_empty(), within);
        let verdict = INSPECTOR.conclude(Kind::Module, &findings);
        assert_eq!(verdict.outcome, expected);
        let quick = INSPECTOR.inspect_module(&module(&bodies));
        assert_eq!(quick.outcome, expected);
        // The same in less: with a curve, it is walked no further, either.
        bodies.truncate(6);
        let findings = inspect(&module(&bodies));
        assert!(findings.has("curve") && findings.has("small-module"));
        let verdict = INSPECTOR.conclude(Kind::Module, &findings);
        let quick = INSPECTOR.inspect_module(&module(&bodies));
        assert_eq!(quick, verdict);
        assert_eq!(quick.outcome, expected);
    }
}

/// A body that sets the pointer to the stack, as all do that are compiled together.
pub(super) fn linked(body: &[u8]) -> Vec<u8> {
    [&[0x23, 0, 0x24, 0], body].concat()
}

#[test]
fn a_search_in_a_large_module_is_judged_as_if_it_were_all() {
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), test].concat();
    let mut bodies = vec![linked(&hash()), linked(&count_up(&body, &step()))];
    // Half a megabyte of other code.
    let filler = linked(&[vec![1; 50_000], vec![0x20, 0]].concat());
    bodies.extend(std::iter::repeat_n(filler, 10));
    let findings = search(&bodies);
    assert!(findings.has("large-module") && !findings.has("small-module"));
    assert_eq!(findings.parts.len(), 1);
    let has = |name: &str| {
        findings
            .parts
            .iter()
            .flatten()
            .any(|fact| fact.name == name)
    };
    assert!(has("search3.blake32") && has("small-module") && has("part-of-module"));
    assert_eq!(outcome(&bodies), Outcome::Block);
    // The hash is reached by way of another function; only the counter's place tells.
    let pass = [vec![0x20, 0, 0x20, 1, 0x10, 0]].concat();
    let through = [number(IN), number(OUT), vec![0x10, 2, 0x1a]].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [write, through, test.clone()].concat();
    let mut bodies = bodies.clone();
    bodies.splice(1..3, [linked(&count_up(&body, &step())), pass]);
    assert_eq!(outcome(&bodies), Outcome::Block);
    // Without a loop there is no search.
    bodies.splice(1..2, [linked(&[hash_counter(), test].concat())]);
    assert_eq!(outcome(&bodies), Outcome::Allow);
    // One that reaches a third of a large program is none of its own.
    let calls = (2..90u8).flat_map(|callee| [0x20, 0, 0x20, 1, 0x10, callee, 0x1a]);
    let everything = calls.collect::<Vec<u8>>();
    let body = [
        hash_counter(),
        everything,
        number(OUT),
        load(28),
        vec![0x20, 1, 0x49],
    ]
    .concat();
    let mut bodies = vec![linked(&hash()), linked(&count_up(&body, &step()))];
    bodies.extend(std::iter::repeat_n(
        [vec![1; 6_000], vec![0x20, 0]].concat(),
        100,
    ));
    let findings = search(&bodies);
    assert!(findings.has("search3.blake32") && findings.parts.is_empty());
    assert_eq!(outcome(&bodies), Outcome::Allow);
}

#[test]
fn a_pointer_in_the_frame_outlasts_a_call_that_is_given_what_is_beside_it() {
    // frame.out = allocate(); check(frame); hash(IN, frame.out); compare what lies there.
    let allocate = [
        frame(),
        number(1),
        number(2),
        vec![0x10, 2, 0x22, 3],
        store(0),
    ]
    .concat();
    let check = [frame(), number(0), vec![0x10, 1, 0x1a]].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    for at in [3, 4] {
        let to = [frame(), load(0)].concat();
        let hashed = [write.clone(), number(IN), to, vec![0x10, 0, 0x1a]].concat();
        let test = [
            vec![0x20, at],
            load(28),
            number(TARGET),
            load(28),
            vec![0x49],
        ]
        .concat();
        let body = [allocate.clone(), check.clone(), hashed, test].concat();
        let allocator = [number(8192), load(0)].concat();
        let body = count_up(&body, &step());
        let findings = search(&[hash(), compare(), allocator, body]);
        assert_eq!(sure(&findings), at == 3, "{:?}", findings.facts);
    }
}

#[test]
fn output_is_followed_to_where_a_field_of_an_object_points() {
    // hash(object.input, object.output), and the word is read by way of the same field, or of another.
    let field = |at| [vec![0x20, 1], load(at)].concat();
    for (at, is_output) in [(8, true), (12, false)] {
        let write = [field(4), vec![0x20, 0], store(76)].concat();
        let hashed = [write, field(4), field(8), vec![0x10, 0, 0x1a]].concat();
        let test = [field(at), load(28), vec![0x20, 1], load(16), vec![0x49]].concat();
        let findings = search(&[hash(), count_up(&[hashed, test].concat(), &step())]);
        assert_eq!(sure(&findings), is_output, "{at}: {:?}", findings.facts);
    }
}
