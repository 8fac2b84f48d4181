//! Packs the public suffix list that crate `psl` carries as text into the table that `src/request/suffix.rs`
//! reads. The crate's own code for the list is 900 KB of WebAssembly, the table 55 KB.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[path = "src/hash.rs"]
#[allow(dead_code, reason = "the engine needs more of it")]
mod hash;
#[path = "src/request/suffix_table.rs"]
#[allow(dead_code, reason = "the engine needs more of it")]
mod suffix_table;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let list = public_suffixes()?;
    for path in [
        "build.rs",
        "src/hash.rs",
        "src/request/suffix_table.rs",
        "../../Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-changed={}", list.display());
    let rules = fs::read_to_string(list)?;
    let mut entries: BTreeMap<u64, u8> = BTreeMap::new();
    for rule in rules.lines().map(str::trim).filter(|rule| !rule.is_empty()) {
        let (name, kind) = match (rule.strip_prefix('!'), rule.strip_prefix("*.")) {
            (Some(name), _) => (name, suffix_table::EXCEPTION),
            (_, Some(name)) => (name, suffix_table::WILDCARD),
            _ => (rule, suffix_table::EXACT),
        };
        let name = idna::domain_to_ascii(name)?;
        *entries.entry(hash::host_hash(name.as_bytes())).or_default() |= kind;
    }
    let entries: Vec<(u64, u8)> = entries.into_iter().collect();
    fs::write(out.join("suffixes.bin"), table(&entries))?;
    // For the test that compares both.
    fs::write(out.join("suffixes.txt"), rules)?;
    Ok(())
}

/// The table of these hashes, ascending, and their kinds.
fn table(entries: &[(u64, u8)]) -> Vec<u8> {
    let mut index = vec![0u16; (1 << suffix_table::BUCKET_BITS) + 1];
    for &(hash, _) in entries {
        index[suffix_table::parts(hash).0 + 1] += 1;
    }
    let mut sum = 0;
    for count in &mut index {
        sum += *count;
        *count = sum;
    }
    let mut out: Vec<u8> = index.iter().flat_map(|count| count.to_le_bytes()).collect();
    let each = || {
        entries
            .iter()
            .map(|&(hash, kind)| (suffix_table::parts(hash), kind))
    };
    out.extend(each().flat_map(|((_, next, _), _)| next.to_le_bytes()));
    out.extend(each().map(|((_, _, last), kind)| last | kind));
    out
}

/// Where cargo keeps the rules of crate `psl`: crates that are not linked are not named to build scripts,
/// so cargo is asked.
fn public_suffixes() -> Result<PathBuf, Failure> {
    let manifest = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("Cargo.toml");
    let asked = Command::new(env::var("CARGO")?)
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
        ])
        .arg(env::var("TARGET")?)
        .arg("--manifest-path")
        .arg(manifest)
        .output()?;
    if !asked.status.success() {
        return Err(String::from_utf8_lossy(&asked.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&asked.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo named no packages")?;
    let psl = packages
        .iter()
        .find(|package| package["name"] == "psl")
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("cargo does not know crate psl")?;
    Ok(Path::new(psl).with_file_name("data").join("rules.txt"))
}
