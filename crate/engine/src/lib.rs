//! The Nomine engine: decides about requests, WebAssembly modules, scripts, shaders and messages.
//!
//! Pure Rust: no I/O, no browser, no clock, no panic on any input. It returns facts instead of
//! logging them; whoever calls it decides what to show.
#![forbid(unsafe_code)]

pub mod filter;
pub mod inspector;
pub mod module;
pub mod signature;
pub mod verdict;
