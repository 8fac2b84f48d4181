//! Strings and regular expressions of a script, as all that reads scripts sees them.

use super::{escape, seek};
use crate::signature::is_identifier;
use crate::work::look;

/// The shortest string that is looked at for code, in bytes.
const CODE: usize = 256;
/// Strings beyond this are searched for their end many bytes at once.
const SHORT: usize = 24;
/// How deep templates may nest.
pub(super) const NESTED: usize = 16;
/// The longest regular expression: one that does not end is read on from its second letter.
const EXPRESSION: usize = 4 << 10;
/// So many bytes before a slash are looked at to tell what it begins.
const BEFORE: usize = 64;
/// The words that an operand follows.
const OPERATORS: [&[u8]; 12] = [
    b"typeof",
    b"case",
    b"in",
    b"of",
    b"do",
    b"else",
    b"void",
    b"delete",
    b"throw",
    b"await",
    b"yield",
    b"instanceof",
];

/// Where a string ends: at its quote, or at the end of the line.
#[inline(never)]
pub(super) fn end(text: &[u8], start: usize, quote: u8) -> usize {
    // Templates go on over lines.
    let line = if quote == b'`' { quote } else { b'\n' };
    let mut end = start;
    while let Some(&byte) = text.get(end) {
        if byte == quote || byte == line {
            break;
        }
        end += if byte == b'\\' { 2 } else { 1 };
        // Most strings are short.
        if end > start + SHORT {
            let rest = text.get(end..).unwrap_or_default();
            end += memchr::memchr3(quote, line, b'\\', rest).unwrap_or(rest.len());
        }
    }
    look(end - start);
    end
}

/// Where a string ends that holds the code of a worker; `None` where it holds none.
#[inline(never)]
pub(super) fn code_end(text: &[u8], start: usize, quote: u8) -> Option<usize> {
    let end = end(text, start, quote);
    let inner = text.get(start..end).unwrap_or_default();
    let head = inner.get(..CODE).unwrap_or_default();
    let calls = head.contains(&b'(') && inner.contains(&b'{');
    // Minified code may begin with a long list of declarations.
    let goes_on = || head.contains(&b'=') && inner.contains(&b';') && has_function(inner);
    (calls && (head.contains(&b';') || goes_on())).then_some(end)
}

#[inline(never)]
pub(super) fn has_function(code: &[u8]) -> bool {
    code.windows(8)
        .any(|part| part.starts_with(b"=>") || part == b"function")
}

/// The length of a regular expression with its flags, or of the slash where the line ends before it
/// does.
#[inline(never)]
fn expression(text: &[u8]) -> usize {
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
    look(at);
    1
}

/// What a slash begins, with its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slash {
    Comment(usize),
    Expression(usize),
    Division,
}

impl Slash {
    /// At the beginning of a text, after code without its comments: an operand is divided.
    #[inline(never)]
    pub(super) fn read(before: &[u8], text: &[u8]) -> Self {
        let inner = text.get(2..).unwrap_or_default();
        let found = match text.get(1) {
            Some(b'/') => Self::Comment(seek::byte(b'\n', text).unwrap_or(text.len())),
            Some(b'*') => Self::Comment(seek::word(b"*/", inner).map_or(text.len(), |end| end + 4)),
            _ if ends_with_operand(before) => Self::Division,
            _ => Self::Expression(expression(text)),
        };
        look(found.length());
        found
    }

    const fn length(self) -> usize {
        match self {
            Self::Comment(length) | Self::Expression(length) => length,
            Self::Division => 1,
        }
    }
}

/// Whether code ends with what an operator can follow.
fn ends_with_operand(code: &[u8]) -> bool {
    let near = code.get(code.len().saturating_sub(BEFORE)..);
    let near = near.unwrap_or_default().trim_ascii_end();
    let ends = |word: &&[u8]| {
        let before = near.strip_suffix(*word).map(<[u8]>::last);
        // Names that the form of a script leaves out stand as `$`.
        before.is_some_and(|last| last.is_none_or(|&b| b == b'$' || b != b'.' && !is_identifier(b)))
    };
    match near.last() {
        None => false,
        Some(b'+') => near.ends_with(b"++"),
        Some(b'-') => near.ends_with(b"--"),
        Some(byte) if b"(,=:[!&|?{;*%^~<>".contains(byte) => false,
        // In the form of a script, it may follow `else` without a space.
        _ => !near.ends_with(b"return") && !OPERATORS.iter().any(ends),
    }
}

/// The length of what a slash begins in a text of which nothing else was read: of the slash alone
/// where it divides. Quotes inside of the others open no string.
#[inline(never)]
pub(super) fn slash(text: &[u8], at: usize) -> usize {
    let (before, rest) = text.split_at_checked(at).unwrap_or_default();
    // Two slashes after a colon are an address, in a template.
    if before.last() == Some(&b':') && rest.starts_with(b"//") {
        return 2;
    }
    Slash::read(before, rest).length()
}

/// The strings that hold code with strings or lines of its own in it, as they are written: read where
/// they stand, those would end them, and a comment would not end.
#[inline(never)]
pub(super) fn nested(text: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'/' => at += slash(text, at).max(1),
            b'"' | b'\'' => {
                let code = code_end(text, at + 1, byte);
                let end = code.unwrap_or_else(|| end(text, at + 1, byte));
                let inner = text.get(at + 1..end).unwrap_or_default();
                if code.is_some() && escape::has_lines_or_quotes(inner) {
                    found.push(inner);
                }
                at = end + 1;
            }
            _ => at += 1,
        }
    }
    found
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
    fn code_in_strings_that_has_strings_is_found() {
        let code =
            format!("const a=(b)=>b;{}f(\\\"c//d\\\")", "a(1);".repeat(60)).replace("f(", "{}f(");
        for (text, found) in [
            (format!("new Worker(blob([\"{code}\"]))"), 1),
            (format!("a=/\"/;b=\"{code}\";c='{code}'"), 2),
            (format!("a=1 / 2;// it's\nb=\"{code}\""), 1),
            (format!("`it's`;b=\"{code}\""), 1),
            (format!("b=\"{}\"", code.replace('\\', "")), 0),
            // A comment ends with its line.
            (
                format!("eval(\"// it\\n{}\")", code.replace("\\\"", "'")),
                1,
            ),
            (String::new(), 0),
        ] {
            assert_eq!(nested(text.as_bytes()).len(), found, "{text}");
        }
        for part in ["\"", "'\\'", "/", "`", "\"(;{\\'", "/\"", "\\\""] {
            crate::work::tests::assert_linear(part, 100_000 / part.len(), |count| {
                let _ = nested(part.repeat(count).as_bytes()).len();
            });
        }
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
            ("case /'/:", 5, 3),
            ("this.case /'/", 10, 1),
            ("i++ /'/", 4, 1),
            ("1 + /'/", 4, 3),
            ("{}/'/", 2, 1),
        ] {
            assert_eq!(slash(text.as_bytes(), begins), length, "{text}");
        }
        assert_eq!(slash(b"", 3), 1);
    }
}
