//! Shader inspection: the facts that WGSL or GLSL text shows.
//!
//! Shaders are short, so every pattern is looked for and every number is read. Facts of structure
//! (`gpu.*`) are counted here because they are not patterns: how bitwise the arithmetic is, and how
//! much of it rotates words. Comments are not removed: numbers in them are rare and say little.

mod steps;

use crate::script::{Numbers, Seen};
use crate::signature::{Kind, Scanner, SignatureSet, Stage, is_identifier};
use crate::verdict::{Fact, Findings, Place};
use std::borrow::Cow;

/// Only so much of a shader is read; real ones are hundreds of times shorter.
const LONGEST: usize = 8 << 20;

/// Searches shaders by one set of signatures.
#[derive(Clone, Debug)]
pub struct ShaderInspector {
    scanner: Scanner,
    numbers: Numbers,
}

impl ShaderInspector {
    /// For this set.
    pub fn new(set: &SignatureSet) -> Self {
        Self {
            scanner: Scanner::new(set, Kind::Shader),
            numbers: Numbers::new(set, Kind::Shader),
        }
    }

    /// The facts of a shader's text.
    pub fn inspect(&self, set: &SignatureSet, text: &[u8]) -> Findings {
        let mut out = Findings::default();
        let whole = text.len();
        let text = text.get(..LONGEST).unwrap_or(text);
        if text.len() < whole {
            out.not_inspected = Some(Cow::Borrowed("not inspected: the part beyond 8 MB"));
        }
        let mut seen = Seen::new(set);
        self.numbers.scan(text, 0, &mut seen);
        seen.into_findings(set, true, &mut out);
        let mut hits = Scanner::hits(set, text.len());
        self.scanner.scan(set, Stage::First, text, &mut hits);
        self.scanner.scan(set, Stage::Second, text, &mut hits);
        hits.into_findings(set, true, &mut out);
        let shifts = count_pairs(text, b'<') + count_pairs(text, b'>');
        let xors = text.split(|&byte| byte == b'^').count() - 1;
        add_count(&mut out, "gpu.shifts", shifts);
        add_count(&mut out, "gpu.xors", xors);
        add_count(&mut out, "gpu.find", count_finds(text));
        for name in steps::facts(text) {
            add_count(&mut out, name, 1);
        }
        out
    }
}

fn add_count(out: &mut Findings, name: &'static str, count: usize) {
    if count > 0 {
        out.add(Fact {
            name: Cow::Borrowed(name),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            place: Place::default(),
            detail: String::new(),
        });
    }
}

/// How often something is stored in a fixed place on a condition, as a search does that has found
/// what it looks for: `if (a <= b) { found[0] = c; }`. What else a shader stores goes to a place
/// of its invocation.
fn count_finds(text: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.windows(2).position(|pair| pair == b"if") else {
            break;
        };
        let start = at + next;
        at = start + 2;
        let before = start.checked_sub(1).and_then(|before| text.get(before));
        if before.is_some_and(|&byte| is_identifier(byte)) {
            continue;
        }
        let body = skip(text, at, u8::is_ascii_whitespace);
        let Some(end) = text
            .get(body..)
            .filter(|rest| rest.first() == Some(&b'('))
            .and_then(closing)
        else {
            continue;
        };
        at = body + end;
        let open = skip(text, at, |byte| byte.is_ascii_whitespace() || *byte == b'{');
        let name = skip(text, open, |byte| is_identifier(*byte) || *byte == b'.');
        if name == open || text.get(name) != Some(&b'[') {
            continue;
        }
        let index = skip(text, name + 1, u8::is_ascii_digit);
        let index_end = skip(text, index, |byte| matches!(byte, b'u' | b'U' | b'i'));
        let equals = skip(text, index_end + 1, u8::is_ascii_whitespace);
        count += usize::from(
            index > name + 1
                && text.get(index_end) == Some(&b']')
                && text.get(equals) == Some(&b'=')
                && text.get(equals + 1) != Some(&b'='),
        );
    }
    count
}

fn skip(text: &[u8], mut at: usize, class: impl Fn(&u8) -> bool) -> usize {
    while text.get(at).is_some_and(&class) {
        at += 1;
    }
    at
}

/// The length of what a parenthesis at the beginning encloses, with both; a condition is short.
fn closing(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().take(1_000).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// How often a byte stands twice: `<<` and `>>`.
fn count_pairs(text: &[u8], byte: u8) -> usize {
    text.windows(2).filter(|pair| pair == &[byte, byte]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_are_stores_to_fixed_places_on_a_condition() {
        for find in [
            "if(s[7]<=b[12]){c[0]=g.x;}",
            "if (a == b && (c < d)) { result.data[0u] = n; }",
            "x;if(h<t)o[1u] =n;",
        ] {
            assert_eq!(count_finds(find.as_bytes()), 1, "{find}");
        }
        for other in [
            "if(a<b){c[i]=d;}",
            "c[0]=d;",
            "if(a<b){c[0]==d;}",
            "elif(a){c[0]=d;}",
            "if(a{c[0]=d;",
            "if",
            "if(",
            "if(a)c[0]",
        ] {
            assert_eq!(count_finds(other.as_bytes()), 0, "{other}");
        }
    }
}
