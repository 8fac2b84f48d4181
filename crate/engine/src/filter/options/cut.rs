//! Where the options of a filter begin, and where each of them ends.

use crate::filter::pattern;
use crate::work::look;

/// Longest name of an option.
pub(super) const MAX_NAME: usize = 40;

/// Where the options begin: the `$` after the pattern. Looks from the end for a `$` after which
/// the name of an option can follow, so that `$` may stand in patterns and in values. Within
/// `/…/` it is the expression's, unless the slash before it closes one or sites follow: an expression
/// with `$domain=` could never match.
pub(in crate::filter) fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let in_slashes = pattern::regex_body(text).is_some();
    let mut end = bytes.len();
    while let Some(at) = bytes.get(..end)?.iter().rposition(|b| *b == b'$') {
        let (before, behind) = (bytes.get(..at)?, bytes.get(at + 1..)?);
        let of_sites = || {
            let mut names = [b"domain=/".as_slice(), b"from=/", b"to=/"].into_iter();
            !before.ends_with(b"\\") && names.any(|name| behind.starts_with(name))
        };
        let closed = !in_slashes || before.ends_with(b"/") || of_sites();
        if closed && starts_with_name(behind) {
            return Some(at);
        }
        look(end - at);
        end = at;
    }
    None
}

/// Whether an option's name stands here, and after it nothing, a comma or a value.
fn starts_with_name(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"~").unwrap_or(rest);
    let length = rest
        .iter()
        .take(MAX_NAME + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .count();
    length > 0 && length <= MAX_NAME && matches!(rest.get(length), None | Some(b',' | b'='))
}

/// Takes one option off the front; commas within a `/regex/` of a value or after a backslash do
/// not end it.
pub(super) fn next_option(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let value = match bytes.iter().position(|b| matches!(b, b'=' | b',')) {
        Some(at) if bytes.get(at) == Some(&b'=') => at + 1,
        Some(at) => return cut(text, at),
        None => return (text, ""),
    };
    let sites = matches!(
        text.get(..value).map(|n| n.trim_start_matches('~')),
        Some("domain=" | "from=" | "to=")
    );
    if sites {
        return site_option(text, value);
    }
    let mut at = value;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b',' => return cut(text, at),
            _ => {}
        }
        at += 1;
    }
    (text, "")
}

/// An option whose value is a list of sites, of which some may be expressions with commas.
fn site_option(text: &str, value: usize) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut at = value;
    let mut entry = true;
    let mut unclosed = false;
    while let Some(byte) = bytes.get(at) {
        if entry {
            let body = at + usize::from(*byte == b'~');
            if bytes.get(body) == Some(&b'/') && !unclosed {
                if let Some(end) = closing_slash(bytes, body + 1) {
                    at = end;
                    entry = false;
                    continue;
                }
                unclosed = true;
            }
        }
        entry = *byte == b'|';
        if *byte == b',' {
            return cut(text, at);
        }
        at += 1;
    }
    (text, "")
}

fn closing_slash(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'/' if matches!(bytes.get(at + 1), None | Some(b'|' | b',')) => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    look(at - start);
    None
}

fn cut(text: &str, at: usize) -> (&str, &str) {
    look(at);
    (
        text.get(..at).unwrap_or(text),
        text.get(at + 1..).unwrap_or_default(),
    )
}
