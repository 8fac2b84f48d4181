//! The binary form of a [`SignatureSet`]: small, versioned, checked when read.
//!
//! Layout: `NMSG`, format version (1 byte), FNV-1a checksum of the payload (4 bytes, little
//! endian), payload: thresholds, names, signatures, and at last the patterns, which are most of it and
//! which modules are judged without. A set that was cut, altered or made by a newer version is refused
//! whole.

use super::codec::{Reader, Writer};
use super::dfa::Dfa;
use super::model::{
    Condition, Kind, Literal, Matcher, Pattern, Scope, Signature, SignatureSet, Stage, Thresholds,
};
use crate::hash::fnv32;
use crate::verdict::Outcome;
use thiserror::Error;

const MAGIC: &[u8; 4] = b"NMSG";
const FORMAT: u8 = 2;

/// Why a binary signature set was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LoadError {
    /// It does not begin like one.
    #[error("not a compiled signature set")]
    NotSignatures,
    /// A newer or older version of the format.
    #[error("compiled for another version of this program")]
    OtherVersion,
    /// It was cut or altered.
    #[error("the compiled signature set is damaged")]
    Damaged,
}

#[inline(never)]
fn checksum(bytes: &[u8]) -> u32 {
    fnv32(bytes)
}

impl SignatureSet {
    /// The binary form. The same set gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.signed(self.thresholds.watch);
        out.signed(self.thresholds.block);
        out.length(self.names.len());
        for name in &self.names {
            out.blob(name.as_bytes());
        }
        out.length(self.signatures.len());
        for signature in &self.signatures {
            write_signature(&mut out, signature);
        }
        out.length(self.patterns.len());
        for pattern in &self.patterns {
            write_pattern(&mut out, pattern);
        }
        let mut bytes = MAGIC.to_vec();
        bytes.push(FORMAT);
        bytes.extend_from_slice(&checksum(&out.bytes).to_le_bytes());
        bytes.extend_from_slice(&out.bytes);
        bytes
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// The bytes are not a whole set of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        let (sum, payload) = opened(bytes)?;
        if sum != checksum(payload) {
            return Err(LoadError::Damaged);
        }
        let mut input = Reader::new(payload);
        let read = |input: &mut Reader| {
            let set = read_head(input)?;
            let patterns = input.sequence(read_pattern)?;
            Some(Self { patterns, ..set })
        };
        let set = read(&mut input).ok_or(LoadError::Damaged)?;
        if !input.is_empty() || !set.is_sound() {
            return Err(LoadError::Damaged);
        }
        Ok(set)
    }

    /// Reads all but the patterns, and only of bytes that nobody can have altered: no checksum is made.
    ///
    /// # Errors
    /// The bytes are not a set of this version.
    pub fn without_patterns(bytes: &[u8]) -> Result<Self, LoadError> {
        let (_, payload) = opened(bytes)?;
        read_head(&mut Reader::new(payload)).ok_or(LoadError::Damaged)
    }

    /// Whether every index points somewhere and every automaton is whole.
    fn is_sound(&self) -> bool {
        let known = |index: u16| usize::from(index) < self.names.len();
        let patterns = self.patterns.iter().all(|pattern| {
            known(pattern.fact)
                && match &pattern.matcher {
                    Matcher::Literals { literals, .. } => literals.iter().all(Literal::is_sound),
                    Matcher::Regex { literals, dfa } => {
                        dfa.is_sound() && literals.iter().all(Literal::is_sound)
                    }
                    Matcher::Numbers { .. } => true,
                }
        });
        patterns
            && self.signatures.iter().all(|signature| {
                [&signature.all, &signature.any, &signature.none]
                    .into_iter()
                    .flatten()
                    .all(|condition| known(condition.fact))
            })
    }
}

impl Literal {
    fn is_sound(&self) -> bool {
        self.bytes.len() >= 4 && usize::from(self.window) + 4 <= self.bytes.len()
    }
}

/// The checksum and the payload.
fn opened(bytes: &[u8]) -> Result<(u32, &[u8]), LoadError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(LoadError::NotSignatures)?;
    let (&format, rest) = rest.split_first().ok_or(LoadError::Damaged)?;
    if format != FORMAT {
        return Err(LoadError::OtherVersion);
    }
    let (sum, payload) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    Ok((u32::from_le_bytes(*sum), payload))
}

/// What comes before the patterns.
fn read_head(input: &mut Reader) -> Option<SignatureSet> {
    Some(SignatureSet {
        thresholds: Thresholds {
            watch: input.signed()?,
            block: input.signed()?,
        },
        names: input.sequence(Reader::text)?,
        signatures: input.sequence(read_signature)?,
        patterns: Vec::new(),
    })
}

fn write_literals(out: &mut Writer, literals: &[Literal]) {
    out.length(literals.len());
    for literal in literals {
        out.blob(&literal.bytes);
        out.byte(literal.window);
    }
}

fn read_literals(input: &mut Reader) -> Option<Vec<Literal>> {
    input.sequence(|input| {
        Some(Literal {
            bytes: input.blob()?.to_vec(),
            window: input.byte()?,
        })
    })
}

fn write_pattern(out: &mut Writer, pattern: &Pattern) {
    out.number(u64::from(pattern.fact));
    out.byte(pattern.kinds);
    out.byte(pattern.stage as u8);
    match &pattern.matcher {
        Matcher::Literals { literals, word } => {
            out.byte(u8::from(*word));
            write_literals(out, literals);
        }
        Matcher::Regex { literals, dfa } => {
            out.byte(2);
            write_literals(out, literals);
            write_dfa(out, dfa);
        }
        Matcher::Numbers { values, at_least } => {
            out.byte(3);
            out.number(u64::from(*at_least));
            out.length(values.len());
            for &value in values {
                out.number(value);
            }
        }
    }
}

#[inline(never)]
fn read_pattern(input: &mut Reader) -> Option<Pattern> {
    Some(Pattern {
        fact: input.narrow()?,
        kinds: input.byte()?,
        stage: match input.byte()? {
            0 => Stage::First,
            1 => Stage::Second,
            2 => Stage::Context,
            _ => return None,
        },
        matcher: match input.byte()? {
            word @ (0 | 1) => Matcher::Literals {
                literals: read_literals(input)?,
                word: word == 1,
            },
            2 => Matcher::Regex {
                literals: read_literals(input)?,
                dfa: read_dfa(input)?,
            },
            3 => Matcher::Numbers {
                at_least: input.narrow()?,
                values: input.sequence(Reader::number)?,
            },
            _ => return None,
        },
    })
}

/// Runs of equal next states are common, so a table is written as runs.
fn write_dfa(out: &mut Writer, dfa: &Dfa) {
    let mut runs: Vec<(u8, u64)> = Vec::new();
    for &class in &dfa.classes {
        match runs.last_mut() {
            Some((last, count)) if *last == class => *count += 1,
            _ => runs.push((class, 1)),
        }
    }
    out.length(runs.len());
    for (class, count) in runs {
        out.byte(class);
        out.number(count);
    }
    out.number(u64::from(dfa.width));
    out.number(u64::from(dfa.start));
    out.blob(&dfa.flags);
    let mut runs: Vec<(u16, u64)> = Vec::new();
    for &state in &dfa.table {
        match runs.last_mut() {
            Some((last, count)) if *last == state => *count += 1,
            _ => runs.push((state, 1)),
        }
    }
    out.length(runs.len());
    for (state, count) in runs {
        out.number(u64::from(state));
        out.number(count);
    }
}

#[inline(never)]
fn read_dfa(input: &mut Reader) -> Option<Dfa> {
    let mut classes = Vec::new();
    let runs: usize = input.narrow()?;
    for _ in 0..runs {
        let class = input.byte()?;
        let count: usize = input.narrow()?;
        if classes.len() + count.min(257) > 256 {
            return None;
        }
        classes.resize(classes.len() + count, class);
    }
    let width: u16 = input.narrow()?;
    let start: u16 = input.narrow()?;
    let flags = input.blob()?.to_vec();
    let size = flags.len().checked_mul(usize::from(width))?;
    if size > 1 << 21 {
        return None;
    }
    let mut table = Vec::new();
    let runs: usize = input.narrow()?;
    for _ in 0..runs {
        let state: u16 = input.narrow()?;
        let count: usize = input.narrow()?;
        if count > size - table.len() {
            return None;
        }
        table.resize(table.len() + count, state);
    }
    Some(Dfa {
        classes,
        width,
        start,
        table,
        flags,
    })
}

fn write_conditions(out: &mut Writer, conditions: &[Condition]) {
    out.length(conditions.len());
    for condition in conditions {
        out.number(u64::from(condition.fact) << 1 | u64::from(condition.prefix));
        out.number(u64::from(condition.least));
    }
}

fn read_conditions(input: &mut Reader) -> Option<Vec<Condition>> {
    input.sequence(|input| {
        let fact: u32 = input.narrow()?;
        Some(Condition {
            fact: u16::try_from(fact >> 1).ok()?,
            prefix: fact & 1 == 1,
            least: input.narrow()?,
        })
    })
}

fn write_signature(out: &mut Writer, signature: &Signature) {
    out.blob(signature.id.as_bytes());
    out.byte(signature.kind as u8);
    out.blob(signature.family.as_bytes());
    out.blob(signature.algorithm.as_bytes());
    out.signed(signature.weight);
    out.byte(match signature.cap {
        None => 0,
        Some(Outcome::Allow) => 1,
        Some(Outcome::Watch) => 2,
        Some(Outcome::Block) => 3,
    });
    out.byte(signature.scope as u8);
    out.blob(signature.because.as_bytes());
    write_conditions(out, &signature.all);
    write_conditions(out, &signature.any);
    out.number(u64::from(signature.at_least));
    write_conditions(out, &signature.none);
}

fn read_signature(input: &mut Reader) -> Option<Signature> {
    Some(Signature {
        id: input.text()?,
        kind: Kind::from_number(input.byte()?)?,
        family: input.text()?,
        algorithm: input.text()?,
        weight: input.signed()?,
        cap: match input.byte()? {
            0 => None,
            1 => Some(Outcome::Allow),
            2 => Some(Outcome::Watch),
            3 => Some(Outcome::Block),
            _ => return None,
        },
        scope: match input.byte()? {
            0 => Scope::Family,
            1 => Scope::All,
            _ => return None,
        },
        because: input.text()?,
        all: read_conditions(input)?,
        any: read_conditions(input)?,
        at_least: input.narrow()?,
        none: read_conditions(input)?,
    })
}
