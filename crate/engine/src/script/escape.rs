//! Escapes in strings, undone; and code that is inside of strings.

use super::{number, seek};
use crate::signature::is_identifier;

/// So many escaped quotes are code inside a string.
const QUOTED: usize = 16;
/// How far from an escape something can begin or end that is not found without undoing it: further than
/// expressions reach.
const NEAR: usize = 640;
/// The longest word that is looked for.
const LONGEST_WORD: usize = 64;
/// What a backslash stands before in regular expressions, and in strings has no need of.
const EXPRESSION: &[u8] = b".dDsSwWbB()[]{}^$*+?|-";

/// `\xNN`, `\uNNNN`, octal and the named escapes, amid plain text.
pub(crate) fn escapes(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let digits = |range: &[u8]| number::digits(range, 16);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if out.len() >= most {
            break;
        }
        if byte != b'\\' {
            let rest = text.get(at..).unwrap_or_default();
            let rest = rest.get(..most - out.len()).unwrap_or(rest);
            let length = seek::byte(b'\\', rest).unwrap_or(rest.len());
            out.extend_from_slice(rest.get(..length).unwrap_or(rest));
            at += length;
            continue;
        }
        at += 1;
        let Some(&kind) = text.get(at) else { break };
        at += 1;
        let (length, skip) = match kind {
            b'x' => (2, 0),
            b'u' if text.get(at) == Some(&b'{') => {
                let end = text
                    .get(at..)?
                    .iter()
                    .take(10)
                    .position(|&byte| byte == b'}')
                    .unwrap_or(0);
                at += 1;
                (end.saturating_sub(1), 1)
            }
            b'u' => (4, 0),
            b'0'..=b'7' => {
                let octal = |byte: &&u8| matches!(byte, b'0'..=b'7');
                let tail = text.get(at..).unwrap_or_default();
                let count = tail.iter().take(2).take_while(octal).count();
                let digits = text.get(at - 1..at + count).unwrap_or_default();
                let value = digits
                    .iter()
                    .fold(0_u32, |value, &digit| value * 8 + u32::from(digit - b'0'));
                out.push(value as u8);
                at += count;
                continue;
            }
            b'n' => {
                out.push(b'\n');
                continue;
            }
            other => {
                out.push(other);
                continue;
            }
        };
        match text.get(at..at + length).and_then(digits) {
            Some(value) if value < 256 => out.push(value as u8),
            Some(value) => {
                let mut buffer = [0; 4];
                let text = char::from_u32(value)
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
                    .encode_utf8(&mut buffer);
                out.extend_from_slice(text.as_bytes());
            }
            None => continue,
        }
        at += length + skip;
    }
    Some(out)
}

/// A text with its escapes undone, but only what is near those escapes that strings have: whatever else
/// could be found in it can be found in the text as it is.
#[inline(never)]
pub(crate) fn near(text: &[u8]) -> Vec<u8> {
    // A cut is no end of a word, nor is it inside of an escape.
    let goes_on = |&&byte: &&u8| is_identifier(byte) || byte == b'\\';
    let mut out = Vec::new();
    let (mut start, mut end) = (usize::MAX, 0);
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let next = seek::byte(b'\\', rest).map(|length| at + length);
        let ends = next.is_none_or(|next| next > end + NEAR);
        if ends && start < end {
            let part = text.get(start..end).unwrap_or_default();
            out.extend(escapes(part, part.len()).unwrap_or_default());
            out.push(b'\n');
            start = usize::MAX;
        }
        let Some(next) = next else {
            break out;
        };
        at = next + 2;
        if text
            .get(next + 1)
            .is_some_and(|byte| EXPRESSION.contains(byte))
        {
            continue;
        }
        let before = text.get(..next.saturating_sub(NEAR)).unwrap_or_default();
        let word = before.iter().rev().take(LONGEST_WORD).take_while(goes_on);
        start = start.min(before.len() - word.count());
        let after = text.get(at + NEAR..).unwrap_or_default();
        let word = after.iter().take(LONGEST_WORD).take_while(goes_on);
        end = text.len().min(at + NEAR + word.count());
    }
}

/// Whether a text holds code inside its strings.
pub(crate) fn has_quoted_code(text: &[u8]) -> bool {
    has_escaped(text, b"\"'", QUOTED)
}

/// Whether a text has an escaped quote or end of a line.
pub(super) fn has_lines_or_quotes(text: &[u8]) -> bool {
    has_escaped(text, b"\"'n", 1)
}

/// Whether a text has so many of these with a backslash before them.
#[inline(never)]
fn has_escaped(text: &[u8], which: &[u8], many: usize) -> bool {
    let escaped = |at: &usize| text.get(at + 1).is_some_and(|byte| which.contains(byte));
    let backslashes = seek::bytes(b'\\', text);
    backslashes.filter(escaped).take(many).count() == many
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_escapes_hide_is_near_them() {
        let plain = "f(a.b, /\\.\\d/);\n".repeat(1_000);
        let text = format!("{plain}x='\\x6eonce', y=\"a\\nb\"{plain}");
        let whole = escapes(text.as_bytes(), text.len()).unwrap_or_default();
        let parts = near(text.as_bytes());
        let has = |text: &[u8], word: &[u8]| text.windows(word.len()).any(|part| part == word);
        for word in [&b"x='nonce', y=\"a\nb\"f"[..], b"f(a.b, /.d/);"] {
            assert!(has(&whole, word) && has(&parts, word));
        }
        assert!(parts.len() < 2 * NEAR + 100);
        // Where all is near an escape, it is the whole.
        let text = "say(\\'it\\');\\n".repeat(1_000);
        let whole = escapes(text.as_bytes(), text.len()).unwrap_or_default();
        assert_eq!(near(text.as_bytes()), [&whole[..], b"\n"].concat());
    }

    #[test]
    fn words_are_not_cut() {
        for lead in 0..100 {
            let text = format!(
                "{}.carpool('\\x61');{}carpool",
                ".".repeat(lead),
                "spool".repeat(140)
            );
            let parts = near(text.as_bytes());
            let parts = String::from_utf8_lossy(&parts).into_owned();
            assert!(parts.contains("carpool('a');"));
            assert!(!parts.contains("\npool"), "{parts}");
        }
    }

    #[test]
    fn any_text_is_taken() {
        for text in [
            "",
            "\\",
            "\\\\",
            "\\u",
            "\\u{",
            "\\x",
            "a\\",
            "\\u{110000}\\x4",
        ] {
            assert!(near(text.as_bytes()).len() <= text.len() + 2, "{text}");
        }
    }
}
