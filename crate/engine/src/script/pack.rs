//! Code packed by Dean Edwards' packer (`eval(function(p,a,c,k,e,d)…`), unpacked.
//!
//! The packer replaces every word by its number in base `a` (up to 62) and keeps the words in a
//! list. Where one begins is for the signatures to say (`shape.packed`). Only the usual form with literal arguments is read; anything else is left as it is.

use super::number;

/// The most code that is unpacked from one input.
const MOST: usize = 4 << 20;

/// Unpacks the first packed code at or after a position.
pub(crate) fn unpack(text: &[u8], start: usize) -> Option<Vec<u8>> {
    let text = text.get(start..)?;
    let body = find_from(text, b"}(", 0)?;
    let (packed, at) = string(text, body + 2)?;
    let (base, at) = number(text, at)?;
    let (_, at) = number(text, at)?;
    let (words, _) = string(text, skip(text, at, b','))?;
    if !(2..=62).contains(&base) {
        return None;
    }
    let words: Vec<&[u8]> = words.split(|&byte| byte == b'|').collect();
    let mut out = Vec::with_capacity(packed.len());
    let mut rest = packed.as_slice();
    while let Some(&byte) = rest.first() {
        let length = rest
            .iter()
            .position(|&byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
            .unwrap_or(rest.len());
        if length == 0 {
            out.push(byte);
            rest = rest.get(1..)?;
        } else {
            let (word, after) = rest.split_at_checked(length)?;
            let known = index(word, base)
                .and_then(|index| words.get(index))
                .filter(|word| !word.is_empty());
            out.extend_from_slice(known.copied().unwrap_or(word));
            rest = after;
        }
        if out.len() > MOST {
            break;
        }
    }
    Some(out)
}

fn find_from(text: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    text.get(from..)?
        .windows(needle.len())
        .take(4_000)
        .position(|window| window == needle)
        .map(|position| from + position)
}

fn skip(text: &[u8], mut at: usize, also: u8) -> usize {
    while text
        .get(at)
        .is_some_and(|&byte| byte == also || byte.is_ascii_whitespace())
    {
        at += 1;
    }
    at
}

/// A string literal, unescaped as far as the packer escapes.
fn string(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let at = skip(text, at, b',');
    let quote = *text.get(at).filter(|byte| matches!(byte, b'\'' | b'"'))?;
    let mut out = Vec::new();
    let mut at = at + 1;
    loop {
        match *text.get(at)? {
            b'\\' => {
                out.push(*text.get(at + 1)?);
                at += 2;
            }
            byte if byte == quote => return Some((out, at + 1)),
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

fn number(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let at = skip(text, at, b',');
    let digits = text
        .get(at..)?
        .iter()
        .take(9)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let value = number::digits(text.get(at..at + digits)?, 10)?;
    Some((value as usize, at + digits))
}

/// A word's number: digits, small letters, capitals.
fn index(word: &[u8], base: usize) -> Option<usize> {
    let mut value = 0_usize;
    for &byte in word {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            _ => return None,
        };
        if usize::from(digit) >= base {
            return None;
        }
        value = value.checked_mul(base)?.checked_add(usize::from(digit))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_and_keeps_quotes() {
        let packed = br"x;eval(function(p,a,c,k,e,r){e=String;return p}('0 3=4 1.2(\'k\');3.5()',62,6,'var|CoinHive|Anonymous|m|new|start'.split('|'),0,{}))";
        let out = unpack(packed, 2).expect("unpacked");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "var m=new CoinHive.Anonymous('k');m.start()"
        );
        for cut in 0..packed.len() {
            assert!(unpack(&packed[..cut], 2).is_none_or(|code| code.len() < packed.len()));
        }
    }
}
