//! JavaScript inspection, asm.js included: the facts that a script's text shows.
//!
//! The text is searched for the patterns of the signatures and, where it is dense in numbers or
//! bit operations, for their numeric constants. Packed and obfuscated parts and embedded data are
//! taken out and searched likewise; embedded modules are inspected as modules. Nothing is run or
//! parsed. Time is linear in the input, what is taken out is bounded by [`MOST_DECODED`].

mod brackets;
mod dense;
mod drawn;
mod escape;
mod flow;
mod form;
mod mask;
mod number;
mod pack;
mod payload;
mod quoted;
mod resolve;
mod seek;
mod strings;
mod translated;

pub(crate) use number::{Numbers, Seen};
pub(crate) use payload::{Budget, base64, inflate};

use crate::module;
use crate::signature::{Kind, Scanner, SignatureSet, Stage};
use crate::verdict::{Fact, Findings, Place};
use payload::Payload;
use std::borrow::Cow;
use strings::Vocabulary;

/// The most bytes that are decoded from one script.
const MOST_DECODED: usize = 16 << 20;
/// How many layers of packing are undone.
const DEEPEST: usize = 4;
/// Scripts below this hold one thing, not an application in which any words come together.
const SMALL: usize = 128 << 10;
/// What flows where is followed in scripts below this; in larger ones too much has one name.
const FOLLOWED: usize = 64 << 10;
/// Scripts longer than this are not looked at by their form.
const FORMED: usize = 1 << 20;
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
    vocabulary: Vocabulary,
}

/// One text to search: the input or what was taken out of it.
struct Layer<'a> {
    text: Cow<'a, [u8]>,
    depth: usize,
    /// The constants that are seen around it, where it is only a part of what was unwrapped.
    seen: Option<Seen>,
}

impl ScriptInspector {
    /// For this set.
    pub fn new(set: &SignatureSet) -> Self {
        Self {
            scanner: Scanner::new(set, Kind::Script),
            numbers: Numbers::new(set, Kind::Script),
            vocabulary: Vocabulary::new(set),
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
        if whole < SMALL {
            out.script.add(shape("shape.small", None, 0));
        }
        let mut budget = Budget {
            bytes: MOST_DECODED,
        };
        let mut layers = vec![Layer {
            text: Cow::Borrowed(text),
            depth: 0,
            seen: None,
        }];
        let mut followed = Vec::new();
        while let Some(layer) = layers.pop() {
            if self.layer(set, &layer, &mut layers, &mut budget, &mut out) {
                followed.push(layer.text);
            }
        }
        // Following costs more than all else, and mostly nothing asks for what it could find.
        if !followed.is_empty() && set.would_rise(Kind::Script, &out.script, &flow::FACTS) {
            for text in followed {
                flow::note(&text, &mut out.script);
            }
        }
        out
    }

    /// Adds what a layer shows, and the layers within it; whether it may show more if what flows where
    /// is followed in it.
    fn layer<'a>(
        &self,
        set: &SignatureSet,
        layer: &Layer<'a>,
        layers: &mut Vec<Layer<'a>>,
        budget: &mut Budget,
        out: &mut ScriptFindings,
    ) -> bool {
        let text = &*layer.text;
        let top = layer.depth == 0;
        let mut hits = Scanner::hits(set, text.len());
        self.scanner.scan(set, Stage::First, text, &mut hits);
        let mut seen = layer.seen.clone().unwrap_or_else(|| Seen::new(set));
        for range in dense::ranges(text) {
            let start = range.start;
            self.numbers
                .scan(text.get(range).unwrap_or_default(), start, &mut seen);
        }
        let hashes = seen.calls(set);
        let calls = hits.calls(set) || hashes;
        let works = hits.first_of(set, "shape.works").is_some();
        let mut found = Findings::default();
        let around = (calls && text.len() >= FORMED).then(|| seen.clone());
        seen.into_findings(set, top, &mut found);
        let mut resolved = false;
        if layer.depth < DEEPEST {
            let shapes = Shapes {
                packed: hits.first_of(set, "shape.packed"),
                mangled: hits.first_of(set, "shape.mangled").is_some(),
                reversed: hits.first_of(set, "shape.reversed").is_some(),
                asm: hits.first_of(set, "shape.asm").is_some(),
                drawn: hits.first_of(set, "shape.drawn").is_some(),
                joined: hits.first_of(set, "shape.joined").is_some() && text.len() < SMALL,
                turned: hits.first_of(set, "shape.turned").is_some() && text.len() < SMALL,
                quoted: calls && escape::has_quoted_code(text),
                nested: works && text.len() < SMALL && escape::has_lines_or_quotes(text),
                around,
            };
            resolved = self.unwrap(text, &shapes, layer.depth, layers, budget, out);
        }
        if calls || !out.modules.is_empty() || !top {
            self.scanner.scan(set, Stage::Second, text, &mut hits);
        }
        // The form of a large script is worth its time only where there is something to search with; parts
        // of one have none.
        let works = !top || works;
        let works = works && layer.seen.is_none();
        let formed = if hashes { FORMED } else { SMALL };
        hits.into_findings(set, top, &mut found);
        let mut follow = false;
        if works && text.len() < formed {
            let form = form::form(text);
            let mut hits = Scanner::hits(set, form.len());
            self.scanner.scan(set, Stage::Second, &form, &mut hits);
            hits.into_findings(set, false, &mut found);
            let mixes = seek::bytes(b'^', text).nth(1).is_some();
            let asks = ["form.digest", "form.elsewhere", "shape.module"];
            let asks = asks.iter().any(|fact| found.has(fact));
            // Where what flows is hidden by calls, nothing is known of it.
            follow = text.len() < FOLLOWED && (mixes || asks) && !resolved;
        }
        for fact in found.facts {
            // A word that is there in two layers is one word.
            if top || !out.script.has(&fact.name) {
                out.script.add(fact);
            }
        }
        follow
    }

    /// Takes out what is packed, obfuscated or embedded; whether the text is there without what hides it.
    #[inline(never)]
    fn unwrap(
        &self,
        text: &[u8],
        shapes: &Shapes,
        depth: usize,
        layers: &mut Vec<Layer>,
        budget: &mut Budget,
        out: &mut ScriptFindings,
    ) -> bool {
        let mut resolved = false;
        for code in brackets::codes(text) {
            push(code, depth + 1, budget, layers);
        }
        if let Some(code) = shapes.packed.and_then(|start| pack::unpack(text, start)) {
            push(code, depth + 1, budget, layers);
        }
        if shapes.reversed {
            for code in payload::reversed(text, budget.bytes) {
                push(code, depth + 1, budget, layers);
            }
        }
        if shapes.drawn
            && let Some(code) = drawn::undrawn(text, budget.bytes)
        {
            push(code, depth + 1, budget, layers);
        }
        if shapes.joined
            && let Some(code) = strings::joined(text)
        {
            push(code, depth + 1, budget, layers);
        }
        if shapes.turned {
            push(drawn::turned(text), DEEPEST, budget, layers);
        }
        // Code inside a string, as development builds of bundlers and blob workers have it: not
        // unwrapped again, its strings were seen as escapes.
        if shapes.quoted && text.len() <= budget.bytes {
            if let Some(around) = &shapes.around {
                let code = escape::near(text);
                budget.bytes = budget.bytes.saturating_sub(code.len());
                layers.push(Layer {
                    text: Cow::Owned(code),
                    depth: DEEPEST,
                    seen: Some(around.clone()),
                });
            } else if let Some(code) = escape::escapes(text, text.len()) {
                push(code, DEEPEST, budget, layers);
            }
        }
        if shapes.nested && !shapes.quoted {
            for code in quoted::nested(text) {
                if let Some(code) = escape::escapes(code, budget.bytes) {
                    push(code, depth + 1, budget, layers);
                }
            }
        }
        if shapes.mangled || strings::is_obfuscated(text) {
            out.script.add(shape("shape.obfuscated", None, depth));
            if text.len() < FORMED
                && let Some(code) = resolve::resolved(text)
            {
                if code.len() < SMALL && !out.script.has("shape.small") {
                    out.script.add(shape("shape.small", None, depth));
                }
                push(code, DEEPEST, budget, layers);
                resolved = true;
            }
            let decoded = strings::decode(text, &self.vocabulary);
            let payloads = payload::find(&decoded, false, budget);
            // Not unwrapped again: it is a list of strings.
            push(decoded, DEEPEST, budget, layers);
            for payload in payloads {
                embedded(payload, depth, layers, out);
            }
        }
        let payloads = payload::find(text, shapes.asm, budget);
        if shapes.asm
            && let Some(module) = translated::module(text, &payloads)
        {
            out.modules.push((0, module::inspect(&module)));
        }
        for payload in payloads {
            embedded(payload, depth, layers, out);
        }
        resolved
    }
}

/// What was taken out is searched as well, within the budget.
#[inline(never)]
fn push(code: Vec<u8>, depth: usize, budget: &mut Budget, layers: &mut Vec<Layer>) {
    if code.len() <= budget.bytes {
        budget.bytes -= code.len();
        layers.push(Layer {
            text: Cow::Owned(code),
            depth,
            seen: None,
        });
    }
}

/// What the first look at a layer says about how it is wrapped.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a question of its own.
struct Shapes {
    packed: Option<usize>,
    mangled: bool,
    reversed: bool,
    asm: bool,
    drawn: bool,
    joined: bool,
    turned: bool,
    quoted: bool,
    nested: bool,
    /// The constants of a text of which only what is near escapes is to be unwrapped.
    around: Option<Seen>,
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

#[inline(never)]
fn embedded(payload: Payload, depth: usize, layers: &mut Vec<Layer>, out: &mut ScriptFindings) {
    let offset = Some(payload.place.start);
    if payload.is_module() {
        let mut fact = shape("embedded.module", offset, depth);
        fact.detail = format!("{} bytes as {}", payload.bytes.len(), payload.how);
        out.script.add(fact);
        let place = u32::try_from(payload.place.start).unwrap_or(u32::MAX);
        out.modules.push((place, module::inspect(&payload.bytes)));
    } else if payload.data {
        for fact in tables(&payload.bytes) {
            out.script.add(Fact {
                place: shape("", offset, depth).place,
                ..fact
            });
        }
    } else if payload::is_text(&payload.bytes) {
        let mut fact = shape("embedded.text", offset, depth);
        fact.detail = format!("{} bytes as {}", payload.bytes.len(), payload.how);
        out.script.add(fact);
        layers.push(Layer {
            text: Cow::Owned(payload.bytes),
            depth: depth + 1,
            seen: None,
        });
    }
}

/// The tables of hash functions in the memory of translated code: what the module inspector finds
/// in a module that holds nothing but this data, as `table.*`.
#[inline(never)]
fn tables(data: &[u8]) -> Vec<Fact> {
    let mut content = vec![1, 0, 0x41, 0, 0x0b];
    module::unsigned(&mut content, data.len() as u64);
    content.extend_from_slice(data);
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module::section(&mut module, 11, &content);
    let facts = module::inspect(&module).facts.into_iter();
    facts
        .filter_map(|fact| {
            let kernel = fact.name.strip_suffix(".table")?;
            Some(Fact {
                name: Cow::Owned(format!("table.{kernel}")),
                ..fact
            })
        })
        .collect()
}
