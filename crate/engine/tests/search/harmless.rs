//! What hashes what it counts and is no search: a few tries, the best of several hashes, what should be
//! equal to something, a variable beside a hash, numbers that are drawn, and what is hashed one after another.

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
    // Two digits of a counter, of which each is small; or the steps of a few chains of hashes.
    for (limit, is_search) in [(16, false), (256, true)] {
        let write = [number(IN), vec![0x20, 3], store(80)].concat();
        let body = [write, hash_counter(), found.clone(), on_to(3, limit)].concat();
        let inner = [vec![0x03, 0x40], body, vec![0x0d, 0, 0x0b]].concat();
        let outer = [vec![0x03, 0x40], number(0), vec![0x21, 3], inner].concat();
        let body = [outer, on_to(0, 67), vec![0x0d, 0, 0x0b], number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
}

#[test]
fn a_few_tries_are_few_where_the_loop_is_left_by_way_of_a_block() {
    let found = [words(), vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    for (limit, is_search) in [(256, false), (1 << 20, true)] {
        let last = [vec![0x20, 0], number(limit), vec![0x46, 0x04, 0x40]].concat();
        let last = [last, vec![0x0c, 1, 0x0b]].concat();
        let body = [last, hash_counter(), found.clone(), step()].concat();
        let around = [
            vec![0x03, 0x40, 0x02, 0x40],
            body,
            vec![0x0c, 1, 0x0b, 0x0b],
        ]
        .concat();
        let findings = search(&[hash(), [around, number(0)].concat()]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
}

#[test]
fn how_full_a_block_is_is_no_search() {
    // do { hash } while ((length & 63) != 56), where a call is given what holds the length; bits of a hash
    // should be nought.
    for (bits, is_search) in [(56, false), (0, true)] {
        let masked = [number(OUT), load(28), number(63), vec![0x71]].concat();
        let test = [masked, number(bits), vec![0x46]].concat();
        let body = count_up(&[hash_counter(), test].concat(), &step());
        let findings = search(&[hash(), body]);
        assert_eq!(
            findings.has("search2.blake32"),
            is_search,
            "{bits}: {:?}",
            findings.facts
        );
    }
}

#[test]
fn hashes_that_are_sorted_are_no_targets() {
    // The hash is written to an element of an array and compared with another one, or with a target.
    let element = |local| [vec![0x20, local], number(OUT), vec![0x6a]].concat();
    for (other, is_search) in [(element(4), false), (number(TARGET), true)] {
        let place = [vec![0x20, 0], number(32), vec![0x6c, 0x21, 3]].concat();
        let write = [number(IN), vec![0x20, 0], store(76), number(IN)].concat();
        let hashed = [place, write, element(3), vec![0x10, 0, 0x1a]].concat();
        let before = [number(8192), load(0), number(32), vec![0x6c, 0x21, 4]].concat();
        let bytes = [element(3), load_byte(0), other, load_byte(0)].concat();
        let body = [hashed, before, bytes, vec![0x49]].concat();
        let findings = search(&[hash(), count_up(&body, &step())]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn a_few_tries_that_are_counted_in_the_frame_are_few() {
    // The counter is handed by its address; what goes back is asked whether it was the last try, or more.
    let take = [frame(), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let found = [words(), vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    let next = [frame(), load(0), number(1), vec![0x6a, 0x22, 3]].concat();
    let next = [
        frame(),
        next,
        store(0),
        vec![0x20, 0, 0x20, 1, 0x6a, 0x21, 0],
    ]
    .concat();
    for (limit, is_search) in [(256, false), (1 << 20, true)] {
        let left = [vec![0x20, 3], number(limit), vec![0x49, 0x0d, 1]].concat();
        let write = [number(IN), frame(), load(0), store(76)].concat();
        let hashed = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let leave = [vec![0x20, 1], number(7), vec![0x46, 0x0d, 0]].concat();
        let body = [take.clone(), write, hashed, leave, found.clone()].concat();
        let body = [body, next.clone(), left].concat();
        let body = [
            vec![0x03, 0x40, 0x02, 0x40],
            body,
            vec![0x0b, 0x0b],
            number(0),
        ]
        .concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
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

#[test]
fn a_number_that_is_drawn_is_no_search() {
    let word = || [number(OUT), load(28), vec![0x22, 3]].concat();
    let above = |limit: Vec<u8>| [word(), limit, vec![0x49]].concat();
    let masked = |mask: Vec<u8>| [word(), mask, vec![0x71]].concat();
    let drawn = |test: Vec<u8>| {
        let body = count_up(&[hash_counter(), test].concat(), &step());
        search(&[hash(), body])
    };
    let is_search = |findings: &Findings| sure(findings) || findings.has("search2.blake32");
    // Below 3,000,000,000 is most of all; below 5000 is rare.
    for (limit, rare) in [(3_000_000_000_u32.cast_signed(), false), (5000, true)] {
        let findings = drawn(above(number(limit)));
        assert_eq!(is_search(&findings), rare, "{limit}: {:?}", findings.facts);
    }
    // Below 7776 is most of thirteen bits.
    for (mask, rare) in [(8191, false), (0x1fff_ffff, true)] {
        let test = [masked(number(mask)), number(7776), vec![0x49]].concat();
        let findings = drawn(test);
        assert_eq!(is_search(&findings), rare, "{mask}: {:?}", findings.facts);
    }
    // As many bits as the range has.
    let findings = drawn([masked(vec![0x20, 1]), vec![0x20, 1, 0x4d]].concat());
    assert!(!is_search(&findings), "{:?}", findings.facts);
    // The remainder of what was compared, and of something else.
    for (dividend, is_drawn) in [(3, true), (4, false)] {
        let rest = vec![0x20, dividend, 0x20, 1, 0x70, 0x1a];
        let findings = drawn([above(vec![0x20, 5]), rest].concat());
        assert_eq!(is_search(&findings), !is_drawn, "{:?}", findings.facts);
    }
}

#[test]
fn what_lies_one_after_another_is_no_nonce() {
    // hash(items + 64 * counter, output), and the same with the counter in what is hashed.
    let items = [number(IN), vec![0x20, 0], number(6), vec![0x74, 0x6a]].concat();
    for (written, is_search) in [(vec![0x20, 5], false), (vec![0x20, 0], true)] {
        let from = if is_search { number(IN) } else { items.clone() };
        let write = [number(IN), written, store(76)].concat();
        let hash_item = [write, from, number(OUT), vec![0x10, 0, 0x1a]].concat();
        let test = [words(), vec![0x49]].concat();
        let body = count_up(&[hash_item, test].concat(), &step());
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn a_field_of_a_vector_in_the_frame_lies_in_no_header() {
    // The counter at byte 76 of the frame, of which the first 64 bytes are hashed; a vector that begins at
    // byte 72 is grown by a call, or none is.
    let grow = [
        frame(),
        number(72),
        vec![0x6a],
        number(8),
        vec![0x10, 0, 0x1a],
    ]
    .concat();
    for (grow, is_header) in [(grow, false), (Vec::new(), true)] {
        let write = [frame(), vec![0x20, 0], store(76)].concat();
        let hashed = [write, frame(), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let test = [words(), vec![0x49]].concat();
        let body = count_up(&[grow, hashed, test].concat(), &step());
        let findings = search(&[hash(), body]);
        assert_eq!(
            findings.has("header3.blake32"),
            is_header,
            "{:?}",
            findings.facts
        );
    }
}

#[test]
fn what_nobody_is_told_is_not_out() {
    for (told, is_out) in [(0x20, true), (0x41, false)] {
        // The counter goes into the frame, where no page looks for it; returned is that, or nought.
        let write = [frame(), vec![0x20, 0], store(76)].concat();
        let hashed = [write, frame(), number(OUT), vec![0x10, 0, 0x1a]].concat();
        let test = [words(), vec![0x49, 0x04, 0x40, told, 0, 0x0f, 0x0b]].concat();
        let body = [hashed, test, step(), vec![0x0c, 0, 0x0b]].concat();
        let body = [vec![0x03, 0x40], body, number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(findings.has("out3.blake32"), is_out, "{:?}", findings.facts);
    }
}

#[test]
fn where_a_hash_says_is_no_target() {
    // registers[output & mask], and something at a place of its own.
    let place = [number(OUT), load(24), number(4095), vec![0x71]].concat();
    for (at, is_search) in [(place, false), (number(TARGET), true)] {
        let kept = [at, load_byte(8192)].concat();
        let zeros = [number(OUT), load(24), vec![0x67]].concat();
        let body = [hash_counter(), zeros, kept, vec![0x4b]].concat();
        let findings = search(&[hash(), count_up(&body, &step())]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn whether_a_sum_ran_over_is_no_comparison_with_a_target() {
    // hash + x < x, and hash + x < y.
    for (limit, is_search) in [(1, false), (5, true)] {
        let sum = [number(OUT), load(28), vec![0x20, 1, 0x6a]].concat();
        let test = [sum, vec![0x20, limit, 0x49]].concat();
        let findings = search(&[hash(), count_up(&[hash_counter(), test].concat(), &step())]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
}

#[test]
fn what_is_looked_up_in_a_list_is_no_target() {
    // The hash that local 3 holds is compared with one item after another, or hashed anew for each.
    let hold = [number(OUT), load(28), vec![0x21, 3]].concat();
    let item = [vec![0x20, 4], load(TARGET as u32)].concat();
    let before = [vec![0x20, 3], item, vec![0x49]].concat();
    let next = [vec![0x20, 4], number(4), vec![0x6a, 0x21, 4]].concat();
    for is_search in [false, true] {
        let anew = [hash_counter(), hold.clone()].concat();
        let inner = if is_search { anew.clone() } else { Vec::new() };
        let inner = [inner, before.clone(), vec![0x0d, 1], next.clone()].concat();
        let inner = [
            vec![0x02, 0x40, 0x03, 0x40],
            inner,
            vec![0x0c, 0, 0x0b, 0x0b],
        ]
        .concat();
        let body = [anew, inner, step(), vec![0x20, 0, 0x20, 1, 0x47, 0x0d, 0]].concat();
        let body = [vec![0x03, 0x40], body, vec![0x0b], number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn the_smaller_of_two_hashes_is_no_target() {
    // compare(hash(counter), other): what another call of the same hash left, and what nothing did.
    for (left, is_search) in [(TARGET, false), (8192, true)] {
        let other = [number(IN), number(left), vec![0x10, 0, 0x1a]].concat();
        let test = [number(OUT), number(TARGET), vec![0x10, 1]].concat();
        let body = count_up(&[other, hash_counter(), test].concat(), &step());
        let findings = search(&[hash(), compare(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn what_tells_where_something_is_read_is_no_hash() {
    // x < limit, and what lies at the x-th place is read, or at that of another number.
    for (index, is_search) in [(3, false), (5, true)] {
        let test = [number(OUT), load(28), vec![0x22, 3, 0x20, 1, 0x49]].concat();
        let place = [vec![0x20, 4, 0x20, index], number(12), vec![0x6c, 0x6a]].concat();
        let read = [place, load(0), vec![0x1a]].concat();
        let found = [vec![0x04, 0x40], read, vec![0x20, 0, 0x0f, 0x0b]].concat();
        let body = [hash_counter(), test, found, step(), vec![0x0c, 0]].concat();
        let body = [vec![0x03, 0x40], body, vec![0x0b], number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn what_lies_beside_a_pointer_is_no_hash() {
    // if (capacity != 0) free(pointer - 4), both from where a call left them; and with another pointer.
    for (of, is_search) in [(OUT, false), (TARGET, true)] {
        let pointer = [number(of), load(4), vec![0x21, 3]].concat();
        let capacity = [number(OUT), load(0), vec![0x45]].concat();
        let chunk = [vec![0x20, 3], load(8), vec![0x1a]].concat();
        let body = [hash_counter(), pointer, chunk, capacity].concat();
        let findings = search(&[hash(), count_up(&body, &step())]);
        assert_eq!(
            findings.has("search2.blake32"),
            is_search,
            "{:?}",
            findings.facts
        );
    }
}

#[test]
fn a_hash_of_which_bits_are_cut_off_is_a_number_that_is_drawn() {
    // hash[31] &= 127 in its place, or elsewhere.
    for (to, is_search) in [(OUT, false), (8192, true)] {
        let cut = [number(OUT), load_byte(31), number(127), vec![0x71]].concat();
        let cut = [number(to), cut, vec![0x3a, 0, 31]].concat();
        let test = [number(OUT), number(TARGET), vec![0x10, 1]].concat();
        let body = count_up(&[hash_counter(), cut, test].concat(), &step());
        let findings = search(&[hash(), compare(), body]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn memory_that_is_asked_for_is_not_its_length() {
    // f(word of the output) == 0, where f returns what it is given, and writes to memory or does not.
    let writes = [number(8192), vec![0x20, 0], store(0)].concat();
    for (writes, is_search) in [(writes, false), (Vec::new(), true)] {
        let given = [writes, vec![0x20, 0]].concat();
        let findings = inspect(&module_with_one(given));
        assert_eq!(
            findings.has("search2.blake32"),
            is_search,
            "{:?}",
            findings.facts
        );
    }
}

/// A search that asks a function `(i32) -> i32` with this body about a word of the hash.
fn module_with_one(body: Vec<u8>) -> Vec<u8> {
    let test = [number(OUT), load(28), vec![0x10, 1, 0x45]].concat();
    let bodies = [
        hash(),
        body,
        count_up(&[hash_counter(), test].concat(), &step()),
    ];
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(
        1,
        &[2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f],
    ));
    bytes.extend(section(3, &[3, 0, 1, 0]));
    bytes.extend(section(5, &[1, 0, 1]));
    bytes.extend(code(&[1, 4, 0x7f], &bodies));
    bytes
}

#[test]
fn a_hash_that_is_looked_up_among_others_is_no_search() {
    // A loop that does not hash compares the hash with one thing after another; one that hashes, with one.
    let asked = |at: Vec<u8>| [number(OUT), at, vec![0x10, 1]].concat();
    let next = [vec![0x20, 3], number(64), vec![0x6a, 0x21, 3]].concat();
    let found = [vec![0x04, 0x40, 0x20, 0, 0x0f, 0x0b], next.clone()].concat();
    let list = [
        vec![0x03, 0x40],
        asked(vec![0x20, 3]),
        found,
        vec![0x20, 3, 0x20, 1, 0x47, 0x0d, 0, 0x0b],
    ];
    let looked_up = [hash_counter(), list.concat(), number(0)].concat();
    let below = [hash_counter(), asked(number(TARGET))].concat();
    for (name, test, is_search) in [("list", looked_up, false), ("target", below, true)] {
        let findings = search(&[hash(), compare(), count_up(&test, &step())]);
        assert_eq!(sure(&findings), is_search, "{name}: {:?}", findings.facts);
    }
}

#[test]
fn a_few_tries_are_few_however_long_the_hash_goes_round() {
    // The hash is called for one block after another.
    let block = [number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat();
    let blocks = [vec![0x03, 0x40], block, on_to(3, 64), vec![0x0d, 0, 0x0b]].concat();
    let found = [words(), vec![0x49, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b]].concat();
    for (limit, is_search) in [(256, false), (1 << 20, true)] {
        let write = [number(IN), vec![0x20, 0], store(76)].concat();
        let again = [number(0), vec![0x21, 3]].concat();
        let body = [write, again, blocks.clone(), found.clone(), on_to(0, limit)].concat();
        let body = [vec![0x03, 0x40], body, vec![0x0d, 0, 0x0b], number(0)].concat();
        let findings = search(&[hash(), body]);
        assert_eq!(sure(&findings), is_search, "{limit}: {:?}", findings.facts);
    }
}

#[test]
fn what_a_byte_is_drawn_from_or_what_is_noted_of_each_hash_is_no_search() {
    let byte = [number(OUT), load_byte(31)].concat();
    // Until a byte is no more than how many there are.
    for (limit, is_search) in [([0x20, 3], false), ([0x20, 1], true)] {
        let test = [byte.clone(), limit.to_vec(), vec![0x4d]].concat();
        let next = [vec![0x20, 3], number(1), vec![0x6a, 0x21, 3], step()].concat();
        let body = count_up(&[hash_counter(), test].concat(), &next);
        let findings = search(&[hash(), body]);
        assert_eq!(
            sure(&findings),
            is_search,
            "{limit:?}: {:?}",
            findings.facts
        );
    }
    // Of each hash whether it is below something, or of all together.
    for (at, is_search) in [(vec![0x20, 3], false), (number(8192), true)] {
        let noted = [at, words(), vec![0x49], store(0)].concat();
        let next = [vec![0x20, 3], number(4), vec![0x6a, 0x21, 3], step()].concat();
        let test = [hash_counter(), noted, vec![0x20, 0, 0x20, 1, 0x46]].concat();
        let findings = search(&[hash(), count_up(&test, &next)]);
        let found = findings.has("search3.blake32");
        assert_eq!(found, is_search, "{:?}", findings.facts);
    }
}

#[test]
fn what_is_read_in_the_other_branch_is_no_counter() {
    // if (a) p = 8; else x = *p; where p is what the function was given
    let first = [vec![0x20, 2, 0x04, 0x40], number(8), vec![0x21, 0, 0x05]].concat();
    let second = [vec![0x20, 0], load(0), vec![0x21, 2, 0x0b]].concat();
    let before = [number(IN), vec![0x21, 4]].concat();
    let end = [vec![0x20, 1, 0x20, 2], store(0), number(0)].concat();
    let branches = [first, second].concat();
    let read = [
        before.clone(),
        branches,
        mixing_with(4, rotated),
        end.clone(),
    ]
    .concat();
    let mixed = [vec![0x20, 0, 0x21, 2], before, mixing_with(4, rotated), end].concat();
    for (name, hash, is_search) in [("pointer", read, false), ("number", mixed, true)] {
        let hashed = [vec![0x20, 0], number(OUT), vec![0x10, 0, 0x1a]].concat();
        let test = [hashed, words(), vec![0x49]].concat();
        let findings = search(&[hash, count_up(&test, &step())]);
        assert_eq!(sure(&findings), is_search, "{name}: {:?}", findings.facts);
    }
}

#[test]
fn whether_numbers_are_written_as_text_is_told() {
    for (by, is_decimal) in [(10, true), (16, false)] {
        let digit = [vec![0x20, 0], number(by), vec![0x70]].concat();
        let findings = search(&[digit]);
        assert_eq!(
            findings.has("decimal"),
            is_decimal,
            "{by}: {:?}",
            findings.facts
        );
    }
}
