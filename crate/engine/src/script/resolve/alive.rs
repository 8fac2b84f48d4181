//! Leaves out branches that are never taken, because two texts are the same or are not
//! (`deadCodeInjection` in the obfuscator's sources): what is in them was copied from elsewhere.

use super::super::quoted;
use super::LONGEST;
use super::written::name;
use crate::signature::is_identifier;

/// The text without branches that are never taken, and without the questions.
pub(super) fn alive(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    // For each brace, and for what is around all, what is known of it.
    let mut open = vec![Branch::Other];
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let length = match byte {
            b'\'' | b'"' => quoted::end(rest, 1, byte) + 1,
            b'/' => quoted::slash(text, at),
            _ => name(rest).len().max(1),
        };
        let (mut ends, mut gone) = (false, false);
        match byte {
            b'{' => open.push(Branch::Other),
            b'}' if open.len() > 1 => {
                let branch = open.pop();
                gone = branch == Some(Branch::Joined);
                ends = gone || branch == Some(Branch::Taken);
            }
            b';' => {
                if let Some(branch @ Branch::Short) = open.last_mut() {
                    *branch = Branch::Other;
                    ends = true;
                }
            }
            b'i' if length == 2 => {
                if let Some((holds, used)) = certain(rest) {
                    at += used;
                    let mut inner = rest.get(used..).unwrap_or_default();
                    if !holds {
                        let then = statement(inner);
                        at += then;
                        inner = inner.get(then..).unwrap_or_default();
                        let Some(other) = otherwise(inner) else {
                            // Something has to stand where one statement is expected.
                            out.push(b';');
                            continue;
                        };
                        at += inner.len() - other.len();
                        inner = other;
                    }
                    // What stands among other statements needs no braces of its own.
                    let among = matches!(out.last(), None | Some(b'{' | b';' | b'}'));
                    if inner.first() == Some(&b'{') {
                        at += 1;
                        open.push(match (holds, among) {
                            (_, true) => Branch::Joined,
                            (true, false) => Branch::Taken,
                            (false, false) => Branch::Other,
                        });
                        if !among {
                            out.push(b'{');
                        }
                    } else if holds && let Some(branch) = open.last_mut() {
                        *branch = Branch::Short;
                    }
                    continue;
                }
            }
            _ => {}
        }
        if !gone {
            out.extend_from_slice(rest.get(..length).unwrap_or(rest));
        } else if !matches!(out.last(), None | Some(b'{' | b';' | b'}')) {
            out.push(b';');
        }
        at += length;
        if ends && let Some(other) = otherwise(rest.get(1..).unwrap_or_default()) {
            at = text.len() - other.len() + statement(other);
        }
    }
    out
}

/// What is done otherwise, where that follows.
fn otherwise(text: &[u8]) -> Option<&[u8]> {
    let other = text.strip_prefix(b"else")?;
    let other = other.strip_prefix(b" ").unwrap_or(other);
    let whole = other.len() + 4 < text.len() || !other.first().is_some_and(|&b| is_identifier(b));
    whole.then_some(other)
}

/// What is known of a place in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    Other,
    /// It is always done,
    Taken,
    /// and its braces are left out,
    Joined,
    /// or the statement in it that comes next is always done.
    Short,
}

/// Whether a condition of two texts holds, and where begins what is done then.
#[inline(never)]
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
#[inline(never)]
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
#[inline(never)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_done_is_gone() {
        for (code, plain) in [
            ("if(('a'==='b')){x('}')}else{y}z", "y;z"),
            ("w;if('a'!=='b'){x;{}}else{y;{}}z", "w;x;{}z"),
            ("if('a'==='a'){x}z;if(a==='b'){c}", "x;z;if(a==='b'){c}"),
            ("if('a'==='b')x(';');else y;if('a'!=='b'){", "y;"),
            (
                "{if(('a'==='a'))x;else{y;}z}if('a'!=='b'){w}else v;u",
                "{x;z}w;u",
            ),
            ("if('a'==='b'){x", ";"),
            ("if('a'==='b')x;else if('a'==='a'){y}else{z}", "y;"),
            // What is done in a loop or by a condition stays together.
            ("for(;;)if('a'==='a'){x;y}else{z}w", "for(;;){x;y}w"),
            ("if(a)if('a'==='b'){x}else{y;z}w", "if(a){y;z}w"),
            ("if(a)if('a'==='b')x;w", "if(a);w"),
            ("if(a)elsewhere();", "if(a)elsewhere();"),
        ] {
            assert_eq!(String::from_utf8_lossy(&alive(code.as_bytes())), plain);
        }
    }
}
