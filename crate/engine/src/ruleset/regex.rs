//! Regular expressions of filters: limits, and the literals that an address must contain.

use super::choose::is_common;
use crate::filter;
use memchr::memmem::Finder;
use regex::bytes::Regex;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// What a regex may keep of the states it has met, in bytes.
const DFA_LIMIT: usize = 1 << 20;
/// Nesting beyond which the literals of a regex are not looked for.
const NEST_LIMIT: u32 = 64;

/// A regex of a filter, ready to be asked.
#[derive(Debug)]
pub(super) struct Expression {
    regex: Regex,
    /// What every match contains and hardly any address: looked for first, for that costs little.
    needle: Option<Finder<'static>>,
}

impl Expression {
    /// Compiles what [`compile`] found sound before.
    pub(super) fn new(source: &str) -> Option<Self> {
        let regex = compile(source, true).ok()?;
        let needle = literals(source)
            .into_iter()
            .filter(|literal| !is_common(literal))
            .max_by_key(Vec::len);
        Some(Self {
            regex,
            needle: needle.map(|needle| Finder::new(&needle).into_owned()),
        })
    }

    /// Whether it matches.
    pub(super) fn is_match(&self, subject: &[u8]) -> bool {
        let has = |needle: &Finder<'_>| needle.find(subject).is_some();
        self.needle.as_ref().is_none_or(has) && self.regex.is_match(subject)
    }
}

/// Compiles a regex the way it will be used: over bytes, in linear time, with its size limited.
pub(super) fn compile(source: &str, match_case: bool) -> Result<Regex, regex::Error> {
    filter::regex::builder(source, match_case)
        .dfa_size_limit(DFA_LIMIT)
        .build()
}

/// The literals that every match contains, as far as they are plain to see.
pub(super) fn literals(source: &str) -> Vec<Vec<u8>> {
    let parsed = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(NEST_LIMIT)
        .build()
        .parse(source);
    let mut found = vec![Vec::new()];
    if let Ok(hir) = parsed {
        collect(&hir, &mut found);
    }
    found.retain(|literal| !literal.is_empty());
    found
}

/// Appends the literals of a regex; the last element is the run that may go on. The depth is
/// bounded by the parser's nest limit.
fn collect(hir: &Hir, found: &mut Vec<Vec<u8>>) {
    match hir.kind() {
        HirKind::Literal(literal) => {
            if let Some(run) = found.last_mut() {
                run.extend_from_slice(&literal.0);
            }
        }
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, found)),
        HirKind::Capture(capture) => collect(&capture.sub, found),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            found.push(Vec::new());
            collect(&repetition.sub, found);
            found.push(Vec::new());
        }
        HirKind::Look(_) | HirKind::Empty => {}
        _ => found.push(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_literals_are_found() {
        let strings = |source| -> Vec<String> {
            literals(source)
                .into_iter()
                .map(|bytes| String::from_utf8(bytes).unwrap())
                .collect()
        };
        assert_eq!(
            strings(r"^https?:\/\/ads\.[a-z]+\.com\/"),
            ["http", "://ads.", ".com/"]
        );
        assert_eq!(strings("(miner)+x"), ["miner", "x"]);
        assert_eq!(strings("a(?:b|cd)e?f"), ["a", "f"]);
        assert_eq!(strings("a(bc)d"), ["abcd"]);
        assert!(strings("(").is_empty());
    }

    #[test]
    fn literals_in_either_case_are_not_required() {
        let expression = Expression::new(r"(?i)^https?://[a-z]+\.(?:bid|top)\./x").unwrap();
        assert_eq!(expression.needle.as_ref().unwrap().needle(), b"./");
        assert!(expression.is_match(b"http://ads.BID./X"));
        assert!(!expression.is_match(b"http://ads.bid/x"));
        assert!(Expression::new("(?i)https?:").unwrap().needle.is_none());
    }

    #[test]
    fn huge_regexes_are_refused() {
        assert!(compile("(?:a{1000}){1000}", false).is_err());
        assert!(compile("(", false).is_err());
        assert!(compile(&"(".repeat(1000), false).is_err());
        assert!(compile("^A", false).unwrap().is_match(b"a"));
        assert!(!compile("^A", true).unwrap().is_match(b"a"));
    }
}
