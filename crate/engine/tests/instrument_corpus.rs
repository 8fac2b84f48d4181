//! Replays the committed corpus of the fuzz target for instrumented modules.

#[path = "../../../fuzz/checks/instrument.rs"]
mod checks;

#[test]
fn corpus() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/instrument");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let bytes = std::fs::read(entry.expect("readable").path()).expect("readable");
        checks::instrument(&bytes);
        for cut in (0..bytes.len()).step_by(13) {
            checks::instrument(&bytes[..cut]);
        }
        count += 1;
    }
    assert!(count >= 4, "only {count} inputs");
}
