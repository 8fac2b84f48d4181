//! What an inspection concludes, and the evidence for it: one form for modules, scripts, shaders,
//! traffic and addresses alike.

use std::borrow::Cow;

use crate::order::sort;

/// What is to happen with the inspected thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Outcome {
    /// Nothing speaks for mining.
    #[default]
    Allow,
    /// Runs under observation; rate, duration, traffic and workers decide later.
    Watch,
    /// A miner: refuse it.
    Block,
}

/// Where in the inspected bytes a fact was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// Index of the WebAssembly function (imports counted), where there is one.
    pub function: Option<u32>,
    /// Byte offset from the start of the input.
    pub offset: Option<u32>,
}

/// One observed fact, before anything is concluded from it, named as signatures name it
/// (for example `keccak-f1600`, `search3.keccak`, `api.coinhive-anonymous`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The fact's name; signatures combine facts by these names.
    pub name: Cow<'static, str>,
    /// How often it was seen (at least 1).
    pub count: u32,
    /// Where it was seen first.
    pub place: Place,
    /// What was seen, in words, where the name alone does not say it.
    pub detail: String,
}

/// What an inspection saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The facts, each name once.
    pub facts: Vec<Fact>,
    /// The facts of parts that could stand alone, such as a search for a proof of work and all
    /// that it calls within a large module. A part counts where it is a miner by itself.
    pub parts: Vec<Vec<Fact>>,
    /// Why the input was not (wholly) inspected, where that is so ("not inspected: ...").
    pub not_inspected: Option<Cow<'static, str>>,
}

impl Findings {
    /// Adds a fact; one that is there already is counted on and keeps its first place.
    pub fn add(&mut self, fact: Fact) {
        match self.facts.iter_mut().find(|known| known.name == fact.name) {
            Some(known) => known.count = known.count.saturating_add(fact.count),
            None => self.facts.push(fact),
        }
    }

    /// Whether a fact of this name was seen.
    pub fn has(&self, name: &str) -> bool {
        self.facts.iter().any(|fact| fact.name == name)
    }
}

/// A signature that held, with its weight: what a person is shown as the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evidence {
    /// The id of the signature.
    pub signature: Cow<'static, str>,
    /// The fact in plain words.
    pub detail: String,
    /// Its part in the score, negative where it speaks against mining.
    pub weight: i16,
    /// Where it was seen.
    pub place: Place,
}

/// The conclusion about one inspected thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Verdict {
    /// What is to happen.
    pub outcome: Outcome,
    /// The miner's family, such as `CryptoNight`; empty when nothing was found.
    pub family: Cow<'static, str>,
    /// The algorithm within the family, such as `cryptonight-r`; may be empty.
    pub algorithm: Cow<'static, str>,
    /// How sure the conclusion is, in percent.
    pub confidence: u8,
    /// Everything that was weighed, heaviest first.
    pub evidence: Vec<Evidence>,
    /// Why the input was not (wholly) inspected, where that is so.
    pub not_inspected: Option<Cow<'static, str>>,
}

impl Verdict {
    /// Puts the evidence in order: the weightiest first, of the same weight by the names of signatures.
    pub(crate) fn weightiest_first(&mut self) {
        sort(&mut self.evidence, |a, b| {
            (b.weight, &a.signature, &a.detail) < (a.weight, &b.signature, &b.detail)
        });
    }
}
