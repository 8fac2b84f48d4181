//! Comparisons: of what calls left or returned, and of what was mixed in the function itself.

use super::super::census::{Test, bump};
use super::super::frame::is_step;
use super::super::value::{
    DIFFERENCE, FOUND, FRACTION, INLINED, Kind, LOADED, NARROW, OUTPUT, RETURNED, SWAPPED, Value,
    ZEROS,
};
use super::blocks::is_word;
use super::flow::{CUT, MOST_PLACES, MOST_TESTS};
use super::{MIXED, Walker};

/// Calls that are followed back from a comparison.
const MOST_SOURCES: usize = 24;

/// A comparison of locals of which it is not known yet what they hold at the next turn.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    /// The innermost loop around it.
    index: u32,
    /// What was compared, by its number.
    key: u32,
    grade: u8,
}

/// A comparison of a counter with a small constant.
#[derive(Clone, Copy, Default)]
pub(super) struct Limit {
    /// Its number.
    pub(super) key: u32,
    /// The locals that were compared.
    pub(super) locals: u64,
    /// Whether they were stepped just before.
    pub(super) stepped: bool,
    /// Whether it was for equality.
    pub(super) equal: bool,
    /// The constant.
    pub(super) most: u16,
}

/// More turns than this are not few: a window of codes, the tries of a hash that is to fall into a range.
const FEW: std::ops::RangeInclusive<u64> = 2..=256;

/// A comparison for order with what may be the best hash so far.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// What was compared, by their numbers.
    hash: u32,
    best: u32,
    /// The comparison's place in the list of all.
    test: usize,
}

impl Walker<'_> {
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
        if inlined {
            // A counter that stays in a register is hashed nevertheless.
            self.straight.mixed |= value.locals;
            if let Some(open) = self.open.last_mut() {
                open.mixed |= value.locals;
            }
        }
        let mut calls = [u32::MAX; 6];
        let mut source = value.source;
        let mut next = 0;
        let mut alike = 0;
        for _ in 0..MOST_SOURCES {
            let Some(known) = self.sources.of(source) else {
                break;
            };
            source = known.before;
            if known.callee == CUT {
                return;
            }
            // What was copied piece by piece came through one call.
            if next > 0 && calls.get(next - 1) == Some(&known.callee) {
                continue;
            }
            let Some(call) = calls.get_mut(next) else {
                break;
            };
            *call = known.callee;
            next += 1;
            if known.alike && alike == 0 {
                alike = next as u8;
            }
        }
        // What was mixed here went through calls since, such as one that copies it.
        let copied = source == INLINED && next > 0;
        let new = Test {
            function: self.gathered.functions.len() as u32,
            around: self.open.last().map_or(0, |open| open.index + 1),
            calls,
            inlined,
            copied,
            returned,
            grade,
            ordered,
            alike,
            passed: value.flags & (RETURNED | OUTPUT) == RETURNED | OUTPUT,
        };
        let tests = &mut self.gathered.tests;
        if !tests.iter().rev().take(8).any(|known| *known == new) {
            tests.push(new);
        }
    }

    /// Whether something is nought is asked, or whether it is not, which gives a value with this number.
    #[inline]
    pub(super) fn noughts(&mut self, value: &Value, key: u32, is_nought: bool) {
        if value.key == self.nonzero.0 && is_nought {
            self.nonzero = (0, key);
        } else if is_word(value) {
            self.nonzero = if is_nought { (key, 0) } else { (0, key) };
        }
    }

    /// A counter is compared with a constant.
    #[inline(never)]
    pub(super) fn limit(&mut self, key: u32, counter: &Value, limit: &Value, equal: bool) {
        // A counter in the frame whose address calls are given is one where it is stepped.
        let hashed = if is_stepped(counter) { 0 } else { OUTPUT };
        let own = matches!(counter.kind, Kind::Opaque | Kind::Offset)
            && counter.level == 0
            && counter.flags & (hashed | RETURNED | ZEROS) == 0;
        if own && counter.locals != 0 && FEW.contains(&limit.constant) {
            self.few = Limit {
                key,
                locals: counter.locals,
                stepped: is_stepped(counter),
                equal,
                most: limit.constant as u16,
            };
        }
    }

    /// Something is put where something else was: the best of several hashes is no target.
    pub(super) fn keeps(&mut self, before: u32, value: &Value) {
        let kept = |record: &&Record| record.best == before && record.hash == value.key;
        let Some(record) = self.records.iter().rev().find(kept) else {
            return;
        };
        let test = record.test;
        self.forgive(test);
        self.pending.retain(|item| item.key != before);
    }

    /// A comparison for order was no search's.
    #[inline(never)]
    fn forgive(&mut self, test: usize) {
        let tests = self.gathered.tests.get_mut(test..);
        // Both sides of it.
        for test in tests.unwrap_or_default().iter_mut().take(2) {
            if test.ordered && matches!(test.grade, 2 | 3) {
                (test.grade, test.ordered) = (0, false);
            }
        }
    }

    /// The remainder of something is taken: what was compared before was whether it can be, so that
    /// each remainder is as likely as the others.
    pub(super) fn divided(&mut self, value: &Value) {
        if value.level < MIXED && value.flags & (OUTPUT | RETURNED) == 0 {
            return;
        }
        while let Some(at) = self.records.iter().position(|item| item.hash == value.key) {
            let record = self.records.swap_remove(at);
            self.forgive(record.test);
        }
        self.pending.retain(|item| item.key != value.key);
    }

    /// Keeps a comparison for order until its loop ends: what is compared may be put together further
    /// down, for the next turn.
    #[inline(never)]
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
    #[inline(never)]
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

    /// Something is compared with a constant, which gives a value with this number.
    #[inline(never)]
    pub(super) fn inquire(&mut self, key: u32, value: &Value) {
        if let Some(place) = self.place_of(value.key) {
            self.inquired = (key, place);
        } else if value.key == self.inquired.0 {
            self.inquired.0 = key;
        }
    }

    /// In which place a call was given what a value comes from, as a bit; all of them where no call was.
    #[inline(never)]
    fn given(&self, value: &Value) -> u64 {
        if value.level >= MIXED || (value.flags & OUTPUT != 0 && value.source == INLINED) {
            return u64::MAX;
        }
        let mut from = self.sources.of(value.source);
        // What a function returns that compares is about what it was given.
        if let Some(known) = from
            && known.position == 255
        {
            from = self.sources.of(known.before);
        }
        from.map_or(0, |known| 1 << (known.position & 63))
    }

    /// A comparison: of what, and how. Tells whether it decides by order about a hash, or about what
    /// a call returned.
    #[inline(never)]
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
        let both = x.flags & y.flags;
        let bytes = both & LOADED != 0 && both & (NARROW | SWAPPED) != 0;
        // The same as the sign of their difference.
        let sign = signed && constant && flags & DIFFERENCE != 0;
        let equal = matches!(code, 0x46 | 0x47 | 0x51 | 0x52) && !constant;
        let grade = match (by_order && !constant, flags & ZEROS != 0) {
            (true, false) if bytes => 4,
            (true, _) | (_, true) => 3,
            _ if sign => 4,
            _ if equal => 1,
            _ => 2,
        };
        if by_order && (drawn(x, y, code) || drawn(y, x, code) || self.alike(x.key, y.key))
            || !by_order && y.kind == Kind::Constant && often(x, y)
        {
            return false;
        }
        let test = self.gathered.tests.len();
        self.test(x, grade, by_order);
        self.test(y, grade, by_order);
        if self.gathered.tests.len() > test {
            self.asks(x, y, test, by_order);
        }
        // A comparison with a constant is of no interest here where it is none of a hash.
        let room = if constant && self.gathered.tests.len() == test {
            0
        } else {
            MOST_PLACES
        };
        if by_order && grade < 4 && self.records.len() < room {
            let (hash, best) = (x.key, y.key);
            self.records.push(Record { hash, best, test });
            let (hash, best) = (y.key, x.key);
            self.records.push(Record { hash, best, test });
        }
        // With a target in memory: the length of a message is a number that the function is given.
        if by_order && (x.flags & y.flags & LOADED != 0 || flags & RETURNED != 0) {
            self.straight.compared |= self.given(x) | self.given(y);
        }
        if flags & LOADED != 0 {
            self.narrow |= flags & NARROW != 0 || ordered;
            self.ordered |= (ordered || (signed && flags & NARROW != 0)) && !constant;
            self.bytewise |= by_order && !constant && bytes;
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
}

/// Whether a hash is compared in a way that no search does: hits would be no rarer than one in sixteen,
/// what it is compared with was found by means of it, or it is a number drawn from some range.
#[inline(never)]
fn drawn(hash: &Value, other: &Value, code: u8) -> bool {
    if carries(hash, other) {
        return true;
    }
    if hash.level < MIXED && hash.flags & OUTPUT == 0 || hash.flags & (RETURNED | ZEROS) != 0 {
        return other.flags & FOUND != 0 && hash.source == other.source && hash.source != 0;
    }
    if other.flags & FOUND != 0 && hash.source == other.source {
        return true;
    }
    let Some(limit) = other.known() else {
        // As many bits as the range has; a number between nought and one; or the length of a piece of memory
        // that is given back.
        let rounded = |value: &Value| {
            value.kind == Kind::Masked && value.constant.trailing_zeros() >= 3 && value.amount == 0
        };
        return hash.kind == Kind::And
            || (hash.flags | other.flags) & FRACTION != 0
            || rounded(hash)
            || rounded(other);
    };
    let all = if code < 0x50 {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    let most = match hash.kind {
        Kind::Masked => hash.constant,
        Kind::ShiftRight => all >> hash.amount.min(63),
        Kind::Opaque if hash.flags & NARROW != 0 => 0xff,
        Kind::Opaque => all,
        // What is reduced modulo such an order, or is to be.
        Kind::Sum | Kind::ShiftLeft => return all - limit.min(all) < all >> 34,
        Kind::Offset if is_stepped(hash) => return true,
        Kind::Offset if hash.constant.abs_diff(limit) < LENGTH => return limit < all >> 34,
        _ => return false,
    };
    let seldom = most / RARE;
    if u32::try_from(most).is_ok() {
        // A search asks for what is small.
        return limit > seldom && limit <= most || most > 0xff && limit < LENGTH;
    }
    // Nano asks for what is large. Next to all that there is are the orders of fields and curves.
    (seldom + 1..=most - seldom).contains(&limit)
        || limit < LENGTH
        || most.saturating_sub(limit) < most >> 30
}

/// Whether a few bits are asked whether they are a certain number that is not nought, such as how full a block is.
fn often(bits: &Value, number: &Value) -> bool {
    bits.kind == Kind::Masked && bits.constant <= 0xff && number.constant != 0
}

/// Whether something was just stepped, as a counter is and no hash.
fn is_stepped(value: &Value) -> bool {
    value.kind == Kind::Offset && value.constant != 0 && is_step(value.constant)
}

/// Whether a sum is compared with what was added up: whether that was more than a word holds.
fn carries(sum: &Value, part: &Value) -> bool {
    match sum.kind {
        Kind::Sum => sum.first == part.key || sum.second == part.key,
        Kind::Offset => sum.first == part.key && part.kind != Kind::Constant,
        _ => false,
    }
}

/// What is compared with less than this is the length of a hash or a message.
const LENGTH: u64 = 64;
/// Hits of one in so many hashes are no search's.
const RARE: u64 = 16;
