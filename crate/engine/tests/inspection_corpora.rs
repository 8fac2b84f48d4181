//! Replays the committed corpora of the fuzz targets for modules, scripts, shaders, traffic and signatures.

#[path = "../../../fuzz/checks/inspection.rs"]
mod checks;

use std::{fs, path::Path};

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let bytes = fs::read(entry.expect("readable").path()).expect("readable");
        check(&bytes);
        // Cut and altered inputs too.
        for cut in (0..bytes.len()).step_by(7) {
            check(&bytes[..cut]);
        }
        count += 1;
    }
    assert!(count >= 2, "{target}: only {count} inputs");
}

#[test]
fn modules() {
    replay("module", checks::module);
}

#[test]
fn scripts() {
    replay("script", checks::script);
}

#[test]
fn shaders() {
    replay("shader", checks::shader);
}

#[test]
fn traffic() {
    replay("traffic", checks::traffic);
}

#[test]
fn signatures() {
    replay("signatures", checks::signatures);
}

#[test]
fn signature_texts() {
    replay("signature_text", checks::signature_text);
}
