//! The tokens of a message, whatever its framing: runs of letters and digits, told apart by what
//! they could be for a miner. Base64 in quotes counts as the hexadecimal that it could have been.

use crate::script::base64;
use std::borrow::Cow;

/// One run of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a [u8],
    /// Length of its hexadecimal part where it is long enough to mean something, else 0.
    pub(super) hex: usize,
}

/// The most tokens that are taken from one message.
const MOST: usize = 400;

/// The tokens of a message.
pub(super) fn tokens(message: &[u8]) -> impl Iterator<Item = Token<'_>> {
    message
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|run| run.len() >= 2)
        .take(MOST)
        .map(|text| Token {
            text,
            hex: hex_length(text),
        })
}

/// The longest base64 that is spelled anew: a header of 256 bytes.
const LONGEST: usize = 344;
/// The shortest list of bytes that is: a nonce of 32 bits.
const SHORT: usize = 4;

/// A message with the base64 strings and the lists of bytes in it also as hexadecimal, at its end.
pub(super) fn spelled(message: &[u8]) -> Cow<'_, [u8]> {
    let mut added = Vec::new();
    let mut add = |bytes: &[u8]| {
        added.push(b' ');
        added.extend(hexadecimal(bytes));
    };
    let mut strings = message.split(|&byte| byte == b'"').skip(1).take(MOST);
    // Every second part stands inside the quotes.
    while let Some(string) = strings.next() {
        let is_base64 = (8..=LONGEST).contains(&string.len())
            && string.len().is_multiple_of(4)
            && (string.ends_with(b"=") || string.iter().any(u8::is_ascii_uppercase))
            && !string.iter().all(u8::is_ascii_hexdigit);
        if is_base64 && let Some(bytes) = base64(string, LONGEST) {
            add(&bytes);
        }
        strings.next();
    }
    for list in message.split(|&byte| byte == b'[').skip(1).take(MOST) {
        let end = list.iter().position(|&byte| byte == b']').unwrap_or(0);
        let list = list.get(..end).unwrap_or_default();
        let bytes: Option<Vec<u8>> = list.split(|&byte| byte == b',').map(byte_of).collect();
        if let Some(bytes) = bytes.filter(|bytes| (SHORT..=LONGEST).contains(&bytes.len())) {
            add(&bytes);
        }
    }
    if added.is_empty() {
        Cow::Borrowed(message)
    } else {
        let mut whole = message.to_vec();
        whole.append(&mut added);
        Cow::Owned(whole)
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    let digits = move |&byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    bytes.iter().flat_map(digits)
}

/// A number below 256.
fn byte_of(text: &[u8]) -> Option<u8> {
    core::str::from_utf8(text.trim_ascii()).ok()?.parse().ok()
}

/// The length of a token's hexadecimal part: the whole, without `0x`, or, in binary framings where
/// a length byte may precede, what is left without its first letter.
fn hex_length(text: &[u8]) -> usize {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let hex = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let whole = hex == text.len() || hex + 1 == text.len();
    // A word such as `feedface` or a plain decimal number is no nonce.
    let has_digit = text.iter().any(u8::is_ascii_digit);
    if whole && hex >= 8 && has_digit {
        hex & !1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_spelled_as_hexadecimal() {
        let spelled =
            |text: &'static str| String::from_utf8_lossy(&spelled(text.as_bytes())).into_owned();
        assert_eq!(
            spelled(r#"{"a":"3q2+7w==","b":1}"#),
            r#"{"a":"3q2+7w==","b":1} deadbeef"#
        );
        assert_eq!(
            spelled("{\"a\":[222,173, 190,239],\"b\":[1,2,300,4]}"),
            "{\"a\":[222,173, 190,239],\"b\":[1,2,300,4]} deadbeef"
        );
        for same in [
            r#"{"a":"deadbeef"}"#,
            r#"{"message":"lowercase"}"#,
            "3q2+7w==",
            "\"",
        ] {
            assert_eq!(spelled(same), same);
        }
    }

    #[test]
    fn tells_hexadecimal_from_words() {
        let found: Vec<(usize, usize)> =
            tokens(b"{\"id\":\"0011aabb\",\"x\":\"deadbeef\",n:0xdeadbeef01}")
                .map(|token| (token.text.len(), token.hex))
                .collect();
        assert_eq!(found, [(2, 0), (8, 8), (8, 0), (12, 10)]);
    }
}
