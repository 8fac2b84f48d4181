//! A small anchored automaton over bytes: what remains of a regular expression in the inspector.
//!
//! Built when signatures are compiled, from `regex-automata`'s own dense automaton; searching is
//! one table look-up per byte and ends at the first match or dead state, so it is linear and the
//! caller bounds the length.

/// An anchored automaton. State 0 is dead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dfa {
    /// The class of each byte.
    pub(crate) classes: Vec<u8>,
    /// How many classes there are.
    pub(crate) width: u16,
    /// The state in which a search begins.
    pub(crate) start: u16,
    /// `states * width` next states.
    pub(crate) table: Vec<u16>,
    /// Per state: bit 0, it matches; bit 1, it matches at the end of the input.
    pub(crate) flags: Vec<u8>,
}

impl Dfa {
    /// Whether the text begins with a match, and how many of its bytes were read to tell.
    pub fn search(&self, text: &[u8]) -> (bool, usize) {
        let width = usize::from(self.width);
        let mut state = usize::from(self.start);
        for (at, &byte) in text.iter().enumerate() {
            let flags = self.flags.get(state).copied().unwrap_or(0);
            if flags & 1 != 0 {
                return (true, at);
            }
            let class = usize::from(self.classes.get(usize::from(byte)).copied().unwrap_or(0));
            state = usize::from(self.table.get(state * width + class).copied().unwrap_or(0));
            if state == 0 {
                return (false, at + 1);
            }
        }
        let held = self.flags.get(state).copied().unwrap_or(0) != 0;
        (held, text.len())
    }

    /// Whether its parts fit together, so that a search stays within its tables.
    pub(crate) fn is_sound(&self) -> bool {
        let states = self.flags.len();
        let width = usize::from(self.width);
        self.classes.len() == 256
            && width > 0
            && states > 0
            && u16::try_from(states).is_ok()
            && self.table.len() == states * width
            && usize::from(self.start) < states
            && self.classes.iter().all(|&c| usize::from(c) < width)
            && self.table.iter().all(|&s| usize::from(s) < states)
    }
}

#[cfg(feature = "native")]
mod build {
    use super::Dfa;
    use regex_automata::util::primitives::StateID;
    use regex_automata::util::start;
    use regex_automata::{Anchored, MatchKind, dfa::Automaton, dfa::dense, util::syntax};
    use std::collections::HashMap;

    /// The largest automaton that a pattern may become.
    const MAX_STATES: usize = 4_000;

    impl Dfa {
        /// Builds the automaton of a regular expression (without Unicode classes, `.` is any byte
        /// but a line feed). The error is the reason in words.
        pub fn build(pattern: &str) -> Result<Self, String> {
            let dense = dense::Builder::new()
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .configure(
                    dense::Config::new()
                        .match_kind(MatchKind::All)
                        .start_kind(regex_automata::dfa::StartKind::Anchored)
                        .minimize(true)
                        .dfa_size_limit(Some(8 << 20))
                        .determinize_size_limit(Some(16 << 20)),
                )
                .build(pattern)
                .map_err(|error| error.to_string())?;
            let first = dense
                .start_state(&start::Config::new().anchored(Anchored::Yes))
                .map_err(|error| error.to_string())?;
            Self::walk(&dense, first)
        }

        fn walk(dense: &dense::DFA<Vec<u32>>, first: StateID) -> Result<Self, String> {
            // Number the states in the order in which they are reached; 0 stays the dead one.
            let mut numbers: HashMap<StateID, u16> = HashMap::from([(first, 1)]);
            let mut order = vec![first];
            let mut rows: Vec<Vec<u16>> = vec![vec![0; 256]];
            let mut flags = vec![0_u8];
            let mut at = 0;
            while let Some(&state) = order.get(at) {
                at += 1;
                let mut row = Vec::with_capacity(256);
                for byte in 0..=255_u8 {
                    let next = dense.next_state(state, byte);
                    if dense.is_dead_state(next) || dense.is_quit_state(next) {
                        row.push(0);
                        continue;
                    }
                    let number = if let Some(&number) = numbers.get(&next) {
                        number
                    } else {
                        let number = u16::try_from(order.len() + 1).map_err(|e| e.to_string())?;
                        numbers.insert(next, number);
                        order.push(next);
                        number
                    };
                    row.push(number);
                }
                if order.len() > MAX_STATES {
                    return Err(format!("the automaton has more than {MAX_STATES} states"));
                }
                // A match is reported one byte late, or at the end of the input.
                let at_end = dense.is_match_state(dense.next_eoi_state(state));
                flags.push(u8::from(dense.is_match_state(state)) | (u8::from(at_end) << 1));
                rows.push(row);
            }
            Ok(Self::compress(&rows, flags))
        }

        /// Joins the bytes that no state tells apart into classes.
        fn compress(rows: &[Vec<u16>], flags: Vec<u8>) -> Self {
            let mut columns: HashMap<Vec<u16>, u8> = HashMap::new();
            let mut classes = Vec::with_capacity(256);
            let mut distinct: Vec<Vec<u16>> = Vec::new();
            for byte in 0..256 {
                let column: Vec<u16> = rows.iter().map(|row| row[byte]).collect();
                let class = *columns.entry(column.clone()).or_insert_with(|| {
                    distinct.push(column);
                    (distinct.len() - 1) as u8
                });
                classes.push(class);
            }
            let mut table = Vec::with_capacity(rows.len() * distinct.len());
            for state in 0..rows.len() {
                table.extend(distinct.iter().map(|column| column[state]));
            }
            Self {
                classes,
                width: distinct.len() as u16,
                start: 1,
                table,
                flags,
            }
        }
    }
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_regex_crate() {
        let patterns = [
            r"CoinHive\.(Anonymous|User|Token)\s*\(",
            r"job_id.{0,40}?nonce",
            r"abc[0-9a-f]{8}",
            r"x(?-u:\xff)*y",
            r#""method"\s*:\s*"mining\.(subscribe|notify)""#,
        ];
        let texts: [&[u8]; 9] = [
            b"CoinHive.User (",
            b"CoinHive.Anonymou",
            b"job_id and some words, then nonce",
            b"job_id\nnonce",
            b"abc0123456789",
            b"abc0123456",
            b"x\xff\xff\xffy",
            b"\"method\" :\"mining.notify\"",
            b"",
        ];
        for pattern in patterns {
            let dfa = Dfa::build(pattern).expect("builds");
            assert!(dfa.is_sound());
            let oracle = regex::bytes::RegexBuilder::new(&format!("^(?:{pattern})"))
                .unicode(false)
                .build()
                .expect("builds");
            for text in texts {
                assert_eq!(
                    dfa.search(text).0,
                    oracle.is_match(text),
                    "{pattern} {text:?}"
                );
            }
        }
    }

    #[test]
    fn says_how_far_it_read() {
        let dfa = Dfa::build("ab+c").expect("builds");
        for (text, found) in [
            ("xyz", (false, 1)),
            ("abx", (false, 3)),
            ("abbb", (false, 4)),
            // A match is known one byte late.
            ("abcdef", (true, 4)),
            ("abc", (true, 3)),
            ("", (false, 0)),
        ] {
            assert_eq!(dfa.search(text.as_bytes()), found, "{text}");
        }
    }
}
