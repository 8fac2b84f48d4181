//! Signatures as people write them: the TOML form, with provenance and examples.
//!
//! Every pattern and signature names its source and date, says why it is there in plain words, and
//! carries examples for and against it that a test runs. Unknown keys are errors.

use super::model::{Kind, Scope, Stage, Thresholds};
use crate::verdict::Outcome;
use serde::{Deserialize, Serialize};

/// One TOML file of patterns and signatures.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The scores at which something is watched and blocked; at most one file sets them.
    pub thresholds: Option<Thresholds>,
    /// How facts look in text.
    #[serde(default, rename = "pattern")]
    pub patterns: Vec<PatternText>,
    /// What combinations of facts mean.
    #[serde(default, rename = "signature")]
    pub signatures: Vec<SignatureText>,
}

/// A number, or its text where TOML's integers are too narrow.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum NumberText {
    /// As an integer.
    Integer(i64),
    /// As text, decimal or `0x…`.
    Text(String),
}

/// How a fact looks in text.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct PatternText {
    /// The fact's name.
    pub fact: String,
    /// In which kinds of text it is looked for.
    pub kinds: Vec<Kind>,
    /// When it is looked for.
    #[serde(default)]
    pub stage: Stage,
    /// Any of these texts, exactly.
    #[serde(default)]
    pub literals: Vec<String>,
    /// The literals must not continue as identifiers.
    #[serde(default)]
    pub word: bool,
    /// A regular expression that begins with a literal.
    pub regex: Option<String>,
    /// Numeric constants.
    #[serde(default)]
    pub numbers: Vec<NumberText>,
    /// How many different ones of the numbers make the fact.
    pub at_least: Option<u16>,
    /// What it is, in plain words.
    pub because: String,
    /// Where the knowledge comes from.
    pub source: String,
    /// When it was taken from there (ISO).
    pub date: String,
    /// Texts in which it is found.
    #[serde(default, rename = "for")]
    pub examples_for: Vec<String>,
    /// Texts in which it is not.
    #[serde(default, rename = "against")]
    pub examples_against: Vec<String>,
}

/// A combination of facts.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SignatureText {
    /// Its name, unique in all files.
    pub id: String,
    /// What kind of thing it is about.
    pub kind: Kind,
    /// The family it speaks for; `*`: every family that something else speaks for.
    pub family: String,
    /// The algorithm within the family.
    #[serde(default)]
    pub algorithm: String,
    /// Its part in the score.
    pub weight: i16,
    /// The most that may be concluded while it holds.
    pub cap: Option<Outcome>,
    /// How far the cap reaches.
    #[serde(default)]
    pub scope: Scope,
    /// What a person is told.
    pub because: String,
    /// Where the knowledge comes from.
    pub source: String,
    /// When it was taken from there (ISO).
    pub date: String,
    /// Facts that must all hold: `name`, `name >= 2`, `prefix.* >= 3` (different ones).
    #[serde(default)]
    pub all: Vec<String>,
    /// Facts of which `at_least` must hold.
    #[serde(default)]
    pub any: Vec<String>,
    /// How many of `any` must hold; 1 where it is not said.
    pub at_least: Option<u16>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<String>,
    /// Inputs for which it holds.
    #[serde(default, rename = "for")]
    pub examples_for: Vec<String>,
    /// Inputs for which it does not.
    #[serde(default, rename = "against")]
    pub examples_against: Vec<String>,
}

/// An example, read as its kind asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Example<'a> {
    /// `facts: a, b*2`: the facts themselves, with their counts.
    Facts(Vec<(&'a str, u32)>),
    /// A script's or shader's source.
    Text(&'a str),
    /// A conversation: true for messages that the page sends (`> `), false for those it gets.
    Messages(Vec<(bool, &'a str)>),
}

impl<'a> Example<'a> {
    /// Reads an example of a signature or pattern of this kind.
    pub fn read(kind: Kind, text: &'a str) -> Self {
        if let Some(facts) = text.strip_prefix("facts:") {
            let facts = facts
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(|name| match name.split_once('*') {
                    Some((name, count)) => (name.trim(), count.trim().parse().unwrap_or(1)),
                    None => (name, 1),
                })
                .collect();
            return Self::Facts(facts);
        }
        if kind == Kind::Traffic {
            let messages = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    line.strip_prefix("> ")
                        .map_or((false, line.trim_start_matches("< ")), |out| (true, out))
                })
                .collect();
            return Self::Messages(messages);
        }
        Self::Text(text)
    }
}

impl NumberText {
    /// Its value; negative integers are read as 32-bit two's complement.
    pub fn value(&self) -> Option<u64> {
        match self {
            Self::Integer(value) if *value >= 0 => Some(value.cast_unsigned()),
            Self::Integer(value) => i32::try_from(*value)
                .ok()
                .map(|v| u64::from(v.cast_unsigned())),
            Self::Text(text) => {
                let text = text.replace('_', "");
                text.strip_prefix("0x").map_or_else(
                    || text.parse().ok(),
                    |digits| u64::from_str_radix(digits, 16).ok(),
                )
            }
        }
    }
}
