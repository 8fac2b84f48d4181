//! Walks about in a large area of memory, as hashes take them that are meant to be hard on memory.

use super::*;

/// A loop that counts local 0 down around `body`.
fn repeat(body: &[u8]) -> Vec<u8> {
    let step = [vec![0x20, 0], number(-1), vec![0x6a, 0x22, 0]].concat();
    let head = vec![0x03, 0x40];
    [head, body.to_vec(), step, vec![0x0d, 0, 0x0b], number(0)].concat()
}

/// local 3 = the address that local `of` gives, limited by `mask`.
fn address(of: u8, mask: i32) -> Vec<u8> {
    [vec![0x20, of], number(mask), vec![0x71, 0x21, 3]].concat()
}

/// local 2 = (local 2 ^ x) * 5 ^ x; x = x ^ local 2, where x is what lies at local 3.
fn turn() -> Vec<u8> {
    let x = [vec![0x20, 3], load(65536)].concat();
    let mix = [vec![0x20, 2], x.clone(), vec![0x73], number(5), vec![0x6c]].concat();
    let state = [mix, x.clone(), vec![0x73, 0x21, 2]].concat();
    let back = [vec![0x20, 3], x, vec![0x20, 2, 0x73], store(65536)].concat();
    [state, back].concat()
}

fn walks(body: &[u8]) -> bool {
    search(&[repeat(body)]).has("memory-walk")
}

#[test]
fn a_walk_from_place_to_place_in_a_large_area_is_seen() {
    let walk = [address(2, 0x3_fff8), turn()].concat();
    assert!(walks(&walk));
    assert_eq!(
        INSPECTOR.inspect_module(&module(&[repeat(&walk)])).outcome,
        Outcome::Watch
    );
    // The number of a word, scaled afterwards.
    let word = [vec![0x20, 2], number(0x3_ffff), vec![0x71], number(3)].concat();
    assert!(walks(&[word, vec![0x74, 0x21, 3], turn()].concat()));
}

#[test]
fn tables_histograms_and_interpreters_are_no_such_walks() {
    // A table of 4 KiB.
    assert!(!walks(&[address(2, 0xff8), turn()].concat()));
    // One place after the other.
    assert!(!walks(&[address(0, 0x3_fff8), turn()].concat()));
    // What is read elsewhere says where.
    let input = [vec![0x20, 0], load(2048), vec![0x21, 2]].concat();
    assert!(!walks(&[input, address(2, 0x3_fff8), turn()].concat()));
    // What is found decides what is done.
    let decide = [0x20, 2, 0x04, 0x40, 0x01, 0x0b].repeat(3);
    assert!(!walks(&[address(2, 0x3_fff8), turn(), decide].concat()));
    // Nothing is written back.
    let x = [vec![0x20, 3], load(65536)].concat();
    let read = [vec![0x20, 2], x, vec![0x73], number(5), vec![0x6c, 0x21, 2]].concat();
    assert!(!walks(&[address(2, 0x3_fff8), read.repeat(2)].concat()));
}
