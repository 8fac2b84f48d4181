//! Functions whose arguments and results lie in memory, below a pointer that a global holds: as Go
//! compiles all of them. Each begins by putting that pointer into a local; a call moves it by the place
//! to return to, and gives back whether the stack is to be unwound. Limits: arguments are the words
//! that were written last, from the pointer on without a gap; of results the first is one by itself.

use super::super::frame::{global, is_global};
use super::super::reader::Reader;
use super::super::runtime;
use super::super::value::{Kind, Value};
use super::Walker;
use super::addresses::Place;
use super::calls::MOST_GIVEN;

/// The place to return to.
const RETURN: u64 = 8;
/// Words of arguments that are kept.
const MOST_WORDS: usize = 16;
/// How far from the pointer they lie at most.
const NEAR: u64 = 256;

/// See the file's head.
#[derive(Default)]
pub(super) struct Stacked {
    /// The pointer, in a function that has one; the global that holds it, and the local.
    pointer: Option<Value>,
    holders: (u32, u32),
    /// What it was before a call moved it.
    before: Option<Value>,
    /// What was written near it since the last call: where, and what.
    words: Vec<(u64, Value)>,
    /// Where what lies nearer than this may be an argument or a result; a function's own variables are
    /// not.
    own: u64,
    /// The first result of the last call: where, and by which source.
    result: Option<(Place, u8)>,
    /// What the last call gave back, by its number.
    unwinds: u32,
}

/// What a call is given through memory.
pub(super) struct Passed {
    /// The words, the last first.
    pub(super) words: Vec<Value>,
    /// Where the results lie, and how many bytes they take at most.
    pub(super) results: (Place, u32),
}

impl Stacked {
    /// Whether the function is one of those.
    #[inline]
    pub(super) fn is_there(&self) -> bool {
        self.pointer.is_some()
    }

    /// The pointer, where this local holds it.
    #[inline]
    pub(super) fn pointer(&self, local: u32) -> Option<Value> {
        self.pointer.filter(|_| local == self.holders.1)
    }

    /// The pointer, where this global holds it.
    pub(super) fn global(&self, index: u32) -> Option<Value> {
        self.pointer.filter(|_| index == self.holders.0)
    }

    /// A global is set; whether that is the pointer. It is only followed down: what moves it up is the end
    /// of the function.
    pub(super) fn moves(&mut self, index: u32, value: &Value) -> bool {
        let Some(pointer) = self.global(index) else {
            return false;
        };
        let down = offset(&pointer).wrapping_sub(offset(value)) & 0xffff_ffff;
        if is_global(value.first) && value.kind == Kind::Offset && (1..1 << 31).contains(&down) {
            self.before = (down == RETURN).then_some(pointer);
            self.pointer = Some(*value);
        }
        true
    }

    /// Whether a branch is taken only where a call unwinds the stack.
    #[inline]
    pub(super) fn unwinds(&self, condition: &Value) -> bool {
        self.unwinds != 0 && condition.key == self.unwinds
    }

    /// Something is stored at this place in the stack.
    pub(super) fn store(&mut self, (base, at): Place, value: &Value) {
        let Some(pointer) = self.pointer.filter(|pointer| start(pointer).0 == base) else {
            return;
        };
        if self.result.is_some_and(|result| result.0 == (base, at)) {
            self.result = None;
        }
        let from = at.wrapping_sub(offset(&pointer)) & 0xffff_ffff;
        if from < NEAR && self.words.len() < MOST_WORDS {
            self.words.retain(|word| word.0 != at);
            self.words.push((at, *value));
        }
        if value.kind == Kind::Offset && is_global(value.first) {
            self.variable(value.constant, &pointer);
        }
    }

    /// A variable of the function lies here.
    fn variable(&mut self, at: u64, pointer: &Value) {
        let from = at.wrapping_sub(offset(pointer)) & 0xffff_ffff;
        self.own = self.own.min(from);
    }

    /// The source of what is read at this place, where it is the first result of the last call.
    pub(super) fn result(&self, place: Place) -> Option<u8> {
        let result = self.result.filter(|result| result.0 == place)?;
        Some(result.1)
    }
}

/// What the global held at first, and how far a value is from it.
fn start(value: &Value) -> Place {
    if value.kind == Kind::Offset {
        (value.first, value.constant)
    } else {
        (value.key, 0)
    }
}

fn offset(value: &Value) -> u64 {
    start(value).1
}

impl Walker<'_> {
    /// Whether the function that begins here is one of those.
    pub(super) fn begin_stacked(&mut self, reader: &Reader<'_>) {
        let holders = runtime::holders(*reader).filter(|_| self.layout.is_go);
        let holders = holders.filter(|_| self.layout.arity(self.function).parameters == 1);
        self.stacked = Stacked {
            pointer: holders.map(|holders| Value::opaque(global(holders.0, 0))),
            holders: holders.unwrap_or_default(),
            own: NEAR,
            ..Stacked::default()
        };
    }

    /// A call to another such function: what it is given. `given` is its only operand, the number of the
    /// place at which it begins.
    pub(super) fn passed(&mut self, given: &Value) -> Option<Passed> {
        let stacked = &mut self.stacked;
        let pointer = stacked.before.take()?;
        given.known()?;
        stacked.pointer = Some(pointer);
        stacked.result = None;
        let mut near: Vec<(u64, Value)> = Vec::new();
        for (at, value) in core::mem::take(&mut stacked.words) {
            let from = at.wrapping_sub(offset(&pointer)) & 0xffff_ffff;
            if from < NEAR {
                near.push((from, value));
            }
        }
        crate::order::sort(&mut near, |one, other| one.0 < other.0);
        let mut end = 0;
        let mut words = Vec::new();
        for (from, value) in near {
            // Words of four bytes may share eight.
            if from <= end {
                end = (from | 7) + 1;
                if words.len() < MOST_GIVEN {
                    words.insert(0, value);
                }
            } else {
                stacked.own = stacked.own.min(from);
            }
        }
        let (base, at) = start(&pointer);
        let at = at.wrapping_add(end) & 0xffff_ffff;
        let most = stacked.own.saturating_sub(end) as u32;
        Some(Passed {
            words,
            results: ((base, at), most),
        })
    }

    /// What that call leaves.
    pub(super) fn leaves(&mut self, passed: &Passed, source: u8, results: u8) {
        let (place, most) = passed.results;
        if most > 0 {
            self.stacked.result = Some((place, source));
            self.taint_some(place, results, most);
        }
        let value = self.state.unknown();
        self.stacked.unwinds = value.key;
        self.state.push(value);
    }
}
