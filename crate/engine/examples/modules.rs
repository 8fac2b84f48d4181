//! Prints the facts of WebAssembly modules and what signatures conclude from them: one line for
//! each module, or with `--long` one more for each fact. For whoever writes signatures.
//!
//! `modules [--long] [--signatures FILE.toml] MODULE...`

use std::time::Instant;

use nomine_engine::signature::{Kind, SignatureSet, compile_texts};

fn main() {
    let mut long = false;
    let mut signatures = SignatureSet::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(path) = arguments.next() {
        if path == "--long" {
            long = true;
            continue;
        }
        if path == "--signatures" {
            let file = arguments.next().unwrap_or_default();
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            match compile_texts([(file.as_str(), text.as_str())]) {
                Ok(set) => signatures = set,
                Err(error) => eprintln!("{file}: {error}"),
            }
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("{path}: cannot be read");
            continue;
        };
        let start = Instant::now();
        let findings = nomine_engine::module::inspect(&bytes);
        let time = start.elapsed();
        let verdict = signatures.conclude(Kind::Module, &findings);
        let mut facts: Vec<String> = findings
            .facts
            .iter()
            .map(|fact| format!("{}={}", fact.name, fact.count))
            .collect();
        facts.sort();
        println!(
            "{path}\t{}\t{:.2}\t{:?} {} {}\t{}\t{}",
            bytes.len(),
            time.as_secs_f64() * 1000.0,
            verdict.outcome,
            verdict.family,
            verdict.algorithm,
            findings.not_inspected.as_deref().unwrap_or("-"),
            facts.join(" ")
        );
        if long {
            for fact in &findings.facts {
                println!(
                    "    {} x{} {:?} {}",
                    fact.name, fact.count, fact.place, fact.detail
                );
            }
            for part in &findings.parts {
                let names: Vec<&str> = part.iter().map(|fact| &*fact.name).collect();
                println!("    part: {}", names.join(" "));
            }
        }
    }
}
