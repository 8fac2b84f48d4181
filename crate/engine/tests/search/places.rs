//! Where output lies: written backwards, beside other variables, in words that change
//! places. And how large what holds it is.

use super::*;

/// `OUT[28] < local 1`.
fn below() -> Vec<u8> {
    [number(OUT), load(0), vec![0x20, 1, 0x49]].concat()
}

/// A loop of ten turns over `body`; local 3 counts.
fn ten_times(body: &[u8]) -> Vec<u8> {
    let begin = [number(0), vec![0x21, 3, 0x03, 0x40]].concat();
    let again = [vec![0x20, 3], number(1), vec![0x6a, 0x22, 3]].concat();
    let end = [number(10), vec![0x47, 0x0d, 0, 0x0b]].concat();
    [&begin, body, &again, &end].concat()
}

#[test]
fn a_word_that_changes_places_in_every_round_is_mixed() {
    let first = [vec![0x20, 2, 0x21, 4], rotated(16), number(IN), load(0)].concat();
    let round = [first, vec![0x73, 0x21, 2]].concat();
    let write = [number(IN), vec![0x20, 0], store(76), number(IN), load(76)].concat();
    // Unrolled as well, so that its arithmetic shows which hash it is.
    let begin = [write, vec![0x21, 2], mixing_with(3, rotated)].concat();
    let fresh = [number(IN), load(4), vec![0x21, 2]].concat();
    for (leave, is_search) in [(4, true), (5, false)] {
        let leave = [number(OUT), vec![0x20, leave], store(0)].concat();
        let end = [leave, below()].concat();
        let body = [&begin[..], &fresh, &ten_times(&round), &end].concat();
        let findings = search(&[count_up(&body, &step())]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn output_is_found_where_it_was_written_backwards() {
    let at = 0x2_0000;
    let below = |address: i32| {
        let test = [number(address), load(0), vec![0x20, 1, 0x49]].concat();
        move |write: Vec<u8>| count_up(&[hash_counter(), write, test.clone()].concat(), &step())
    };
    // at[31 - i] = OUT[i]
    let address = [number(at), vec![0x20, 3, 0x6b]].concat();
    let byte = [vec![0x20, 3], load_byte(OUT as u32)].concat();
    let write = [address, byte, vec![0x3a, 0, 31]].concat();
    assert!(sure(&search(&[hash(), below(at)(ten_times(&write))])));
    assert!(!sure(&search(&[hash(), below(at + 64)(ten_times(&write))])));
    // for (p = at + 31; ; p--) *p = OUT[i]
    let begin = [number(at + 31), vec![0x21, 4]].concat();
    let byte = [
        vec![0x20, 4, 0x20, 3],
        load_byte(OUT as u32),
        vec![0x3a, 0, 0],
    ]
    .concat();
    let next = [vec![0x20, 4], number(1), vec![0x6b, 0x21, 4]].concat();
    let write = [begin, ten_times(&[byte, next].concat())].concat();
    assert!(sure(&search(&[hash(), below(at)(write.clone())])));
    assert!(!sure(&search(&[hash(), below(at - 64)(write)])));
}

#[test]
fn a_pointer_beside_output_in_the_frame_stays_one() {
    let frame = [frame(), number(256), vec![0x6b, 0x21, 5]].concat();
    let held = |to: i32| [vec![0x20, 5, 0x20, 5], number(to), vec![0x6a], store(100)].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let given = [
        number(IN),
        vec![0x20, 5],
        number(16),
        vec![0x6a, 0x10, 0, 0x1a],
    ]
    .concat();
    let copy = [vec![0x20, 5], load(100), vec![0x20, 5], load(16), store(0)].concat();
    let test = [vec![0x20, 5], load(8), vec![0x20, 1, 0x49]].concat();
    for (to, is_search) in [(8, true), (200, false)] {
        let body = [&held(to), &write, &given, &copy, &test]
            .map(|part| &part[..])
            .concat();
        let findings = search(&[hash(), [&frame[..], &count_up(&body, &step())].concat()]);
        assert_eq!(sure(&findings), is_search, "{:?}", findings.facts);
    }
}

#[test]
fn a_hash_is_not_large_because_it_is_unrolled() {
    let test = [number(OUT), load(28), vec![0x20, 1, 0x49]].concat();
    let body = count_up(&[hash_counter(), test].concat(), &step());
    let findings = search(&[[vec![1; 500_000], hash()].concat(), body.clone()]);
    assert!(findings.has("small-module") && findings.has("lean-module"));
    // Other code is as large as it is, up to what one function has.
    let findings = search(&[hash(), [vec![1; 90_000], body.clone()].concat()]);
    assert!(findings.has("small-module") && !findings.has("lean-module"));
    let filler = [vec![1; 100_000], number(0)].concat();
    let findings = search(&[vec![hash(), body], vec![filler; 5]].concat());
    assert!(findings.has("large-module"));
}

#[test]
fn a_pointer_that_was_moved_and_moved_back_is_what_it_was() {
    // As a function without optimisation gives its frame back.
    let frame = [frame(), number(128), vec![0x6b, 0x21, 2, 0x20, 2]].concat();
    let back = [number(128), vec![0x6a, 0x21, 3, 0x20, 3]].concat();
    let begin = [super::frame(), number(32), vec![0x6b, 0x21, 5]].concat();
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    let call = [number(IN), vec![0x20, 5, 0x10, 0, 0x1a]].concat();
    let test = [vec![0x20, 5], load(28), vec![0x20, 1, 0x49]].concat();
    let body = count_up(&[write, call, test].concat(), &step());
    let bodies = [hash(), [frame, back].concat(), [begin, body].concat()];
    assert!(sure(&search(&bodies)));
}
