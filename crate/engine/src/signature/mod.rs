//! Signatures: what is known about miners, as data.
//!
//! People write them in `blocklists/signatures/*.toml`. A *pattern* says how a fact looks in text
//! (literals, an anchored regular expression, or numeric constants in any spelling). A *signature*
//! combines facts, whether from patterns or from the inspectors' own analysis, into a family, an
//! algorithm and a weight. Compiling (feature `native`) turns the TOML into a [`SignatureSet`] and
//! that into one compact binary; reading the binary needs neither TOML nor a regex engine.

mod binary;
mod codec;
#[cfg(feature = "native")]
mod compile;
pub(crate) mod dfa;
#[cfg(feature = "native")]
mod document;
mod evaluate;
mod model;
mod scanner;

pub use binary::LoadError;
#[cfg(feature = "native")]
pub use compile::{CompileError, compile, compile_texts};
#[cfg(feature = "native")]
pub use document::{Document, Example, PatternText, SignatureText};
pub use evaluate::Outlook;
pub use model::{
    Condition, Kind, Literal, Matcher, Pattern, Scope, Signature, SignatureSet, Stage, Thresholds,
};
pub(crate) use scanner::{Scanner, is_identifier};
