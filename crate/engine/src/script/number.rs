//! Numeric constants in any spelling: hexadecimal, decimal, octal, binary, signed, with separators
//! or exponents, as big integers, and as constant expressions of a few numbers (`a+b`,
//! `a<<16|b`, `a*65536+b`, `~a`, `a^b`).
//!
//! A tokeniser, not a parser: it reads numbers and the operators between them, folds runs of them
//! by JavaScript's precedence, and looks the values up. Linear; a run is at most 12 numbers long.

// JavaScript's arithmetic on 32-bit words wraps; so does this.
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]

mod read;
mod sum;

pub(super) use read::{digits, read};
pub(super) use sum::{constant, sum};

use crate::signature::{Kind, Matcher, SignatureSet, Stage, is_identifier};
use crate::verdict::{Fact, Findings, Place};
use std::borrow::Cow;
use sum::{Operator, Run};

/// The constants that patterns ask for, in an open-addressing table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    slots: Vec<(u64, u32)>,
    /// For every slot's chain: pattern, bit of the value, next.
    uses: Vec<(u16, u8, u32)>,
}

/// Which constants were seen: a bit per value of each pattern, and the first offset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    patterns: Vec<(u64, u32)>,
}

impl Seen {
    /// Nothing seen yet.
    pub(crate) fn new(set: &SignatureSet) -> Self {
        Self {
            patterns: vec![(0, u32::MAX); set.patterns.len()],
        }
    }

    /// Whether enough was seen of a pattern that calls for the second stage.
    pub(crate) fn calls(&self, set: &SignatureSet) -> bool {
        set.patterns
            .iter()
            .zip(&self.patterns)
            .any(|(pattern, (bits, _))| match &pattern.matcher {
                Matcher::Numbers { at_least, .. } => {
                    pattern.stage == Stage::First && bits.count_ones() >= u32::from(*at_least)
                }
                _ => false,
            })
    }

    /// The facts of those patterns of which enough was seen.
    pub(crate) fn into_findings(self, set: &SignatureSet, located: bool, out: &mut Findings) {
        for (pattern, (bits, first)) in set.patterns.iter().zip(self.patterns) {
            let Matcher::Numbers { at_least, values } = &pattern.matcher else {
                continue;
            };
            let count = bits.count_ones();
            if count >= u32::from(*at_least) {
                out.add(Fact {
                    name: Cow::Owned(set.name(pattern.fact).to_owned()),
                    count,
                    place: Place {
                        function: None,
                        offset: located.then_some(first),
                    },
                    detail: format!("{count} of {} constants", values.len()),
                });
            }
        }
    }
}

impl Numbers {
    /// The constants of the patterns of this kind.
    pub(crate) fn new(set: &SignatureSet, kind: Kind) -> Self {
        let mut pairs: Vec<(u64, u16, u8)> = Vec::new();
        for (index, pattern) in set.patterns.iter().enumerate() {
            let Matcher::Numbers { values, .. } = &pattern.matcher else {
                continue;
            };
            let Ok(index) = u16::try_from(index) else {
                continue;
            };
            if !pattern.applies_to(kind) {
                continue;
            }
            for (bit, &value) in values.iter().take(64).enumerate() {
                let bit = bit as u8;
                pairs.push((value, index, bit));
                if value > u64::from(u32::MAX) {
                    // Small halves say nothing.
                    for half in [value >> 32, value & 0xffff_ffff] {
                        if half > 0xffff {
                            pairs.push((half, index, bit));
                        }
                    }
                }
            }
        }
        let size = (pairs.len() * 4).next_power_of_two().max(16);
        let mut table = Self {
            slots: vec![(0, u32::MAX); size],
            uses: Vec::with_capacity(pairs.len()),
        };
        for (value, pattern, bit) in pairs {
            let slot = table.slot(value);
            if let Some((key, head)) = table.slots.get_mut(slot) {
                table.uses.push((pattern, bit, *head));
                *key = value;
                *head = (table.uses.len() - 1) as u32;
            }
        }
        table
    }

    /// The slot of a value, or the empty one where it would go.
    fn slot(&self, value: u64) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = (value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & mask;
        while let Some(&(key, head)) = self.slots.get(slot) {
            if head == u32::MAX || key == value {
                break;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn exact(&self, value: u64, offset: usize, seen: &mut Seen) {
        let mut next = match self.slots.get(self.slot(value)) {
            Some(&(key, head)) if key == value => head,
            _ => return,
        };
        while let Some(&(pattern, bit, after)) = self.uses.get(next as usize) {
            next = after;
            if let Some((bits, first)) = seen.patterns.get_mut(usize::from(pattern)) {
                *bits |= 1 << bit;
                *first = (*first).min(u32::try_from(offset).unwrap_or(u32::MAX));
            }
        }
    }

    /// Looks a value up as it is, negated, complemented, and by halves.
    fn look_up(&self, value: u64, offset: usize, seen: &mut Seen) {
        if value < 0x100 {
            return;
        }
        self.exact(value, offset, seen);
        if let Ok(word) = u32::try_from(value) {
            self.exact(u64::from(word.wrapping_neg()), offset, seen);
            self.exact(u64::from(!word), offset, seen);
        } else {
            self.exact(value >> 32, offset, seen);
            self.exact(value & 0xffff_ffff, offset, seen);
            self.exact(value.wrapping_neg(), offset, seen);
        }
    }

    /// Notes every constant of a text; offsets count from `base`.
    pub(crate) fn scan(&self, text: &[u8], base: usize, seen: &mut Seen) {
        if self.uses.is_empty() {
            return;
        }
        let mut run = Run::default();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            if byte.is_ascii_digit() {
                let (value, length) = read(text.get(at..).unwrap_or_default());
                if let Some(value) = value {
                    self.look_up(value, base + at, seen);
                    if !run.number(value, base + at) {
                        self.fold(&mut run, seen);
                        run.number(value, base + at);
                    }
                } else {
                    self.fold(&mut run, seen);
                }
                at += length.max(1);
                continue;
            }
            let two = text.get(at + 1) == Some(&byte);
            let goes_on = match byte {
                b' ' | b'\n' | b'\t' | b'\r' => true,
                b'(' => run.operator(Operator::Open),
                b')' => run.operator(Operator::Close),
                b'+' => run.operator(Operator::Add),
                b'-' => run.operator(Operator::Subtract),
                b'*' => run.operator(Operator::Multiply),
                b'^' => run.operator(Operator::Xor),
                b'|' if !two => run.operator(Operator::Or),
                b'&' if !two => run.operator(Operator::And),
                b'~' => run.operator(Operator::Not),
                b'<' if two => {
                    at += 1;
                    run.operator(Operator::Left)
                }
                b'>' if two => {
                    at += if text.get(at + 2) == Some(&b'>') {
                        2
                    } else {
                        1
                    };
                    run.operator(Operator::Right)
                }
                _ => false,
            };
            at += 1;
            if !goes_on {
                self.fold(&mut run, seen);
                // What fills a run is one of its marks already.
                if !is_mark(byte) {
                    at = next(text, at - 1);
                }
            }
        }
        self.fold(&mut run, seen);
    }

    #[inline]
    fn fold(&self, run: &mut Run, seen: &mut Seen) {
        if run.numbers >= 2
            && let Some(value) = run.evaluate()
        {
            self.look_up(u64::from(value as u32), run.offset, seen);
            if let Ok(value) = u64::try_from(value) {
                self.look_up(value, run.offset, seen);
            }
        }
        run.clear();
    }
}

/// Whether a byte can stand between the numbers of a run.
const fn is_mark(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\n'
            | b'\t'
            | b'\r'
            | b'('
            | b')'
            | b'+'
            | b'-'
            | b'*'
            | b'^'
            | b'|'
            | b'&'
            | b'~'
            | b'<'
            | b'>'
    )
}

/// Where the marks begin that stand before the next number, or the end of the text. At the position is
/// part of a name or what ends a run; digits of names are no numbers.
#[inline(never)]
fn next(text: &[u8], at: usize) -> usize {
    let begins = |pair: &[u8]| match pair {
        [before, byte] => byte.is_ascii_digit() && !is_identifier(*before),
        _ => false,
    };
    let mut from = at + 1;
    let number = loop {
        let end = text.len().min(from + LANES);
        let near = text.get(from - 1..end).unwrap_or_default();
        let found = near.windows(2).position(begins);
        if found.is_some() || end == text.len() {
            break found.map(|found| from + found);
        }
        from = end;
        while let Some(block) = text.get(from - 1..).and_then(<[u8]>::first_chunk)
            && !has_number(block)
        {
            from += LANES;
        }
    };
    let Some(number) = number else {
        return text.len();
    };
    let before = text.get(at..number).unwrap_or_default();
    number
        - before
            .iter()
            .rev()
            .take_while(|&&byte| is_mark(byte))
            .count()
}

/// So many bytes are looked at together.
const LANES: usize = 16;

/// Whether a number begins in a block after its first byte.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn has_number(block: &[u8; LANES + 1]) -> bool {
    let is_name = |byte: u8| {
        u8::from((byte | 0x20).wrapping_sub(b'a') < 26)
            | u8::from(byte.wrapping_sub(b'0') < 10)
            | u8::from(byte == b'_')
            | u8::from(byte == b'$')
            | u8::from(byte >= 0x80)
    };
    let mut found = 0;
    for lane in 0..LANES {
        let digit = u8::from(block[lane + 1].wrapping_sub(b'0') < 10);
        found |= digit & !is_name(block[lane]);
    }
    found != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_next_number_is_where_a_plain_search_finds_it(text in "[,a_]([a-z_$é,.]{0,20}[ (~0-9]{0,2}){0,20}") {
            let text = text.as_bytes();
            let number = (1..text.len()).find(|&at| text[at].is_ascii_digit() && !is_identifier(text[at - 1]));
            let found = next(text, 0);
            let marks = text[found..].iter().take_while(|&&byte| is_mark(byte)).count();
            proptest::prop_assert_eq!(found + marks, number.unwrap_or(text.len()));
            proptest::prop_assert!(found == text.len() || !is_mark(text[found - 1]));
        }
    }
}
