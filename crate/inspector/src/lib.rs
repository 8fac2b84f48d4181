//! The inspector that runs in pages and workers: the engine's inspection of modules, scripts,
//! shaders and messages behind a plain WebAssembly interface.
//!
//! No imports and no glue code: the guard instantiates it synchronously, writes the input where
//! [`State::reserve`] says and calls one of the exports in [`exports`]. Everything is decided in
//! [`State`], which the tests use directly.

mod exports;
mod json;
mod state;

pub use state::State;

/// The signatures that are built in.
pub const SIGNATURES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/signatures.bin"));
