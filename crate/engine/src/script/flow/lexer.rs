//! The tokens of a script, as far as it matters what flows where: names by their hash, numbers,
//! strings by their hash, and operators. Strings and templates that hold the code of a worker are
//! read as the code that they are. Reads once, forward.

use super::super::quoted::Slash;
use super::super::{number, quoted};
pub(super) use crate::hash::fnv32 as hash;
use crate::signature::is_identifier;
use crate::work::look;

/// One token. Names, members and strings by their hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Name(u32),
    /// What comes after a dot, or a name in brackets.
    Member(u32),
    Number(u32),
    Text(u32),
    Word(Word),
    /// An operator or bracket: itself, or one of the constants below.
    Mark(u8),
}

/// `<`, `>`, `<=`, `>=`.
pub(super) const ORDER: u8 = b'<';
/// `==` and its kin.
pub(super) const EQUAL: u8 = b'e';
/// `<<`, `>>`, `>>>`.
pub(super) const SHIFT: u8 = b's';
/// `++`, `--`.
pub(super) const STEP: u8 = b'i';
/// An assignment that adds or subtracts.
pub(super) const ADDS: u8 = b'P';
/// Any other assignment with an operator.
pub(super) const CHANGES: u8 = b'a';
/// `=>`.
pub(super) const ARROW: u8 = b'>';
/// `&&`, `||`, `??` and `?`.
pub(super) const LOGIC: u8 = b'?';

/// A word of the language that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// What has a condition: `if`, `switch`.
    If,
    /// What is done again and again: `while`, `for`, `do`.
    Loop,
    Catch,
    Function,
    Class,
    /// `var`.
    Variable,
    /// `let`, `const`: what holds in a block.
    Let,
    Return,
    New,
    /// `of`, `in`.
    Of,
    This,
    Throw,
    /// Anything else that begins or divides statements.
    Other,
    /// What says nothing of what flows, and is left out.
    Silent,
}

/// The tokens of a text.
pub(super) fn tokens(text: &[u8]) -> Vec<Token> {
    let mut reader = Reader {
        text,
        at: 0,
        end: 0,
        out: Vec::with_capacity(text.len() / 4),
        code_end: usize::MAX,
        templates: Vec::new(),
    };
    while let Some(&byte) = text.get(reader.at) {
        let start = reader.at;
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' | b'#' => reader.at += 1,
            b'\\' => reader.at += 2,
            b'/' => reader.slash(),
            _ => {
                reader.step(byte);
                reader.end = reader.at;
            }
        }
        look(reader.at - start);
    }
    reader.out
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the last token ends.
    end: usize,
    out: Vec<Token>,
    /// Where the string ends that is read as the code that it is.
    code_end: usize,
    /// For each template around: how many braces are open in its expression.
    templates: Vec<u32>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn mark(&mut self, mark: u8, length: usize) {
        self.at += length;
        self.out.push(Token::Mark(mark));
    }

    fn step(&mut self, byte: u8) {
        if self.at == self.code_end {
            self.at += 1;
            self.code_end = usize::MAX;
            self.out.push(Token::Mark(b';'));
            return;
        }
        let rest = self.rest();
        let next = |at: usize| rest.get(at).copied().unwrap_or(0);
        match (byte, next(1), next(2)) {
            (b'"' | b'\'' | b'`', ..) if self.holds_code(byte) => {}
            (b'"' | b'\'', ..) => self.string(byte),
            (b'`', ..) => {
                self.at += 1;
                self.out.push(Token::Text(0));
                self.template();
            }
            (b'0'..=b'9', ..) | (b'.', b'0'..=b'9', _) => self.number(),
            (b'.', b'.', b'.') => self.at += 3,
            (b'?', b'.', other) if !other.is_ascii_digit() => {
                // Of what may be missing, something is called or asked.
                self.at += 1 + usize::from(matches!(other, b'(' | b'['));
            }
            (b'=', b'>', _) => self.mark(ARROW, 2),
            (b'=' | b'!', b'=', b'=') => self.mark(EQUAL, 3),
            (b'=' | b'!', b'=', _) => self.mark(EQUAL, 2),
            (b'+', b'+', _) | (b'-', b'-', _) => self.mark(STEP, 2),
            (b'+' | b'-', b'=', _) => self.mark(ADDS, 2),
            (b'<' | b'>', b'=', _) => self.mark(ORDER, 2),
            (b'<', b'<', _) | (b'>', b'>', _) => {
                let angles = rest.iter().take(3).take_while(|&&b| b == byte).count();
                if next(angles) == b'=' {
                    self.mark(CHANGES, angles + 1);
                } else {
                    self.mark(SHIFT, angles);
                }
            }
            (b'<' | b'>', ..) => self.mark(ORDER, 1),
            (b'&', b'&', last) | (b'|', b'|', last) | (b'?', b'?', last) => {
                let assigns = last == b'=';
                let mark = if assigns { CHANGES } else { LOGIC };
                self.mark(mark, 2 + usize::from(assigns));
            }
            (b'^', b'=', _) => {
                self.out.push(Token::Mark(b'^'));
                self.mark(CHANGES, 2);
            }
            (b'*' | b'%' | b'&' | b'|', b'=', _) => self.mark(CHANGES, 2),
            (b'*', b'*', _) => self.mark(b'*', 2),
            _ if is_identifier(byte) || byte >= 0x80 => self.name(),
            _ => self.punctuation(byte),
        }
    }

    fn punctuation(&mut self, byte: u8) {
        self.at += 1;
        match (byte, self.templates.last_mut()) {
            (b'{', Some(open)) => *open += 1,
            (b'}', Some(0)) => {
                self.templates.pop();
                self.out.push(Token::Mark(b')'));
                self.template();
                return;
            }
            (b'}', Some(open)) => *open -= 1,
            _ => {}
        }
        self.out.push(Token::Mark(byte));
    }

    /// The text of a template up to its end or next expression; those are added.
    #[inline(never)]
    fn template(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.text.get(self.at) == Some(&b'{')
                    && self.templates.len() < quoted::NESTED =>
                {
                    self.at += 1;
                    self.templates.push(0);
                    self.out.push(Token::Mark(b'+'));
                    self.out.push(Token::Mark(b'('));
                    return;
                }
                _ => {}
            }
        }
    }

    /// Goes into a string that holds the code of a worker, as into any code.
    fn holds_code(&mut self, quote: u8) -> bool {
        if self.code_end != usize::MAX {
            return false;
        }
        let start = self.at + 1;
        let Some(end) = quoted::code_end(self.text, start, quote) else {
            return false;
        };
        self.out.push(Token::Text(0));
        self.out.push(Token::Mark(b';'));
        self.at = start;
        self.code_end = end;
        true
    }

    fn string(&mut self, quote: u8) {
        let start = self.at + 1;
        let end = quoted::end(self.text, start, quote);
        let whole = self.text.get(start..end).unwrap_or_default();
        self.at = end + 1;
        let name = hash(whole);
        let bare = !whole.is_empty() && whole.iter().all(|&byte| is_identifier(byte));
        if bare
            && self.out.last() == Some(&Token::Mark(b'['))
            && self.rest().first() == Some(&b']')
            && let Some((_, before)) = self.out.split_last()
            && before.last().is_some_and(|token| {
                !matches!(token, Token::Mark(mark) if !matches!(mark, b')' | b']'))
                    && !matches!(token, Token::Word(Word::Return | Word::Other | Word::Of))
            })
        {
            self.at += 1;
            self.out.pop();
            self.out.push(Token::Member(name));
        } else if let [
            ..,
            Token::Mark(b'{' | b'}' | b';' | b','),
            Token::Mark(b'['),
        ] = self.out.as_slice()
            && self.rest().starts_with(b"](")
        {
            // The name of a method, in brackets.
            self.at += 1;
            self.out.pop();
            self.out.push(Token::Text(name));
        } else if !whole.is_empty() && whole.iter().all(|&byte| byte == b'0') {
            self.out.push(Token::Number(0));
        } else {
            self.out.push(Token::Text(name));
        }
    }

    /// A comment, a regular expression or a division.
    fn slash(&mut self) {
        let before = self.text.get(..self.end).unwrap_or_default();
        match Slash::read(before, self.rest()) {
            Slash::Comment(length) => {
                self.at += length;
                return;
            }
            Slash::Expression(length) => {
                self.at += length;
                self.out.push(Token::Text(0));
            }
            Slash::Division if self.rest().get(1) == Some(&b'=') => self.mark(CHANGES, 2),
            Slash::Division => self.mark(b'/', 1),
        }
        self.end = self.at;
    }

    fn number(&mut self) {
        let rest = self.rest();
        let (value, length) = if rest.first() == Some(&b'.') {
            let length = number::read(rest.get(1..).unwrap_or_default()).1;
            (None, length + 1)
        } else {
            number::read(rest)
        };
        self.at += length.max(1);
        let value = value.and_then(|value| u32::try_from(value).ok());
        self.out.push(Token::Number(value.unwrap_or(u32::MAX)));
    }

    fn name(&mut self) {
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&byte| !is_identifier(byte) && byte < 0x80);
        let name = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
        let hashed = hash(name);
        self.at += name.len().max(1);
        if self.out.last() == Some(&Token::Mark(b'.')) {
            self.out.pop();
            self.out.push(Token::Member(hashed));
            return;
        }
        let word = WORDS.iter().find(|word| word.0 == hashed);
        self.out.push(match word {
            Some((_, Word::Silent)) => return,
            Some(&(_, word)) => Token::Word(word),
            None if VALUES.contains(&hashed) => Token::Text(hashed),
            None if hashed == FALSE => Token::Number(0),
            None => Token::Name(hashed),
        });
    }
}

/// What words of the language mean; those that say nothing are left out.
const WORDS: [(u32, Word); 37] = [
    (hash(b"if"), Word::If),
    (hash(b"switch"), Word::If),
    (hash(b"with"), Word::If),
    (hash(b"while"), Word::Loop),
    (hash(b"for"), Word::Loop),
    (hash(b"do"), Word::Loop),
    (hash(b"catch"), Word::Catch),
    (hash(b"function"), Word::Function),
    (hash(b"class"), Word::Class),
    (hash(b"var"), Word::Variable),
    (hash(b"let"), Word::Let),
    (hash(b"const"), Word::Let),
    (hash(b"return"), Word::Return),
    (hash(b"yield"), Word::Return),
    (hash(b"new"), Word::New),
    (hash(b"of"), Word::Of),
    (hash(b"in"), Word::Of),
    (hash(b"instanceof"), Word::Of),
    (hash(b"this"), Word::This),
    (hash(b"self"), Word::This),
    (hash(b"globalThis"), Word::This),
    (hash(b"throw"), Word::Throw),
    (hash(b"else"), Word::Other),
    (hash(b"try"), Word::Other),
    (hash(b"finally"), Word::Other),
    (hash(b"break"), Word::Other),
    (hash(b"continue"), Word::Other),
    (hash(b"case"), Word::Other),
    (hash(b"import"), Word::Other),
    (hash(b"export"), Word::Other),
    (hash(b"extends"), Word::Other),
    (hash(b"async"), Word::Silent),
    (hash(b"await"), Word::Silent),
    (hash(b"typeof"), Word::Silent),
    (hash(b"void"), Word::Silent),
    (hash(b"delete"), Word::Silent),
    (hash(b"static"), Word::Silent),
];
/// Values that are written as words.
const VALUES: [u32; 5] = [
    hash(b"true"),
    hash(b"null"),
    hash(b"undefined"),
    hash(b"NaN"),
    hash(b"Infinity"),
];
const FALSE: u32 = hash(b"false");
