//! What is behind the signature of a bundle: even where the key is good, content of any kind is
//! applied or refused, within its bounds.
#![allow(missing_docs)]

use std::sync::LazyLock;

use miniz_oxide::deflate::compress_to_vec;
use nomine_engine::update::bundle::{BundleError, Circumstances, Files, Opened};

static BASE: LazyLock<Files> = LazyLock::new(|| {
    Files::from([
        (
            "miners.txt".to_owned(),
            b"! Title: t\n||a.example^\n".to_vec(),
        ),
        ("signatures.bin".to_owned(), vec![0, 1, 255]),
    ])
});

/// The bytes as they are, as what is compressed, and as a head (the first line) with a body. Says how
/// many were applied.
pub fn bundle(data: &[u8]) -> usize {
    let end = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (head, body) = (&data[..end], data.get(end + 1..).unwrap_or_default());
    let framed = [&(head.len() as u32).to_le_bytes(), head, body].concat();
    opened(data) + opened(&compress_to_vec(data, 1)) + opened(&compress_to_vec(&framed, 1))
}

fn opened(packed: &[u8]) -> usize {
    let mut applied = 0;
    for base in [None, Some((1, &*BASE))] {
        let here = Circumstances {
            now: Some(1_800_000_000),
            newest: Some(1),
            base,
        };
        match open(packed, here) {
            Ok(opened) => {
                assert_eq!(opened.files.len(), opened.head.files.len());
                assert!(opened.head.version > 1);
                applied += 1;
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    applied
}

#[cfg(fuzzing)]
fn open(packed: &[u8], here: Circumstances<'_>) -> Result<Opened, BundleError> {
    nomine_engine::update::bundle::unsigned(packed, here)
}

/// Signed by a key that is trusted: too slow for a fuzzer, but all of it.
#[cfg(not(fuzzing))]
fn open(packed: &[u8], here: Circumstances<'_>) -> Result<Opened, BundleError> {
    use minisign::KeyPair;
    use nomine_engine::update::bundle;
    static PAIR: LazyLock<KeyPair> =
        LazyLock::new(|| KeyPair::generate_unencrypted_keypair().expect("a pair of keys"));
    let content = std::io::Cursor::new(packed);
    let signature = minisign::sign(Some(&PAIR.pk), &PAIR.sk, content, None, None);
    let bytes = bundle::seal(packed, &signature.expect("signed").into_string());
    bundle::open(&bytes, &[PAIR.pk.to_base64()], here)
}
