//! Updates of lists and signatures: what is trusted, what is changed, and what is held back.
//!
//! - [`bundle`]: our own channel's signed file, whole or as a difference;
//! - [`key`]: the signatures (minisign's Ed25519) and the keys that they are checked against;
//! - [`patch`]: differences of public lists (`Diff-Path`, RCS format) and of our own bundles;
//! - [`trim`]: the rule by which parts of a public list that are not about miners are left out;
//! - [`gate`]: the sanity check before a new list comes into force;
//! - [`share`]: how lists share the rules that a browser takes.
//!
//! Everything here is a function of what it is given: bytes, the time, what is installed. Nothing
//! is fetched and nothing is stored here.

pub mod bundle;
pub mod gate;
pub mod key;
pub mod patch;
pub mod share;
pub mod trim;
