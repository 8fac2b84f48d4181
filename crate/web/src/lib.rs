//! The engine for the extension's background page: questions about addresses, compilation of
//! lists, and inspection of bodies, over wasm-bindgen.
//!
//! Everything that comes in is checked; what is wrong becomes a JavaScript `Error` with a plain
//! message. Objects that go out have the shapes declared in [`types`].

mod compile;
mod engine;
mod host;
mod inspector;
mod names;
mod types;
mod update;

use wasm_bindgen::JsValue;

/// A JavaScript `Error` with this message.
fn error(message: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&message.to_string()).into()
}

/// A plain JavaScript object: maps become objects, missing values `undefined`.
fn object(value: &impl serde::Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(error)
}
