//! The state of a function while it is walked: operands, locals, open blocks.

use super::value::{Kind, LOADED, NARROW, OUTPUT, PARAMETER, RETURNED, Value, ZEROS, number};

/// Operands kept; deeper ones are counted only.
const MOST_OPERANDS: usize = 8192;
/// Constants above this are believed to stay when a block or loop begins: counters start small.
const WIDE: u64 = 0xffff;

/// A block, loop, `if`, `try` or the body itself.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Operands below it.
    pub(super) height: usize,
    /// Operands it leaves.
    pub(super) results: usize,
    /// Where the log of assignments stood when it began.
    pub(super) log: usize,
    /// Whether several paths meet at its end.
    pub(super) joins: bool,
    /// Whether it is a loop.
    pub(super) is_loop: bool,
}

#[derive(Clone, Copy)]
struct Local {
    value: Value,
    /// The loop count at which it was set.
    epoch: u32,
    /// Counts the times it was set or became uncertain.
    serial: u32,
    /// The number it was last given when it was read without being known.
    read: u32,
    /// The function it belongs to.
    owner: u32,
    stale: bool,
}

/// See the file's head.
pub(super) struct State {
    operands: Vec<Value>,
    height: usize,
    locals: Vec<Local>,
    log: Vec<u32>,
    /// The open blocks.
    pub(super) frames: Vec<Frame>,
    epoch: u32,
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
            log: Vec::new(),
            frames: Vec::new(),
            epoch: 0,
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
        self.frames.clear();
        self.epoch += 1;
        self.owner += 1;
        self.parameters = parameters;
        self.fresh = 0;
        self.frames.push(Frame {
            height: 0,
            results,
            log: 0,
            joins: true,
            is_loop: false,
        });
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
    pub(super) fn open(&mut self, parameters: usize, results: usize, is_loop: bool, joins: bool) {
        let floor = self.frames.last().map_or(0, |frame| frame.height);
        let height = self.height.saturating_sub(parameters).max(floor);
        if is_loop {
            self.epoch += 1;
        }
        self.frames.push(Frame {
            height,
            results,
            log: self.log.len(),
            joins,
            is_loop,
        });
    }

    /// Passes from one branch of the innermost block to the next (`else`, `catch`).
    pub(super) fn turn(&mut self) {
        if let Some(frame) = self.frames.last().copied() {
            self.forget(frame.log);
            self.height = frame.height;
        }
    }

    /// Closes the innermost block.
    pub(super) fn close(&mut self) -> Option<Frame> {
        let frame = self.frames.pop()?;
        if frame.joins && !self.frames.is_empty() {
            self.forget(frame.log);
        }
        let top = (self.height == frame.height + frame.results)
            .then(|| self.operands.get(self.height.wrapping_sub(1)).copied())
            .flatten();
        self.height = frame.height;
        match top {
            Some(value) if frame.results == 1 && !frame.joins => self.push(value),
            Some(value) if frame.results == 1 => {
                let key = self.fresh();
                self.push(value.with(&value, key));
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

    /// Marks the target of a branch; tells how many loops the branch stays within or leaves.
    pub(super) fn branch(&mut self, depth: u32) -> bool {
        let Some(index) = self.frames.len().checked_sub(1 + depth as usize) else {
            return true;
        };
        let leaves = self
            .frames
            .get(index + 1..)
            .is_some_and(|inner| inner.iter().rev().take(64).any(|frame| frame.is_loop));
        if let Some(frame) = self.frames.get_mut(index)
            && !frame.is_loop
        {
            frame.joins = true;
        }
        leaves
    }

    fn forget(&mut self, from: usize) {
        let Self { log, locals, .. } = self;
        for index in log.drain(from.min(log.len())..) {
            if let Some(local) = locals.get_mut(index as usize) {
                local.stale = true;
                local.serial = local.serial.wrapping_add(0x1_0001);
            }
        }
    }

    fn local(&mut self, index: u32) -> Option<&mut Local> {
        let position = index as usize;
        if position >= self.locals.len() {
            if position > 70_000 {
                return None;
            }
            let empty = Local {
                value: Value::opaque(0),
                epoch: 0,
                serial: 0,
                read: 0,
                owner: 0,
                stale: true,
            };
            self.locals.resize(position + 1, empty);
        }
        let owner = self.owner;
        let parameter = index < self.parameters;
        let local = self.locals.get_mut(position)?;
        if local.owner != owner {
            *local = Local {
                value: Value::opaque(0),
                epoch: 0,
                serial: 0,
                read: 0,
                owner,
                stale: true,
            };
            if parameter {
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
        if (!local.stale && local.epoch == epoch)
            || (old.kind == Kind::Constant && old.constant > WIDE)
        {
            return old;
        }
        let key = number(0x4c, index, local.serial);
        local.read = key;
        let mut value = Value::opaque(key);
        value.flags = old.flags & (LOADED | OUTPUT | PARAMETER | RETURNED | ZEROS | NARROW);
        value.level = old.level;
        value.locals = 1 << (index % 32);
        value
    }

    /// Sets a local; tells whether that steps a counter.
    pub(super) fn set(&mut self, index: u32, value: Value) -> bool {
        let epoch = self.epoch;
        let Some(local) = self.local(index) else {
            return false;
        };
        let stepped = value.kind == Kind::Offset
            && value.first == local.read
            && local.read != 0
            && is_step(value.constant);
        local.value = value;
        local.epoch = epoch;
        local.stale = false;
        local.serial = local.serial.wrapping_add(1);
        self.log.push(index);
        stepped
    }
}

/// Whether a counter could be stepped by this: small, up or down, in 32 or 64 bits.
pub(super) fn is_step(constant: u64) -> bool {
    constant <= 64 || constant >= u64::MAX - 64 || (0xffff_ffc0..=0xffff_ffff).contains(&constant)
}
