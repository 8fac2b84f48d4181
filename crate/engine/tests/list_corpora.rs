//! Replays the committed corpora of the fuzz targets for lists.

#[path = "../../../fuzz/checks/lists.rs"]
mod checks;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
        check(&std::fs::read(entry.expect("readable").path()).expect("readable"));
        count += 1;
    }
    assert!(count >= 5, "{target} has a corpus");
}

#[test]
fn lists() {
    replay("list", checks::list);
}

#[test]
fn lines() {
    replay("filter_line", checks::filter_line);
}

#[test]
fn rules() {
    replay("dnr", checks::dnr);
}
