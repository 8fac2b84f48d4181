//! The Nomine engine: decides about requests, WebAssembly modules, scripts, shaders and messages.
//!
//! Pure Rust: no I/O, no browser, no clock, no panic on any input. It returns facts instead of
//! logging them; whoever calls it decides what to show.
#![forbid(unsafe_code)]

mod engine;
pub mod filter;
mod hash;
pub mod inspector;
pub mod module;
mod order;
pub mod request;
pub mod ruleset;
pub mod script;
pub mod shader;
pub mod signature;
pub mod traffic;
#[cfg(feature = "update")]
pub mod update;
pub mod verdict;
mod work;

pub use engine::{Decision, Effect, Engine, Policy, Reason};
pub use request::Request;
pub use ruleset::{LoadError, Refused};
