//! Strings and regular expressions of a script, as all that reads scripts sees them.

/// The shortest string that is looked at for code, in bytes.
const CODE: usize = 256;
/// How deep templates may nest.
pub(super) const NESTED: usize = 16;
/// The longest regular expression: one that does not end is read on from its second letter.
const EXPRESSION: usize = 4 << 10;
/// So many bytes before a slash are looked at to tell what it begins.
const BEFORE: usize = 64;

/// Where a string ends: at its quote, or at the end of the line.
#[inline(never)]
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
#[inline(never)]
pub(super) fn code_end(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let end = end(text, start, quote);
    let inner = text.get(start..end).unwrap_or_default();
    let head = inner.get(..CODE).unwrap_or_default();
    let calls = head.contains(&b'(') && head.contains(&b';') && inner.contains(&b'{');
    calls.then_some(end)
}

/// The length of a regular expression with its flags, or of the slash where the line ends before it
/// does.
#[inline(never)]
pub(super) fn expression(text: &[u8]) -> usize {
    let text = text.get(..EXPRESSION).unwrap_or(text);
    let mut class = false;
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => {
                let flags = text.get(at + 1..).unwrap_or_default();
                return at + 1 + flags.iter().take_while(|b| b.is_ascii_lowercase()).count();
            }
            b'\n' => break,
            _ => {}
        }
        at += 1;
    }
    1
}

/// The length of what a slash begins in a text of which nothing else was read: a comment, a regular
/// expression, or only the slash of a division. What stands before it tells: an operand is divided.
/// Quotes inside of the first two open no string.
#[inline(never)]
pub(super) fn slash(text: &[u8], at: usize) -> usize {
    let (before, rest) = text.split_at_checked(at).unwrap_or_default();
    match rest.get(1) {
        // Two slashes after a colon are an address, in a template.
        Some(b'/') if before.last() != Some(&b':') => {
            memchr::memchr(b'\n', rest).unwrap_or(rest.len())
        }
        Some(b'/') => 2,
        Some(b'*') => memchr::memmem::find(rest.get(2..).unwrap_or_default(), b"*/")
            .map_or(rest.len(), |end| end + 4),
        _ => {
            let near = before.get(before.len().saturating_sub(BEFORE)..);
            let near = near.unwrap_or_default().trim_ascii_end();
            let begins = near
                .last()
                .is_none_or(|byte| b"(,=:[!&|?{;+-*%^~<>".contains(byte));
            if begins || near.ends_with(b"return") {
                expression(rest)
            } else {
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_that_does_not_end_soon_is_none() {
        let ends = |after: usize| format!("/{}/g", "a".repeat(after));
        assert_eq!(expression(ends(EXPRESSION - 3).as_bytes()), EXPRESSION);
        // Otherwise the rest of a text would be read again for each slash in it.
        assert_eq!(expression(ends(EXPRESSION).as_bytes()), 1);
    }

    #[test]
    fn slashes_are_told_apart() {
        for (text, begins, length) in [
            ("a=/['/\\/]'/gi.test(b)", 2, 11),
            ("return /'/", 7, 3),
            ("/'/", 0, 3),
            ("a / b / c", 2, 1),
            ("f(a)/2/'", 4, 1),
            ("x//it's\ny", 1, 6),
            ("x/* it's */y", 1, 10),
            ("`http://${a}'`", 6, 2),
            ("a=/unended\n'", 2, 1),
            ("/*'", 0, 3),
            ("x//'", 1, 3),
        ] {
            assert_eq!(slash(text.as_bytes(), begins), length, "{text}");
        }
        assert_eq!(slash(b"", 3), 1);
    }
}
