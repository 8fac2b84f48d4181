//! Programs that were merged, and what joins them.

use super::output::{blake, curve, linked};
use super::*;

/// What joins two programs of a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    Nothing,
    /// Both set one global.
    Global,
    /// Something calls both.
    Caller,
    /// That which runs at the start calls both.
    Start,
    /// One table holds functions of both.
    Table,
    /// Each has a table of its own.
    Tables,
}

/// A search for a proof of work in a module with a curve, and so much more of what goes with that.
fn merged(joint: Joint, fillers: usize) -> Vec<u8> {
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let search = count_up(&[hash_counter(), test].concat(), &step());
    let search = if joint == Joint::Global {
        linked(&search)
    } else {
        search
    };
    let both = [0x20, 0, 0x20, 1, 0x10, 1, 0x1a, 0x20, 0, 0x20, 1, 0x10, 2].to_vec();
    let both = if matches!(joint, Joint::Caller | Joint::Start) {
        both
    } else {
        number(0)
    };
    let mut bodies = vec![blake(), search, linked(&curve()), both];
    let filler = linked(&[vec![1; 50_000], vec![0x20, 0]].concat());
    bodies.extend(std::iter::repeat_n(filler, fillers));
    let elements: &[u8] = match joint {
        Joint::Table => &[1, 0, 0x41, 0, 0x0b, 2, 1, 2],
        Joint::Tables => &[2, 0, 0x41, 0, 0x0b, 1, 1, 2, 1, 0x41, 0, 0x0b, 0, 1, 2],
        _ => &[0],
    };
    let start = if joint == Joint::Start {
        section(8, &[3])
    } else {
        Vec::new()
    };
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]),
        functions(bodies.len()),
        section(4, &[2, 0x70, 0, 2, 0x70, 0, 2]),
        section(5, &[1, 0, 1]),
        section(6, &[1, 0x7f, 1, 0x41, 0x80, 0x80, 0x04, 0x0b]),
        start,
        section(9, elements),
        code(&[1, 4, 0x7f], &bodies),
    ]
    .concat()
}

#[test]
fn a_miner_that_was_merged_into_a_library_is_judged_by_itself() {
    for fillers in [2, 10] {
        for (joint, expected) in [
            (Joint::Nothing, Outcome::Block),
            (Joint::Global, Outcome::Watch),
            (Joint::Caller, Outcome::Watch),
            (Joint::Start, Outcome::Block),
            (Joint::Table, Outcome::Watch),
            (Joint::Tables, Outcome::Block),
        ] {
            let bytes = merged(joint, fillers);
            let findings = inspect(&bytes);
            assert!(findings.has("curve"));
            let verdict = INSPECTOR.conclude(Kind::Module, &findings);
            assert_eq!(verdict.outcome, expected);
            assert_eq!(INSPECTOR.inspect_module(&bytes).outcome, expected);
        }
    }
}
