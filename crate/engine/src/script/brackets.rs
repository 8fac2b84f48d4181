//! Code written with nothing but `[]()!+` (as `JSFuck` writes it), worked out.
//!
//! Such a text is one expression: words and letters are taken from what the language turns `![]`,
//! `[][[]]`, numbers and functions into, and what they spell is given to the constructor of functions
//! or to `eval`. It is evaluated as far as such texts go; what they would run is the result. By the
//! rules of ECMA-262 for `+`, `!`, conversion to text and to numbers.

/// A shorter text of this kind spells nothing.
const SHORTEST: usize = 512;
/// How deep brackets may be nested.
const DEEPEST: usize = 100;
/// The most code that is worked out of one text, and the most texts of this kind in it.
const MOST: usize = 1 << 20;
const MOST_TEXTS: usize = 64;
/// How many bytes may pass through functions: an expression can hand on a long text again and again.
const MOST_WORK: usize = 16 << 20;
/// A longer text is not split.
const MOST_SPLIT: usize = 64 << 10;
/// What is worked out last and is shorter than this is no code.
const LEAST: usize = 16;

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

/// As much of the language's values as such texts meet. All text is in ASCII.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Undefined,
    Bool(bool),
    Whole(u64),
    /// A number that is not whole, or none, as it is written.
    Other(Vec<u8>),
    Text(Vec<u8>),
    List(Vec<Value>),
    /// A function of the platform, by its name.
    Function(Vec<u8>),
    /// A method, and what it belongs to.
    Method(Box<Value>, Vec<u8>),
    /// What the constructor of functions made of a text.
    Made(Vec<u8>),
    /// Any other object, by what it is as text.
    Object(Vec<u8>),
}

impl Value {
    #[inline(never)]
    fn text(&self) -> Vec<u8> {
        match self {
            Self::Undefined => b"undefined".to_vec(),
            Self::Bool(true) => b"true".to_vec(),
            Self::Bool(false) => b"false".to_vec(),
            Self::Whole(value) => digits(*value, 10),
            Self::Other(text) | Self::Text(text) | Self::Object(text) => text.clone(),
            Self::List(list) => joined(list, b","),
            Self::Function(name) | Self::Method(_, name) => {
                spell(&[b"function ", name, b"() { [native code] }"])
            }
            Self::Made(code) => spell(&[b"function anonymous(\n) {\n", code, b"\n}"]),
        }
    }

    #[inline(never)]
    fn number(&self) -> Self {
        match self {
            Self::Bool(value) => Self::Whole(u64::from(*value)),
            Self::Whole(value) => Self::Whole(*value),
            Self::Text(text) => number(text),
            Self::List(_) => number(&self.text()),
            _ => Self::Other(NO_NUMBER.to_vec()),
        }
    }

    fn is_true(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Bool(value) => *value,
            Self::Whole(value) => *value != 0,
            Self::Other(text) => text != NO_NUMBER,
            Self::Text(text) => !text.is_empty(),
            _ => true,
        }
    }

    fn is_plain(&self) -> bool {
        matches!(
            self,
            Self::Undefined | Self::Bool(_) | Self::Whole(_) | Self::Other(_)
        )
    }

    #[inline(never)]
    fn plus(self, other: &Self) -> Self {
        if self.is_plain() && other.is_plain() {
            return match (self.number(), other.number()) {
                (Self::Whole(a), Self::Whole(b)) => Self::Whole(a.saturating_add(b)),
                _ => Self::Other(NO_NUMBER.to_vec()),
            };
        }
        let mut text = match self {
            Self::Text(text) => text,
            value => value.text(),
        };
        text.extend(other.text());
        Self::Text(text)
    }

    /// A property of it.
    #[inline(never)]
    fn property(self, key: &[u8]) -> Self {
        if let Self::Whole(place) = number(key)
            && !key.is_empty()
        {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            return match self {
                Self::Text(text) => text
                    .get(place)
                    .map_or(Self::Undefined, |&letter| Self::Text(vec![letter])),
                Self::List(list) => list.into_iter().nth(place).unwrap_or(Self::Undefined),
                _ => Self::Undefined,
            };
        }
        match self {
            Self::Object(text) if text == WINDOW && is_name(key) => Self::Function(key.to_vec()),
            value if key == b"constructor" => Self::Function(value.class().to_vec()),
            Self::Function(name) | Self::Method(_, name) if key == b"name" => Self::Text(name),
            Self::Function(_) if key == b"fromCharCode" => Self::Function(key.to_vec()),
            // Nothing else belongs to a function: they could be nested without end.
            Self::Text(_) | Self::List(_) | Self::Whole(_)
                if is_name(key) && key != b"undefined" =>
            {
                Self::Method(Box::new(self), key.to_vec())
            }
            _ => Self::Undefined,
        }
    }

    /// Bytes that it holds.
    fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Made(text) => text.len(),
            Self::List(list) => list.iter().map(Self::size).sum::<usize>() + list.len(),
            Self::Method(of, _) => of.size(),
            _ => 1,
        }
    }

    fn class(&self) -> &'static [u8] {
        match self {
            Self::Object(text) if text.first() == Some(&b'/') => b"RegExp",
            Self::Undefined | Self::Object(_) => b"Object",
            Self::Bool(_) => b"Boolean",
            Self::Whole(_) | Self::Other(_) => b"Number",
            Self::Text(_) => b"String",
            Self::List(_) => b"Array",
            Self::Function(_) | Self::Method(..) | Self::Made(_) => b"Function",
        }
    }
}

const WINDOW: &[u8] = b"[object Window]";
const NO_NUMBER: &[u8] = b"NaN";
/// The letters that are taken from a date do not depend on it.
const DATE: &[u8] = b"Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)";

fn is_name(text: &[u8]) -> bool {
    text.len() > 1 && text.iter().all(u8::is_ascii_alphabetic)
}

#[inline(never)]
fn joined(list: &[Value], by: &[u8]) -> Vec<u8> {
    let parts = list.iter().map(|value| match value {
        Value::Undefined => Vec::new(),
        value => value.text(),
    });
    parts.collect::<Vec<_>>().join(by)
}

/// A text as a number. Where the language writes it with an exponent, as that.
#[inline(never)]
fn number(text: &[u8]) -> Value {
    let whole = |text: &[u8]| {
        let few = text.len() < 16 && text.iter().all(u8::is_ascii_digit);
        few.then(|| {
            let digits = text.iter().map(|digit| u64::from(digit - b'0'));
            digits.fold(0, |value, digit| value * 10 + digit)
        })
    };
    if let Some(value) = whole(text) {
        return Value::Whole(value);
    }
    let mut parts = text.splitn(2, |&byte| byte == b'e');
    let (head, power) = (parts.next().unwrap_or_default(), parts.next());
    let written = match (whole(head), power.and_then(whole)) {
        (Some(head), Some(power)) if head > 0 => exponential(head, power),
        // One behind zeros behind the point.
        _ => text.strip_prefix(b".").and_then(|places| {
            let (last, zeros) = places.split_last()?;
            let few = zeros.len() > 5 && zeros.iter().all(|&zero| zero == b'0');
            let place = digits(zeros.len() as u64 + 1, 10);
            few.then(|| spell(&[&[*last], b"e-", &place]))
        }),
    };
    Value::Other(written.unwrap_or_else(|| NO_NUMBER.to_vec()))
}

/// A whole number with so many zeros behind it.
fn exponential(head: u64, power: u64) -> Option<Vec<u8>> {
    let mut head = digits(head, 10);
    let power = usize::try_from(power).ok()?.checked_add(head.len() - 1)?;
    if power > 308 {
        return Some(b"Infinity".to_vec());
    }
    if power < 21 {
        head.resize(power + 1, b'0');
        return Some(head);
    }
    while head.last() == Some(&b'0') {
        head.pop();
    }
    let (first, rest) = head.split_first()?;
    let point: &[u8] = if rest.is_empty() { b"" } else { b"." };
    Some(spell(&[
        &[*first],
        point,
        rest,
        b"e+",
        &digits(power as u64, 10),
    ]))
}

/// Parts one after another: one function for arrays of every length.
#[inline(never)]
fn spell(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A number in a base of up to 36.
#[inline(never)]
fn digits(mut value: u64, base: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let digit = value % base;
        #[allow(clippy::cast_possible_truncation)] // Below 36.
        out.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[digit as usize % 36]);
        value /= base;
        if value == 0 {
            out.reverse();
            return out;
        }
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
                Value::Text(unescaped(&given.text()))
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
            Some([b'"', inner @ .., b'"']) => Value::Text(unescaped(inner)),
            _ => {
                self.run.push(code);
                Value::Undefined
            }
        }
    }
}

#[inline(never)]
fn method(of: Value, name: &[u8], given: Value) -> Option<Value> {
    let text = of.text();
    let (tag, attribute): (&[u8], &[u8]) = match name {
        b"italics" => (b"i", b""),
        b"bold" => (b"b", b""),
        b"fixed" => (b"tt", b""),
        b"big" | b"blink" | b"small" | b"strike" | b"sub" | b"sup" => (name, b""),
        b"fontcolor" => (b"font", b" color="),
        b"fontsize" => (b"font", b" size="),
        b"link" => (b"a", b" href="),
        b"anchor" => (b"a", b" name="),
        _ => (b"", b""),
    };
    if !tag.is_empty() {
        let mut out = spell(&[b"<", tag, attribute]);
        if !attribute.is_empty() {
            let given = given.text();
            let parts: Vec<&[u8]> = given.split(|&letter| letter == b'"').collect();
            out.extend(spell(&[b"\"", &parts.join(b"&quot;".as_slice()), b"\""]));
        }
        out.extend(spell(&[b">", &text, b"</", tag, b">"]));
        return Some(Value::Text(out));
    }
    Some(match (name, of) {
        (b"toString", Value::Whole(value)) => match given.number() {
            Value::Whole(base @ 2..=36) => Value::Text(digits(value, base)),
            _ => return None,
        },
        (b"toString", _) => Value::Text(text),
        (b"toLowerCase", _) => Value::Text(text.to_ascii_lowercase()),
        (b"toUpperCase", _) => Value::Text(text.to_ascii_uppercase()),
        (b"concat", Value::List(mut list)) => {
            match given {
                Value::List(more) => list.extend(more),
                one => list.push(one),
            }
            Value::List(list)
        }
        (b"concat", _) => Value::Text(spell(&[&text, &given.text()])),
        (b"entries" | b"keys" | b"values", Value::List(_)) => {
            Value::Object(b"[object Array Iterator]".to_vec())
        }
        (b"slice", _) => Value::Text(slice(&text, &given.text()).to_vec()),
        (b"split", _) if text.len() > MOST_SPLIT => return None,
        (b"split", _) => {
            let by = given.text();
            let [by] = by.as_slice() else {
                return (by.is_empty()).then(|| {
                    let letters = text.iter().map(|&letter| Value::Text(vec![letter]));
                    Value::List(letters.collect())
                });
            };
            let parts = text.split(|letter| letter == by);
            Value::List(parts.map(|part| Value::Text(part.to_vec())).collect())
        }
        (b"join", Value::List(list)) => Value::Text(joined(&list, &given.text())),
        _ => return None,
    })
}

/// The letters from this one on, or so many at the end.
fn slice<'a>(text: &'a [u8], from: &[u8]) -> &'a [u8] {
    let place = |digits: &[u8]| match number(digits) {
        Value::Whole(place) => usize::try_from(place).unwrap_or(usize::MAX),
        _ => 0,
    };
    let skipped = match from.strip_prefix(b"-") {
        Some(last) => text.len().saturating_sub(place(last)),
        None => place(from),
    };
    text.get(skipped..).unwrap_or_default()
}

/// As `escape` writes letters of one byte (ECMA-262, annex B).
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            out.extend(digits(u64::from(byte) + 0x100, 16)[1..].to_ascii_uppercase());
        }
    }
    out
}

/// Letters that are written as `%41`, `\x41`, `\u0041` or in octal behind a backslash, and all others.
#[inline(never)]
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&letter, after)) = rest.split_first() {
        let forms: [(&[u8], usize, u32); 5] = [
            (b"%", 2, 16),
            (b"\\x", 2, 16),
            (b"\\u", 4, 16),
            (b"\\", 3, 8),
            (b"\\", 2, 8),
        ];
        let found = forms.iter().find_map(|&(mark, length, base)| {
            let (digits, after) = rest.strip_prefix(mark)?.split_at_checked(length)?;
            let value = digits.iter().try_fold(0_u32, |value, &digit| {
                Some(value * base + char::from(digit).to_digit(base)?)
            })?;
            Some((u8::try_from(value).ok()?, after))
        });
        let (letter, after) = found.unwrap_or((letter, after));
        out.push(letter);
        rest = after;
    }
    out
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
            |text: &str| String::from_utf8(super::number(text.as_bytes()).text()).expect("ASCII");
        assert_eq!(number("1e1000"), "Infinity");
        assert_eq!(number("11e20"), "1.1e+21");
        assert_eq!(number("1e100"), "1e+100");
        assert_eq!(number("1e3"), "1000");
        assert_eq!(number(".0000001"), "1e-7");
        assert_eq!(number("100"), "100");
        assert_eq!(number(""), "0");
        assert_eq!(number("false"), "NaN");
        assert_eq!(super::digits(211, 31), b"6p");
        assert_eq!(unescaped(b"%41\\x42\\u0043\\104d"), b"ABCDd");
        assert_eq!(escaped(b"<a>"), b"%3Ca%3E");
        assert_eq!(slice(b"abc", b"-1"), b"c");
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
