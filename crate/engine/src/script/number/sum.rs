//! Sums, products and bit operations of a few written numbers, worked out by JavaScript's precedence.

// JavaScript's arithmetic on 32-bit words wraps; so does this.
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap)]

use super::read;

/// The most numbers that are folded together.
const RUN: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
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
pub(super) struct Run {
    tokens: Vec<Token>,
    pub(super) numbers: usize,
    pub(super) offset: usize,
}

impl Run {
    pub(super) fn clear(&mut self) {
        self.tokens.clear();
        self.numbers = 0;
    }

    fn after_value(&self) -> bool {
        matches!(
            self.tokens.last(),
            Some(Token::Number(_) | Token::Operator(Operator::Close))
        )
    }

    /// Adds a number; false where the run must end before it.
    pub(super) fn number(&mut self, value: u64, offset: usize) -> bool {
        if self.after_value() || self.numbers >= RUN {
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
    pub(super) fn operator(&mut self, operator: Operator) -> bool {
        if self.tokens.len() >= RUN * 4 {
            return false;
        }
        let operator = match (operator, self.after_value()) {
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
    pub(super) fn evaluate(&mut self) -> Option<i64> {
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

/// The value of a sum of numbers at the beginning of a text, and its length; `None` where it is only
/// one number, as it is written.
pub(in crate::script) fn sum(text: &[u8]) -> Option<(i64, usize)> {
    let (value, length) = constant(text, |_| None)?;
    let written = text.get(..length)?.iter().all(u8::is_ascii_alphanumeric);
    (!written).then_some((value, length))
}

/// The value of the sum or product of numbers at the beginning of a text, and its length. What stands
/// for a number is told by `named`, with its length. It ends where more than that comes in, at the last
/// number that no operator binds to what follows.
#[inline(never)]
pub(in crate::script) fn constant(
    text: &[u8],
    mut named: impl FnMut(&[u8]) -> Option<(i64, usize)>,
) -> Option<(i64, usize)> {
    let mut run = Run::default();
    let (mut at, mut open) = (0, 0_u32);
    // Up to where it is whole.
    let mut whole = (0, 0);
    while let Some(&byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let mut length = 1;
        let goes_on = match byte {
            b' ' | b'\n' | b'\t' | b'\r' => true,
            b'0'..=b'9' => {
                let (value, read) = read(rest);
                length = read.max(1);
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
            _ => named(rest).is_some_and(|(value, read)| {
                length = read.max(1);
                run.number(value as u64, 0)
            }),
        };
        if !goes_on {
            break;
        }
        at += length;
        if open == 0
            && !byte.is_ascii_whitespace()
            && run.after_value()
            && !binds(text.get(at..).unwrap_or_default())
        {
            whole = (at, run.tokens.len());
        }
    }
    run.tokens.truncate(whole.1);
    Some((run.evaluate()?, whole.0))
}

/// Whether what follows a number is worked out before what it is added to.
fn binds(text: &[u8]) -> bool {
    let next = text.trim_ascii_start().first();
    next.is_some_and(|byte| b"*/%.([".contains(byte))
}
