//! What a module cannot hold, told without walking it.
//!
//! A walk costs many times what the browser's own lazy compilation does, so most code is cleared by
//! bounds from above. First, all code is looked at in blocks: the count of the bytes that encode an
//! operator is never below the count of that operator. Where a stretch has enough of them for the
//! smallest kernel, its functions are sifted: decoded, but not walked, with the distances of their
//! rotations. What comes out is a set of kernels that is never smaller than what a walk would find
//! by shape, and the known constants that code holds.
//!
//! Limits, which a walk of everything does not have: constants that are only known after folding
//! count where the function is walked anyway; kernels spread over more than [`WINDOW`] blocks by
//! padding are missed; so are rotations that are spelled by other arithmetic, and constants that are
//! kept in globals. So small modules, where a single kernel may decide, are not cleared at all; those that
//! hold a curve, where it never does, are.

use super::constants::Constants;
use super::kernels::{Amount, Bounds, Kernels};
use super::lanes::{self, BLOCK, Counts};
use super::layout::{self, Layout, Span};
use super::operator;
use super::reader::Reader;
use super::walk::short;

/// Blocks that are taken together: a kilobyte, some thirty bytes for each operator that is counted.
const WINDOW: usize = 4;
/// Rotations of the smallest kernels: the quarter of a round of BLAKE, Salsa20 or `ChaCha`.
const TURNS: u32 = 4;
/// Exclusive ors beside them.
const XORS: u32 = 4;
/// Exclusive ors of kernels without rotations: a round of AES by tables, JH.
const XORS_ALONE: u32 = 12;
/// Conjunctions and subtractions at least, where exclusive ors are spelled by them: such code has little else.
const SPELLED: u32 = 10;
/// The same where nothing rotates.
const SPELLED_ALONE: u32 = 20;
/// Helpers (see `walk/inline.rs`) are no longer than this.
const HELPER: u32 = 320;

/// Look-ups of a round, and a rolled loop of Keccak, lie within this many bytes: a few times what
/// they take where nothing is kept in registers.
const NEAR: usize = 4096;

/// Locals up to this number are followed: unoptimised code has one for each value.
const LOCALS: usize = 1 << 16;

/// What a module may hold.
pub(super) struct Screen {
    /// For each table of constants, which of its words code holds.
    pub(super) words: Vec<u64>,
    /// The functions that may have a shape, by number among the defined ones, with these.
    pub(super) candidates: Vec<(u32, Kernels)>,
    /// Where the words of tables are, by function.
    pub(super) hits: Vec<Hit>,
}

/// Words of a table that a function may hold.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    /// The function, by number among the defined ones.
    pub(super) function: u32,
    /// The table.
    pub(super) table: u8,
    /// Which of its words.
    pub(super) bits: u64,
    /// Where the first of them is.
    pub(super) at: u32,
}

struct Screener<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
    constants: &'static Constants,
    /// Small functions that are walked in the place of their calls, by number, with what they bring
    /// along.
    helpers: Vec<(u32, Bounds)>,
    /// Which functions these are; empty where there is none.
    is_helper: Vec<bool>,
    words: Vec<u64>,
    hits: Vec<Hit>,
    /// The function that is looked at.
    function: u32,
}

/// Screens a module's code.
#[inline(never)]
pub(super) fn screen(bytes: &[u8], layout: &Layout) -> Screen {
    let mut screener = Screener::new(bytes, layout);
    screener.find_helpers();
    let counts = screener.look();
    let mut screen = Screen {
        words: Vec::new(),
        candidates: Vec::new(),
        hits: Vec::new(),
    };
    let start = layout.code().start;
    let hot = windows(&counts);
    for (number, &body) in layout.bodies.iter().enumerate() {
        let first = body.start.saturating_sub(start) as usize / BLOCK;
        let last = body.end.saturating_sub(start) as usize / BLOCK;
        let hottest = hot.get(first..=last).unwrap_or_default();
        let Some(last) = hottest.iter().rposition(|&hot| hot) else {
            continue;
        };
        // What comes after the last of them, and what counts for it, is in no kernel.
        let end = start as usize + (first + last + 1) * BLOCK + lanes::BEYOND;
        let hottest = Span {
            end: body.end.min(end as u32),
            ..body
        };
        let shapes = screener
            .sift(hottest, false)
            .map_or_else(Kernels::default, |bounds| bounds.shapes());
        if !shapes.is_empty() {
            screen.candidates.push((number as u32, shapes));
        }
    }
    screen.words = screener.words;
    screen.hits = screener.hits;
    screen
}

/// The words of tables that are in code, by table, and where they are, by function.
#[inline(never)]
pub(super) fn words(bytes: &[u8], layout: &Layout) -> (Vec<u64>, Vec<Hit>) {
    let mut screener = Screener::new(bytes, layout);
    screener.look();
    (screener.words, screener.hits)
}

/// Which blocks are in a window that has enough for a kernel.
#[inline(never)]
fn windows(blocks: &[Counts]) -> Vec<bool> {
    let mut hot = vec![false; blocks.len() + 1];
    for (first, window) in (0..).zip((0..blocks.len()).map(|at| {
        let end = (at + WINDOW).min(blocks.len());
        blocks.get(at..end).unwrap_or_default()
    })) {
        let sum =
            |count: fn(&Counts) -> u16| window.iter().map(|b| u32::from(count(b))).sum::<u32>();
        let (turns, xors) = (sum(|b| b.turns), sum(|b| b.xors));
        let spelled = sum(|b| b.ands).min(sum(|b| b.subs));
        let with = |least| xors + if spelled >= least { spelled } else { 0 };
        if (turns >= TURNS && with(SPELLED) >= XORS) || with(SPELLED_ALONE) >= XORS_ALONE {
            let end: usize = first + window.len();
            if let Some(part) = hot.get_mut(first..end) {
                part.fill(true);
            }
        }
    }
    hot
}

impl<'a> Screener<'a> {
    fn new(bytes: &'a [u8], layout: &'a Layout) -> Self {
        let constants = Constants::get();
        Self {
            bytes,
            layout,
            constants,
            helpers: Vec::new(),
            is_helper: Vec::new(),
            words: vec![0; constants.tables.len()],
            hits: Vec::new(),
            function: 0,
        }
    }

    /// Finds the small functions that rotate.
    #[inline(never)]
    fn find_helpers(&mut self) {
        for (number, body) in self.layout.bodies.iter().enumerate() {
            if body.end - body.start > HELPER {
                continue;
            }
            if !lanes::turns(body.of(self.bytes)) || !is_straight(self.bytes, *body) {
                continue;
            }
            let bounds = self.sift(*body, true);
            let Some(bounds) = bounds.filter(|bounds| bounds.turns() > 0) else {
                continue;
            };
            if self.is_helper.is_empty() {
                self.is_helper = vec![false; self.layout.bodies.len()];
            }
            if let Some(place) = self.is_helper.get_mut(number) {
                *place = true;
                self.helpers.push((number as u32, bounds));
            }
        }
    }

    fn helper(&self, callee: u32) -> Option<&Bounds> {
        let number = callee.checked_sub(self.layout.imported)?;
        if !*self.is_helper.get(number as usize)? {
            return None;
        }
        let at = self
            .helpers
            .binary_search_by_key(&number, |helper| helper.0);
        self.helpers.get(at.ok()?).map(|helper| &helper.1)
    }

    /// Looks at all blocks, and at the constants in them.
    #[inline(never)]
    fn look(&mut self) -> Vec<Counts> {
        let code = self.layout.code();
        let calls = !self.is_helper.is_empty();
        let start = code.start as usize;
        let code = code.of(self.bytes);
        let constants = self.constants;
        lanes::look(code, calls, |at, counts| {
            // Most constants are none that is known.
            let constant = code.get(at..).and_then(<[u8]>::first_chunk);
            if let Some(&[0x41 | 0x42, first, second, third]) = constant
                && !constants.may_begin([first, second, third])
            {
                return;
            }
            self.closer(start + at, counts);
        })
    }

    /// A closer look at a constant, a vector operator or a call.
    #[inline(never)]
    fn closer(&mut self, at: usize, counts: &mut Counts) {
        let mut reader = Reader::new(self.bytes, at, self.bytes.len());
        match reader.byte() {
            Some(0x41) => {
                if let Some(value) = reader.signed() {
                    self.known(value.cast_unsigned() & 0xffff_ffff, at);
                }
            }
            Some(0x42) => {
                if let Some(value) = reader.signed() {
                    self.known(value.cast_unsigned(), at);
                }
            }
            Some(0x10) => {
                if let Some(helper) = reader.u32().and_then(|callee| self.helper(callee)) {
                    counts.turns += helper.turns().min(255) as u16;
                    counts.xors += helper.xors().min(255) as u16;
                }
            }
            Some(0xfd) => match reader.u32() {
                Some(12) => {
                    for chunk in reader.take(16).unwrap_or_default().chunks_exact(8) {
                        let value = chunk.try_into().map_or(0, u64::from_le_bytes);
                        self.known(value, at);
                        self.known(value & 0xffff_ffff, at);
                        self.known(value >> 32, at);
                    }
                }
                Some(13 | 173 | 205) => counts.turns += 1,
                Some(78 | 79) => counts.ands += 1,
                Some(81) => counts.xors += 1,
                Some(177 | 209) => counts.subs += 1,
                _ => {}
            },
            _ => {}
        }
    }

    /// A constant of code, at this place.
    fn known(&mut self, value: u64, at: usize) {
        let Self {
            words,
            hits,
            function,
            layout,
            ..
        } = self;
        self.constants.look_up(short(value), |table, bit| {
            *function = layout.function_at(at, *function);
            if let Some(words) = words.get_mut(table as usize) {
                *words |= 1 << bit;
            }
            let same = |hit: &&mut Hit| hit.function == *function;
            let mut here = hits.iter_mut().rev().take_while(same);
            match here.find(|hit| hit.table == table) {
                Some(hit) => hit.bits |= 1 << bit,
                None => hits.push(Hit {
                    function: *function,
                    table,
                    bits: 1 << bit,
                    at: at as u32,
                }),
            }
        });
    }

    /// Decodes a function and counts what shapes are made of; `None` where it has no locals' list.
    /// What distances a helper is given is not known before its calls are walked.
    fn sift(&self, body: Span, helper: bool) -> Option<Bounds> {
        let mut reader = Reader::new(self.bytes, body.start as usize, body.end as usize);
        layout::locals(&mut reader)?;
        let mut bounds = Bounds::new(helper);
        let mut known = Known::default();
        let mut next = reader.position() + NEAR;
        while let Some(code) = reader.byte() {
            if reader.position() > next {
                bounds.pass();
                next += NEAR;
            }
            let rest = match code {
                0x41 | 0x42 => reader.signed().map(|value| {
                    let value = value.cast_unsigned();
                    known.push(value);
                    bounds.constant(value);
                }),
                0x20 => reader.u32().map(|index| known.get(index)),
                0x21 => reader.u32().map(|index| known.set(index)),
                0x22 => reader.u32().map(|index| known.tee(index)),
                0x10 | 0x12 => reader.u32().map(|callee| {
                    if let Some(helper) = self.helper(callee) {
                        bounds.include(helper);
                    }
                    known.forget();
                }),
                0xfd => {
                    let mut ahead = reader;
                    let operator = ahead.u32().unwrap_or(0);
                    bounds.vector(operator, known.top());
                    match operator {
                        12 => {
                            let lanes = ahead.take(8).and_then(|lanes| lanes.try_into().ok());
                            bounds.constant(lanes.map_or(0, u64::from_le_bytes));
                        }
                        13 => bounds.shuffle(ahead.take(16).unwrap_or_default()),
                        _ => {}
                    }
                    known.forget();
                    operator::skip_rest(code, &mut reader).map(|_| ())
                }
                // Blocks begin and end, and widths change: what is on top stays what it is.
                0x01..=0x03 | 0x0b | 0xa7 | 0xac | 0xad => {
                    operator::skip_rest(code, &mut reader).map(|_| ())
                }
                0x6a..=0x8a => {
                    bounds.scalar(code, known.top());
                    known.fold(code);
                    if let Amount::Constant(value) = known.top() {
                        bounds.constant(value);
                    }
                    Some(())
                }
                0x28..=0x35 => {
                    bounds.load(code);
                    known.forget();
                    operator::memory(&mut reader)
                }
                _ => {
                    bounds.double(code);
                    known.forget();
                    operator::skip_rest(code, &mut reader).map(|_| ())
                }
            };
            if rest.is_none() {
                break;
            }
        }
        Some(bounds)
    }
}

/// The constants on top of the stack and in locals, as far as a walk could know them: taken in the
/// order of the code, whatever the branches are.
#[derive(Default)]
struct Known {
    stack: [u64; 4],
    height: usize,
    locals: Vec<Option<u64>>,
}

impl Known {
    fn push(&mut self, value: u64) {
        if self.height == self.stack.len() {
            self.stack.rotate_left(1);
            self.height -= 1;
        }
        if let Some(place) = self.stack.get_mut(self.height) {
            *place = value;
        }
        self.height += 1;
    }

    fn forget(&mut self) {
        self.height = 0;
    }

    fn top(&self) -> Amount {
        match self
            .height
            .checked_sub(1)
            .and_then(|top| self.stack.get(top))
        {
            Some(&value) => Amount::Constant(value),
            None => Amount::Other,
        }
    }

    fn get(&mut self, index: u32) {
        match self.locals.get(index as usize) {
            Some(&Some(value)) => self.push(value),
            _ => self.forget(),
        }
    }

    fn tee(&mut self, index: u32) {
        let value = match self.top() {
            Amount::Constant(value) => Some(value),
            Amount::Other => None,
        };
        let index = index as usize;
        if value.is_some() && index >= self.locals.len() && index < LOCALS {
            self.locals.resize(index + 1, None);
        }
        if let Some(local) = self.locals.get_mut(index) {
            *local = value;
        }
    }

    fn set(&mut self, index: u32) {
        self.tee(index);
        self.height = self.height.saturating_sub(1);
    }

    /// An operator on two integers.
    fn fold(&mut self, code: u8) {
        let [.., x, y] = self.stack.get(..self.height).unwrap_or_default() else {
            return self.forget();
        };
        let (x, y) = (*x, *y);
        let value = match code {
            0x6a | 0x7c => x.wrapping_add(y),
            0x6b | 0x7d => x.wrapping_sub(y),
            0x6c | 0x7e => x.wrapping_mul(y),
            0x71 | 0x83 => x & y,
            0x72 | 0x84 => x | y,
            0x73 | 0x85 => x ^ y,
            0x74 | 0x86 => x << (y & 63),
            0x76 => (x & 0xffff_ffff) >> (y & 31),
            0x88 => x >> (y & 63),
            _ => return self.forget(),
        };
        self.height -= 2;
        self.push(value);
    }
}

/// Whether a body has neither blocks nor calls: such may be walked in the place of their calls.
#[inline(never)]
fn is_straight(bytes: &[u8], body: Span) -> bool {
    let mut reader = Reader::new(bytes, body.start as usize, body.end as usize);
    if layout::locals(&mut reader).is_none() {
        return false;
    }
    while let Some(code) = reader.byte() {
        let straight = matches!(code, 0x0b | 0x0f | 0x1a | 0x1b | 0x20..=0x24 | 0x28..=0x3e | 0x41 | 0x42 | 0x45..=0xc4);
        if !straight || operator::skip_rest(code, &mut reader).is_none() {
            return false;
        }
    }
    true
}
