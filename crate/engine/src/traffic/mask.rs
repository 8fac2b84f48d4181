//! Masks: JSON of which each byte was changed by a byte of a short key, which is used again and again.
//!
//! The key is found as keys of that kind are found by hand: of each length, each byte of the key is
//! one of those that make its letters the most usual. Letters of ASCII have no highest bit, so where
//! bits of letters under one byte of the key differ there, the length is another. JSON begins and ends
//! with brackets, which tells two bytes of the key. A key that was taken wrong leaves no JSON.

use crate::order::sort_each_once;

/// The longest key that is looked for.
const LONGEST: usize = 16;
/// So many letters each byte of a longer key has to have changed.
const LEAST: usize = 8;
/// So many bytes are asked for the key.
const ASKED: usize = 512;
/// So many bytes are tried in each place of a key, and so many combinations of them.
const LIKELY: usize = 4;
const TRIED: usize = 256;

/// How usual each letter is in JSON that holds words and numbers, hexadecimal ones among them.
const USUAL: [i32; 256] = {
    let mut usual = [-30; 256];
    let mut at = 0x20;
    while at < 0x7f {
        usual[at] = match at as u8 {
            b'"' => 9,
            b'0'..=b'9' | b'a'..=b'f' | b':' | b',' => 4,
            b'g'..=b'z' => 3,
            b' ' | b'{' | b'}' | b'[' | b']' => 2,
            b'A'..=b'Z' | b'_' | b'-' | b'.' | b'/' => 1,
            _ => -3,
        };
        at += 1;
    }
    usual
};

/// The JSON that is behind a mask; `None` where there is none.
pub(super) fn unmasked(text: &[u8]) -> Option<Vec<u8>> {
    behind(text, &mut [vec![0]]).or_else(|| {
        (2..=LONGEST.min(text.len() / LEAST))
            .filter(|&length| is_ascii(text, length))
            .find_map(|length| {
                let likely = (0..length).map(|from| likeliest(text, from, length));
                behind(text, &mut likely.collect::<Vec<_>>())
            })
    })
}

/// The JSON behind a mask of which each byte is one of these; those at the ends of the text are taken from there.
fn behind(text: &[u8], key: &mut [Vec<u8>]) -> Option<Vec<u8>> {
    let (&first, &last) = (text.first()?, text.last()?);
    let end = (text.len() - 1) % key.len();
    [(b'{', b'}'), (b'[', b']')]
        .into_iter()
        .find_map(|(open, close)| {
            *key.first_mut()? = vec![first ^ open];
            if end == 0 && first ^ open != last ^ close {
                return None;
            }
            *key.get_mut(end)? = vec![last ^ close];
            tried(text, key)
        })
}

/// The JSON that one of the first few combinations leaves.
fn tried(text: &[u8], key: &[Vec<u8>]) -> Option<Vec<u8>> {
    let most: usize = key.iter().map(Vec::len).product();
    (0..most.min(TRIED)).find_map(|number| {
        let mut rest = number;
        let chosen: Vec<u8> = key
            .iter()
            .filter_map(|choices| {
                let choice = choices.get(rest % choices.len().max(1));
                rest /= choices.len().max(1);
                choice.copied()
            })
            .collect();
        let letters = text.iter().zip(chosen.iter().cycle());
        let plain = letters.map(|(letter, key)| letter ^ key);
        is_json(plain.clone()).then(|| plain.collect())
    })
}

/// Whether letters under the same byte of a key of this length may all be of ASCII.
fn is_ascii(text: &[u8], length: usize) -> bool {
    let beyond = text.get(length..).unwrap_or_default();
    text.iter()
        .zip(beyond)
        .all(|(left, right)| (left ^ right) & 0x80 == 0)
}

/// The bytes of a key that make every `step`-th letter from this one on the most usual, the best first.
fn likeliest(text: &[u8], from: usize, step: usize) -> Vec<u8> {
    let asked = text.get(..ASKED).unwrap_or(text);
    let usual = |key: u8| -> i32 {
        let letters = asked.iter().skip(from).step_by(step);
        letters.map(|letter| USUAL[usize::from(letter ^ key)]).sum()
    };
    let mut all: Vec<(i32, u8)> = (0..=255).map(|key| (-usual(key), key)).collect();
    sort_each_once(&mut all);
    all.into_iter().map(|one| one.1).take(LIKELY).collect()
}

/// Whether this is JSON in letters of ASCII, as far as its marks and bare words tell.
fn is_json(text: impl Iterator<Item = u8>) -> bool {
    let mut quoted = false;
    let mut escaped = false;
    let mut colons = 0;
    let mut word = Word::default();
    for byte in text {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                b' '..=b'~' => {}
                _ => return false,
            }
            continue;
        }
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'+' | b'-' | b'.' | b'E' => {
                word.add(byte);
                continue;
            }
            b'"' => quoted = true,
            b':' => colons += 1,
            b'{' | b'}' | b'[' | b']' | b',' | b' ' => {}
            _ => return false,
        }
        if !core::mem::take(&mut word).is_value() {
            return false;
        }
    }
    !quoted && colons > 0
}

/// What stands without quotes.
#[derive(Default)]
struct Word {
    /// Its first letters.
    letters: [u8; 5],
    length: usize,
    /// Whether some letter is in no number.
    spelled: bool,
}

impl Word {
    fn add(&mut self, byte: u8) {
        if let Some(letter) = self.letters.get_mut(self.length) {
            *letter = byte;
        }
        self.length += 1;
        self.spelled |= !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    }

    /// Whether JSON has this, or it is nothing.
    fn is_value(&self) -> bool {
        let word = self.letters.get(..self.length);
        !self.spelled || word.is_some_and(|word| matches!(word, b"null" | b"true" | b"false"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGES: [&str; 3] = [
        r#"{"type":"auth","params":{"site_key":"abcdefabcdefabcdefabcdefabcdefab","type":"anonymous","user":null,"goal":0}}"#,
        r#"{"type":"submit","params":{"version":7,"job_id":"stub-1","nonce":"9f3a01c4","result":"8c1d5f0e6a7b23948c1d5f0e6a7b23941f4e6d7c8b9a00112233445566770000"}}"#,
        r#"{"jsonrpc":"2.0","id":4,"method":"login","params":{"login":"48edfHu7V9Z84YzzMa6fUueoELZ9ZRXq9VetWzYGzKt52XU5xvqgzYnDK9URnRoJMk1j8nLwEVsaSWJ4fhdUyZijBGUicoD","pass":"x","agent":"web"}}"#,
    ];

    fn masked(text: &[u8], key: &[u8]) -> Vec<u8> {
        let letters = text.iter().zip(key.iter().cycle());
        letters.map(|(letter, key)| letter ^ key).collect()
    }

    #[test]
    fn the_key_is_found() {
        for message in MESSAGES {
            for key in [
                &b"\x5a"[..],
                b"ab",
                &[0xa7, 0x11, 0xc3],
                b"key!",
                &[9, 200, 31, 0x77, 0x80],
            ] {
                let found = unmasked(&masked(message.as_bytes(), key));
                let found = found.map(|found| String::from_utf8_lossy(&found).into_owned());
                assert_eq!(found.as_deref(), Some(message), "{key:?}");
            }
        }
    }

    #[test]
    fn what_is_no_json_has_no_mask() {
        let floats: Vec<u8> = (0..200u16)
            .flat_map(|at| f32::from(at).sin().to_le_bytes())
            .collect();
        let text = masked(
            b"GET /index.html HTTP/1.1\r\nHost: example.org\r\nAccept: text/html\r\n",
            b"key!",
        );
        for other in [&floats, &text, &vec![0; 300], &vec![], &vec![7]] {
            assert_eq!(unmasked(other), None);
        }
    }
}
