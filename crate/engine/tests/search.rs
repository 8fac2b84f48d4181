//! Searches for a proof of work, assembled here in several shapes, and what only looks like one.

mod assemble;

use assemble::{code, functions, leb, section, signed};
use nomine_engine::inspector::Inspector;
use nomine_engine::module::inspect;
use nomine_engine::signature::{Kind, compile_texts};
use nomine_engine::verdict::{Findings, Outcome};
use std::sync::LazyLock;

/// `i32.const`.
fn number(value: i32) -> Vec<u8> {
    [vec![0x41], signed(value.into())].concat()
}

fn load(offset: u32) -> Vec<u8> {
    [vec![0x28, 0], leb(offset.into())].concat()
}

fn load_byte(offset: u32) -> Vec<u8> {
    [vec![0x2d, 0], leb(offset.into())].concat()
}

fn store(offset: u32) -> Vec<u8> {
    [vec![0x36, 0], leb(offset.into())].concat()
}

/// A module of functions `(i32, i32) -> i32` with four more locals each, and a stack pointer.
fn module(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]));
    bytes.extend(functions(bodies.len()));
    bytes.extend(section(5, &[1, 0, 1]));
    // The stack pointer, and a global that is never set.
    let masking = [vec![0x7f, 1], number(MASKING), vec![0x0b]].concat();
    let globals = [vec![2, 0x7f, 1, 0x41, 0x80, 0x80, 0x04, 0x0b], masking].concat();
    bytes.extend(section(6, &globals));
    bytes.extend(code(&[1, 4, 0x7f], bodies));
    bytes
}

const MASKING: i32 = 0x5a5a_1234;
const IN: i32 = 2048;
const OUT: i32 = 4096;
const TARGET: i32 = 6144;

/// Mixes local 2 as BLAKE-256 does, with rotations to the left spelled by `rotate`.
fn mixing(rotate: impl Fn(i32) -> Vec<u8>) -> Vec<u8> {
    let mut body = Vec::new();
    for distance in [16, 20, 24, 25].repeat(6) {
        // x = rotate(x) ^ input; x = x + input.
        body.extend(rotate(distance));
        body.extend([vec![0x20, 0], load(4), vec![0x73, 0x21, 2]].concat());
        body.extend([vec![0x20, 2, 0x20, 0], load(8), vec![0x6a, 0x21, 2]].concat());
    }
    body
}

fn rotated(distance: i32) -> Vec<u8> {
    [vec![0x20, 2], number(distance), vec![0x77]].concat()
}

/// Reads the word at the first argument, mixes it as BLAKE-256 does, writes it to the second.
fn hash() -> Vec<u8> {
    let mut body = [vec![0x20, 0], load(0), vec![0x21, 2]].concat();
    body.extend(mixing(rotated));
    body.extend([vec![0x20, 1, 0x20, 2], store(0), number(0)].concat());
    body
}

/// Whether the first argument's bytes are less than the second's, as `memcmp` tells.
fn compare() -> Vec<u8> {
    let bytes = [vec![0x20, 0], load_byte(0), vec![0x20, 1], load_byte(0)].concat();
    [bytes, vec![0x49]].concat()
}

/// Loops over `body`, which leaves a condition for the end of the search; local 0 counts.
fn count_up(body: &[u8], step: &[u8]) -> Vec<u8> {
    let mut code = vec![0x03, 0x40];
    code.extend(body);
    // if (condition) return the counter
    code.extend([0x04, 0x40, 0x20, 0, 0x0f, 0x0b]);
    code.extend(step);
    code.extend([0x0c, 0, 0x0b]);
    code.extend(number(0));
    code
}

fn step() -> Vec<u8> {
    [vec![0x20, 0], number(1), vec![0x6a, 0x21, 0]].concat()
}

/// `input[76] = counter; hash(input, output)`.
fn hash_counter() -> Vec<u8> {
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    [write, number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat()
}

fn search(bodies: &[Vec<u8>]) -> Findings {
    inspect(&module(bodies))
}

fn sure(findings: &Findings) -> bool {
    findings.has("search3.blake32")
}

#[test]
fn output_below_a_target_is_a_search_however_it_is_compared() {
    let word = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let against_memory = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let byte = [
        number(31),
        vec![0x22, 3],
        load_byte(OUT as u32),
        vec![0x20, 3],
        load_byte(TARGET as u32),
        vec![0x4d],
    ]
    .concat();
    let zeros = [number(OUT), load(0), vec![0x67, 0x20, 1, 0x4f]].concat();
    let called = [number(OUT), number(TARGET), vec![0x10, 1]].concat();
    // As doubles, scaled by something: difficulties are fractions.
    let double = [
        number(OUT),
        load(28),
        vec![0xb8, 0x20, 1, 0xb7, 0xa2, 0x20, 1, 0xb7, 0x63],
    ]
    .concat();
    for (name, test) in [
        ("doubles", double),
        ("a word and a parameter", word),
        ("a word and memory", against_memory),
        ("bytes", byte),
        ("leading zeros", zeros),
        ("a function that compares", called),
    ] {
        let body = [hash_counter(), test].concat();
        let findings = search(&[hash(), compare(), count_up(&body, &step())]);
        assert!(sure(&findings), "{name}: {:?}", findings.facts);
        assert!(findings.has("header3.blake32"), "{name}");
    }
}

/// The same with an imported function `(i32, i32) -> i32` before them, and these in a table.
fn module_with_table(bodies: &[Vec<u8>], table: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]));
    bytes.extend(section(2, &[1, 1, b'e', 1, b'f', 0, 0]));
    bytes.extend(functions(bodies.len()));
    bytes.extend(section(4, &[1, 0x70, 0, 0x7f]));
    bytes.extend(section(5, &[1, 0, 1]));
    let elements = [vec![1, 0, 0x41, 0, 0x0b], leb(table.len() as u64)].concat();
    bytes.extend(section(9, &[&elements[..], table].concat()));
    bytes.extend(code(&[1, 4, 0x7f], bodies));
    bytes
}

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

/// Loops over `body`, and goes on with the counter stepped while `condition` holds.
fn go_on(body: &[u8], condition: &[u8]) -> Vec<u8> {
    let parts = [&[0x03, 0x40], body, &step(), condition, &[0x0d, 0, 0x0b]];
    [parts.concat(), number(0)].concat()
}

#[test]
fn a_search_may_tell_of_what_it_finds_and_go_on() {
    // The imported function is 0, the hash 1.
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let hashed = [write, number(IN), number(OUT), vec![0x10, 1, 0x1a]].concat();
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let told = |callee: u8| [vec![0x04, 0x40, 0x20, 0, 0x20, 0, 0x10, callee, 0x1a, 0x0b]].concat();
    let to_the_end = [0x20, 0, 0x20, 1, 0x47];
    for (name, callee, is_search) in [("an import", 0, true), ("a function", 3, false)] {
        let body = go_on(&[&hashed[..], &below, &told(callee)].concat(), &to_the_end);
        let module = module_with_table(&[hash(), body, number(0)], &[1]);
        let findings = inspect(&module);
        assert_eq!(sure(&findings), is_search, "{name}: {:?}", findings.facts);
    }
}

#[test]
fn a_search_may_go_on_until_the_hash_is_as_it_should_be() {
    let above = [number(OUT), load(28), number(TARGET), load(28), vec![0x4b]].concat();
    let findings = search(&[hash(), go_on(&hash_counter(), &above)]);
    assert!(sure(&findings), "{:?}", findings.facts);
    // To its end in any case, whatever is compared in between.
    let body = [hash_counter(), above, vec![0x21, 4]].concat();
    let findings = search(&[hash(), go_on(&body, &[0x20, 0, 0x20, 1, 0x47])]);
    assert!(!sure(&findings), "{:?}", findings.facts);
}

#[test]
fn a_loop_is_left_where_it_is_not_begun_again() {
    // while (local 1) { hash; if (OUT < target) note it; } as compilers write it for size: the loop ends
    // where the `if` does.
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let note = [
        vec![0x04, 0x40],
        number(8192),
        vec![0x20, 0],
        store(0),
        vec![0x0b],
    ]
    .concat();
    let again = [&step()[..], &[0x0c, 1, 0x0b, 0x0b]].concat();
    let begin = [0x03, 0x40, 0x20, 1, 0x04, 0x40];
    let body = [
        &begin[..],
        &hash_counter(),
        &below,
        &note,
        &again,
        &number(0),
    ]
    .concat();
    let findings = search(&[hash(), body]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn a_search_may_keep_what_it_finds_and_go_on_to_its_end() {
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let keep = |what: &[u8]| {
        let kept = [number(8192), what.to_vec(), store(0)].concat();
        [&below[..], &[0x04, 0x40], &kept, &[0x0b]].concat()
    };
    // The counter that led to the hash, or another number.
    for (what, is_search) in [([0x20, 0], true), ([0x20, 1], false)] {
        let body = go_on(
            &[hash_counter(), keep(&what)].concat(),
            &[0x20, 0, 0x20, 1, 0x47],
        );
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn output_put_together_further_down_is_compared_at_the_next_turn() {
    // for (i = 31, x = 0; ; i--) { if (i < 0) { counter++; if (x < target) return; continue outer; }
    // x = x << 8 | OUT[i]; }, as compilers write it for size: the search goes on within the inner loop.
    let begin = [number(31), vec![0x21, 3], number(0), vec![0x21, 4]].concat();
    let done = [vec![0x20, 3], number(0), vec![0x48, 0x04, 0x40], step()].concat();
    let found = vec![
        0x20, 4, 0x20, 1, 0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b, 0x0c, 2, 0x0b,
    ];
    let gather = [
        vec![0x20, 4],
        number(8),
        vec![0x74, 0x20, 3],
        load_byte(OUT as u32),
    ]
    .concat();
    let next = [
        vec![0x72, 0x21, 4, 0x20, 3],
        number(-1),
        vec![0x6a, 0x21, 3, 0x0c, 0],
    ]
    .concat();
    let inner = [vec![0x03, 0x40], done, found, gather, next, vec![0x0b]].concat();
    let outer = [
        vec![0x03, 0x40],
        hash_counter(),
        begin,
        inner,
        vec![0x0b],
        number(0),
    ]
    .concat();
    let findings = search(&[hash(), outer]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn output_is_followed_to_buffers_whose_address_is_in_what_a_call_is_given() {
    // frame = { pointer to frame + 64 }; hash(input, frame); compare what is at frame + 64.
    let frame = [vec![0x23, 0], number(256), vec![0x6b, 0x21, 5]].concat();
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

#[test]
fn a_counter_in_memory_may_lie_at_its_place_in_a_header() {
    // input[76] = *counter; *counter += 1, wherever that is.
    let counter = |at: i32| {
        [
            number(at),
            number(at),
            load(0),
            number(1),
            vec![0x6a],
            store(0),
        ]
        .concat()
    };
    let write = [number(IN), number(TARGET + 512), load(0), store(76)].concat();
    let call = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let test = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let body = [write, call, test].concat();
    for (at, is_header) in [(TARGET + 512, true), (TARGET + 516, false)] {
        let findings = search(&[hash(), count_up(&body, &counter(at))]);
        assert_eq!(
            findings.has("header3.blake32"),
            is_header,
            "{:?}",
            findings.facts
        );
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
    let body = [begin, mixing(rotated), rounds(), leave, compare].concat();
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
fn a_counter_in_the_stack_frame_is_a_counter() {
    // local 5 = stack pointer - 32; the counter lies at 16 of it.
    let frame = [vec![0x23, 0], number(32), vec![0x6b, 0x21, 5]].concat();
    let counter = [vec![0x20, 5], load(16)].concat();
    let write = [number(IN), counter.clone(), store(76)].concat();
    let call = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let next = [vec![0x20, 5], counter, number(1), vec![0x6a], store(16)].concat();
    let body = [write, call, test].concat();
    let code = [frame, count_up(&body, &next)].concat();
    let findings = search(&[hash(), code]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn a_step_asked_by_a_loop_is_a_search() {
    // One try in a function of its own: hash, then compare.
    let test = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let attempt = [hash_counter(), test].concat();
    let ask = [vec![0x20, 0, 0x20, 1], vec![0x10, 1]].concat();
    assert!(sure(&search(&[hash(), attempt, count_up(&ask, &step())])));
}

#[test]
fn what_is_hashed_twice_is_said() {
    let twice = [
        vec![0x20, 0],
        number(OUT),
        vec![0x10, 0, 0x1a],
        number(OUT),
        vec![0x20, 1, 0x10, 0],
    ]
    .concat();
    assert!(search(&[hash(), twice]).has("twice.blake32"));
    let beside = [
        vec![0x20, 0],
        number(OUT),
        vec![0x10, 0, 0x1a],
        vec![0x20, 0],
        number(TARGET),
        vec![0x10, 0],
    ]
    .concat();
    assert!(!search(&[hash(), beside]).has("twice.blake32"));
}

#[test]
fn a_loop_that_hashes_without_judging_the_output_is_no_search() {
    // Only the counter is compared.
    let limit = vec![0x20, 0, 0x20, 1, 0x4b];
    let body = [hash_counter(), limit].concat();
    let findings = search(&[hash(), count_up(&body, &step())]);
    assert!(!sure(&findings), "{:?}", findings.facts);
    // Other memory is compared.
    let other = [number(16384), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), other].concat();
    assert!(!sure(&search(&[hash(), count_up(&body, &step())])));
    // Output of something that is no hash is compared.
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let call = [number(IN), number(OUT), vec![0x10, 1, 0x1a]].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let body = [write, call, test].concat();
    assert!(!sure(&search(&[
        hash(),
        compare(),
        count_up(&body, &step())
    ])));
}

#[test]
fn a_comparison_with_a_constant_is_less_than_a_target() {
    // As samplers of lattice schemes compare with their modulus.
    let test = [number(OUT), load(28), number(3329), vec![0x49]].concat();
    let body = [hash_counter(), test].concat();
    let findings = search(&[hash(), count_up(&body, &step())]);
    assert!(!sure(&findings));
    assert!(findings.has("search2.blake32"));
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

#[test]
fn a_counter_counts_in_every_spelling() {
    // (x ^ 1) + ((x & 1) << 1), and (x | 1) + (x & 1).
    let part = |code: u8| [vec![0x20, 0], number(1), vec![code]].concat();
    let doubled = [part(0x71), number(1), vec![0x74]].concat();
    let first = [part(0x73), doubled, vec![0x6a, 0x21, 0]].concat();
    let second = [part(0x72), part(0x71), vec![0x6a, 0x21, 0]].concat();
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    for step in [first, second] {
        let body = [hash_counter(), test.clone()].concat();
        assert!(sure(&search(&[hash(), count_up(&body, &step)])));
    }
}

#[test]
fn a_counter_that_stays_in_a_register_is_hashed_nevertheless() {
    let mixed = [vec![0x20, 0, 0x21, 2], mixing(rotated)].concat();
    let test = vec![0x20, 2, 0x20, 1, 0x49];
    let body = [mixed, test].concat();
    assert!(sure(&search(&[count_up(&body, &step())])));
}

#[test]
fn lanes_are_compared_as_numbers_are() {
    // v128.load, splat, i32x4.lt_u, v128.any_true
    let output = [number(OUT), vec![0xfd, 0, 4, 0]].concat();
    let target = vec![0x20, 1, 0xfd, 17];
    let body = [hash_counter(), output, target, vec![0xfd, 58, 0xfd, 83]].concat();
    assert!(sure(&search(&[hash(), count_up(&body, &step())])));
}

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let text = include_str!("../../../blocklists/signatures/wasm.toml");
    Inspector::new(compile_texts([("wasm", text)]).expect("compiles"))
});

/// The outcome of an inspector, which walks little of a large module: as that of a walk of all.
fn outcome(bodies: &[Vec<u8>]) -> Outcome {
    let bytes = module(bodies);
    let quick = INSPECTOR.inspect_module(&bytes);
    let whole = INSPECTOR.conclude(Kind::Module, &inspect(&bytes));
    assert_eq!(quick, whole);
    quick.outcome
}

#[test]
fn a_search_in_a_large_module_is_judged_as_if_it_were_all() {
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let body = [hash_counter(), test].concat();
    let mut bodies = vec![hash(), count_up(&body, &step())];
    // Half a megabyte of other code.
    let filler = [vec![1; 50_000], vec![0x20, 0]].concat();
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
    bodies.splice(1..3, [count_up(&body, &step()), pass]);
    assert_eq!(outcome(&bodies), Outcome::Block);
    // Without a loop there is no search.
    bodies.splice(1..2, [[hash_counter(), test].concat()]);
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
    let mut bodies = vec![hash(), count_up(&body, &step())];
    bodies.extend(std::iter::repeat_n(
        [vec![1; 6_000], vec![0x20, 0]].concat(),
        100,
    ));
    let findings = search(&bodies);
    assert!(findings.has("search3.blake32") && findings.parts.is_empty());
    assert_eq!(outcome(&bodies), Outcome::Allow);
}
