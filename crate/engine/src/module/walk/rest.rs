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
        self.state.after_loop(depth);
        self.serial = self.serial.wrapping_add(1);
    }
}

/// Reads an `if` in a loop; the reader stands behind its type.
fn read(reader: &mut Reader<'_>) -> Option<Rest> {
    let first = reader.position();
    let mut between = None;
    let mut depth = 0usize;
    // For each branch, whether it goes back to the loop, and whether that is its last operator.
    let mut back = [false; 2];
    let mut last = [false; 2];
    loop {
        let at = reader.position();
        let code = reader.byte()?;
        let side = usize::from(between.is_some());
        let mut goes = |label: u32, last_one: bool| {
            let is_back = label as usize == depth + 1;
            back[side] |= is_back;
            last[side] = is_back && last_one && depth == 0;
        };
        match code {
            0x05 if depth == 0 => between = Some(at),
            0x0b if depth == 0 => {
                let turned = match (last, back) {
                    ([true, _], [_, false]) => false,
                    ([_, true], [false, _]) => true,
                    _ => return None,
                };
                return Some(Rest {
                    depth: 0,
                    first,
                    between: between?,
                    end: at,
                    turned,
                    ended: false,
                });
            }
            0x0c | 0x0d | 0xd5 | 0xd6 => goes(reader.u32()?, code == 0x0c),
            0x0e => {
                for _ in 0..=reader.u32()? {
                    goes(reader.u32()?, false);
                }
            }
            // Handlers go where they please.
            0x06 | 0x18 | 0x1f | 0xfb => return None,
            _ => {
                last[side] = false;
                match operator::skip_rest(code, reader)? {
                    Nesting::Block | Nesting::Loop => depth += 1,
                    Nesting::End => depth = depth.checked_sub(1)?,
                    Nesting::Flat => {}
                }
            }
        }
    }
}
