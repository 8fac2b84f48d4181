//! Bundles of our own channel: what is accepted, and every lie that is not.

use std::io::Cursor;

use minisign::KeyPair;
use nomine_engine::update::bundle::{
    BundleError, Circumstances, Files, Head, Opened, open, payload, seal,
};
use nomine_engine::update::key::KeyError;

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

struct Channel {
    pair: KeyPair,
}

impl Channel {
    fn new() -> Self {
        let pair = KeyPair::generate_unencrypted_keypair().expect("a pair of keys");
        Self { pair }
    }

    fn key(&self) -> String {
        self.pair.pk.to_base64()
    }

    fn sign(&self, payload: &[u8]) -> Vec<u8> {
        let signature = minisign::sign(
            Some(&self.pair.pk),
            &self.pair.sk,
            Cursor::new(payload),
            None,
            None,
        )
        .expect("signed");
        seal(payload, &signature.into_string())
    }

    fn make(&self, version: u64, files: &Files, base: Option<(u64, &Files)>) -> Vec<u8> {
        self.sign(&payload(head(version), files, base, |_, _| None))
    }
}

fn head(version: u64) -> Head {
    Head {
        version,
        created: NOW - DAY,
        expires: NOW + 30 * DAY,
        base: None,
        files: Vec::new(),
    }
}

fn files(text: &str) -> Files {
    Files::from([
        ("miners.txt".to_owned(), text.as_bytes().to_vec()),
        ("signatures.bin".to_owned(), vec![0, 1, 2, 255]),
    ])
}

fn here() -> Circumstances<'static> {
    Circumstances {
        now: Some(NOW),
        newest: Some(6),
        base: None,
    }
}

fn refused(bytes: &[u8], keys: &[String], here: Circumstances<'_>) -> BundleError {
    open(bytes, keys, here).expect_err("refused")
}

#[test]
fn a_good_bundle_is_opened_with_either_of_two_keys() {
    let (old, new) = (Channel::new(), Channel::new());
    let keys = [old.key(), new.key()];
    for (index, channel) in [&old, &new].into_iter().enumerate() {
        let opened = open(
            &channel.make(7, &files("||a.example^\n"), None),
            &keys,
            here(),
        )
        .expect("good");
        assert_eq!((opened.key, opened.head.version), (index, 7));
        assert_eq!(opened.files, files("||a.example^\n"));
    }
}

#[test]
fn other_keys_and_no_keys_open_nothing() {
    let channel = Channel::new();
    let bytes = channel.make(7, &files("a"), None);
    let other = [Channel::new().key()];
    assert_eq!(
        refused(&bytes, &other, here()),
        BundleError::Key(KeyError::Untrusted)
    );
    assert_eq!(
        refused(&bytes, &[], here()),
        BundleError::Key(KeyError::NoKey)
    );
}

#[test]
fn versions_only_rise() {
    let channel = Channel::new();
    for version in [0, 5, 6] {
        let bytes = channel.make(version, &files("a"), None);
        assert_eq!(
            refused(&bytes, &[channel.key()], here()),
            BundleError::Old {
                found: version,
                newest: 6
            }
        );
    }
}

#[test]
fn a_version_is_a_number_that_javascript_counts_to() {
    let channel = Channel::new();
    let opened = |version| {
        let bytes = channel.make(version, &files("a"), None);
        open(&bytes, &[channel.key()], Circumstances::default()).map(|_| ())
    };
    assert_eq!(opened((1 << 53) - 1), Ok(()));
    assert_eq!(opened(1 << 53), Err(BundleError::Damaged("version")));
}

#[test]
fn times_count_and_a_wrong_clock_is_named() {
    let channel = Channel::new();
    let bytes = channel.make(7, &files("a"), None);
    let at = |now| Circumstances {
        now: Some(now),
        ..here()
    };
    let keys = [channel.key()];
    assert_eq!(
        refused(&bytes, &keys, at(NOW + 40 * DAY)),
        BundleError::Expired { days: 10 }
    );
    let early = refused(&bytes, &keys, at(NOW - 100 * DAY));
    assert_eq!(early, BundleError::Clock { days: 99 });
    assert!(early.to_string().contains("clock"));
    assert!(
        open(&bytes, &keys, at(NOW - DAY - 3_600)).is_ok(),
        "an hour behind is nothing"
    );
    assert!(matches!(
        refused(&bytes, &keys, at(u64::MAX)),
        BundleError::Expired { .. }
    ));
    assert!(matches!(
        refused(&bytes, &keys, at(0)),
        BundleError::Clock { .. }
    ));
    let endless = Head {
        expires: u64::MAX,
        ..head(7)
    };
    let bytes = channel.sign(&payload(endless, &files("a"), None, |_, _| None));
    assert_eq!(
        refused(&bytes, &keys, here()),
        BundleError::Damaged("times")
    );
}

#[test]
fn every_cut_and_every_changed_byte_is_refused() {
    let channel = Channel::new();
    let bytes = channel.make(7, &files("||a.example^\n"), None);
    let keys = [channel.key()];
    for length in 0..bytes.len() {
        assert!(
            open(&bytes[..length], &keys, here()).is_err(),
            "cut at {length}"
        );
    }
    let good = open(&bytes, &keys, here()).expect("good");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x15;
        // Only the comment that nobody signs may change.
        if let Ok(Opened { files, .. }) = open(&changed, &keys, here()) {
            assert_eq!(files, good.files);
            assert!(at < 100, "byte {at}");
        }
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(refused(&longer, &keys, here()), BundleError::Truncated);
    assert_eq!(
        refused(b"<!doctype html>", &keys, here()),
        BundleError::NotABundle
    );
}

#[test]
fn a_bomb_is_not_unpacked() {
    let channel = Channel::new();
    let huge = Files::from([("a.txt".to_owned(), vec![b'a'; 70 << 20])]);
    let bytes = channel.make(7, &huge, None);
    assert!(bytes.len() < 1 << 20, "small enough to be sent");
    assert_eq!(
        refused(&bytes, &[channel.key()], here()),
        BundleError::TooLarge
    );
}

#[test]
fn names_are_names() {
    let channel = Channel::new();
    for name in ["../a.txt", "", ".a", "A.txt", "a/b"] {
        let files = Files::from([(name.to_owned(), vec![1])]);
        assert_eq!(
            refused(&channel.make(7, &files, None), &[channel.key()], here()),
            BundleError::Damaged("names"),
            "{name}"
        );
    }
}

#[test]
fn a_delta_gives_the_new_version_from_the_right_base_only() {
    let channel = Channel::new();
    let keys = [channel.key()];
    let (old, new) = (
        files("the first line\ntwo\n"),
        files("the first line\nthree\n"),
    );
    let patch = |_: &[u8], _: &[u8]| Some(b"d2 1\na2 1\nthree".to_vec());
    let bytes = channel.sign(&payload(head(8), &new, Some((7, &old)), patch));
    let with = |version, base| Circumstances {
        base: Some((version, base)),
        ..here()
    };
    assert_eq!(open(&bytes, &keys, with(7, &old)).expect("good").files, new);
    assert_eq!(refused(&bytes, &keys, here()), BundleError::Base(7));
    assert_eq!(refused(&bytes, &keys, with(6, &old)), BundleError::Base(7));
    // The stored files were edited.
    let edited = files("two\ntwo\n");
    assert_eq!(
        refused(&bytes, &keys, with(7, &edited)),
        BundleError::Delta("miners.txt".to_owned())
    );
    let mut edited = old.clone();
    edited.insert("signatures.bin".to_owned(), vec![9]);
    assert_eq!(
        refused(&bytes, &keys, with(7, &edited)),
        BundleError::Delta("signatures.bin".to_owned())
    );
    assert_eq!(
        refused(&bytes, &keys, with(7, &Files::new())),
        BundleError::Delta("miners.txt".to_owned())
    );
}
