//! Modules that get a counter and a switch: whatever they are, the outcome is as valid as they were,
//! and the same each time.
#![allow(missing_docs)]

use nomine_engine::module::instrument as counted;
use wasmparser::{Validator, WasmFeatures};

/// The bytes as they are, and behind the head of a module.
pub fn instrument(data: &[u8]) {
    module(data);
    module(&[b"\0asm\x01\0\0\0", data].concat());
}

fn module(bytes: &[u8]) {
    let made = counted(bytes, b"name");
    assert_eq!(made, counted(bytes, b"name"));
    let Some(made) = made else { return };
    let validate =
        |bytes: &[u8]| Validator::new_with_features(WasmFeatures::all()).validate_all(bytes);
    if validate(bytes).is_ok() {
        let outcome = validate(&made);
        assert!(
            outcome.is_ok(),
            "{}",
            outcome.err().map_or_else(String::new, |e| e.to_string())
        );
    }
}
