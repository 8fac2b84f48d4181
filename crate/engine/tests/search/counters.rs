//! What is counted up, where it lies, and how a search ends.

use super::*;

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

#[test]
fn a_counter_in_the_stack_frame_is_a_counter() {
    // local 5 = stack pointer - 32; the counter lies at 16 of it.
    let frame = [frame(), number(32), vec![0x6b, 0x21, 5]].concat();
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
    let mixed = [vec![0x20, 0, 0x21, 2], mixing_with(3, rotated)].concat();
    let test = vec![0x20, 2, 0x20, 1, 0x49];
    let body = [mixed, test].concat();
    assert!(sure(&search(&[count_up(&body, &step())])));
}

/// The module of these functions, of which the page can call the last.
fn exported(bodies: &[Vec<u8>]) -> Vec<u8> {
    let bytes = module(bodies);
    let last = bodies.len() as u8 - 1;
    let exports = section(7, &[1, 1, b'e', 0, last]);
    // Exports stand between the globals and the code, which is the last section.
    let code = code(&[1, 4, 0x7f], bodies).len();
    let (head, code) = bytes.split_at(bytes.len() - code);
    [head, &exports, code].concat()
}

#[test]
fn one_attempt_that_the_page_repeats_tells_by_its_place_in_a_header() {
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let attempt = [hash_counter(), below.clone()].concat();
    let findings = inspect(&exported(&[hash(), attempt.clone()]));
    assert!(findings.has("header3.blake32"), "{:?}", findings.facts);
    assert!(!sure(&findings), "there is no loop");
    // Nothing that the page calls.
    let findings = inspect(&exported(&[hash(), attempt, number(0)]));
    assert!(!findings.has("header3.blake32"));
    // The length of a message, compared with the room that is left in a hash's buffer.
    let update = [hash_counter(), vec![0x20, 0, 0x20, 1, 0x49]].concat();
    let findings = inspect(&exported(&[hash(), update]));
    assert!(!findings.has("header3.blake32"));
    // Not the number that was given.
    let write = [number(IN), number(7), store(76)].concat();
    let same = [write, number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let findings = inspect(&exported(&[hash(), [same, below].concat()]));
    assert!(!findings.has("header3.blake32"));
}

#[test]
fn a_counter_counts_wherever_in_the_frame_it_is_written() {
    // Local 3 is the frame; somewhere in it the counter is put, and the hash is given all of it.
    let frame = [frame(), number(512), vec![0x6b, 0x21, 3]].concat();
    let call = [vec![0x20, 3], number(OUT), vec![0x10, 0, 0x1a]].concat();
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let missed = |value: &[u8]| {
        let found = |&at: &u32| {
            let write = [&[0x20, 3], value, &store(at)].concat();
            let body = count_up(&[&write[..], &call, &below].concat(), &step());
            sure(&search(&[hash(), [frame.clone(), body].concat()]))
        };
        (0..256).step_by(4).filter(|at| !found(at)).count()
    };
    assert_eq!(missed(&[0x20, 0]), 0, "the counter");
    assert_eq!(missed(&[0x20, 1]), 64, "another number");
}

#[test]
fn one_attempt_that_counts_up_by_itself_is_told() {
    let counter = 8192;
    let read = [number(counter), load(0)].concat();
    let up = [
        number(counter),
        read.clone(),
        number(1),
        vec![0x6a],
        store(0),
    ]
    .concat();
    let hash_it = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    // At a fixed place, and at one that a variable tells.
    let fixed = number(IN + 20);
    let told = [vec![0x20, 0], number(IN), vec![0x6a]].concat();
    let attempt = |place: &[u8], value: &[u8], up: &[u8]| {
        let write = [place, value, &store(0)].concat();
        inspect(&exported(&[
            hash(),
            [write, up.to_vec(), hash_it.clone(), below.clone()].concat(),
        ]))
    };
    for place in [&fixed, &told] {
        let findings = attempt(place, &read, &up);
        assert!(findings.has("stepped.blake32"), "{:?}", findings.facts);
        assert!(!sure(&findings), "there is no loop");
    }
    // It counts, and hashes something else; or what it hashes does not count.
    assert!(!attempt(&fixed, &number(7), &up).has("stepped.blake32"));
    assert!(!attempt(&fixed, &read, &[]).has("stepped.blake32"));
    assert!(!attempt(&fixed, &[0x20, 1], &[]).has("stepped.blake32"));
    // Counts calls, and asks nothing of what it hashes.
    let write = [fixed, read, store(0)].concat();
    let findings = inspect(&exported(&[
        hash(),
        [write, up, hash_it, number(0)].concat(),
    ]));
    assert!(!findings.has("stepped.blake32"));
}

#[test]
fn a_search_may_raise_a_flag_that_ends_it() {
    let flag = 8192;
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let raise = |place: i32| {
        [
            vec![0x04, 0x40],
            number(place),
            number(1),
            store(0),
            vec![0x0b],
        ]
        .concat()
    };
    let lowered = [number(flag), load(0), vec![0x45]].concat();
    let turn = |place| [hash_counter(), below.clone(), raise(place), step()].concat();
    let findings = search(&[hash(), go_on(&turn(flag), &lowered)]);
    assert!(sure(&findings), "{:?}", findings.facts);
    // Another flag does not end it.
    let findings = search(&[hash(), go_on(&turn(flag + 64), &lowered)]);
    assert!(!sure(&findings));
}

#[test]
fn a_counter_in_memory_may_be_stepped_by_a_variable_or_for_all_threads_at_once() {
    let counter = 8192;
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    let put = |value: Vec<u8>| {
        let write = [number(IN), value, store(76)].concat();
        [write, number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat()
    };
    let read = [number(counter), load(0)].concat();
    let add = [number(counter), read.clone(), vec![0x20, 1, 0x6a], store(0)].concat();
    let findings = search(&[
        hash(),
        count_up(&[put(read.clone()), below.clone()].concat(), &add),
    ]);
    assert!(sure(&findings), "{:?}", findings.facts);
    // A copy of it is kept in local 3, and noted where the hash is below.
    let kept = [number(12288), vec![0x20, 3], store(0)].concat();
    let note = [vec![0x04, 0x40], kept, vec![0x0b]].concat();
    let step_copy = [
        number(counter),
        read.clone(),
        vec![0x20, 1, 0x6a, 0x22, 3],
        store(0),
    ]
    .concat();
    let body = [put(vec![0x20, 3]), below.clone(), note, step_copy].concat();
    let findings = search(&[hash(), go_on(&body, &[0x20, 0])]);
    assert!(sure(&findings), "{:?}", findings.facts);
    // i32.atomic.rmw.add
    let fetched = [number(counter), number(1), vec![0xfe, 0x1e, 2, 0]].concat();
    let body = [put(fetched), below.clone()].concat();
    let findings = search(&[hash(), count_up(&body, &[])]);
    assert!(sure(&findings), "{:?}", findings.facts);
    assert!(findings.has("header3.blake32"));
    // What is added up and goes nowhere is no counter.
    let same = put(number(7));
    let findings = search(&[hash(), count_up(&[same, below].concat(), &add)]);
    assert!(!sure(&findings));
}

#[test]
fn a_counter_may_be_copied_to_its_place() {
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x4d]].concat();
    // *(SP + 16) = counter; memory.copy(IN + 76, SP + 16, length); hash(IN, OUT)
    let at = [frame(), number(16), vec![0x6a]].concat();
    let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let turn = |length: i32| {
        let copy = [
            number(IN + 76),
            at.clone(),
            number(length),
            vec![0xfc, 0x0a, 0, 0],
        ]
        .concat();
        let put = [at.clone(), vec![0x20, 0], store(0)].concat();
        [put, copy, hashed.clone(), below.clone()].concat()
    };
    let findings = search(&[hash(), count_up(&turn(4), &step())]);
    assert!(findings.has("header3.blake32"), "{:?}", findings.facts);
    let findings = search(&[hash(), count_up(&turn(32), &step())]);
    assert!(!findings.has("header3.blake32"));
}

#[test]
fn a_counter_in_the_frame_may_be_given_by_its_address() {
    // frame[0] += 1; take(IN, frame, size); the counter is nowhere but in the frame.
    for (size, is_search) in [(4, true), (32, false)] {
        let stepped = [frame(), load(0), number(1), vec![0x6a]].concat();
        let stepped = [frame(), stepped, store(0)].concat();
        let take = [number(IN), frame(), number(size), vec![0x10, 2]].concat();
        let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let test = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
        let body = [stepped, take, hashed, test].concat();
        let body = count_up(&body, &[]);
        let findings = inspect(&module_with_three(&[hash(), compare(), body]));
        assert_eq!(sure(&findings), is_search, "{size}: {:?}", findings.facts);
    }
}

/// A module of functions `(i32, i32) -> i32`, of which the third takes three numbers and returns nothing.
fn module_with_three(bodies: &[Vec<u8>; 3]) -> Vec<u8> {
    let [hash, compare, body] = bodies;
    let bodies = [hash.clone(), compare.clone(), Vec::new(), body.clone()];
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    let types = [
        2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 3, 0x7f, 0x7f, 0x7f, 0,
    ];
    bytes.extend(section(1, &types));
    bytes.extend(section(3, &[4, 0, 0, 1, 0]));
    bytes.extend(section(5, &[1, 0, 1]));
    let pointer = [vec![1, 0x7f, 1, 0x41, 0x80, 0x80, 0x04, 0x0b]].concat();
    bytes.extend(section(6, &pointer));
    bytes.extend(code(&[1, 4, 0x7f], &bodies));
    bytes
}

#[test]
fn an_attempt_may_write_its_counter_anywhere_and_largest_byte_first() {
    // n = job.nonce++; job.text[at] = swapped(n), or something else; hash it and compare bytes.
    let job = || number(16384);
    let nonce = [job(), load(48), vec![0x21, 2]].concat();
    let stepped = [job(), vec![0x20, 2], number(1), vec![0x6a], store(48)].concat();
    let text = [number(IN), vec![0x20, 1, 0x6a]].concat();
    let half = |by: i32| [number(0x00ff_00ff), vec![0x71], number(by), vec![0x78]].concat();
    let swapped = [vec![0x20, 2], half(8)].concat();
    let other = [
        vec![0x20, 2],
        number(24),
        vec![0x78],
        number(0x00ff_00ff),
        vec![0x71],
    ]
    .concat();
    let swapped = [swapped, other, vec![0x72]].concat();
    for (value, is_attempt) in [(swapped, true), (vec![0x20, 3], false)] {
        let write = [text.clone(), value, store(0)].concat();
        let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let bytes = [number(OUT), load_byte(31), number(TARGET), load_byte(31)].concat();
        let below = [bytes, vec![0x49]].concat();
        let body = [nonce.clone(), stepped.clone(), write, hashed, below].concat();
        let findings = inspect(&exported(&[hash(), body]));
        assert_eq!(
            findings.has("target.blake32"),
            is_attempt,
            "{:?}",
            findings.facts
        );
    }
}

#[test]
fn a_function_that_calls_itself_one_step_on_is_a_search() {
    let below = [number(OUT), load_byte(31), number(TARGET), load_byte(31)].concat();
    let below = [below, vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    for (step, is_search) in [(1, true), (4096, false)] {
        let again = [vec![0x20, 0], number(step), vec![0x6a, 0x20, 1, 0x10, 1]].concat();
        let findings = search(&[hash(), [hash_counter(), below.clone(), again].concat()]);
        let found = findings.has("target.blake32") && sure(&findings);
        assert_eq!(found, is_search, "{step}: {:?}", findings.facts);
    }
}

#[test]
fn a_search_that_calls_itself_may_go_round_or_hash_what_it_is_not_given() {
    let below = |out: Vec<u8>| [out, load_byte(31), number(TARGET), load_byte(31)].concat();
    let told = |out| [below(out), vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    let again = [vec![0x20, 0], number(1), vec![0x6a, 0x20, 1, 0x10, 1]].concat();
    // The hash is called for one block after another.
    let block = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let next = [
        vec![0x20, 3],
        number(1),
        vec![0x6a, 0x22, 3],
        number(64),
        vec![0x47],
    ]
    .concat();
    let blocks = [vec![0x03, 0x40], block, next, vec![0x0d, 0, 0x0b]].concat();
    let round = [blocks, hash_counter(), told(number(OUT))].concat();
    // It knows where to read.
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let known = [frame(), frame(), vec![0x10, 0, 0x1a]].concat();
    let known = [write, known, told(frame())].concat();
    for (name, body) in [("round", round), ("known", known)] {
        let findings = search(&[hash(), [body, again.clone()].concat()]);
        let found = findings.has("target.blake32") && sure(&findings);
        assert!(found, "{name}: {:?}", findings.facts);
    }
}

#[test]
fn a_step_that_counts_in_an_object_is_a_search_where_a_loop_takes_it() {
    // One function writes the counter into what is hashed, one hashes, one compares, and one calls them and
    // counts; all that they share is in an object.
    let field = |at: i32| [vec![0x20, 0], number(at), vec![0x6a]].concat();
    let counter = |at: u32| [vec![0x20, 0], load(at)].concat();
    let write = [vec![0x20, 0], counter(96), store(80), number(0)].concat();
    let hashed = [field(4), field(112), vec![0x10, 0]].concat();
    let good = [vec![0x20, 0], load_byte(112), vec![0x20, 0], load_byte(144)].concat();
    let good = [good, vec![0x49]].concat();
    let call = |callee| vec![0x20, 0, 0x20, 1, 0x10, callee];
    let calls = [
        call(1),
        vec![0x1a],
        call(2),
        vec![0x1a],
        call(3),
        vec![0x21, 2],
    ]
    .concat();
    let next = [vec![0x20, 0], counter(96), number(1), vec![0x6a], store(96)].concat();
    for stepped in [true, false] {
        let next = if stepped { next.clone() } else { vec![] };
        let told = [vec![0x20, 2, 0x04, 0x40], number(1), vec![0x0f, 0x0b]].concat();
        let attempt = [calls.clone(), next, told, number(0)].concat();
        let turn = [call(4), vec![0x1a, 0x20, 1], number(-1)].concat();
        let turn = [turn, vec![0x6a, 0x22, 1, 0x0d, 0, 0x0b], number(0)].concat();
        let around = [vec![0x03, 0x40], turn].concat();
        let bodies = [hash(), write.clone(), hashed.clone(), good.clone()];
        let findings = search(&[&bodies[..], &[attempt, around]].concat());
        let found = findings.has("target.blake32") && sure(&findings);
        assert_eq!(found, stepped, "{:?}", findings.facts);
    }
}

#[test]
fn a_search_within_what_a_loop_of_the_hash_holds_is_found() {
    // for (;;) { input[76] = n; k = 0; for (;;) if (k == 24) { if (found) return n; n++; continue outer; }
    // else { hash; k++; } } and the same with the branches the other way round
    let below = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let told = [vec![0x04, 0x40, 0x20, 0, 0x0f, 0x0b], step(), vec![0x0c, 2]].concat();
    let rest = [below, told].concat();
    let write = [
        number(IN),
        vec![0x20, 0],
        store(76),
        number(0),
        vec![0x21, 3],
    ]
    .concat();
    let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let next = [vec![0x20, 3], number(1), vec![0x6a, 0x21, 3, 0x0c, 1]].concat();
    let turn = [hashed, next].concat();
    for (name, test, branches) in [
        ("rest first", 0x46, [&rest, &turn]),
        ("rest last", 0x47, [&turn, &rest]),
    ] {
        let asked = [vec![0x20, 3], number(24), vec![test, 0x04, 0x40]].concat();
        let inner = [vec![0x03, 0x40], asked, branches[0].clone(), vec![0x05]].concat();
        let inner = [inner, branches[1].clone(), vec![0x0b, 0x0b]].concat();
        let body = [
            vec![0x03, 0x40],
            write.clone(),
            inner,
            vec![0x0b],
            number(0),
        ]
        .concat();
        let findings = search(&[hash(), body]);
        assert!(sure(&findings), "{name}: {:?}", findings.facts);
    }
}

#[test]
fn a_search_may_count_by_batches_or_by_shifts_of_itself() {
    let told = [number(OUT), load(28), number(TARGET), load(28), vec![0x49]].concat();
    let told = [told, vec![0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    for (by, is_search) in [(256, true), (300, false)] {
        let write = [number(IN), vec![0x20, 0, 0x20, 3, 0x6a], store(76)].concat();
        let next = [
            vec![0x20, 3],
            number(1),
            vec![0x6a, 0x22, 3],
            number(256),
            vec![0x47],
        ]
        .concat();
        let inner = [vec![0x03, 0x40], write, hashed.clone(), told.clone(), next].concat();
        let inner = [number(0), vec![0x21, 3], inner, vec![0x0d, 0, 0x0b]].concat();
        let next = [
            vec![0x20, 0],
            number(by),
            vec![0x6a, 0x21, 0, 0x0c, 0, 0x0b],
        ]
        .concat();
        let body = [vec![0x03, 0x40], inner, next, number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{by}: {:?}", findings.facts);
    }
    for (operator, is_search) in [(0x73, true), (0x71, false)] {
        let next = [
            vec![0x20, 0, 0x20, 0],
            number(13),
            vec![0x74, operator, 0x21, 0],
        ]
        .concat();
        let body = [vec![0x03, 0x40], hash_counter(), told.clone(), next].concat();
        let findings = search(&[hash(), [body, vec![0x0c, 0, 0x0b], number(0)].concat()]);
        assert_eq!(
            sure(&findings),
            is_search,
            "{operator:x}: {:?}",
            findings.facts
        );
    }
}
