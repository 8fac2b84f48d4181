//! Shader inspection: the facts that WGSL or GLSL text shows.
//!
//! Shaders are short, so every pattern is looked for and every number is read. Facts of structure
//! (`gpu.*`) are counted here because they are not patterns: how bitwise the arithmetic is, and how
//! much of it rotates words. Comments are not removed: numbers in them are rare and say little.

use crate::script::{Numbers, Seen};
use crate::signature::{Kind, Scanner, SignatureSet, Stage};
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

/// How often a byte stands twice: `<<` and `>>`.
fn count_pairs(text: &[u8], byte: u8) -> usize {
    text.windows(2).filter(|pair| pair == &[byte, byte]).count()
}
