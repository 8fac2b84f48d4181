//! What is behind the signature of a bundle: even where the key is good, content of any kind is
//! applied or refused, within its bounds.
#![allow(missing_docs)]

use std::io::Cursor;
use std::sync::LazyLock;

use minisign::KeyPair;
use miniz_oxide::deflate::compress_to_vec;
use nomine_engine::update::bundle::{Circumstances, Files, open, seal};

static PAIR: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_unencrypted_keypair().expect("a pair of keys"));
static BASE: LazyLock<Files> = LazyLock::new(|| {
    Files::from([
        (
            "miners.txt".to_owned(),
            b"! Title: t\n||a.example^\n".to_vec(),
        ),
        ("signatures.bin".to_owned(), vec![0, 1, 255]),
    ])
});

/// The bytes as they are, as what is compressed, and as a head (the first line) with a body.
pub fn bundle(data: &[u8]) {
    signed(data);
    signed(&compress_to_vec(data, 1));
    let end = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (head, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let framed = [&(head.len() as u32).to_le_bytes(), head, body].concat();
    signed(&compress_to_vec(&framed, 1));
}

fn signed(packed: &[u8]) {
    let signature = minisign::sign(Some(&PAIR.pk), &PAIR.sk, Cursor::new(packed), None, None);
    let bytes = seal(packed, &signature.expect("signed").into_string());
    let keys = [PAIR.pk.to_base64()];
    for base in [None, Some((1, &*BASE))] {
        let here = Circumstances {
            now: Some(1_800_000_000),
            newest: Some(1),
            base,
        };
        match open(&bytes, &keys, here) {
            Ok(opened) => {
                assert_eq!(opened.files.len(), opened.head.files.len());
                assert!(opened.head.version > 1);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
