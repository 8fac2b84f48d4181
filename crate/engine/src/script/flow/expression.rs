//! Statements and expressions: who is assigned what, and what is compared with what.

use super::lexer::{ADDS, ARROW, CHANGES, EQUAL, LOGIC, ORDER, STEP, Token, Word, hash};
use super::{Bits, COUNTED, COUNTS, DEEPEST, DIGEST, DIGESTS, Flow, HASHED, MEMORY, is};

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
    /// The last of its elements.
    pub(super) last: bool,
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
struct Run {
    value: Value,
    operands: u32,
    digest: bool,
    hashed: bool,
    negated: bool,
}

impl Run {
    fn add(&mut self, value: Value) {
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

/// The names of members that say how much there is, not what.
const SIZES: [u32; 3] = [hash(b"length"), hash(b"byteLength"), hash(b"size")];
const BUFFER: u32 = hash(b"buffer");
const SENT: u32 = hash(b"sent");

impl Flow<'_> {
    pub(super) fn statements(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            if let Some(function) = self.tree.function_at(at) {
                let named = match self.tree.token(at) {
                    Token::Word(Word::Function) => at + 1 + usize::from(self.tree.is(at + 1, b'*')),
                    _ => at,
                };
                if matches!(self.tree.token(named), Token::Name(_) | Token::Text(_)) {
                    self.bind(self.node(named), function as u32);
                }
                if !self.tree.is(at, b'(') {
                    at = self.tree.end_of(function).max(at) + 1;
                    continue;
                }
            }
            at = match self.tree.token(at) {
                Token::Word(Word::If) if self.tree.is(at + 1, b'(') => {
                    let close = self.tree.other(at + 1);
                    let then = close + 1 + usize::from(self.tree.is(close + 1, b'{'));
                    // What is refused is wrong, not too large.
                    self.refusing = self.tree.token(then) == Token::Word(Word::Throw);
                    self.condition(at + 2, close);
                    self.refusing = false;
                    close.max(at + 1) + 1
                }
                Token::Word(Word::Return) => self.result(at, end),
                Token::Word(Word::Class) => {
                    let mut brace = at + 1;
                    while brace < at + 8 && !self.tree.is(brace, b'{') {
                        brace += 1;
                    }
                    brace + 1
                }
                Token::Name(_)
                | Token::Member(_)
                | Token::Number(_)
                | Token::Text(_)
                | Token::Word(Word::New | Word::This)
                | Token::Mark(b'(' | b'[' | b'!' | STEP) => self.one(at, end),
                Token::Word(_) | Token::Mark(_) => at + 1,
            };
        }
    }

    /// What is in the parentheses of an `if` or of a loop, of which only the middle is a condition.
    #[inline(never)]
    fn condition(&mut self, start: usize, end: usize) {
        let mut parts = [end; 2];
        let mut at = start;
        for part in &mut parts {
            while at < end && !self.tree.is(at, b';') {
                at = self.tree.other(at).max(at) + 1;
            }
            *part = at.min(end);
            at += 1;
        }
        let [first, second] = parts;
        if first == end {
            self.list(start, end, true);
            return;
        }
        self.list(start, first, false);
        self.list(first + 1, second, true);
        self.list(second + 1, end, false);
    }

    fn one(&mut self, at: usize, end: usize) -> usize {
        self.expression(at, end, false).0.max(at + 1)
    }

    fn result(&mut self, at: usize, end: usize) -> usize {
        let (mut next, mut value) = self.expression(at + 1, end, false);
        // Of several, the last is returned.
        while self.tree.is(next, b',') && next < end {
            (next, value) = self.expression(next + 1, end, false);
        }
        let own = self.current;
        self.returns(own, value);
        next.max(at + 1)
    }

    pub(super) fn node(&self, at: usize) -> u32 {
        self.tree.nodes.get(at).copied().unwrap_or(0)
    }

    /// Expressions with commas or semicolons between them: all that they are together, and the last.
    #[inline(never)]
    pub(super) fn list(&mut self, start: usize, end: usize, condition: bool) -> Value {
        let mut at = start;
        let mut all = Value::default();
        while at < end {
            let (next, value) = self.expression(at, end, condition);
            all = Value {
                bits: all.bits | value.bits,
                last: all.last | value.last,
                ..value
            };
            at = next.max(at + 1);
        }
        all
    }

    /// One expression; where it ends, and what it is.
    #[allow(clippy::too_many_lines)] // One arm for each kind of token.
    pub(super) fn expression(
        &mut self,
        start: usize,
        end: usize,
        condition: bool,
    ) -> (usize, Value) {
        if self.depth >= DEEPEST {
            return (end, Value::default());
        }
        self.depth += 1;
        let mut at = start;
        let mut all = Value::default();
        let mut run = Run::default();
        let mut left: Option<(u8, Run)> = None;
        let mut operand = false;
        let mut step = false;
        while at < end {
            match self.tree.token(at) {
                Token::Mark(b',' | b';' | b')' | b']' | b'}') => break,
                Token::Mark(STEP) => {
                    if operand {
                        self.counts(run.value);
                    }
                    step = !operand;
                    at += 1;
                }
                Token::Mark(b'=') | Token::Word(Word::Of) if operand => {
                    let target = run.value;
                    let again = self.steps(target, at + 1);
                    let (next, value) = self.expression(at + 1, end, false);
                    self.assign(target, value, again);
                    all.bits |= value.bits;
                    all.function = value.function;
                    at = next.max(at + 1);
                    run = Run::default();
                    run.add(value);
                }
                Token::Mark(mark @ (ADDS | CHANGES)) => {
                    let target = run.value;
                    let (next, value) = self.expression(at + 1, end, false);
                    let plain = value.number.is_some()
                        || value.node != 0 && !value.indexed && !value.result;
                    let again = mark == ADDS
                        && plain
                        && !is(&self.part, self.current)
                        && value.bits & HASHED == 0;
                    self.assign(target, value, again);
                    at = next.max(at + 1);
                }
                Token::Mark(mark @ (ORDER | EQUAL)) => {
                    left = Some((mark, run));
                    run = Run::default();
                    operand = false;
                    at += 1;
                }
                Token::Mark(LOGIC | b':') => {
                    // `a < b ? 1 : 0` carries.
                    let number = |at| matches!(self.tree.token(at), Token::Number(_));
                    let carries = number(at + 1) && self.tree.is(at + 2, b':') && number(at + 3);
                    let compared = left.take();
                    if !carries {
                        self.judge(compared, run, true);
                    }
                    run = Run::default();
                    operand = false;
                    at += 1;
                }
                Token::Mark(b'!') if !operand => {
                    run.negated = true;
                    at += 1;
                }
                Token::Mark(b'(' | b'[' | b'{')
                | Token::Name(_)
                | Token::Number(_)
                | Token::Text(_)
                | Token::Member(_)
                | Token::Word(Word::New | Word::This | Word::Function | Word::Class) => {
                    if operand {
                        break;
                    }
                    let (next, value) = self.operand(at, end);
                    if step {
                        self.counts(value);
                        step = false;
                    }
                    all.bits |= value.bits;
                    all.last |= value.last;
                    if run.operands == 0 && left.is_none() {
                        all = Value {
                            bits: all.bits,
                            last: all.last,
                            ..value
                        };
                    } else {
                        all.function = 0;
                        all.number = None;
                        all.node = 0;
                        all.literal = false;
                        all.fixed &= value.literal;
                    }
                    run.add(value);
                    operand = true;
                    at = next.max(at + 1);
                }
                Token::Word(Word::Return) => {
                    at = self.result(at, end);
                    operand = true;
                }
                Token::Word(_) => {
                    if operand || at > start {
                        break;
                    }
                    at += 1;
                }
                Token::Mark(mark) => {
                    operand = mark == ARROW && operand;
                    at += 1;
                }
            }
        }
        self.judge(left, run, condition);
        self.depth -= 1;
        (at, all)
    }

    /// One operand: a name, call, literal or function and what follows it.
    #[allow(clippy::too_many_lines)] // One arm for each kind of token.
    fn operand(&mut self, start: usize, end: usize) -> (usize, Value) {
        let mut at = start;
        let mut value = Value::default();
        if self.tree.token(at) == Token::Word(Word::New) {
            at += 1;
        }
        if let Some(function) = self.tree.function_at(at) {
            value.function = function as u32;
            value.bits = self.leads(function);
            if let Token::Word(Word::Function) = self.tree.token(at) {
                self.bind(self.node(at + 1), function as u32);
            }
            at = self.tree.end_of(function).max(at) + 1;
        } else {
            match self.tree.token(at) {
                Token::Name(_) | Token::Member(_) => {
                    let node = self.node(at);
                    value.node = node;
                    value.bits = self.of(node) | self.known(at);
                    value.function = self.held(node);
                }
                Token::Number(number) => {
                    value.number = Some(number);
                    value.literal = true;
                }
                Token::Text(_) => value.literal = true,
                Token::Mark(open @ (b'(' | b'[' | b'{')) => {
                    let close = self.tree.other(at).min(end);
                    if close <= at {
                        return (at + 1, value);
                    }
                    value = if open == b'{' {
                        self.entries(at + 1, close)
                    } else {
                        self.list(at + 1, close, false)
                    };
                    if open != b'(' {
                        value = Value {
                            bits: value.bits,
                            last: value.last,
                            ..Value::default()
                        };
                        value.pattern = (at, close);
                    }
                    at = close;
                }
                Token::Word(Word::Class) => {
                    while at < end && !self.tree.is(at, b'{') {
                        at += 1;
                    }
                    let close = self.tree.other(at).min(end);
                    self.statements(at + 1, close);
                    at = close.max(at);
                }
                _ => {}
            }
            at += 1;
        }
        while at < end {
            match self.tree.token(at) {
                Token::Member(name) => {
                    let node = self.node(at);
                    let bits = if SIZES.contains(&name) {
                        0
                    } else {
                        value.bits | self.of(node) | self.known(at)
                    };
                    let sent = if name == SENT {
                        self.result_of(self.current)
                    } else {
                        0
                    };
                    value = Value {
                        bits: bits | sent,
                        node,
                        owner: value.node,
                        owner_bits: value.bits,
                        member: name,
                        function: self.held(node),
                        last: value.last,
                        cut: value.cut,
                        ..Value::default()
                    };
                    if name == BUFFER {
                        value.node = value.owner;
                    }
                    at += 1;
                }
                Token::Mark(b'[') => {
                    let close = self.tree.other(at).min(end);
                    if close <= at {
                        break;
                    }
                    self.list(at + 1, close, false);
                    value.indexed = true;
                    value.fixed =
                        close == at + 2 && matches!(self.tree.token(at + 1), Token::Number(_));
                    value.last |=
                        (at + 1..close.min(at + 4)).any(|at| is_last(self.tree.token(at)));
                    value.function = 0;
                    at = close + 1;
                }
                Token::Mark(b'(') => {
                    let close = self.tree.other(at).min(end);
                    if close <= at {
                        break;
                    }
                    value = self.call(value, at, close);
                    at = close + 1;
                }
                _ => break,
            }
        }
        (at, value)
    }

    /// The entries of an object, or the names of a pattern.
    #[inline(never)]
    fn entries(&mut self, start: usize, end: usize) -> Value {
        let mut at = start;
        let mut bits = 0;
        while at < end {
            if let Some(function) = self.tree.function_at(at)
                && matches!(self.tree.token(at), Token::Name(_) | Token::Text(_))
                && self.tree.is(at + 1, b'(')
            {
                self.bind(self.node(at), function as u32);
                bits |= self.leads(function);
                at = self.tree.end_of(function).max(at) + 1;
                continue;
            }
            if matches!(
                self.tree.token(at),
                Token::Name(_) | Token::Text(_) | Token::Number(_)
            ) && self.tree.is(at + 1, b':')
            {
                let key = self.node(at);
                let (next, value) = self.expression(at + 2, end, false);
                self.add(key, value.bits);
                self.bind(key, value.function);
                bits |= value.bits;
                at = next.max(at + 2);
                continue;
            }
            let (next, value) = self.expression(at, end, false);
            bits |= value.bits;
            at = next.max(at + 1);
        }
        Value {
            bits,
            ..Value::default()
        }
    }

    /// Gives a value to what stands before a sign of equality.
    #[inline(never)]
    fn assign(&mut self, target: Value, value: Value, again: bool) {
        let mut bits = value.bits | if again && self.seeds() { COUNTED } else { 0 };
        if is(&self.part, self.current) {
            bits |= HASHED;
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
        self.add(target.node, bits);
        let whole = target.owner == 0 && !target.indexed || target.member != 0;
        if whole {
            self.bind(target.node, value.function);
        }
        // A view of the memory of another.
        if value.owner != 0 && value.node == value.owner && self.views.len() < 1_000 {
            let pair = (target.node, value.node);
            if target.node != 0 && !self.views.contains(&pair) {
                self.views.push(pair);
            }
        }
    }

    /// What is counted, but in a part of a hash.
    #[inline(never)]
    fn counts(&mut self, value: Value) {
        if !is(&self.part, self.current) && self.seeds() {
            self.add(value.node, COUNTED);
        }
    }

    /// Whether what is assigned from here on is the target itself and a number more.
    fn steps(&self, target: Value, start: usize) -> bool {
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
        matches!(self.tree.token(at + 1), Token::Mark(b'+' | b'-'))
            && match self.tree.token(at + 2) {
                Token::Number(_) => true,
                Token::Name(_) | Token::Word(Word::This) => {
                    let mut end = at + 3;
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
    fn judge(&mut self, left: Option<(u8, Run)>, run: Run, condition: bool) {
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
            let compares = left.value.compares && zero(run) || run.value.compares && zero(left);
            if !bounds || compares {
                self.asking();
                if left.digest || run.digest {
                    self.test(last);
                }
            }
            return;
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
}

/// The index of the last bytes or words of a hash.
fn is_last(token: Token) -> bool {
    matches!(token, Token::Number(7 | 24 | 28..=31))
}
