//! Loops that hold the rest of the program. What optimises for size puts what follows a loop into one branch of an
//! `if` that fills the loop, and what is done at every turn, with the way back, into the other. The loop ends with
//! the latter, which is walked first, as it runs first. Limits: the rest must not go back itself. No more is
//! read ahead in all than a few times the module.

use super::super::operator::{self, Nesting};
use super::super::reader::Reader;
use super::Walker;

/// How often a module may be read ahead.
pub(super) const TIMES: usize = 4;

/// An `if` that fills a loop.
#[derive(Clone, Copy)]
pub(super) struct Rest {
    /// How many blocks are open within it.
    depth: usize,
    /// Where its first branch begins, where its `else` is, and where its end.
    first: usize,
    between: usize,
    end: usize,
    /// Whether the loop goes on in the second branch.
    turned: bool,
    /// Whether the loop has ended.
    ended: bool,
}

impl Walker<'_> {
    /// An `if` was opened: perhaps one that fills a loop and whose second branch is to be walked first.
    #[inline(never)]
    pub(super) fn holds_rest(&mut self, reader: &mut Reader<'_>) {
        let depth = self.state.frames.len();
        let loops = self.open.last().map(|open| open.depth);
        let fills = loops.is_some() && loops == depth.checked_sub(1);
        if !fills || self.dispatch.is_there() || self.rest_ahead == 0 {
            return;
        }
        let mut ahead = *reader;
        let found = read(&mut ahead);
        self.rest_ahead = self.rest_ahead.saturating_sub(reader.left() - ahead.left());
        if let Some(mut rest) = found {
            rest.depth = depth;
            if rest.turned {
                *reader = reader.at(rest.between + 1);
            }
            self.rest.push(rest);
        }
    }

    /// The first branch of an `if` ends: whether that was told of here.
    #[inline(never)]
    pub(super) fn rest_between(&mut self, offset: usize, reader: &mut Reader<'_>) -> bool {
        let Some(&rest) = self.rest.last().filter(|rest| rest.between == offset) else {
            return false;
        };
        if rest.turned {
            // Both have been walked.
            *reader = reader.at(rest.end + 1);
            self.rest.pop();
            self.end();
        } else {
            self.loop_is_done();
        }
        true
    }

    /// An `if` ends: whether its other branch is still to be walked.
    #[inline(never)]
    pub(super) fn rest_ends(&mut self, offset: usize, reader: &mut Reader<'_>) -> bool {
        let Some(&rest) = self.rest.last().filter(|rest| rest.end == offset) else {
            return false;
        };
        if rest.turned && !rest.ended {
            self.loop_is_done();
            *reader = reader.at(rest.first);
            return true;
        }
        self.rest.pop();
        false
    }

    /// What a loop does at every turn was walked: what follows is not in it.
    fn loop_is_done(&mut self) {
        let Some(rest) = self.rest.last_mut() else {
            return;
        };
        rest.ended = true;
        let depth = rest.depth;
        if let Some(open) = self.open.last().copied()
            && depth.checked_sub(1) == Some(open.depth)
        {
            self.open.pop();
            self.close_loop(open);
        }
        self.state.after_loop();
        self.serial = self.serial.wrapping_add(1);
    }
}

/// Reads an `if` in a loop; the reader stands behind its type.
fn read(reader: &mut Reader<'_>) -> Option<Rest> {
    let first = reader.position();
    let mut between = 0;
    let mut depth = 0u32;
    // Whether the first branch goes back to the loop, and the second; and whether that is the last that they do.
    let mut back = 0u8;
    let mut last = 0u8;
    loop {
        let at = reader.position();
        let code = reader.byte()?;
        let side = if between == 0 { 1 } else { 2 };
        match code {
            0x05 if depth == 0 => between = at,
            0x0b if depth == 0 => {
                return (back == last && matches!(back, 1 | 2) && between != 0).then_some(Rest {
                    depth: 0,
                    first,
                    between,
                    end: at,
                    turned: back == 2,
                    ended: false,
                });
            }
            0x0c | 0x0d | 0x0e | 0xd5 | 0xd6 => {
                last &= !side;
                let more = if code == 0x0e { reader.number()? } else { 0 };
                for _ in 0..=more {
                    if reader.number()? == depth + 1 {
                        back |= side;
                        last |= if code == 0x0c && depth == 0 { side } else { 0 };
                    }
                }
            }
            // Handlers go where they please.
            0x06 | 0x18 | 0x1f | 0xfb => return None,
            _ => {
                last &= !side;
                match operator::skip_apart(code, reader)? {
                    Nesting::Block | Nesting::Loop => depth += 1,
                    Nesting::End => depth = depth.checked_sub(1)?,
                    Nesting::Flat => {}
                }
            }
        }
    }
}
