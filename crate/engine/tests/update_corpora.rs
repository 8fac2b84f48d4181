//! Replays the committed corpus of the fuzz target for updates.

#[path = "../../../fuzz/checks/update.rs"]
mod checks;

use std::{fs, path::Path};

#[test]
fn updates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/update");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let bytes = fs::read(entry.expect("readable").path()).expect("readable");
        for cut in 0..=bytes.len() {
            checks::update(&bytes[..cut]);
        }
        count += 1;
    }
    assert!(count >= 3, "only {count} inputs");
}
