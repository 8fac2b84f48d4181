//! Every pattern and signature in `blocklists/signatures` holds for its examples for, and not for
//! those against.

use nomine_engine::inspector::Inspector;
use nomine_engine::signature::{Document, Example, Kind, SignatureSet, compile};
use nomine_engine::traffic::{Conversation, Direction};
use nomine_engine::verdict::{Fact, Findings, Place};
use std::{borrow::Cow, fs, path::Path};

fn documents() -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blocklists/signatures");
    let mut files: Vec<(String, Document)> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| {
            let name = path
                .file_name()
                .expect("named")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("readable");
            let document = Document::read(&name, &text).expect("of the schema");
            (name, document)
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// The facts of an example, with the ids of the signatures that hold for it.
fn facts(inspector: &Inspector, kind: Kind, text: &str) -> (Findings, Vec<String>) {
    let findings = match Example::read(kind, text) {
        Example::Facts(facts) => Findings {
            facts: facts
                .into_iter()
                .map(|(name, count)| Fact {
                    name: Cow::Owned(name.to_owned()),
                    count,
                    place: Place::default(),
                    detail: String::new(),
                })
                .collect(),
            ..Findings::default()
        },
        Example::Text(text) if kind == Kind::Shader => inspector.shader_findings(text.as_bytes()),
        Example::Text(text) => inspector.script_findings(text.as_bytes()).0,
        Example::Messages(messages) => {
            let mut talk = Conversation::default();
            let mut now = 0.0;
            for (out, message) in messages {
                let direction = if out { Direction::Out } else { Direction::In };
                now += 20_000.0;
                inspector.inspect_message(&mut talk, direction, message.as_bytes(), now);
            }
            talk.findings().clone()
        }
    };
    let held = held(inspector.signatures(), kind, &findings);
    (findings, held)
}

/// Ids of all signatures that hold, those without weight included: each is given a weight and a
/// family of its own for the purpose.
fn held(set: &SignatureSet, kind: Kind, findings: &Findings) -> Vec<String> {
    let mut weighed = set.clone();
    for signature in &mut weighed.signatures {
        signature.weight = signature.weight.abs().max(1);
        signature.family = "*".into();
    }
    weighed
        .conclude(kind, findings)
        .evidence
        .into_iter()
        .map(|evidence| evidence.signature.into_owned())
        .collect()
}

#[test]
fn every_example_holds() {
    let documents = documents();
    let inspector = Inspector::new(compile(&documents).expect("compiles"));
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (file, document) in &documents {
        for pattern in &document.patterns {
            let kind = pattern.kinds[0];
            let examples = pattern.examples_for.iter().map(|text| (text, true));
            let against = pattern.examples_against.iter().map(|text| (text, false));
            for (text, expected) in examples.chain(against) {
                tried += 1;
                let (findings, _) = facts(&inspector, kind, text);
                if findings.has(&pattern.fact) != expected {
                    wrong.push(format!("{file}: {} ({expected}): {text}", pattern.fact));
                }
            }
        }
        for signature in &document.signatures {
            let examples = signature.examples_for.iter().map(|text| (text, true));
            let against = signature.examples_against.iter().map(|text| (text, false));
            for (text, expected) in examples.chain(against) {
                tried += 1;
                let (findings, held) = facts(&inspector, signature.kind, text);
                if held.contains(&signature.id) != expected {
                    let names: Vec<_> = findings.facts.iter().map(|fact| &fact.name).collect();
                    wrong.push(format!(
                        "{file}: {} ({expected}): {text}\n  {names:?}",
                        signature.id
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 100, "only {tried} examples");
}

#[test]
fn the_binary_form_says_the_same() {
    let set = compile(&documents()).expect("compiles");
    let bytes = set.to_bytes();
    let head = SignatureSet::without_patterns(&bytes).expect("whole");
    assert!(head.patterns.is_empty());
    assert_eq!(head.signatures, set.signatures);
    assert_eq!(SignatureSet::from_bytes(&bytes), Ok(set));
}
