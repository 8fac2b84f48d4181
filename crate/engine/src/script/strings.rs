//! String arrays of the obfuscator.io kind, decoded: plain, escaped, base64 with swapped letters,
//! RC4 with keys, rotated, split into pieces.
//!
//! The code around them is not run. All string literals of the input are collected; each is
//! unescaped and, where it reads as base64, decoded; for RC4 the keys are taken from the calls
//! (`_0x1234('0x5','k3y!')`) and the rotation is found by trying which one gives text. Names that
//! were cut in pieces are joined where the pieces stand side by side. What comes out is searched
//! like any other text. Bounded: [`MOST`] literals and [`TRIES`] RC4 trials.

use super::payload;

/// The most string literals that are looked at.
const MOST: usize = 20_000;
/// How long the samples are by which an obfuscated text is known.
const SAMPLE: usize = 512;
/// The most RC4 decryptions.
const TRIES: usize = 30_000;
/// The most text that comes out.
const LONGEST: usize = 2 << 20;

/// Whether a text shows the marks of the obfuscator: names such as `_0x3fa9c1`, or more escapes
/// than words.
pub(crate) fn is_obfuscated(text: &[u8]) -> bool {
    let mut at = 0;
    let (mut names, mut escapes) = (0_usize, 0_usize);
    // The whole of a short text, samples of a long one.
    let step = (text.len() / 16).max(SAMPLE);
    while let Some(sample) = text.get(at..text.len().min(at + SAMPLE)) {
        for window in sample.windows(6) {
            if let [b'_', b'0', b'x', a, b, c] = *window
                && [a, b, c].iter().all(u8::is_ascii_hexdigit)
            {
                names += 1;
            } else if let [b'\\', b'x', a, b, b'\\', b'x'] = *window
                && a.is_ascii_hexdigit()
                && b.is_ascii_hexdigit()
            {
                escapes += 1;
            }
        }
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

/// The strings of an obfuscated text, decoded in every way that gives text, one per line.
pub(crate) fn decode(text: &[u8]) -> Vec<u8> {
    let literals = literals(text);
    let mut out: Vec<u8> = Vec::new();
    for literal in &literals {
        push(&mut out, literal);
        if literal.len() >= 4 && literal.iter().all(|&b| is_base64(b)) {
            if let Some(plain) = swapped_base64(literal).filter(|plain| is_printable(plain)) {
                push(&mut out, &plain);
            }
            if let Some(plain) =
                payload::base64(literal, LONGEST).filter(|plain| is_printable(plain))
            {
                push(&mut out, &plain);
            }
        }
        if out.len() > LONGEST {
            return out;
        }
    }
    rc4_strings(text, &literals, &mut out);
    out
}

fn push(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
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
                let plain = payload::escapes(raw, 1 << 16).unwrap_or_default();
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
            // A comment's apostrophe would swap inside and outside.
            b'/' if text.get(at + 1) == Some(&b'/') => {
                while text.get(at).is_some_and(|&byte| byte != b'\n') {
                    at += 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Base64 with small letters first, as the obfuscator writes it.
fn swapped_base64(text: &[u8]) -> Option<Vec<u8>> {
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

/// RC4 (alleged; posted 1994).
fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
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

/// Base64 of UTF-8 text, as characters below 256 (the form over which the obfuscator runs RC4).
fn cipher_bytes(plain: &[u8]) -> Option<Vec<u8>> {
    core::str::from_utf8(plain)
        .ok()?
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect()
}

/// Calls of the decoder: `name('0x1f','key')` or `name(0x1f,'key')`.
fn calls(text: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut found = Vec::new();
    for (at, window) in text.windows(4).enumerate() {
        let start = match window {
            [b'(', b'\'' | b'"', b'0', b'x'] => at + 4,
            [b'(', b'0', b'x', _] => at + 3,
            _ => continue,
        };
        let Some(rest) = text.get(start..text.len().min(start + 40)) else {
            continue;
        };
        let digits = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let index = rest
            .get(..digits.min(6))
            .and_then(|digits| core::str::from_utf8(digits).ok())
            .and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let mut rest = rest.get(digits..).unwrap_or_default();
        while let [b'\'' | b'"' | b' ', more @ ..] = rest {
            rest = more;
        }
        let [b',', rest @ ..] = rest else { continue };
        let rest = rest.trim_ascii_start();
        let Some((&quote, rest)) = rest.split_first() else {
            continue;
        };
        if !matches!(quote, b'\'' | b'"') {
            continue;
        }
        let Some(end) = rest.iter().position(|&byte| byte == quote) else {
            continue;
        };
        let key = rest.get(..end).and_then(|key| payload::escapes(key, 64));
        if let (Some(index), Some(key)) = (index, key)
            && !key.is_empty()
        {
            found.push((index, key));
            if found.len() >= 2_000 {
                break;
            }
        }
    }
    found
}

/// Decrypts with the keys of the calls, once the array and its rotation are found.
fn rc4_strings(text: &[u8], literals: &[Vec<u8>], out: &mut Vec<u8>) {
    let calls = calls(text);
    if calls.len() < 3 {
        return;
    }
    // The array: the longest row of literals that are base64.
    let is_cipher = |literal: &Vec<u8>| literal.len() >= 4 && literal.iter().all(|&b| is_base64(b));
    let (mut best, mut start) = (0..0, None);
    for (index, literal) in literals.iter().chain([&Vec::new()]).enumerate() {
        if is_cipher(literal) {
            let first = *start.get_or_insert(index);
            if index + 1 - first > best.len() {
                best = first..index + 1;
            }
        } else {
            start = None;
        }
    }
    let Some(array) = literals.get(best) else {
        return;
    };
    if array.len() < 3 {
        return;
    }
    let ciphers: Vec<[Option<Vec<u8>>; 2]> = array
        .iter()
        .map(|literal| {
            [
                swapped_base64(literal).and_then(|plain| cipher_bytes(&plain)),
                payload::base64(literal, LONGEST).and_then(|plain| cipher_bytes(&plain)),
            ]
        })
        .collect();
    // Newer versions count from an offset: the lowest index stands for some entry.
    let lowest = calls.iter().map(|call| call.0).min().unwrap_or(0);
    let mut tries = 0;
    for alphabet in 0..2 {
        for rotation in 0..array.len() {
            let mut plain = Vec::new();
            let mut right = 0_usize;
            for (index, key) in &calls {
                tries += 1;
                if tries > TRIES {
                    return;
                }
                let Some(Some(cipher)) = ciphers
                    .get((index - lowest + rotation) % array.len())
                    .and_then(|pair| pair.get(alphabet))
                else {
                    break;
                };
                let text = rc4(key, cipher);
                if !is_printable(&text) {
                    break;
                }
                right += 1;
                push(&mut plain, &text);
            }
            if right == calls.len() || right >= 12 {
                out.extend_from_slice(&plain);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_is_rc4() {
        // Key and text of the usual test vectors.
        assert_eq!(
            rc4(b"Key", b"Plaintext"),
            [0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3]
        );
    }

    #[test]
    fn pieces_are_joined_and_escapes_undone() {
        let text = br"a['getHash'+ 'esPer'+'Second'];b='\x6a\x6f\x62_id';// don't
c='next'";
        let decoded = decode(text);
        let lines: Vec<&[u8]> = decoded.split(|&byte| byte == b'\n').collect();
        assert!(lines.contains(&&b"getHashesPerSecond"[..]));
        assert!(lines.contains(&&b"job_id"[..]));
        assert!(lines.contains(&&b"next"[..]));
    }

    #[test]
    fn swapped_base64_is_decoded() {
        // 'getHashesPerSecond' in base64, letters swapped.
        let decoded = decode(b"var _0x12ab=['z2v0sgfZAgvZugvYu2vJB25K'];");
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

    #[test]
    fn rc4_strings_are_decrypted_whatever_the_rotation() {
        let words = [
            "hashesPerSecond",
            "job_id",
            "WebSocket",
            "throttle",
            "nonce",
        ];
        let keys = ["k1y!", "ab)c", "Zz9[", "4#3x", "qqqq"];
        for rotation in 0..words.len() {
            let mut array: Vec<String> = (0..words.len())
                .map(|index| swapped_of(&rc4(keys[index].as_bytes(), words[index].as_bytes())))
                .collect();
            array.rotate_right(rotation);
            let mut text = format!("var _0x5a=['{}'];", array.join("','"));
            for (index, key) in keys.iter().enumerate() {
                use core::fmt::Write;
                let _ = write!(text, "_0x1b2c(0x{index:x},'{key}');");
            }
            let decoded = String::from_utf8_lossy(&decode(text.as_bytes())).into_owned();
            for word in words {
                assert!(decoded.contains(word), "{rotation} {word}: {decoded}");
            }
        }
    }
}
