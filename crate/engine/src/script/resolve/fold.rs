//! Puts back what the obfuscator keeps in objects: operators, calls and strings, each behind a name of
//! five letters (`_0x1a['fazYf'](a, b)` for `a !== b`, minified `o.fazYf(a,b)`; `controlFlowFlattening`
//! in its sources), and numbers that are written as sums.
//!
//! One pass notes what stands behind each name, another replaces it. Names are drawn at random, so that
//! one of them means the same in every object; one that does not is left as it is.

use super::super::{number, quoted, seek};
use super::names::Names;
use super::written::{name, own_name};
use super::{DEEPEST, LONGEST, MOST};
use crate::signature::is_identifier;

/// How long the names are.
const LETTERS: usize = 5;
/// The operators that functions stand for.
const OPERATORS: [&[u8]; 25] = [
    b"===",
    b"!==",
    b">>>",
    b"==",
    b"!=",
    b"<=",
    b">=",
    b"<<",
    b">>",
    b"&&",
    b"||",
    b"<",
    b">",
    b"+",
    b"-",
    b"*",
    b"/",
    b"%",
    b"&",
    b"|",
    b"^",
    b" in ",
    b" instanceof ",
    b"- ",
    b"+ ",
];

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning<'t> {
    /// A function of two that are joined by this.
    Operator(&'t [u8]),
    /// A function that calls its first with the others.
    Call,
    /// A text, with its quotes.
    Text(&'t [u8]),
    /// What another name stands for.
    Same(&'t [u8]),
    /// Nothing that is known, or more than one thing.
    Unclear,
}

/// What is open where the text is rewritten.
enum Open<'t> {
    Bracket,
    /// The arguments of a function that stands for an operator,
    Operator(&'t [u8]),
    /// or for a call, before and in the arguments of that.
    Callee,
    Arguments,
}

/// The text without objects of operators, and with numbers for sums.
#[allow(clippy::too_many_lines)] // One arm for each kind of byte.
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    let known = Known::of(text);
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        // Texts that are longer than their names are put in only so often.
        if out.len() > text.len() * 2 {
            return text.to_vec();
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut length = 1;
        match byte {
            b'\'' | b'"' => {
                length = quoted::end(rest, 1, byte) + 1;
                if let Some(used) = known.gone(rest) {
                    at += used;
                    continue;
                }
            }
            b'/' => length = quoted::slash(text, at),
            b'(' | b'[' | b'{' | b'.' => {
                let inner = rest.get(1..).unwrap_or_default();
                if matches!(byte, b'[' | b'.')
                    && let Some(used) = known.gone(inner)
                {
                    at += used + 1;
                    continue;
                }
                if byte != b'.' {
                    open.push(Open::Bracket);
                }
            }
            b',' => match open.last_mut() {
                Some(Open::Operator(operator)) => {
                    out.extend_from_slice(operator);
                    at += 1;
                    if let Some((value, used)) = number::sum(rest.get(1..).unwrap_or_default()) {
                        out.extend_from_slice(format!("({value})").as_bytes());
                        at += used;
                    }
                    continue;
                }
                Some(callee @ Open::Callee) => {
                    *callee = Open::Arguments;
                    out.push(b'(');
                    at += 1;
                    continue;
                }
                _ => {}
            },
            b')' | b']' | b'}' => {
                if let Some(Open::Callee) = open.pop() {
                    out.push(b'(');
                }
            }
            b'0'..=b'9' | b'-' if begins(&out) => {
                if let Some((value, used)) = number::sum(rest) {
                    out.extend_from_slice(value.to_string().as_bytes());
                    at += used;
                    continue;
                }
            }
            _ if is_identifier(byte) => {
                length = name(rest).len();
                if let Some(used) = known.gone(rest) {
                    at += used;
                    continue;
                }
                if out.last() != Some(&b'.')
                    && let Some((key, used)) = member(rest)
                {
                    let after = rest.get(used..).unwrap_or_default();
                    let calls = after.starts_with(b"(");
                    let defines = after.starts_with(b"=") && !after.starts_with(b"==");
                    match known.meaning(key) {
                        Meaning::Text(text) if !defines => {
                            out.extend_from_slice(text);
                            at += used;
                            continue;
                        }
                        Meaning::Operator(operator) if calls => {
                            out.push(b'(');
                            open.push(Open::Operator(operator));
                            at += used + 1;
                            continue;
                        }
                        Meaning::Call if calls => {
                            open.push(Open::Callee);
                            at += used + 1;
                            continue;
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        let length = length.max(1);
        out.extend_from_slice(rest.get(..length).unwrap_or(rest));
        at += length;
    }
    out
}

/// The name behind which something stands, and how long that is: `_0x1a['fazYf']`, `o.fazYf`.
#[inline(never)]
fn member(text: &[u8]) -> Option<(&[u8], usize)> {
    let object = own_name(text)?.len();
    let rest = text.get(object..)?;
    if let Some(rest) = rest.strip_prefix(b".") {
        let (key, used) = key(rest).filter(|&(_, used)| used == LETTERS)?;
        return Some((key, object + 1 + used));
    }
    let rest = rest.strip_prefix(b"[")?;
    let (key, used) = key(rest).filter(|&(_, used)| used > LETTERS)?;
    (rest.get(used) == Some(&b']')).then_some((key, object + used + 2))
}

/// A name of five letters at the beginning of a text, and how long that is with its quotes. Without
/// these it is no word of anybody.
#[inline(never)]
fn key(text: &[u8]) -> Option<(&[u8], usize)> {
    let quote = text.first().filter(|byte| matches!(byte, b'\'' | b'"'));
    let start = usize::from(quote.is_some());
    let key = text.get(start..start + LETTERS)?;
    let after = text.get(start + LETTERS);
    let ends = match quote {
        Some(_) => after == quote,
        None => key.iter().any(u8::is_ascii_uppercase) && !after.is_some_and(|&b| is_identifier(b)),
    };
    (ends && key.iter().all(u8::is_ascii_alphabetic)).then_some((key, LETTERS + 2 * start))
}

/// What stands behind each name.
#[derive(Default)]
struct Known<'t> {
    names: Names,
    meanings: Vec<Meaning<'t>>,
}

impl<'t> Known<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut known = Self::default();
        for (at, &before) in text.iter().enumerate() {
            if !matches!(before, b'{' | b',' | b'.' | b'[') {
                continue;
            }
            let rest = text.get(at + 1..).unwrap_or_default();
            let Some((key, used)) = key(rest) else {
                continue;
            };
            let after = rest.get(used..).unwrap_or_default();
            let Some(value) = defined(after) else {
                continue;
            };
            if known.meanings.len() >= MOST {
                break;
            }
            let value = value.get(..LONGEST).unwrap_or(value);
            let found = read(value).unwrap_or(Meaning::Unclear);
            let number = known.names.number(key);
            match known.meanings.get_mut(number) {
                Some(first) if *first != found => *first = Meaning::Unclear,
                Some(_) => {}
                None => known.meanings.push(found),
            }
        }
        known
    }

    /// What a name stands for in the end.
    fn meaning(&self, key: &[u8]) -> Meaning<'t> {
        let mut key = key;
        for _ in 0..DEEPEST {
            let number = self.names.get(key);
            match number.and_then(|number| self.meanings.get(number)) {
                Some(&Meaning::Same(other)) => key = other,
                Some(&other) => return other,
                None => break,
            }
        }
        Meaning::Unclear
    }

    /// The length of a function that is put back wherever it is asked for, from its name on; in an
    /// object, with the comma after it.
    #[inline(never)]
    fn gone(&self, text: &[u8]) -> Option<usize> {
        let (key, used) = key(text)?;
        let after = text.get(used..)?;
        let defines = defined(after)?.starts_with(b"function(");
        let known = defines && self.meaning(key) != Meaning::Unclear;
        let near = text.get(..LONGEST).unwrap_or(text);
        let end = seek::byte(b'}', near).filter(|_| known)? + 1;
        let comma = after.first() == Some(&b':') && text.get(end) == Some(&b',');
        Some(end + usize::from(comma))
    }
}

/// The value that follows a name.
fn defined(after: &[u8]) -> Option<&[u8]> {
    let after = after.strip_prefix(b"]").unwrap_or(after);
    let value = after.strip_prefix(b":").or(after.strip_prefix(b"="));
    value.filter(|value| value.first() != Some(&b'='))
}

/// What a value is.
#[inline(never)]
fn read(value: &[u8]) -> Option<Meaning<'_>> {
    if let Some((key, _)) = member(value) {
        return Some(Meaning::Same(key));
    }
    if let Some(&quote @ (b'\'' | b'"')) = value.first() {
        let end = quoted::end(value, 1, quote) + 1;
        let ends = matches!(value.get(end), Some(b',' | b';' | b'}'));
        return Some(Meaning::Text(value.get(..end).filter(|_| ends)?));
    }
    let given = value.strip_prefix(b"function(")?;
    let first = own_name(given)?;
    let second = own_name(given.get(first.len()..)?.strip_prefix(b",")?).unwrap_or_default();
    let all = given.split(|&byte| byte == b')').next()?;
    let body = given.get(all.len()..)?.strip_prefix(b"){return ")?;
    let end = seek::byte(b'}', body.get(..200).unwrap_or(body))?;
    let body = body.get(..end)?;
    let body = body.strip_suffix(b";").unwrap_or(body);
    if let Some((key, used)) = member(body) {
        let passed = body.get(used..)?.strip_prefix(b"(")?.strip_suffix(b")")?;
        return (passed == all).then_some(Meaning::Same(key));
    }
    let rest = body.strip_prefix(first)?;
    if let Some(passed) = rest
        .strip_prefix(b"(")
        .and_then(|rest| rest.strip_suffix(b")"))
    {
        let others = all.get(first.len() + 1..).unwrap_or_default();
        return (passed == others).then_some(Meaning::Call);
    }
    let operator = rest.strip_suffix(second).filter(|_| !second.is_empty())?;
    OPERATORS
        .contains(&operator)
        .then_some(Meaning::Operator(operator))
}

/// Whether a value begins after this text, to which no operator binds it.
fn begins(out: &[u8]) -> bool {
    out.last()
        .is_some_and(|byte| b"(,[=?:&|^<>{;".contains(byte))
        || out.ends_with(b"return ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8_lossy(&folded(text.as_bytes())).into_owned()
    }

    #[test]
    fn operators_calls_and_texts_are_put_back() {
        let objects = "var _0x1={'aaaaa':function(_0x2,_0x3){return _0x2<=_0x3;},'bbbbb':function(_0x2,_0x3,_0x4){return _0x2(_0x3,_0x4);},'ccccc':'text','ddddd':function(_0x2){return _0x2();}};_0x5['eeeee']=function(_0x2,_0x3){return _0x1['aaaaa'](_0x2,_0x3);};_0x5['fffff']=_0x1['ccccc'];";
        for (code, plain) in [
            ("_0x1['aaaaa'](a[0],b(c,d))", "(a[0]<=b(c,d))"),
            (
                "_0x1['bbbbb'](f,_0x5['eeeee'](a,b),[c,d])",
                "f((a<=b),[c,d])",
            ),
            ("_0x5['fffff']+_0x1['ccccc']", "'text'+'text'"),
            (
                "_0x1['ggggg'](a,b);a.b['aaaaa'](b,c)",
                "_0x1['ggggg'](a,b);a.b['aaaaa'](b,c)",
            ),
            ("_0x1['aaaaa']", "_0x1['aaaaa']"),
        ] {
            assert!(
                of(&format!("{objects}{code}")).ends_with(&format!(";{plain}")),
                "{code}: {}",
                of(&format!("{objects}{code}"))
            );
        }
    }

    #[test]
    fn objects_are_seen_through_when_they_were_minified() {
        for (code, plain) in [
            (
                "var o={fazYf:function(n,t){return n<t},qWert:\"a\"};o.fazYf(b[0],c)",
                "var o={qWert:\"a\"};(b[0]<c)",
            ),
            (
                "o.fazYf=function(n,t){return n<<t},o.Aaaaa=o.fazYf;if(o.Aaaaa(b,7)!==o['fazYf'](c,1))",
                "o,o.Aaaaa=o.fazYf;if((b<<7)!==(c<<1))",
            ),
            // A word that somebody wrote.
            ("o={value:\"a\"};p.value", "o={value:\"a\"};p.value"),
        ] {
            assert_eq!(of(code), plain);
        }
    }

    #[test]
    fn what_means_two_things_means_nothing() {
        let code = "_0x1={'aaaaa':'b'};_0x2={'aaaaa':'c'};_0x1['aaaaa']";
        assert_eq!(of(code), code);
        let circle = "_0x1['aaaaa']=_0x1['bbbbb'];_0x1['bbbbb']=_0x1['aaaaa'];_0x1['aaaaa'](";
        assert_eq!(of(circle), circle);
    }

    #[test]
    fn sums_are_numbers() {
        for (code, plain) in [
            ("a=0x2*-0x3+0x10;", "a=10;"),
            ("a[-0x1+0x1],(0x1+-0x4*0x2)", "a[0],(-7)"),
            ("a-0x1+0x2,b(0x1)", "a-0x1+0x2,b(0x1)"),
            (
                "(0x1+0x2/0x3),(0x1*a),(0x4-0x1.5),(0x1+",
                "(0x1+0x2/0x3),(0x1*a),(0x4-0x1.5),(0x1+",
            ),
        ] {
            assert_eq!(of(code), plain);
        }
    }
}
