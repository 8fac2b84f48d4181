//! From the bytes of a list to its text.
//!
//! UTF-8 with and without a mark, UTF-16 with a mark or recognisable by its zeros, and Latin-1 as
//! the last resort for lists with a few foreign bytes. Anything else is not text, and is refused.

use std::borrow::Cow;

use super::Reason;

/// How much of the beginning is looked at to tell text from other things.
const SAMPLE: usize = 4096;

/// The text of a list, and what was wrong with its encoding.
///
/// # Errors
/// [`Reason::NotText`] or [`Reason::NotAList`].
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<Reason>), Reason> {
    // Files that were put together have marks one after the other.
    let mut bytes = bytes;
    while let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        bytes = rest;
    }
    if bytes.starts_with(b"\x1f\x8b") {
        return Err(Reason::NotText("it is compressed (gzip)"));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(Reason::NotText("it is compressed (zip)"));
    }
    let decoded = if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        (utf16(rest, u16::from_le_bytes)?, None)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        (utf16(rest, u16::from_be_bytes)?, None)
    } else if let Some(little) = looks_like_utf16(bytes) {
        let from = if little {
            u16::from_le_bytes
        } else {
            u16::from_be_bytes
        };
        (
            utf16(bytes, from)?,
            Some(Reason::Encoding("UTF-16 without a mark")),
        )
    } else {
        match std::str::from_utf8(bytes) {
            Ok(text) => (Cow::Borrowed(text), None),
            Err(_) if is_mostly_text(bytes) => (
                Cow::Owned(bytes.iter().map(|b| *b as char).collect()),
                Some(Reason::Encoding("Latin-1")),
            ),
            Err(_) => return Err(Reason::NotText("too many of its bytes are no characters")),
        }
    };
    if let Some(what) = other_document(&decoded.0) {
        return Err(Reason::NotAList(what));
    }
    Ok(decoded)
}

fn utf16<'a>(bytes: &[u8], from: fn([u8; 2]) -> u16) -> Result<Cow<'a, str>, Reason> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Reason::NotText("UTF-16 with half a character at its end"));
    }
    char::decode_utf16(pairs.iter().map(|pair| from(*pair)))
        .collect::<Result<String, _>>()
        .map(Cow::Owned)
        .map_err(|_| Reason::NotText("broken UTF-16"))
}

/// Text of lists is mostly ASCII, so that in UTF-16 every other byte is zero: little-endian the
/// second of each pair.
fn looks_like_utf16(bytes: &[u8]) -> Option<bool> {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let (pairs, _) = sample.as_chunks::<2>();
    if pairs.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let share = |which: usize| {
        let zeros = pairs.iter().filter(|p| p.get(which) == Some(&0)).count();
        zeros * 10 >= pairs.len() * 9
    };
    match (share(0), share(1)) {
        (false, true) => Some(true),
        (true, false) => Some(false),
        _ => None,
    }
}

fn is_mostly_text(bytes: &[u8]) -> bool {
    let strange = bytes
        .iter()
        .filter(|b| matches!(b, 0..=8 | 0x0e..=0x1f | 0x7f..=0x9f))
        .count();
    strange * 100 <= bytes.len()
}

/// A server that has no list any more often answers with something else.
fn other_document(text: &str) -> Option<&'static str> {
    let head = text.trim_start();
    let head: String = head
        .chars()
        .take(100)
        .collect::<String>()
        .to_ascii_lowercase();
    if head.starts_with("<!doctype") || head.starts_with("<html") || head.starts_with("<head") {
        Some("a web page")
    } else if head.starts_with("<?xml") {
        Some("an XML document")
    } else if head.starts_with("{\"") || head.starts_with("{\n") || head.starts_with("[{") {
        Some("a JSON document")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_of(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn encodings() {
        let text = "||bücher.example^\n";
        let le = utf16_of(text, u16::to_le_bytes);
        let be = utf16_of(text, u16::to_be_bytes);
        let mut latin1: Vec<u8> = b"! padding, so that one byte is little\n".repeat(3);
        latin1.extend(text.chars().map(|c| c as u8));
        assert_eq!(decode(text.as_bytes()), Ok((text.into(), None)));
        assert_eq!(
            decode(&[b"\xef\xbb\xbf", text.as_bytes()].concat()),
            Ok((text.into(), None))
        );
        assert_eq!(
            decode(&[b"\xff\xfe", &le[..]].concat()),
            Ok((text.into(), None))
        );
        assert_eq!(
            decode(&[b"\xfe\xff", &be[..]].concat()),
            Ok((text.into(), None))
        );
        for bytes in [&le, &be] {
            let (decoded, problem) = decode(bytes).expect("recognised");
            assert_eq!(decoded, text);
            assert!(problem.is_some());
        }
        let (decoded, problem) = decode(&latin1).expect("recognised");
        assert!(decoded.ends_with(text));
        assert_eq!(problem, Some(Reason::Encoding("Latin-1")));
    }

    #[test]
    fn any_number_of_marks() {
        let bytes = [&b"\xef\xbb\xbf".repeat(1_000_000)[..], b"||a.example^"].concat();
        assert_eq!(decode(&bytes), Ok(("||a.example^".into(), None)));
    }

    #[test]
    fn not_text() {
        assert!(matches!(decode(b"\x1f\x8b\x08\0"), Err(Reason::NotText(_))));
        assert!(matches!(decode(&[0x80; 100]), Err(Reason::NotText(_))));
        assert!(matches!(decode(b"\xff\xfea"), Err(Reason::NotText(_))));
        assert!(matches!(
            decode(b"\xff\xfe\x00\xd8"),
            Err(Reason::NotText(_))
        ));
        assert!(matches!(
            decode(b"\n<!DOCTYPE html><p>"),
            Err(Reason::NotAList(_))
        ));
        assert!(matches!(decode(b"{\"error\":1}"), Err(Reason::NotAList(_))));
    }
}
