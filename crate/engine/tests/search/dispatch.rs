//! Code that keeps its place in a number, and functions whose arguments lie in memory, as Go has both.

use super::*;

/// `local[index] = value; continue`, with the loop so many blocks away.
fn go_on(index: u8, value: i32, loop_at: u8) -> Vec<u8> {
    [number(value), vec![0x21, index, 0x0c, loop_at]].concat()
}

/// A loop around a table of branches by local 3 over these cases, each with blocks for those after it.
fn dispatching(local: u8, cases: &[Vec<u8>]) -> Vec<u8> {
    let mut code = vec![0x03, 0x40];
    code.extend([0x02, 0x40].repeat(cases.len()));
    code.extend([0x20, local, 0x0e, cases.len() as u8 - 1]);
    code.extend(0..cases.len() as u8);
    for case in cases {
        code.push(0x0b);
        code.extend(case);
    }
    code.push(0x0b);
    code
}

/// `if (output < target) return 1`.
fn below() -> Vec<u8> {
    let compared = [number(OUT), load(0), number(TARGET), load(0), vec![0x49]].concat();
    [compared, vec![0x04, 0x40], number(1), vec![0x0f, 0x0b]].concat()
}

#[test]
fn a_search_among_cases_is_found_where_they_go_back() {
    let cases = |last: Vec<u8>| {
        let hashing = [hash_counter(), go_on(3, 1, 1)].concat();
        let body = [
            dispatching(3, &[hashing, [below(), last].concat()]),
            number(0),
        ]
        .concat();
        search(&[hash(), body])
    };
    assert!(sure(&cases([step(), go_on(3, 0, 0)].concat())));
    // Each case once: the same hash and the same comparison, but nothing is counted through.
    let once = cases([step(), number(0), vec![0x0f]].concat());
    assert!(!sure(&once) && !once.has("search1.blake32"));
}

#[test]
fn nests_of_what_might_dispatch_are_not_read_again_and_again() {
    // Each level looks like a table of cases, and leaves its number to be computed.
    let level = [
        0x03, 0x40, 0x02, 0x40, 0x02, 0x40, 0x20, 3, 0x0e, 1, 0, 1, 0x0b, 0x0b,
    ];
    let depth = 100_000;
    let body = [
        level.repeat(depth),
        [0x0c, 0, 0x0b].repeat(depth),
        number(0),
    ]
    .concat();
    assert!(search(&[body]).has("small-module"));
}

/// A module of functions `(i32) -> i32` with six more locals each, larger than any runtime is small: most
/// of them begin as Go's do.
fn go_module(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]));
    let filling = [vec![0x23, 0, 0x21, 1], vec![0x01; 40_000], number(0)].concat();
    let mut all = bodies.to_vec();
    all.resize(bodies.len() + 16, filling);
    bytes.extend(functions(all.len()));
    bytes.extend(section(5, &[1, 0, 1]));
    bytes.extend(section(6, &[1, 0x7f, 1, 0x41, 0x80, 0x80, 0x04, 0x0b]));
    bytes.extend(code(&[1, 6, 0x7f], &all));
    bytes
}

/// `stack[offset] = value`, in 64 bits.
fn pass(offset: u8, value: i32) -> Vec<u8> {
    let value = [vec![0x42], signed(value.into())].concat();
    [vec![0x20, 1], value, vec![0x37, 0, offset]].concat()
}

/// Moves the pointer to the stack down.
fn down(bytes: i32) -> Vec<u8> {
    [vec![0x20, 1], number(bytes), vec![0x6b, 0x22, 1, 0x24, 0]].concat()
}

const BEGIN: [u8; 4] = [0x23, 0, 0x21, 1];

/// The hash of what the first argument points to, left where the second does.
fn stacked_hash() -> Vec<u8> {
    let argument = |offset: u8| vec![0x20, 1, 0x29, 0, offset, 0xa7];
    let mut body = [&BEGIN[..], &argument(8), &[0x22, 0], &load(0), &[0x21, 2]].concat();
    body.extend(mixing(rotated));
    body.extend([argument(16), vec![0x20, 2], store(0), number(0)].concat());
    body
}

/// A search that keeps its counter in the stack, at byte 40, and writes it to byte `place` of the header.
fn stacked_search(place: u32) -> Vec<u8> {
    let counter = [vec![0x20, 1], load(40)].concat();
    let begin = [down(64), vec![0x20, 1], number(0), store(40)].concat();
    let count = [
        vec![0x20, 1],
        counter.clone(),
        number(1),
        vec![0x6a],
        store(40),
    ]
    .concat();
    let write = [number(IN), counter, store(place)].concat();
    let given = [pass(0, IN), pass(8, OUT), down(8), pass(0, 77)].concat();
    // Unwinding leaves everything.
    let called = [number(0), vec![0x10, 0], BEGIN.to_vec(), vec![0x0d, 2]].concat();
    let hashing = [count, write, given, called].concat();
    let test = [below(), go_on(0, 1, 0)].concat();
    let cases = dispatching(0, &[begin, hashing, test]);
    [&BEGIN[..], &[0x02, 0x40], &cases, &[0x0b], &number(1)].concat()
}

#[test]
fn arguments_in_memory_are_followed() {
    let found = inspect(&go_module(&[stacked_hash(), stacked_search(76)]));
    assert!(sure(&found), "{found:?}");
    assert!(found.has("header3.blake32"));
    let found = inspect(&go_module(&[stacked_hash(), stacked_search(60)]));
    assert!(sure(&found) && !found.has("header3.blake32"));
}

#[test]
fn what_go_brings_along_does_not_make_a_module_large() {
    let found = inspect(&go_module(&[stacked_hash(), stacked_search(76)]));
    assert!(found.has("go-runtime") && found.has("small-module") && !found.has("tiny-module"));
    let verdict = INSPECTOR.inspect_module(&go_module(&[stacked_hash(), stacked_search(76)]));
    assert_eq!(verdict.outcome, Outcome::Block);
    // Functions that begin otherwise are not Go's.
    let mut other = go_module(&[]);
    for at in 0..other.len() - 4 {
        if other[at..at + 4] == BEGIN {
            other[at..at + 4].copy_from_slice(&[0x20, 0, 0x21, 1]);
        }
    }
    let found = inspect(&other);
    assert!(found.has("large-module") && !found.has("go-runtime"));
}
