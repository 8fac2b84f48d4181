//! Inspection of bodies in the background, with signatures that can be replaced while running.

use nomine_engine::inspector::Inspector as Judge;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{error, object};

/// Judges modules, scripts and shaders.
#[wasm_bindgen]
pub struct Inspector {
    judge: Judge,
}

#[wasm_bindgen]
impl Inspector {
    /// Loads compiled signatures (`signatures.bin`).
    pub fn load(signatures: &[u8]) -> Result<Inspector, JsValue> {
        Ok(Self {
            judge: Judge::load(signatures).map_err(error)?,
        })
    }

    /// Judges a WebAssembly module.
    #[wasm_bindgen(js_name = "inspectModule", unchecked_return_type = "Verdict")]
    pub fn inspect_module(&self, bytes: &[u8]) -> Result<JsValue, JsValue> {
        object(&self.judge.inspect_module(bytes))
    }

    /// Judges a script by the bytes of its source.
    #[wasm_bindgen(js_name = "inspectScript", unchecked_return_type = "Verdict")]
    pub fn inspect_script(&self, source: &[u8]) -> Result<JsValue, JsValue> {
        object(&self.judge.inspect_script(source))
    }

    /// Judges a shader by the bytes of its source.
    #[wasm_bindgen(js_name = "inspectShader", unchecked_return_type = "Verdict")]
    pub fn inspect_shader(&self, source: &[u8]) -> Result<JsValue, JsValue> {
        object(&self.judge.inspect_shader(source))
    }
}
