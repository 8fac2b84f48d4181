//! JavaScript inspection, asm.js included: the facts that a script's text shows.
//!
//! The text is searched for the patterns of the signatures and, where it is dense in numbers or
//! bit operations, for their numeric constants. Packed and obfuscated parts and embedded data are
//! taken out and searched likewise; embedded modules are inspected as modules. Nothing is run or
//! parsed. Time is linear in the input, what is taken out is bounded by [`MOST_DECODED`].

mod dense;
mod number;
mod pack;
mod payload;
mod strings;

pub(crate) use number::{Numbers, Seen};
use payload::Budget;
pub(crate) use payload::base64;

use crate::module;
use crate::signature::{Hits, Kind, Scanner, SignatureSet, Stage};
use crate::verdict::{Fact, Findings, Place};
use payload::Payload;
use std::borrow::Cow;

/// The most bytes that are decoded from one script.
const MOST_DECODED: usize = 16 << 20;
/// How many layers of packing are undone.
const DEEPEST: usize = 4;
/// Scripts longer than this are inspected in their first half and their end only.
const LONGEST: usize = 128 << 20;

/// What a script shows: its own facts, and those of the modules in it.
#[derive(Clone, Debug, Default)]
pub struct ScriptFindings {
    /// The script's facts.
    pub script: Findings,
    /// The facts of each embedded module, with the offset of the data it was taken from.
    pub modules: Vec<(u32, Findings)>,
}

/// Searches scripts by one set of signatures.
#[derive(Clone, Debug)]
pub struct ScriptInspector {
    scanner: Scanner,
    numbers: Numbers,
}

/// One text to search: the input or what was taken out of it.
struct Layer<'a> {
    text: Cow<'a, [u8]>,
    depth: usize,
}

impl ScriptInspector {
    /// For this set.
    pub fn new(set: &SignatureSet) -> Self {
        Self {
            scanner: Scanner::new(set, Kind::Script),
            numbers: Numbers::new(set, Kind::Script),
        }
    }

    /// The facts of a script's text.
    pub fn inspect(&self, set: &SignatureSet, text: &[u8]) -> ScriptFindings {
        let mut out = ScriptFindings::default();
        let whole = text.len();
        let text = text.get(..LONGEST).unwrap_or(text);
        if text.len() < whole {
            out.script.not_inspected = Some(Cow::Borrowed("not inspected: the part beyond 128 MB"));
        }
        let mut budget = Budget {
            bytes: MOST_DECODED,
        };
        let mut layers = vec![Layer {
            text: Cow::Borrowed(text),
            depth: 0,
        }];
        while let Some(layer) = layers.pop() {
            self.layer(set, &layer, &mut layers, &mut budget, &mut out);
        }
        out
    }

    fn layer<'a>(
        &self,
        set: &SignatureSet,
        layer: &Layer<'a>,
        layers: &mut Vec<Layer<'a>>,
        budget: &mut Budget,
        out: &mut ScriptFindings,
    ) {
        let text = &*layer.text;
        let top = layer.depth == 0;
        let mut hits = Scanner::hits(set, text.len());
        self.scanner.scan(set, Stage::First, text, &mut hits);
        let mut seen = Seen::new(set);
        for range in dense::ranges(text) {
            let start = range.start;
            self.numbers
                .scan(text.get(range).unwrap_or_default(), start, &mut seen);
        }
        let calls = hits.calls(set) || seen.calls(set);
        seen.into_findings(set, top, &mut out.script);
        if layer.depth < DEEPEST {
            let packed = hits.first_of(set, "shape.packed");
            let mangled = hits.first_of(set, "shape.mangled").is_some();
            Self::unwrap(text, packed, mangled, layer.depth, layers, budget, out);
        }
        if calls || !out.modules.is_empty() || !top {
            self.scanner.scan(set, Stage::Second, text, &mut hits);
        }
        collect(hits, set, top, &mut out.script);
    }

    /// Takes out what is packed, obfuscated or embedded.
    fn unwrap(
        text: &[u8],
        packed: Option<usize>,
        mangled: bool,
        depth: usize,
        layers: &mut Vec<Layer>,
        budget: &mut Budget,
        out: &mut ScriptFindings,
    ) {
        if let Some(start) = packed
            && let Some(code) = pack::unpack(text, start).filter(|code| code.len() <= budget.bytes)
        {
            budget.bytes -= code.len();
            layers.push(Layer {
                text: Cow::Owned(code),
                depth: depth + 1,
            });
        }
        if mangled || strings::is_obfuscated(text) {
            out.script.add(shape("shape.obfuscated", None, depth));
            let decoded = strings::decode(text);
            if decoded.len() <= budget.bytes {
                budget.bytes -= decoded.len();
                for payload in payload::find(&decoded, budget) {
                    embedded(payload, depth, layers, out);
                }
                layers.push(Layer {
                    text: Cow::Owned(decoded),
                    // Not unwrapped again: it is a list of strings.
                    depth: DEEPEST,
                });
            }
        }
        for payload in payload::find(text, budget) {
            embedded(payload, depth, layers, out);
        }
    }
}

fn shape(name: &'static str, offset: Option<usize>, depth: usize) -> Fact {
    Fact {
        name: Cow::Borrowed(name),
        count: 1,
        place: Place {
            function: None,
            offset: offset
                .filter(|_| depth == 0)
                .and_then(|offset| u32::try_from(offset).ok()),
        },
        detail: String::new(),
    }
}

fn collect(hits: Hits, set: &SignatureSet, located: bool, out: &mut Findings) {
    hits.into_findings(set, located, out);
}

fn embedded(payload: Payload, depth: usize, layers: &mut Vec<Layer>, out: &mut ScriptFindings) {
    let offset = Some(payload.place.start);
    if payload.is_module() {
        let mut fact = shape("embedded.module", offset, depth);
        fact.detail = format!("{} bytes as {}", payload.bytes.len(), payload.how);
        out.script.add(fact);
        let place = u32::try_from(payload.place.start).unwrap_or(u32::MAX);
        out.modules.push((place, module::inspect(&payload.bytes)));
    } else if payload::is_text(&payload.bytes) {
        let mut fact = shape("embedded.text", offset, depth);
        fact.detail = format!("{} bytes as {}", payload.bytes.len(), payload.how);
        out.script.add(fact);
        layers.push(Layer {
            text: Cow::Owned(payload.bytes),
            depth: depth + 1,
        });
    }
}
