//! Code that keeps its place in a number: a loop around a table of branches, whose cases put the
//! number of the next case into a local and begin anew. Go compiles every function so, and so does
//! what flattens control flow. The loops of such code are ranges of cases that branch back to an
//! earlier one. Limits: the number must be a constant wherever the loop begins anew; what computes
//! it is taken for a loop like any other. No more is read ahead in all than twice the module.

use super::super::operator::{self, Nesting};
use super::super::reader::Reader;
use super::Walker;
use crate::order::sort;

/// Cases that are told apart.
const MOST_CASES: usize = 4096;
/// Loops of one function that are told apart.
const MOST_LOOPS: usize = 256;

/// The code that is being walked, from the branch by table on.
#[derive(Default)]
pub(super) struct Dispatch {
    /// How many blocks are open within its loop; 0 where there is none.
    depth: usize,
    /// The local that holds the number.
    local: u32,
    /// Where each number leads; nowhere is out of the loop.
    places: Vec<Option<u32>>,
    /// The loops: where they begin and end.
    loops: Vec<(u32, u32)>,
    next: usize,
    /// Whether the branch by table was met.
    parted: bool,
    /// Where the next of them begins or ends.
    at: u32,
}

impl Dispatch {
    /// None.
    pub(super) fn none() -> Self {
        Self {
            at: u32::MAX,
            ..Self::default()
        }
    }

    /// Whether code is walked that keeps its place in a number.
    pub(super) fn is_there(&self) -> bool {
        self.depth != 0
    }

    fn place(&self, number: u64) -> Option<u32> {
        let last = self.places.len().checked_sub(1)?;
        let number = usize::try_from(number).map_or(last, |number| number.min(last));
        self.places.get(number).copied().flatten()
    }
}

impl Walker<'_> {
    /// Begins what keeps its place in a number; whether the loop that was just opened does.
    #[inline(never)]
    pub(super) fn dispatches(&mut self, reader: Reader<'_>) -> bool {
        let depth = self.state.frames.len();
        if self.dispatch.depth != 0 || self.ahead == 0 {
            return false;
        }
        let mut ahead = reader;
        let found = read(&mut ahead);
        self.ahead = self.ahead.saturating_sub(reader.left() - ahead.left());
        let Some(mut found) = found else {
            return false;
        };
        found.depth = depth;
        self.dispatch = found;
        self.schedule();
        true
    }

    /// The branch by table: what is open within the loop that dispatches ends where cases begin.
    pub(super) fn parts_cases(&mut self) {
        if self.dispatch.depth != 0 && !self.dispatch.parted {
            self.dispatch.parted = true;
            self.state.cases(self.dispatch.depth);
        }
    }

    /// Loops that begin or end at this place do.
    #[inline]
    pub(super) fn arrive(&mut self, offset: usize) {
        if offset as u32 >= self.dispatch.at {
            self.arrived(offset as u32);
        }
    }

    #[inline(never)]
    fn arrived(&mut self, offset: u32) {
        while let Some(open) = self.open.last().copied()
            && open.until <= offset
        {
            self.open.pop();
            self.close_loop(open);
        }
        while let Some(&(start, end)) = self.dispatch.loops.get(self.dispatch.next)
            && start <= offset
        {
            self.dispatch.next += 1;
            self.state.again();
            self.begin_loop(start, usize::MAX, end);
        }
        self.schedule();
    }

    fn schedule(&mut self) {
        let begins = self.dispatch.loops.get(self.dispatch.next);
        let begins = begins.map_or(u32::MAX, |item| item.0);
        let ends = self.open.last().map_or(u32::MAX, |open| open.until);
        self.dispatch.at = begins.min(ends);
    }

    /// The loop that dispatches ends.
    pub(super) fn dispatched(&mut self, depth: usize) {
        if depth == self.dispatch.depth {
            self.arrived(u32::MAX - 1);
            self.dispatch = Dispatch::none();
        } else if self.dispatch.depth != 0 {
            self.schedule();
        }
    }

    /// Whether a branch to the frame with this index goes on with another case; and then whether that is
    /// out of the innermost loop.
    pub(super) fn goes_on(&mut self, frame: usize) -> Option<bool> {
        if frame + 1 != self.dispatch.depth {
            return None;
        }
        let open = self.open.last()?;
        if open.depth != usize::MAX {
            return Some(open.depth > self.dispatch.depth);
        }
        let number = self.state.get(self.dispatch.local).known();
        let place = number.and_then(|number| self.dispatch.place(number));
        let start = self.gathered.loops.get(open.index as usize)?.offset;
        Some(place.is_none_or(|place| !(start..open.until).contains(&place)))
    }
}

/// Reads a loop that dispatches; the reader stands behind its type.
fn read(reader: &mut Reader<'_>) -> Option<Dispatch> {
    let mut blocks = 0usize;
    while reader.peek() == Some(0x02) {
        reader.byte()?;
        if reader.byte()? != 0x40 {
            return None;
        }
        blocks += 1;
    }
    if !(2..=MOST_CASES).contains(&blocks) || reader.byte()? != 0x20 {
        return None;
    }
    let local = reader.number()?;
    if reader.byte()? != 0x0e {
        return None;
    }
    let count = reader.number()? as usize;
    if count > MOST_CASES {
        return None;
    }
    let mut labels = Vec::new();
    for _ in 0..=count {
        labels.push(reader.number()? as usize);
    }
    // Where the cases begin, and the branches back to the table: the number, and the place after it.
    let mut cases = Vec::new();
    let mut branches: Vec<(u64, u32)> = Vec::new();
    let mut depth = blocks;
    let mut left = blocks;
    let mut number = None;
    loop {
        let code = reader.byte()?;
        match code {
            0x0b if depth == 0 => break,
            0x0b => {
                if depth == left {
                    left -= 1;
                    number = None;
                    cases.push(reader.position() as u32);
                }
                depth -= 1;
            }
            0x41 => {
                let value = reader.signed()?.cast_unsigned() & 0xffff_ffff;
                let mut ahead = *reader;
                if matches!(ahead.byte()?, 0x21 | 0x22) && ahead.u32()? == local {
                    *reader = ahead;
                    number = Some(value);
                }
            }
            0x21 | 0x22 => {
                if reader.number()? == local {
                    number = None;
                }
            }
            0x0c | 0x0d => {
                if reader.number()? as usize == depth {
                    branches.push((number?, reader.position() as u32));
                }
            }
            0x0e => {
                for _ in 0..=reader.number()? {
                    if reader.number()? as usize == depth {
                        return None;
                    }
                }
            }
            _ => match operator::skip_apart(code, reader)? {
                Nesting::Block | Nesting::Loop => depth += 1,
                Nesting::End => depth = depth.checked_sub(1)?,
                Nesting::Flat => {}
            },
        }
    }
    let places = labels.iter().map(|&label| cases.get(label).copied());
    let mut found = Dispatch {
        local,
        places: places.collect(),
        ..Dispatch::none()
    };
    for (number, end) in branches {
        if let Some(start) = found.place(number).filter(|&start| start < end) {
            if let Some(known) = found.loops.iter_mut().find(|item| item.0 == start) {
                known.1 = known.1.max(end);
            } else if found.loops.len() < MOST_LOOPS {
                found.loops.push((start, end));
            } else {
                return None;
            }
        }
    }
    nest(&mut found.loops);
    Some(found)
}

/// Sorts loops, and lets those that begin within another end within it.
fn nest(loops: &mut [(u32, u32)]) {
    sort(loops, |one, other| one < other);
    for outer in (0..loops.len()).rev() {
        let (_, mut end) = loops.get(outer).copied().unwrap_or_default();
        for &(start, other) in loops.get(outer + 1..).unwrap_or_default() {
            if start < end {
                end = end.max(other);
            }
        }
        if let Some(item) = loops.get_mut(outer) {
            item.1 = end;
        }
    }
}
