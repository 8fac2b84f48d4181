//! String arrays of the obfuscator.io kind, decoded: plain, escaped, base64 with swapped letters,
//! RC4, rotated, shuffled, split into pieces.
//!
//! The code around them is not run, so it does not matter through how many wrappers a string is
//! asked for. All string literals of the input are collected; each is unescaped, decoded where it
//! reads as base64, and decrypted with every literal that could be a key where that gives text.
//! Then the words of the signatures are looked up among them: a word is there if it is a string,
//! or if strings of one length are there that it can be cut into (the obfuscator cuts all strings
//! alike and keeps the pieces in no order). Bounded: [`MOST`] literals and [`TRIES`] decryptions.

use super::{escape, payload, quoted, seek};
use crate::order::sort_each_once;
use crate::signature::{Kind, Matcher, SignatureSet, is_identifier};

/// The most string literals that are looked at.
const MOST: usize = 20_000;
/// How long the samples are by which an obfuscated text is known.
const SAMPLE: usize = 512;
/// How long the obfuscator's keys are (`rc4KeyLength` in its sources).
const KEY: usize = 4;
/// The most keys that are tried; the obfuscator draws from 50.
const KEYS: usize = 128;
/// The most RC4 decryptions, of which nearly all end at the first letter.
const TRIES: usize = 200_000;
/// The most text that comes out.
const LONGEST: usize = 2 << 20;
/// How long the pieces are that split strings are cut into; shorter ones make up anything.
const PIECES: core::ops::RangeInclusive<usize> = 4..=12;
/// So long is what says something beside words that are too short.
const LONG_WORD: usize = 6;
/// The shortest code that is looked for in several strings.
const JOINED: usize = 200;
/// The shortest word that is looked up; shorter ones are too common.
const SHORTEST_WORD: usize = 4;

/// The literals of the signatures, with the words in each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    entries: Vec<(Vec<u8>, Vec<core::ops::Range<usize>>)>,
}

impl Vocabulary {
    /// The literals that are looked for in scripts.
    pub(crate) fn new(set: &SignatureSet) -> Self {
        let mut entries = Vec::new();
        for pattern in set.patterns.iter().filter(|p| p.applies_to(Kind::Script)) {
            let Matcher::Literals { literals, .. } = &pattern.matcher else {
                continue;
            };
            for literal in literals {
                let words = words(&literal.bytes);
                if !words.is_empty() {
                    entries.push((literal.bytes.clone(), words));
                }
            }
        }
        Self { entries }
    }
}

/// The identifiers in a literal that are long enough to say something; none where it is more than
/// names in their usual surroundings, or of names that say little alone, because then the names alone do
/// not say the same.
fn words(literal: &[u8]) -> Vec<core::ops::Range<usize>> {
    let mut found = Vec::new();
    if !literal
        .iter()
        .all(|&byte| is_identifier(byte) || b".('\"[]: ,`".contains(&byte))
    {
        return found;
    }
    let (mut start, mut short) = (0, 0);
    for at in 0..=literal.len() {
        if !literal.get(at).is_some_and(|&byte| is_identifier(byte)) {
            if literal.get(start).is_some_and(u8::is_ascii_digit) {
                return Vec::new();
            }
            if at - start >= SHORTEST_WORD {
                found.push(start..at);
            } else {
                short += at - start;
            }
            start = at + 1;
        }
    }
    let long: usize = found.iter().map(ExactSizeIterator::len).sum();
    if short > 0 && long < LONG_WORD {
        found.clear();
    }
    found
}

/// Strings, sorted, to look words up in.
struct Bag(Vec<Vec<u8>>);

impl Bag {
    fn has(&self, word: &[u8]) -> bool {
        self.0
            .binary_search_by(|known| known.as_slice().cmp(word))
            .is_ok()
    }

    /// Whether a word is there, whole or in pieces of one length.
    fn holds(&self, word: &[u8]) -> bool {
        self.has(word)
            || PIECES.clone().any(|length| {
                word.len() > length && word.chunks(length).all(|piece| self.has(piece))
            })
    }
}

/// The literals of the signatures whose words are among the strings.
fn recall(text: &[u8], bag: &Bag, vocabulary: &Vocabulary, out: &mut Vec<u8>) {
    for (literal, words) in &vocabulary.entries {
        let word = |range: &core::ops::Range<usize>| literal.get(range.clone()).unwrap_or_default();
        let held = |range: &core::ops::Range<usize>| bag.holds(word(range));
        let written = |range: &core::ops::Range<usize>| contains(text, word(range));
        if words.iter().any(held) && words.iter().all(|range| held(range) || written(range)) {
            out.extend_from_slice(literal);
            out.push(b'\n');
        }
    }
}

/// Whether a word is written in the first [`LONGEST`] bytes of a text.
fn contains(text: &[u8], word: &[u8]) -> bool {
    let Some(&first) = word.first() else {
        return true;
    };
    let mut rest = text.get(..LONGEST).unwrap_or(text);
    while let Some(at) = rest.iter().position(|&byte| byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(word) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// Whether a text shows the marks of the obfuscator: names such as `_0x3fa9c1`, or more escapes
/// than words.
#[inline(never)]
pub(crate) fn is_obfuscated(text: &[u8]) -> bool {
    let mut at = 0;
    let (mut names, mut escapes) = (0_usize, 0_usize);
    // The whole of a short text, samples of a long one.
    let step = (text.len() / 16).max(SAMPLE);
    while let Some(sample) = text.get(at..text.len().min(at + SAMPLE)) {
        names += count(sample, b'_', |after| match after {
            [b'0', b'x', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
            _ => false,
        });
        escapes += count(sample, b'\\', |after| match after {
            [b'x', a, b, b'\\', b'x'] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
            _ => false,
        });
        if names >= 5 || escapes >= 24 {
            return true;
        }
        at += step;
        if sample.is_empty() {
            break;
        }
    }
    false
}

/// How often a byte is there before five others of which this is true.
fn count(text: &[u8], byte: u8, which: fn(&[u8; 5]) -> bool) -> usize {
    let after = |at| text.get(at + 1..)?.first_chunk().copied();
    let followed = seek::bytes(byte, text).filter_map(after);
    followed.filter(which).count()
}

/// The strings of an obfuscated text, decoded in every way that gives text, one per line, and the
/// literals of the signatures that they make up.
pub(crate) fn decode(text: &[u8], vocabulary: &Vocabulary) -> Vec<u8> {
    let mut strings = literals(text);
    let mut size: usize = strings.iter().map(Vec::len).sum();
    let count = strings.len();
    for index in 0..count {
        let Some(literal) = strings.get(index) else {
            break;
        };
        if literal.len() < 4 || size > LONGEST || !literal.iter().all(|&b| is_base64(b)) {
            continue;
        }
        for plain in [swapped_base64(literal), payload::base64(literal, LONGEST)] {
            if let Some(plain) = plain.filter(|plain| is_printable(plain)) {
                size += plain.len();
                strings.push(plain);
            }
        }
    }
    decrypt(count, text.len(), &mut strings);
    let mut out: Vec<u8> = Vec::new();
    for string in &strings {
        if out.len() + string.len() > LONGEST {
            break;
        }
        out.push(b'\'');
        out.extend_from_slice(string);
        out.extend_from_slice(b"'\n");
    }
    sort_each_once(&mut strings);
    recall(text, &Bag(strings), vocabulary, &mut out);
    out
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn is_printable(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|&byte| matches!(byte, 0x20..=0x7e | b'\n' | b'\t' | b'\r'))
}

/// All string literals, unescaped; neighbours joined by `+` become one.
fn literals(text: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut at = 0;
    // Where the last literal ended, if only a `+` has followed.
    let mut joined = false;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\'' | b'"' => {
                let start = at + 1;
                at = start;
                while let Some(&inner) = text.get(at) {
                    if inner == byte || inner == b'\n' {
                        break;
                    }
                    at += if inner == b'\\' { 2 } else { 1 };
                }
                let raw = text.get(start..at.min(text.len())).unwrap_or_default();
                let plain = escape::escapes(raw, 1 << 16).unwrap_or_default();
                if joined && let Some(last) = found.last_mut() {
                    last.extend_from_slice(&plain);
                } else {
                    found.push(plain);
                }
                joined = false;
                if found.len() >= MOST {
                    return found;
                }
                // Does `+` and another literal follow?
                let mut next = at + 1;
                while text.get(next).is_some_and(u8::is_ascii_whitespace) {
                    next += 1;
                }
                if text.get(next) == Some(&b'+') {
                    next += 1;
                    while text.get(next).is_some_and(u8::is_ascii_whitespace) {
                        next += 1;
                    }
                    if matches!(text.get(next), Some(b'\'' | b'"')) {
                        joined = true;
                        at = next;
                        continue;
                    }
                }
            }
            // The apostrophe of a comment or a regular expression would swap inside and outside.
            b'/' => at += quoted::slash(text, at) - 1,
            _ => {}
        }
        at += 1;
    }
    found
}

/// The code that the strings of a text make together, where that is little else.
pub(super) fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let code = literals(text).concat();
    let whole = code.len() >= JOINED && code.len() >= text.len() / 2;
    (whole && quoted::has_function(&code)).then_some(code)
}

/// Base64 with small letters first, as the obfuscator writes it.
pub(super) fn swapped_base64(text: &[u8]) -> Option<Vec<u8>> {
    let swapped: Vec<u8> = text
        .iter()
        .map(|&byte| {
            if byte.is_ascii_lowercase() {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }
        })
        .collect();
    payload::base64(&swapped, LONGEST)
}

/// RC4 (alleged; posted 1994), ready for its first byte.
fn schedule(key: &[u8]) -> [u8; 256] {
    let mut state: [u8; 256] = core::array::from_fn(|index| index as u8);
    let mut j = 0_u8;
    for i in 0..=255_u8 {
        let key_byte = key
            .get(usize::from(i) % key.len().max(1))
            .copied()
            .unwrap_or(0);
        j = j.wrapping_add(state[usize::from(i)]).wrapping_add(key_byte);
        state.swap(usize::from(i), usize::from(j));
    }
    state
}

/// Encrypts or decrypts; stops where the outcome is no printable text.
fn rc4(mut state: [u8; 256], data: &[u8]) -> Option<Vec<u8>> {
    let (mut i, mut j) = (0_u8, 0_u8);
    let mut out = Vec::new();
    for &byte in data {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        let sum = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
        let plain = byte ^ state[usize::from(sum)];
        if !matches!(plain, 0x20..=0x7e) {
            return None;
        }
        out.push(plain);
    }
    Some(out)
}

/// What RC4 makes of bytes with a key; `None` where that is no printable text.
pub(super) fn decrypted(data: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    rc4(schedule(key), data)
}

/// Base64 of UTF-8 text, as characters below 256 (the form over which the obfuscator runs RC4).
pub(super) fn cipher_bytes(plain: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(plain.len());
    let mut bytes = plain.iter();
    while let Some(&byte) = bytes.next() {
        out.push(match byte {
            0..0x80 => byte,
            0xc2 | 0xc3 => byte << 6 | bytes.next().filter(|next| **next >> 6 == 2)? & 0x3f,
            _ => return None,
        });
    }
    Some(out)
}

/// Decrypts the first `count` strings with those among them that could be keys. Which key belongs
/// to which string is not asked: a wrong one rarely gives text, and what it gives is no word.
fn decrypt(count: usize, length: usize, strings: &mut Vec<Vec<u8>>) {
    let own = strings.get(..count).unwrap_or_default();
    let mut keys: Vec<&[u8]> = own
        .iter()
        .map(Vec::as_slice)
        .filter(|key| key.len() == KEY)
        .collect();
    sort_each_once(&mut keys);
    // Keys are drawn from all printable characters: those that are no word first.
    let (words, others): (Vec<&[u8]>, Vec<&[u8]>) = keys
        .into_iter()
        .partition(|key| key.iter().all(u8::is_ascii_alphabetic));
    let keys = others.into_iter().chain(words);
    let states: Vec<[u8; 256]> = keys.take(KEYS).map(schedule).collect();
    if states.len() < 3 {
        return;
    }
    let mut left = TRIES.min(length.saturating_mul(4));
    let mut plain = Vec::new();
    for literal in own {
        if literal.len() < 4 || !literal.iter().all(|&b| is_base64(b)) {
            continue;
        }
        let Some(cipher) = swapped_base64(literal).and_then(|bytes| cipher_bytes(&bytes)) else {
            continue;
        };
        if left < states.len() {
            break;
        }
        left -= states.len();
        plain.extend(states.iter().filter_map(|state| rc4(*state, &cipher)));
    }
    strings.append(&mut plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_is_rc4() {
        // Key and text of the usual test vectors.
        assert_eq!(
            rc4(
                schedule(b"Key"),
                &[0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3]
            ),
            Some(b"Plaintext".to_vec())
        );
    }

    #[test]
    fn pieces_are_joined_and_escapes_undone() {
        let text = br"a['getHash'+ 'esPer'+'Second'];b='\x6a\x6f\x62_id';// don't
c='next'";
        let decoded = decode(text, &Vocabulary::default());
        let lines: Vec<&[u8]> = decoded.split(|&byte| byte == b'\n').collect();
        assert!(lines.contains(&&b"'getHashesPerSecond'"[..]));
        assert!(lines.contains(&&b"'job_id'"[..]));
        assert!(lines.contains(&&b"'next'"[..]));
    }

    #[test]
    fn one_common_word_of_several_stands_for_none() {
        let found = |literal: &[u8]| words(literal).len();
        assert_eq!(found(b",LOW,None"), 0);
        assert_eq!(found(b"['push'](_0x"), 0);
        assert_eq!(found(b"legacy_job"), 1);
        assert_eq!(found(b"new WebSocket("), 1);
        assert_eq!(found(b"pool.send"), 2);
        assert_eq!(found(b"a(b,c){"), 0);
    }

    #[test]
    fn expressions_hold_no_strings() {
        let decoded = decode(b"a(/'/g,'first');b=c/'second'", &Vocabulary::default());
        assert_eq!(decoded, b"'first'\n'second'\n");
    }

    #[test]
    fn swapped_base64_is_decoded() {
        // 'getHashesPerSecond' in base64, letters swapped.
        let decoded = decode(
            b"var _0x12ab=['z2v0sgfZAgvZugvYu2vJB25K'];",
            &Vocabulary::default(),
        );
        let text = String::from_utf8_lossy(&decoded).into_owned();
        assert!(text.contains("getHashesPerSecond"), "{text}");
    }

    fn swapped_of(bytes: &[u8]) -> String {
        let alphabet = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
        // Characters above 127 become two bytes of UTF-8 first, as in a browser.
        let text: String = bytes.iter().map(|&byte| byte as char).collect();
        let mut out = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let mut group = 0_u32;
            for index in 0..3 {
                group = group << 8 | u32::from(chunk.get(index).copied().unwrap_or(0));
            }
            for index in 0..=chunk.len() {
                out.push(alphabet[(group >> (18 - 6 * index) & 63) as usize] as char);
            }
        }
        out
    }

    /// RC4 without the check for text.
    fn encrypted(key: &[u8], data: &[u8]) -> Vec<u8> {
        let mut state = schedule(key);
        let (mut i, mut j) = (0_u8, 0_u8);
        data.iter()
            .map(|&byte| {
                i = i.wrapping_add(1);
                j = j.wrapping_add(state[usize::from(i)]);
                state.swap(usize::from(i), usize::from(j));
                let sum = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
                byte ^ state[usize::from(sum)]
            })
            .collect()
    }

    #[test]
    fn rc4_strings_are_decrypted_in_any_order() {
        let strings = [
            "hashesPerSecond",
            "job_id",
            "WebSocket",
            "throttle",
            "nonce",
        ];
        let keys = ["k1y!", "ab)c", "Zz9[", "4#3x", "qqqq"];
        let mut array: Vec<String> = (0..strings.len())
            .map(|index| {
                swapped_of(&encrypted(
                    keys[index].as_bytes(),
                    strings[index].as_bytes(),
                ))
            })
            .collect();
        array.rotate_right(2);
        let mut text = format!("var a=['{}'];", array.join("','"));
        for key in keys {
            use core::fmt::Write;
            let _ = write!(text, "b(c-0x5,'{key}');");
        }
        let decoded = decode(text.as_bytes(), &Vocabulary::default());
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        for string in strings {
            assert!(
                decoded.contains(&format!("'{string}'")),
                "{string}: {decoded}"
            );
        }
    }

    #[test]
    fn words_are_recalled_from_pieces_in_any_order() {
        let entry = |literal: &str| (literal.as_bytes().to_vec(), words(literal.as_bytes()));
        let vocabulary = Vocabulary {
            entries: [
                "getHashesPerSecond",
                "CoinHive.Anonymous",
                "new WebSocket(",
                "'submit'",
                "setThrottle",
                "nonce++",
                "startsWith(\"0000",
            ]
            .map(entry)
            .to_vec(),
        };
        let text = b"x=['rSec','sPe','getHa','shesP','nd','erSec','ond','submi','t','Anony','mous','nonce'];y=new CoinHive[z(1)]";
        let decoded = decode(text, &vocabulary);
        let lines: Vec<&[u8]> = decoded.split(|&byte| byte == b'\n').collect();
        assert!(lines.contains(&&b"getHashesPerSecond"[..]));
        assert!(lines.contains(&&b"CoinHive.Anonymous"[..]));
        assert!(lines.contains(&&b"'submit'"[..]));
        assert!(!lines.contains(&&b"new WebSocket("[..]));
        assert!(!lines.contains(&&b"setThrottle"[..]));
        assert!(!lines.contains(&&b"nonce++"[..]));
    }
}
