//! `nomine delta`: the difference between two bundles, signed like one.

use std::fmt::Write as _;

use imara_diff::{Algorithm, Diff, InternedInput};
use nomine_engine::update::bundle::{self, Circumstances, Opened};

use super::{Delta, bundle as whole, keys};
use crate::output::{Ending, Failure, plain};

/// Runs the command.
pub fn run(options: &Delta) -> Result<Ending, Failure> {
    let mut trusted: Vec<String> = options
        .trust
        .iter()
        .map(|key| keys::public(key))
        .collect::<Result<_, _>>()?;
    let key = keys::open(&options.key)?;
    if trusted.is_empty() {
        trusted.push(keys::public_of(&key)?);
    }
    let open = |path: &std::path::Path| -> Result<Opened, Failure> {
        let bytes =
            std::fs::read(path).map_err(|error| Failure::about(path.display(), plain(&error)))?;
        bundle::open(&bytes, &trusted, Circumstances::default())
            .map_err(|error| Failure::about(path.display(), error))
    };
    let (old, new) = (open(&options.old)?, open(&options.new)?);
    if new.head.version <= old.head.version {
        return Err(Failure(format!(
            "version {} is not newer than version {}",
            new.head.version, old.head.version
        )));
    }
    let base = Some((old.head.version, &old.files));
    let payload = bundle::payload(new.head.clone(), &new.files, base, difference);
    let bytes = whole::signed(&payload, &new.head, &key)?;
    // What installations will do with it is done here first.
    let here = Circumstances {
        base,
        ..Circumstances::default()
    };
    let again = bundle::open(&bytes, &trusted, here)
        .map_err(|error| Failure::about(options.out.display(), error))?;
    if again.files != new.files {
        return Err(Failure(
            "the difference does not give the new files".to_owned(),
        ));
    }
    std::fs::write(&options.out, &bytes)
        .map_err(|error| Failure::about(options.out.display(), plain(&error)))?;
    whole::tell(&again.head, &again.files, bytes.len(), options.json)?;
    Ok(Ending::Clean)
}

/// The difference between two texts in the RCS format; none where one is no text.
fn difference(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let (old, new) = (
        std::str::from_utf8(old).ok()?,
        std::str::from_utf8(new).ok()?,
    );
    let new_lines: Vec<&str> = new.split('\n').collect();
    let input = InternedInput::new(Lines(old), Lines(new));
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut out = String::new();
    for hunk in diff.hunks() {
        if !hunk.before.is_empty() {
            writeln!(out, "d{} {}", hunk.before.start + 1, hunk.before.len()).ok()?;
        }
        if !hunk.after.is_empty() {
            writeln!(out, "a{} {}", hunk.before.end, hunk.after.len()).ok()?;
            for line in new_lines.get(hunk.after.start as usize..hunk.after.end as usize)? {
                out += line;
                out.push('\n');
            }
        }
    }
    Some(out.into_bytes())
}

/// Lines as `split('\n')` gives them, so that the last one counts even when it is empty.
struct Lines<'a>(&'a str);

impl<'a> imara_diff::TokenSource for Lines<'a> {
    type Token = &'a str;
    type Tokenizer = std::str::Split<'a, char>;
    fn tokenize(&self) -> Self::Tokenizer {
        self.0.split('\n')
    }
    fn estimate_tokens(&self) -> u32 {
        (self.0.len() / 20) as u32
    }
}
