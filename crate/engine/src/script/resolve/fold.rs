//! Puts back what the obfuscator keeps in objects: operators, calls and strings, each behind a name of
//! five letters (`_0x1a['fazYf'](a, b)` for `a !== b`; `controlFlowFlattening` in its sources), and
//! numbers that are written as sums.
//!
//! One pass notes what stands behind each name, another replaces it. Names are drawn at random, so that
//! one of them means the same in every object; one that does not is left as it is.

use super::super::{number, quoted};
use super::written::{name, own_name};
use super::{DEEPEST, LONGEST, MOST};
use crate::signature::is_identifier;
use std::collections::BTreeMap;

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
pub(super) fn folded(text: &[u8]) -> Vec<u8> {
    let known = meanings(text);
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
                if let Some(used) = gone(&known, rest) {
                    at += used;
                    continue;
                }
            }
            b'/' => length = quoted::slash(text, at),
            b'(' | b'[' | b'{' => {
                let inner = rest.get(1..).unwrap_or_default();
                if byte == b'['
                    && let Some(used) = gone(&known, inner)
                {
                    at += used + 1;
                    continue;
                }
                open.push(Open::Bracket);
            }
            b',' => match open.last_mut() {
                Some(Open::Operator(operator)) => {
                    out.extend_from_slice(operator);
                    at += 1;
                    if let Some((value, used)) = sum(rest.get(1..).unwrap_or_default()) {
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
                if let Some((value, used)) = sum(rest) {
                    out.extend_from_slice(value.to_string().as_bytes());
                    at += used;
                    continue;
                }
            }
            _ if is_identifier(byte) => {
                length = name(rest).len();
                if let Some((key, used)) = member(rest) {
                    let after = rest.get(used..).unwrap_or_default();
                    let calls = after.starts_with(b"(");
                    let defines = after.starts_with(b"=") && !after.starts_with(b"==");
                    match meaning(&known, key) {
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

/// The text without branches that are never taken, because two texts are the same or are not
/// (`deadCodeInjection`): what is in them was copied from elsewhere.
pub(super) fn alive(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    // For each brace, and for what is around all, whether what is for else is never done.
    let mut open = vec![Branch::Other];
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let mut length = match byte {
            b'\'' | b'"' => quoted::end(rest, 1, byte) + 1,
            b'/' => quoted::slash(text, at),
            _ => name(rest).len().max(1),
        };
        let mut ends = false;
        match byte {
            b'{' => open.push(Branch::Other),
            b'}' => {
                ends = open.len() > 1 && open.pop() == Some(Branch::Taken);
            }
            b';' => {
                if let Some(branch @ Branch::Short) = open.last_mut() {
                    *branch = Branch::Other;
                    ends = true;
                }
            }
            b'i' if length == 2 => {
                if let Some((holds, used)) = certain(rest) {
                    let inner = rest.get(used..).unwrap_or_default();
                    let braces = inner.first() == Some(&b'{');
                    out.extend_from_slice(b"if(1)");
                    length = used;
                    if !holds {
                        out.extend_from_slice(b"{}");
                        length += statement(inner);
                    } else if braces {
                        out.push(b'{');
                        open.push(Branch::Taken);
                        length += 1;
                    } else if let Some(branch) = open.last_mut() {
                        *branch = Branch::Short;
                    }
                    at += length;
                    continue;
                }
            }
            _ => {}
        }
        if ends
            && let Some(other) = rest.get(1..).and_then(|rest| rest.strip_prefix(b"else"))
            && !other.first().is_some_and(|&byte| is_identifier(byte))
        {
            out.push(byte);
            at += 5 + statement(other);
            continue;
        }
        out.extend_from_slice(rest.get(..length).unwrap_or(rest));
        at += length;
    }
    out
}

/// What is known of a place in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    Other,
    /// It is always done,
    Taken,
    /// or the statement in it that comes next is.
    Short,
}

/// Whether a condition of two texts holds, and where begins what is done then.
fn certain(text: &[u8]) -> Option<(bool, usize)> {
    let condition = text.strip_prefix(b"if(")?;
    let inner = condition.strip_prefix(b"(").unwrap_or(condition);
    let text_of = |text: &[u8]| {
        let end = quoted::end(text.get(..LONGEST).unwrap_or(text), 1, b'\'') + 1;
        (text.first() == Some(&b'\'')).then_some(end)
    };
    let first = text_of(inner)?;
    let rest = inner.get(first..)?;
    let same = rest.starts_with(b"===");
    if !same && !rest.starts_with(b"!==") {
        return None;
    }
    let other = rest.get(3..)?;
    let second = text_of(other)?;
    let equal = inner.get(..first)? == other.get(..second)?;
    let closing: &[u8] = if inner.len() < condition.len() {
        b"))"
    } else {
        b")"
    };
    let after = other.get(second..)?.strip_prefix(closing)?;
    Some((equal == same, text.len() - after.len()))
}

/// The length of a statement: of its block, or up to its semicolon or the end of what is around it.
fn statement(text: &[u8]) -> usize {
    if text.first() == Some(&b'{') {
        return block(text);
    }
    let (mut open, mut at) = (0_usize, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\'' | b'"' => at = quoted::end(text, at + 1, byte),
            b'/' => at += quoted::slash(text, at) - 1,
            b'{' | b'(' | b'[' => open += 1,
            b'}' | b')' | b']' if open == 0 => return at,
            b'}' | b')' | b']' => open -= 1,
            b';' if open == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The length of a block in braces.
pub(super) fn block(text: &[u8]) -> usize {
    let (mut open, mut at) = (0_usize, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\'' | b'"' => at = quoted::end(text, at + 1, byte),
            b'/' => at += quoted::slash(text, at) - 1,
            b'{' => open += 1,
            b'}' if open <= 1 => return at + 1,
            b'}' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The name behind which something stands, and how long that is: `_0x1a['fazYf']`.
fn member(text: &[u8]) -> Option<(&[u8], usize)> {
    let object = own_name(text)?;
    let key = key(text.get(object.len()..)?.strip_prefix(b"[")?)?;
    let used = object.len() + LETTERS + 4;
    (text.get(used - 1) == Some(&b']')).then_some((key, used))
}

/// A name of five letters in quotes at the beginning of a text.
fn key(text: &[u8]) -> Option<&[u8]> {
    let key = text.strip_prefix(b"'")?.get(..LETTERS)?;
    let quoted = text.get(LETTERS + 1) == Some(&b'\'');
    (quoted && key.iter().all(u8::is_ascii_alphabetic)).then_some(key)
}

/// What stands behind each name.
fn meanings(text: &[u8]) -> BTreeMap<&[u8], Meaning<'_>> {
    let mut known = BTreeMap::new();
    for at in memchr::memchr_iter(b'\'', text) {
        let rest = text.get(at..).unwrap_or_default();
        let Some(key) = key(rest) else { continue };
        let after = rest.get(LETTERS + 2..).unwrap_or_default();
        let Some(value) = after.strip_prefix(b":").or(after.strip_prefix(b"]=")) else {
            continue;
        };
        if known.len() >= MOST {
            break;
        }
        let value = value.get(..LONGEST).unwrap_or(value);
        let found = read(value).unwrap_or(Meaning::Unclear);
        let first = *known.entry(key).or_insert(found);
        if first != found {
            known.insert(key, Meaning::Unclear);
        }
    }
    known
}

/// What a value is.
fn read(value: &[u8]) -> Option<Meaning<'_>> {
    if let Some((key, _)) = member(value) {
        return Some(Meaning::Same(key));
    }
    if value.first() == Some(&b'\'') {
        let end = quoted::end(value, 1, b'\'') + 1;
        let ends = matches!(value.get(end), Some(b',' | b';' | b'}'));
        return Some(Meaning::Text(value.get(..end).filter(|_| ends)?));
    }
    let given = value.strip_prefix(b"function(")?;
    let first = own_name(given)?;
    let second = own_name(given.get(first.len()..)?.strip_prefix(b",")?).unwrap_or_default();
    let all = given.split(|&byte| byte == b')').next()?;
    let body = given.get(all.len()..)?.strip_prefix(b"){return ")?;
    let end = memchr::memchr(b'}', body.get(..200).unwrap_or(body))?;
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

/// The length of a function that is put back wherever it is asked for, from its name on.
fn gone(known: &BTreeMap<&[u8], Meaning>, text: &[u8]) -> Option<usize> {
    let after = text.get(LETTERS + 2..)?;
    let defines = after.starts_with(b":function(") || after.starts_with(b"]=function(");
    let known = defines && meaning(known, key(text)?) != Meaning::Unclear;
    let end = memchr::memchr(b'}', text).filter(|_| known)? + 1;
    Some(end + usize::from(text.get(end) == Some(&b',')))
}

/// What a name stands for in the end.
fn meaning<'t>(known: &BTreeMap<&[u8], Meaning<'t>>, key: &[u8]) -> Meaning<'t> {
    let mut found = known.get(key).copied();
    for _ in 0..DEEPEST {
        match found {
            Some(Meaning::Same(other)) => found = known.get(other).copied(),
            Some(other) => return other,
            None => break,
        }
    }
    Meaning::Unclear
}

/// Whether a value begins after this text, to which no operator binds it.
fn begins(out: &[u8]) -> bool {
    out.last()
        .is_some_and(|byte| b"(,[=?:&|^<>{;".contains(byte))
        || out.ends_with(b"return ")
}

/// The value of a sum of products of numbers, and how long it is; `None` where it is more, or only
/// one number.
fn sum(text: &[u8]) -> Option<(i64, usize)> {
    let (mut sum, mut product, mut at, mut terms) = (0_i64, 1_i64, 0, 0);
    loop {
        while text.get(at) == Some(&b'-') || text.get(at) == Some(&b' ') {
            if text.get(at) == Some(&b'-') {
                product = product.wrapping_neg();
            }
            at += 1;
        }
        if !text.get(at)?.is_ascii_digit() {
            return None;
        }
        let (value, length) = number::read(text.get(at..)?);
        product = product.wrapping_mul(i64::try_from(value?).ok()?);
        at += length.max(1);
        terms += 1;
        match text.get(at) {
            Some(b'*') => at += 1,
            Some(&sign @ (b'+' | b'-')) => {
                sum = sum.wrapping_add(product);
                product = if sign == b'-' { -1 } else { 1 };
                at += 1;
            }
            Some(b'/' | b'%' | b'.' | b'(' | b'[') => return None,
            Some(&byte) if is_identifier(byte) => return None,
            _ => return (terms > 1).then_some((sum.wrapping_add(product), at)),
        }
    }
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
                "_0x1['ggggg'](a,b);a['aaaaa'](b,c)",
                "_0x1['ggggg'](a,b);a['aaaaa'](b,c)",
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
    fn what_means_two_things_means_nothing() {
        let code = "_0x1={'aaaaa':'b'};_0x2={'aaaaa':'c'};_0x1['aaaaa']";
        assert_eq!(of(code), code);
        let circle = "_0x1['aaaaa']=_0x1['bbbbb'];_0x1['bbbbb']=_0x1['aaaaa'];_0x1['aaaaa'](";
        assert_eq!(of(circle), circle);
    }

    #[test]
    fn what_is_never_done_is_gone() {
        for (code, plain) in [
            ("if(('a'==='b')){x('}')}else{y}z", "if(1){}else{y}z"),
            ("if('a'!=='b'){x;{}}else{y;{}}z", "if(1){x;{}}z"),
            (
                "if('a'==='a'){x}z;if(a==='b'){c}",
                "if(1){x}z;if(a==='b'){c}",
            ),
            (
                "if('a'==='b')x(';');else y;if('a'!=='b'){",
                "if(1){}else y;if(1){",
            ),
            (
                "{if(('a'==='a'))x;else{y;}z}if('a'!=='b'){w}else v;u",
                "{if(1)x;z}if(1){w}u",
            ),
            ("if('a'==='b'){x", "if(1){}"),
        ] {
            assert_eq!(String::from_utf8_lossy(&alive(code.as_bytes())), plain);
        }
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
