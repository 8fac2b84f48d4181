//! What hashes what it counts and is no search: a few tries, the best of several hashes, what should be
//! equal to something, and a variable beside a hash.

use super::*;

/// The word of the hash that is compared, and that of the target.
fn words() -> Vec<u8> {
    [number(OUT), load(28), number(TARGET), load(28)].concat()
}

/// Steps a local; whether it is not yet at this limit.
fn on_to(local: u8, limit: i32) -> Vec<u8> {
    let stepped = [vec![0x20, local], number(1), vec![0x6a, 0x22, local]].concat();
    [stepped, number(limit), vec![0x47]].concat()
}

#[test]
fn a_few_tries_are_no_search() {
    let found = [words(), vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    let tries = |limit| {
        let body = [hash_counter(), found.clone(), on_to(0, limit)].concat();
        [vec![0x03, 0x40], body, vec![0x0d, 0, 0x0b]].concat()
    };
    for (limit, is_search) in [(5, false), (256, false), (1 << 20, true)] {
        let findings = search(&[hash(), [tries(limit), number(0)].concat()]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
    // Two digits of a counter, of which each is small.
    let write = [number(IN), vec![0x20, 3], store(80)].concat();
    let body = [write, hash_counter(), found, on_to(3, 256)].concat();
    let inner = [vec![0x03, 0x40], body, vec![0x0d, 0, 0x0b]].concat();
    let outer = [vec![0x03, 0x40], number(0), vec![0x21, 3], inner].concat();
    let body = [outer, on_to(0, 256), vec![0x0d, 0, 0x0b], number(0)].concat();
    let findings = search(&[hash(), body]);
    assert!(sure(&findings), "{:?}", findings.facts);
}

#[test]
fn the_best_of_several_hashes_is_no_target() {
    // if (hash > local 4) { a local = hash; note the counter } until local 0 is local 1.
    for (kept, is_search) in [(4, false), (5, true)] {
        let above = [number(OUT), load(28), vec![0x22, 3, 0x20, 4, 0x4b]].concat();
        let keep = [vec![0x04, 0x40, 0x20, 3, 0x21, kept], number(8192)].concat();
        let keep = [keep, vec![0x20, 0], store(0), vec![0x0b]].concat();
        let body = [vec![0x03, 0x40], hash_counter(), above, keep, step()].concat();
        let body = [body, vec![0x20, 0, 0x20, 1, 0x47, 0x0d, 0, 0x0b]].concat();
        let findings = search(&[hash(), [body, number(0)].concat()]);
        assert_eq!(sure(&findings), is_search, "{kept}: {:?}", findings.facts);
    }
    // The greater of both, without a branch.
    let both = [number(OUT), load(28), vec![0x22, 3, 0x20, 4]].concat();
    let greater = [both, vec![0x20, 3, 0x20, 4, 0x4b, 0x1b, 0x21, 4]].concat();
    let body = [vec![0x03, 0x40], hash_counter(), greater, step()].concat();
    let body = [body, vec![0x20, 0, 0x20, 1, 0x47, 0x0d, 0, 0x0b]].concat();
    let findings = search(&[hash(), [body, number(0)].concat()]);
    assert!(!sure(&findings), "{:?}", findings.facts);
}

#[test]
fn what_should_be_equal_is_told_from_what_should_be_zero() {
    let zero = [number(OUT), load(28), vec![0x45]].concat();
    let equal = [words(), vec![0x46]].concat();
    for (test, is_zero) in [(zero, true), (equal, false)] {
        let body = count_up(&[hash_counter(), test].concat(), &step());
        let findings = search(&[hash(), body]);
        assert_eq!(
            findings.has("search2.blake32"),
            is_zero,
            "{:?}",
            findings.facts
        );
        assert_eq!(
            findings.has("equal.blake32"),
            !is_zero,
            "{:?}",
            findings.facts
        );
    }
}

#[test]
fn a_variable_beside_a_hash_is_not_hashed_twice() {
    for (again, is_twice) in [(OUT, true), (OUT + 64, false)] {
        let first = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let second = [number(again), number(8192), vec![0x10, 0, 0x1a]].concat();
        let findings = search(&[hash(), [first, second, number(0)].concat()]);
        assert_eq!(
            findings.has("twice.blake32"),
            is_twice,
            "{again}: {:?}",
            findings.facts
        );
    }
}
