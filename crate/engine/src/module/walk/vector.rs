//! Operators on 128-bit vectors (SIMD and relaxed SIMD).

use super::super::census::bump;
use super::super::reader::Reader;
use super::super::value::{Binary, Value, number};
use super::Walker;
use super::flow::memory_argument;

/// Walks one vector operator.
pub(super) fn walk(walker: &mut Walker<'_>, offset: u32, reader: &mut Reader<'_>) -> Option<()> {
    let code = reader.u32()?;
    match code {
        0 => walker.load_vector(reader, 0xf0)?,
        1..=10 | 92 | 93 => walker.load_vector(reader, 0xf1)?,
        11 => walker.store_vector(reader, true)?,
        12 => {
            let bytes = reader.take(16)?;
            walker.vector_constant(bytes, offset);
        }
        13 => {
            let lanes = reader.take(16)?;
            shuffle(walker, lanes, offset);
        }
        14 | 256 => {
            bump(&mut walker.census.shuffles);
            two(walker, code);
        }
        15..=20 => one(walker, code),
        21..=34 => {
            let lane = u32::from(reader.byte()?);
            if matches!(code, 23 | 26 | 28 | 30 | 32 | 34) {
                two(walker, code | lane << 16);
            } else {
                one(walker, code | lane << 16);
            }
        }
        84..=87 => {
            memory_argument(reader)?;
            reader.byte()?;
            two(walker, code);
        }
        88..=91 => {
            memory_argument(reader)?;
            reader.byte()?;
            walker.state.drop(2);
        }
        35..=64 | 214..=219 => compare(walker, code),
        78 => walker.lanes(Binary::And, 64, offset),
        79 => walker.lanes(Binary::AndNot, 64, offset),
        80 => combine(walker, Binary::Or, offset),
        81 => combine(walker, Binary::Xor, offset),
        77 => {
            let all = Value::constant(u64::MAX);
            walker.state.push(all);
            walker.lanes(Binary::Xor, 64, offset);
        }
        171 => shift(walker, Binary::ShiftLeft, 32, offset),
        172 => shift(walker, Binary::Other, 32, offset),
        173 => shift(walker, Binary::ShiftRight, 32, offset),
        203 => shift(walker, Binary::ShiftLeft, 64, offset),
        204 => shift(walker, Binary::Other, 64, offset),
        205 => shift(walker, Binary::ShiftRight, 64, offset),
        174 => walker.lanes(Binary::Add, 32, offset),
        177 => walker.lanes(Binary::Sub, 32, offset),
        206 => walker.lanes(Binary::Add, 64, offset),
        209 => walker.lanes(Binary::Sub, 64, offset),
        213 => walker.lanes(Binary::Mul, 64, offset),
        220..=223 => {
            bump(&mut walker.census.mul[2]);
            two(walker, code);
        }
        // Bitwise selection, relaxed multiply-add, lane selection and dot product with addition.
        82 | 261..=268 | 275 => {
            walker.state.drop(1);
            two(walker, code);
        }
        239 => {
            bump(&mut walker.census.double[0]);
            one(walker, code);
        }
        242 => {
            bump(&mut walker.census.double[2]);
            two(walker, code);
        }
        243 => {
            bump(&mut walker.census.double[1]);
            two(walker, code);
        }
        _ if is_unary(code) => one(walker, code),
        _ if code <= 300 => two(walker, code),
        _ => return None,
    }
    Some(())
}

fn is_unary(code: u32) -> bool {
    matches!(
        code,
        83 | 94..=100 | 103..=106 | 116 | 117 | 122 | 124..=129 | 131 | 132 | 135..=138 | 148
            | 160 | 161 | 163 | 164 | 167..=170 | 192 | 193 | 195 | 196 | 199..=202 | 224 | 225
            | 227 | 236 | 237 | 239 | 248..=255 | 257..=260
    ) && !matches!(code, 101 | 102)
}

fn one(walker: &mut Walker<'_>, code: u32) {
    let value = walker.state.pop();
    let key = number(code.wrapping_add(0x1000), value.key, 0);
    walker.state.push(value.with(&value, key));
}

fn two(walker: &mut Walker<'_>, code: u32) {
    let y = walker.state.pop();
    let x = walker.state.pop();
    let key = number(code.wrapping_add(0x1000), x.key, y.key);
    walker.state.push(x.with(&y, key));
}

/// Comparisons of lanes are judged as those of numbers are.
fn compare(walker: &mut Walker<'_>, code: u32) {
    let y = walker.state.pop();
    let x = walker.state.pop();
    let (kind, signed_only) = match code {
        35..=64 => ((code - 35) % 10, false),
        _ => (code - 214, true),
    };
    // Equality, or less and greater: signed and unsigned in turn; lanes of 64 bits have no unsigned.
    let scalar = match kind {
        0 | 1 => 0x46,
        _ if signed_only || kind % 2 == 0 => 0x48,
        _ => 0x49,
    };
    walker.judge(&x, Some(&y), scalar);
    let key = number(code.wrapping_add(0x1000), x.key, y.key);
    walker.state.push(x.with(&y, key));
}

/// `or` and `xor` are bitwise: the lanes show in what they combine.
fn combine(walker: &mut Walker<'_>, op: Binary, offset: u32) {
    let y = walker.state.pop();
    let x = walker.state.pop();
    let bits = if x.amount.saturating_add(y.amount) == 32 {
        32
    } else {
        64
    };
    walker.state.push(x);
    walker.state.push(y);
    walker.lanes(op, bits, offset);
}

/// Vectors shift by a scalar.
fn shift(walker: &mut Walker<'_>, op: Binary, bits: u8, offset: u32) {
    let amount = walker.state.pop();
    let amount = match amount.known() {
        Some(known) => Value::constant(known),
        None => amount,
    };
    walker.state.push(amount);
    walker.lanes(op, bits, offset);
}

/// A byte shuffle that rotates each lane by whole bytes is a rotation.
fn shuffle(walker: &mut Walker<'_>, lanes: &[u8], offset: u32) {
    let y = walker.state.pop();
    let x = walker.state.pop();
    let same = x.key == y.key;
    let from_first = lanes.iter().all(|&lane| lane < 16);
    let from_second = lanes.iter().all(|&lane| (16..32).contains(&lane));
    let source = if from_second && !same { y } else { x };
    if (same || from_first || from_second)
        && let Some((distance, bits)) = turned(lanes)
    {
        walker.rotated(source, distance, bits, offset);
        return;
    }
    bump(&mut walker.census.shuffles);
    let salt = lanes
        .iter()
        .fold(0u32, |hash, &lane| hash.wrapping_mul(33) ^ u32::from(lane));
    let key = number(salt, x.key, y.key);
    walker.state.push(x.with(&y, key));
}

/// The rotation to the left that a byte shuffle of one vector is, with the width of its lanes.
pub(in super::super) fn turned(lanes: &[u8]) -> Option<(u8, u8)> {
    let first = lanes.first().copied().unwrap_or(0) % 16;
    [(4u8, 32u8), (8, 64)]
        .into_iter()
        .find_map(|(width, bits)| {
            let rotates = lanes.iter().enumerate().all(|(index, &lane)| {
                let (index, lane) = (index as u8, lane % 16);
                lane / width == index / width && lane % width == (index % width + first) % width
            });
            // Byte i takes byte i + first: a rotation to the right.
            (rotates && first > 0 && first < width).then(|| (bits - first * 8, bits))
        })
}
