//! Reads the block lists that others publish, where a folder with them is given
//! (`NOMINE_DATA=folder`, with `lists/*.txt` and `*.txt.gz` in it), prints what became of their
//! lines, and makes sure that nothing went missing.

#![allow(clippy::case_sensitive_file_extension_comparisons)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use nomine_engine::filter::{Environment, FilterSet, ListText, Severity, Syntax};

fn lists() -> Option<Vec<(String, Vec<u8>)>> {
    let Some(folder) = std::env::var_os("NOMINE_DATA") else {
        println!("skipped: NOMINE_DATA names no folder with published lists");
        return None;
    };
    let mut folder = PathBuf::from(folder);
    if folder.is_relative() && !folder.exists() {
        // Tests run in the folder of the crate; the path is meant from the top.
        folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(folder);
    }
    let mut lists = Vec::new();
    for entry in std::fs::read_dir(folder.join("lists")).expect("the folder has lists") {
        let path = entry.expect("readable").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = std::fs::read(&path).expect("readable");
        if name.ends_with(".txt") {
            lists.push((name, bytes));
        } else if name.ends_with(".txt.gz") {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice())
                .read_to_end(&mut text)
                .expect("gzip");
            lists.push((name, text));
        }
    }
    lists.sort();
    Some(lists)
}

#[test]
fn every_line_of_every_list_is_accounted_for() {
    let Some(lists) = lists() else { return };
    for (name, bytes) in &lists {
        let mut set = FilterSet::new(Environment::chromium());
        let id = set.add_bytes(
            bytes,
            &ListText {
                title: name,
                ..ListText::default()
            },
        );
        let info = set.list(id).expect("just added");
        let c = info.counts;
        println!("{name} ({:?}): {c:?}", info.syntax);
        let mut reasons: BTreeMap<(Severity, String), (u32, String)> = BTreeMap::new();
        for problem in set.problems() {
            let entry = reasons
                .entry((problem.reason.severity(), problem.reason.to_string()))
                .or_insert((0, format!("{}: {}", problem.line, problem.text)));
            entry.0 += 1;
        }
        for ((severity, reason), (count, example)) in &reasons {
            println!("    {count} × {severity:?}: {reason}   ({example})");
        }
        let seen = c.comments
            + c.cosmetic
            + c.unsupported
            + c.broken
            + c.skipped
            + c.disabled
            + c.filters
            + c.scriptlets;
        assert!(seen >= c.lines, "{name}: {seen} of {}", c.lines);
        assert!(c.filters + c.scriptlets > 0, "{name}");
    }
}

#[test]
fn the_syntax_of_each_list_is_recognised() {
    let Some(lists) = lists() else { return };
    for (name, bytes) in &lists {
        let text = String::from_utf8_lossy(bytes);
        let expected = match name.as_str() {
            n if n.starts_with("easy") || n.contains("nocoin.") || n.contains("ublock") => {
                Syntax::Adblock
            }
            n if n.contains("UBO") || n.contains("resource-abuse") => Syntax::Adblock,
            n if n.contains("hosts") || n.contains("anudeep") || n.contains("blocklistproject") => {
                Syntax::Hosts
            }
            n if n.contains("minerblock") || n.contains("keraf") => Syntax::MatchPatterns,
            _ => Syntax::Domains,
        };
        assert_eq!(Syntax::detect(&text), expected, "{name}");
    }
}
