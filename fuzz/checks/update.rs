//! Updates: whatever arrives is applied or refused, within its bounds.

use nomine_engine::update::bundle::{self, Circumstances};
use nomine_engine::update::patch::{self, LARGEST};
use nomine_engine::update::trim::{Rule, trim};

/// A text, a difference and a bundle, all made of the same bytes.
pub fn update(data: &[u8]) {
    let (first, second) = data.split_at(data.len() / 2);
    let (text, change) = (
        String::from_utf8_lossy(first),
        String::from_utf8_lossy(second),
    );
    if let Ok(result) = patch::apply_file(&text, &change, "a") {
        assert!(result.len() <= LARGEST);
    }
    let words = |text: &str| {
        text.split_whitespace()
            .take(4)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rule = Rule {
        section: change.chars().take(3).collect(),
        until: change.chars().skip(3).take(3).collect(),
        keep: words(&change),
        drop: words(&text),
    };
    if let Ok(trimmed) = trim(&text, &rule) {
        assert_eq!(trimmed.text.split('\n').count(), text.split('\n').count());
    }
    // Nothing is signed by a key of nobody.
    let keys = ["RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"];
    assert!(bundle::open(data, &keys, Circumstances::default()).is_err());
    let sealed = bundle::seal(second, &text);
    assert!(bundle::open(&sealed, &keys, Circumstances::default()).is_err());
}
