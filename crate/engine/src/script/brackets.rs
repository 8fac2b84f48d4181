//! Code written with nothing but `[]()!+` (as `JSFuck` writes it), worked out.
//!
//! Such a text is one expression: words and letters are taken from what the language turns `![]`,
//! `[][[]]`, numbers and functions into, and what they spell is given to the constructor of functions
//! or to `eval`. It is evaluated as far as such texts go; what they would run is the result. By the
//! rules of ECMA-262 for `+`, `!`, conversion to text and to numbers.

mod platform;
mod value;

use super::{escape, payload};
use platform::{escaped, method};
use value::{Value, WINDOW, is_name, spell};

/// A shorter text of this kind spells nothing.
const SHORTEST: usize = 512;
/// How deep brackets may be nested.
const DEEPEST: usize = 100;
/// The most code that is worked out of one text, and the most texts of this kind in it.
const MOST: usize = 1 << 20;
const MOST_TEXTS: usize = 64;
/// How many bytes may pass through functions: an expression can hand on a long text again and again.
const MOST_WORK: usize = 16 << 20;
/// What is worked out last and is shorter than this is no code.
const LEAST: usize = 16;

/// The letters that are taken from a date do not depend on it.
const DATE: &[u8] = b"Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)";

/// The code that each part of a text of nothing but such letters would run.
#[inline(never)]
pub(crate) fn codes(text: &[u8]) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = SHORTEST / 2;
    let mut texts = 0;
    while at < text.len() && texts < MOST_TEXTS {
        let is_of_it = |at: &usize| text.get(*at).is_some_and(|&byte| is_letter(byte));
        if !is_of_it(&at) {
            at += SHORTEST / 2;
            continue;
        }
        let start = (0..at).rev().take_while(is_of_it).last().unwrap_or(at);
        let end = (at..text.len()).take_while(is_of_it).last().unwrap_or(at) + 1;
        if end - start >= SHORTEST {
            texts += 1;
            evaluate(text.get(start..end).unwrap_or_default(), &mut out);
        }
        at = end + SHORTEST / 2;
    }
    out
}

const fn is_letter(byte: u8) -> bool {
    matches!(byte, b'[' | b']' | b'(' | b')' | b'!' | b'+')
}

/// Adds the code that one expression would run.
fn evaluate(text: &[u8], out: &mut Vec<Vec<u8>>) {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        work: 0,
        run: Vec::new(),
    };
    let last = reader.sum();
    out.extend(reader.run);
    // Given to something that is written in letters.
    if let Some(Value::Text(code)) = last
        && code.len() >= LEAST
    {
        out.push(code);
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
    work: usize,
    /// Code that was run.
    run: Vec<Vec<u8>>,
}

impl Reader<'_> {
    fn next_is(&mut self, letter: u8) -> bool {
        let found = self.text.get(self.at) == Some(&letter);
        self.at += usize::from(found);
        found
    }

    /// `a+b+…`; nothing where it is not understood.
    #[inline(never)]
    fn sum(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut sum = self.unary()?;
        while self.next_is(b'+') {
            sum = sum.plus(&self.unary()?);
            if matches!(&sum, Value::Text(text) if text.len() > MOST) {
                return None;
            }
        }
        self.depth -= 1;
        Some(sum)
    }

    fn unary(&mut self) -> Option<Value> {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b'!' | b'+')) {
            self.at += 1;
        }
        let signs = self.text.get(start..self.at)?;
        let mut value = self.postfix()?;
        for sign in signs.iter().rev() {
            value = match sign {
                b'!' => Value::Bool(!value.is_true()),
                _ => value.number(),
            };
        }
        Some(value)
    }

    #[inline(never)]
    fn postfix(&mut self) -> Option<Value> {
        let mut value = if self.next_is(b'[') {
            if self.next_is(b']') {
                Value::List(Vec::new())
            } else {
                Value::List(vec![self.within(b']')?])
            }
        } else if self.next_is(b'(') {
            self.within(b')')?
        } else {
            return None;
        };
        loop {
            if self.next_is(b'[') {
                value = value.property(&self.within(b']')?.text());
            } else if self.next_is(b'(') {
                let given = if self.next_is(b')') {
                    Value::Undefined
                } else {
                    self.within(b')')?
                };
                value = self.call(value, given)?;
            } else {
                return Some(value);
            }
        }
    }

    fn within(&mut self, end: u8) -> Option<Value> {
        let value = self.sum()?;
        self.next_is(end).then_some(value)
    }

    fn call(&mut self, function: Value, given: Value) -> Option<Value> {
        self.work += function.size() + given.size();
        if self.work > MOST_WORK {
            return None;
        }
        match function {
            Value::Made(code) => Some(self.made(code)),
            Value::Function(name) => self.function(&name, &given),
            Value::Method(of, name) => method(*of, &name, given),
            _ => None,
        }
    }

    fn function(&mut self, name: &[u8], given: &Value) -> Option<Value> {
        Some(match name {
            b"Function" => Value::Made(given.text()),
            b"eval" | b"setTimeout" | b"setInterval" => {
                self.run.push(given.text());
                Value::Undefined
            }
            b"String" => Value::Text(given.text()),
            b"Number" => given.number(),
            b"Date" => Value::Text(DATE.to_vec()),
            b"RegExp" if *given == Value::Undefined => Value::Object(b"/(?:)/".to_vec()),
            b"RegExp" => Value::Object(spell(&[b"/", &given.text(), b"/"])),
            b"escape" => Value::Text(escaped(&given.text())),
            b"unescape" | b"decodeURI" | b"decodeURIComponent" => {
                Value::Text(payload::percent(&given.text(), MOST)?)
            }
            b"fromCharCode" => match given.number() {
                Value::Whole(code) => Value::Text(vec![u8::try_from(code).unwrap_or(b'?')]),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// A call of what was made of a text: one that only gives something back, or the code that all this is for.
    fn made(&mut self, code: Vec<u8>) -> Value {
        let given = code.strip_prefix(b"return").map(<[u8]>::trim_ascii);
        match given {
            Some(b"this") => Value::Object(WINDOW.to_vec()),
            Some(name) if is_name(name) => Value::Function(name.to_vec()),
            Some(pattern @ [b'/', .., b'/']) if pattern.len() < 16 => {
                Value::Object(pattern.to_vec())
            }
            Some(date) if date.starts_with(b"new Date(") => Value::Text(DATE.to_vec()),
            Some([b'"', inner @ .., b'"']) => {
                Value::Text(escape::escapes(inner, MOST).unwrap_or_default())
            }
            _ => {
                self.run.push(code);
                Value::Undefined
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number, and a text of letters that single values have.
    fn number(value: usize) -> String {
        if value < 2 {
            return ["+[]", "+!+[]"][value].into();
        }
        vec!["!+[]"; value].join("+")
    }
    fn digits(value: usize) -> String {
        let each = value.to_string();
        let each = each
            .bytes()
            .map(|digit| format!("[{}]", number(usize::from(digit - b'0'))));
        each.collect::<Vec<_>>().join("+")
    }
    fn letter(letter: char) -> String {
        let sources = [
            ("(![]+[])", "false"),
            ("(!![]+[])", "true"),
            ("([][[]]+[])", "undefined"),
        ];
        for (source, text) in sources {
            if let Some(place) = text.find(letter) {
                return format!("{source}[{}]", number(place));
            }
        }
        let function = "function fill() { [native code] }";
        let place = function.find(letter).expect("a letter of native functions");
        let fill = "fill".chars().map(self::letter).collect::<Vec<_>>();
        format!("([][{}]+[])[{}]", fill.join("+"), digits(place))
    }
    fn spelled(text: &str) -> String {
        let letters = text.chars().map(|one| {
            if one.is_ascii_digit() {
                format!("({}+[])", number(one as usize - '0' as usize))
            } else {
                letter(one)
            }
        });
        letters.collect::<Vec<_>>().join("+")
    }

    #[test]
    fn what_brackets_spell_is_what_they_would_run() {
        let code = "function run(){return fill(data)}";
        let text = format!(
            "[][{}][{}]({})()",
            spelled("fill"),
            spelled("constructor"),
            spelled(code)
        );
        assert!(text.bytes().all(is_letter));
        assert_eq!(codes(text.as_bytes()), [code.as_bytes()]);
        // Through eval, and inside other code.
        let through = format!(
            "[][{0}][{1}]({2})()({3})",
            spelled("fill"),
            spelled("constructor"),
            spelled("return eval"),
            spelled(code)
        );
        assert_eq!(
            codes(format!("var a=1;{through};b()").as_bytes()),
            [code.as_bytes()]
        );
        let given = format!("eval({})", spelled(code));
        assert_eq!(codes(given.as_bytes()), [code.as_bytes()]);
    }

    #[test]
    fn values_become_text_and_numbers_as_in_the_language() {
        let value = |text: &str| {
            let mut reader = Reader {
                text: text.as_bytes(),
                at: 0,
                depth: 0,
                work: 0,
                run: Vec::new(),
            };
            reader
                .sum()
                .map(|value| String::from_utf8(value.text()).expect("ASCII"))
        };
        assert_eq!(value("[]+[]").as_deref(), Some(""));
        assert_eq!(value("![]+[]").as_deref(), Some("false"));
        assert_eq!(value("!![]+!![]").as_deref(), Some("2"));
        assert_eq!(value("[][[]]").as_deref(), Some("undefined"));
        assert_eq!(value("+[![]]").as_deref(), Some("NaN"));
        let number =
            |text: &str| String::from_utf8(value::number(text.as_bytes()).text()).expect("ASCII");
        assert_eq!(number("1e1000"), "Infinity");
        assert_eq!(number("11e20"), "1.1e+21");
        assert_eq!(number("1e100"), "1e+100");
        assert_eq!(number("1e3"), "1000");
        assert_eq!(number(".0000001"), "1e-7");
        assert_eq!(number("100"), "100");
        assert_eq!(number(""), "0");
        assert_eq!(number("false"), "NaN");
        assert_eq!(value::digits(211, 31), b"6p");
        let mut reader = Reader {
            text: b"",
            at: 0,
            depth: 0,
            work: 0,
            run: Vec::new(),
        };
        let text = |text: &[u8]| Value::Text(text.to_vec());
        assert_eq!(
            reader.function(b"unescape", &text(b"%41b")),
            Some(text(b"Ab"))
        );
        let string = br#"return"\x42\u0043\104d""#.to_vec();
        assert_eq!(reader.made(string), text(b"BCDd"));
        assert_eq!(escaped(b"<a>"), b"%3Ca%3E");
        assert_eq!(platform::slice(b"abc", b"-1"), b"c");
    }

    #[test]
    fn broken_and_endless_brackets_end() {
        for text in [
            "[".repeat(100_000),
            "!".repeat(100_000),
            "[]".repeat(100_000),
            "([]+[])".repeat(20_000),
            "+".repeat(9_999),
        ] {
            assert!(codes(text.as_bytes()).is_empty());
        }
        let whole = format!(
            "[][{}][{}]({})()",
            spelled("fill"),
            spelled("constructor"),
            spelled("return run")
        );
        for cut in (0..whole.len()).step_by(97) {
            assert!(codes(&whole.as_bytes()[..cut]).len() < 2);
        }
        // One letter for another: whatever it spells then, and to whomever it is given.
        for at in 0..whole.len() {
            for letter in *b"[]()!+" {
                let mut other = whole.clone().into_bytes();
                other[at] = letter;
                assert!(codes(&other).len() < 3);
            }
        }
    }
}
