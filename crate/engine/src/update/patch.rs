//! Differences between two versions of a text, in the RCS format (`diff --rcs`) that uAssets uses
//! for its `Diff-Path` updates (uBlock Origin commit d05ff8ffeb; specification:
//! <https://github.com/ameshkov/diffupdates>).
//!
//! A patch file holds one difference for each list, headed by
//! `diff name:N checksum:SHA1 lines:L`; without such a heading the whole file is one difference.

use sha1::{Digest, Sha1};

/// Largest text that comes out of a patch.
pub const LARGEST: usize = 64 << 20;
/// Shortest piece of a checksum that is taken as one (uAssets writes ten digits).
const SHORTEST_CHECKSUM: usize = 8;

/// Why a patch was not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// It holds nothing for this list.
    #[error("the difference does not concern this list")]
    NotForThis,
    /// It cannot be read.
    #[error("the difference is broken (line {0})")]
    Broken(usize),
    /// It asks for lines that are not there.
    #[error("the difference does not fit this version")]
    DoesNotFit,
    /// What comes out is not what was meant.
    #[error("the result of the difference has another checksum")]
    Checksum,
    /// What comes out is larger than anything sensible.
    #[error("the result of the difference is too large")]
    TooLarge,
}

/// Applies the difference for the list of this name from a patch file.
///
/// # Errors
/// Says why not; the text is then to be fetched as a whole.
pub fn apply_file(text: &str, patch: &str, name: &str) -> Result<String, PatchError> {
    let lines: Vec<&str> = patch.split('\n').collect();
    let mut at = 0;
    let mut headed = false;
    while let Some(line) = lines.get(at) {
        at += 1;
        let Some(fields) = line.strip_prefix("diff ") else {
            continue;
        };
        headed = true;
        let field = |key: &str| {
            fields
                .split_whitespace()
                .find_map(|field| field.strip_prefix(key)?.strip_prefix(':'))
        };
        let count: usize = field("lines")
            .and_then(|value| value.parse().ok())
            .ok_or(PatchError::Broken(at))?;
        let end = at.saturating_add(count);
        let body = lines.get(at..end).ok_or(PatchError::Broken(at))?;
        at = end;
        if field("name").is_some_and(|found| found != name) {
            continue;
        }
        let result = apply(text, body)?;
        return match field("checksum") {
            Some(sum) if !fits(&result, sum) => Err(PatchError::Checksum),
            _ => Ok(result),
        };
    }
    if headed || patch.trim().is_empty() {
        return Err(PatchError::NotForThis);
    }
    apply(text, &lines)
}

fn fits(text: &str, checksum: &str) -> bool {
    let full = Sha1::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(nibble), 16));
            }
            hex
        });
    checksum.len() >= SHORTEST_CHECKSUM && full.starts_with(&checksum.to_ascii_lowercase())
}

/// Applies a difference: `dN C` deletes C lines from line N on, `aN C` adds the C lines that follow
/// behind line N; both count in the text as it was.
///
/// # Errors
/// Says why not.
pub fn apply(text: &str, patch: &[&str]) -> Result<String, PatchError> {
    let old: Vec<&str> = text.split('\n').collect();
    let mut out: Vec<&str> = Vec::with_capacity(old.len());
    // Lines of the old text that are dealt with.
    let mut done = 0_usize;
    let mut at = 0;
    while let Some(line) = patch.get(at) {
        at += 1;
        let command = line.trim_end_matches('\r');
        if command.is_empty() && at == patch.len() {
            break;
        }
        let (adds, line, count) = read(command).ok_or(PatchError::Broken(at))?;
        let upto = if adds { line } else { line.saturating_sub(1) };
        out.extend(old.get(done..upto).ok_or(PatchError::DoesNotFit)?);
        done = upto;
        if adds {
            let end = at.saturating_add(count);
            out.extend(patch.get(at..end).ok_or(PatchError::Broken(at))?);
            at = end;
        } else {
            done = done.saturating_add(count);
            if line == 0 || done > old.len() {
                return Err(PatchError::DoesNotFit);
            }
        }
    }
    out.extend(old.get(done..).ok_or(PatchError::DoesNotFit)?);
    let size = out
        .iter()
        .fold(0_usize, |sum, line| sum.saturating_add(line.len() + 1));
    if size > LARGEST {
        return Err(PatchError::TooLarge);
    }
    Ok(out.join("\n"))
}

/// `a12 3`: whether lines are added, where, how many.
fn read(command: &str) -> Option<(bool, usize, usize)> {
    let adds = command.starts_with('a');
    let rest = command.strip_prefix(['a', 'd'])?;
    let (line, count) = rest.split_once(' ')?;
    Some((adds, line.parse().ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "! Title: t\none\ntwo\nthree\n";

    #[test]
    fn lines_are_deleted_and_added() {
        // diff --rcs of OLD and "! Title: t\nzero\none\nthree\nfour\n".
        let new = apply_file(OLD, "a1 1\nzero\nd3 1\na4 1\nfour\n", "").expect("fits");
        assert_eq!(new, "! Title: t\nzero\none\nthree\nfour\n");
    }

    #[test]
    fn one_file_serves_several_lists_and_is_checked() {
        // sha1sum of "! Title: t\none\ntwo\n" begins with 7ac7ee4b33.
        let file = |sum: &str| {
            format!(
                "diff name:other lines:1 checksum:0\nd9 9\ndiff name:mine lines:1 checksum:{sum}\nd4 1\n"
            )
        };
        let good = file("7ac7ee4b33");
        assert_eq!(
            apply_file(OLD, &good, "mine").as_deref(),
            Ok("! Title: t\none\ntwo\n")
        );
        for sum in ["7ac7ee4b34", "7ac", ""] {
            assert_eq!(
                apply_file(OLD, &file(sum), "mine"),
                Err(PatchError::Checksum)
            );
        }
        assert_eq!(apply_file(OLD, &good, "third"), Err(PatchError::NotForThis));
        assert_eq!(apply_file(OLD, &good, "other"), Err(PatchError::DoesNotFit));
    }

    #[test]
    fn nonsense_is_refused() {
        for patch in [
            "<html>",
            "a1",
            "d1 x",
            "x1 1",
            "a1 99\nzero",
            "diff name:a lines:9999\nd1 1",
            "diff name:a\n",
        ] {
            assert!(
                matches!(apply_file(OLD, patch, "a"), Err(PatchError::Broken(_))),
                "{patch}"
            );
        }
        for patch in [
            "d0 1",
            "d5 99999999999999999",
            "a99 1\nx",
            "d3 1\nd1 1",
            "d18446744073709551615 1",
        ] {
            assert_eq!(
                apply_file(OLD, patch, ""),
                Err(PatchError::DoesNotFit),
                "{patch}"
            );
        }
        assert_eq!(apply_file(OLD, "", ""), Err(PatchError::NotForThis));
    }
}
