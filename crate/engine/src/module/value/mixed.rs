//! Mixed boolean arithmetic that needs more than a pair of operands to be seen through: the two
//! halves of a rotation, and operators with a constant that are spelled as two others.

use super::{Binary, Effect, Kind, Value, masked, number, offset, with_constant};

/// Whether a value is a shift or the complement of one: to the left, and how far.
fn shift_of(value: &Value) -> Option<(bool, u8)> {
    match (value.kind, value.constant) {
        (Kind::ShiftLeft, _) | (Kind::Not, LEFT) => Some((true, value.amount)),
        (Kind::ShiftRight, _) | (Kind::Not, RIGHT) => Some((false, value.amount)),
        _ => None,
    }
}

/// In `Value::constant` of a complement: that of a shift.
pub(super) const LEFT: u64 = 1;
pub(super) const RIGHT: u64 = 2;

/// Conjunctions of the two halves of a rotation, which have no bit in common.
pub(super) fn disjoint(op: Binary, x: &Value, y: &Value, bits: u8) -> Option<(Value, Effect)> {
    if !matches!(op, Binary::And | Binary::AndNot) {
        return None;
    }
    let ((left, far), (other, rest)) = (shift_of(x)?, shift_of(y)?);
    if left == other || far.checked_add(rest)? < bits {
        return None;
    }
    let negated = (x.kind == Kind::Not, y.kind == Kind::Not);
    match (op, negated) {
        (Binary::And, (false, false)) => Some((Value::constant(0), Effect::None)),
        (Binary::And, (false, true)) | (Binary::AndNot, (false, false)) => Some((*x, Effect::None)),
        (Binary::And, (true, false)) => Some((*y, Effect::None)),
        _ => None,
    }
}

/// An operator with a constant, spelled as two such operators that are joined: mixed boolean
/// arithmetic over a value `a` and a constant `c`.
pub(super) fn respelled(op: Binary, x: &Value, y: &Value, full: u64) -> Option<(Value, Effect)> {
    let flat =
        |value: &Value, kind: Kind| (value.kind == kind).then_some((value.first, value.constant));
    let plain = |value: &Value, first: u32| {
        let mut value = *value;
        (value.key, value.kind, value.amount) = (first, Kind::Opaque, 0);
        value
    };
    let limited = |value: &Value, (first, constant): (u32, u64)| {
        value.kind == Kind::Masked && value.first == first && value.constant == constant
    };
    match op {
        Binary::Sub => {
            if let Some(filled) = flat(x, Kind::Filled) {
                // (a | c) - (a ^ c) = a & c, (a | c) - (a & c) = a ^ c.
                if flat(y, Kind::Flipped) == Some(filled) {
                    return Some(masked(&plain(x, filled.0), filled.1, full));
                }
                if limited(y, filled) {
                    let constant = Value::constant(filled.1);
                    let value = plain(x, filled.0);
                    return Some(with_constant(Binary::Xor, &value, &constant, filled.1, 64));
                }
            }
            // (a & !c) - (!a & c) = a - c.
            if x.kind == Kind::Masked
                && y.kind == Kind::Masked
                && y.first == not_of(x.first)
                && y.constant == !x.constant & full
            {
                let constant = y.constant.wrapping_neg() & full;
                return Some(offset(&plain(x, x.first), constant, full));
            }
            None
        }
        Binary::Add => {
            for (one, other) in [(x, y), (y, x)] {
                // (a | c) + (a & c) = (a ^ c) + 2 (a & c) = a + c.
                if let Some(filled) = flat(one, Kind::Filled)
                    && limited(other, filled)
                {
                    return Some(offset(&plain(one, filled.0), filled.1, full));
                }
                if let Some(flipped) = flat(one, Kind::Flipped)
                    && other.kind == Kind::ShiftLeft
                    && other.amount == 1
                    && other.first == limited_key(flipped)
                {
                    return Some(offset(&plain(one, flipped.0), flipped.1, full));
                }
                // !a + 2 a = a - 1.
                if one.kind == Kind::Not
                    && other.kind == Kind::ShiftLeft
                    && other.amount == 1
                    && other.first == one.first
                {
                    return Some(offset(&plain(one, one.first), full, full));
                }
            }
            None
        }
        _ => None,
    }
}

/// The number of a value limited by a constant.
fn limited_key((first, constant): (u32, u64)) -> u32 {
    let salt = number(0, constant as u32, (constant >> 32) as u32);
    number(Kind::Masked as u32, first, salt)
}

/// The number of the complement of a value.
fn not_of(key: u32) -> u32 {
    number(Kind::Not as u32, key, number(0, 0, 0))
}
