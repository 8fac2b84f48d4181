//! What a message says beneath what it is wrapped in: hexadecimal, both alphabets of base64,
//! compression, a mask (`mask.rs`), JSON written backwards or as a string of other JSON; and the
//! fields of `MessagePack` and protobuf, spelled as text.
//!
//! A message that is wrapped otherwise stays as it is: its layout still shows something.

use super::mask::unmasked;
use super::token::hexadecimal;
use crate::script::{Budget, base64, inflate};
use core::fmt::Write;
use std::borrow::Cow;

/// How many layers are undone.
const LAYERS: usize = 4;
/// The shortest text that is taken for an encoded message, in letters.
const SHORTEST: usize = 24;
/// The most fields of a message in a binary framing.
const FIELDS: usize = 200;
/// How deep such fields nest.
const DEEPEST: usize = 6;

/// The message without its wrapping, as far as it is known; at most `most` bytes.
pub(super) fn plain(message: &[u8], most: usize) -> Cow<'_, [u8]> {
    let mut text = Cow::Borrowed(message);
    for _ in 0..LAYERS {
        let Some(inner) = layer(&text, most) else {
            break;
        };
        text = Cow::Owned(inner);
    }
    text
}

fn layer(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut budget = Budget { bytes: most };
    if let Some(inflated) = inflate(text, &mut budget) {
        return Some(inflated);
    }
    let is_control = |&byte: &u8| byte < b' ' && !byte.is_ascii_whitespace();
    if core::str::from_utf8(text).is_err() || text.iter().any(is_control) {
        return unmasked(text);
    }
    let text = text.trim_ascii();
    let bare = text
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(text);
    if bare.len() >= SHORTEST && bare.iter().all(|&byte| is_code(byte)) {
        return bytes_of(bare).or_else(|| base64(bare, most));
    }
    if let (Some(b'}' | b']'), Some(b'{' | b'[')) = (text.first(), text.last()) {
        return Some(text.iter().rev().copied().collect());
    }
    if text.windows(2).any(|pair| pair == b"\\\"") {
        let mut out = Vec::with_capacity(text.len());
        let mut bytes = text.iter().peekable();
        while let Some(&byte) = bytes.next() {
            let escapes = byte == b'\\' && matches!(bytes.peek(), Some(b'"' | b'\\'));
            if !escapes {
                out.push(byte);
            }
        }
        return Some(out);
    }
    None
}

const fn is_code(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// The bytes of a text that is hexadecimal as a whole.
fn bytes_of(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8))
        .collect()
}

/// The fields of a message in a binary framing, as text: bytes in hexadecimal, numbers decimal.
pub(super) fn fields(message: &[u8]) -> Option<String> {
    let mut packed = Fields::of(message);
    if packed.packed(0).is_some() && packed.rest.is_empty() && packed.count >= 2 {
        return Some(packed.out);
    }
    let mut buffers = Fields::of(message);
    buffers.buffers(0)?;
    (buffers.count >= 2).then_some(buffers.out)
}

struct Fields<'m> {
    rest: &'m [u8],
    out: String,
    count: usize,
}

impl<'m> Fields<'m> {
    const fn of(rest: &'m [u8]) -> Self {
        Self {
            rest,
            out: String::new(),
            count: 0,
        }
    }

    fn take(&mut self, length: usize) -> Option<&'m [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number of so many bytes, highest first.
    fn number(&mut self, length: usize) -> Option<u64> {
        let bytes = self.take(length)?;
        Some(
            bytes
                .iter()
                .fold(0, |value, &byte| value << 8 | u64::from(byte)),
        )
    }

    fn length(&mut self, bytes: usize) -> Option<usize> {
        usize::try_from(self.number(bytes)?).ok()
    }

    fn say(&mut self, number: u64) {
        let _ = write!(self.out, " {number}");
    }

    fn text_or_bytes(&mut self, length: usize) -> Option<()> {
        let bytes = self.take(length)?;
        match core::str::from_utf8(bytes) {
            Ok(text) if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
                let _ = write!(self.out, " \"{text}\"");
            }
            _ => {
                self.out.push(' ');
                self.out.extend(hexadecimal(bytes).map(char::from));
            }
        }
        Some(())
    }

    /// One value of `MessagePack`.
    fn packed(&mut self, depth: usize) -> Option<()> {
        self.count += 1;
        if depth > DEEPEST || self.count > FIELDS {
            return None;
        }
        let [kind] = *self.take(1)?.first_chunk()?;
        let several = match kind {
            0x00..=0x7f => {
                self.say(kind.into());
                0
            }
            0x80..=0x8f => usize::from(kind & 15) * 2,
            0x90..=0x9f => usize::from(kind & 15),
            0xa0..=0xbf => {
                self.text_or_bytes(usize::from(kind & 31))?;
                0
            }
            0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => 0,
            0xc4..=0xc6 | 0xd9..=0xdb => {
                let size = 1 << (kind - if kind < 0xd0 { 0xc4 } else { 0xd9 });
                let length = self.length(size)?;
                self.text_or_bytes(length)?;
                0
            }
            0xca..=0xcb => {
                self.take(4 << (kind - 0xca))?;
                0
            }
            0xcc..=0xd3 => {
                let number = self.number(1 << (kind & 3))?;
                self.say(number);
                0
            }
            0xdc | 0xdd => self.length(2 << (kind - 0xdc))?,
            0xde | 0xdf => self.length(2 << (kind - 0xde))?.checked_mul(2)?,
            _ => return None,
        };
        for _ in 0..several {
            self.packed(depth + 1)?;
        }
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = *self.take(1)?.first_chunk()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    }

    /// The fields of a protobuf message up to its end.
    fn buffers(&mut self, depth: usize) -> Option<()> {
        while !self.rest.is_empty() {
            self.count += 1;
            let tag = self.varint()?;
            if self.count > FIELDS || !(1..1 << 12).contains(&(tag >> 3)) {
                return None;
            }
            match tag & 7 {
                0 => {
                    let number = self.varint()?;
                    self.say(number);
                }
                1 => {
                    self.take(8)?;
                }
                2 => {
                    let length = usize::try_from(self.varint()?).ok()?;
                    let inner = self.rest.get(..length)?;
                    let text = inner.iter().all(|byte| matches!(byte, b' '..=b'~'));
                    let mut nested = Fields::of(inner);
                    nested.count = self.count;
                    if !text && depth < DEEPEST && nested.buffers(depth + 1).is_some() {
                        self.out.push_str(&nested.out);
                        self.count = nested.count;
                        self.take(length)?;
                    } else {
                        self.text_or_bytes(length)?;
                    }
                }
                5 => {
                    self.take(4)?;
                }
                _ => return None,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &[u8]) -> String {
        String::from_utf8_lossy(&plain(message, 1 << 12)).into_owned()
    }

    #[test]
    fn wrapping_is_undone() {
        let json = br#"{"a":"0011aabb","b":[1,2]}"#;
        let whole = of(json);
        let masked: Vec<u8> = json.iter().map(|byte| byte ^ 0xa5).collect();
        let backwards: Vec<u8> = json.iter().rev().copied().collect();
        let hexadecimal: Vec<u8> = hexadecimal(json).collect();
        let quoted = format!("{:?}", String::from_utf8_lossy(json));
        for wrapped in [
            &masked,
            &backwards,
            &hexadecimal,
            quoted.as_bytes(),
            b"eyJhIjoiMDAxMWFhYmIiLCJiIjpbMSwyXX0=",
            b"\"eyJhIjoiMDAxMWFhYmIiLCJiIjpbMSwyXX0\"",
        ] {
            let found = of(wrapped);
            assert!(found.trim_matches('"') == whole, "{found}");
        }
        for same in [&b"hello there"[..], b"", b"{\"a\":1}", &[0xff, 0xfe, 3]] {
            assert_eq!(&*plain(same, 1 << 12), same);
        }
    }

    #[test]
    fn fields_of_binary_framings_are_spelled() {
        // {"job": bin 11223344, "n": 70000} and the same as fields 1 and 2.
        let packed = b"\x82\xa3job\xc4\x04\x11\x22\x33\xc4\xa1n\xce\x00\x01\x11\x70";
        assert_eq!(
            fields(packed).as_deref(),
            Some(" \"job\" 112233c4 \"n\" 70000")
        );
        let buffers = b"\x0a\x04\x11\x22\x33\xc4\x10\xf0\xa2\x04";
        assert_eq!(fields(buffers).as_deref(), Some(" 112233c4 70000"));
        for cut in 0..packed.len() {
            let _ = fields(&packed[..cut]);
        }
        assert_eq!(fields(&[0x91; 100]), None);
        assert_eq!(fields(&[0xff; 100]), None);
    }
}
