//! Blocks, loops and branches.

use super::super::census::{Loop, bump};
use super::super::frame::bit;
use super::super::kernels::{Kernels, shapes};
use super::super::layout::{Arity, value_type};
use super::super::reader::Reader;
use super::super::value::{LOADED, OUTPUT, RETURNED, Value};
use super::flow::MOST_TESTS;
use super::{MIXED, Open, Walker, Wander};

/// Loops of a function that have ended, as many as are kept.
const MOST_ENDED: usize = 64;

/// Whether a condition is a word that calls left in memory, or some of its bits, and no outcome of a comparison.
pub(super) fn is_word(condition: &Value) -> bool {
    condition.flags & (OUTPUT | LOADED) == OUTPUT | LOADED && condition.source != 0
}

impl Walker<'_> {
    pub(super) fn block_type(&self, reader: &mut Reader<'_>) -> Option<Arity> {
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

    #[inline(never)]
    pub(super) fn open_block(&mut self, reader: &mut Reader<'_>, joins: bool) -> Option<()> {
        let arity = self.block_type(reader)?;
        self.state.open(
            usize::from(arity.parameters),
            usize::from(arity.results),
            false,
            joins,
        );
        Some(())
    }

    #[inline(never)]
    pub(super) fn open_loop(&mut self, reader: &mut Reader<'_>, offset: u32) -> Option<()> {
        let arity = self.block_type(reader)?;
        self.state.open(
            usize::from(arity.parameters),
            usize::from(arity.results),
            true,
            false,
        );
        if !self.dispatches(*reader) {
            self.begin_loop(offset, self.state.frames.len(), u32::MAX);
        }
        Some(())
    }

    /// A loop begins: see [`Open`] for where it ends.
    #[inline(never)]
    pub(super) fn begin_loop(&mut self, offset: u32, depth: usize, until: u32) {
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
            depth,
            until,
            stored: 0,
            stepped: 0,
            indexes: 0,
            mixed: 0,
            written_memory: false,
            stepped_memory: 0,
            noted: [0, 0],
            summed: 0,
            spread: 0,
            raised: 0,
            watched: 0,
            few: 0,
            unsure: 0,
            most: 0,
            batch: 0,
            recent: (0, 0),
            always: u64::MAX,
            backs: [0, 0],
            anew: 0,
            others: 0,
            out: 0,
            rotations: self.rotations,
            scratch: self.scratch,
            mixes: self.mixes(),
            wander: Wander::default(),
        });
        if self.marks.len() < 32 {
            self.marks.push((self.census.clone(), index));
        }
    }

    #[inline(never)]
    pub(super) fn close_loop(&mut self, open: Open) {
        let rotations = self.rotations - open.rotations;
        let scratch = self.scratch - open.scratch;
        if rotations > 0 {
            self.state.rounds(MIXED);
        }
        self.looked_up(open.index, open.stepped);
        let kernels = self.kernels_of(&open);
        // What is stepped by a variable is a counter where it goes somewhere.
        let summed = open.summed & open.spread;
        let stepped_memory = open.stepped_memory | summed;
        let places = self.places([open.stepped, open.stepped_memory]);
        let wanders = self.wanders(&open);
        let mut copy = Loop::default();
        let counters = open.stepped & !(open.indexes & !open.others);
        let sure = open.written_memory || summed != 0;
        if !sure {
            self.counters_given(open.index, counters, open.others);
        }
        if let Some(item) = self.gathered.loops.get_mut(open.index as usize) {
            item.rotations = rotations;
            item.scratch = scratch.min(u32::from(u16::MAX)) as u16;
            item.nonce |= sure;
            item.counted = (open.stored | open.mixed) & counters;
            item.out |= open.out & counters != 0 || stepped_memory != 0 || open.written_memory;
            item.until |= open.raised & open.watched != 0;
            item.kernels = item.kernels.union(kernels);
            item.places = places;
            // What is stepped and compared wherever the loop is begun again is stepped at every turn.
            let unsure = if open.backs[0] == open.backs[1] {
                0
            } else {
                open.unsure & !open.always
            };
            if open.few & open.stepped & !unsure != 0 {
                item.few = open.most;
            }
            item.tells |= (open.noted[0] & open.stepped) | (open.noted[1] & stepped_memory) != 0;
            copy = *item;
        }
        if self.ended.len() < MOST_ENDED {
            self.ended.push((open.index, counters));
        }
        if wanders && copy.calls == 0 {
            let walks = &mut self.gathered.memory_walks;
            if walks.0 == 0 {
                (walks.1, walks.2) = (self.function, copy.offset);
            }
            walks.0 += 1;
        }
        self.tell_outer(&open, &copy);
    }

    /// The kernels whose shape a loop has.
    #[inline(never)]
    fn kernels_of(&mut self, open: &Open) -> Kernels {
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
        kernels
    }

    /// What holds for a loop holds for the one around it.
    #[inline(never)]
    fn tell_outer(&mut self, open: &Open, copy: &Loop) {
        if let Some(outer) = self.open.last_mut() {
            outer.wander.outer = true;
            outer.batch = copy.few;
            outer.stored |= open.stored;
            outer.indexes |= open.indexes & !open.others;
            outer.others |= open.others;
            outer.out |= open.out;
            outer.stepped |= open.stepped & !outer.anew;
            outer.mixed |= open.mixed;
            outer.written_memory |= open.written_memory;
            outer.noted[0] |= open.noted[0];
            outer.noted[1] |= open.noted[1];
            outer.summed |= open.summed;
            outer.spread |= open.spread;
            outer.raised |= open.raised;
        }
        if let Some(parent) = copy
            .parent
            .checked_sub(1)
            .and_then(|index| self.gathered.loops.get_mut(index as usize))
        {
            parent.compared = parent.compared.saturating_add(copy.compared);
            parent.asked = parent.asked.saturating_add(copy.asked);
            parent.calls = parent.calls.saturating_add(copy.calls);
            parent.tells |= copy.tells;
            parent.notes |= copy.notes;
            parent.exits = parent.exits.saturating_add(copy.exits);
        }
    }

    /// Which calls in a loop are given its counters.
    #[inline(never)]
    fn counters_given(&mut self, index: u32, counters: u64, others: u64) {
        for &(within, callee, position, bits) in &self.handed {
            let bits = bits & counters;
            let handed = (index, callee, position, [bits, bits & others]);
            let list = &mut self.gathered.handed;
            if within >= index
                && bits != 0
                && list.len() < MOST_TESTS
                && list.last() != Some(&handed)
            {
                list.push(handed);
            }
        }
    }

    /// A loop is left with a value.
    pub(super) fn carries_out(&mut self) {
        if let Some(open) = self.open.last_mut()
            && let Some(value) = self.state.top()
        {
            open.out |= value.locals;
        }
    }

    /// A local or a slot of the frame is read: the counter of a loop that has ended is known outside it.
    #[inline(never)]
    pub(super) fn reads_after(&mut self, index: u32) {
        let bit = bit(index);
        for (ended, counters) in &mut self.ended {
            if *counters & bit != 0
                && let Some(item) = self.gathered.loops.get_mut(*ended as usize)
            {
                item.out = true;
                *counters = 0;
            }
        }
    }

    #[inline(never)]
    fn mixes(&self) -> u32 {
        let (xor, mul) = (&self.census.xor, &self.census.mul);
        xor.iter().chain(mul).map(|&count| u32::from(count)).sum()
    }

    /// Whether a loop does nothing but walk about in a large area, where each step is given by what was
    /// found there: it reads nothing else, decides nothing, and writes what it found back.
    #[inline(never)]
    fn wanders(&self, open: &Open) -> bool {
        let wander = &open.wander;
        wander.far.iter().all(|&count| count > 0)
            && wander.locals & open.stepped == 0
            && wander.near == 0
            && wander.branches <= 2
            && !wander.outer
            && self.mixes() - open.mixes >= 3
    }

    pub(super) fn in_loop(&mut self) -> Option<&mut Loop> {
        let index = self.open.last()?.index;
        self.gathered.loops.get_mut(index as usize)
    }

    /// Locals, or slots of the frame, are stepped.
    #[inline(never)]
    pub(super) fn steps(&mut self, stepped: u64) {
        if stepped == 0 {
            return;
        }
        let conditional = self.state.is_conditional();
        let depth = self.state.frames.len();
        if let Some(open) = self.open.last_mut() {
            open.stepped |= stepped;
            open.unsure |= if conditional { stepped } else { 0 };
            let before = if open.recent.1 == depth {
                open.recent.0
            } else {
                0
            };
            open.recent = (before | stepped, depth);
        }
    }

    #[inline(never)]
    pub(super) fn end(&mut self) {
        let depth = self.state.frames.len();
        if let Some(open) = self.open.last_mut()
            && open.recent.1 == depth
        {
            open.recent = (0, 0);
        }
        if let Some(open) = self.open.last().copied()
            && open.depth == depth
        {
            self.open.pop();
            self.close_loop(open);
        }
        self.dispatched(depth);
        if let Some(frame) = self.state.close()
            && frame.joins
        {
            self.serial = self.serial.wrapping_add(1);
        }
    }

    #[inline(never)]
    pub(super) fn condition(&mut self, value: &Value) {
        // Bits of a hash that should all be nought are asked for without a comparison as well.
        if value.flags & RETURNED != 0 || is_word(value) {
            let test = self.gathered.tests.len();
            self.test(value, 2, false);
            if self.gathered.tests.len() > test {
                self.asks(value, &Value::constant(0), test, false);
            }
        }
        if value.flags & RETURNED != 0
            && let Some(item) = self.in_loop()
        {
            bump(&mut item.asked);
        }
    }

    /// A loop that goes on as long as a hash is not as it should be is left once it is.
    #[inline(never)]
    pub(super) fn repeated(&mut self, depth: u32, condition: &Value) {
        let frame = self.state.frames.len().checked_sub(depth as usize);
        let place = if condition.key == self.inquired.0 {
            Some(self.inquired.1)
        } else {
            self.place_of(condition.key)
        };
        let decided =
            condition.key == self.decided || condition.key == self.nonzero.1 || is_word(condition);
        if condition.key == self.few.key
            && let Some(open) = self.open.last_mut()
            && frame.is_some_and(|frame| frame <= open.depth)
        {
            open.limited(&self.few);
            if self.few.stepped && frame == Some(open.depth) {
                bump(&mut open.backs[1]);
            }
        }
        let mut around = self.open.iter_mut().rev();
        let Some(open) = around.find(|open| Some(open.depth) == frame) else {
            return;
        };
        open.watched |= place.map_or(0, bit);
        if decided && let Some(item) = self.gathered.loops.get_mut(open.index as usize) {
            item.until = true;
        }
    }

    #[inline(never)]
    pub(super) fn branch(&mut self, depth: u32) {
        let frames = self.state.frames.len();
        let target = frames.checked_sub(depth as usize);
        if let Some(open) = self.open.last_mut() {
            bump(&mut open.wander.branches);
            if target == Some(open.depth) {
                bump(&mut open.backs[0]);
                let here = open.recent.1 == frames;
                open.always &= if here { open.recent.0 } else { 0 };
            }
        }
        let leaves = self.state.branch(depth);
        let frame = self.state.frames.len().checked_sub(depth as usize + 1);
        let leaves = frame
            .and_then(|frame| self.goes_on(frame))
            .unwrap_or(leaves);
        if leaves && let Some(item) = self.in_loop() {
            bump(&mut item.exits);
            self.carries_out();
        }
    }
}
