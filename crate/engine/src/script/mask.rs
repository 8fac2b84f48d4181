//! What hides data inside a script that is encoded besides: exclusive or with a byte or a word, or a number
//! added to each byte. It is found by trying, on the beginning of the data only.

use super::payload::is_printable;

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
        let has = |word: &&[u8]| text.windows(word.len()).any(|window| window == *word);
        WORDS.iter().any(has)
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

/// The masks without which data that begins like this is text. Nearly all of them end at its first letters.
fn plain(head: &[u8], undone: impl Fn(u8, u8) -> u8) -> impl Iterator<Item = u8> {
    let text = move |mask: &u8| head.iter().all(|&byte| is_printable(undone(byte, *mask)));
    (0..=255).filter(text)
}
