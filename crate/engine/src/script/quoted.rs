//! Strings of a script, as its form and its flow both read them.

/// The shortest string that is looked at for code, in bytes.
const CODE: usize = 256;
/// How deep templates may nest.
pub(super) const NESTED: usize = 16;

/// Where a string ends: at its quote, or at the end of the line.
pub(super) fn end(text: &[u8], start: usize, quote: u8) -> usize {
    let mut end = start;
    while let Some(&byte) = text.get(end) {
        if byte == quote || byte == b'\n' && quote != b'`' {
            break;
        }
        end += if byte == b'\\' { 2 } else { 1 };
    }
    end
}

/// Where a string ends that holds the code of a worker; `None` where it holds none.
pub(super) fn code_end(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let end = end(text, start, quote);
    let inner = text.get(start..end).unwrap_or_default();
    let head = inner.get(..CODE).unwrap_or_default();
    let calls = head.contains(&b'(') && head.contains(&b';') && inner.contains(&b'{');
    calls.then_some(end)
}
