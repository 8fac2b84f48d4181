//! Replays the committed corpora of the fuzz targets for what the command reads.

#[path = "../../../fuzz/checks/command.rs"]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let bytes = std::fs::read(entry.expect("readable").path()).expect("readable");
        check(&bytes);
        for cut in (0..bytes.len()).step_by(13) {
            check(&bytes[..cut]);
        }
        count += 1;
    }
    assert!(count >= 3, "{target}: only {count} inputs");
}

#[test]
fn archives() {
    replay("archive", checks::archive);
}

#[test]
fn subscriptions() {
    replay("subscriptions", checks::subscriptions);
}
