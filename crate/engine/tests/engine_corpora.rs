//! Replays the committed corpora of the fuzz targets for stored engines and requests.

#[path = "../../../fuzz/checks/engine.rs"]
mod checks;

use nomine_engine::filter::{Environment, FilterSet};
use nomine_engine::{Engine, LoadError};

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let files = std::fs::read_dir(&folder).expect("the corpus is committed");
    let inputs: Vec<_> = files
        .map(|file| std::fs::read(file.expect("readable").path()).expect("readable"))
        .collect();
    assert!(inputs.len() >= 5, "{target} has a corpus");
    inputs
}

#[test]
fn stored_engines() {
    for bytes in corpus("deserialise") {
        checks::deserialise(&bytes);
        for cut in (0..bytes.len()).step_by(7) {
            checks::deserialise(&bytes[..cut]);
        }
    }
}

/// Fuzzing begins behind the version check only while the corpus has this version; this writes it
/// anew when `NOMINE_WRITE_CORPUS` is set.
#[test]
fn the_corpus_holds_engines_of_this_version() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/deserialise");
    let lines = checks::LIST.lines().collect::<Vec<_>>();
    let stored = |lines: &[&str]| {
        let mut set = FilterSet::new(Environment::default());
        set.add_list("fuzz", &lines.join("\n"));
        Engine::build(&set).serialize().to_vec()
    };
    let engines = [
        ("all", stored(&lines)),
        ("none", stored(&[])),
        ("hosts", stored(&lines[..2])),
        ("patterns", stored(&lines[5..10])),
        ("sites", stored(&lines[10..12])),
    ];
    if std::env::var_os("NOMINE_WRITE_CORPUS").is_some() {
        for (name, bytes) in &engines {
            std::fs::write(format!("{folder}/{name}"), bytes).expect("writable");
        }
    }
    for (name, bytes) in &engines {
        let kept = std::fs::read(format!("{folder}/{name}")).expect("the corpus is committed");
        let old = matches!(Engine::load(kept), Err(LoadError::Version(_)));
        assert!(!old, "write fuzz/corpus/deserialise/{name} anew");
        assert!(Engine::load(bytes.clone()).is_ok());
    }
}

#[test]
fn requests() {
    for bytes in corpus("request") {
        for cut in 0..=bytes.len() {
            checks::request(&bytes[..cut]);
        }
    }
}
