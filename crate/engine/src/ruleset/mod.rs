//! Rulesets: filters compiled to one flat buffer, and the answers it gives.
//!
//! A host filter is found by the hash of the request's host and of its parents ([`hosts`]), a
//! pattern by four rare bytes of its literal text ([`grams`]), a filter for any address by the
//! hash of the site it is limited to; the few that are left are asked in turn. Everything lives in
//! one little-endian buffer that is stored and loaded as it is ([`load`]).

mod build;
mod bytes;
#[cfg(feature = "serde")]
pub mod calls;
mod check;
mod choose;
pub mod dnr;
pub mod dns;
mod glob;
mod grams;
mod hosts;
mod load;
mod options;
mod record;
mod regex;

pub use build::Refused;
pub(crate) use build::build;
pub(crate) use check::Target;
pub use load::LoadError;
pub(crate) use load::Ruleset;
