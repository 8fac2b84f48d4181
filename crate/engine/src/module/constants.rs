//! Known constants: found in data (at any alignment, in both byte orders, plain or masked by a
//! repeated key), and looked up among the constants of code. Limits: a key longer than eight
//! bytes hides a table here; its kernel then shows by its shape.

use std::sync::OnceLock;

use super::kernels::{ALL, Kernel, Table, Words};
use super::layout::{Layout, MAGIC, Segment};
use crate::order::sort;

/// A pattern in data: the first words of a table, in one byte order.
struct Pattern {
    table: u8,
    words: Vec<u32>,
}

/// A constant in code.
#[derive(Clone, Copy)]
struct Entry {
    value: u64,
    table: u8,
    bit: u8,
}

/// All known constants, indexed.
pub(super) struct Constants {
    /// Every table.
    pub(super) tables: Vec<&'static Table>,
    patterns: Vec<Pattern>,
    near: Filter,
    far: Filter,
    short: Filter,
    entries: Vec<Option<Entry>>,
    /// Which lower bits constants of code may have, as code spells them.
    spelled: Vec<u64>,
}

/// Which differences of two words (or which words) occur in a pattern, and where in it.
struct Filter {
    bits: Vec<u64>,
    slots: Vec<(u32, u16, u8)>,
}

const FILTER_BITS: u32 = 15;
const SLOT_BITS: u32 = 12;
/// Data is looked at every so many bytes: each pattern is known by what lies in it at as many
/// offsets in turn, one of which is met wherever it begins. The shortest that is known by
/// differences has 16 bytes, of which one difference takes eight.
const STRIDE: usize = 8;
/// The same for patterns of 8 to 15 bytes, which are known by single words.
const SHORT_STRIDE: usize = 4;
/// The number of the pattern that is no table: the beginning of a module.
const MODULE: u16 = u16::MAX - 1;
/// Bits that differ by which a pattern is known well enough.
const TELLING: u32 = 7;
const ENTRY_BITS: u32 = 13;
/// The bits of a constant that its first three bytes in code hold.
const SPELLED: u32 = 0x1f_ffff;

fn spread(value: u32, bits: u32) -> usize {
    (value.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

fn entry_slot(value: u64) -> usize {
    let mixed = (value ^ (value >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (64 - ENTRY_BITS)) as usize
}

impl Filter {
    fn new(slot_bits: u32) -> Self {
        Self {
            bits: vec![0; 1 << (FILTER_BITS - 6)],
            slots: vec![(0, u16::MAX, 0); 1 << slot_bits],
        }
    }

    #[inline(never)]
    fn insert(&mut self, value: u32, pattern: u16, offset: usize) {
        let bit = spread(value, FILTER_BITS);
        if let Some(word) = self.bits.get_mut(bit / 64) {
            *word |= 1 << (bit % 64);
        }
        let count = self.slots.len();
        let mut slot = spread(value, count.trailing_zeros());
        for _ in 0..count {
            if let Some(place) = self.slots.get_mut(slot)
                && place.1 == u16::MAX
            {
                *place = (value, pattern, offset as u8);
                return;
            }
            slot = (slot + 1) % count;
        }
    }

    #[inline]
    fn may(&self, value: u32) -> bool {
        let bit = spread(value, FILTER_BITS);
        self.bits
            .get(bit / 64)
            .is_some_and(|word| word & (1 << (bit % 64)) != 0)
    }

    /// The patterns that hold this value, and at which offset.
    fn patterns(&self, value: u32) -> impl Iterator<Item = (u16, usize)> + '_ {
        let count = self.slots.len();
        let start = spread(value, count.trailing_zeros());
        (0..count)
            .map_while(move |step| {
                let slot = self.slots.get((start + step) % count)?;
                (slot.1 != u16::MAX).then_some(*slot)
            })
            .filter(move |slot| slot.0 == value)
            .map(|slot| (slot.1, usize::from(slot.2)))
    }
}

/// A table found in data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Index into `Constants::tables`.
    pub(super) table: u8,
    /// Where it is in the input.
    pub(super) offset: u32,
    /// Its address in memory.
    pub(super) address: Option<u64>,
    /// The segment that holds its start.
    pub(super) segment: u32,
    /// Its length in bytes.
    pub(super) length: u32,
    /// Whether it is masked.
    pub(super) masked: bool,
}

/// A pattern that holds: table, start, length, masked.
type Hit = (u8, usize, usize, bool);

/// What is found in data.
#[derive(Default)]
pub(super) struct InData {
    /// Tables of constants.
    pub(super) tables: Vec<Found>,
    /// Where modules begin: offset in the input, and segment.
    pub(super) modules: Vec<(u32, u32)>,
}

/// Bytes that lie next to each other in memory.
struct Run {
    bytes: Vec<u8>,
    /// (start within `bytes`, offset in the input, segment).
    parts: Vec<(usize, u32, u32)>,
    address: Option<u64>,
}

/// The offset among those of a class (modulo [`STRIDE`]) at which two words of a pattern differ most
/// tellingly, with the difference.
#[inline(never)]
fn telling(text: &[u8], class: usize, apart: usize) -> Option<(usize, u32)> {
    let mut best: Option<(usize, u32)> = None;
    let weight = |value: u32| value.count_ones().min(value.count_zeros());
    for offset in (class..).step_by(STRIDE) {
        let (Some(first), Some(second)) = (word_at(text, offset), word_at(text, offset + apart))
        else {
            break;
        };
        let value = first ^ second;
        if best.is_none_or(|best| weight(value) > weight(best.1)) {
            best = Some((offset, value));
        }
        if weight(value) >= TELLING {
            break;
        }
    }
    best
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    let chunk = bytes.get(at..at + 4)?;
    Some(chunk.try_into().map_or(0, u32::from_le_bytes))
}

/// Words of a pattern that are compared.
const LONGEST_PATTERN: usize = 10;
/// Most matches of one table worth keeping.
const MOST_MATCHES: usize = 256;
/// Gaps of zeros between segments up to which they are read as one.
const GAP: u64 = 64;

impl Constants {
    /// The one instance.
    pub(super) fn get() -> &'static Self {
        static INSTANCE: OnceLock<Constants> = OnceLock::new();
        INSTANCE.get_or_init(Self::new)
    }

    fn new() -> Self {
        let tables: Vec<&'static Table> = ALL.iter().copied().flatten().collect();
        let mut constants = Self {
            tables,
            patterns: Vec::new(),
            near: Filter::new(SLOT_BITS),
            far: Filter::new(SLOT_BITS),
            short: Filter::new(8),
            entries: vec![None; 1 << ENTRY_BITS],
            spelled: vec![0; 1 << (FILTER_BITS - 6)],
        };
        for index in 0..constants.tables.len() {
            constants.index(index);
        }
        for offset in 0..SHORT_STRIDE {
            if let Some(word) = word_at(MAGIC, offset) {
                constants.short.insert(word, MODULE, offset);
            }
        }
        constants
    }

    #[inline(never)]
    fn index(&mut self, index: usize) {
        let Some(&table) = self.tables.get(index) else {
            return;
        };
        let number = index as u8;
        let mut orders: Vec<Vec<u32>> = Vec::new();
        match table.words {
            Words::Bytes(bytes) => {
                let words = |chunk: &[u8]| chunk.try_into().map_or(0, u32::from_le_bytes);
                orders.push(bytes.chunks_exact(4).map(words).collect());
                for (bit, chunk) in bytes.chunks_exact(4).enumerate() {
                    self.entry(u64::from(words(chunk)), number, bit);
                }
                for (bit, chunk) in bytes.chunks_exact(8).enumerate() {
                    let long = chunk.try_into().map_or(0, u64::from_le_bytes);
                    self.entry(long, number, bit * 2);
                }
            }
            Words::Short(words) => {
                orders.push(words.to_vec());
                orders.push(words.iter().map(|word| word.swap_bytes()).collect());
                for (bit, &word) in words.iter().enumerate() {
                    self.entry(u64::from(word), number, bit);
                    if let Some(&next) = words.get(bit + 1) {
                        self.entry(u64::from(word) | u64::from(next) << 32, number, bit);
                    }
                }
            }
            Words::Long(words) => {
                let halves = |word: &u64| [*word as u32, (*word >> 32) as u32];
                orders.push(words.iter().flat_map(halves).collect());
                orders.push(words.iter().flat_map(|w| halves(&w.swap_bytes())).collect());
                // Halves swapped: two 32-bit words for each, high one first.
                orders.push(
                    words
                        .iter()
                        .flat_map(|w| halves(&w.rotate_left(32)))
                        .collect(),
                );
                // Each half in the other byte order, in place.
                orders.push(
                    words
                        .iter()
                        .flat_map(|w| halves(w).map(u32::swap_bytes))
                        .collect(),
                );
                for (bit, &word) in words.iter().enumerate() {
                    self.entry(word, number, bit);
                    // Not the upper half: those of SHA-512 are the words of SHA-256.
                    let half = word as u32;
                    if half.count_ones() >= 8 && half.count_zeros() >= 8 {
                        self.entry(u64::from(half), number, bit);
                    }
                }
            }
        }
        for mut words in orders {
            words.truncate(LONGEST_PATTERN);
            self.pattern(number, words);
        }
    }

    #[inline(never)]
    fn pattern(&mut self, table: u8, words: Vec<u32>) {
        let number = self.patterns.len() as u16;
        let mut text = [0u8; 4 * LONGEST_PATTERN];
        for (place, word) in text.chunks_exact_mut(4).zip(&words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let text = text.get(..words.len() * 4).unwrap_or_default();
        if words.len() < 4 {
            for offset in 0..SHORT_STRIDE {
                if let Some(word) = word_at(text, offset) {
                    self.short.insert(word, number, offset);
                }
            }
        } else {
            for class in 0..STRIDE {
                if let Some((offset, value)) = telling(text, class, 4) {
                    self.near.insert(value, number, offset);
                }
                if words.len() >= 6
                    && let Some((offset, value)) = telling(text, class, 8)
                {
                    self.far.insert(value, number, offset);
                }
            }
        }
        self.patterns.push(Pattern { table, words });
    }

    #[inline(never)]
    fn entry(&mut self, value: u64, table: u8, bit: usize) {
        if value <= 0xffff || bit >= 64 {
            return;
        }
        let mut slot = entry_slot(value);
        while let Some(place) = self.entries.get_mut(slot) {
            match place {
                Some(entry) if entry.value == value && entry.table == table => return,
                Some(_) => slot = (slot + 1) % (1 << ENTRY_BITS),
                None => {
                    *place = Some(Entry {
                        value,
                        table,
                        bit: bit as u8,
                    });
                    let spelled = spread(value as u32 & SPELLED, FILTER_BITS);
                    if let Some(word) = self.spelled.get_mut(spelled / 64) {
                        *word |= 1 << (spelled % 64);
                    }
                    return;
                }
            }
        }
    }

    /// Whether a constant of code may be one of these that begins with these bytes; after each of them
    /// follows another.
    #[inline]
    pub(super) fn may_begin(&self, bytes: [u8; 3]) -> bool {
        let [first, second, third] = bytes.map(|byte| u32::from(byte & 0x7f));
        let spelled = spread(first | second << 7 | third << 14, FILTER_BITS);
        self.spelled
            .get(spelled / 64)
            .is_some_and(|word| word & (1 << (spelled % 64)) != 0)
    }

    /// Tells which tables a constant of code belongs to: (table, bit).
    #[inline]
    pub(super) fn look_up(&self, value: u64, mut tell: impl FnMut(u8, u8)) {
        if value <= 0xffff {
            return;
        }
        let mut slot = entry_slot(value);
        while let Some(Some(entry)) = self.entries.get(slot) {
            if entry.value == value {
                tell(entry.table, entry.bit);
            }
            slot = (slot + 1) % (1 << ENTRY_BITS);
        }
    }

    /// The kernel of a table.
    pub(super) fn kernel(&self, table: u8) -> Option<Kernel> {
        self.tables.get(table as usize).map(|table| table.kernel)
    }

    /// All tables in the data of a module, and the modules that begin there.
    pub(super) fn search(&self, bytes: &[u8], layout: &Layout) -> InData {
        let mut found = InData::default();
        let mut order: Vec<u32> = (0..layout.segments.len() as u32).collect();
        let address = |index: &u32| {
            layout
                .segments
                .get(*index as usize)
                .and_then(|segment| segment.address)
                .unwrap_or(u64::MAX)
        };
        sort(&mut order, |a, b| (address(a), a) < (address(b), b));
        let mut run: Option<Run> = None;
        let mut end = 0;
        for index in order {
            let Some(segment) = layout.segments.get(index as usize) else {
                continue;
            };
            let data = segment.span.of(bytes);
            let next = segment
                .address
                .filter(|&address| run.is_some() && address >= end && address - end <= GAP);
            if let (Some(address), Some(run)) = (next, run.as_mut()) {
                let gap = (address - end) as usize;
                run.bytes.resize(run.bytes.len() + gap, 0);
                run.parts.push((run.bytes.len(), segment.span.start, index));
                run.bytes.extend_from_slice(data);
            } else {
                if let Some(run) = run.take() {
                    self.search_run(&run.bytes, &run.parts, run.address, &mut found);
                }
                if segment.address.is_some() && data.len() < 4096 {
                    run = Some(single(segment, index, data.to_vec()));
                } else {
                    let parts = [(0, segment.span.start, index)];
                    self.search_run(data, &parts, segment.address, &mut found);
                    // Its tail may continue in the next segment.
                    let tail = data.len().saturating_sub(128);
                    if let (Some(address), Some(rest)) = (segment.address, data.get(tail..)) {
                        run = Some(Run {
                            bytes: rest.to_vec(),
                            parts: vec![(0, segment.span.start + tail as u32, index)],
                            address: address.checked_add(tail as u64),
                        });
                    }
                }
            }
            end = segment.address.map_or(u64::MAX, |address| {
                address.saturating_add(data.len() as u64)
            });
        }
        if let Some(run) = run {
            self.search_run(&run.bytes, &run.parts, run.address, &mut found);
        }
        found
    }

    fn search_run(
        &self,
        bytes: &[u8],
        parts: &[(usize, u32, u32)],
        address: Option<u64>,
        found: &mut InData,
    ) {
        let far = bytes.len() <= 1 << 20;
        let place = |start: usize| {
            let part = parts.partition_point(|part| part.0 <= start);
            let part = part.checked_sub(1).and_then(|index| parts.get(index));
            let part = part.copied().unwrap_or((0, 0, 0));
            let offset = part.1.saturating_add(start.saturating_sub(part.0) as u32);
            (offset, part.2)
        };
        let mut tell = |(table, start, length, masked): Hit| {
            let (offset, segment) = place(start);
            let known = |f: &&Found| f.table == table;
            let tables = &mut found.tables;
            if tables.iter().filter(known).count() < MOST_MATCHES
                && !tables
                    .iter()
                    .any(|f| f.table == table && f.offset == offset)
            {
                tables.push(Found {
                    table,
                    offset,
                    address: address.map(|address| address.saturating_add(start as u64)),
                    segment,
                    length: length as u32,
                    masked,
                });
            }
        };
        let modules = &mut found.modules;
        let mut short = |position: usize, word: u32, tell: &mut dyn FnMut(Hit)| {
            for (number, offset) in self.short.patterns(word) {
                let Some(start) = position.checked_sub(offset) else {
                    continue;
                };
                if number == MODULE {
                    if bytes.get(start..start + MAGIC.len()) == Some(MAGIC)
                        && modules.len() < MOST_MATCHES
                        && !modules.contains(&place(start))
                    {
                        modules.push(place(start));
                    }
                } else if let Some(hit) = self.holds(bytes, start, number, 1) {
                    tell(hit);
                }
            }
        };
        let mut position = 0;
        while let Some(chunk) = bytes.get(position..position + STRIDE) {
            let both = chunk.try_into().map_or(0, u64::from_le_bytes);
            let (low, high) = (both as u32, (both >> 32) as u32);
            if both != 0 {
                if self.short.may(low) {
                    short(position, low, &mut tell);
                }
                if self.short.may(high) {
                    short(position + SHORT_STRIDE, high, &mut tell);
                }
            }
            let mut hit = None;
            if self.near.may(low ^ high) {
                hit = self.verify(bytes, position, low ^ high, 1);
            }
            if far
                && hit.is_none()
                && let Some(next) = word_at(bytes, position + STRIDE)
                && self.far.may(low ^ next)
            {
                hit = self.verify(bytes, position, low ^ next, 2);
            }
            position += STRIDE;
            if let Some(hit) = hit {
                tell(hit);
            }
        }
        // What is left is shorter than a word of eight bytes; short patterns may still end in it.
        if let Some(word) = word_at(bytes, position) {
            short(position, word, &mut tell);
        }
    }

    /// Whether a pattern known by this difference at `position` holds.
    fn verify(&self, bytes: &[u8], position: usize, difference: u32, step: usize) -> Option<Hit> {
        let filter = if step == 1 { &self.near } else { &self.far };
        filter.patterns(difference).find_map(|(number, offset)| {
            self.holds(bytes, position.checked_sub(offset)?, number, step)
        })
    }

    /// Whether a pattern begins at `start`, plain or masked by a key of so many words.
    fn holds(&self, bytes: &[u8], start: usize, number: u16, step: usize) -> Option<Hit> {
        let pattern = self.patterns.get(number as usize)?;
        let word = |at: usize| word_at(bytes, start + at * 4);
        let key = |at: usize| Some(word(at)? ^ pattern.words.get(at)?);
        let (even, odd) = (key(0)?, key(1)?);
        let odd = if step == 1 { even } else { odd };
        let keys = [even, odd];
        let masked = even != 0 || odd != 0;
        let counting = self.kernel(pattern.table) == Some(Kernel::Bmw);
        if masked && (counting || pattern.words.len() < 4 || (step == 2 && pattern.words.len() < 6))
        {
            return None;
        }
        let holds = (0..pattern.words.len())
            .all(|at| key(at).is_some_and(|value| Some(&value) == keys.get(at % 2)));
        if !holds {
            return None;
        }
        let length = match self.tables.get(pattern.table as usize)?.words {
            Words::Bytes(list) => list.len(),
            Words::Short(list) => list.len() * 4,
            Words::Long(list) => list.len() * 8,
        };
        Some((pattern.table, start, length, masked))
    }
}

fn single(segment: &Segment, index: u32, bytes: Vec<u8>) -> Run {
    Run {
        bytes,
        parts: vec![(0, segment.span.start, index)],
        address: segment.address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_may_begin_as_it_is_spelled() {
        let constants = Constants::get();
        let mut known = 0;
        for entry in constants.entries.iter().flatten() {
            let spelled = [0, 7, 14].map(|shift| (entry.value >> shift) as u8 | 0x80);
            assert!(constants.may_begin(spelled), "{:x}", entry.value);
            known += 1;
        }
        assert!(known > 500);
        let others = (0..1000u32).filter(|other| {
            let value = other.wrapping_mul(0x9e37_79b9);
            constants.may_begin([0, 7, 14].map(|shift| (value >> shift) as u8 | 0x80))
        });
        assert!(others.count() < 100);
    }
}
