//! The state of a function while it is walked: operands, locals, open blocks.

use super::value::{
    DIFFERENCE, FRACTION, Kind, LOADED, NARROW, OUTPUT, PARAMETER, RETURNED, SWAPPED, Value, ZEROS,
    number,
};

/// Operands kept; deeper ones are counted only.
const MOST_OPERANDS: usize = 8192;
/// Constants like these are believed to stay when a block or loop begins: counters start small, and the
/// state of a hash begins as words that are larger than addresses and masks.
const LASTING: std::ops::Range<u64> = 0x1_0000..0x1000_0000;

/// Assignments in a loop that are looked at for what is handed on from turn to turn.
const MOST_HANDED: usize = 64;
/// Words of the state of a hash, which change places from round to round, as many as are followed.
const MOST_ROUNDS: usize = 16;
/// What locals held before branches set them, as much as is kept.
const MOST_HELD: usize = 4096;

/// A block, loop, `if`, `try` or the body itself.
#[allow(clippy::struct_excessive_bools)] // Each is seen by itself.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Operands below it.
    pub(super) height: usize,
    /// Operands it leaves.
    pub(super) results: usize,
    /// Where the log of assignments stood when it began.
    pub(super) log: usize,
    /// Whether it has two branches; where the list of what locals held stood before them, and the loop count.
    forks: bool,
    held: usize,
    epoch: u32,
    /// Where the list of what its first branch has set begins.
    first: usize,
    /// Whether several paths meet at its end.
    pub(super) joins: bool,
    /// Whether it is a loop.
    pub(super) is_loop: bool,
    /// Whether it ends where a case of code begins that keeps its place in a number.
    pub(super) is_case: bool,
    /// What branches to its end bring along: flags and source.
    pub(super) brought: (u16, u8),
}

#[derive(Clone, Copy)]
struct Local {
    value: Value,
    /// The loop count at which it was set.
    epoch: u32,
    /// When it was last set or became uncertain.
    serial: u32,
    /// The number it was last given when it was read without being known.
    read: u32,
    /// The same, of what it held when the innermost loop began, and how deeply that was mixed.
    begun: (u32, u8),
    /// The function it belongs to.
    owner: u32,
    /// What it held before: flags and source of output.
    before: (u16, u8),
    /// When it was set, for a slot of the frame.
    time: u32,
    stale: bool,
}

/// Indices from here on are the locals of a function that is walked in the place of its call.
pub(super) const INNER: u32 = 1 << 21;
/// Indices from here on are slots of the stack frame in memory, not locals.
const SLOTS: u32 = 1 << 20;
/// Slots kept; others share their places.
const MOST_SLOTS: u32 = 1 << 10;

/// The number of the value of a global, which may point to the stack frame.
pub(super) fn global(index: u32, version: u32) -> u32 {
    0xf0f0_0000 | (index & 0xff) << 8 | version & 0xff
}

/// Whether a value's number is that of a global.
pub(super) fn is_global(key: u32) -> bool {
    key & 0xffff_0000 == 0xf0f0_0000
}

/// The slot of the frame at `base + offset`.
pub(super) fn slot(base: u32, offset: u64) -> u32 {
    SLOTS | ((offset as u32).wrapping_add(base.wrapping_mul(0x9e5)) & (MOST_SLOTS - 1))
}

/// See the file's head.
pub(super) struct State {
    operands: Vec<Value>,
    height: usize,
    locals: Vec<Local>,
    slots: Vec<Local>,
    inner: Vec<Local>,
    log: Vec<u32>,
    /// What locals held before the first branch of an open block set them.
    held: Vec<(u32, Local)>,
    /// What they held at the end of that branch, with when they were set to what they held before.
    first: Vec<(u32, Local, u32)>,
    /// How many open blocks have two branches.
    forks: usize,
    /// The open blocks.
    pub(super) frames: Vec<Frame>,
    epoch: u32,
    /// Counts what makes locals another value, or uncertain.
    clock: u32,
    owner: u32,
    parameters: u32,
    fresh: u32,
}

impl State {
    /// An empty state.
    pub(super) fn new() -> Self {
        Self {
            operands: Vec::new(),
            height: 0,
            locals: Vec::new(),
            slots: Vec::new(),
            inner: Vec::new(),
            log: Vec::new(),
            held: Vec::new(),
            first: Vec::new(),
            forks: 0,
            frames: Vec::new(),
            epoch: 0,
            clock: 0,
            owner: 0,
            parameters: 0,
            fresh: 0,
        }
    }

    /// Begins a function.
    pub(super) fn begin(&mut self, parameters: u32, results: usize) {
        self.operands.clear();
        self.height = 0;
        self.log.clear();
        self.held.clear();
        self.first.clear();
        self.forks = 0;
        self.frames.clear();
        self.clock = 0;
        self.epoch += 1;
        self.owner += 1;
        self.parameters = parameters;
        self.fresh = 0;
        self.frames.push(Frame {
            height: 0,
            results,
            log: 0,
            forks: false,
            held: 0,
            first: 0,
            epoch: self.epoch,
            joins: true,
            is_loop: false,
            is_case: false,
            brought: (0, 0),
        });
    }

    /// A loop begins that is no block.
    pub(super) fn again(&mut self) {
        self.epoch += 1;
    }

    /// The open blocks from this one on end where cases begin.
    pub(super) fn cases(&mut self, from: usize) {
        for frame in self.frames.get_mut(from..).unwrap_or_default() {
            frame.is_case = true;
        }
    }

    /// A number that nothing else has in this function.
    #[inline]
    pub(super) fn fresh(&mut self) -> u32 {
        self.fresh = self.fresh.wrapping_add(1);
        number(0x51, self.fresh, 7)
    }

    /// An operand of which nothing is known.
    #[inline]
    pub(super) fn unknown(&mut self) -> Value {
        Value::opaque(self.fresh())
    }

    /// Pushes an operand.
    #[inline]
    pub(super) fn push(&mut self, value: Value) {
        if self.height == self.operands.len() && self.height < MOST_OPERANDS {
            self.operands.push(value);
        } else if let Some(place) = self.operands.get_mut(self.height) {
            *place = value;
        }
        self.height += 1;
    }

    /// Takes an operand; below the block's own there are only unknown ones.
    #[inline]
    pub(super) fn pop(&mut self) -> Value {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        if self.height <= floor {
            return self.unknown();
        }
        self.height -= 1;
        if let Some(value) = self.operands.get(self.height) {
            *value
        } else {
            self.unknown()
        }
    }

    /// The topmost operand of the innermost block.
    pub(super) fn top(&self) -> Option<Value> {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        let top = self.height.checked_sub(1).filter(|&top| top >= floor)?;
        self.operands.get(top).copied()
    }

    /// Drops `count` operands.
    pub(super) fn drop(&mut self, count: usize) {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        self.height = self.height.saturating_sub(count).max(floor);
    }

    /// Pushes `count` operands of which nothing is known.
    pub(super) fn push_unknown(&mut self, count: usize) {
        for _ in 0..count.min(1024) {
            let value = self.unknown();
            self.push(value);
        }
    }

    /// Opens a block that takes `parameters` operands and leaves `results`.
    #[inline(never)]
    pub(super) fn open(&mut self, parameters: usize, results: usize, is_loop: bool, joins: bool) {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        let height = self.height.saturating_sub(parameters).max(floor);
        if is_loop {
            self.epoch += 1;
        }
        self.forks += usize::from(joins);
        self.frames.push(Frame {
            height,
            results,
            log: self.log.len(),
            forks: joins,
            held: self.held.len(),
            first: self.first.len(),
            epoch: self.epoch,
            joins,
            is_loop,
            is_case: false,
            brought: (0, 0),
        });
    }

    /// Opens the body of a function that is walked in the place of its call.
    #[inline(never)]
    pub(super) fn open_body(&mut self, arguments: &[Value], locals: u32, results: usize) {
        let count = arguments.len() as u32;
        for (index, argument) in arguments.iter().enumerate() {
            self.set(INNER + index as u32, *argument);
        }
        for index in count..count + locals {
            self.set(INNER + index, Value::constant(0));
        }
        self.open(0, results, false, false);
    }

    /// Closes blocks down to this many; the body's results stand in their place.
    #[inline(never)]
    pub(super) fn close_body(&mut self, depth: usize, results: usize, returned: Option<Value>) {
        let open = self.frames.len() > depth;
        if let Some(frame) = self.frames.get(depth).filter(|_| open) {
            self.height = frame.height;
        }
        // None of them has two branches.
        self.frames.truncate(depth);
        if open {
            self.push_unknown(results);
        }
        if let Some(value) = returned
            && results == 1
        {
            self.drop(1);
            self.push(value);
        }
    }

    /// Passes from one branch of the innermost block to the next (`catch`).
    #[inline(never)]
    pub(super) fn turn(&mut self) {
        if let Some(frame) = self.frames.last().copied() {
            self.forget(frame.log);
            self.height = frame.height;
        }
    }

    /// Passes to the other branch of the innermost block (`else`), where locals hold what they held before the
    /// first one.
    #[inline(never)]
    pub(super) fn otherwise(&mut self) {
        let Some(frame) = self.frames.last().copied() else {
            return;
        };
        // Where both branches meet, what either has set is not known.
        self.doubt(frame.log);
        self.height = frame.height;
        // The oldest comes last. A block around has use for them as well.
        for at in (frame.held..self.held.len()).rev() {
            if let Some(&(index, held)) = self.held.get(at)
                && let Some(local) = self.local(index)
            {
                let first = core::mem::replace(local, held);
                self.first.push((index, first, held.serial));
            }
        }
        self.epoch = frame.epoch;
    }

    /// The innermost block, which has two branches, and the loop that it fills are no more than blocks from here
    /// on: the loop has ended, and one branch is left.
    #[inline(never)]
    pub(super) fn after_loop(&mut self) {
        self.turn();
        if let [.., around, block] = self.frames.as_mut_slice() {
            let frame = *block;
            (around.is_loop, around.joins) = (false, false);
            (block.joins, block.forks) = (false, false);
            self.joined(frame);
        }
    }

    /// What only the first branch of a block has set is what it has set.
    fn meet(&mut self, frame: &Frame) {
        while self.first.len() > frame.first
            && let Some((index, first, serial)) = self.first.pop()
        {
            if let Some(local) = self.local(index)
                && local.serial == serial
            {
                *local = first;
            }
        }
    }

    /// The branches of a block have met.
    fn joined(&mut self, frame: Frame) {
        self.forks -= usize::from(frame.forks);
        if self.forks == 0 {
            self.held.clear();
        }
    }

    /// Remembers what a local held before the branches of an open block.
    #[inline(never)]
    fn hold(&mut self, index: u32) {
        if self.held.len() < MOST_HELD
            && let Some(local) = self.local(index).copied()
        {
            self.held.push((index, local));
        }
    }

    /// Closes the innermost block.
    #[inline(never)]
    pub(super) fn close(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        if frame.joins && !self.frames.is_empty() {
            self.meet(&frame);
            self.forget(frame.log);
        }
        self.joined(frame);
        if !frame.joins && frame.results > 1 && self.height == frame.height + frame.results {
            return Some(frame);
        }
        let top = (self.height == frame.height + frame.results)
            .then(|| self.operands.get(self.height.wrapping_sub(1)).copied())
            .flatten();
        self.height = frame.height;
        match top {
            Some(value) if frame.results == 1 && !frame.joins => self.push(value),
            Some(value) if frame.results == 1 => {
                let key = self.fresh();
                self.push(brought(value.with(&value, key), frame.brought));
            }
            _ if frame.results == 1 => {
                let value = self.unknown();
                self.push(brought(value, frame.brought));
            }
            _ => self.push_unknown(frame.results),
        }
        Some(frame)
    }

    /// After an operator that does not fall through.
    pub(super) fn unreachable(&mut self) {
        if let Some(frame) = self.frames.last() {
            self.height = frame.height;
        }
    }

    /// Whether what is walked is not done at every turn of the innermost loop.
    pub(super) fn is_conditional(&self) -> bool {
        let inner = self.frames.iter().rev().take(64);
        inner
            .take_while(|frame| !frame.is_loop)
            .any(|frame| frame.joins && !frame.is_case)
    }

    /// Marks the target of a branch; tells how many loops the branch stays within or leaves.
    #[inline(never)]
    pub(super) fn branch(&mut self, depth: u32) -> bool {
        let Some(index) = self.frames.len().checked_sub(1 + depth as usize) else {
            return true;
        };
        // A loop is also left where a block ends within which alone it is begun again.
        let again = self.frames.get(index).is_some_and(|frame| frame.is_loop);
        let leaves = self.frames.get(index + 1..).is_some_and(|inner| {
            let mut inner = inner.iter().rev().take(64);
            inner.any(|frame| frame.is_loop || again && frame.joins)
        });
        let top = self
            .height
            .checked_sub(1)
            .and_then(|top| self.operands.get(top))
            .copied();
        let top = top.unwrap_or(Value::opaque(0));
        if let Some(frame) = self.frames.get_mut(index)
            && !frame.is_loop
        {
            frame.joins = true;
            if frame.results == 1 && top.source != 0 {
                frame.brought = (frame.brought.0 | top.flags & BROUGHT, top.source);
            }
        }
        leaves
    }

    fn forget(&mut self, from: usize) {
        self.doubt(from);
        self.log.truncate(from);
    }

    /// What locals hold that were set since is not known.
    #[inline(never)]
    fn doubt(&mut self, from: usize) {
        let Self {
            log,
            locals,
            slots,
            inner,
            clock,
            ..
        } = self;
        for index in log.iter().skip(from) {
            let list = if index & SLOTS != 0 {
                &mut *slots
            } else if index & INNER != 0 {
                &mut *inner
            } else {
                &mut *locals
            };
            if let Some(local) = list.get_mut((index & (SLOTS - 1)) as usize) {
                local.stale = true;
                *clock = clock.wrapping_add(1);
                local.serial = *clock;
            }
        }
    }

    /// What is handed from local to local at each turn of the innermost block, a loop, is mixed at its end as
    /// deeply as that which it is handed on from: the words of a hash change places in every round.
    #[inline(never)]
    pub(super) fn rounds(&mut self, mixed: u8) {
        let Some(frame) = self.frames.last().filter(|frame| frame.is_loop) else {
            return;
        };
        let set = self.log.get(frame.log..).unwrap_or_default();
        let set: Vec<u32> = set.iter().rev().take(MOST_HANDED).copied().collect();
        // What is mixed a little at every turn is mixed deeply in the end.
        for &index in &set {
            if let Some(local) = self.local(index)
                && local.begun.0 != 0
                && local.value.level > local.begun.1
            {
                local.value.level = local.value.level.max(mixed);
            }
        }
        for _ in 0..MOST_ROUNDS {
            let held: Vec<u32> = set
                .iter()
                .filter_map(|&index| {
                    let local = self.local(index)?;
                    (local.value.level >= mixed && local.begun.0 != 0).then_some(local.begun.0)
                })
                .collect();
            let mut more = false;
            for &index in &set {
                if let Some(local) = self.local(index)
                    && local.value.kind == Kind::Opaque
                    && local.value.level < mixed
                    && held.contains(&local.value.key)
                {
                    local.value.level = mixed;
                    more = true;
                }
            }
            if !more {
                break;
            }
        }
    }

    fn local(&mut self, index: u32) -> Option<&mut Local> {
        let (owner, parameters) = (self.owner, self.parameters);
        let list = if index & SLOTS != 0 {
            &mut self.slots
        } else if index & INNER != 0 {
            &mut self.inner
        } else {
            &mut self.locals
        };
        let position = (index & (SLOTS - 1)) as usize;
        let empty = Local {
            value: Value::opaque(0),
            epoch: 0,
            serial: 0,
            read: 0,
            begun: (0, 0),
            owner: 0,
            before: (0, 0),
            time: 0,
            stale: true,
        };
        if position >= list.len() {
            if position > 70_000 {
                return None;
            }
            list.resize(position + 1, empty);
        }
        let local = list.get_mut(position)?;
        if local.owner != owner {
            *local = Local { owner, ..empty };
            if index < parameters {
                local.value.flags = PARAMETER;
            }
        }
        Some(local)
    }

    /// Reads a local.
    pub(super) fn get(&mut self, index: u32) -> Value {
        let epoch = self.epoch;
        let Some(local) = self.local(index) else {
            return self.unknown();
        };
        let old = local.value;
        let lasting = index & SLOTS == 0
            && match old.kind {
                Kind::Constant => LASTING.contains(&old.constant),
                Kind::Offset => is_global(old.first),
                _ => is_global(old.key),
            };
        if (!local.stale && local.epoch == epoch) || lasting {
            return old;
        }
        let key = number(0x4c, index, local.serial);
        local.read = key;
        if local.epoch != epoch {
            local.begun = (key, old.level);
        }
        let mut value = Value::opaque(key);
        value.flags = old.flags
            & (LOADED
                | OUTPUT
                | PARAMETER
                | RETURNED
                | ZEROS
                | NARROW
                | FRACTION
                | SWAPPED
                | DIFFERENCE);
        value.level = old.level;
        if old.kind == Kind::Constant {
            // Where a pointer begins that is stepped through something with a fixed address.
            value.constant = old.constant;
        } else {
            value.first = old.key;
        }
        value.source = old.source;
        value.locals = old.locals | bit(index);
        brought(value, local.before)
    }

    /// The number that a local was last given when it was read without being known.
    pub(super) fn read(&mut self, index: u32) -> u32 {
        self.local(index).map_or(0, |local| local.read)
    }

    /// Whether a number is that of a local which holds the same since it was read, not being known.
    pub(super) fn is_kept(&self, key: u32) -> bool {
        let lists = [
            (&self.locals, 0),
            (&self.slots, SLOTS),
            (&self.inner, INNER),
        ];
        lists.iter().any(|(list, first)| {
            list.iter().enumerate().any(|(index, local)| {
                local.owner == self.owner
                    && local.read == key
                    && number(0x4c, first + index as u32, local.serial) == key
            })
        })
    }

    /// The constant that a local holds, or that it began as.
    pub(super) fn constant(&mut self, index: u32) -> Option<u64> {
        let value = self.local(index)?.value;
        (value.kind == Kind::Constant).then_some(value.constant)
    }

    /// Sets a local; tells which counters that steps.
    pub(super) fn set(&mut self, index: u32, value: Value) -> u64 {
        // Slots of the frame are memory, of which is known when it was written.
        if self.forks > 0 && index & SLOTS == 0 {
            self.hold(index);
        }
        let epoch = self.epoch;
        self.clock = self.clock.wrapping_add(1);
        let clock = self.clock;
        let Some(local) = self.local(index) else {
            return 0;
        };
        let own = value.first == local.read && local.read != 0;
        let stepped = match value.kind {
            Kind::Offset if own && is_step(value.constant) => bit(index),
            // A copy of the counter is stepped, or it is stepped by a variable.
            Kind::Offset if is_step(value.constant) && value.level == 0 => {
                value.locals | bit(index)
            }
            // Also by shifts of itself, as what draws numbers does.
            Kind::Sum | Kind::Xor if value.level == 0 && value.flags & LOADED == 0 => {
                value.locals & bit(index)
            }
            _ => 0,
        };
        if local.value.source != 0 && local.value.flags & NARROW != 0 {
            local.before = (local.value.flags & BROUGHT, local.value.source);
        }
        local.value = value;
        local.epoch = epoch;
        local.stale = false;
        local.serial = clock;
        self.log.push(index);
        stepped
    }

    /// Sets a slot of the frame; tells which counters that steps.
    pub(super) fn set_slot(&mut self, index: u32, value: Value, time: u32) -> u64 {
        let stepped = self.set(index, value);
        if let Some(local) = self.local(index) {
            local.time = time;
        }
        stepped
    }

    /// Whether a value is what one of the first locals holds, for which this bit stands: a slot of the frame
    /// may have the same one.
    pub(super) fn is_local(&mut self, shared: u64, value: &Value) -> bool {
        value.locals & shared != 0
            && (0..self.locals.len().min(64) as u32)
                .any(|index| bit(index) == shared && self.read(index) == value.key)
    }

    /// Whether a slot of the frame was set to something else than a constant.
    pub(super) fn is_variable(&mut self, index: u32) -> bool {
        let local = self.local(index);
        local.is_some_and(|local| local.time != 0 && local.value.kind != Kind::Constant)
    }

    /// Reads a slot of the frame, where it was set.
    pub(super) fn get_slot(&mut self, index: u32) -> Option<(Value, u32)> {
        let local = self.local(index)?;
        let time = local.time;
        (time != 0).then(|| (self.get(index), time))
    }
}

/// The flags that hold for a value that comes from one of several places.
const BROUGHT: u16 = LOADED | OUTPUT | RETURNED | NARROW | DIFFERENCE;

/// A value with what another path may have brought.
fn brought(mut value: Value, (flags, source): (u16, u8)) -> Value {
    if value.source == 0 && source != 0 {
        value.source = source;
        value.flags |= flags;
    }
    value
}

/// The bit that stands for a local.
pub(super) fn bit(index: u32) -> u64 {
    1 << (index.wrapping_mul(0x9e37_79b9) >> 26)
}

/// Whether a counter could be stepped by this: small, up or down, in 32 or 64 bits.
pub(super) fn is_step(constant: u64) -> bool {
    constant <= 64 || constant >= u64::MAX - 64 || (0xffff_ffc0..=0xffff_ffff).contains(&constant)
}
