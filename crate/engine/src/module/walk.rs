//! One pass over the operators of a module's functions. Every operator of every finished
//! proposal is known; an unknown one ends the walk of its function only. No recursion; what is
//! kept grows with the input at most.

use super::census::{Call, Census, Function, Loop, bump};
use super::constants::Constants;
use super::frame::{State, is_step};
use super::kernels::{Kernel, Kernels, shapes};
use super::layout::{Arity, Layout, Span, heap_type, value_type};
use super::reader::Reader;
use super::value::{
    BOX, BYTE, Binary, Effect, Kind, LIMITED, LOADED, NARROW, NIGHT, OUTPUT, RETURNED, SCRATCH,
    STEPPED, TWO_BITS, Value, ZEROS, binary, number,
};

/// Rotations deep from which a value counts as hash output.
const MIXED: u8 = 6;
/// Masks of `CryptoNight` scratchpads from 128 KiB to 4 MiB.
pub(super) const NIGHTS: &[u64] = &[0x1_fff0, 0x3_fff0, 0x7_fff0, 0xf_fff0, 0x1f_fff0, 0x3f_fff0];
/// Masks of pwxform's S-boxes (yescrypt 0.5 to 1.0).
pub(super) const BOXES: &[u64] = &[0xff0, 0x7ff0, 0x3ff0, 0x1ff0];
/// Masks of alternating runs of ones and zeros.
const SWAPS: [u64; 10] = [
    0x5555_5555_5555_5555,
    0xaaaa_aaaa_aaaa_aaaa,
    0x3333_3333_3333_3333,
    0xcccc_cccc_cccc_cccc,
    0x0f0f_0f0f_0f0f_0f0f,
    0xf0f0_f0f0_f0f0_f0f0,
    0x00ff_00ff_00ff_00ff,
    0xff00_ff00_ff00_ff00,
    0x0000_ffff_0000_ffff,
    0xffff_0000_ffff_0000,
];
/// Buffers given to calls that are remembered.
const GIVEN: usize = 16;
/// Functions longer than this are walked up to here.
const LONGEST: usize = 8 << 20;

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

/// What a walk gathers over all functions.
#[derive(Default)]
pub(super) struct Gathered {
    /// The functions, in order.
    pub(super) functions: Vec<Function>,
    /// Their loops.
    pub(super) loops: Vec<Loop>,
    /// Their calls.
    pub(super) calls: Vec<Call>,
    /// For each table of constants: which of its words code holds, and where it was first seen.
    pub(super) words: Vec<(u64, u32, u32)>,
    /// Masks that limit a value to a scratchpad, with count and first place (function, offset).
    pub(super) masks: Vec<(u64, u32, u32, u32)>,
    /// Where passive segments are copied to: (segment, address).
    pub(super) copies: Vec<(u32, u64)>,
    /// Where each kernel's shape was seen first: (kernel, function, offset).
    pub(super) shaped: Vec<(Kernel, u32, u32)>,
    /// Functions in which each kernel's shape was seen.
    pub(super) shape_counts: Vec<u32>,
    /// Choices by two bits of the state: count and first place.
    pub(super) choices: (u32, u32, u32),
    /// Functions that could not be walked to their end.
    pub(super) cut: u32,
    /// The census of all functions that hold a lot of mixing, for `explain`.
    pub(super) operators: u64,
}

/// Walks functions.
pub(super) struct Walker<'a> {
    bytes: &'a [u8],
    layout: &'a Layout,
    constants: &'static Constants,
    addresses: &'a [Address],
    bounds: (u64, u64),
    state: State,
    census: Census,
    marks: Vec<(Census, u32)>,
    open: Vec<Open>,
    given: [(u32, u64); GIVEN],
    next_given: usize,
    stored: [(u32, Value, u32); 64],
    loaded: [(u32, u32); 64],
    memory: u32,
    serial: u32,
    rotations: u32,
    scratch: u32,
    function: u32,
    referenced: Kernels,
    local_words: Vec<(u8, u64)>,
    /// The result.
    pub(super) gathered: Gathered,
}

/// A loop that is being walked.
#[derive(Clone, Copy)]
struct Open {
    index: u32,
    depth: usize,
    written: u32,
    stepped: u32,
    written_memory: bool,
    rotations: u32,
    scratch: u32,
}

impl<'a> Walker<'a> {
    /// Ready to walk; `addresses` are the tables found in the data.
    pub(super) fn new(bytes: &'a [u8], layout: &'a Layout, addresses: &'a [Address]) -> Self {
        let constants = Constants::get();
        let low = addresses.iter().map(|a| a.start).min().unwrap_or(u64::MAX);
        let high = addresses.iter().map(|a| a.end).max().unwrap_or(0);
        let gathered = Gathered {
            words: vec![(0, 0, 0); constants.tables.len()],
            shape_counts: vec![0; 64],
            ..Gathered::default()
        };
        Self {
            bytes,
            layout,
            constants,
            addresses,
            bounds: (low, high),
            state: State::new(),
            census: Census::default(),
            marks: Vec::new(),
            open: Vec::new(),
            given: [(0, 0); GIVEN],
            next_given: 0,
            stored: [(0, Value::opaque(0), 0); 64],
            loaded: [(0, 0); 64],
            memory: 0,
            serial: 0,
            rotations: 0,
            scratch: 0,
            function: 0,
            referenced: Kernels::default(),
            local_words: Vec::new(),
            gathered,
        }
    }

    /// Walks one function body.
    pub(super) fn walk(&mut self, index: u32, span: Span) {
        let arity = self.layout.arity(index);
        self.state
            .begin(u32::from(arity.parameters), usize::from(arity.results));
        self.census = Census::default();
        self.marks.clear();
        self.open.clear();
        self.given = [(0, 0); GIVEN];
        self.rotations = 0;
        self.scratch = 0;
        self.memory = self.memory.wrapping_add(1);
        self.serial = self.serial.wrapping_add(1);
        self.function = index;
        self.referenced = Kernels::default();
        self.local_words.clear();
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
        let mut kernels = shapes(&self.census);
        self.note(kernels, span.start);
        kernels = kernels.union(self.referenced);
        for &(table, bits) in &self.local_words {
            if let Some(known) = self.constants.tables.get(table as usize)
                && bits.count_ones() >= known.least
            {
                kernels.insert(known.kernel);
            }
        }
        for item in self
            .gathered
            .loops
            .get(loops as usize..)
            .unwrap_or_default()
        {
            kernels = kernels.union(item.kernels);
        }
        self.gathered.operators += u64::from(self.census.operators);
        self.gathered.functions.push(Function {
            kernels,
            loops: (loops, self.gathered.loops.len() as u32),
            calls: (calls, self.gathered.calls.len() as u32),
        });
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
        for _ in 0..reader.u32()? {
            reader.u32()?;
            value_type(reader)?;
        }
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

    fn block_type(&self, reader: &mut Reader<'_>) -> Option<Arity> {
        let byte = reader.peek()?;
        let one = Arity {
            parameters: 0,
            results: 1,
        };
        match byte {
            0x40 => {
                reader.byte()?;
                Some(Arity::default())
            }
            0x63 | 0x64 => {
                value_type(reader)?;
                Some(one)
            }
            0x65..=0x7f => {
                reader.byte()?;
                Some(one)
            }
            _ => {
                let index = reader.signed()?;
                Some(self.layout.type_arity(u32::try_from(index).ok()?))
            }
        }
    }

    fn open_block(&mut self, reader: &mut Reader<'_>, joins: bool) -> Option<()> {
        let arity = self.block_type(reader)?;
        self.state.open(
            usize::from(arity.parameters),
            usize::from(arity.results),
            false,
            joins,
        );
        Some(())
    }

    fn open_loop(&mut self, reader: &mut Reader<'_>, offset: u32) -> Option<()> {
        let arity = self.block_type(reader)?;
        self.state.open(
            usize::from(arity.parameters),
            usize::from(arity.results),
            true,
            false,
        );
        self.serial = self.serial.wrapping_add(1);
        let index = self.gathered.loops.len() as u32;
        let parent = self.open.last().map_or(0, |open| open.index + 1);
        self.gathered.loops.push(Loop {
            parent,
            offset,
            ..Loop::default()
        });
        self.open.push(Open {
            index,
            depth: self.state.frames.len(),
            written: 0,
            stepped: 0,
            written_memory: false,
            rotations: self.rotations,
            scratch: self.scratch,
        });
        if self.marks.len() < 32 {
            self.marks.push((self.census.clone(), index));
        }
        Some(())
    }

    fn close_loop(&mut self, open: Open) {
        let rotations = self.rotations - open.rotations;
        let scratch = self.scratch - open.scratch;
        let mut kernels = Kernels::default();
        if let Some((_, index)) = self.marks.last()
            && *index == open.index
            && let Some((mark, _)) = self.marks.pop()
            && (self.census.operators - mark.operators) > 60
        {
            let part = self.census.since(&mark);
            kernels = shapes(&part);
            let offset = self.gathered.loops.get(open.index as usize);
            let offset = offset.map_or(0, |l| l.offset);
            self.note(kernels, offset);
        }
        let mut copy = Loop::default();
        if let Some(item) = self.gathered.loops.get_mut(open.index as usize) {
            item.rotations = rotations;
            item.scratch = scratch.min(u32::from(u16::MAX)) as u16;
            item.counter |= open.stepped != 0;
            item.nonce |= open.written & open.stepped != 0 || open.written_memory;
            item.kernels = item.kernels.union(kernels);
            copy = *item;
        }
        if let Some(outer) = self.open.last_mut() {
            outer.written |= open.written;
        }
        if let Some(parent) = copy
            .parent
            .checked_sub(1)
            .and_then(|index| self.gathered.loops.get_mut(index as usize))
        {
            parent.judged = parent.judged.saturating_add(copy.judged);
            parent.zeroed = parent.zeroed.saturating_add(copy.zeroed);
            parent.compared = parent.compared.saturating_add(copy.compared);
            parent.asked = parent.asked.saturating_add(copy.asked);
            parent.calls = parent.calls.saturating_add(copy.calls);
            parent.exits = parent.exits.saturating_add(copy.exits);
        }
    }

    fn in_loop(&mut self) -> Option<&mut Loop> {
        let index = self.open.last()?.index;
        self.gathered.loops.get_mut(index as usize)
    }

    fn end(&mut self) {
        let depth = self.state.frames.len();
        if let Some(open) = self.open.last().copied()
            && open.depth == depth
        {
            self.open.pop();
            self.close_loop(open);
        }
        if let Some(frame) = self.state.close()
            && frame.joins
        {
            self.serial = self.serial.wrapping_add(1);
        }
    }

    fn condition(&mut self, value: &Value) {
        if value.flags & RETURNED != 0
            && let Some(item) = self.in_loop()
        {
            bump(&mut item.asked);
        }
    }

    fn branch(&mut self, depth: u32) {
        if self.state.branch(depth)
            && let Some(item) = self.in_loop()
        {
            bump(&mut item.exits);
        }
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
                if let Some(item) = self.in_loop() {
                    bump(&mut item.exits);
                }
                self.state.unreachable();
            }
            0x10 | 0x12 => {
                let callee = reader.u32()?;
                let arity = self.layout.arity(callee);
                self.call(Some(callee), arity);
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
                self.call(None, self.layout.type_arity(index));
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
                let value = self.state.get(reader.u32()?);
                self.state.push(value);
            }
            0x21 | 0x22 => {
                let index = reader.u32()?;
                let value = self.state.pop();
                if self.state.set(index, value)
                    && let Some(open) = self.open.last_mut()
                {
                    open.stepped |= 1 << (index % 32);
                }
                if code == 0x22 {
                    self.state.push(value);
                }
            }
            0x23 => {
                let index = reader.u32()?;
                let key = number(0x47, index, self.memory >> 16);
                self.state.push(Value::opaque(key));
            }
            0x24 => {
                reader.u32()?;
                self.state.drop(1);
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
                self.state.push(value.with(&value, key));
            }
            0x46..=0x4f | 0x51..=0x5a => {
                let y = self.state.pop();
                let x = self.state.pop();
                self.judge(&x, Some(&y), code);
                let key = number(u32::from(code), x.key, y.key);
                self.state.push(x.with(&y, key));
            }
            0x5b..=0x66 | 0x92..=0x98 | 0xa0..=0xa6 => {
                match code {
                    0xa2 => bump(&mut self.census.double[2]),
                    0xa3 => bump(&mut self.census.double[1]),
                    _ => {}
                }
                self.state.drop(2);
                self.state.push_unknown(1);
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
            0xfd => self.vector(offset, reader)?,
            0xfe => self.atomic(reader)?,
            _ => return None,
        }
        Some(())
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
            let key = number(0xa7, value.key, u32::from(code != 0xa7));
            let mut result = value.with(&value, key);
            result.flags |= value.flags & (LIMITED | TWO_BITS);
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
        self.known(value, offset);
        self.point(value);
        self.state.push(Value::constant(value));
    }

    fn point(&mut self, address: u64) {
        if address >= self.bounds.0 && address < self.bounds.1 {
            for table in self.addresses {
                if (table.start..table.end).contains(&address) {
                    self.referenced.insert(table.kernel);
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
            ..
        } = self;
        constants.look_up(value, |table, bit| {
            if let Some(words) = gathered.words.get_mut(table as usize) {
                if words.0 == 0 {
                    (words.1, words.2) = (*function, offset);
                }
                words.0 |= 1 << bit;
            }
            if let Some(words) = local_words.iter_mut().find(|words| words.0 == table) {
                words.1 |= 1 << bit;
            } else {
                local_words.push((table, 1 << bit));
            }
        });
    }

    fn call(&mut self, callee: Option<u32>, arity: Arity) {
        let mut bits = 0;
        let mut flags = 0;
        for _ in 0..arity.parameters.min(32) {
            let value = self.state.pop();
            bits |= value.locals;
            flags |= value.flags;
            let place = place(&value, 0);
            if let Some(slot) = self.given.get_mut(self.next_given) {
                *slot = place;
            }
            self.next_given = (self.next_given + 1) % GIVEN;
        }
        self.state
            .drop(usize::from(arity.parameters.saturating_sub(32)));
        self.memory = self.memory.wrapping_add(1);
        if let Some(open) = self.open.last_mut() {
            open.written |= bits;
        }
        if let Some(item) = self.in_loop() {
            bump(&mut item.calls);
        }
        if let Some(callee) = callee {
            let around = self.open.last().map_or(0, |open| open.index + 1);
            self.gathered.calls.push(Call { callee, around });
        }
        for _ in 0..arity.results.min(64) {
            let mut value = self.state.unknown();
            value.flags = RETURNED;
            if arity.parameters == 1 {
                // Such as a change of byte order.
                value.flags |= flags & (LOADED | STEPPED);
                value.locals = bits;
            }
            self.state.push(value);
        }
    }

    /// A comparison: of what, and how.
    fn judge(&mut self, x: &Value, y: Option<&Value>, code: u8) {
        let zero = Value::constant(0);
        let y = y.unwrap_or(&zero);
        let ordered = matches!(code, 0x49 | 0x4b | 0x4d | 0x4f | 0x54 | 0x56 | 0x58 | 0x5a);
        let signed = matches!(code, 0x48 | 0x4a | 0x4c | 0x4e | 0x53 | 0x55 | 0x57 | 0x59);
        let output =
            |v: &Value| (v.flags & OUTPUT != 0 && v.flags & LOADED != 0) || v.level >= MIXED;
        let is_output = output(x) || output(y);
        let flags = x.flags | y.flags;
        let Some(item) = self.in_loop() else {
            return;
        };
        if is_output {
            if ordered || (signed && flags & (ZEROS | NARROW) != 0) || flags & ZEROS != 0 {
                bump(&mut item.judged);
            } else {
                bump(&mut item.zeroed);
            }
        }
        if flags & LOADED != 0 && (ordered || flags & ZEROS != 0) {
            bump(&mut item.compared);
        }
        if signed && flags & RETURNED != 0 {
            bump(&mut item.asked);
        }
    }

    fn load(&mut self, code: u8, reader: &mut Reader<'_>) -> Option<()> {
        let at = memory_argument(reader)?;
        let address = self.state.pop();
        self.point(at);
        let value = self.loaded(&address, at, code, matches!(code, 0x28 | 0x29));
        self.state.push(value);
        Some(())
    }

    /// The value read from memory.
    fn loaded(&mut self, address: &Value, at: u64, code: u8, whole: bool) -> Value {
        bump(&mut self.census.memory[0]);
        let (base, offset) = place(address, at);
        let slot = number(0x6d, base, number(3, offset as u32, (offset >> 32) as u32));
        if address.flags & BYTE != 0 && address.kind != Kind::Constant {
            let width = match code {
                0x2c | 0x2d | 0x30 | 0x31 => 0,
                0x29 => 2,
                _ => 1,
            };
            bump(&mut self.census.lookups[width]);
        }
        if address.flags & BOX != 0 {
            bump(&mut self.census.boxes);
        }
        if address.flags & NIGHT != 0 {
            bump(&mut self.census.scratch[0]);
            self.scratch += 1;
        }
        if whole
            && let Some((place, value, serial)) = self.stored.get(slot as usize % 64)
            && *place == slot
            && *serial == self.serial
        {
            let mut value = *value;
            value.flags |= LOADED;
            if value.kind == Kind::Constant {
                value.flags = 0;
            }
            return value;
        }
        let key = number(0x6c + u32::from(code), slot, self.memory);
        let mut value = Value::opaque(key);
        value.flags = LOADED;
        if matches!(code, 0x2c | 0x2d | 0x30 | 0x31) {
            value.flags |= NARROW | BYTE;
        }
        let given = |&&(other, start): &&(u32, u64)| {
            (other != 0 || start != 0) && other == base && offset.wrapping_sub(start) < 256
        };
        if self.given.iter().find(given).is_some() {
            value.flags |= OUTPUT;
        }
        if let Some(entry) = self.loaded.get_mut(key as usize % 64) {
            *entry = (key, slot);
        }
        value
    }

    fn store(&mut self, address: Value, at: u64, value: Value, whole: bool) {
        bump(&mut self.census.memory[1]);
        self.point(at);
        let (base, offset) = place(&address, at);
        let slot = number(0x6d, base, number(3, offset as u32, (offset >> 32) as u32));
        if address.flags & NIGHT != 0 {
            bump(&mut self.census.scratch[1]);
            self.scratch += 1;
        }
        let stepped = value.kind == Kind::Offset
            && is_step(value.constant)
            && self.loaded.get(value.first as usize % 64) == Some(&(value.first, slot));
        if let Some(open) = self.open.last_mut() {
            open.written |= value.locals;
            open.written_memory |= stepped || value.flags & STEPPED != 0;
        }
        self.memory = self.memory.wrapping_add(1);
        if whole && let Some(entry) = self.stored.get_mut(slot as usize % 64) {
            *entry = (slot, value, self.serial);
        }
    }

    fn integer(&mut self, index: u8, bits: u8, offset: u32) {
        let op = match index {
            0 => Binary::Add,
            1 => Binary::Sub,
            2 => Binary::Mul,
            7 => Binary::And,
            8 => Binary::Or,
            9 => Binary::Xor,
            10 => Binary::ShiftLeft,
            11 => Binary::ShiftSigned,
            12 => Binary::ShiftRight,
            13 => Binary::RotateLeft,
            14 => Binary::RotateRight,
            _ => Binary::Other,
        };
        let y = self.state.pop();
        let x = self.state.pop();
        if bits == 64 && (3..=6).contains(&index) {
            bump(&mut self.census.div64);
        }
        let both = x.kind == Kind::Constant && y.kind == Kind::Constant;
        let (mut value, effect) = binary(op, x, y, bits);
        if both {
            self.known(value.constant, offset);
            self.point(value.constant);
        } else if value.kind == Kind::Offset {
            self.point(value.constant);
        }
        let wide = usize::from(bits == 64);
        self.count(effect, wide, bits, &mut value, offset);
        if effect == Effect::None && op == Binary::ShiftRight {
            let shifts = &mut self.census.shifts;
            bump(&mut shifts[wide]);
        }
        self.state.push(value);
    }

    /// Counts an effect; `class` is 0 for 32 bits, 1 for 64, 2 for vectors.
    fn count(&mut self, effect: Effect, class: usize, bits: u8, value: &mut Value, offset: u32) {
        match effect {
            Effect::None => {}
            Effect::Rotation(distance) => {
                self.rotations += 1;
                if bits == 64 {
                    bump(&mut self.census.rotations64[distance as usize % 64]);
                } else {
                    bump(&mut self.census.rotations32[distance as usize % 32]);
                }
            }
            Effect::Funnel(distance) => {
                self.rotations += 1;
                if bits == 32 {
                    bump(&mut self.census.funnels[distance as usize % 32]);
                }
            }
            Effect::Variable => {
                self.rotations += 1;
                bump(&mut self.census.variable);
            }
            Effect::Xor => bump(&mut self.census.xor[class.min(2)]),
            Effect::Add => {
                let lane = if class == 2 {
                    2 + usize::from(bits == 64)
                } else {
                    class
                };
                bump(&mut self.census.add[lane.min(3)]);
            }
            Effect::And => bump(&mut self.census.and[class.min(2)]),
            Effect::Mul => bump(&mut self.census.mul[class.min(2)]),
            Effect::Mask(mask) => self.mask(mask, value, offset),
        }
    }

    /// A mask may limit an address to a scratchpad: some ones, some zeros below.
    fn mask(&mut self, mask: u64, value: &mut Value, offset: u32) {
        if let Some(bit) = SWAPS.iter().position(|&swap| swap == mask) {
            self.census.swaps |= 1 << bit;
        }
        let low = mask & 0xffff_ffff;
        if (mask >> 32 != 0 && mask >> 32 != low) || low < 0x7f0 {
            return;
        }
        let zeros = low.trailing_zeros();
        let ones = (low >> zeros).trailing_ones();
        if !(3..=6).contains(&zeros) || u64::from(low.count_ones()) != u64::from(ones) || ones > 27
        {
            return;
        }
        if zeros + ones >= 32 {
            return;
        }
        value.flags |= SCRATCH;
        if NIGHTS.contains(&low) {
            value.flags |= NIGHT;
        }
        if BOXES.contains(&low) {
            value.flags |= BOX;
        }
        let masks = &mut self.gathered.masks;
        if let Some(entry) = masks.iter_mut().find(|entry| entry.0 == low) {
            entry.1 = entry.1.saturating_add(1);
        } else if masks.len() < 64 {
            masks.push((low, 1, self.function, offset));
        }
    }

    fn bulk(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        match reader.u32()? {
            0..=7 => {
                self.state.drop(1);
                self.state.push_unknown(1);
            }
            8 => {
                let segment = reader.u32()?;
                reader.u32()?;
                self.state.drop(2);
                let address = self.state.pop();
                if let Some(address) = address.known()
                    && self.gathered.copies.len() < 65_536
                {
                    self.gathered.copies.push((segment, address));
                }
                self.memory = self.memory.wrapping_add(1);
            }
            9 | 13 => {
                reader.u32()?;
            }
            10 | 12 | 14 => {
                reader.u32()?;
                reader.u32()?;
                self.state.drop(3);
                self.memory = self.memory.wrapping_add(1);
            }
            11 | 17 => {
                reader.u32()?;
                self.state.drop(3);
                self.memory = self.memory.wrapping_add(1);
            }
            15 => {
                reader.u32()?;
                self.state.drop(2);
                self.state.push_unknown(1);
            }
            16 => {
                reader.u32()?;
                self.state.push_unknown(1);
            }
            18 => {
                reader.u32()?;
                self.state.drop(2);
            }
            19 | 20 => {
                self.state.drop(4);
                self.state.push_unknown(2);
            }
            21 | 22 => {
                self.state.drop(2);
                bump(&mut self.census.mul[1]);
                self.state.push_unknown(2);
            }
            _ => return None,
        }
        Some(())
    }

    fn atomic(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let code = reader.u32()?;
        if code == 3 {
            reader.byte()?;
            return Some(());
        }
        let at = memory_argument(reader)?;
        let (pops, pushes) = match code {
            0 => (2, 1),
            1 | 2 | 0x48..=0x4e => (3, 1),
            0x10..=0x16 => (1, 1),
            0x17..=0x1d => {
                let value = self.state.pop();
                let address = self.state.pop();
                self.store(address, at, value, false);
                (0, 0)
            }
            0x1e..=0x47 => {
                // A counter shared between threads, stepped in one operation.
                if let Some(open) = self.open.last_mut()
                    && code < 0x25
                {
                    open.written_memory = true;
                }
                (2, 1)
            }
            _ => return None,
        };
        self.state.drop(pops);
        self.state.push_unknown(pushes);
        self.memory = self.memory.wrapping_add(1);
        Some(())
    }

    fn vector(&mut self, offset: u32, reader: &mut Reader<'_>) -> Option<()> {
        super::vector::walk(self, offset, reader)
    }
}

/// The parts of the walker that the file on vectors works with.
impl Walker<'_> {
    /// The operands.
    pub(super) fn state(&mut self) -> &mut State {
        &mut self.state
    }

    /// The counts.
    pub(super) fn census_mut(&mut self) -> &mut Census {
        &mut self.census
    }

    /// A vector constant: its words may be known.
    pub(super) fn vector_constant(&mut self, bytes: &[u8], offset: u32) {
        for chunk in bytes.chunks_exact(8) {
            let value = chunk.try_into().map_or(0, u64::from_le_bytes);
            self.known(value, offset);
            self.known(value & 0xffff_ffff, offset);
            self.known(value >> 32, offset);
        }
        let first = bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        let last = bytes.last_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        if first == last {
            self.state.push(Value::constant(first));
        } else {
            let key = number(0x76, first as u32 ^ (first >> 32) as u32, last as u32);
            self.state.push(Value::opaque(key));
        }
    }

    /// Applies a binary operator on lanes of `bits`.
    pub(super) fn lanes(&mut self, op: Binary, bits: u8, offset: u32) {
        let y = self.state.pop();
        let x = self.state.pop();
        let (mut value, effect) = binary(op, x, y, bits);
        self.count(effect, 2, bits, &mut value, offset);
        self.state.push(value);
    }

    /// Reads a vector from memory.
    pub(super) fn load_vector(&mut self, reader: &mut Reader<'_>, code: u8) -> Option<()> {
        let at = memory_argument(reader)?;
        let address = self.state.pop();
        self.point(at);
        let value = self.loaded(&address, at, code, code == 0xf0);
        self.state.push(value);
        Some(())
    }

    /// Writes a vector to memory.
    pub(super) fn store_vector(&mut self, reader: &mut Reader<'_>, whole: bool) -> Option<()> {
        let at = memory_argument(reader)?;
        let value = self.state.pop();
        let address = self.state.pop();
        self.store(address, at, value, whole);
        Some(())
    }

    /// A rotation of lanes.
    pub(super) fn rotated(&mut self, value: Value, distance: u8, bits: u8, offset: u32) {
        let mut result = value.with(&value, number(0x72, value.key, u32::from(distance)));
        result.level = value.level.saturating_add(1);
        self.count(Effect::Rotation(distance), 2, bits, &mut result, offset);
        self.state.push(result);
    }
}

/// An address as a base and an offset.
fn place(address: &Value, at: u64) -> (u32, u64) {
    match address.kind {
        Kind::Constant => (0, address.constant.wrapping_add(at)),
        Kind::Offset => (
            address.first,
            address.constant.wrapping_add(at) & 0xffff_ffff,
        ),
        _ => (address.key, at),
    }
}

/// Alignment, memory and offset; only the offset matters here.
pub(super) fn memory_argument(reader: &mut Reader<'_>) -> Option<u64> {
    let flags = reader.u32()?;
    if flags & 0x40 != 0 {
        reader.u32()?;
    }
    reader.u64()
}
