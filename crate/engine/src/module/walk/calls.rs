//! Calls: what they are given counts as their output from then on.

use super::super::census::{Again, Call, bump};
use super::super::frame::{is_global, is_step};
use super::super::layout::Arity;
use super::super::value::{Kind, LOADED, OUTPUT, PARAMETER, RETURNED, STEPPED, Value};
use super::Walker;
use super::addresses::{LOWEST, is_field, place};
use super::flow::{MOST_TESTS, THROUGH};
use super::regions::Region;
use super::sources::Source;
use super::stacked::Passed;

/// Stands for a function of which nothing is known.
const NOBODY: u32 = u32::MAX;
/// Arguments that are kept of a call.
pub(super) const MOST_GIVEN: usize = 8;
/// Counters that calls in the loops of a function are given, as many as are kept.
const MOST_HANDED: usize = 256;
/// Stands for the place of results in memory, among those that a call is given.
const RESULTS: u8 = 254;
/// How far into what a call is given an address in it counts as given as well.
const HELD: u64 = 32;

/// What a call is given.
struct Given {
    /// Its arguments, the last first, as many as are kept.
    pointers: [Value; MOST_GIVEN],
    count: usize,
    /// What they derive from.
    bits: u64,
    flags: u16,
    /// Where its results lie, if that is in memory.
    passed: Option<Passed>,
}

impl Walker<'_> {
    /// Takes what a call is given.
    #[inline(never)]
    fn arguments(&mut self, arity: Arity) -> Given {
        let mut given = Given {
            pointers: [Value::opaque(0); MOST_GIVEN],
            count: usize::from(arity.parameters),
            bits: 0,
            flags: 0,
            passed: None,
        };
        for index in 0..given.count.min(32) {
            let value = self.state.pop();
            given.bits |= value.locals;
            given.flags |= value.flags;
            if let Some(place) = given.pointers.get_mut(index) {
                *place = value;
            }
        }
        self.state.drop(given.count.saturating_sub(32));
        if (arity.parameters, arity.results) == (1, 1) {
            given.passed = self.passed(&given.pointers[0]);
        }
        if let Some(passed) = &given.passed {
            given.count = passed.words.len();
            for (place, word) in given.pointers.iter_mut().zip(&passed.words) {
                *place = *word;
                given.bits |= word.locals;
            }
        }
        given
    }

    /// A call.
    pub(super) fn call(&mut self, callee: Option<u32>, arity: Arity) {
        let Given {
            pointers,
            count,
            bits,
            flags,
            passed,
        } = self.arguments(arity);
        self.memory = self.memory.wrapping_add(1);
        let last = count.saturating_sub(1);
        let pointers = pointers.get(..count.min(MOST_GIVEN)).unwrap_or_default();
        let number = callee.unwrap_or(NOBODY);
        let imported = self.layout.imported;
        let (before, alike) = self.takes_output(pointers, last, number);
        self.gives(pointers, last, number, before);
        if number >= imported && number < THROUGH {
            self.gives_fields(pointers);
        }
        // The last argument comes first: so many bytes are copied from the second, or the third after a
        // length of its own, to the first.
        let size = |value: &Value| matches!(value.known(), Some(4 | 8));
        if pointers.iter().any(size) {
            match pointers {
                [.., from, length, to] if size(length) => self.carry(to, from),
                [.., from, to] => self.carry(to, from),
                _ => {}
            }
        }
        let source = self.sources.number(Source {
            callee: number,
            position: 255,
            before,
            alike,
        });
        if count == 0 && number >= imported && number < THROUGH {
            self.fixed = source;
        }
        self.hands(pointers, last, number, bits);
        let conditional = self.state.is_conditional();
        if let Some(item) = self.in_loop() {
            bump(&mut item.calls);
            item.tells |= number < imported;
            item.notes |= number < imported && conditional;
            item.out |= number < imported;
        }
        if let Some(callee) = callee {
            self.called(callee);
        }
        if let Some(passed) = &passed {
            let results = self.source(number, RESULTS, before);
            return self.leaves(passed, source, results);
        }
        self.returned(pointers, arity, flags, bits, source);
    }

    /// Notes a call, or those that one through a table may be.
    #[inline(never)]
    fn called(&mut self, callee: u32) {
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

    /// Whose output a call is given, and whether the two things that it may compare are of one kind.
    #[inline(never)]
    fn takes_output(&mut self, pointers: &[Value], last: usize, number: u32) -> (u8, bool) {
        let mut before = 0;
        // Two pointers, with a length of both or one of each.
        let compared = [0, 1 + usize::from(last == 3)];
        let mut whose = [0u8; 2];
        for (position, pointer) in pointers.iter().enumerate() {
            let position = last.saturating_sub(position);
            let place = place(pointer, 0);
            if place.0 == 0 && place.1 < LOWEST {
                continue;
            }
            let origin = self.origin(place.0, place.1);
            self.passes(pointer, origin, position as u8);
            let terms = self.terms(pointer, 0);
            let mut source = 0;
            if let Some(region) = self.region(&terms) {
                // What an object holds was hashed before for whatever reason.
                if before == 0 && !is_field(region.base) {
                    before = region.source;
                }
                // What only lies near by is another variable.
                if region.copied || terms.contains(&(region.base, region.start)) {
                    self.again(&region, position, number);
                    source = region.source;
                }
            } else if pointer.flags & OUTPUT != 0 {
                before = if before == 0 { pointer.source } else { before };
                source = pointer.source;
            }
            if let Some(at) = compared.iter().position(|&at| at == position)
                && let Some(whose) = whose.get_mut(at)
            {
                *whose = source;
            }
        }
        let [one, other] = whose.map(|source| self.sources.of(source));
        let left = |source: Source| (source.callee, source.position);
        let alike = one.is_some() && one.map(left) == other.map(left);
        (before, alike)
    }

    /// What a call returns.
    #[inline(never)]
    fn returned(&mut self, pointers: &[Value], arity: Arity, flags: u16, bits: u64, source: u8) {
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

    /// What a call is given an address of counts as its output from then on.
    #[inline(never)]
    fn gives(&mut self, pointers: &[Value], last: usize, number: u32, before: u8) {
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
    }

    /// What a call is given may be a counter, or what the function itself was given.
    #[inline(never)]
    fn hands(&mut self, pointers: &[Value], last: usize, callee: u32, bits: u64) {
        let around = self.open.last().map(|open| open.index);
        if callee >= THROUGH || pointers.len() <= last {
            // Nothing is known of who reads it.
            if let Some(open) = self.open.last_mut() {
                open.stored |= bits;
            }
            return;
        }
        for (position, pointer) in pointers.iter().enumerate() {
            let position = last.saturating_sub(position) as u8;
            if let Some(around) = around
                && pointer.locals != 0
                && self.handed.len() < MOST_HANDED
            {
                self.handed.push((around, callee, position, pointer.locals));
            }
            // Also one that was put into the frame meanwhile.
            let steps = pointer.kind == Kind::Offset
                && is_step(pointer.constant)
                && pointer.locals != 0
                && !is_global(pointer.first);
            self.straight.recurs |= steps && callee == self.function;
            if pointer.flags & PARAMETER != 0
                && pointer.locals != 0
                && self.gathered.passes.len() < MOST_TESTS
            {
                let function = self.gathered.functions.len() as u32;
                self.gathered
                    .passes
                    .push((function, callee, position, pointer.locals));
            }
        }
    }

    /// What one call left is given to another.
    #[inline(never)]
    fn again(&mut self, region: &Region, position: usize, second: u32) {
        let Some(first) = self.sources.of(region.source) else {
            return;
        };
        // Or what a stacked function had copied from where the call left it.
        let copies = self.layout.arity(first.callee);
        let from = if first.callee == second {
            Some(first)
        } else if self.stacked.is_there() && (copies.parameters, copies.results) == (3, 0) {
            self.sources.of(first.before)
        } else {
            None
        };
        let again = |from: &Source| from.callee == second && usize::from(from.position) != position;
        let Some(first) = from.filter(again) else {
            return;
        };
        let new = Again {
            first: first.callee,
            second,
        };
        let agains = &mut self.gathered.agains;
        if agains.len() < MOST_TESTS && !agains.iter().rev().take(16).any(|known| *known == new) {
            agains.push(new);
        }
    }
}
