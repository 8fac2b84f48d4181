//! Searches for a byte or a word, each compiled once: every one that is inlined brings its own vectors.

/// Where a byte first is.
#[inline(never)]
pub(super) fn byte(byte: u8, text: &[u8]) -> Option<usize> {
    memchr::memchr(byte, text)
}

/// Where a byte is, one place after the other.
pub(super) fn bytes(byte: u8, text: &[u8]) -> impl Iterator<Item = usize> {
    let mut from = 0;
    core::iter::from_fn(move || {
        let at = from + self::byte(byte, text.get(from..)?)?;
        from = at + 1;
        Some(at)
    })
}

/// Where a word first is.
#[inline(never)]
pub(super) fn word(word: &[u8], text: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, word)
}
