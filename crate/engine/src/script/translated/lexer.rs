//! Tokens of translated code: names, numbers and marks. Strings, templates and regular expressions
//! do not occur in it and end its reading.

use super::super::number::read;
use crate::signature::is_identifier;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or keyword.
    Name(&'t [u8]),
    /// A number, `None` where it has a fraction.
    Number(Option<i32>),
    /// An operator or bracket.
    Mark(&'t [u8]),
    /// Anything else, the end included.
    Other,
}

/// Marks of several bytes, the longest first.
const MARKS: [&[u8]; 25] = [
    b">>>=", b">>>", b"<<=", b">>=", b"===", b"!==", b"==", b"!=", b"<=", b">=", b"&&", b"||",
    b"++", b"--", b"+=", b"-=", b"*=", b"/=", b"%=", b"|=", b"&=", b"^=", b"<<", b">>", b"=>",
];

/// The second bytes of those marks.
const SECOND: &[u8] = b"=<>&|+-";

/// Comments are not longer.
const LONGEST: usize = 1_024;

/// Reads tokens one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether the last token began on a new line.
    pub(super) new_line: bool,
}

impl<'t> Lexer<'t> {
    /// Reads from a position.
    pub(super) fn new(text: &'t [u8], at: usize) -> Self {
        Self {
            text,
            at,
            new_line: false,
        }
    }

    /// Where the next token is looked for.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[inline(never)] // Code that pages load: asked for in many places.
    fn skip(&mut self) {
        self.new_line = false;
        loop {
            let rest = self.rest();
            let rest = rest.get(..LONGEST).unwrap_or(rest);
            let length = match rest {
                [b'\n', ..] => {
                    self.new_line = true;
                    1
                }
                [b' ' | b'\t' | b'\r', ..] => 1,
                [b'/', b'/', ..] => rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()),
                [b'/', b'*', ..] => rest
                    .windows(2)
                    .skip(2)
                    .position(|pair| pair == b"*/")
                    .map_or(rest.len(), |end| end + 4),
                _ => return,
            };
            self.at += length;
        }
    }

    /// The next token.
    #[inline(never)]
    pub(super) fn next(&mut self) -> Token<'t> {
        self.skip();
        let rest = self.rest();
        let Some(&first) = rest.first() else {
            return Token::Other;
        };
        let (token, length) = if first.is_ascii_digit() {
            let (value, length) = read(rest);
            // Numbers are 32 bits wide here, as in asm.js.
            let value = value.map(|value| (value as u32).cast_signed());
            (Token::Number(value), length)
        } else if first == b'.' && rest.get(1).is_some_and(u8::is_ascii_digit) {
            let (_, length) = read(rest.get(1..).unwrap_or_default());
            (Token::Number(None), 1 + length)
        } else if is_identifier(first) {
            let length = rest.iter().position(|&byte| !is_identifier(byte));
            let length = length.unwrap_or(rest.len());
            (Token::Name(rest.get(..length).unwrap_or_default()), length)
        } else if matches!(first, b'"' | b'\'' | b'`' | b'\\' | b'#' | b'@') {
            (Token::Other, 0)
        } else {
            // Most have one byte.
            let long = rest.get(1).is_some_and(|byte| SECOND.contains(byte));
            let mut marks = MARKS.iter().filter(|_| long);
            let found = marks.find(|mark| rest.starts_with(mark));
            let length = found.map_or(1, |mark| mark.len());
            (Token::Mark(rest.get(..length).unwrap_or_default()), length)
        };
        self.at += length;
        token
    }

    /// The next token, without taking it.
    #[inline(never)]
    pub(super) fn peek(&self) -> Token<'t> {
        let mut ahead = *self;
        ahead.next()
    }

    /// Whether the next token begins on a new line.
    pub(super) fn ends_line(&self) -> bool {
        let mut ahead = *self;
        ahead.skip();
        ahead.new_line
    }

    #[inline(never)]
    fn takes_token(&mut self, token: Token<'_>) -> bool {
        let mut ahead = *self;
        let found = ahead.next() == token;
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes this mark, where it is next.
    pub(super) fn takes(&mut self, mark: &[u8]) -> bool {
        self.takes_token(Token::Mark(mark))
    }

    /// Takes this name, where it is next.
    pub(super) fn takes_name(&mut self, name: &[u8]) -> bool {
        self.takes_token(Token::Name(name))
    }
}
