//! What flows where: loads and stores. What is read from output (`output.rs`) carries the number of its
//! source wherever it is copied to.

use super::super::census::bump;
use super::super::frame::{bit, is_global, is_step, slot};
use super::super::reader::Reader;
use super::super::value::{
    BOX, BYTE, FOUND, INLINED, Kind, LOADED, NARROW, NIGHT, OUTPUT, PARAMETER, RETURNED, SCRATCH,
    STEPPED, Value, number,
};
use super::addresses::{LOWEST, Place, place, place_number};
use super::{MIXED, Walker};

/// Stands with the number of a type for the function that is called through a table.
pub(in super::super) const THROUGH: u32 = 1 << 31;
/// The upper half of offsets that go down: what lies below a pointer belongs to whoever manages memory.
const BELOW: u64 = 0xffff;
/// Values that were read from memory and are remembered, by number.
pub(super) const READ: usize = 2048;
/// Stands for the function that cuts off bits of what another one left, in its place: whoever draws a number
/// below the order of a curve does, and no search.
pub(super) const CUT: u32 = u32::MAX - 1;
/// The place of a buffer that was copied, among those that calls are given.
const COPIED: u8 = 62;
/// An offset that no place in a buffer has.
const ANYWHERE: u64 = u64::MAX >> 1;
/// Tests, and hashes of hashes, that are kept of a module.
pub(super) const MOST_TESTS: usize = 1 << 16;
/// Stores of counters, and buffers given to calls, that are kept of a function.
pub(super) const MOST_PLACES: usize = 64;

/// How far into a small variable its fields lie: a vector is a length, a pointer and another length.
const FIELDS: std::ops::RangeInclusive<u64> = 1..=8;

/// How far into an object that a call is given a counter in it may lie.
const OBJECT: u64 = 256;

/// A store: the locals and the places in memory that the value derives from, and where it goes.
pub(super) type Store = ([u64; 2], u32, u64);

/// What a function takes into what it hashes.
pub(super) struct Taken {
    /// A number that it is given, or that it counts up in memory.
    pub(super) any: bool,
    /// A number that it counts up in memory.
    pub(super) steps: bool,
    /// Where that lies: at byte 39, at byte 76.
    pub(super) places: [bool; 2],
}

impl Walker<'_> {
    pub(super) fn load(&mut self, code: u8, reader: &mut Reader<'_>) -> Option<()> {
        let at = memory_argument(reader)?;
        let address = self.state.pop();
        self.point(at);
        let value = self.loaded(&address, at, code, matches!(code, 0x28 | 0x29));
        self.state.push(value);
        Some(())
    }

    /// Counts what is read by the kind of its address.
    #[inline]
    fn counts_load(&mut self, address: &Value, base: u32, code: u8) {
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
        if let Some(open) = self.open.last_mut() {
            let wander = &mut open.wander;
            if address.flags & SCRATCH != 0 {
                bump(&mut wander.far[0]);
                wander.locals |= address.locals;
            } else if !is_global(base) {
                bump(&mut wander.near);
            }
        }
    }

    /// The value read from memory.
    pub(super) fn loaded(&mut self, address: &Value, at: u64, code: u8, whole: bool) -> Value {
        bump(&mut self.census.memory[0]);
        let (base, offset) = place(address, at);
        let slot_key = place_number((base, offset));
        self.addressed(address, base);
        self.counts_load(address, base, code);
        let narrow = matches!(code, 0x2c | 0x2d | 0x30 | 0x31);
        let digits = (narrow || matches!(code, 0x2e | 0x2f)) && offset >= LOWEST;
        if !digits && address.flags & BYTE == 0 && !(is_global(base) && address.kind != Kind::Sum) {
            self.reads_at(address);
        }
        if is_global(base)
            && address.kind != Kind::Sum
            && let Some(source) = self.stacked.result((base, offset))
        {
            let mut value = Value::opaque(number(0x6c + u32::from(code), slot_key, self.memory));
            value.flags = RETURNED;
            value.source = source;
            return value;
        }
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
            && let Some((mut value, time)) = self.slot_after(slot(base, offset))
            && (region.is_none_or(|region| region.copied || region.time <= time)
                || self.stacked.is_there() && self.state.is_variable(slot(base, offset))
                || whole && self.is_pointer(&value))
        {
            self.begins_as(&value);
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
            if code == 0x28 && region.is_some() {
                self.reads_field(&value, (base, offset));
            }
            return value;
        }
        let key = number(0x6c + u32::from(code), slot_key, self.memory);
        let begins = match &region {
            Some(region) if terms.contains(&(region.base, region.start)) => region.source,
            _ => 0,
        };
        let [nearest, _, origin, _] = terms;
        let from = if origin.0 == 0 { nearest } else { origin };
        self.reads_memory(key, address.locals, code, from, begins);
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
            if code == 0x28 {
                self.reads_field(&value, (base, offset));
            }
        } else if address.flags & (OUTPUT | RETURNED) != 0 && at >= LOWEST && is_wide(address) {
            // In a table of the program's own, of more places than digits have.
            value.flags |= FOUND;
            value.source = address.source;
        } else if (address.flags & RETURNED != 0 || (narrow && address.flags & OUTPUT != 0))
            && address.source != 0
            && (offset >> 16) != BELOW
        {
            // Also digits out of a table, of which each stands for a part of the output.
            value.flags |= OUTPUT;
            value.source = address.source;
        } else if narrow && offset >= LOWEST && self.fixed != 0 {
            // Bytes of the program's own, which the hash may have left there.
            value.flags |= OUTPUT;
            value.source = self.fixed;
        }
        self.read_from(key, slot_key);
        value
    }

    pub(super) fn store(&mut self, address: Value, at: u64, value: Value, whole: bool) {
        bump(&mut self.census.memory[1]);
        self.point(at);
        let (base, offset) = place(&address, at);
        let slot_key = place_number((base, offset));
        self.addressed(&address, base);
        self.stores_outcome(&address, &value);
        if address.flags & NIGHT != 0 {
            bump(&mut self.census.scratch[1]);
            self.scratch += 1;
        }
        if address.flags & SCRATCH != 0
            && let Some(open) = self.open.last_mut()
        {
            bump(&mut open.wander.far[1]);
        }
        let first = self.place_of(value.first);
        let mut stepped =
            value.kind == Kind::Offset && is_step(value.constant) && first == Some(slot_key);
        // A counter that is kept in memory, in a field of an object or a variable of the program.
        let read = [first, self.place_of(value.key).or(self.turned(value.key))];
        let read = read.iter().flatten().filter(|&&place| place != slot_key);
        let read = read.fold(0, |all, &place| all | bit(place));
        self.memory = self.memory.wrapping_add(1);
        let cut = value.kind == Kind::Masked
            && !whole
            && value.flags & OUTPUT != 0
            && self.is_cut((base, offset), &value);
        // A slot of the frame, and what of that is no part of what is stored there.
        let (mut own, mut itself) = (0, 0);
        if is_global(base) && address.kind != Kind::Sum {
            own = bit(slot(base, offset));
            bump(&mut self.framed);
            stepped |= self.store_in_frame((base, offset), &value) & own != 0;
            itself = if self.state.is_local(own, &value) {
                0
            } else {
                own
            };
        }
        if own == 0 && stepped {
            self.straight.stepped |= bit(slot_key);
            self.straight.stepped_at = self.origin(base, offset);
            if value.kind == Kind::Offset {
                self.turns = [(value.first, slot_key); 4];
            }
        }
        let added = value.kind == Kind::Sum
            && value.level == 0
            && value.flags & OUTPUT == 0
            && (first == Some(slot_key) || self.place_of(value.second) == Some(slot_key));
        if let Some(open) = self.open.last_mut() {
            // A copy of what is kept in memory counts as well.
            if added && self.summed.0 == value.key {
                open.stepped |= self.summed.1;
            }
            // A counter that is kept in the frame is not yet part of a message.
            open.stored |= value.locals & !itself;
            if own == 0 && value.level == 0 && value.source == 0 && address.flags & RETURNED == 0 {
                open.out |= value.locals;
            }
            open.written_memory |= own == 0 && (stepped || value.flags & STEPPED != 0);
            if own == 0 && stepped {
                open.stepped_memory |= bit(slot_key);
            }
            let counted = [value.locals & !itself, read];
            open.summed |= if own == 0 && added { bit(slot_key) } else { 0 };
            open.spread |= read;
            if own == 0 && value.kind == Kind::Constant && self.state.is_conditional() {
                open.raised |= bit(slot_key);
            }
            if value.level == 0 && value.source == 0 && self.state.is_conditional() {
                open.noted[0] |= counted[0];
                open.noted[1] |= counted[1];
            }
        }
        let counted = [value.locals & !itself, read];
        let begins = self.origin(base, offset);
        self.count_in((counted, begins.0, begins.1));
        if counted != [0, 0] && own == 0 {
            self.count_anywhere(counted, &address, base);
        }
        if value.kind == Kind::Offset && is_global(value.first) && self.escaped.len() < MOST_PLACES
        {
            self.escapes(base, offset, &value);
        }
        let source = if value.level >= MIXED {
            INLINED
        } else if value.flags & (OUTPUT | RETURNED) != 0 {
            if cut {
                self.source(CUT, 0, value.source)
            } else {
                value.source
            }
        } else {
            0
        };
        if source != 0 {
            self.outputs(&address, at, source);
        }
        if whole && let Some(entry) = self.stored.get_mut(slot_key as usize % 64) {
            *entry = (slot_key, value, self.serial);
        }
    }

    /// Whether bits of something are cut off in its place.
    #[inline(never)]
    fn is_cut(&mut self, (base, offset): Place, value: &Value) -> bool {
        let place = place_number((base, offset));
        self.place_of(value.first) == Some(place)
            || is_global(base)
                && self
                    .state
                    .get_slot(slot(base, offset))
                    .is_some_and(|(held, _)| held.key == value.first)
    }

    /// A store in the stack frame; which counters that steps.
    #[inline(never)]
    fn store_in_frame(&mut self, (base, offset): Place, value: &Value) -> u64 {
        self.stacked.store((base, offset), value);
        let slot = slot(base, offset);
        if !self.records.is_empty() {
            let read = self.state.read(slot);
            self.keeps(read, value);
        }
        let steps = self.state.set_slot(slot, *value, self.memory);
        self.begins_anew(slot, value);
        self.steps(steps);
        steps
    }

    /// The address of something in the stack frame is stored elsewhere.
    #[inline(never)]
    fn escapes(&mut self, base: u32, offset: u64, value: &Value) {
        let held = place(value, 0);
        let holder = self.origin(base, offset);
        self.escaped.retain(|item| item.0 != holder);
        self.escaped.push((holder, held));
    }

    /// Reads a slot of the frame.
    #[inline(never)]
    fn slot_after(&mut self, index: u32) -> Option<(Value, u32)> {
        if !self.ended.is_empty() {
            self.reads_after(index);
        }
        self.state.get_slot(index)
    }

    /// A local or a slot of the frame is set.
    #[inline(never)]
    pub(super) fn begins_anew(&mut self, index: u32, value: &Value) {
        let anew = value.kind == Kind::Constant && !self.state.is_conditional();
        if value.locals & bit(index) == 0 {
            for ended in &mut self.ended {
                ended.1 &= !bit(index);
            }
        }
        if let Some(open) = self.open.last_mut()
            && value.locals & bit(index) == 0
        {
            open.others |= bit(index);
            open.anew |= if anew { bit(index) } else { 0 };
        }
    }

    /// Remembers the place that a value was read from.
    pub(super) fn read_from(&mut self, key: u32, place: u32) {
        if let Some(entry) = self.loaded.get_mut(key as usize % READ) {
            *entry = (key, place);
        }
    }

    /// The place in memory that a value was read from, by its number.
    pub(super) fn place_of(&self, key: u32) -> Option<u32> {
        let entry = self.loaded.get(key as usize % READ)?;
        (entry.0 == key && key != 0).then_some(entry.1)
    }

    /// The place that a counter was read from whose bytes are turned round here, by number.
    fn turned(&self, key: u32) -> Option<u32> {
        let turned = self.turns.iter().find(|turned| turned.0 == key && key != 0);
        turned.map(|turned| turned.1)
    }

    /// A counter that was read from memory, or a part of it, is shifted, masked or joined.
    #[inline(never)]
    pub(super) fn turns(&mut self, x: u32, y: u32, made: u32) {
        if let Some(place) = self.turned(x).or_else(|| self.turned(y)) {
            let [counter, first, second, _] = self.turns;
            self.turns = [counter, (made, place), first, second];
        }
    }

    /// Remembers that what may be a counter is stored somewhere in what begins where a part of the address tells.
    #[inline(never)]
    fn count_anywhere(&mut self, counted: [u64; 2], address: &Value, base: u32) {
        for part in self
            .parts_of(address)
            .into_iter()
            .filter(|&part| part != base)
        {
            self.count_in((counted, self.origin(part, 0).0, ANYWHERE));
        }
    }

    /// Remembers a store of what may be a counter.
    fn count_in(&mut self, store: Store) {
        if store.0 == [0, 0] {
            return;
        }
        let lists = [&mut self.counted, &mut self.given];
        for list in lists.into_iter().skip(usize::from(self.open.is_empty())) {
            if list.len() < MOST_PLACES {
                list.push(store);
            }
        }
    }

    /// A call or a copy takes a counter by its address, and may put it where the other address points: one that
    /// is kept in the frame goes somewhere thereby.
    pub(super) fn carry(&mut self, to: &Value, from: &Value) {
        let (to, from) = (place(to, 0), place(from, 0));
        if [to, from]
            .iter()
            .any(|&(base, at)| base == 0 && at < LOWEST)
        {
            return;
        }
        let (to, from) = (self.origin(to.0, to.1), self.origin(from.0, from.1));
        // What was stored there last, or a variable that lies there.
        let stored = self.given.iter().rev();
        let mut stored = stored.filter(|item| (item.1, item.2) == from);
        let mut counters = stored.next().map_or([0, 0], |item| item.0);
        if is_global(from.0) {
            counters[0] |= bit(slot(from.0, from.1));
            if let Some(open) = self.open.last_mut() {
                open.stored |= counters[0];
            }
        }
        counters[1] |= bit(place_number(from));
        self.count_in((counters, to.0, to.1));
    }

    /// Something is read at an address: what that derives from tells where things lie.
    fn reads_at(&mut self, address: &Value) {
        if let Some(open) = self.open.last_mut() {
            open.indexes |= address.locals;
        }
        if address.flags & PARAMETER != 0 {
            self.straight.read |= address.locals;
        }
    }

    /// What lies at an address is given to a call in this place, or copied.
    pub(super) fn passes(&mut self, address: &Value, origin: Place, position: u8) {
        if self.passed.len() < MOST_PLACES {
            self.passed.push((origin, position));
        }
        if address.kind == Kind::Sum {
            // From somewhere in what begins there on.
            for part in [address.first, address.second] {
                if self.passed.len() < MOST_PLACES / 2 {
                    let part = self.origin(part, 0).0;
                    self.passed.push(((part, ANYWHERE), position));
                }
            }
        }
    }

    /// Memory is copied.
    pub(super) fn copied(&mut self, to: &Value, from: &Value, length: &Value) {
        if matches!(length.known(), Some(4 | 8)) {
            self.carry(to, from);
        }
        self.memory = self.memory.wrapping_add(1);
        self.reads_at(from);
        for address in [to, from] {
            self.addressed(address, place(address, 0).0);
        }
        let place = place(from, 0);
        let place = self.origin(place.0, place.1);
        self.passes(from, place, COPIED);
        let terms = self.terms(from, 0);
        if let Some(region) = self.region(&terms) {
            let [first, ..] = self.terms(to, 0);
            self.taint(first, region.source, true);
        }
    }

    /// Whether a number goes into what is hashed that the function was given, among its first locals, or
    /// that it counts up in memory; and where it lies. What is compared must be something else than what
    /// that number was written to, which may be the state of a hash.
    pub(super) fn takes(&self, parameters: u32) -> Taken {
        let given = (0..parameters.min(64)).fold(0, |all, index| all | bit(index));
        let counters = [given, self.straight.stepped];
        // Into a buffer that a call is given, or at a number that is told into one at a fixed address; which
        // need not be given where the function calls itself.
        let hashed = |&&(_, base, offset): &&Store| {
            let mut passed = self.passed.iter().map(|passed| passed.0);
            passed.any(|place| place.0 == base || place == (0, offset))
                || self.straight.recurs && base == 0 && (LOWEST..ANYWHERE).contains(&offset)
        };
        let mut stored = self.given.iter().filter(hashed);
        // Or in the object that a call is given, which puts it there.
        let (object, at) = self.straight.stepped_at;
        let within = |&((base, start), _): &(Place, u8)| {
            base == object && base != 0 && !is_global(base) && at.wrapping_sub(start) < OBJECT
        };
        let held = self.passed.iter().any(within);
        let steps = held || stored.clone().any(|store| store.0[1] & counters[1] != 0);
        let any = held
            || self.straight.mixed & given != 0
            || stored.any(|store| store.0[0] & counters[0] | store.0[1] & counters[1] != 0);
        let compared = self.straight.compared;
        let other = |position: u8| compared & !(1u64 << (position & 63)) != 0;
        Taken {
            any,
            steps,
            places: self.places_in(&self.given, counters, other),
        }
    }

    /// Where the counters of these locals, or of these places in memory, lie in a buffer that was given to a
    /// call: at byte 39, at byte 76.
    pub(super) fn places(&self, counters: [u64; 2]) -> [bool; 2] {
        self.places_in(&self.counted, counters, |_| true)
    }

    /// The same of buffers that were given in these places of calls.
    fn places_in(
        &self,
        stores: &[Store],
        counters: [u64; 2],
        given: impl Fn(u8) -> bool,
    ) -> [bool; 2] {
        let mut places = [false; 2];
        for &([locals, memory], base, offset) in stores {
            if locals & counters[0] == 0 && memory & counters[1] == 0 {
                continue;
            }
            // A field of a variable in the frame that has an address of its own, such as the pointer of a
            // vector, lies in no buffer around it.
            let is_field = |&((other, start), _): &(Place, u8)| {
                other == base && FIELDS.contains(&offset.wrapping_sub(start))
            };
            if is_global(base) && self.passed.iter().any(is_field) {
                continue;
            }
            for &((other, start), position) in &self.passed {
                if other == base && given(position) {
                    places[0] |= offset.wrapping_sub(start) == 39;
                    places[1] |= offset.wrapping_sub(start) == 76;
                }
            }
        }
        places
    }
}

/// Whether a number that something is read at may be more than a byte.
fn is_wide(index: &Value) -> bool {
    match index.kind {
        Kind::Masked => index.constant > 0xff && index.flags & BYTE == 0,
        Kind::Opaque | Kind::ShiftRight | Kind::ShiftLeft => index.flags & (BYTE | NARROW) == 0,
        _ => false,
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
