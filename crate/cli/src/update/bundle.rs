//! `nomine bundle`: lists, signatures and the wording of families as one signed file.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use nomine_engine::Engine;
use nomine_engine::filter::{Environment, FilterSet, ListText, Reason};
use nomine_engine::update::bundle::{self, Circumstances, Files, Head};
use nomine_engine::update::gate;
use serde::Serialize;

use super::{Bundle, keys};
use crate::lists::load_signatures;
use crate::output::{Ending, Failure, Out, note, plain};

#[derive(Serialize)]
struct Report {
    version: u64,
    created: u64,
    expires: u64,
    bytes: usize,
    files: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    name: String,
    bytes: usize,
}

/// Runs the command.
pub fn run(options: &Bundle) -> Result<Ending, Failure> {
    let files = collect(&options.lists)?;
    check(&files)?;
    let created = options.created.map_or_else(now, Ok)?;
    let head = Head {
        version: options.version,
        created,
        expires: created.saturating_add(options.days * 86_400),
        base: None,
        files: Vec::new(),
    };
    let payload = bundle::payload(head.clone(), &files, None, |_, _| None);
    let key = keys::open(&options.key)?;
    let bytes = signed(&payload, &head, &key)?;
    // What no installation opens is not written.
    bundle::open(&bytes, &[keys::public_of(&key)?], Circumstances::default())
        .map_err(|error| Failure::about(options.lists.display(), error))?;
    if head.expires <= now()? {
        note("this bundle has ended already; no installation takes it");
    }
    std::fs::write(&options.out, &bytes)
        .map_err(|error| Failure::about(options.out.display(), plain(&error)))?;
    tell(&head, &files, bytes.len(), options.json)?;
    Ok(Ending::Clean)
}

/// A payload with its signature around it.
pub fn signed(payload: &[u8], head: &Head, key: &minisign::SecretKey) -> Result<Vec<u8>, Failure> {
    let comment = format!(
        "nomine lists\tversion:{}\tcreated:{}",
        head.version, head.created
    );
    let signature = keys::signature(payload, key, Some(&comment))?;
    Ok(bundle::seal(payload, &signature))
}

/// Says what was written.
pub fn tell(head: &Head, files: &Files, bytes: usize, json: bool) -> Result<(), Failure> {
    let report = Report {
        version: head.version,
        created: head.created,
        expires: head.expires,
        bytes,
        files: files
            .iter()
            .map(|(name, bytes)| Named {
                name: name.clone(),
                bytes: bytes.len(),
            })
            .collect(),
    };
    let mut out = Out::stdout();
    if json {
        out.json(&report)?;
    } else {
        out.line(format_args!("version {}, {bytes} bytes", head.version))?;
        for file in &report.files {
            out.line(format_args!("{:>9}  {}", file.bytes, file.name))?;
        }
    }
    out.flush()
}

fn collect(folder: &Path) -> Result<Files, Failure> {
    let mut files = Files::new();
    let entries = std::fs::read_dir(folder)
        .map_err(|error| Failure::about(folder.display(), plain(&error)))?;
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let wanted = Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "txt")
            || name == "families.json";
        if wanted && path.is_file() {
            let bytes = std::fs::read(&path)
                .map_err(|error| Failure::about(path.display(), plain(&error)))?;
            files.insert(name, bytes);
        }
    }
    let signatures = folder.join("signatures");
    if signatures.is_dir() {
        let set = load_signatures(Some(&signatures))?;
        files.insert("signatures.bin".to_owned(), set.to_bytes());
    }
    if files.is_empty() {
        return Err(Failure::about(
            folder.display(),
            "there is nothing to bundle",
        ));
    }
    Ok(files)
}

/// What installations would hold back is not signed in the first place.
fn check(files: &Files) -> Result<(), Failure> {
    for (name, bytes) in files
        .iter()
        .filter(|(name, _)| *name != "signatures.bin" && *name != "families.json")
    {
        for environment in [Environment::firefox(), Environment::chromium()] {
            let mut set = FilterSet::new(environment);
            set.add_bytes(bytes, &ListText::default());
            let included = set.problems().iter().find(|problem| {
                matches!(
                    problem.reason,
                    Reason::NotIncluded(_) | Reason::Include { .. }
                )
            });
            if let Some(problem) = included {
                return Err(Failure::about(
                    name,
                    format_args!("line {}: a bundle's lists include nothing", problem.line),
                ));
            }
            let engine = Engine::build(&set);
            if let Some(held) = gate::gate(None, &engine, set.scriptlets().len()) {
                return Err(Failure::about(name, held));
            }
        }
    }
    if let Some(bytes) = files.get("families.json") {
        serde_json::from_slice::<std::collections::BTreeMap<String, serde_json::Value>>(bytes)
            .map_err(|error| Failure::about("families.json", error))?;
    }
    Ok(())
}

/// Seconds since 1970.
pub fn now() -> Result<u64, Failure> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|time| time.as_secs())
        .map_err(|_| Failure("this computer's clock is before 1970".to_owned()))
}
