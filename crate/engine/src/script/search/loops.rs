//! The loops of a script, and whether one counts, hashes, and acts on what the hash is.

use super::super::form::Named;
use super::{LONGEST, NEAR, STATEMENT, Searcher, Test};
use std::collections::BTreeSet;

/// How others are told, or given time.
const TOLD: [&[u8]; 11] = [
    b"postMessage(",
    b"send(",
    b"fetch(",
    b"emit(",
    b"dispatchEvent(",
    b"Atomics",
    b"post(",
    b"setTimeout(",
    b"setImmediate(",
    b"requestAnimationFrame(",
    b"requestIdleCallback(",
];

/// Whether a function has something called later.
fn pauses(text: &[u8]) -> bool {
    has_one(text, TOLD.get(7..).unwrap_or_default())
}

fn has_one(text: &[u8], words: &[&[u8]]) -> bool {
    words
        .iter()
        .any(|word| text.windows(word.len()).any(|other| other == *word))
}

impl Searcher<'_> {
    /// Where loops, and functions that have themselves called again, begin, where their bodies
    /// begin, and where they end.
    pub(super) fn loops(&self) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for (at, word) in self.text.windows(4).enumerate() {
            let head = match word {
                b"for(" => at + 3,
                b"whil"
                    if self
                        .text
                        .get(at..)
                        .is_some_and(|t| t.starts_with(b"while(")) =>
                {
                    at + 5
                }
                [b'd', b'o', b'{', _] if !self.ends(at, b"$") => {
                    let Some(end) = self.other(at + 2) else {
                        continue;
                    };
                    let tail = self.text.get(end + 1..).unwrap_or_default();
                    let tail = if tail.starts_with(b"while(") { 6 } else { 0 };
                    let end = self.other(end + tail).unwrap_or(end);
                    found.push((at, at + 3, end));
                    continue;
                }
                _ => continue,
            };
            let Some(close) = self.other(head) else {
                continue;
            };
            if self.walks(head, close) {
                continue;
            }
            let body = close + 1;
            let end = match self.byte(body) {
                b'{' => self.other(body),
                b';' => None,
                _ => self.statement(body),
            };
            found.push((at, body, end.unwrap_or(close)));
        }
        for &(open, close, _) in &self.braces {
            if close - open <= LONGEST
                && self.text.get(open..close).is_some_and(pauses)
                && let Some(name) = self.called(open)
                && self
                    .within(open, close)
                    .iter()
                    .any(|inner| inner.last == name)
            {
                found.push((open, open, close));
            }
        }
        found
    }

    /// Whether the head of a loop walks over what has an end: something's length, or a few steps as
    /// the rounds of a hash are.
    fn walks(&self, head: usize, close: usize) -> bool {
        let head = self.text.get(head..close).unwrap_or_default();
        let few = |(at, &byte): (usize, &u8)| {
            let digits = head.get(at + 1..).unwrap_or_default();
            let digits = digits.strip_prefix(b"=").unwrap_or(digits);
            let count = digits
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            byte == b'<' && (1..=2).contains(&count)
        };
        head.windows(6).any(|word| word == b"length") || head.iter().enumerate().any(few)
    }

    /// Where a statement ends.
    fn statement(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while at < start + LONGEST {
            match self.byte(at) {
                b'(' | b'[' => at = self.other(at)?,
                b'{' => return self.other(at),
                b';' | b'}' | 0 => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Whether a loop counts, hashes, and acts on what the hash is.
    pub(super) fn judge(&mut self, start: usize, body: usize, end: usize) -> Option<Test> {
        if end.saturating_sub(start) > LONGEST || !self.spend(end.saturating_sub(start)) {
            return None;
        }
        let mixed = self.mixes.partition_point(|&at| at < start);
        if self.mixes.get(mixed).is_some_and(|&at| at < end) {
            // A part of the hash itself.
            return None;
        }
        let results = self.results(start, end)?;
        if !self.counts(start, body, end) || !self.told(start, end) {
            return None;
        }
        let mut found = None;
        for (from, to) in self.conditions(start, end) {
            let test = self.test(from, to, &results);
            if test == Some(Test::Order) {
                return test;
            }
            found = found.or(test);
        }
        found
    }

    /// Whether the code around a loop tells others of something, or rests now and then.
    fn told(&self, start: usize, end: usize) -> bool {
        let around = self
            .around(start)
            .take_while(|&(open, close)| close - open <= NEAR);
        let (from, to) = around.last().unwrap_or((start, end));
        let text = self
            .text
            .get(from.min(start)..to.max(end))
            .unwrap_or_default();
        has_one(text, &TOLD)
    }

    /// What holds hashes in a part of the text that asks for some.
    fn results(&self, start: usize, end: usize) -> Option<BTreeSet<u32>> {
        let part = self.text.get(start..end)?;
        let names = self.within(start, end);
        let words = part.windows(7).enumerate();
        let digests = words
            .filter(|(_, word)| word == b"digest(")
            .map(|(at, _)| start + at);
        let calls = names.iter().filter(|name| self.hashes(name));
        let calls: Vec<usize> = digests.chain(calls.map(|name| name.at)).collect();
        if calls.is_empty() {
            return None;
        }
        let mut found: BTreeSet<u32> = calls
            .into_iter()
            .filter_map(|at| self.assigned(at))
            .collect();
        // What is made of them, usually further on.
        for name in names {
            if found.contains(&name.first) || found.contains(&name.last) {
                found.extend(self.assigned(name.at));
            }
        }
        // What counts is no hash.
        for name in names {
            if self.text.get(name.at + 1..name.at + 3) == Some(b"++") {
                found.remove(&name.last);
            }
        }
        Some(found)
    }

    /// Whether something is counted that is also used, or guessed.
    fn counts(&self, start: usize, body: usize, end: usize) -> bool {
        let Some(part) = self.text.get(start..end) else {
            return false;
        };
        let used = |name: Named| {
            let uses = self.within(body, end).iter();
            uses.filter(|other| other.last == name.last)
                .any(|other| !matches!(self.byte(other.at + 1), b'+' if self.byte(other.at + 2) == b'+' && matches!(self.byte(other.at + 3), b';' | b'}')))
        };
        for (offset, pair) in part.windows(2).enumerate() {
            let at = start + offset;
            let counted = match pair {
                b"++" => at
                    .checked_sub(1)
                    .and_then(|before| self.name(before))
                    .or_else(|| self.name(at + 2)),
                b"+=" => at.checked_sub(1).and_then(|before| self.name(before)),
                b"$=" => self.name(at).filter(|own| {
                    let from = at + 2 + usize::from(self.byte(at + 2) == b'(');
                    let to = self.name(from);
                    to.is_some_and(|to| to.last == own.last) && self.byte(from + 1) == b'+'
                }),
                b"m(" if self.ends(at + 1, b"random") => return true,
                _ => None,
            };
            if counted.is_some_and(used) {
                return true;
            }
        }
        false
    }

    /// The conditions in a part of the text.
    fn conditions(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for at in start..end {
            match (self.byte(at), self.byte(at + 1)) {
                (b'f' | b'e', b'(') if self.ends(at + 1, b"if") || self.ends(at + 1, b"while") => {
                    let close = self.other(at + 1).filter(|close| close - at <= STATEMENT);
                    found.extend(close.map(|close| (at + 2, close)));
                }
                (b'r', b'(') if self.ends(at + 1, b"for") => {
                    let head = self
                        .other(at + 1)
                        .and_then(|close| self.text.get(at..close));
                    let mut parts = head.unwrap_or_default().split(|&byte| byte == b';');
                    if let (Some(first), Some(second)) = (parts.next(), parts.next()) {
                        let from = at + first.len() + 1;
                        found.push((from, from + second.len()));
                    }
                }
                (b'&', b'&') | (b'?', _) => {
                    let mut from = at;
                    let first = start.max(at.saturating_sub(STATEMENT));
                    while let Some(before) = from.checked_sub(1).filter(|&before| before >= first) {
                        let operand = self.byte(from);
                        let begins =
                            operand == b'$' || operand == b'!' || operand.is_ascii_alphanumeric();
                        match self.byte(before) {
                            // What is before is the head of a statement.
                            b')' if begins => break,
                            b')' | b']' => match self.other(before) {
                                Some(open) => from = open,
                                None => break,
                            },
                            b'(' | b'{' | b'}' | b';' | b',' | b'[' => break,
                            _ => from = before,
                        }
                    }
                    found.push((from, at));
                }
                _ => {}
            }
        }
        found
    }

    /// What a condition asks of a hash.
    fn test(&self, from: usize, to: usize, results: &BTreeSet<u32>) -> Option<Test> {
        let part = self.text.get(from..to)?;
        let hot: Vec<&Named> = self
            .within(from, to)
            .iter()
            .filter(|name| {
                results.contains(&name.first) || results.contains(&name.last) || self.hashes(name)
            })
            .collect();
        if hot.is_empty() {
            return None;
        }
        let has = |word: &[u8]| part.windows(word.len()).any(|other| other == word);
        let orders = part.iter().enumerate().any(|(at, &byte)| {
            matches!(byte, b'<' | b'>')
                && part.get(at + 1) != Some(&byte)
                && at.checked_sub(1).and_then(|before| part.get(before)) != Some(&byte)
                && (at == 0 || part[at - 1] != b'=')
        });
        let zeros = has(b"===0")
            || has(b"==0")
            || has(b"0==")
            || has(b"startsWith(")
            || has(b"every(")
            || has(b"clz32(");
        let begins =
            has(b"slice(0,") || has(b"substring(0,") || has(b"substr(0,") || has(b"indexOf(");
        // Given to another function that judges it.
        let given = hot.iter().any(|name| {
            !self.is_call(name)
                && self.byte(name.at) == b'$'
                && matches!(self.byte(name.at + 1), b',' | b')')
        });
        if orders || zeros || begins || given {
            Some(Test::Order)
        } else if has(b"==") {
            Some(Test::Equal)
        } else {
            None
        }
    }
}
