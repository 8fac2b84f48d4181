//! Operators of which one operand is a constant: what they make of what is known of the other.

use super::mixed::{LEFT, RIGHT};
use super::{
    BYTE, Binary, Effect, Kind, LIMITED, LOADED, NARROW, RETURNED, STEPPED, SWAPPED, TWO_BITS,
    Value, mask, number,
};

/// `op` with a constant on the right.
pub(super) fn with_constant(
    op: Binary,
    x: &Value,
    y: &Value,
    constant: u64,
    bits: u8,
) -> (Value, Effect) {
    let shift = (constant & u64::from(bits - 1)) as u8;
    let full = mask(bits);
    match op {
        Binary::Add => offset(x, constant, full),
        Binary::Sub => offset(x, constant.wrapping_neg() & full, full),
        Binary::Or if constant == 0 => (*x, Effect::None),
        Binary::Or if constant == full => (Value::constant(full), Effect::None),
        Binary::Or if x.kind == Kind::Not => {
            let mut value = Value::one(Kind::NotFilled, x, x.first, 0, constant);
            // A complement of a shift to the right tells by how much.
            value.amount = if x.constant == RIGHT { x.amount } else { 0 };
            (value, Effect::None)
        }
        Binary::Or => {
            let mut value = Value::one(Kind::Filled, x, x.key, 0, constant);
            value.flags &= !(LIMITED | TWO_BITS);
            (value, Effect::None)
        }
        Binary::Xor => {
            if constant == full && x.kind == Kind::NotFilled {
                // !(!a | c) = a & !c.
                let kind = if x.amount > 0 {
                    Kind::ShiftRight
                } else {
                    Kind::Opaque
                };
                let inner = Value {
                    key: x.first,
                    kind,
                    ..*x
                };
                return masked(&inner, !x.constant & full, full);
            }
            let (first, constant) = match x.kind {
                Kind::Flipped => (x.first, (x.constant ^ constant) & full),
                Kind::Not => (x.first, !constant & full),
                _ => (x.key, constant),
            };
            if constant == 0 {
                let back = if first == x.key { *x } else { x.inner(first) };
                return (back, Effect::None);
            }
            if constant == full {
                let mut value = Value::one(Kind::Not, x, first, 0, 0);
                if let Kind::ShiftLeft | Kind::ShiftRight = x.kind {
                    value.amount = x.amount;
                    value.constant = if x.kind == Kind::ShiftLeft {
                        LEFT
                    } else {
                        RIGHT
                    };
                }
                return (value, Effect::None);
            }
            let mut value = Value::one(Kind::Flipped, x, first, 0, constant);
            value.flags &= !(LIMITED | TWO_BITS);
            (value, Effect::Xor)
        }
        Binary::And => masked(x, constant, full),
        Binary::AndNot => masked(x, !constant & full, full),
        Binary::Mul if constant.is_power_of_two() => {
            shifted_left(x, constant.trailing_zeros() as u8, bits)
        }
        Binary::Mul => (x.with(y, number(93, x.key, y.key)), Effect::Mul),
        Binary::ShiftLeft => shifted_left(x, shift, bits),
        Binary::ShiftRight => shifted_right(x, shift, bits),
        Binary::RotateLeft => rotated(x, shift, bits),
        Binary::RotateRight => rotated(x, (bits - shift) & (bits - 1), bits),
        _ if shift == 0 && op == Binary::ShiftSigned => (*x, Effect::None),
        _ => (
            x.with(y, number(95 + op as u32, x.key, y.key)),
            Effect::None,
        ),
    }
}

pub(super) fn offset(x: &Value, constant: u64, full: u64) -> (Value, Effect) {
    let (first, constant) = if x.kind == Kind::Offset {
        (x.first, x.constant.wrapping_add(constant) & full)
    } else {
        (x.key, constant)
    };
    if constant == 0 {
        let back = if first == x.key { *x } else { x.inner(first) };
        return (back, Effect::None);
    }
    let amount = if x.kind == Kind::Offset { x.amount } else { 0 };
    let mut value = Value::one(Kind::Offset, x, first, amount, constant);
    value.flags &= !TWO_BITS;
    if x.flags & (LOADED | RETURNED) != 0 && (constant <= 4 || constant >= full - 3) {
        value.flags |= STEPPED;
    }
    (value, Effect::None)
}

pub(super) fn masked(x: &Value, constant: u64, full: u64) -> (Value, Effect) {
    if constant == full {
        return (*x, Effect::None);
    }
    if constant == 0 {
        return (Value::constant(0), Effect::None);
    }
    let (first, amount, constant) = match x.kind {
        Kind::Masked => (x.first, x.amount, x.constant & constant),
        Kind::ShiftRight => (x.key, x.amount, constant),
        _ => (x.key, 0, constant),
    };
    let mut value = Value::one(Kind::Masked, x, first, amount, constant);
    value.flags &= !(LIMITED | TWO_BITS);
    match constant {
        0xff | 0x3fc | 0x7f8 | 0xff0 => value.flags |= BYTE,
        3 => value.flags |= TWO_BITS,
        _ => {}
    }
    (value, Effect::Mask(constant))
}

fn shifted_left(x: &Value, shift: u8, bits: u8) -> (Value, Effect) {
    if shift == 0 {
        return (*x, Effect::None);
    }
    if x.kind == Kind::Masked && x.amount == shift {
        // ((x >> n) & m) << n is x & (m << n).
        let constant = (x.constant << shift) & mask(bits);
        let mut value = Value::one(Kind::Masked, x, x.first, 0, constant);
        value.flags = x.flags;
        return (value, Effect::Mask(constant));
    }
    let mut value = shifted(Kind::ShiftLeft, x, shift, bits);
    value.flags = x.flags & !(TWO_BITS);
    if shift > 4 {
        value.flags &= !BYTE;
    }
    if (bits, shift) == (64, 56) && x.flags & (LOADED | NARROW) == LOADED {
        value.flags |= SWAPPED;
    }
    (value, Effect::None)
}

/// A shift; `second` and `constant` hold what remains when shifts by shifts are taken together.
fn shifted(kind: Kind, x: &Value, shift: u8, bits: u8) -> Value {
    let (base, total) = if x.kind == kind && x.constant + u64::from(shift) < u64::from(bits) {
        (x.second, x.constant + u64::from(shift))
    } else {
        (x.key, u64::from(shift))
    };
    let mut value = Value::one(kind, x, x.key, shift, 0);
    value.key = number(kind as u32, base, total as u32);
    value.second = base;
    value.constant = total;
    value
}

fn shifted_right(x: &Value, shift: u8, bits: u8) -> (Value, Effect) {
    if shift == 0 {
        return (*x, Effect::None);
    }
    let mut value = shifted(Kind::ShiftRight, x, shift, bits);
    if bits == 64 && shift == 32 && x.kind == Kind::ShiftLeft && x.amount < 32 {
        // The upper half of a 32-bit value that was shifted in 64 bits: half of its rotation.
        (value.second, value.constant) = (x.first, u64::from(32 - x.amount));
    }
    value.flags &= !(LIMITED | TWO_BITS);
    if value.constant == u64::from(bits - 8) {
        value.flags |= BYTE;
    }
    (value, Effect::None)
}

fn rotated(x: &Value, shift: u8, bits: u8) -> (Value, Effect) {
    if shift == 0 {
        return (*x, Effect::None);
    }
    let (first, amount) = match x.kind {
        Kind::Rotated => (x.first, (x.amount + shift) % bits),
        _ => (x.key, shift),
    };
    let mut value = Value::one(Kind::Rotated, x, first, amount, 0);
    value.flags &= !(LIMITED | TWO_BITS);
    value.level = value.level.saturating_add(1);
    (value, Effect::Rotation(shift))
}
