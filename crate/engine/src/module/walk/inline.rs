//! Small helpers (a rotation, a product, a change of byte order) are walked in the place of their
//! call, so that it does not matter whether a compiler or an outliner made functions of them.
//! Bounded: straight code only, short, not nested, and no more in all than a few times the module.

use super::super::census::Call;
use super::super::frame::INNER;
use super::super::layout::{Arity, locals};
use super::super::reader::Reader;
use super::super::value::Value;
use super::Walker;
use super::flow::memory_argument;

/// Longer helpers are called.
const LONGEST: usize = 320;
/// Helpers take no more operands than this.
const MOST_PARAMETERS: usize = 8;
/// Helpers leave no more results than this.
const MOST_RESULTS: usize = 4;
/// Helpers have no more locals than this.
const MOST_LOCALS: u32 = 256;

/// What is known of helpers.
pub(super) struct Inlining {
    /// Bytes that may still be walked in the place of calls.
    budget: usize,
    /// For each function: 0 not looked at, 1 no helper, 2 a helper.
    kinds: Vec<u8>,
    /// Whether a helper is being walked.
    inside: bool,
    /// What it returned.
    returned: Option<Value>,
}

impl Inlining {
    /// For a module of `bytes` bytes with this many functions.
    pub(super) fn new(bytes: usize, functions: usize) -> Self {
        Self {
            budget: bytes.saturating_mul(2),
            kinds: vec![0; functions],
            inside: false,
            returned: None,
        }
    }
}

impl Walker<'_> {
    /// The place of a local: a helper's own are kept apart.
    #[inline]
    pub(super) fn local_index(&self, index: u32) -> u32 {
        if self.inlining.inside {
            INNER + (index & 0xfff)
        } else {
            index
        }
    }

    /// A return within a helper leaves its result.
    pub(super) fn returns(&mut self) {
        if self.inlining.inside {
            self.inlining.returned = self.state.top();
        }
    }

    /// Walks the callee in the place of its call; tells whether it did.
    pub(super) fn inline(&mut self, callee: u32, arity: Arity) -> bool {
        let parameters = usize::from(arity.parameters);
        let results = usize::from(arity.results);
        let index = callee.wrapping_sub(self.layout.imported) as usize;
        let Some(span) = self.layout.bodies.get(index).copied() else {
            return false;
        };
        let (start, end) = (span.start as usize, span.end as usize);
        let length = end.saturating_sub(start);
        if self.inlining.inside
            || length > LONGEST
            || parameters == 0
            || parameters > MOST_PARAMETERS
            || results > MOST_RESULTS
            || self.inlining.budget < length
            || !self.helper(index, start, end, results)
        {
            return false;
        }
        self.inlining.budget -= length;
        let mut reader = Reader::new(self.bytes, start, end);
        let Some(locals) = local_count(&mut reader) else {
            return false;
        };
        let mut arguments = [Value::opaque(0); MOST_PARAMETERS];
        let arguments = arguments.get_mut(..parameters).unwrap_or_default();
        for argument in arguments.iter_mut().rev() {
            *argument = self.state.pop();
        }
        let around = self.open.last().map_or(0, |open| open.index + 1);
        self.gathered.calls.push(Call { callee, around });
        let depth = self.state.frames.len();
        self.state.open_body(arguments, locals, results);
        self.inlining.inside = true;
        self.inlining.returned = None;
        while self.state.frames.len() > depth && !reader.is_done() {
            let offset = reader.position() as u32;
            let Some(code) = reader.byte() else {
                break;
            };
            self.census.operators += 1;
            if self.operator(code, offset, &mut reader).is_none() {
                break;
            }
        }
        self.inlining.inside = false;
        let returned = self.inlining.returned.take();
        self.state.close_body(depth, results, returned);
        true
    }

    fn helper(&mut self, index: usize, start: usize, end: usize, results: usize) -> bool {
        let Some(kind) = self.inlining.kinds.get_mut(index) else {
            return false;
        };
        if *kind == 0 {
            let mut reader = Reader::new(self.bytes, start, end);
            // Whatever leaves several results was cut out of a function.
            let cut_out = results > 1;
            *kind = 1 + u8::from(is_helper(&mut reader, cut_out).is_some());
        }
        *kind == 2
    }
}

fn local_count(reader: &mut Reader<'_>) -> Option<u32> {
    let count = u32::try_from(locals(reader)?).ok()?;
    (count <= MOST_LOCALS).then_some(count)
}

/// Whether a body is straight code that shifts, rotates or multiplies.
fn is_helper(reader: &mut Reader<'_>, cut_out: bool) -> Option<()> {
    local_count(reader)?;
    let mut mixes = cut_out;
    while !reader.is_done() {
        match reader.byte()? {
            0x0b
            | 0x0f
            | 0x1a
            | 0x1b
            | 0x45..=0x5a
            | 0x67..=0x71
            | 0x79..=0x7b
            | 0xa7
            | 0xac
            | 0xad
            | 0xc0..=0xc4 => {}
            0x72..=0x78 | 0x7c..=0x8a => mixes = true,
            0x20..=0x24 => {
                reader.u32()?;
            }
            0x28..=0x3e => {
                memory_argument(reader)?;
            }
            0x41 | 0x42 => {
                reader.signed()?;
            }
            _ => return None,
        }
    }
    mixes.then_some(())
}
