//! One pass over the operators of a module's functions. Every operator of every finished
//! proposal is known; an unknown one ends the walk of its function only. No recursion; what is
//! kept grows with the input at most.

mod arithmetic;
mod blocks;
mod bulk;
mod flow;
mod gathered;
mod inline;
mod regions;
mod sources;
mod vector;

use super::census::{Census, Function, Loop, bump};
use super::constants::Constants;
use super::frame::{State, global};
use super::kernels::{Kernel, Kernels, program, shapes};
use super::layout::{Layout, Span, heap_type, locals, value_type};
use super::reader::Reader;
use super::value::{BYTE, Kind, LIMITED, LOADED, TWO_BITS, Value, ZEROS, number};

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

pub(super) use flow::THROUGH;
use flow::{Pending, Place, READ, SUMS, Sum, memory_argument};
use gathered::NIGHTS;
use gathered::level_bits;
pub(super) use gathered::{BOXES, SWAPS};
pub(super) use gathered::{Gathered, TELLING, known_masks};
use regions::Regions;
use sources::Sources;
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
    regions: Regions,
    sources: Sources,
    sums: Vec<Sum>,
    counted: Vec<([u64; 2], u32, u64)>,
    passed: Vec<(u32, u64)>,
    /// Addresses in the stack frame that were stored: where, and which. What is handed the former may
    /// write to the latter.
    escaped: Vec<(Place, Place)>,
    /// Comparisons of locals whose values come from further down in their loop.
    pending: Vec<Pending>,
    globals: u32,
    narrow: bool,
    ordered: bool,
    /// The number of the last comparison that tells whether a hash is as it should be.
    decided: u32,
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
    /// Of each table: which of its words the function holds, and the innermost loop (index plus
    /// one) around all of them.
    local_words: Vec<(u8, u64, u32)>,
    /// The kernels to whose tables the function points, with the innermost loop around.
    pointed: Vec<(Kernel, u32)>,
    /// The result.
    pub(super) gathered: Gathered,
}

/// A loop that is being walked.
#[derive(Clone, Copy)]
struct Open {
    index: u32,
    depth: usize,
    written: u64,
    stepped: u64,
    /// The locals from which something derives that was mixed here and compared.
    mixed: u64,
    written_memory: bool,
    /// The places in memory that were stepped: one bit each, modulo 64.
    stepped_memory: u64,
    /// What was stored, or handed to a call, under a condition: locals, and places in memory.
    noted: [u64; 2],
    rotations: u32,
    scratch: u32,
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
            regions: Regions::default(),
            sources: Sources::new(),
            sums: vec![Sum::default(); SUMS],
            counted: Vec::new(),
            passed: Vec::new(),
            escaped: Vec::new(),
            pending: Vec::new(),
            globals: 0,
            narrow: false,
            ordered: false,
            decided: 0,
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
        self.state
            .begin(u32::from(arity.parameters), usize::from(arity.results));
        self.census = Census::default();
        self.marks.clear();
        self.open.clear();
        self.regions.clear();
        self.sources.clear();
        self.counted.clear();
        self.passed.clear();
        self.escaped.clear();
        self.pending.clear();
        self.globals = 0;
        self.narrow = false;
        self.ordered = false;
        self.decided = 0;
        self.rotations = 0;
        self.scratch = 0;
        self.memory = self.memory.wrapping_add(1);
        self.serial = self.serial.wrapping_add(1);
        self.function = index;
        self.referenced = Kernels::default();
        self.masks = 0;
        self.local_words.clear();
        self.pointed.clear();
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
        self.gathered.operators += u64::from(self.census.operators);
        self.gathered.functions.push(Function {
            kernels: shaped.union(coded).union(self.referenced),
            shaped,
            coded,
            referenced: self.referenced,
            masks: self.masks,
            body: (span.start, span.end.saturating_sub(span.start)),
            loops: (loops, self.gathered.loops.len() as u32),
            calls: (calls, self.gathered.calls.len() as u32),
            compares: self.compares(calls),
        });
    }

    /// Whether the function does nothing but read and compare; `calls` is where its calls begin.
    fn compares(&self, calls: u32) -> u8 {
        let quiet = self.gathered.calls.len() as u32 == calls
            && self.census.memory[1] == 0
            && self.census.memory[0] >= 2
            && self.census.operators < 2000;
        u8::from(quiet && (self.narrow || self.ordered)) + u8::from(quiet && self.ordered)
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
        while !reader.is_done() {
            let offset = reader.position();
            let code = reader.byte()?;
            self.census.operators += 1;
            self.operator(code, offset as u32, reader)?;
            if self.state.frames.is_empty() {
                break;
            }
        }
        Some(())
    }

    #[allow(clippy::too_many_lines, clippy::match_same_arms)] // One arm for each operator.
    fn operator(&mut self, code: u8, offset: u32, reader: &mut Reader<'_>) -> Option<()> {
        match code {
            0x00 => self.state.unreachable(),
            0x01 => {}
            0x02 => self.open_block(reader, false)?,
            0x03 => self.open_loop(reader, offset)?,
            0x04 => {
                let condition = self.state.pop();
                self.condition(&condition);
                self.open_block(reader, true)?;
            }
            0x06 => self.open_block(reader, true)?,
            0x05 | 0x19 => {
                self.state.turn();
                self.serial = self.serial.wrapping_add(1);
            }
            0x07 => {
                reader.u32()?;
                self.state.turn();
                self.state.push_unknown(1);
            }
            0x08 => {
                reader.u32()?;
                self.state.unreachable();
            }
            0x09 => {
                reader.u32()?;
                self.state.unreachable();
            }
            0x0a => self.state.unreachable(),
            0x0b => self.end(),
            0x0c => {
                let depth = reader.u32()?;
                self.branch(depth);
                self.state.unreachable();
            }
            0x0d => {
                let depth = reader.u32()?;
                let condition = self.state.pop();
                self.condition(&condition);
                self.branch(depth);
                self.repeated(depth, &condition);
            }
            0x0e => {
                let count = reader.u32()?;
                let selector = self.state.pop();
                for _ in 0..=u64::from(count) {
                    let depth = reader.u32()?;
                    self.branch(depth);
                }
                bump(&mut self.census.tables);
                if selector.flags & TWO_BITS != 0 && (2..=4).contains(&count) {
                    self.choice(offset);
                }
                self.state.unreachable();
            }
            0x0f => {
                self.returns();
                if let Some(item) = self.in_loop() {
                    bump(&mut item.exits);
                }
                self.state.unreachable();
            }
            0x10 | 0x12 => {
                let callee = reader.u32()?;
                let arity = self.layout.arity(callee);
                if code == 0x12 || !self.inline(callee, arity) {
                    self.call(Some(callee), arity);
                }
                if code == 0x12 {
                    self.state.unreachable();
                }
            }
            0x11 | 0x13 => {
                let index = reader.u32()?;
                reader.u32()?;
                let selector = self.state.pop();
                if selector.flags & TWO_BITS != 0 || selector.flags & (BYTE | LOADED) == BYTE {
                    self.choice(offset);
                }
                self.call(
                    Some(THROUGH | index & !THROUGH),
                    self.layout.type_arity(index),
                );
                if code == 0x13 {
                    self.state.unreachable();
                }
            }
            0x14 | 0x15 => {
                let index = reader.u32()?;
                self.state.pop();
                self.call(None, self.layout.type_arity(index));
                if code == 0x15 {
                    self.state.unreachable();
                }
            }
            0x18 => {
                reader.u32()?;
                self.end();
            }
            0x1a => self.state.drop(1),
            0x1b | 0x1c => {
                if code == 0x1c {
                    for _ in 0..reader.u32()? {
                        value_type(reader)?;
                    }
                }
                self.select();
            }
            0x1f => {
                self.open_block(reader, true)?;
                for _ in 0..reader.u32()? {
                    if reader.byte()? < 2 {
                        reader.u32()?;
                    }
                    reader.u32()?;
                }
            }
            0x20 => {
                let index = self.local_index(reader.u32()?);
                let value = self.state.get(index);
                if value.kind == Kind::Opaque && (value.first != 0 || value.constant != 0) {
                    self.same(value.key, (value.first, value.constant));
                }
                self.state.push(value);
            }
            0x21 | 0x22 => {
                let index = self.local_index(reader.u32()?);
                let value = self.state.pop();
                let stepped = self.state.set(index, value);
                if let Some(open) = self.open.last_mut() {
                    open.stepped |= stepped;
                }
                if !self.pending.is_empty() && value.source != 0 {
                    self.settle(index, &value);
                }
                if code == 0x22 {
                    self.state.push(value);
                }
            }
            0x23 => {
                let index = reader.u32()?;
                self.read_global(index, offset);
            }
            0x24 => {
                let index = reader.u32()?;
                if let Some(entry) = self.gathered.globals.get_mut(index as usize) {
                    entry.0 = true;
                }
                self.state.drop(1);
                self.globals += 1;
            }
            0x25 => {
                reader.u32()?;
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0x26 => {
                reader.u32()?;
                self.state.drop(2);
            }
            0x28..=0x35 => self.load(code, reader)?,
            0x36..=0x3e => {
                let at = memory_argument(reader)?;
                let value = self.state.pop();
                let address = self.state.pop();
                self.store(address, at, value, code == 0x36 || code == 0x37);
            }
            0x3f | 0x40 => {
                reader.u32()?;
                if code == 0x40 {
                    self.state.drop(1);
                }
                self.state.push_unknown(1);
            }
            0x41 => {
                let value = reader.signed()?.cast_unsigned() & 0xffff_ffff;
                self.constant(value, offset);
            }
            0x42 => {
                let value = reader.signed()?.cast_unsigned();
                self.constant(value, offset);
            }
            0x43 => {
                reader.take(4)?;
                self.state.push_unknown(1);
            }
            0x44 => {
                reader.take(8)?;
                self.state.push_unknown(1);
            }
            0x45 | 0x50 => {
                let value = self.state.pop();
                self.judge(&value, None, code);
                let key = number(0x45, value.key, 0);
                if value.key == self.decided {
                    self.decided = key;
                }
                self.state.push(outcome(value.with(&value, key)));
            }
            0x46..=0x4f | 0x51..=0x66 => {
                let y = self.state.pop();
                let x = self.state.pop();
                let key = number(u32::from(code), x.key, y.key);
                if self.judge(&x, Some(&y), code) {
                    self.decided = key;
                }
                self.state.push(outcome(x.with(&y, key)));
            }
            0x92..=0x98 | 0xa0..=0xa6 => {
                match code {
                    0xa2 => bump(&mut self.census.double[2]),
                    0xa3 => bump(&mut self.census.double[1]),
                    _ => {}
                }
                let y = self.state.pop();
                let x = self.state.pop();
                let key = self.state.fresh();
                self.state.push(x.with(&y, key));
            }
            0x67 | 0x79 => {
                let mut value = self.unary(code);
                value.flags |= ZEROS;
                self.state.drop(1);
                self.state.push(value);
            }
            0x68 | 0x69 | 0x7a | 0x7b => {
                self.unary(code);
            }
            0x6a..=0x78 => self.integer(code - 0x6a, 32, offset),
            0x7c..=0x8a => self.integer(code - 0x7c, 64, offset),
            0x9f => {
                bump(&mut self.census.double[0]);
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0x8b..=0x91 | 0x99..=0x9e => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            // Wrap and extend keep constants; and the lower half keeps its masks.
            0xa7 | 0xac | 0xad => self.convert(code),
            0xa8..=0xab | 0xae..=0xbf => {
                let value = self.state.pop();
                let key = number(u32::from(code), value.key, 1);
                self.state.push(value.with(&value, key));
            }
            0xc0..=0xc4 => {
                self.unary(code);
            }
            0xd0 => {
                heap_type(reader)?;
                self.state.push_unknown(1);
            }
            0xd1 => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            0xd2 => {
                reader.u32()?;
                self.state.push_unknown(1);
            }
            0xd3 => {
                self.state.drop(2);
                self.state.push_unknown(1);
            }
            0xd4 => {}
            0xd5 | 0xd6 => {
                let depth = reader.u32()?;
                self.branch(depth);
            }
            0xfb => super::extended::aggregate(&mut self.state, reader)?,
            0xfc => self.bulk(reader)?,
            0xfd => vector::walk(self, offset, reader)?,
            0xfe => self.atomic(reader)?,
            _ => return None,
        }
        Some(())
    }

    /// A global that never changes is the constant that it begins as.
    fn read_global(&mut self, index: u32, offset: u32) {
        if let Some(&(Some(value), changes)) = self.layout.initial.get(index as usize)
            && value > 0xffff
            && let Some(entry) = self.gathered.globals.get_mut(index as usize)
        {
            entry.1 = entry.1.saturating_add(1);
            if !changes || self.lasting.get(index as usize) == Some(&true) {
                self.constant(value, offset);
                return;
            }
        }
        self.state.push(Value::opaque(global(index, self.globals)));
    }

    fn choice(&mut self, offset: u32) {
        bump(&mut self.census.choices);
        let choices = &mut self.gathered.choices;
        if choices.0 == 0 {
            (choices.1, choices.2) = (self.function, offset);
        }
        choices.0 += 1;
    }

    fn select(&mut self) {
        let condition = self.state.pop();
        let y = self.state.pop();
        let x = self.state.pop();
        self.condition(&condition);
        let key = number(0x1b, number(1, x.key, y.key), condition.key);
        self.state.push(x.with(&y, key));
    }

    fn convert(&mut self, code: u8) {
        let value = self.state.pop();
        let result = if let Some(constant) = value.known() {
            Value::constant(if code == 0xac {
                i64::from((constant as u32).cast_signed()).cast_unsigned()
            } else {
                constant & 0xffff_ffff
            })
        } else {
            // A value with zeros above is the same number.
            let key = if code == 0xad {
                value.key
            } else {
                number(0xa7, value.key, u32::from(code != 0xa7))
            };
            let mut result = value.with(&value, key);
            result.flags |= value.flags & (LIMITED | TWO_BITS);
            if let (0xa7, Kind::ShiftLeft | Kind::ShiftRight) = (code, value.kind) {
                // Shifted in 64 bits, of which the lower half is kept.
                result = value;
            }
            if value.kind == Kind::Masked {
                (result.kind, result.constant) = (value.kind, value.constant);
                (result.amount, result.first) = (value.amount, value.first);
            }
            result
        };
        self.state.push(result);
    }

    fn unary(&mut self, code: u8) -> Value {
        let value = self.state.pop();
        let key = number(u32::from(code), value.key, 2);
        let result = value.with(&value, key);
        self.state.push(result);
        result
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

/// What a comparison finds is no longer what was read.
fn outcome(mut value: Value) -> Value {
    value.flags &= !LOADED;
    value
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
