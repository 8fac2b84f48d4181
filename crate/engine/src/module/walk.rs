//! One pass over the operators of a module's functions. Every operator of every finished
//! proposal is known; an unknown one ends the walk of its function only. No recursion; what is
//! kept grows with the input at most.

mod addresses;
mod afterwards;
mod arithmetic;
mod blocks;
mod bulk;
mod calls;
mod comparisons;
mod dispatch;
mod flow;
mod gathered;
mod inline;
mod operator;
mod output;
mod regions;
mod rest;
mod sources;
mod stacked;
mod vector;

use super::census::{Census, Function, Loop};
use super::constants::Constants;
use super::frame::State;
use super::kernels::{Kernel, Kernels, program, shapes};
use super::layout::{Arity, Layout, Span, locals};
use super::reader::Reader;
use super::value::Value;

/// Rotations deep from which a value counts as hash output.
const MIXED: u8 = 6;
/// Functions longer than this are walked up to here.
const LONGEST: usize = 8 << 20;

/// Loops that are nested more deeply than this are not told apart.
pub(super) const MOST_DEPTH: usize = 64;

/// A table of constants in memory, by address.
#[derive(Clone, Copy)]
pub(super) struct Address {
    /// First byte.
    pub(super) start: u64,
    /// One past the last.
    pub(super) end: u64,
    /// Whose table it is.
    pub(super) kernel: Kernel,
}

use addresses::{Place, SUMS, Sum};
use afterwards::Afterwards;
use comparisons::{Limit, Pending, Record};
use dispatch::Dispatch;
pub(super) use flow::THROUGH;
use flow::{READ, Store};
use gathered::level_bits;
pub(super) use gathered::{BOXES, SWAPS};
use gathered::{DECIMAL, NIGHTS};
pub(super) use gathered::{Gathered, TELLING, known_masks};
use regions::Regions;
use rest::Rest;
use sources::Sources;
use stacked::Stacked;
pub(super) use vector::turned;

/// Walks functions.
pub(super) struct Walker<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
    constants: &'static Constants,
    addresses: &'a [Address],
    lasting: Vec<bool>,
    bounds: (u64, u64),
    state: State,
    census: Census,
    marks: Vec<(Census, u32)>,
    open: Vec<Open>,
    dispatch: Dispatch,
    /// Bytes that may still be read ahead for it.
    ahead: usize,
    /// The open `if`s that hold the rest of the program in a loop, and the bytes that may still be read ahead for them.
    rest: Vec<Rest>,
    rest_ahead: usize,
    stacked: Stacked,
    regions: Regions,
    sources: Sources,
    sums: Vec<Sum>,
    /// Stores of what may be counters: of which locals and places in memory, and where; those within loops,
    /// and all.
    counted: Vec<Store>,
    given: Vec<Store>,
    /// What calls were given: an address, and in which place.
    passed: Vec<(Place, u8)>,
    /// Addresses in the stack frame that were stored: where, and which. What is handed the former may
    /// write to the latter.
    escaped: Vec<(Place, Place)>,
    /// Loops that have ended, with their counters that nothing has read yet or overwritten.
    ended: Vec<(u32, u64)>,
    /// What calls in loops were given that may be counters: in which loop, which call, in which place, and
    /// from which locals it derives.
    handed: Vec<(u32, u32, u8, u64)>,
    /// Comparisons of locals whose values come from further down in their loop.
    pending: Vec<Pending>,
    /// What goes into hashes without a loop.
    straight: Straight,
    /// The last counter that was stepped in memory, and what was made of it for the other order of bytes: their
    /// numbers, and where it lies.
    turns: [(u32, u32); 4],
    /// The sum that was last put into a local, and that local's bit.
    summed: (u32, u64),
    /// The last comparison of something in memory with a constant, and which place that is, by numbers.
    inquired: (u32, u32),
    /// The source of what the last call of a function without arguments may have left at fixed places; 0 for none.
    fixed: u8,
    globals: u32,
    /// How often something was stored in the frame.
    framed: u16,
    narrow: bool,
    ordered: bool,
    /// Whether bytes in memory were compared for order with others.
    bytewise: bool,
    /// The number of the last comparison that tells whether a hash is as it should be.
    decided: u32,
    /// The numbers of the last questions whether all bits of a hash are nought, and whether not all are.
    nonzero: (u32, u32),
    /// The last comparison of a counter with a small constant.
    few: Limit,
    /// Comparisons for order of what may be the best hash so far.
    records: Vec<Record>,
    afterwards: Afterwards,
    inlining: inline::Inlining,
    stored: [(u32, Value, u32); 64],
    loaded: Vec<(u32, u32)>,
    memory: u32,
    serial: u32,
    rotations: u32,
    scratch: u32,
    function: u32,
    referenced: Kernels,
    masks: u32,
    told: [u8; TELLING.len()],
    /// Of each table: which of its words the function holds, and the innermost loop (index plus
    /// one) around all of them.
    local_words: Vec<(u8, u64, u32)>,
    /// The kernels to whose tables the function points, with the innermost loop around.
    pointed: Vec<(Kernel, u32)>,
    /// The result.
    pub(super) gathered: Gathered,
}

/// What goes into hashes in a function, with or without a loop.
#[derive(Clone, Copy, Default)]
struct Straight {
    /// The locals from which something derives that was mixed here and compared.
    mixed: u64,
    /// The places in memory that were stepped: one bit each, modulo 64; and the last of them.
    stepped: u64,
    stepped_at: Place,
    /// Whether the function calls itself with what it was given, one step on.
    recurs: bool,
    /// In which places of calls that was given which they left and which was compared for order: one bit
    /// each.
    compared: u64,
    /// The locals that tell where something is read, where they may be what the function was given.
    read: u64,
}

/// A loop that is being walked.
#[derive(Clone, Copy)]
struct Open {
    index: u32,
    /// How many blocks are open within it; more than ever are where it is none of the code's own.
    depth: usize,
    /// Where it ends, then.
    until: u32,
    /// Locals of which something was stored in memory.
    stored: u64,
    stepped: u64,
    /// Locals that tell where something is read.
    indexes: u64,
    /// The locals from which something derives that was mixed here and compared.
    mixed: u64,
    written_memory: bool,
    /// The places in memory that were stepped: one bit each, modulo 64.
    stepped_memory: u64,
    /// What was stored, or handed to a call, under a condition: locals, and places in memory.
    noted: [u64; 2],
    /// Places in memory to which something was added, and those of which what they held was stored
    /// elsewhere.
    summed: u64,
    spread: u64,
    /// Places that were set under a condition, and those that tell whether the loop goes on.
    raised: u64,
    watched: u64,
    /// Locals that are compared with a small constant to tell whether the loop goes on, and those that
    /// are not stepped at every turn.
    few: u64,
    unsure: u64,
    /// The largest of those constants.
    most: u16,
    /// How often the loop goes round that has last ended in it, where that is a few times.
    batch: u16,
    /// What was last stepped, and in how many open blocks; and what was stepped in the same one wherever the loop
    /// is begun again.
    recent: (u64, usize),
    always: u64,
    /// How often it is begun again, and how often after a step and a comparison with a small constant.
    backs: [u16; 2],
    /// Locals that begin anew at every turn: what counts within is no counter of this loop.
    anew: u64,
    /// Locals that are set to something that does not derive from them: where they tell what is read,
    /// they may be another variable than where they count.
    others: u64,
    /// Locals that are returned, carried out of the loop, told to another module, or stored where the page
    /// can read them.
    out: u64,
    rotations: u32,
    scratch: u32,
    /// What was xored or multiplied before it began.
    mixes: u32,
    wander: Wander,
}

impl Open {
    /// Whether it goes on depends on this comparison.
    fn limited(&mut self, limit: &Limit) {
        self.few |= limit.locals;
        self.most = self.most.max(limit.most);
    }
}

/// How a loop reads and writes what is far away.
#[derive(Clone, Copy, Default)]
struct Wander {
    /// Loads and stores at addresses limited to somewhere in 64 KiB or more.
    far: [u16; 2],
    /// The locals from which these addresses derive.
    locals: u64,
    /// Loads from elsewhere, the stack frame aside.
    near: u16,
    /// Branches, and conditions.
    branches: u16,
    /// Whether another loop is in it.
    outer: bool,
}

impl<'a> Walker<'a> {
    /// Ready to walk; `addresses` are the tables found in the data, `lasting` the globals that
    /// could change but are never set.
    pub(super) fn new(
        bytes: &'a [u8],
        layout: &'a Layout,
        addresses: &'a [Address],
        lasting: Vec<bool>,
    ) -> Self {
        let constants = Constants::get();
        let low = addresses.iter().map(|a| a.start).min().unwrap_or(u64::MAX);
        let high = addresses.iter().map(|a| a.end).max().unwrap_or(0);
        let gathered = Gathered {
            words: vec![(0, 0, 0); constants.tables.len()],
            shape_counts: vec![0; 64],
            globals: vec![(false, 0); layout.initial.len()],
            ..Gathered::default()
        };
        Self {
            bytes,
            layout,
            constants,
            addresses,
            lasting,
            bounds: (low, high),
            state: State::new(),
            census: Census::default(),
            marks: Vec::new(),
            open: Vec::new(),
            dispatch: Dispatch::none(),
            ahead: bytes.len().saturating_mul(2),
            rest: Vec::new(),
            rest_ahead: bytes.len().saturating_mul(rest::TIMES),
            stacked: Stacked::default(),
            regions: Regions::default(),
            sources: Sources::new(),
            sums: vec![Sum::default(); SUMS],
            counted: Vec::new(),
            given: Vec::new(),
            passed: Vec::new(),
            escaped: Vec::new(),
            ended: Vec::new(),
            handed: Vec::new(),
            pending: Vec::new(),
            straight: Straight::default(),
            turns: [(0, 0); 4],
            summed: (0, 0),
            inquired: (0, 0),
            fixed: 0,
            globals: 0,
            framed: 0,
            narrow: false,
            ordered: false,
            bytewise: false,
            decided: 0,
            nonzero: (0, 0),
            few: Limit::default(),
            records: Vec::new(),
            afterwards: Afterwards::default(),
            inlining: inline::Inlining::new(bytes.len(), layout.bodies.len()),
            stored: [(0, Value::opaque(0), 0); 64],
            loaded: vec![(0, 0); READ],
            memory: 0,
            serial: 0,
            rotations: 0,
            scratch: 0,
            function: 0,
            referenced: Kernels::default(),
            masks: 0,
            told: [0; TELLING.len()],
            local_words: Vec::new(),
            pointed: Vec::new(),
            gathered,
        }
    }

    /// Leaves a function out: nothing is known of it.
    pub(super) fn skip(&mut self) {
        self.gathered.functions.push(Function::default());
    }

    /// Walks one function body.
    pub(super) fn walk(&mut self, index: u32, span: Span) {
        let arity = self.layout.arity(index);
        self.begin(index, arity);
        let loops = self.gathered.loops.len() as u32;
        let calls = self.gathered.calls.len() as u32;
        let start = span.start as usize;
        let end = (span.end as usize).min(start + LONGEST);
        let mut reader = Reader::new(self.bytes, start, end);
        if self.body(&mut reader).is_none() {
            self.gathered.cut += 1;
        }
        while let Some(open) = self.open.pop() {
            self.close_loop(open);
        }
        self.keep(index, span, arity, loops, calls);
    }

    /// Nothing is known yet of a function.
    #[inline(never)]
    fn begin(&mut self, index: u32, arity: Arity) {
        self.state
            .begin(u32::from(arity.parameters), usize::from(arity.results));
        self.census = Census::default();
        self.marks.clear();
        self.open.clear();
        self.dispatch = Dispatch::none();
        self.rest.clear();
        self.regions.clear();
        self.sources.clear();
        self.counted.clear();
        self.given.clear();
        self.passed.clear();
        self.escaped.clear();
        self.ended.clear();
        self.handed.clear();
        self.pending.clear();
        self.straight = Straight::default();
        self.turns = [(0, 0); 4];
        self.summed = (0, 0);
        self.inquired = (0, 0);
        self.fixed = 0;
        self.globals = 0;
        self.framed = 0;
        self.narrow = false;
        self.ordered = false;
        self.bytewise = false;
        self.decided = 0;
        self.nonzero = (0, 0);
        self.few = Limit::default();
        self.records.clear();
        self.afterwards.clear();
        self.rotations = 0;
        self.scratch = 0;
        self.memory = self.memory.wrapping_add(1);
        self.serial = self.serial.wrapping_add(1);
        self.function = index;
        self.referenced = Kernels::default();
        self.masks = 0;
        self.told = [0; TELLING.len()];
        self.local_words.clear();
        self.pointed.clear();
    }

    /// What was seen of a function is kept.
    #[inline(never)]
    fn keep(&mut self, index: u32, span: Span, arity: Arity, loops: u32, calls: u32) {
        self.settle_fields();
        let mut shaped = shapes(&self.census);
        let levels = self.masks & level_bits();
        if levels.count_ones() >= 2 && program(&self.census) {
            shaped.insert(Kernel::Machine);
            let programs = &mut self.gathered.programs;
            if programs.0 == 0 {
                (programs.1, programs.2) = (index, span.start);
            }
            programs.0 += 1;
        }
        self.note(shaped, span.start);
        let mut coded = Kernels::default();
        for &(table, bits, around) in &self.local_words {
            if let Some(known) = self.constants.tables.get(table as usize)
                && bits.count_ones() >= known.least
            {
                coded.insert(known.kernel);
                self.pointed.push((known.kernel, around));
            }
        }
        for item in self
            .gathered
            .loops
            .get(loops as usize..)
            .unwrap_or_default()
        {
            shaped = shaped.union(item.kernels);
        }
        // A hash that was inlined into a loop may show by its constants alone.
        for &(kernel, around) in &self.pointed {
            let item = around.checked_sub(1).map(|index| index as usize);
            if let Some(item) = item.and_then(|index| self.gathered.loops.get_mut(index)) {
                item.kernels.insert(kernel);
            }
        }
        let taken = self.takes(u32::from(arity.parameters));
        self.gathered.operators += u64::from(self.census.operators);
        self.gathered.functions.push(Function {
            kernels: shaped.union(coded).union(self.referenced),
            shaped,
            coded,
            referenced: self.referenced,
            masks: self.masks,
            telling: self.told,
            body: (span.start, span.end.saturating_sub(span.start)),
            loops: (loops, self.gathered.loops.len() as u32),
            calls: (calls, self.gathered.calls.len() as u32),
            takes: taken.any,
            steps: taken.steps,
            recurs: self.straight.recurs,
            places: taken.places,
            read: self.straight.read,
            compares: self.compares(),
            quiet: self.is_quiet(),
        });
    }

    /// Whether the function writes nothing beside its own frame, and is short.
    fn is_quiet(&self) -> bool {
        self.census.memory[1] <= self.framed && self.census.operators < 2000
    }

    /// Whether the function reads and compares.
    fn compares(&self) -> u8 {
        let reads = self.census.memory[0] >= 2;
        if !reads {
            0
        } else if self.ordered {
            2 + u8::from(self.bytewise)
        } else {
            u8::from(self.narrow)
        }
    }

    fn note(&mut self, kernels: Kernels, offset: u32) {
        if kernels.is_empty() {
            return;
        }
        for &(kernel, _) in super::kernels::KERNELS {
            if kernels.contains(kernel) {
                if !self.gathered.shaped.iter().any(|seen| seen.0 == kernel) {
                    self.gathered.shaped.push((kernel, self.function, offset));
                }
                if let Some(count) = self.gathered.shape_counts.get_mut(kernel as usize) {
                    *count += 1;
                }
            }
        }
    }

    fn body(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        locals(reader)?;
        self.begin_stacked(reader);
        while !reader.is_done() {
            let offset = reader.position();
            self.arrive(offset);
            let code = reader.byte()?;
            self.census.operators += 1;
            self.operator(code, offset as u32, reader)?;
            if self.state.frames.is_empty() {
                break;
            }
        }
        Some(())
    }

    /// A constant of code: perhaps one that is known, perhaps a table's address.
    fn constant(&mut self, value: u64, offset: u32) {
        self.telling(value, offset);
        self.known(value, offset);
        self.point(value);
        self.state.push(Value::constant(value));
    }

    /// Remembers a constant that tells something together with others.
    pub(super) fn telling(&mut self, value: u64, offset: u32) {
        let Some(index) = TELLING.iter().position(|known| known.0 == value) else {
            return;
        };
        if let Some(seen) = self.gathered.telling.get_mut(index) {
            if seen.0 == 0 {
                (seen.1, seen.2) = (self.function, offset);
            }
            seen.0 = seen.0.saturating_add(1);
        }
        if let Some(told) = self.told.get_mut(index) {
            *told = told.saturating_add(1);
        }
    }

    fn point(&mut self, address: u64) {
        if address >= self.bounds.0 && address < self.bounds.1 {
            for table in self.addresses {
                if (table.start..table.end).contains(&address) {
                    self.referenced.insert(table.kernel);
                    let around = self.open.last().map_or(0, |open| open.index + 1);
                    match self.pointed.iter_mut().find(|seen| seen.0 == table.kernel) {
                        Some(seen) => seen.1 = common(&self.gathered.loops, seen.1, around),
                        None => self.pointed.push((table.kernel, around)),
                    }
                }
            }
        }
    }

    fn known(&mut self, value: u64, offset: u32) {
        let Self {
            constants,
            gathered,
            local_words,
            function,
            open,
            ..
        } = self;
        let around = open.last().map_or(0, |open| open.index + 1);
        // Also words of 32 bits as a signed number of 64 has them.
        let value = short(value);
        constants.look_up(value, |table, bit| {
            if let Some(words) = gathered.words.get_mut(table as usize) {
                if words.0 == 0 {
                    (words.1, words.2) = (*function, offset);
                }
                words.0 |= 1 << bit;
            }
            if let Some(words) = local_words.iter_mut().find(|words| words.0 == table) {
                words.1 |= 1 << bit;
                words.2 = common(&gathered.loops, words.2, around);
            } else {
                local_words.push((table, 1 << bit, around));
            }
        });
    }
}

/// A number of 64 bits that is one of 32 with its sign is that one.
pub(super) fn short(value: u64) -> u64 {
    if value >> 31 == 0x1_ffff_ffff {
        value & 0xffff_ffff
    } else {
        value
    }
}

/// The innermost loop (index plus one) around two places that are in these loops. An outer loop
/// has the lower index.
fn common(loops: &[Loop], mut one: u32, mut other: u32) -> u32 {
    for _ in 0..MOST_DEPTH {
        if one == other {
            return one;
        }
        let deeper = if one > other { &mut one } else { &mut other };
        let index = deeper.wrapping_sub(1) as usize;
        *deeper = loops.get(index).map_or(0, |item| item.parent);
    }
    0
}
