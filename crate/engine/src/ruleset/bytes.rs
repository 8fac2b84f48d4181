//! Reading and writing the flat little-endian buffer: numbers at any offset, strings, the checksum.
//!
//! Reads outside the buffer give zero or nothing: an engine that was validated never makes one, and
//! one that slipped through validation must not panic.

/// The number at a byte offset.
#[inline]
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => u16::from_le_bytes(*chunk),
        None => 0,
    }
}

/// The number at a byte offset.
#[inline]
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => u32::from_le_bytes(*chunk),
        None => 0,
    }
}

/// The number at a byte offset.
#[inline]
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(<[u8]>::first_chunk) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => 0,
    }
}

/// Strings one after another, each with its length in front (7 bits a byte, low bits first),
/// referred to by the offset of the length.
#[derive(Default)]
pub(super) struct StringsWriter {
    bytes: Vec<u8>,
    known: std::collections::HashMap<Box<str>, u32>,
}

impl StringsWriter {
    /// Adds a string that may well come again, and returns its offset.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if let Some(&at) = self.known.get(text) {
            return at;
        }
        let at = self.push(text);
        self.known.insert(text.into(), at);
        at
    }

    /// Adds a string that will hardly come again.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let at = self.bytes.len() as u32;
        let mut left = text.len();
        while left >= 0x80 {
            self.bytes.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        self.bytes.push(left as u8);
        self.bytes.extend_from_slice(text.as_bytes());
        at
    }

    /// The finished section.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The bytes of the string at an offset.
#[inline]
pub(super) fn string_bytes(section: &[u8], at: u32) -> Option<&[u8]> {
    let mut rest = section.get(at as usize..)?;
    let mut len = 0usize;
    for shift in [0, 7, 14, 21] {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        len |= ((byte & 0x7f) as usize) << shift;
        if byte < 0x80 {
            return rest.get(..len);
        }
    }
    None
}

/// The string at an offset.
pub(super) fn string_at(section: &[u8], at: u32) -> Option<&str> {
    std::str::from_utf8(string_bytes(section, at)?).ok()
}

/// A checksum against damage, not against forgery: four lanes of multiply and rotate over 32-byte
/// blocks, as in xxHash (Collet), with its primes.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    const P1: u64 = 0x9e37_79b1_85eb_ca87;
    const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
    let round = |lane: u64, word: u64| {
        lane.wrapping_add(word.wrapping_mul(P2))
            .rotate_left(31)
            .wrapping_mul(P1)
    };
    let mut lanes = [P1, P2, !P1, !P2];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }
    let mut sum = bytes.len() as u64;
    for lane in lanes {
        sum = (sum ^ round(0, lane)).wrapping_mul(P1).rotate_left(27);
    }
    for &byte in rest {
        sum = (sum ^ u64::from(byte)).wrapping_mul(P2).rotate_left(11);
    }
    sum ^= sum >> 33;
    sum = sum.wrapping_mul(P2);
    sum ^ (sum >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back() {
        let mut writer = StringsWriter::default();
        let long = "x".repeat(70_000);
        let at: Vec<u32> = ["", "a", "ü", &long, "a"]
            .iter()
            .map(|text| writer.intern(text))
            .collect();
        let section = writer.finish();
        assert_eq!(at[1], at[4]);
        assert_eq!(string_at(&section, at[0]), Some(""));
        assert_eq!(string_at(&section, at[2]), Some("ü"));
        assert_eq!(string_at(&section, at[3]), Some(long.as_str()));
        assert_eq!(string_at(&section, section.len() as u32), None);
    }

    #[test]
    fn the_checksum_sees_every_byte() {
        let mut bytes: Vec<u8> = (0..100).collect();
        let sum = checksum(&bytes);
        for index in 0..bytes.len() {
            bytes[index] ^= 1;
            assert_ne!(checksum(&bytes), sum, "{index}");
            bytes[index] ^= 1;
        }
        assert_ne!(checksum(&bytes[..99]), sum);
    }

    #[test]
    fn reads_outside_give_zero() {
        assert_eq!(u32_at(&[1, 2, 3], 0), 0);
        assert_eq!(u64_at(&[], usize::MAX), 0);
        assert_eq!(u16_at(&[1, 2], 0), 0x0201);
    }
}
