//! Numeric constants in any spelling: hexadecimal, decimal, octal, binary, signed, with separators
//! or exponents, as big integers, and as constant expressions of a few numbers (`a+b`,
//! `a<<16|b`, `a*65536+b`, `~a`, `a^b`).
//!
//! A tokeniser, not a parser: it reads numbers and the operators between them, folds runs of them
//! by JavaScript's precedence, and looks the values up. Linear; a run is at most 12 numbers long.

// JavaScript's arithmetic on 32-bit words wraps; so does this.
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]

use crate::signature::{Kind, Matcher, SignatureSet, Stage};
use crate::verdict::{Fact, Findings, Place};
use std::borrow::Cow;

/// The most numbers that are folded together.
const RUN: usize = 12;

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
            if crate::signature::is_identifier(byte) {
                // Skip the identifier whole: digits in it are no numbers.
                self.fold(&mut run, seen);
                at += 1;
                while text
                    .get(at)
                    .is_some_and(|&b| crate::signature::is_identifier(b))
                {
                    at += 1;
                }
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
            if !goes_on {
                self.fold(&mut run, seen);
            }
            at += 1;
        }
        self.fold(&mut run, seen);
    }

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Open,
    Close,
    Or,
    Xor,
    And,
    Left,
    Right,
    Add,
    Subtract,
    Multiply,
    Not,
    Negate,
}

impl Operator {
    /// JavaScript's precedence (ECMA-262, 13).
    const fn rank(self) -> u8 {
        match self {
            Self::Open | Self::Close => 0,
            Self::Or => 1,
            Self::Xor => 2,
            Self::And => 3,
            Self::Left | Self::Right => 4,
            Self::Add | Self::Subtract => 5,
            Self::Multiply => 6,
            Self::Not | Self::Negate => 7,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Number(i64),
    Operator(Operator),
}

/// A run of numbers and operators.
#[derive(Debug, Default)]
struct Run {
    tokens: Vec<Token>,
    numbers: usize,
    offset: usize,
}

impl Run {
    fn clear(&mut self) {
        self.tokens.clear();
        self.numbers = 0;
    }

    /// Adds a number; false where the run must end before it.
    fn number(&mut self, value: u64, offset: usize) -> bool {
        let after_operator = !matches!(
            self.tokens.last(),
            Some(Token::Number(_) | Token::Operator(Operator::Close))
        );
        if !after_operator || self.numbers >= RUN {
            return false;
        }
        if self.numbers == 0 {
            self.offset = offset;
        }
        self.numbers += 1;
        self.tokens.push(Token::Number(value as i64));
        true
    }

    /// Adds an operator; false where the run must end.
    fn operator(&mut self, operator: Operator) -> bool {
        if self.tokens.len() >= RUN * 4 {
            return false;
        }
        let after_value = matches!(
            self.tokens.last(),
            Some(Token::Number(_) | Token::Operator(Operator::Close))
        );
        let operator = match (operator, after_value) {
            (Operator::Add, false) => return true,
            (Operator::Subtract, false) => Operator::Negate,
            (Operator::Open | Operator::Not, true) => return false,
            (Operator::Open | Operator::Not, false) | (_, true) => operator,
            _ => return false,
        };
        self.tokens.push(Token::Operator(operator));
        true
    }

    /// The value, by shunting-yard (Dijkstra, 1961). Operators that hang over at the end, and
    /// parentheses without a partner, are left out.
    fn evaluate(&mut self) -> Option<i64> {
        let mut values: Vec<i64> = Vec::new();
        let mut operators: Vec<Operator> = Vec::new();
        while let Some(Token::Operator(last)) = self.tokens.last() {
            if *last == Operator::Close {
                break;
            }
            self.tokens.pop();
        }
        for &token in &self.tokens {
            match token {
                Token::Number(value) => values.push(value),
                Token::Operator(Operator::Close) => {
                    while let Some(top) = operators.pop() {
                        if top == Operator::Open {
                            break;
                        }
                        apply(top, &mut values)?;
                    }
                }
                Token::Operator(operator) => {
                    let unary =
                        matches!(operator, Operator::Open | Operator::Not | Operator::Negate);
                    while !unary
                        && let Some(&top) = operators.last()
                        && top.rank() >= operator.rank()
                        && top != Operator::Open
                    {
                        operators.pop();
                        apply(top, &mut values)?;
                    }
                    operators.push(operator);
                }
            }
        }
        while let Some(top) = operators.pop() {
            if top != Operator::Open {
                apply(top, &mut values)?;
            }
        }
        values.pop()
    }
}

fn apply(operator: Operator, values: &mut Vec<i64>) -> Option<()> {
    let right = values.pop()?;
    let value = match operator {
        Operator::Not => i64::from(!(right as i32)),
        Operator::Negate => right.wrapping_neg(),
        _ => {
            let left = values.pop()?;
            match operator {
                Operator::Or => left | right,
                Operator::Xor => left ^ right,
                Operator::And => left & right,
                Operator::Left => left.wrapping_shl(right as u32 & 31),
                Operator::Right => i64::from((left as u32) >> (right as u32 & 31)),
                Operator::Add => left.wrapping_add(right),
                Operator::Subtract => left.wrapping_sub(right),
                Operator::Multiply => left.wrapping_mul(right),
                _ => return None,
            }
        }
    };
    values.push(value);
    Some(())
}

/// The value of the sum or product of numbers at the beginning of a text, and its length.
pub(super) fn constant(text: &[u8]) -> Option<(i64, usize)> {
    let mut run = Run::default();
    let (mut at, mut open) = (0, 0_u32);
    // Up to where it is whole.
    let mut whole = (0, 0);
    while let Some(&byte) = text.get(at) {
        let goes_on = match byte {
            b' ' | b'\n' | b'\t' | b'\r' => true,
            b'0'..=b'9' => {
                let (value, length) = read(text.get(at..).unwrap_or_default());
                at += length.saturating_sub(1);
                value.is_some_and(|value| run.number(value, 0))
            }
            b'(' => {
                open += 1;
                run.operator(Operator::Open)
            }
            b')' if open > 0 => {
                open -= 1;
                run.operator(Operator::Close)
            }
            b'+' => run.operator(Operator::Add),
            b'-' => run.operator(Operator::Subtract),
            b'*' => run.operator(Operator::Multiply),
            _ => false,
        };
        if !goes_on {
            break;
        }
        at += 1;
        if open == 0 && matches!(byte, b'0'..=b'9' | b')') {
            whole = (at, run.tokens.len());
        }
    }
    run.tokens.truncate(whole.1);
    Some((run.evaluate()?, whole.0))
}

/// Reads the number at the beginning of a text: its value, unless it is a fraction or too large,
/// and its length with what belongs to it.
pub(super) fn read(text: &[u8]) -> (Option<u64>, usize) {
    let radix = match text {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'o' | b'O', ..] => Some(8),
        [b'0', b'b' | b'B', ..] => Some(2),
        _ => None,
    };
    let mut value = Some(0_u64);
    let mut at = 0;
    if let Some(radix) = radix {
        at = 2;
        while let Some(&byte) = text.get(at) {
            if let Some(digit) = (byte as char).to_digit(radix) {
                value = value
                    .and_then(|value| value.checked_mul(u64::from(radix)))
                    .and_then(|value| value.checked_add(u64::from(digit)));
            } else if byte != b'_' {
                break;
            }
            at += 1;
        }
    } else {
        let mut old_octal = text.first() == Some(&b'0');
        while let Some(&byte) = text.get(at) {
            if byte.is_ascii_digit() {
                old_octal &= byte < b'8';
                value = value
                    .and_then(|value| value.checked_mul(10))
                    .and_then(|value| value.checked_add(u64::from(byte - b'0')));
            } else if byte != b'_' {
                break;
            }
            at += 1;
        }
        if old_octal && at > 1 {
            value = text
                .get(..at)
                .and_then(|digits| core::str::from_utf8(digits).ok())
                .and_then(|digits| u64::from_str_radix(digits, 8).ok());
        }
        (value, at) = fraction(text, value, at);
    }
    // Suffixes: n (big integer), u, U (shaders), L.
    while text
        .get(at)
        .is_some_and(|&byte| crate::signature::is_identifier(byte))
    {
        at += 1;
    }
    (value, at)
}

/// What follows a decimal integer: a fraction of zeros and a positive exponent keep it whole.
fn fraction(text: &[u8], mut value: Option<u64>, mut at: usize) -> (Option<u64>, usize) {
    if text.get(at) == Some(&b'.') {
        at += 1;
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            if *digit != b'0' {
                value = None;
            }
            at += 1;
        }
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if text.get(at) == Some(&b'-') {
            value = None;
            at += 1;
        } else if text.get(at) == Some(&b'+') {
            at += 1;
        }
        let mut exponent = 0_u32;
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            exponent = (exponent * 10 + u32::from(digit - b'0')).min(1_000);
            at += 1;
        }
        value = 10_u64
            .checked_pow(exponent)
            .and_then(|power| value.and_then(|value| value.checked_mul(power)));
    }
    (value, at)
}
