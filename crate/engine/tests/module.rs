//! Modules assembled here, in several spellings, and what inspection says about them.

mod assemble;

use assemble::{code, functions, section, signed};
use nomine_engine::module::inspect;
use nomine_engine::signature::{Kind, SignatureSet, compile_texts};
use nomine_engine::verdict::{Findings, Outcome};
use proptest::prelude::*;

const SIGNATURES: &str = include_str!("../../../blocklists/signatures/wasm.toml");

/// A module of functions `(i64, i64) -> i64` with these bodies, and data at address 1024.
fn module(bodies: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 2, 0x7e, 0x7e, 1, 0x7e]));
    bytes.extend(functions(bodies.len()));
    bytes.extend(section(5, &[1, 0, 1]));
    bytes.extend(code(&[0], bodies));
    if !data.is_empty() {
        bytes.extend(assemble::data(data));
    }
    bytes
}

/// `local.get 0` rotated to the left by `distance`, in one of eight spellings.
fn rotation(distance: u8, spelling: usize) -> Vec<u8> {
    let constant = |value: u8| {
        if value < 64 {
            vec![0x42, value]
        } else {
            vec![0x42, 0x80 | value, 0]
        }
    };
    let mut bytes = vec![0x20, 0];
    if spelling == 0 {
        bytes.extend(constant(distance));
        bytes.push(0x89);
        return bytes;
    }
    if spelling == 4 {
        // The distance is computed: an exclusive or of two constants.
        bytes.extend(constant(distance ^ 0x15));
        bytes.extend(constant(0x15));
        bytes.extend([0x85, 0x89]);
        return bytes;
    }
    if spelling > 4 {
        // Mixed boolean arithmetic over the two halves.
        let left = [vec![0x20, 0], constant(distance), vec![0x86]].concat();
        let right = [vec![0x20, 0], constant(64 - distance), vec![0x88]].concat();
        let both = [left.clone(), right.clone()].concat();
        return match spelling {
            // (left & !right) + right
            5 => [both, vec![0x42, 0x7f, 0x85, 0x83], right, vec![0x7c]].concat(),
            // (left ^ right) + (left & right)
            6 => [both.clone(), vec![0x85], both, vec![0x83, 0x7c]].concat(),
            // (left | right) - (left & right)
            _ => [both.clone(), vec![0x84], both, vec![0x83, 0x7d]].concat(),
        };
    }
    bytes.extend(constant(distance));
    bytes.extend([0x86, 0x20, 0]);
    bytes.extend(constant(64 - distance));
    bytes.push(0x88);
    bytes.push([0x84, 0x85, 0x7c][spelling - 1]);
    bytes
}

/// A round of the mixing of `BLAKE2b`, with or without the products of Argon2's.
fn mixing(spelling: usize, products: bool) -> Vec<u8> {
    let mut body = Vec::new();
    for distance in [32, 40, 48, 1] {
        // x = rotate(x) ^ y; y = x + y, or x + y + x * y.
        body.extend(rotation(distance, spelling));
        body.extend([0x20, 1, 0x85, 0x21, 0]);
        body.extend([0x20, 0, 0x20, 1, 0x7c]);
        if products {
            body.extend([0x20, 0, 0x20, 1, 0x7e, 0x7c]);
        }
        body.extend([0x21, 1]);
    }
    body.extend([0x20, 0]);
    body
}

const ROUNDS: [u64; 12] = [
    0x1,
    0x8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x808b,
    0x8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x8a,
    0x88,
    0x8000_8009,
    0x8000_000a,
];

fn has(findings: &Findings, name: &str) -> bool {
    findings.has(name)
}

fn signatures() -> SignatureSet {
    compile_texts([("wasm.toml", SIGNATURES)]).expect("the signatures compile")
}

#[test]
fn a_rotation_counts_in_every_spelling() {
    for spelling in 0..8 {
        let plain = inspect(&module(&[mixing(spelling, false)], &[]));
        assert!(has(&plain, "blake2b.shape"), "spelling {spelling}");
        assert!(!has(&plain, "blamka"), "spelling {spelling}");
        let products = inspect(&module(&[mixing(spelling, true)], &[]));
        assert!(has(&products, "blamka.shape"), "spelling {spelling}");
        assert!(!has(&products, "blake2b"), "spelling {spelling}");
    }
}

#[test]
fn other_rotations_are_no_kernel() {
    let mut body = Vec::new();
    for distance in [5, 11, 20, 50] {
        body.extend(rotation(distance, 1));
        body.extend([0x20, 1, 0x85, 0x21, 0]);
    }
    body.extend([0x20, 0]);
    let found = inspect(&module(&[body], &[]));
    assert!(found.facts.iter().all(|fact| !fact.name.contains("shape")));
}

#[test]
fn tables_are_found_at_any_alignment_in_any_order_and_under_a_key() {
    let little: Vec<u8> = ROUNDS.iter().flat_map(|word| word.to_le_bytes()).collect();
    let big: Vec<u8> = ROUNDS.iter().flat_map(|word| word.to_be_bytes()).collect();
    for (table, key) in [(&little, 0), (&big, 0), (&little, 0x5a), (&big, 0xc3)] {
        for padding in 0..4 {
            let mut data = vec![7; padding];
            data.extend(table.iter().map(|byte| byte ^ key));
            let found = inspect(&module(&[vec![0x20, 0]], &data));
            assert!(
                has(&found, "keccak.table"),
                "key {key:#x}, padding {padding}"
            );
            assert_eq!(has(&found, "table-masked"), key != 0);
        }
    }
    let mut broken = little;
    broken[20] ^= 1;
    assert!(!has(
        &inspect(&module(&[vec![0x20, 0]], &broken)),
        "keccak.table"
    ));
}

#[test]
fn constants_of_code_are_folded_before_they_are_looked_up() {
    let constant = |value: u64| [vec![0x42], signed(value.cast_signed())].concat();
    let rounds = [
        0x8000_0000_0000_808a_u64,
        0x8000_0000_8000_8000,
        0x8000_0001,
        0x8000_0000_8000_8081,
        0x8000_0000_0000_8009,
        0x8000_8009,
        0x8000_000a,
        0x8000_808b,
        0x8000_0000_0000_008b,
        0x8000_0000_0000_8089,
        0x8000_0000_0000_8003,
    ];
    let split = 0x1234_5678_9abc_def0_u64;
    let mut body = Vec::new();
    for round in rounds {
        body.extend(constant(round ^ split));
        body.extend(constant(split));
        body.extend([0x85, 0x1a]);
    }
    body.extend([0x20, 0]);
    assert!(has(&inspect(&module(&[body], &[])), "keccak.code"));
}

#[test]
fn a_mask_counts_in_every_spelling() {
    // a & c, and !(!a | !c), with c = 0x1ffff0.
    let plain = vec![0x20, 0, 0x42, 0xf0, 0xff, 0xff, 0x00, 0x83];
    let other = vec![
        0x20, 0, 0x42, 0x7f, 0x85, 0x42, 0x8f, 0x80, 0x80, 0x7f, 0x84, 0x42, 0x7f, 0x85,
    ];
    // (a | c) - (a ^ c)
    let third = vec![
        0x20, 0, 0x42, 0xf0, 0xff, 0xff, 0x00, 0x84, 0x20, 0, 0x42, 0xf0, 0xff, 0xff, 0x00, 0x85,
        0x7d,
    ];
    for body in [plain, other, third] {
        assert!(has(
            &inspect(&module(&[body], &[])),
            "cryptonight-mask.1ffff0"
        ));
    }
}

#[test]
fn a_module_inside_the_data_is_inspected() {
    let inner = module(&[mixing(0, true)], &[]);
    let found = inspect(&module(&[vec![0x20, 0]], &inner));
    assert!(has(&found, "module-in-module") && has(&found, "blamka.shape"));
    // It is judged alone as well: what is around it is no excuse.
    let alone = found.parts.first().expect("a part");
    assert!(alone.iter().any(|fact| fact.name == "blamka.shape"));
    assert!(alone.iter().any(|fact| fact.name == "small-module"));
}

#[test]
fn imports_that_share_a_module_name_are_read() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 0, 0]));
    // "e": memory "m", function "d".
    let imports = [1, 1, b'e', 0, 0x7f, 2, 1, b'm', 2, 0, 1, 1, b'd', 0, 0];
    bytes.extend(section(2, &imports));
    assert_eq!(inspect(&bytes).not_inspected, None);
}

#[test]
fn bad_input_is_bounded_and_said() {
    assert!(inspect(b"").not_inspected.is_some());
    assert!(inspect(b"<html>").not_inspected.is_some());
    let whole = module(&[mixing(1, true), mixing(0, false)], &[1; 64]);
    for end in 0..whole.len() {
        let _ = inspect(&whole[..end]);
    }
    // A section and a vector that claim more than there is.
    let mut bomb = b"\0asm\x01\0\0\0".to_vec();
    bomb.extend([
        3, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0xff, 0x0f,
    ]);
    assert!(inspect(&bomb).not_inspected.is_some());
    // Blocks in blocks, and a number that never ends.
    let mut deep = Vec::new();
    for _ in 0..200_000 {
        deep.extend([0x03, 0x40]);
    }
    let endless = [vec![0x42], vec![0xff; 4000]].concat();
    let _ = inspect(&module(&[deep, endless, vec![0xfd, 0xff, 0x7f]], &[]));
    // Very many functions.
    let many = vec![vec![0x20, 0]; 300_000];
    assert!(inspect(&module(&many, &[])).not_inspected.is_none());
}

#[test]
fn examples_of_every_signature_hold() {
    let set = signatures();
    let judge = |names: &[&str]| {
        let mut findings = Findings::default();
        for name in names {
            findings.add(nomine_engine::verdict::Fact {
                name: (*name).to_owned().into(),
                count: 1,
                place: nomine_engine::verdict::Place::default(),
                detail: String::new(),
            });
        }
        set.conclude(Kind::Module, &findings)
    };
    let night = ["keccak", "aes", "blake32", "groestl", "jh", "skein"];
    assert_eq!(judge(&night).outcome, Outcome::Block);
    assert_eq!(judge(&night).family, "CryptoNight");
    let wallet = [&night[..], &["curve"]].concat();
    assert_eq!(judge(&wallet).outcome, Outcome::Watch);
    assert_eq!(
        judge(&["keccak", "sha256", "aes", "curve"]).outcome,
        Outcome::Allow
    );
    assert_eq!(judge(&["blamka", "small-module"]).outcome, Outcome::Watch);
    let nimiq = [
        "blamka",
        "loop3.blamka",
        "loop3.blake2b",
        "small-module",
        "curve",
    ];
    assert_eq!(judge(&nimiq).outcome, Outcome::Block);
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = inspect(&module(&[body.clone(), body], &[0; 40]));
    }

    #[test]
    fn no_sections_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut whole = b"\0asm\x01\0\0\0".to_vec();
        whole.extend(bytes);
        let _ = inspect(&whole);
    }
}
