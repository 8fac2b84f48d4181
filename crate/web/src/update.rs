//! Updates in the background: bundles, differences, trimming, and the sanity check.

use nomine_engine::update::bundle::{self, Circumstances, Files, Head};
use nomine_engine::update::gate::{self, Held};
use nomine_engine::update::{patch, trim};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{error, object};

/// Seconds and versions are far below what a JavaScript number holds exactly; what is negative or
/// no number becomes 0.
#[allow(clippy::cast_sign_loss, reason = "a cast stops at 0")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[allow(clippy::cast_precision_loss, reason = "see `whole`")]
fn number(whole: u64) -> f64 {
    whole as f64
}

/// What is known where a bundle is opened.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Here {
    /// Seconds since 1970.
    now: Option<f64>,
    newest: Option<f64>,
    base: Option<f64>,
}

/// A bundle that was opened.
#[wasm_bindgen]
pub struct Bundle {
    head: Head,
    files: Files,
}

/// Opens a bundle that one of the keys signed. `here` is `{ now, newest, base }`: the time in
/// seconds, the newest version that was ever installed, and the version of the files in `installed`.
#[wasm_bindgen(js_name = "openBundle")]
#[allow(
    clippy::needless_pass_by_value,
    reason = "what crosses over is handed over"
)]
pub fn open_bundle(
    bytes: &[u8],
    keys: Vec<String>,
    #[wasm_bindgen(
        unchecked_param_type = "{ readonly now?: number; readonly newest?: number; readonly base?: number }"
    )]
    here: JsValue,
    installed: Option<Installed>,
) -> Result<Bundle, JsValue> {
    let here: Here = serde_wasm_bindgen::from_value(here).map_err(error)?;
    let files = installed.unwrap_or_default().files;
    let circumstances = Circumstances {
        now: here.now.map(whole),
        newest: here.newest.map(whole),
        base: here.base.map(|version| (whole(version), &files)),
    };
    let opened = bundle::open(bytes, &keys, circumstances).map_err(error)?;
    Ok(Bundle {
        head: opened.head,
        files: opened.files,
    })
}

/// Files that are installed, for deltas.
#[wasm_bindgen]
#[derive(Default)]
pub struct Installed {
    files: Files,
}

#[wasm_bindgen]
impl Installed {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.files.insert(name, bytes);
    }
}

#[wasm_bindgen]
impl Bundle {
    /// Its version.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> f64 {
        number(self.head.version)
    }

    /// When it was made, in seconds since 1970.
    #[wasm_bindgen(getter)]
    pub fn created(&self) -> f64 {
        number(self.head.created)
    }

    /// When it ends, in seconds since 1970.
    #[wasm_bindgen(getter)]
    pub fn expires(&self) -> f64 {
        number(self.head.expires)
    }

    /// The names of its files.
    pub fn names(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    /// One file.
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.files.get(name).cloned()
    }
}

/// Applies the difference for the list of this name from a patch file in the RCS format.
#[wasm_bindgen(js_name = "applyPatch")]
pub fn apply_patch(text: &str, patch_file: &str, name: &str) -> Result<String, JsValue> {
    patch::apply_file(text, patch_file, name).map_err(error)
}

/// Leaves out what a rule (`{ section, until, keep, drop }`) does not take.
#[wasm_bindgen(
    js_name = "trimList",
    unchecked_return_type = "{ readonly text: string; readonly left_out: number }"
)]
pub fn trim_list(text: &str, rule: JsValue) -> Result<JsValue, JsValue> {
    let rule: trim::Rule = serde_wasm_bindgen::from_value(rule).map_err(error)?;
    object(&trim::trim(text, &rule).map_err(error)?)
}

/// What the sanity check says, with its words in English.
#[derive(Serialize)]
pub struct Judged {
    #[serde(flatten)]
    held: Held,
    words: String,
}

/// Judges a list that was compiled alone.
pub fn judge(
    before: Option<u32>,
    engine: &nomine_engine::Engine,
    scriptlets: usize,
) -> Option<Judged> {
    gate::gate(before, engine, scriptlets).map(|held| Judged {
        words: held.to_string(),
        held,
    })
}
