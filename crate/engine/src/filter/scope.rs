//! Lists of sites: `a.example|~b.a.example|c.*|/regex/` in options, with commas before scriptlets.

use crate::work::look;

use super::{DomainPattern, DomainScope, Reason, host, regex};

/// Splits at a separator, but not within entries written as `/regex/`.
pub(super) fn split(text: &str, separator: u8) -> Vec<&str> {
    look(text.len());
    let bytes = text.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    // Where the search for a regex's end gave up: there is none after this either.
    let mut unclosed = false;
    while at <= bytes.len() {
        let body = at + usize::from(bytes.get(at) == Some(&b'~'));
        if at == start && bytes.get(body) == Some(&b'/') && !unclosed {
            if let Some(end) = regex_end(bytes, body + 1, separator) {
                at = end;
            } else {
                unclosed = true;
            }
        }
        if at == bytes.len() || bytes.get(at) == Some(&separator) {
            parts.push(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        at += 1;
    }
    parts
}

/// The position after the slash that closes a regex: one that a separator or the end follows.
fn regex_end(bytes: &[u8], start: usize, separator: u8) -> Option<usize> {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'/' if at + 1 == bytes.len() || bytes.get(at + 1) == Some(&separator) => {
                return Some(at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    look(at - start);
    None
}

/// Reads a list of sites.
///
/// # Errors
/// The first entry that cannot be understood.
pub(super) fn parse(text: &str, separator: u8) -> Result<DomainScope, Reason> {
    let mut scope = DomainScope::default();
    for part in split(text, separator) {
        let part = part.trim();
        if part.is_empty() {
            return Err(Reason::BadHost {
                host: String::new(),
                why: "an entry of the list is empty",
            });
        }
        let (negated, name) = part
            .strip_prefix('~')
            .map_or((false, part), |rest| (true, rest));
        let entry = pattern(name)?;
        if negated {
            scope.exclude.push(entry);
        } else {
            scope.include.push(entry);
        }
    }
    // The order has no meaning; sorted, equal scopes are equal.
    for entries in [&mut scope.include, &mut scope.exclude] {
        entries.sort_unstable();
        entries.dedup();
    }
    Ok(scope)
}

/// Reads one entry without its `~`.
pub(super) fn pattern(name: &str) -> Result<DomainPattern, Reason> {
    if let Some(body) = name.strip_prefix('/').and_then(|n| n.strip_suffix('/')) {
        return regex::compile(body).map(|t| DomainPattern::Regex(t.text));
    }
    if let Some(entity) = name.strip_suffix(".*") {
        return canonical(entity, name).map(DomainPattern::Entity);
    }
    canonical(name, name).map(DomainPattern::Host)
}

pub(super) fn canonical(name: &str, written: &str) -> Result<String, Reason> {
    host::canonical(name)
        .map(std::borrow::Cow::into_owned)
        .map_err(|why| Reason::BadHost {
            host: written.chars().take(80).collect(),
            why,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> DomainPattern {
        DomainPattern::Host(name.into())
    }

    #[test]
    fn every_kind_of_entry() {
        let scope = parse(r"B.example|~x.a.example|c.*|/^a|b\/c$/|a.example", b'|').expect("fine");
        assert_eq!(
            scope.include,
            [
                host("a.example"),
                host("b.example"),
                DomainPattern::Entity("c".into()),
                DomainPattern::Regex("^a|b/c$".into()),
            ]
        );
        assert_eq!(scope.exclude, [host("x.a.example")]);
    }

    #[test]
    fn commas_before_scriptlets() {
        let scope = parse("a.example,/x{1,2}/,~b.a.example", b',').expect("fine");
        assert_eq!(scope.include.len(), 2);
        assert_eq!(scope.exclude.len(), 1);
    }

    #[test]
    fn broken_entries_are_named() {
        assert!(parse("a.example||b.example", b'|').is_err());
        assert!(parse("a.example|b c", b'|').is_err());
        assert!(parse("*", b'|').is_err());
        assert!(parse("/a(?=b)/", b'|').is_err());
    }

    #[test]
    fn splitting_is_linear_on_unclosed_expressions() {
        let text = "/a|".repeat(200_000);
        assert_eq!(split(&text, b'|').len(), 200_001);
    }
}
