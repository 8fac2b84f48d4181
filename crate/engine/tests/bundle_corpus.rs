//! Replays the committed corpus of the fuzz target for bundles.

#[path = "../../../fuzz/checks/bundle.rs"]
mod checks;

#[test]
fn corpus() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/bundle");
    let (mut count, mut applied) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let bytes = std::fs::read(entry.expect("readable").path()).expect("readable");
        applied += checks::bundle(&bytes);
        for cut in (0..bytes.len()).step_by(13) {
            checks::bundle(&bytes[..cut]);
        }
        count += 1;
    }
    assert!(count >= 4, "only {count} inputs");
    assert!(applied >= 3, "only {applied} are good ones");
}
