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
        for name in steps::facts(text, xors, shifts) {
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

/// How often something is stored on a condition, as a search does that has found what it looks for: in a
/// fixed place (`if (a <= b) { found[0] = c; }`), or in one that has nothing to do with what is compared.
/// What else a shader stores goes to a place of its invocation, and is compared with how many there are.
fn count_finds(text: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = memchr::memmem::find(rest, b"if") else {
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
            .and_then(|rest| closing(rest, b'(', b')'))
        else {
            continue;
        };
        at = body + end;
        let condition = text.get(body..at).unwrap_or_default();
        let open = skip(text, at, |byte| byte.is_ascii_whitespace() || *byte == b'{');
        let name = skip(text, open, |byte| is_identifier(*byte) || *byte == b'.');
        let Some(index) = text
            .get(name..)
            .filter(|_| name > open)
            .and_then(|rest| rest.get(..closing(rest, b'[', b']')?))
        else {
            continue;
        };
        let equals = skip(text, name + index.len(), u8::is_ascii_whitespace);
        let stores = text.get(equals) == Some(&b'=') && text.get(equals + 1) != Some(&b'=');
        let fixed = names(index).next().is_none();
        let ordered = condition.iter().any(|byte| matches!(byte, b'<' | b'>'));
        let apart = ordered && names(index).all(|name| names(condition).all(|other| other != name));
        count += usize::from(stores && (fixed || apart));
    }
    count
}

/// The names in an expression, without what they are asked for.
fn names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| !is_identifier(byte) && byte != b'.')
        .filter_map(|word| word.split(|&byte| byte == b'.').next())
        .filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
}

fn skip(text: &[u8], mut at: usize, class: impl Fn(&u8) -> bool) -> usize {
    while text.get(at).is_some_and(&class) {
        at += 1;
    }
    at
}

/// The length of what a bracket at the beginning encloses, with both; it is short.
fn closing(text: &[u8], opens: u8, closes: u8) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, &byte) in text.iter().take(1_000).enumerate() {
        if byte == opens {
            depth += 1;
        } else if byte == closes {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return (at > 0).then_some(at + 1);
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
            "if (s[0].x < t[18].x) { found[id.x / 64u] = id.x; }",
        ] {
            assert_eq!(count_finds(find.as_bytes()), 1, "{find}");
        }
        for other in [
            "if(i<b){c[i]=d;}",
            "if(a==0u){c[i]=d;}",
            "if (id.x < count) { out[id.x * 8u + k] = s[k]; }",
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
