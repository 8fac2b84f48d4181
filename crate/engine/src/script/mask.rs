//! What hides data inside a script that is encoded besides: exclusive or with a byte or a word, or a number
//! added to each byte. It is found by trying, on the beginning of the data only.

use super::payload::is_printable;
use super::seek;

/// Words of which a script has one near its beginning.
const WORDS: [&[u8]; 12] = [
    b"function",
    b"const ",
    b"return",
    b"var ",
    b"let ",
    b"new ",
    b"this.",
    b"self.",
    b"import",
    b"await ",
    b"class ",
    b"use strict",
];
/// How long a word is that masks data,
const WORD: core::ops::RangeInclusive<usize> = 2..=64;
/// and how many are tried.
const MOST_WORDS: usize = 128;
/// How long a word is that is worked out,
const PERIODS: core::ops::RangeInclusive<usize> = 2..=16;
/// from how many letters under each of its own,
const FEWEST: usize = 40;
/// and what letters are common in scripts.
const COMMON: &[u8] = b" etnoraisl(),.=;[]";
/// Text that is shorter is not told from anything else.
const SHORTEST: usize = 100;

/// What hides data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mask {
    /// Exclusive or with one byte.
    Byte(u8),
    /// A number that was added to each byte.
    Added(u8),
    /// Exclusive or with a word, again and again.
    Word(Vec<u8>),
}

impl Mask {
    /// Takes it off.
    pub(super) fn undo(&self, data: &mut [u8]) {
        match self {
            Self::Byte(0) => {}
            Self::Byte(mask) => data.iter_mut().for_each(|byte| *byte ^= mask),
            Self::Added(number) => data
                .iter_mut()
                .for_each(|byte| *byte = byte.wrapping_sub(*number)),
            Self::Word(word) => data
                .iter_mut()
                .zip(word.iter().cycle())
                .for_each(|(byte, mask)| *byte ^= mask),
        }
    }

    /// Whether data that begins like this is a script without it, where it is text.
    fn hides(&self, head: &[u8]) -> bool {
        let mut text = head.to_vec();
        self.undo(&mut text);
        WORDS.iter().any(|word| seek::word(word, &text).is_some())
    }
}

/// What masks data that is a module or a script without it; `near` is the text around it, in which
/// the word may stand that does.
#[inline(never)]
pub(super) fn find(head: &[u8], near: &[u8]) -> Option<Mask> {
    let first = *head.first()?;
    if head
        .iter()
        .map(|byte| byte ^ first)
        .take(8)
        .eq(*b"\0asm\x01\0\0\0")
    {
        return Some(Mask::Byte(first));
    }
    if head.len() < SHORTEST {
        return None;
    }
    // Several masks give text, one of them words.
    let xored = plain(head, |byte, mask| byte ^ mask);
    let added = plain(head, u8::wrapping_sub);
    let bytes = xored.map(Mask::Byte).chain(added.map(Mask::Added));
    let words = near
        .split(|byte| matches!(byte, b'"' | b'\'' | b'`'))
        .filter(|word| WORD.contains(&word.len()))
        .take(MOST_WORDS)
        .filter(|word| {
            let mut masked = head.iter().zip(word.iter().cycle());
            masked.all(|(byte, mask)| is_printable(byte ^ mask))
        })
        .map(|word| Mask::Word(word.to_vec()));
    bytes.chain(words).find(|mask| mask.hides(head))
}

/// The word that masks data, worked out from the data alone: in a text, each letter of the word hides
/// letters of which some are common. The shortest word that gives a script.
#[inline(never)]
pub(super) fn guess(head: &[u8]) -> Option<Mask> {
    let masks = PERIODS.map_while(|period| {
        let seen = period * FEWEST <= head.len();
        seen.then(|| {
            let word = (0..period).map_while(|first| likely(head.get(first..)?, period));
            Mask::Word(word.collect())
        })
    });
    masks
        .zip(PERIODS)
        .find(|(mask, period)| {
            matches!(mask, Mask::Word(word) if word.len() == *period) && mask.hides(head)
        })
        .map(|(mask, _)| mask)
}

/// The byte without which every so many bytes are the likeliest letters.
fn likely(data: &[u8], period: usize) -> Option<u8> {
    let letters = || data.iter().step_by(period);
    let score = |mask: u8| {
        letters().try_fold(0_u32, |sum, byte| {
            let letter = byte ^ mask;
            let common = u32::from(COMMON.contains(&letter));
            let usual = u32::from(letter.is_ascii_lowercase() || letter.is_ascii_digit());
            is_printable(letter).then_some(sum + common * 2 + usual)
        })
    };
    let scores = (0..=255).filter_map(|mask| Some((score(mask)?, mask)));
    scores.max().map(|(_, mask)| mask)
}

/// The masks without which data that begins like this is text. Nearly all of them end at its first letters.
fn plain(head: &[u8], undone: impl Fn(u8, u8) -> u8) -> impl Iterator<Item = u8> {
    let text = move |mask: &u8| head.iter().all(|&byte| is_printable(undone(byte, *mask)));
    (0..=255).filter(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_worked_out_from_what_it_masks() {
        let code = "const turn=(a,n)=>a<<n|a>>>32-n;function next(t){let e=t.state,i=0;for(;i<e.length;i++)e[i]=turn(e[i]^t.words[i],7)+i;return e}self.onmessage=({data:r})=>{const s=new Store(r.size);s.fill(r.first),postMessage({done:next(s),count:r.total})};";
        let text = code.repeat(8);
        for word in [
            &[37_u8, 36, 39, 38, 41, 40, 43][..],
            &[200, 3],
            b"a longer key",
        ] {
            let mask = Mask::Word(word.to_vec());
            let mut data = text.clone().into_bytes();
            mask.undo(&mut data);
            assert_eq!(guess(&data), Some(mask), "{word:?}");
        }
        // Text that is no script, and what is no text.
        assert_eq!(
            guess(&b"THE 12 MEN OF 7 TOWNS WENT ON AND ON. ".repeat(50)),
            None
        );
        let noise: Vec<u8> = (0_u32..2_000)
            .map(|at| (at.wrapping_mul(at) >> 3) as u8)
            .collect();
        assert_eq!(guess(&noise), None);
        assert_eq!(guess(b"short"), None);
    }
}
