//! Questions about addresses.

use nomine_engine::{Effect, Engine as Compiled, Request};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::names::{method, resource_type};
use crate::{error, object};

/// Longest address together with its initiator that the fast path takes; longer ones are cut by
/// nobody but asked by [`Engine::check`].
const BUFFER: usize = 16 * 1024;

/// Compiled lists, ready to answer.
#[wasm_bindgen]
pub struct Engine {
    compiled: Compiled,
    buffer: Vec<u8>,
}

#[wasm_bindgen]
impl Engine {
    /// Loads a serialised engine. A damaged one is refused with an `Error` that says what is wrong.
    pub fn load(bytes: Vec<u8>) -> Result<Engine, JsValue> {
        let compiled = Compiled::load(bytes).map_err(error)?;
        Ok(Self::from_compiled(compiled))
    }

    /// The engine as bytes for `load`.
    pub fn serialize(&self) -> Vec<u8> {
        self.compiled.serialize().to_vec()
    }

    /// How many filters are in force.
    #[wasm_bindgen(getter)]
    pub fn filters(&self) -> u32 {
        u32::try_from(self.compiled.filter_count()).unwrap_or(u32::MAX)
    }

    /// What is to happen with a request, and which filters of which lists decided.
    #[wasm_bindgen(unchecked_return_type = "Decision")]
    pub fn check(
        &self,
        url: &str,
        initiator: &str,
        #[wasm_bindgen(js_name = "type")] kind: &str,
        http_method: &str,
    ) -> Result<JsValue, JsValue> {
        let request =
            Request::new(url, initiator, resource_type(kind)).with_method(method(http_method));
        object(&self.compiled.check(&request))
    }

    /// Only whether it is blocked.
    pub fn blocks(&self, url: &str, initiator: &str, kind: &str, http_method: &str) -> bool {
        let request =
            Request::new(url, initiator, resource_type(kind)).with_method(method(http_method));
        self.compiled.effect(&request) == Effect::Block
    }

    /// The address in the module's memory of a buffer of [`Self::capacity`] bytes for [`Self::ask`].
    /// It does not move while the engine lives.
    #[wasm_bindgen(getter)]
    pub fn buffer(&self) -> usize {
        self.buffer.as_ptr().addr()
    }

    /// How many bytes the buffer holds.
    #[wasm_bindgen(getter)]
    pub fn capacity(&self) -> usize {
        self.buffer.len()
    }

    /// The number of a resource type for [`Self::ask`].
    #[wasm_bindgen(js_name = "typeNumber")]
    pub fn type_number(kind: &str) -> u8 {
        resource_type(kind) as u8
    }

    /// The fast path: the buffer holds the address in UTF-8 and behind it the initiator. 0: nothing
    /// is listed; 1: blocked; 2: blocked but for an exception; 3: cannot be answered here (does not
    /// fit, is not UTF-8, unknown type), ask `check`.
    pub fn ask(&self, url_length: usize, initiator_length: usize, type_number: u8) -> u8 {
        let text = |from: usize, length: usize| {
            let bytes = self.buffer.get(from..from.checked_add(length)?)?;
            std::str::from_utf8(bytes).ok()
        };
        let (Some(url), Some(initiator), Some(kind)) = (
            text(0, url_length),
            text(url_length, initiator_length),
            TYPES.get(usize::from(type_number)),
        ) else {
            return 3;
        };
        match self
            .compiled
            .effect(&Request::new(url, initiator, resource_type(kind)))
        {
            Effect::None => 0,
            Effect::Block => 1,
            Effect::Allow => 2,
        }
    }
}

/// The types by their numbers.
const TYPES: [&str; 15] = [
    "main_frame",
    "sub_frame",
    "stylesheet",
    "script",
    "image",
    "font",
    "object",
    "xmlhttprequest",
    "ping",
    "csp_report",
    "media",
    "websocket",
    "webtransport",
    "other",
    "popup",
];

impl Engine {
    /// The engine around compiled filters.
    pub(crate) fn from_compiled(compiled: Compiled) -> Self {
        Self {
            compiled,
            buffer: vec![0; BUFFER],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> Engine {
        let mut set =
            nomine_engine::filter::FilterSet::new(nomine_engine::filter::Environment::firefox());
        set.add_list("test", "||listed.example^$script");
        Engine::from_compiled(Compiled::from_filters(&["test"], set.filters()))
    }

    fn ask(engine: &mut Engine, url: &str, from: &str, kind: &str) -> u8 {
        let text = format!("{url}{from}");
        engine.buffer[..text.len()].copy_from_slice(text.as_bytes());
        engine.ask(url.len(), from.len(), Engine::type_number(kind))
    }

    #[test]
    fn the_fast_path_answers() {
        let mut engine = engine();
        let from = "https://a.example/";
        assert_eq!(
            ask(&mut engine, "https://x.listed.example/a", from, "script"),
            1
        );
        assert_eq!(
            ask(&mut engine, "https://x.listed.example/a", from, "image"),
            0
        );
        assert_eq!(engine.ask(usize::MAX, 1, 0), 3);
        assert_eq!(engine.ask(1, 1, 99), 3);
        engine.buffer[0] = 0xff;
        assert_eq!(engine.ask(1, 0, 0), 3);
    }

    #[test]
    fn types_have_their_numbers() {
        for (number, name) in TYPES.iter().enumerate() {
            assert_eq!(usize::from(Engine::type_number(name)), number, "{name}");
        }
    }
}
