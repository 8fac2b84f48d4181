//! Prints the verdict and the facts of files: `facts SIGNATURE_FOLDER script|shader|module FILE...`
//!
//! For whoever writes signatures: the TOML is read when it starts, so nothing is recompiled.
#![allow(clippy::cast_precision_loss)]

use nomine_engine::inspector::Inspector;
use nomine_engine::signature::{Kind, compile_texts};
use nomine_engine::verdict::Findings;
use std::{env, error::Error, fs, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("which folder of signatures?")?;
    let kind = arguments.next().ok_or("script, shader or module?")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        files.push((path.display().to_string(), fs::read_to_string(path)?));
    }
    files.sort();
    let set = compile_texts(files.iter().map(|(a, b)| (a.as_str(), b.as_str())))?;
    println!("signatures: {} bytes", set.to_bytes().len());
    let inspector = Inspector::new(set);
    for path in arguments {
        let bytes = fs::read(&path)?;
        let start = Instant::now();
        let (facts, verdict) = match kind.as_str() {
            "script" => inspector.script_findings(&bytes),
            "shader" => {
                let facts = inspector.shader_findings(&bytes);
                let verdict = inspector.conclude(Kind::Shader, &facts);
                (facts, verdict)
            }
            _ => (Findings::default(), inspector.inspect_module(&bytes)),
        };
        let time = start.elapsed().as_secs_f64();
        println!(
            "{:?}\t{}\t{}\t{:.0} MB/s\t{path}",
            verdict.outcome,
            verdict.family,
            bytes.len(),
            bytes.len() as f64 / time / 1e6
        );
        let names: Vec<String> = facts
            .facts
            .iter()
            .map(|fact| format!("{}*{}", fact.name, fact.count))
            .collect();
        println!("    {}", names.join(" "));
        for evidence in verdict.evidence {
            println!("    {:>4} {}", evidence.weight, evidence.signature);
        }
    }
    Ok(())
}
