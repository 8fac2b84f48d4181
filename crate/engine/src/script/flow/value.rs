//! Values: what is known of them, what they are assigned to and compared with.

use super::lexer::{ORDER, Token, Word};
use super::{Bits, COUNTED, COUNTS, DIFFERS, DIGEST, DIGESTS, DRAWN, Flow, HASHED, MEMORY, is};
use crate::work::look;

/// A value as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a question of its own.
pub(super) struct Value {
    pub(super) bits: Bits,
    /// The variable or member that it was read from.
    pub(super) node: u32,
    /// What that is a member of.
    pub(super) owner: u32,
    /// What that is known as.
    pub(super) owner_bits: Bits,
    /// What the member is called.
    pub(super) member: u32,
    /// The function that it is.
    pub(super) function: u32,
    /// The names in brackets that are assigned to.
    pub(super) pattern: (usize, usize),
    /// An element of something.
    pub(super) indexed: bool,
    /// One that is written as a number.
    pub(super) fixed: bool,
    /// The next of its elements, one after the other.
    pub(super) next: bool,
    /// The last of its elements.
    pub(super) last: bool,
    /// Words that are mixed.
    pub(super) mixed: bool,
    /// A part of a text.
    pub(super) cut: bool,
    /// A number or text as it is written.
    pub(super) literal: bool,
    pub(super) number: Option<u32>,
    /// The result of a call.
    pub(super) result: bool,
    /// That of one that is given a digest and something else, to say which is larger.
    pub(super) compares: bool,
}

/// Operands up to a comparison or the like.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a question of its own.
pub(super) struct Run {
    pub(super) value: Value,
    pub(super) operands: u32,
    digest: bool,
    hashed: bool,
    pub(super) negated: bool,
}

impl Run {
    pub(super) fn add(&mut self, value: Value) {
        let bits = self.value.bits | value.bits;
        let last = self.value.last | value.last;
        let cut = self.value.cut | value.cut;
        // A counter is no digest, whatever flowed into it.
        // But a hash may be written to where its nonce was read, and has a word at a place of its own.
        let counts = value.bits & COUNTS != 0
            && value.bits & MEMORY == 0
            && !(value.fixed && value.bits & DIGEST != 0);
        self.digest |= value.bits & DIGESTS != 0 && !counts;
        self.hashed |= value.bits & HASHED != 0;
        self.operands += 1;
        self.value = Value {
            bits,
            last,
            cut,
            ..value
        };
    }
}

impl Flow<'_> {
    /// Gives a value to what stands before a sign of equality.
    #[inline(never)]
    pub(super) fn assign(&mut self, target: Value, value: Value, again: bool) {
        // A hash to which its first state is added is not counted.
        let ends = is(&self.tells, self.current) && self.of(target.node) & DIGEST != 0;
        let again = again && !ends;
        let mut bits = value.bits | if again && self.seeds() { COUNTED } else { 0 };
        // A table that is filled with what was counted is none of that.
        if target.next {
            bits &= !COUNTS;
        }
        if is(&self.part, self.current) {
            bits = self.mixed(bits) | HASHED;
        } else if is(&self.tells, self.current) {
            // Where a hash is worked out in the loop that looks for it.
            if value.mixed && bits & COUNTED != 0 {
                bits |= DIGEST | HASHED;
            }
            if bits & DIGEST != 0 && !again {
                bits &= !COUNTED;
            }
        }
        // The last word of a hash is no counter.
        if value.fixed && bits & DIGEST != 0 {
            bits &= !COUNTS;
        }
        if target.pattern.1 > target.pattern.0 {
            for at in target.pattern.0..target.pattern.1 {
                if let Token::Name(_) = self.tree.token(at) {
                    self.add(self.node(at), bits);
                }
            }
            return;
        }
        if target.indexed {
            self.write(target.node, bits);
        } else {
            self.add(target.node, bits);
            self.stands_for(target, value);
        }
        if let Some(filled) = self.filled.get_mut(target.node as usize) {
            let (open, close) = value.pattern;
            *filled |= close == open + 1 && self.tree.is(open, b'{');
        }
        if is(&self.filled, target.owner as usize) {
            self.add(target.owner, bits);
        }
        let whole = target.owner == 0 && !target.indexed || target.member != 0;
        if whole {
            self.bind(target.node, value.function);
        }
        // A view of the memory of another.
        if value.owner != 0 && value.node == value.owner && self.views.len() < 1_000 {
            let pair = (target.node, value.node);
            look(self.views.len());
            if target.node != 0 && !self.views.contains(&pair) {
                self.views.push(pair);
            }
        }
    }

    /// A variable is another name of what it is assigned.
    fn stands_for(&mut self, target: Value, value: Value) {
        let plain = value.node != 0 && !value.indexed && !value.result && value.node != target.node;
        if plain
            && let Some(same) = self.same.get_mut(target.node as usize)
            && *same == 0
        {
            *same = value.node;
        }
    }

    /// What is counted, but in a part of a hash.
    #[inline(never)]
    pub(super) fn counts(&mut self, value: Value) {
        if !is(&self.part, self.current) && self.seeds() {
            self.add(value.node, COUNTED);
        }
    }

    /// Whether what is assigned from here on is the target itself and a number more.
    pub(super) fn steps(&self, target: Value, start: usize) -> bool {
        if target.node == 0 || target.indexed || is(&self.part, self.current) {
            return false;
        }
        let mut at = start;
        while self.tree.is(at, b'(') || self.tree.token(at) == Token::Word(Word::This) {
            at += 1;
        }
        while at < start + 8 && self.node(at) != target.node {
            if !matches!(self.tree.token(at), Token::Name(_) | Token::Member(_)) {
                return false;
            }
            at += 1;
        }
        let more = at + 2 + usize::from(self.tree.is(at + 2, b'('));
        matches!(self.tree.token(at + 1), Token::Mark(b'+' | b'-'))
            && match self.tree.token(more) {
                Token::Number(_) => true,
                Token::Name(_) | Token::Word(Word::This) => {
                    let mut end = more + 1;
                    while matches!(self.tree.token(end), Token::Member(_)) {
                        end += 1;
                    }
                    !matches!(self.tree.token(end), Token::Mark(b'(' | b'['))
                }
                _ => false,
            }
    }

    /// Whether operands that are compared, or asked for, are a test of a digest.
    #[inline(never)]
    pub(super) fn judge(
        &mut self,
        left: Option<(u8, Run)>,
        run: Run,
        condition: bool,
        place: usize,
    ) {
        let Some((mark, left)) = left else {
            let one = run.operands == 1 && (condition || run.negated);
            if one && run.digest && run.value.indexed {
                self.test(run.value.last);
            }
            if one && run.hashed && (run.value.indexed || run.value.result) {
                self.asking();
            }
            return;
        };
        if !left.digest && !run.digest && !left.hashed && !run.hashed {
            return;
        }
        let last = left.value.last || run.value.last;
        if mark == ORDER {
            // What is counted or written as a number is a bound of something else.
            let bound = |run: Run| {
                run.operands == 1
                    && (run.value.number.is_some() || !run.digest && run.value.bits & COUNTED != 0)
            };
            let bounds = bound(left) || bound(run) || left.digest && run.digest;
            let zero = |run: Run| run.operands == 1 && run.value.number == Some(0);
            let ranks = |run: Run| run.value.compares || run.value.bits & DIFFERS != 0;
            let compares = ranks(left) && zero(run) || ranks(run) && zero(left);
            if !bounds || compares {
                self.asking();
                if left.digest || run.digest {
                    self.test(last);
                }
            }
            return;
        }
        if condition {
            self.meets(left, run, place);
        }
        let zero = |run: Run, other: Run| {
            let part = other.operands > 1 || other.value.indexed || other.value.result;
            part && run.operands == 1 && matches!(run.value.number, Some(0 | 48))
        };
        let cut = left.value.cut || run.value.cut;
        if zero(left, run) || zero(run, left) || cut {
            self.asking();
            if left.digest || run.digest {
                self.test(last);
            }
        }
    }

    /// Whether what a loop tries is hashed until it is what was asked for: a digest as a whole is compared
    /// with something that is neither written, nor counted, nor worked out from either.
    #[inline(never)]
    fn meets(&mut self, left: Run, right: Run, place: usize) {
        let digest = |run: Run| {
            let part = run.value.indexed || run.value.cut || run.value.bits & DRAWN != 0;
            run.operands == 1 && run.digest && !part
        };
        let wanted = |run: Run| {
            let value = run.value;
            run.operands == 1
                && value.node != 0
                && (!value.indexed || value.fixed)
                && value.bits & (COUNTS | DIGESTS | HASHED) == 0
        };
        let met = digest(left) && wanted(right) || digest(right) && wanted(left);
        let looped = self.tree.looped.get(place).copied().unwrap_or(false);
        let own = !is(&self.part, self.current) && !self.refusing;
        if met && looped && own && self.finds() {
            self.found.equal += 1;
        }
    }
}
