//! The compiled form of signatures, as the inspectors use it.

use super::dfa::Dfa;
use crate::verdict::Outcome;

/// What kind of thing a pattern or signature is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[repr(u8)]
pub enum Kind {
    /// A WebAssembly module.
    Module = 0,
    /// JavaScript, with asm.js.
    Script,
    /// WGSL or GLSL.
    Shader,
    /// The messages of one connection.
    Traffic,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Module, Self::Script, Self::Shader, Self::Traffic];

    /// The kind with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// When a pattern is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[repr(u8)]
pub enum Stage {
    /// Always; its literals are long and rare enough for the prefilter.
    #[default]
    First = 0,
    /// Only in inputs in which something was found before: short or common words.
    Second,
    /// Always, like the first, but finding it does not call for the second.
    Context,
}

/// One literal of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where in it the window begins whose grams the prefilter knows (chosen when compiled).
    pub window: u8,
}

/// How a pattern is recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// Any of the literals, exactly; `word` asks for identifier boundaries around them.
    Literals {
        /// The literals.
        literals: Vec<Literal>,
        /// Whether a literal must not continue as an identifier on either side.
        word: bool,
    },
    /// An automaton that begins at any of the literals.
    Regex {
        /// The literals with which every match begins.
        literals: Vec<Literal>,
        /// The automaton, anchored at the beginning of the literal.
        dfa: Dfa,
    },
    /// At least so many different numbers out of these, in any spelling.
    Numbers {
        /// The numbers; 64-bit ones may also appear as two halves.
        values: Vec<u64>,
        /// How many different ones make the fact.
        at_least: u16,
    },
}

/// How a fact looks in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Index of the fact's name in [`SignatureSet::names`].
    pub fact: u16,
    /// The kinds of text in which it is looked for, one bit each.
    pub kinds: u8,
    /// When it is looked for.
    pub stage: Stage,
    /// How it is recognised.
    pub matcher: Matcher,
}

impl Pattern {
    /// Whether it is looked for in this kind of text.
    pub const fn applies_to(&self, kind: Kind) -> bool {
        self.kinds & (1 << kind as u8) != 0
    }
}

/// A fact that a signature asks for, with its least count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Index of the fact's name in [`SignatureSet::names`].
    pub fact: u16,
    /// The name is a prefix (`kernel.*`): the different facts below it are counted.
    pub prefix: bool,
    /// The least count.
    pub least: u32,
}

/// How far a signature's cap reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
#[repr(u8)]
pub enum Scope {
    /// Its own family only.
    #[default]
    Family = 0,
    /// Every family: the whole verdict.
    All,
}

/// A combination of facts that says something about mining.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name, such as `module.cryptonight-set`. It counts as a fact for later signatures.
    pub id: String,
    /// What kind of thing it is about.
    pub kind: Kind,
    /// The family it speaks for, or `*` for every family that something else speaks for.
    pub family: String,
    /// The algorithm within the family; may be empty.
    pub algorithm: String,
    /// Its part in the score, negative where it speaks against mining; 0 only defines a fact.
    pub weight: i16,
    /// The most that may be concluded while it holds.
    pub cap: Option<Outcome>,
    /// How far the cap reaches.
    pub scope: Scope,
    /// What a person is told.
    pub because: String,
    /// All of these must hold.
    pub all: Vec<Condition>,
    /// Of these, at least `at_least` must hold.
    pub any: Vec<Condition>,
    /// How many of `any` must hold.
    pub at_least: u16,
    /// None of these may hold.
    pub none: Vec<Condition>,
}

/// The scores at which something is watched and blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Thresholds {
    /// From this score on it is watched.
    pub watch: i16,
    /// From this score on it is blocked.
    pub block: i16,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            watch: 50,
            block: 100,
        }
    }
}

/// Everything that the inspectors know about miners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureSet {
    /// The scores at which something is watched and blocked.
    pub thresholds: Thresholds,
    /// The names of facts that patterns and signatures use.
    pub names: Vec<String>,
    /// How facts look in text.
    pub patterns: Vec<Pattern>,
    /// What combinations of facts mean, in the order of evaluation.
    pub signatures: Vec<Signature>,
}

impl SignatureSet {
    /// The name with this index, empty where there is none.
    pub fn name(&self, index: u16) -> &str {
        self.names
            .get(usize::from(index))
            .map_or("", String::as_str)
    }
}
