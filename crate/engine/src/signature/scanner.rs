//! Finding patterns in text: a filter of hashed four-byte grams, then exact comparison, then, for
//! regular expressions, the automaton.
//!
//! In the first stage the filter looks at every third position only: each literal has a window of
//! six bytes all of whose grams it knows, so exactly one of them is seen per occurrence. Time is
//! linear: an automaton reads at most [`REACH`] bytes per candidate and [`REGEX_SHARE`] times the
//! input; what is left then it reads once.

use super::dfa::Dfa;
use super::model::{Kind, Literal, Matcher, Pattern, SignatureSet, Stage};
use crate::verdict::{Fact, Findings, Place};
use std::borrow::Cow;

/// How far apart the filter of the first stage looks.
pub(super) const STRIDE: usize = 3;
/// How far an automaton looks from the beginning of its literal.
const REACH: usize = 600;
/// How many times the input's length an automaton may read. Each has a share of its own, so that
/// text which is written to use up one blinds no other.
const REGEX_SHARE: usize = 4;
/// What each may read of any input.
const REGEX_LEAST: usize = 1 << 20;
/// Occurrences beyond this many are not counted.
const ENOUGH: u32 = 1_000;
/// The end of a chain of entries.
const END: u16 = u16::MAX;

/// What was found: per pattern, how often and where first; and how far its automaton got.
#[derive(Clone, Debug)]
pub(crate) struct Hits {
    found: Vec<(u32, u32)>,
    automata: Vec<Automaton>,
}

#[derive(Clone, Copy, Debug)]
struct Automaton {
    /// How much it may still read.
    left: usize,
    /// Where what it read without a match ends.
    until: usize,
}

impl Automaton {
    /// Whether it finds its match here. What has used up its share goes on behind what it read last
    /// in vain: then it reads nothing twice, and still sees what comes after the padding.
    fn finds(&mut self, dfa: &Dfa, start: usize, reach: &[u8]) -> bool {
        if self.left == 0 && start < self.until {
            return false;
        }
        let (held, read) = dfa.search(reach);
        self.left = self.left.saturating_sub(read);
        if !held {
            self.until = start + read;
        }
        held
    }
}

impl Hits {
    fn add(&mut self, pattern: u16, offset: usize) {
        if let Some((count, first)) = self.found.get_mut(usize::from(pattern)) {
            if *count == 0 {
                *first = u32::try_from(offset).unwrap_or(u32::MAX);
            }
            *count = (*count + 1).min(ENOUGH);
        }
    }

    fn count(&self, pattern: u16) -> u32 {
        self.found.get(usize::from(pattern)).map_or(0, |hit| hit.0)
    }

    /// Whether anything was found that calls for the second stage.
    pub(crate) fn calls(&self, set: &SignatureSet) -> bool {
        set.patterns
            .iter()
            .zip(&self.found)
            .any(|(pattern, hit)| hit.0 > 0 && pattern.stage == Stage::First)
    }

    /// Where a fact was found first.
    pub(crate) fn first_of(&self, set: &SignatureSet, name: &str) -> Option<usize> {
        set.patterns
            .iter()
            .zip(&self.found)
            .find(|(pattern, hit)| hit.0 > 0 && set.name(pattern.fact) == name)
            .map(|(_, hit)| hit.1 as usize)
    }

    /// The facts of what was found; `located` says whether offsets are those of the input.
    pub(crate) fn into_findings(self, set: &SignatureSet, located: bool, out: &mut Findings) {
        for (pattern, (count, first)) in set.patterns.iter().zip(self.found) {
            if count > 0 {
                out.add(Fact {
                    name: Cow::Owned(set.name(pattern.fact).to_owned()),
                    count,
                    place: Place {
                        function: None,
                        offset: located.then_some(first),
                    },
                    detail: String::new(),
                });
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    gram: u32,
    /// The last four bytes of the literal, by which nearly all others are told from it,
    last: u32,
    /// and where in it they are.
    end: u16,
    pattern: u16,
    literal: u16,
    offset: u16,
    next: u16,
}

/// Slots of a filter: so many that few of them are taken.
const SLOTS: usize = 1 << 16;
/// So many chains of entries.
const HEADS: usize = 1 << 12;

/// One filter with its literals.
#[derive(Clone, Debug)]
struct Filter {
    /// Not 0 where a literal has a gram of this hash; then a bit for each mark of such grams. A byte
    /// each, for a single bit takes twice as long to look up.
    slots: Box<[u8; SLOTS]>,
    heads: Vec<u16>,
    entries: Vec<Entry>,
}

/// The slot of a gram, by multiplicative hashing (Knuth, TAOCP 3, 6.4).
#[inline]
const fn slot(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - SLOTS.trailing_zeros())) as usize
}

/// The mark of a gram, by the bits of the same product that follow those of the slot.
#[inline]
const fn mark(gram: u32) -> u8 {
    1 << (gram.wrapping_mul(0x9e37_79b1) >> (29 - SLOTS.trailing_zeros()) & 7)
}

impl Filter {
    // Where the compiler does not allocate the slots in place, they are on the stack for a moment.
    #[allow(clippy::large_stack_arrays)]
    fn new() -> Self {
        Self {
            slots: Box::new([0; SLOTS]),
            heads: vec![END; HEADS],
            entries: Vec::new(),
        }
    }

    fn insert(&mut self, literal: &Literal, pattern: u16, index: u16, grams: usize) {
        for offset in usize::from(literal.window)..usize::from(literal.window) + grams {
            let Some(gram) = literal.bytes.get(offset..).and_then(<[u8]>::first_chunk) else {
                return;
            };
            let gram = u32::from_le_bytes(*gram);
            let last = literal.bytes.last_chunk().copied().unwrap_or_default();
            let slot = slot(gram);
            let next = u16::try_from(self.entries.len()).unwrap_or(END);
            let Some(head) = self.heads.get_mut(slot / (SLOTS / HEADS)) else {
                return;
            };
            if next == END {
                return;
            }
            self.entries.push(Entry {
                gram,
                last: u32::from_le_bytes(last),
                end: literal.bytes.len().saturating_sub(4) as u16,
                pattern,
                literal: index,
                offset: offset as u16,
                next: *head,
            });
            *head = next;
            self.slots[slot] |= mark(gram);
        }
    }

    /// Looks at the positions `STEP` apart.
    fn scan<const STEP: usize>(&self, text: &[u8], patterns: &[Pattern], hits: &mut Hits) {
        if self.entries.is_empty() {
            return;
        }
        let gram = |block: &[u8; 15], step: usize| {
            let gram = block.get(step..).and_then(<[u8]>::first_chunk);
            gram.map_or(0, |gram| u32::from_le_bytes(*gram))
        };
        // Twelve bytes and three more hold whole steps of 1 and 3.
        let steps = || (0..12).step_by(STEP);
        let mut at = 0;
        while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<15>) {
            let maybe = |step| self.slots[slot(gram(block, step))];
            if steps().fold(0, |seen, step| seen | maybe(step)) != 0 {
                for step in steps().filter(|&step| maybe(step) & mark(gram(block, step)) != 0) {
                    self.candidate(text, at + step, patterns, hits);
                }
            }
            at += 12;
        }
        while at + 4 <= text.len() {
            self.candidate(text, at, patterns, hits);
            at += STEP;
        }
    }

    #[cold]
    fn candidate(&self, text: &[u8], at: usize, patterns: &[Pattern], hits: &mut Hits) {
        let Some(gram) = text.get(at..).and_then(<[u8]>::first_chunk) else {
            return;
        };
        let gram = u32::from_le_bytes(*gram);
        let mut next = self
            .heads
            .get(slot(gram) / (SLOTS / HEADS))
            .copied()
            .unwrap_or(END);
        while let Some(entry) = self.entries.get(usize::from(next)) {
            next = entry.next;
            if entry.gram != gram {
                continue;
            }
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else {
                continue;
            };
            let last = text.get(start + usize::from(entry.end)..);
            let last = last.and_then(<[u8]>::first_chunk).copied();
            if last.map(u32::from_le_bytes) != Some(entry.last) {
                continue;
            }
            let (Some(pattern), Some(rest)) =
                (patterns.get(usize::from(entry.pattern)), text.get(start..))
            else {
                continue;
            };
            let literal = |literals: &[Literal]| {
                literals
                    .get(usize::from(entry.literal))
                    .filter(|literal| rest.starts_with(&literal.bytes))
                    .map(|literal| literal.bytes.len())
            };
            let held = match &pattern.matcher {
                Matcher::Literals { literals, word } => literal(literals)
                    .is_some_and(|length| !word || is_word(text, start, start + length)),
                Matcher::Regex { literals, dfa } => {
                    let reach = rest.get(..REACH).unwrap_or(rest);
                    literal(literals).is_some()
                        && hits.count(entry.pattern) < ENOUGH
                        && hits
                            .automata
                            .get_mut(usize::from(entry.pattern))
                            .is_some_and(|automaton| automaton.finds(dfa, start, reach))
                }
                Matcher::Numbers { .. } => false,
            };
            if held {
                hits.add(entry.pattern, start);
            }
        }
    }
}

/// What [`is_identifier`] says of each byte.
const IDENTIFIER: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let this = byte as u8;
        table[byte] = this.is_ascii_alphanumeric() || this == b'_' || this == b'$' || this >= 0x80;
        byte += 1;
    }
    table
};

/// Whether a byte can be part of an identifier.
#[inline]
pub(crate) const fn is_identifier(byte: u8) -> bool {
    IDENTIFIER[byte as usize]
}

fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let open = |byte: Option<&u8>| byte.is_none_or(|&byte| !is_identifier(byte));
    open(start.checked_sub(1).and_then(|at| text.get(at))) && open(text.get(end))
}

/// The literals and regular expressions of one kind of text, ready to search.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    first: Filter,
    second: Filter,
}

impl Scanner {
    /// The patterns of this kind.
    pub(crate) fn new(set: &SignatureSet, kind: Kind) -> Self {
        let mut scanner = Self {
            first: Filter::new(),
            second: Filter::new(),
        };
        for (index, pattern) in set.patterns.iter().enumerate() {
            let (Matcher::Literals { literals, .. } | Matcher::Regex { literals, .. }) =
                &pattern.matcher
            else {
                continue;
            };
            let Ok(index) = u16::try_from(index) else {
                continue;
            };
            if !pattern.applies_to(kind) {
                continue;
            }
            for (number, literal) in literals.iter().enumerate() {
                let number = number as u16;
                match pattern.stage {
                    Stage::First | Stage::Context => {
                        scanner.first.insert(literal, index, number, STRIDE);
                    }
                    Stage::Second => scanner.second.insert(literal, index, number, 1),
                }
            }
        }
        scanner
    }

    /// An empty record of hits for a text of this length.
    pub(crate) fn hits(set: &SignatureSet, length: usize) -> Hits {
        Hits {
            found: vec![(0, 0); set.patterns.len()],
            automata: vec![
                Automaton {
                    left: length.saturating_mul(REGEX_SHARE).max(REGEX_LEAST),
                    until: 0,
                };
                set.patterns.len()
            ],
        }
    }

    /// Looks for the patterns of a stage.
    pub(crate) fn scan(&self, set: &SignatureSet, stage: Stage, text: &[u8], hits: &mut Hits) {
        match stage {
            Stage::First | Stage::Context => {
                self.first.scan::<STRIDE>(text, &set.patterns, hits);
            }
            Stage::Second => self.second.scan::<1>(text, &set.patterns, hits),
        }
    }
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::signature::compile_texts;

    fn entry(fact: &str, stage: &str, how: &str) -> String {
        format!(
            "[[pattern]]\nfact = \"{fact}\"\nkinds = [\"script\"]\nstage = \"{stage}\"\n{how}\n\
             because = \"x\"\nsource = \"x\"\ndate = \"2026-01-01\"\n"
        )
    }

    fn counts(toml: &str, text: &[u8]) -> Vec<(String, u32, Option<u32>)> {
        let set = compile_texts([("a.toml", toml)]).expect("compiles");
        let scanner = Scanner::new(&set, Kind::Script);
        let mut hits = Scanner::hits(&set, text.len());
        scanner.scan(&set, Stage::First, text, &mut hits);
        scanner.scan(&set, Stage::Second, text, &mut hits);
        let mut findings = Findings::default();
        hits.into_findings(&set, true, &mut findings);
        findings
            .facts
            .into_iter()
            .map(|fact| (fact.name.into_owned(), fact.count, fact.place.offset))
            .collect()
    }

    #[test]
    fn finds_every_occurrence_once_at_every_alignment() {
        let toml = entry(
            "long",
            "first",
            "literals = [\"needle\", \"getHashesPerSecond\"]",
        ) + &entry("short", "second", "word = true\nliterals = [\"pool\"]");
        for lead in 0..40 {
            let mut text = vec![b'.'; lead];
            text.extend_from_slice(b"needle,getHashesPerSecond,needle pool spool pools");
            let found = counts(&toml, &text);
            assert_eq!(
                found,
                [
                    ("long".into(), 3, Some(lead as u32)),
                    ("short".into(), 1, Some(lead as u32 + 33)),
                ]
            );
        }
    }

    #[test]
    fn agrees_with_the_regex_crate_on_whole_texts() {
        let regex = r#"(job_id|workid)"?\s*:\s*"[0-9a-f]{2,8}""#;
        let toml = entry("job", "first", &format!("regex = '{regex}'"));
        let oracle = regex::Regex::new(regex).expect("compiles");
        let text =
            "job_id:\"12\" workid\" : \"abcdef\" job_id:'12' xjob_id: \"0\" job_id: \"00ff\"";
        let expected = oracle.find_iter(text).count() as u32;
        let found = counts(&toml, text.as_bytes());
        assert_eq!(found.first().map(|fact| fact.1), Some(expected));
    }

    #[test]
    fn hostile_repetition_stays_linear() {
        let toml = entry("re", "first", "regex = 'aaaaaa[^b]*b'");
        let text = vec![b'a'; 4 << 20];
        assert!(counts(&toml, &text).is_empty());
    }

    #[test]
    fn padding_blinds_nothing() {
        let toml = entry("padded", "second", "regex = 'nonce(?s:.)*target'")
            + &entry("other", "second", "regex = 'job_id[^;]*nonce'");
        let padding = "nonce;".repeat(400_000) + &" ".repeat(2 * REACH);
        let text = padding + "nonce < target; job_id: 1, nonce: 2";
        let found: Vec<(String, u32)> = counts(&toml, text.as_bytes())
            .into_iter()
            .map(|(fact, count, _)| (fact, count))
            .collect();
        assert_eq!(found, [("padded".into(), 1), ("other".into(), 1)]);
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_a_naive_search(text in "[abc]{0,60}", stage in 0..2_usize) {
            let stage = ["first", "second"][stage];
            let toml = entry("x", stage, "literals = [\"abcabc\", \"aabbcca\", \"cccccccc\"]");
            let naive: usize = ["abcabc", "aabbcca", "cccccccc"]
                .iter()
                .map(|needle| text.as_bytes().windows(needle.len()).filter(|w| *w == needle.as_bytes()).count())
                .sum();
            let found = counts(&toml, text.as_bytes());
            proptest::prop_assert_eq!(found.first().map_or(0, |fact| fact.1), naive as u32);
        }
    }
}
