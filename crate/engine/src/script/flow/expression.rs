//! Statements and expressions: read token by token, with what is assigned and compared in them.

use super::call::{ENDS, TELLS};
use super::lexer::{ADDS, ARROW, CHANGES, EQUAL, LOGIC, ORDER, STEP, Token, Word, hash};
use super::scope::statement_end;
use super::tree::SIZES;
use super::value::{Run, Value};
use super::{Bits, COUNTS, DEEPEST, DIFFERS, DIGESTS, DRAWN, Flow, HASHED, is};

/// What is done with a find takes so many tokens at most.
const FOUND: usize = 400;
const BIG: u32 = hash(b"BigInt");
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
                Token::Word(Word::If | Word::Loop) if self.tree.is(at + 1, b'(') => {
                    let close = self.tree.other(at + 1);
                    let then = close + 1 + usize::from(self.tree.is(close + 1, b'{'));
                    // What is refused is wrong, not too large.
                    self.refusing = self.tree.token(then) == Token::Word(Word::Throw);
                    let before = self.asked;
                    self.condition(at + 2, close);
                    self.refusing = false;
                    if self.asked > before && self.tree.token(at) == Token::Word(Word::If) {
                        let body = close.max(at + 1) + 1;
                        self.goes_on(at, body, statement_end(self.tree, body));
                    }
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
        let before = self.asked;
        let next = self.expression(at, end, false).0.max(at + 1);
        if self.asked > before {
            self.goes_on(at, at, next);
        }
        next
    }

    /// Notes that a loop goes on as before after it has told of what it found: in what is done then
    /// nothing returns, ends or changes.
    #[inline(never)]
    fn goes_on(&mut self, at: usize, start: usize, end: usize) {
        let looped = is(&self.tree.looped, at) && !is(&self.tree.fed, at);
        if !looped || end > start + FOUND {
            return;
        }
        // What is told in any case is no find.
        let mut asked = start > at;
        let mut tells = false;
        for at in start..=end {
            match self.tree.token(at) {
                Token::Mark(b'=' | CHANGES | ADDS)
                | Token::Word(Word::Return | Word::Other | Word::Throw) => return,
                Token::Name(name) | Token::Member(name) if self.tree.is(at + 1, b'(') => {
                    if ENDS.contains(&name) {
                        return;
                    }
                    tells |= asked && TELLS.contains(&name);
                }
                Token::Mark(LOGIC) => asked = true,
                _ => {}
            }
        }
        self.found.on += u32::from(tells);
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
        let mut divided = 0;
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
                    let (next, mut value) = self.expression(at + 1, end, false);
                    value.mixed |= self.tree.is(at.saturating_sub(1), b'^');
                    let plain = value.number.is_some()
                        || value.node != 0 && !value.indexed && !value.result
                        || self.converts(at + 1);
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
                    // What a comparison gives is no part of what was compared.
                    (all.indexed, all.result) = (false, false);
                    operand = false;
                    at += 1;
                }
                Token::Mark(LOGIC | b':') => {
                    // `a < b ? 1 : 0` carries.
                    let number = |at| matches!(self.tree.token(at), Token::Number(_));
                    let carries = number(at + 1) && self.tree.is(at + 2, b':') && number(at + 3);
                    let compared = left.take();
                    if !carries {
                        self.judge(compared, run, true, start);
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
                    let (next, value) = self.operand(at, end, condition);
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
                    divided = value.bits;
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
                    if mark == b'%' && divided & HASHED != 0 && !is(&self.part, self.current) {
                        all.bits |= DRAWN;
                    }
                    if mark == b'-' && operand && self.differs(divided, at, end) {
                        all.bits |= DIFFERS;
                    }
                    all.mixed |= mark == b'^' && operand;
                    operand = mark == ARROW && operand;
                    at += 1;
                }
            }
        }
        self.judge(left, run, condition, start);
        self.depth -= 1;
        (at, all)
    }

    /// Whether a number is only made another kind of number here.
    fn converts(&self, at: usize) -> bool {
        let number = self.tree.token(at) == Token::Name(BIG);
        number && !self.tree.is(at + 2, b'(') && self.tree.is(self.tree.other(at + 1) + 1, b';')
    }

    /// Whether a digest and something else that is no number are subtracted here.
    fn differs(&self, before: Bits, at: usize, end: usize) -> bool {
        before & DIGESTS != 0
            && before & COUNTS == 0
            && !is(&self.part, self.current)
            && at + 1 < end
            && matches!(
                self.tree.token(at + 1),
                Token::Name(_) | Token::Word(Word::This)
            )
    }

    /// One operand: a name, call, literal or function and what follows it.
    #[allow(clippy::too_many_lines)] // One arm for each kind of token.
    fn operand(&mut self, start: usize, end: usize, condition: bool) -> (usize, Value) {
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
                        // What is asked is asked in parentheses, too.
                        let whole = close + 1 >= end || self.tree.is(close + 1, LOGIC);
                        self.list(at + 1, close, condition && whole && open == b'(')
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
                    value.next = self.tree.is(at + 1, STEP) || self.tree.is(close - 1, STEP);
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
}

/// The index of the last bytes or words of a hash.
fn is_last(token: Token) -> bool {
    matches!(token, Token::Number(7 | 24 | 28..=31))
}
