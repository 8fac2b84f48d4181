//! Names and calls as the obfuscator writes them.

use super::super::quoted;
use super::LONGEST;
use crate::signature::is_identifier;

/// So many arguments a call has at most; the obfuscator's have up to five.
const GIVEN: usize = 8;

/// The name at the beginning of a text.
pub(super) fn own_name(text: &[u8]) -> Option<&[u8]> {
    let begins = text.first().is_some_and(|byte| !byte.is_ascii_digit());
    Some(name(text)).filter(|name| begins && !name.is_empty())
}

#[inline(never)]
pub(super) fn name(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|&byte| !is_identifier(byte));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The arguments in parentheses at the beginning of a text, without these, and how much was read.
#[inline(never)]
pub(super) fn arguments(text: &[u8]) -> (Option<&[u8]>, usize) {
    let text = text.get(..LONGEST).unwrap_or(text);
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'(' => open += 1,
            b')' if open <= 1 => return (text.get(1..at), at),
            b')' => open -= 1,
            b'\'' | b'"' => at = quoted::end(text, at + 1, byte),
            b'{' | b'}' | b';' => break,
            _ => {}
        }
        at += 1;
    }
    (None, at.min(text.len()))
}

/// Arguments one by one.
#[inline(never)]
pub(super) fn split(arguments: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut start, mut at, mut open) = (0, 0, 0_i32);
    while let Some(&byte) = arguments.get(at) {
        match byte {
            b'(' | b'[' => open += 1,
            b')' | b']' => open -= 1,
            b'\'' | b'"' => at = quoted::end(arguments, at + 1, byte),
            b',' if open == 0 => {
                found.push(arguments.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push(arguments.get(start..).unwrap_or_default());
    found.truncate(GIVEN);
    found
}
