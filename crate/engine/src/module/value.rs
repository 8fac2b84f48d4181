//! Symbolic values: what the walker knows about an operand. Values are numbered by what they are
//! computed from, so that the same expression gets the same number however it reached the stack;
//! constants are folded, and a rotation, an exclusive or or an addition is recognised however it
//! is spelled. Limits: 32-bit and 64-bit integers and SIMD lanes of those widths; what is not
//! understood becomes an opaque value, never a wrong one.

mod constant;
mod mixed;

use constant::{masked, offset, with_constant};
use mixed::{disjoint, respelled};

/// How a value was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing known.
    Opaque,
    /// The constant `constant`.
    Constant,
    /// `first << amount`.
    ShiftLeft,
    /// `first >> amount`, unsigned.
    ShiftRight,
    /// `first` rotated left by `amount`.
    Rotated,
    /// `first + constant`.
    Offset,
    /// `first & constant`; `amount` is the right shift below it.
    Masked,
    /// `first ^ constant`.
    Flipped,
    /// `!first`.
    Not,
    /// `first + second`.
    Sum,
    /// `first | second`.
    Or,
    /// `first & second`.
    And,
    /// `first ^ second`.
    Xor,
    /// `first & !second`.
    AndNot,
    /// `first | constant`.
    Filled,
    /// `!first | constant`.
    NotFilled,
}

/// A binary operator on integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    AndNot,
    ShiftLeft,
    ShiftRight,
    ShiftSigned,
    RotateLeft,
    RotateRight,
    Other,
}

/// What a binary operator turned out to be, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing to count: folded, or part of something else.
    None,
    /// A rotation to the left by this amount.
    Rotation(u8),
    /// The two halves of a wider rotation: `a << n | b >> (32 - n)`.
    Funnel(u8),
    /// A rotation by an amount that is not constant.
    Variable,
    /// An exclusive or of two unknown values (or with a constant).
    Xor,
    /// An addition of two unknown values.
    Add,
    /// A conjunction.
    And,
    /// A multiplication.
    Mul,
    /// A value limited to `constant` by a mask.
    Mask(u64),
}

/// The source of values that were mixed in the function itself.
pub(super) const INLINED: u8 = 255;
/// Loaded from memory, possibly changed since.
pub(super) const LOADED: u16 = 1;
/// Loaded from a buffer that a call was given, or that mixed values were written to.
pub(super) const OUTPUT: u16 = 2;
/// Limited to a byte (or a byte scaled by 4, 8 or 16).
pub(super) const BYTE: u16 = 4;
/// Limited by a mask to somewhere in 64 KiB or more.
pub(super) const SCRATCH: u16 = 8;
/// Returned by a call.
pub(super) const RETURNED: u16 = 16;
/// Read from a table at a place that a hash tells.
pub(super) const FOUND: u16 = 32;
/// A constant that is no integer.
pub(super) const FRACTION: u16 = 8192;
/// Read from memory as one word, with its last byte put first: numbers that are written the largest byte first,
/// as hashes and targets are.
pub(super) const SWAPPED: u16 = 16384;
/// The difference of two bytes that were read from memory: its sign is their order, as in `memcmp` where that
/// was inlined.
pub(super) const DIFFERENCE: u16 = 32768;
/// Limited to two bits.
pub(super) const TWO_BITS: u16 = 64;
/// Leading zeros counted.
pub(super) const ZEROS: u16 = 128;
/// A parameter, possibly changed since.
pub(super) const PARAMETER: u16 = 256;
/// Loaded a byte at a time.
pub(super) const NARROW: u16 = 512;
/// Something loaded or returned, stepped by a small constant.
pub(super) const STEPPED: u16 = 1024;
/// Limited by the mask of a box of pwxform.
pub(super) const BOX: u16 = 2048;
/// Limited by the mask of a scratchpad of `CryptoNight`.
pub(super) const NIGHT: u16 = 4096;
/// The `amount` of an offset from something that is taken away: where it is an address, the more the lower.
pub(super) const DOWN: u8 = 1;
/// Constants that may be addresses from which something is taken away.
const ADDRESSES: std::ops::Range<u64> = 1024..0x1000_0000;
/// What only holds for an address as it was limited.
pub(super) const LIMITED: u16 = BYTE | SCRATCH | BOX | NIGHT;

/// One operand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    /// Equal numbers mean equal values.
    pub(super) key: u32,
    /// How it was made.
    pub(super) kind: Kind,
    /// Shift or rotation distance.
    pub(super) amount: u8,
    /// How many rotations deep it is mixed.
    pub(super) level: u8,
    /// What it derives from.
    pub(super) flags: u16,
    /// The numbers of its operands.
    pub(super) first: u32,
    /// See `first`.
    pub(super) second: u32,
    /// Which locals it derives from: one bit each, modulo 64.
    pub(super) locals: u64,
    /// Which call's output it derives from, as the walker numbers them; 0 for none.
    pub(super) source: u8,
    /// The constant of `Constant`, `Offset`, `Masked` and `Flipped`.
    pub(super) constant: u64,
}

impl Value {
    /// A value of which only its number is known.
    #[inline]
    pub(super) fn opaque(key: u32) -> Self {
        Self {
            key,
            kind: Kind::Opaque,
            amount: 0,
            level: 0,
            flags: 0,
            source: 0,
            first: 0,
            second: 0,
            locals: 0,
            constant: 0,
        }
    }

    /// A constant.
    #[inline]
    pub(super) fn constant(constant: u64) -> Self {
        Self {
            kind: Kind::Constant,
            constant,
            ..Self::opaque(number(
                Kind::Constant as u32,
                constant as u32,
                (constant >> 32) as u32,
            ))
        }
    }

    /// The constant, where it is one.
    #[inline]
    pub(super) fn known(&self) -> Option<u64> {
        (self.kind == Kind::Constant).then_some(self.constant)
    }

    fn made(kind: Kind, x: &Self, y: &Self) -> Self {
        let (first, second) = (x.key.min(y.key), x.key.max(y.key));
        Self {
            kind,
            first,
            second,
            amount: limits(x.flags | y.flags),
            ..x.with(y, number(kind as u32, first, second))
        }
    }

    fn one(kind: Kind, x: &Self, first: u32, amount: u8, constant: u64) -> Self {
        let salt = number(amount as u32, constant as u32, (constant >> 32) as u32);
        Self {
            key: number(kind as u32, first, salt),
            kind,
            amount,
            first,
            second: 0,
            constant,
            ..*x
        }
    }

    /// What it was made of, by its number: nothing of how it was made holds for that.
    fn inner(&self, key: u32) -> Self {
        Self {
            key,
            kind: Kind::Opaque,
            first: 0,
            second: 0,
            amount: 0,
            constant: 0,
            ..*self
        }
    }

    /// An opaque value that derives from `self` and `other`.
    pub(super) fn with(&self, other: &Self, key: u32) -> Self {
        Self {
            level: self.level.max(other.level),
            flags: (self.flags | other.flags) & !(LIMITED | TWO_BITS | DIFFERENCE),
            locals: self.locals | other.locals,
            // What was mixed here counts first.
            source: if self.source == 0 || other.source == INLINED {
                other.source
            } else {
                self.source
            },
            ..Self::opaque(key)
        }
    }
}

/// The flags of `LIMITED`, packed: a pair keeps them beside for when it turns out to be a sum.
fn limits(flags: u16) -> u8 {
    u8::from(flags & BYTE != 0)
        | u8::from(flags & SCRATCH != 0) << 1
        | u8::from(flags & BOX != 0) << 2
        | u8::from(flags & NIGHT != 0) << 3
}

/// The flags again.
fn unpacked(limits: u8) -> u16 {
    let flag = |bit: u8, flag: u16| if limits & bit != 0 { flag } else { 0 };
    flag(1, BYTE) | flag(2, SCRATCH) | flag(4, BOX) | flag(8, NIGHT)
}

/// Numbers a value by what it is made of.
#[inline]
pub(super) fn number(kind: u32, first: u32, second: u32) -> u32 {
    let mut hash = (first ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 15) ^ second).wrapping_mul(0xc2b2_ae35);
    hash = (hash ^ (hash >> 13) ^ kind.wrapping_mul(0x27d4_eb2f)).wrapping_mul(0x1656_67b1);
    hash ^ (hash >> 16)
}

#[inline]
fn mask(bits: u8) -> u64 {
    if bits == 64 { u64::MAX } else { 0xffff_ffff }
}

#[inline(never)]
fn fold(op: Binary, x: u64, y: u64, bits: u8) -> Option<u64> {
    let shift = (y & u64::from(bits - 1)) as u32;
    let value = match op {
        Binary::Add => x.wrapping_add(y),
        Binary::Sub => x.wrapping_sub(y),
        Binary::Mul => x.wrapping_mul(y),
        Binary::And => x & y,
        Binary::AndNot => x & !y,
        Binary::Or => x | y,
        Binary::Xor => x ^ y,
        Binary::ShiftLeft => x << shift,
        Binary::ShiftRight => (x & mask(bits)) >> shift,
        Binary::ShiftSigned if bits == 64 => (x.cast_signed() >> shift).cast_unsigned(),
        Binary::ShiftSigned => u64::from(((x as u32).cast_signed() >> shift).cast_unsigned()),
        Binary::RotateLeft if bits == 64 => x.rotate_left(shift),
        Binary::RotateLeft => u64::from((x as u32).rotate_left(shift)),
        Binary::RotateRight if bits == 64 => x.rotate_right(shift),
        Binary::RotateRight => u64::from((x as u32).rotate_right(shift)),
        Binary::Other => return None,
    };
    Some(value & mask(bits))
}

/// Applies `op` to `x` and `y` of `bits` bits.
#[allow(clippy::too_many_lines)]
pub(super) fn binary(op: Binary, mut x: Value, mut y: Value, bits: u8) -> (Value, Effect) {
    if let (Some(a), Some(b)) = (x.known(), y.known())
        && let Some(value) = fold(op, a, b, bits)
    {
        return (Value::constant(value), Effect::None);
    }
    if matches!(
        op,
        Binary::Add | Binary::Mul | Binary::And | Binary::Or | Binary::Xor
    ) && x.kind == Kind::Constant
    {
        std::mem::swap(&mut x, &mut y);
    }
    if let Some(constant) = y.known() {
        return with_constant(op, &x, &y, constant & mask(bits), bits);
    }
    if let Some(found) = disjoint(op, &x, &y, bits).or_else(|| respelled(op, &x, &y, mask(bits))) {
        return found;
    }
    match op {
        Binary::Add | Binary::Or | Binary::Xor => {
            if let Some(rotation) = rotation(&x, &y, bits) {
                return rotation;
            }
            if op != Binary::Add && x.key == y.key {
                return if op == Binary::Or {
                    (x, Effect::None)
                } else {
                    (Value::constant(0), Effect::None)
                };
            }
            combined(op, &x, &y)
        }
        Binary::And => {
            if x.key == y.key {
                return (x, Effect::None);
            }
            if y.kind == Kind::Not {
                return and_not(&x, &y, y.first);
            }
            if x.kind == Kind::Not {
                return and_not(&y, &x, x.first);
            }
            (Value::made(Kind::And, &x, &y), Effect::And)
        }
        Binary::AndNot => and_not(&x, &y, y.key),
        Binary::Sub => {
            let same = x.first == y.first && x.second == y.second;
            match (x.kind, y.kind) {
                // (a | b) - (a & b) = a ^ b; (a ^ b) is never smaller either way round.
                (Kind::Or, Kind::And) if same => (
                    Value {
                        kind: Kind::Xor,
                        ..x.with_pair(Kind::Xor)
                    },
                    Effect::Xor,
                ),
                // (a + b) - (a | b) = (a | b) - (a ^ b) = a & b, (a + b) - (a & b) = a | b.
                (Kind::Sum, Kind::Or) | (Kind::Or, Kind::Xor) if same => {
                    (x.with_pair(Kind::And), Effect::And)
                }
                (Kind::Sum, Kind::And) if same => (x.with_pair(Kind::Or), Effect::None),
                // (a + b) - 2 (a & b) = a ^ b.
                (Kind::Sum, Kind::ShiftLeft)
                    if y.amount == 1 && y.first == number(Kind::And as u32, x.first, x.second) =>
                {
                    (x.with_pair(Kind::Xor), Effect::Xor)
                }
                // x - !y - 1 = x + y is met as x - !y = (x + y) + 1.
                (_, Kind::Not) => (x.with(&y, number(91, x.key, y.first)), Effect::Add),
                // A place that is counted down to.
                (Kind::Constant, _) if bits == 32 && ADDRESSES.contains(&x.constant) => {
                    let first = number(96, 0, y.key);
                    (
                        Value::one(Kind::Offset, &y, first, DOWN, x.constant),
                        Effect::Add,
                    )
                }
                _ => {
                    let mut value = x.with(&y, number(92, x.key, y.key));
                    let both = x.flags & y.flags;
                    if both & LOADED != 0 && both & (NARROW | SWAPPED) != 0 {
                        value.flags |= DIFFERENCE;
                    }
                    (value, Effect::Add)
                }
            }
        }
        Binary::Mul => (
            x.with(&y, number(93, x.key.min(y.key), x.key.max(y.key))),
            Effect::Mul,
        ),
        Binary::RotateLeft | Binary::RotateRight => {
            let mut value = x.with(&y, number(94, x.key, y.key));
            value.level = value.level.saturating_add(1);
            (value, Effect::Variable)
        }
        _ => (
            x.with(&y, number(95 + op as u32, x.key, y.key)),
            Effect::None,
        ),
    }
}

impl Value {
    /// The same operands under another operator.
    #[inline(never)]
    fn with_pair(&self, kind: Kind) -> Self {
        // What an address was limited by holds for sums and unions, as it was.
        let limits = match kind {
            Kind::Sum | Kind::Or => unpacked(self.amount),
            _ => 0,
        };
        Self {
            kind,
            key: number(kind as u32, self.first, self.second),
            flags: self.flags & !LIMITED | limits,
            ..*self
        }
    }
}

#[inline(never)]
fn and_not(x: &Value, y: &Value, negated: u32) -> (Value, Effect) {
    let value = Value {
        kind: Kind::AndNot,
        first: x.key,
        second: negated,
        ..x.with(y, number(Kind::AndNot as u32, x.key, negated))
    };
    (value, Effect::And)
}

/// The sum, union or exclusive or of the two halves of a shifted value.
#[inline(never)]
fn rotation(x: &Value, y: &Value, bits: u8) -> Option<(Value, Effect)> {
    let (left, right) = match (x.kind, y.kind) {
        (Kind::ShiftLeft, Kind::ShiftRight) => (x, y),
        (Kind::ShiftRight, Kind::ShiftLeft) => (y, x),
        _ => return None,
    };
    let level = x.level.max(y.level).saturating_add(1);
    let halves = |value: &Value| {
        [
            (value.first, value.amount),
            (value.second, value.constant as u8),
        ]
    };
    for (first, amount) in halves(left) {
        for (other, rest) in halves(right) {
            if first == other && amount.checked_add(rest) == Some(bits) {
                let mut value = Value::one(Kind::Rotated, left, first, amount, 0);
                value.flags &= !BYTE;
                value.level = level;
                return Some((value, Effect::Rotation(amount)));
            }
        }
    }
    if left.amount.checked_add(right.amount)? != bits {
        return None;
    }
    let mut value = left.with(right, number(90, left.key, right.key));
    value.level = level;
    Some((value, Effect::Funnel(left.amount)))
}

/// Sum, union or exclusive or of two unknown values, seen through mixed boolean arithmetic.
#[inline(never)]
fn combined(op: Binary, x: &Value, y: &Value) -> (Value, Effect) {
    let same = x.first == y.first && x.second == y.second;
    let pair = (x.kind, y.kind);
    let crossed = x.first == y.second && x.second == y.first;
    let result = match (op, pair) {
        // (a & !b) | (b & !a), with any of the three operators.
        (_, (Kind::AndNot, Kind::AndNot)) if crossed => {
            let mut value = *x;
            (value.first, value.second) = (x.first.min(x.second), x.first.max(x.second));
            Some((value.with_pair(Kind::Xor), Effect::Xor))
        }
        // (a ^ b) with (a & b) never overlap: their union is a | b.
        (_, (Kind::Xor, Kind::And) | (Kind::And, Kind::Xor)) if same => {
            Some((x.with_pair(Kind::Or), Effect::None))
        }
        (Binary::Add, (Kind::Or, Kind::And) | (Kind::And, Kind::Or)) if same => {
            Some((x.with_pair(Kind::Sum), Effect::Add))
        }
        (Binary::Xor, (Kind::Or, Kind::And) | (Kind::And, Kind::Or)) if same => {
            Some((x.with_pair(Kind::Xor), Effect::Xor))
        }
        // (a ^ b) + 2 (a & b) = a + b.
        (Binary::Add, (Kind::Xor, Kind::ShiftLeft))
            if y.amount == 1 && y.first == number(Kind::And as u32, x.first, x.second) =>
        {
            Some((x.with_pair(Kind::Sum), Effect::Add))
        }
        (Binary::Add, (Kind::ShiftLeft, Kind::Xor))
            if x.amount == 1 && x.first == number(Kind::And as u32, y.first, y.second) =>
        {
            Some((y.with_pair(Kind::Sum), Effect::Add))
        }
        _ => None,
    };
    result.unwrap_or_else(|| match op {
        Binary::Add => {
            let mut value = Value::made(Kind::Sum, x, y);
            // A table's or a scratchpad's address plus a limited index is still limited.
            value.flags |= (x.flags | y.flags) & LIMITED;
            (value, Effect::Add)
        }
        Binary::Xor => (Value::made(Kind::Xor, x, y), Effect::Xor),
        _ => {
            let mut value = Value::made(Kind::Or, x, y);
            value.flags |= (x.flags | y.flags) & LIMITED;
            (value, Effect::None)
        }
    })
}
