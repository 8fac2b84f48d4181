//! One written number.

use crate::signature::is_identifier;

/// Reads the number at the beginning of a text: its value, unless it is a fraction or too large,
/// and its length with what belongs to it.
pub(in crate::script) fn read(text: &[u8]) -> (Option<u64>, usize) {
    let bits = match text {
        [b'0', b'x' | b'X', ..] => Some(4),
        [b'0', b'o' | b'O', ..] => Some(3),
        [b'0', b'b' | b'B', ..] => Some(1),
        _ => None,
    };
    // Checked multiplication would be slow in WebAssembly.
    let (mut number, mut fits) = (0_u64, true);
    let mut at = 0;
    let mut value;
    if let Some(bits) = bits {
        at = 2;
        while let Some(&byte) = text.get(at) {
            if let Some(digit) = (byte as char).to_digit(1 << bits) {
                fits &= number >> (64 - bits) == 0;
                number = number << bits | u64::from(digit);
            } else if byte != b'_' {
                break;
            }
            at += 1;
        }
        value = fits.then_some(number);
    } else {
        let mut old_octal = text.first() == Some(&b'0');
        while let Some(&byte) = text.get(at) {
            if byte.is_ascii_digit() {
                let digit = u64::from(byte - b'0');
                old_octal &= byte < b'8';
                fits &= number < u64::MAX / 10 || number == u64::MAX / 10 && digit <= u64::MAX % 10;
                number = number.wrapping_mul(10).wrapping_add(digit);
            } else if byte != b'_' {
                break;
            }
            at += 1;
        }
        value = fits.then_some(number);
        if old_octal && at > 1 {
            value = text
                .get(..at)
                .and_then(|text| digits(text, 8))
                .map(u64::from);
        }
        (value, at) = fraction(text, value, at);
    }
    // Suffixes: n (big integer), u, U (shaders), L.
    while text.get(at).is_some_and(|&byte| is_identifier(byte)) {
        at += 1;
    }
    (value, at)
}

/// So many digits are read together.
const DIGITS: usize = 12;

/// The value of what is nothing but digits.
#[inline(never)]
pub(in crate::script) fn digits(text: &[u8], base: u32) -> Option<u32> {
    let text = Some(text).filter(|text| (1..=DIGITS).contains(&text.len()));
    let value = text?.iter().try_fold(0_u64, |value, &byte| {
        Some(value * u64::from(base) + u64::from((byte as char).to_digit(base)?))
    })?;
    u32::try_from(value).ok()
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
