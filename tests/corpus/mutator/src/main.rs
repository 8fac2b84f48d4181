//! Changes a WebAssembly module as an evader would, keeping what it computes:
//!
//!     mutator CHANGE IN OUT [CARRIER]     mutator --list
//!
//! The outcome is validated; what does not apply to a module is said and ends with 1. The same module
//! and change always give the same bytes. Changes that make two modules write OUT~1.wasm and OUT~2.wasm.

#![forbid(unsafe_code)]

mod arithmetic;
mod constants;
mod functions;
mod module;
mod padding;
mod parts;
mod random;
mod tables;

use module::{Fallible, Module, read};
use random::Random;

type Change = fn(&mut Module, &mut Random) -> Fallible<()>;

const CHANGES: &[(&str, Change)] = &[
    ("constants-split", constants::split),
    ("constants-masked", constants::masked),
    ("constants-computed", constants::computed),
    ("tables-in-code", tables::in_code),
    ("tables-short-key", tables::short_key),
    ("tables-long-key", tables::long_key),
    ("functions-shuffled", functions::shuffle),
    ("functions-duplicated", functions::duplicate),
    ("functions-split", functions::split),
    ("arithmetic-mixed", arithmetic::mixed),
    ("rotations-respelled", arithmetic::rotations),
    ("dead-code", padding::dead),
    ("everything", everything),
];
const PARTED: &[&str] = &["tables-elsewhere", "hash-elsewhere"];
const INSIDE: &str = "inside-another";

/// What a determined evader would do: one on top of the other.
fn everything(module: &mut Module, random: &mut Random) -> Fallible<()> {
    if tables::long_key(module, random).is_err() {
        // Only tables can be missing; the rest applies to every module.
    }
    arithmetic::rotations(module, random)?;
    arithmetic::mixed(module, random)?;
    constants::split(module, random)?;
    padding::dead(module, random)?;
    functions::duplicate(module, random)?;
    functions::shuffle(module, random)
}

fn run(change: &str, from: &str, to: &str, carrier: Option<&str>) -> Fallible<()> {
    let load = |path: &str| -> Fallible<&'static [u8]> {
        Ok(Box::leak(
            std::fs::read(path)
                .map_err(|e| format!("{path}: {e}"))?
                .into_boxed_slice(),
        ))
    };
    let bytes = load(from)?;
    let name = std::path::Path::new(from)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let save = |path: &str, module: &Module| -> Fallible<()> {
        std::fs::write(path, module.write()?).map_err(|e| format!("{path}: {e}"))
    };
    if let Some((_, apply)) = CHANGES.iter().find(|(known, _)| *known == change) {
        let mut module = read(bytes)?;
        apply(&mut module, &mut Random::new(&format!("{change} {name}")))?;
        return save(to, &module);
    }
    let parted = match change {
        "tables-elsewhere" => parts::tables(read(bytes)?)?,
        "hash-elsewhere" => parts::calls(read(bytes)?, bytes)?,
        INSIDE => {
            let carrier = read(load(carrier.ok_or("a carrier is needed")?)?)?;
            return save(to, &parts::inside(bytes, carrier)?);
        }
        _ => return Err(format!("no such change: {change}")),
    };
    for (index, module) in (1..).zip(&parted) {
        save(
            &format!("{}~{index}.wasm", to.trim_end_matches(".wasm")),
            module,
        )?;
    }
    Ok(())
}

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["--list"] => {
            for name in CHANGES
                .iter()
                .map(|(name, _)| name)
                .chain(PARTED)
                .chain([&INSIDE])
            {
                println!("{name}");
            }
            Ok(())
        }
        [change, from, to] => run(change, from, to, None),
        [change, from, to, carrier] => run(change, from, to, Some(carrier)),
        _ => Err("usage: mutator CHANGE IN OUT [CARRIER], or mutator --list".to_owned()),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            std::process::ExitCode::FAILURE
        }
    }
}
