//! What flows where: calls, loads, stores and comparisons. What a call was given a pointer to
//! counts as its output; so does what values mixed by many rotations are written to. The number
//! of its source goes with a value wherever it is copied to.

use super::super::census::{Again, Call, Test, bump};
use super::super::frame::{bit, is_global, is_step, slot};
use super::super::layout::Arity;
use super::super::reader::Reader;
use super::super::value::{
    BOX, BYTE, Kind, LOADED, NARROW, NIGHT, OUTPUT, RETURNED, STEPPED, Value, ZEROS, number,
};
use super::regions::Region;
use super::sources::Source;
use super::{MIXED, Walker};

/// Stands for a function of which nothing is known.
const NOBODY: u32 = u32::MAX;
/// Stands with the number of a type for the function that is called through a table.
pub(in super::super) const THROUGH: u32 = 1 << 31;
/// Sums that are remembered, by number.
pub(super) const SUMS: usize = 256;
/// Values that were read from memory and are remembered, by number.
pub(super) const READ: usize = 512;
/// The source of values that were mixed in the function itself.
const INLINED: u8 = 255;
/// Constants below this are no addresses.
const LOWEST: u64 = 1024;
/// Tests, and hashes of hashes, that are kept of a module.
const MOST_TESTS: usize = 1 << 16;
/// How far into what a call is given an address in it counts as given as well.
const HELD: u64 = 32;
/// Stores of counters, and buffers given to calls, that are kept of a function.
const MOST_PLACES: usize = 64;

/// A sum, by which an address is taken apart again.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    key: u32,
    first: u32,
    second: u32,
    constant: u64,
}

/// An address: a base and an offset.
pub(super) type Place = (u32, u64);

/// An address as up to four bases with offsets.
type Terms = [Place; 4];

/// A comparison of locals of which it is not known yet what they hold at the next turn.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    /// The innermost loop around it.
    index: u32,
    /// What was compared, by its number.
    key: u32,
    grade: u8,
}

impl Walker<'_> {
    /// Remembers a sum or an offset by its number.
    pub(super) fn remember(&mut self, value: &Value) {
        if let Some(entry) = self.sums.get_mut(value.key as usize % SUMS) {
            *entry = Sum {
                key: value.key,
                first: value.first,
                second: if value.kind == Kind::Sum {
                    value.second
                } else {
                    0
                },
                constant: value.constant,
            };
        }
    }

    /// Remembers that a value began as, or may be, another value plus an offset.
    pub(super) fn same(&mut self, key: u32, (first, constant): (u32, u64)) {
        if let Some(entry) = self.sums.get_mut(key as usize % SUMS) {
            *entry = Sum {
                key,
                first,
                second: 0,
                constant,
            };
        }
    }

    /// What a value is an offset of, as far back as is known.
    fn origin(&self, key: u32, offset: u64) -> (u32, u64) {
        let (mut key, mut offset) = (key, offset);
        for _ in 0..4 {
            match self.sum(key) {
                Some(part) if part.second == 0 => {
                    key = part.first;
                    offset = part.constant.wrapping_add(offset) & 0xffff_ffff;
                }
                _ => break,
            }
        }
        (key, offset)
    }

    fn sum(&self, key: u32) -> Option<Sum> {
        let entry = self.sums.get(key as usize % SUMS)?;
        (entry.key == key && key != 0).then_some(*entry)
    }

    /// The bases that an address may start from.
    fn terms(&self, address: &Value, at: u64) -> Terms {
        let (base, offset) = place(address, at);
        let mut terms = [(base, offset), (0, 0), (0, 0), (0, 0)];
        if base == 0 {
            return terms;
        }
        if (LOWEST..0xffff_0000).contains(&offset) {
            terms[1] = (0, offset);
        }
        let (origin, start) = self.origin(base, offset);
        let sum = if address.kind == Kind::Sum {
            Some((address.first, address.second))
        } else {
            self.sum(origin)
                .filter(|sum| sum.second != 0)
                .map(|sum| (sum.first, sum.second))
        };
        if let Some((first, second)) = sum {
            terms[2] = self.origin(first, start);
            terms[3] = self.origin(second, start);
            if !is_global(terms[2].0) && is_global(terms[3].0) {
                terms.swap(2, 3);
            }
        } else if origin != base {
            terms[2] = (origin, start);
        }
        terms
    }

    fn region(&self, terms: &Terms) -> Option<Region> {
        let addresses = terms.iter().copied();
        self.regions
            .holding(addresses.filter(|&(base, offset)| base != 0 || offset >= LOWEST))
    }

    fn taint(&mut self, (base, start): (u32, u64), source: u8, copied: bool) {
        if base == 0 && start < LOWEST {
            return;
        }
        self.regions.note(Region {
            base,
            start,
            source,
            copied,
            time: self.memory,
        });
    }

    fn source(&mut self, callee: u32, position: u8, before: u8) -> u8 {
        self.sources.number(Source {
            callee,
            position,
            before,
        })
    }

    /// A call.
    pub(super) fn call(&mut self, callee: Option<u32>, arity: Arity) {
        let mut bits = 0;
        let mut flags = 0;
        let mut before = 0;
        let mut pointers = [Value::opaque(0); 8];
        let mut count = 0usize;
        for _ in 0..arity.parameters.min(32) {
            let value = self.state.pop();
            bits |= value.locals;
            flags |= value.flags;
            if let Some(place) = pointers.get_mut(count) {
                *place = value;
            }
            count += 1;
        }
        self.state
            .drop(usize::from(arity.parameters.saturating_sub(32)));
        self.memory = self.memory.wrapping_add(1);
        let count = count.min(pointers.len());
        let pointers = pointers.get(..count).unwrap_or_default();
        let number = callee.unwrap_or(NOBODY);
        let imported = self.layout.imported;
        let last = usize::from(arity.parameters).saturating_sub(1);
        for (position, pointer) in pointers.iter().enumerate() {
            let position = last.saturating_sub(position);
            let place = place(pointer, 0);
            if place.0 == 0 && place.1 < LOWEST {
                continue;
            }
            if self.passed.len() < MOST_PLACES {
                self.passed.push(place);
            }
            if let Some(region) = self.region(&self.terms(pointer, 0)) {
                before = if before == 0 { region.source } else { before };
                self.again(&region, position, number);
            } else if pointer.flags & OUTPUT != 0 && before == 0 {
                before = pointer.source;
            }
        }
        for (position, pointer) in pointers.iter().enumerate() {
            let place = place(pointer, 0);
            if place.0 != 0 || place.1 >= LOWEST {
                let place = self.origin(place.0, place.1);
                let position = last.saturating_sub(position) as u8;
                let source = self.source(number, position, before);
                self.taint(place, source, false);
                for at in 0..self.escaped.len() {
                    if let Some(&(holder, held)) = self.escaped.get(at)
                        && holder.0 == place.0
                        && holder.1.wrapping_sub(place.1) < HELD
                    {
                        self.taint(held, source, false);
                    }
                }
            }
        }
        let source = self.source(number, 255, before);
        if let Some(open) = self.open.last_mut() {
            open.written |= bits;
        }
        if let Some(item) = self.in_loop() {
            bump(&mut item.calls);
            item.tells |= number < imported;
        }
        if let Some(callee) = callee {
            let around = self.open.last().map_or(0, |open| open.index + 1);
            let calls = &mut self.gathered.calls;
            match callee.checked_sub(THROUGH) {
                None => calls.push(Call { callee, around }),
                Some(index) => calls.extend(
                    self.layout
                        .through(index)
                        .iter()
                        .map(|&(_, callee)| Call { callee, around }),
                ),
            }
        }
        let first = pointers.last().map(|pointer| place(pointer, 0));
        for _ in 0..arity.results.min(64) {
            let mut value = self.state.unknown();
            if let Some(first) = first.filter(|first| first.0 != 0) {
                // As memcpy and memset return it.
                self.same(value.key, first);
            }
            value.flags = RETURNED;
            value.source = source;
            if arity.parameters == 1 {
                // Such as a change of byte order.
                value.flags |= flags & (LOADED | STEPPED | OUTPUT);
                value.locals = bits;
            }
            self.state.push(value);
        }
    }

    /// What one call left is given to another.
    fn again(&mut self, region: &Region, position: usize, second: u32) {
        let Some(first) = self.sources.of(region.source) else {
            return;
        };
        let elsewhere = usize::from(first.position) != position;
        if first.callee != second || !elsewhere {
            return;
        }
        let new = Again {
            first: first.callee,
            second,
        };
        let agains = &mut self.gathered.agains;
        if agains.len() < MOST_TESTS && !agains.iter().rev().take(16).any(|known| *known == new) {
            agains.push(new);
        }
    }

    /// A comparison of a value that a call left, returned, or that was mixed here.
    pub(super) fn test(&mut self, value: &Value, grade: u8, ordered: bool) {
        let output = value.flags & OUTPUT != 0 && value.source != 0;
        let inlined = value.level >= MIXED || (output && value.source == INLINED);
        let returned = value.flags & RETURNED != 0 && value.flags & OUTPUT == 0;
        if self.gathered.tests.len() >= MOST_TESTS {
            return;
        }
        if !(output || inlined || returned) {
            if ordered && grade > 2 {
                self.defer(value, grade);
            }
            return;
        }
        if inlined && let Some(open) = self.open.last_mut() {
            // A counter that stays in a register is hashed nevertheless.
            open.mixed |= value.locals;
        }
        let mut calls = [u32::MAX; 6];
        let mut source = value.source;
        for call in &mut calls {
            let Some(known) = self.sources.of(source) else {
                break;
            };
            (*call, source) = (known.callee, known.before);
        }
        let new = Test {
            function: self.gathered.functions.len() as u32,
            around: self.open.last().map_or(0, |open| open.index + 1),
            calls,
            inlined,
            returned,
            grade,
            ordered,
        };
        let tests = &mut self.gathered.tests;
        if !tests.iter().rev().take(8).any(|known| *known == new) {
            tests.push(new);
        }
    }

    /// Keeps a comparison for order until its loop ends: what is compared may be put together further
    /// down, for the next turn.
    fn defer(&mut self, value: &Value, grade: u8) {
        if let Some(open) = self.open.last()
            && value.kind == Kind::Opaque
            && value.locals != 0
            && self.pending.len() < MOST_PLACES
        {
            let (index, key) = (open.index, value.key);
            self.pending.push(Pending { index, key, grade });
        }
    }

    /// A local is set to what a call left: comparisons of it in the same loop were of that.
    pub(super) fn settle(&mut self, local: u32, value: &Value) {
        let Some(index) = self.open.last().map(|open| open.index) else {
            self.pending.clear();
            return;
        };
        let read = self.state.read(local);
        let mine = |item: &Pending| item.index == index && item.key == read;
        if let Some(at) = self.pending.iter().position(mine) {
            let item = self.pending.swap_remove(at);
            self.test(value, item.grade, true);
        }
    }

    /// A comparison: of what, and how. Tells whether it decides by order about a hash, or about what
    /// a call returned.
    pub(super) fn judge(&mut self, x: &Value, y: Option<&Value>, code: u8) -> bool {
        let zero = Value::constant(0);
        let y = y.unwrap_or(&zero);
        let ordered = matches!(
            code,
            0x49 | 0x4b | 0x4d | 0x4f | 0x54 | 0x56 | 0x58 | 0x5a | 0x5d..=0x60 | 0x63..=0x66
        );
        let signed = matches!(code, 0x48 | 0x4a | 0x4c | 0x4e | 0x53 | 0x55 | 0x57 | 0x59);
        let flags = x.flags | y.flags;
        let constant = x.kind == Kind::Constant || y.kind == Kind::Constant;
        let by_order = ordered || (signed && flags & (ZEROS | NARROW | RETURNED) != 0);
        // Bytes of a hash against those of a target, not a number against a difficulty.
        let bytes = x.flags & y.flags & (LOADED | NARROW) == LOADED | NARROW;
        let grade = match (by_order && !constant, flags & ZEROS != 0) {
            (true, false) if bytes => 4,
            (true, _) | (_, true) => 3,
            _ => 2,
        };
        self.test(x, grade, by_order);
        self.test(y, grade, by_order);
        if flags & LOADED != 0 {
            self.narrow |= flags & NARROW != 0 || ordered;
            self.ordered |= (ordered || (signed && flags & NARROW != 0)) && !constant;
        }
        if let Some(item) = self.in_loop() {
            if flags & LOADED != 0 && (ordered || flags & ZEROS != 0) {
                bump(&mut item.compared);
            }
            if (signed || (ordered && !constant)) && flags & RETURNED != 0 {
                bump(&mut item.asked);
            }
        }
        // What is stepped is a counter, though it lies where a call has written.
        let hash = |value: &Value| {
            let counter = value.kind == Kind::Offset && value.flags & ZEROS == 0;
            !counter && (value.flags & (OUTPUT | RETURNED) != 0 || value.level >= MIXED)
        };
        (hash(x) || hash(y)) && by_order && (signed || !constant)
    }

    pub(super) fn load(&mut self, code: u8, reader: &mut Reader<'_>) -> Option<()> {
        let at = memory_argument(reader)?;
        let address = self.state.pop();
        self.point(at);
        let value = self.loaded(&address, at, code, matches!(code, 0x28 | 0x29));
        self.state.push(value);
        Some(())
    }

    /// The value read from memory.
    pub(super) fn loaded(&mut self, address: &Value, at: u64, code: u8, whole: bool) -> Value {
        bump(&mut self.census.memory[0]);
        let (base, offset) = place(address, at);
        let slot_key = number(0x6d, base, number(3, offset as u32, (offset >> 32) as u32));
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
        let narrow = matches!(code, 0x2c | 0x2d | 0x30 | 0x31);
        let terms = self.terms(address, at);
        let region = self.region(&terms);
        if whole
            && let Some((place, value, serial)) = self.stored.get(slot_key as usize % 64)
            && *place == slot_key
            && *serial == self.serial
        {
            let mut value = *value;
            value.flags |= LOADED;
            if value.kind == Kind::Constant {
                value.flags = 0;
            }
            return value;
        }
        if is_global(base)
            && address.kind != Kind::Sum
            && let Some((mut value, time)) = self.state.get_slot(slot(base, offset))
            && region.is_none_or(|region| region.copied || region.time <= time)
        {
            if narrow {
                value.flags |= NARROW | BYTE;
            }
            if let Some(region) = region
                && value.kind == Kind::Opaque
                && value.source == 0
            {
                value.flags |= OUTPUT | LOADED;
                value.source = region.source;
            }
            return value;
        }
        let key = number(0x6c + u32::from(code), slot_key, self.memory);
        let mut value = Value::opaque(key);
        value.flags = LOADED;
        if is_global(base) {
            value.locals = bit(slot(base, offset));
        }
        if narrow {
            value.flags |= NARROW | BYTE;
        }
        if let Some(region) = region {
            value.flags |= OUTPUT;
            value.source = region.source;
        } else if address.flags & RETURNED != 0 && address.source != 0 {
            value.flags |= OUTPUT;
            value.source = address.source;
        }
        if let Some(entry) = self.loaded.get_mut(key as usize % READ) {
            *entry = (key, slot_key);
        }
        value
    }

    pub(super) fn store(&mut self, address: Value, at: u64, value: Value, whole: bool) {
        bump(&mut self.census.memory[1]);
        self.point(at);
        let (base, offset) = place(&address, at);
        let slot_key = number(0x6d, base, number(3, offset as u32, (offset >> 32) as u32));
        if address.flags & NIGHT != 0 {
            bump(&mut self.census.scratch[1]);
            self.scratch += 1;
        }
        let first = self.place_of(value.first);
        let mut stepped =
            value.kind == Kind::Offset && is_step(value.constant) && first == Some(slot_key);
        // A counter that is kept in memory, in a field of an object or a variable of the program.
        let read = [first, self.place_of(value.key)];
        let read = read.iter().flatten().filter(|&&place| place != slot_key);
        let read = read.fold(0, |all, &place| all | bit(place));
        self.memory = self.memory.wrapping_add(1);
        let mut own = 0;
        if is_global(base) && address.kind != Kind::Sum {
            let slot = slot(base, offset);
            let steps = self.state.set_slot(slot, value, self.memory);
            own = bit(slot);
            stepped |= steps & own != 0;
            if let Some(open) = self.open.last_mut() {
                open.stepped |= steps;
            }
        }
        if let Some(open) = self.open.last_mut() {
            // A counter that is kept in the frame is not yet part of a message.
            open.written |= value.locals & !own;
            open.written_memory |= own == 0 && (stepped || value.flags & STEPPED != 0);
            if own == 0 && stepped {
                open.stepped_memory |= bit(slot_key);
            }
            let counted = [value.locals & !own, read];
            if value.level == 0 && value.source == 0 && self.state.is_conditional() {
                open.noted[0] |= counted[0];
                open.noted[1] |= counted[1];
            }
            if counted != [0, 0] && self.counted.len() < MOST_PLACES {
                self.counted.push((counted, base, offset));
            }
        }
        if value.kind == Kind::Offset && is_global(value.first) && self.escaped.len() < MOST_PLACES
        {
            let held = place(&value, 0);
            let holder = self.origin(base, offset);
            self.escaped.retain(|item| item.0 != holder);
            self.escaped.push((holder, held));
        }
        let source = if value.level >= MIXED {
            INLINED
        } else if value.flags & (OUTPUT | RETURNED) != 0 {
            value.source
        } else {
            0
        };
        if source != 0 {
            let terms = self.terms(&address, at);
            let [first, second, third, _] = terms;
            self.taint(if third == (0, 0) { first } else { third }, source, true);
            if second.1 != 0 {
                self.taint(second, source, true);
            }
        }
        if whole && let Some(entry) = self.stored.get_mut(slot_key as usize % 64) {
            *entry = (slot_key, value, self.serial);
        }
    }

    /// The place in memory that a value was read from, by its number.
    fn place_of(&self, key: u32) -> Option<u32> {
        let entry = self.loaded.get(key as usize % READ)?;
        (entry.0 == key && key != 0).then_some(entry.1)
    }

    /// Memory is copied.
    pub(super) fn copied(&mut self, to: &Value, from: &Value) {
        self.memory = self.memory.wrapping_add(1);
        let place = place(from, 0);
        if self.passed.len() < MOST_PLACES {
            self.passed.push(place);
        }
        let terms = self.terms(from, 0);
        if let Some(region) = self.region(&terms) {
            let [first, ..] = self.terms(to, 0);
            self.taint(first, region.source, true);
        }
    }

    /// Where the counters of these locals, or of these places in memory, lie in a buffer that was given to a call: at byte 39,
    /// at byte 76.
    pub(super) fn places(&self, counters: [u64; 2]) -> [bool; 2] {
        let mut places = [false; 2];
        for &([locals, memory], base, offset) in &self.counted {
            if locals & counters[0] == 0 && memory & counters[1] == 0 {
                continue;
            }
            for &(other, start) in &self.passed {
                if other == base {
                    places[0] |= offset.wrapping_sub(start) == 39;
                    places[1] |= offset.wrapping_sub(start) == 76;
                }
            }
        }
        places
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
pub(in super::super) fn memory_argument(reader: &mut Reader<'_>) -> Option<u64> {
    let flags = reader.u32()?;
    if flags & 0x40 != 0 {
        reader.u32()?;
    }
    reader.u64()
}
