//! The functions of a script and the names that they declare.

use super::lexer::{ARROW, LOGIC, ORDER, Token, Word, hash};
use super::scope::{Scopes, statement_end};
use crate::work::look;
use std::collections::BTreeMap;

/// How far the end of a function without braces is looked for.
const SHORT: usize = 3_000;
/// So many tokens of parameters, and of names that are taken out of a value, are read.
const GIVEN: usize = 400;
/// A loop of so many turns is no search.
const SELDOM: u32 = 100;
/// How many scopes around a name may declare it; what is further out counts as everybody's.
const DEEPEST: usize = 64;
/// The names of members that say how much there is, not what.
pub(super) const SIZES: [u32; 3] = [hash(b"length"), hash(b"byteLength"), hash(b"size")];
/// The owner of the names of members.
const MEMBERS: u32 = u32::MAX;

/// One function; the first is the script itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Function {
    /// Where its parameters begin and end.
    pub(super) given: (usize, usize),
    /// Where its body begins and ends, without braces.
    pub(super) body: (usize, usize),
    /// Whether the body is a value.
    pub(super) short: bool,
    /// The function around it.
    pub(super) parent: u32,
    /// How many exclusive ors its own code has.
    pub(super) mixes: u32,
}

/// What is known of a script before anything is followed.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) tokens: Vec<Token>,
    /// Of each bracket the other one, of all else, and of brackets that have none, themselves.
    pub(super) partner: Vec<u32>,
    pub(super) functions: Vec<Function>,
    /// Which function begins at a token; 0 for none.
    pub(super) starts: Vec<u32>,
    /// Which variable or member a token names; 0 for none.
    pub(super) nodes: Vec<u32>,
    /// The function that a token is in.
    pub(super) owners: Vec<u32>,
    /// How many of those there are.
    pub(super) count: usize,
    /// Whether a token is in a loop of more than a few turns, its head or its body.
    pub(super) looped: Vec<bool>,
    /// Whether a token is in a loop that goes on as long as there is something given.
    pub(super) fed: Vec<bool>,
    /// Those of them that nobody declares: the platform's, usually.
    pub(super) foreign: Vec<u32>,
}

impl Tree {
    /// Reads tokens.
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        let mut tree = Self {
            partner: partners(&tokens),
            starts: vec![0; tokens.len()],
            nodes: vec![0; tokens.len()],
            tokens,
            ..Self::default()
        };
        tree.find_functions();
        tree.find_names();
        tree.find_loops();
        tree
    }

    fn find_loops(&mut self) {
        let mut looped = Vec::with_capacity(self.tokens.len());
        let mut fed = Vec::with_capacity(self.tokens.len());
        let (mut until, mut feeds) = (0, false);
        for at in 0..self.tokens.len() {
            let begins = self.token(at) == Token::Word(Word::Loop) && at >= until;
            let head = if self.is(at + 1, b'(') {
                self.other(at + 1)
            } else {
                at
            };
            if begins && !self.turns_seldom(at, head) {
                let body = head + 1;
                until = if self.is(body, b'{') {
                    self.other(body)
                } else {
                    statement_end(self, body)
                };
                feeds = self.is_fed(at, head);
            }
            looped.push(at < until);
            fed.push(at < until && feeds);
        }
        (self.looped, self.fed) = (looped, fed);
    }

    /// The token at a place; past the end, the end of a statement.
    pub(super) fn token(&self, at: usize) -> Token {
        look(1);
        self.tokens.get(at).copied().unwrap_or(Token::Mark(b';'))
    }

    /// Whether this mark is at a place.
    pub(super) fn is(&self, at: usize, mark: u8) -> bool {
        self.token(at) == Token::Mark(mark)
    }

    /// The bracket that belongs to the one at a place.
    pub(super) fn other(&self, at: usize) -> usize {
        self.partner.get(at).map_or(at, |&other| other as usize)
    }

    /// The function that begins at a place, past 0.
    pub(super) fn function_at(&self, at: usize) -> Option<usize> {
        let function = self.starts.get(at).copied().unwrap_or(0) as usize;
        (function != 0).then_some(function)
    }

    /// Where a function ends: its last token.
    pub(super) fn end_of(&self, function: usize) -> usize {
        self.functions.get(function).map_or(0, |function| {
            function.body.1 - usize::from(function.short && function.body.1 > 0)
        })
    }

    /// Whether the head of a loop compares with a written number that is small.
    fn turns_seldom(&self, start: usize, end: usize) -> bool {
        // A number that begins a sum or a product is none of turns.
        let whole = |at| matches!(self.token(at), Token::Mark(b';' | b')' | b',' | LOGIC));
        let small = |at| {
            matches!(self.token(at), Token::Number(number) if number <= SELDOM) && whole(at + 1)
        };
        (start..end.min(start + GIVEN)).any(|at| self.is(at, ORDER) && small(at + 1))
    }

    /// Whether the head of a loop asks for the next of what there is, or how much that is; what a call
    /// gives may be made while it is asked for.
    fn is_fed(&self, start: usize, end: usize) -> bool {
        let range = || start..end.min(start + GIVEN);
        let of = range().find(|&at| self.token(at) == Token::Word(Word::Of));
        let calls = |from: usize| (from..end).any(|at| self.is(at, b'('));
        let sized = |at| matches!(self.token(at), Token::Member(name) if SIZES.contains(&name));
        of.map_or_else(|| range().any(sized), |of| !calls(of))
    }

    fn find_functions(&mut self) {
        self.functions.push(Function {
            body: (0, self.tokens.len()),
            ..Function::default()
        });
        for at in 0..self.tokens.len() {
            let found = match self.token(at) {
                Token::Word(Word::Function) => {
                    let mut open = at + 1;
                    while matches!(self.token(open), Token::Name(_) | Token::Mark(b'*')) {
                        open += 1;
                    }
                    self.with_braces(open).map(|body| (at, open, body, false))
                }
                Token::Mark(b'(') => self.at_bracket(at),
                Token::Name(_) if self.is(at + 1, ARROW) => {
                    let (body, short) = self.after_arrow(at + 1);
                    Some((at, at, body, short))
                }
                _ => None,
            };
            let Some((start, open, body, short)) = found else {
                continue;
            };
            if self.function_at(start).is_some() {
                continue;
            }
            let close = self.other(open);
            let given = if close > open {
                (open + 1, close.min(open + GIVEN))
            } else {
                (open, open + 1)
            };
            if let Some(slot) = self.starts.get_mut(start) {
                *slot = self.functions.len() as u32;
            }
            self.functions.push(Function {
                given,
                body,
                short,
                ..Function::default()
            });
        }
    }

    /// An arrow function or a method whose parameters begin here.
    fn at_bracket(&self, at: usize) -> Option<(usize, usize, (usize, usize), bool)> {
        let close = self.other(at);
        if close <= at {
            return None;
        }
        if self.is(close + 1, ARROW) {
            let (body, short) = self.after_arrow(close + 1);
            return Some((at, at, body, short));
        }
        // `name(…) {` is a method: after a call there is no block.
        let before = at.checked_sub(1)?;
        let named = matches!(self.token(before), Token::Name(_) | Token::Text(_));
        let declared = before.checked_sub(1).is_some_and(|earlier| {
            matches!(
                self.token(earlier),
                Token::Word(Word::Function) | Token::Mark(b'*')
            ) && matches!(
                self.token(earlier.saturating_sub(usize::from(self.is(earlier, b'*')))),
                Token::Word(Word::Function)
            )
        });
        if !named || declared {
            return None;
        }
        self.with_braces(at).map(|body| (before, at, body, false))
    }

    /// The body in braces after parameters in parentheses.
    #[inline(never)]
    fn with_braces(&self, open: usize) -> Option<(usize, usize)> {
        let close = self.other(open);
        let brace = close + 1;
        let end = self.other(brace);
        (self.is(open, b'(') && close > open && self.is(brace, b'{') && end > brace)
            .then_some((brace + 1, end))
    }

    #[inline(never)]
    fn after_arrow(&self, arrow: usize) -> ((usize, usize), bool) {
        let start = arrow + 1;
        if self.is(start, b'{') {
            return ((start + 1, self.other(start).max(start + 1)), false);
        }
        let mut at = start;
        while at < start + SHORT {
            match self.token(at) {
                Token::Mark(b',' | b';' | b')' | b']' | b'}')
                | Token::Word(
                    Word::Variable | Word::Let | Word::Return | Word::Other | Word::If | Word::Loop,
                ) => {
                    break;
                }
                Token::Mark(b'(' | b'[' | b'{') if self.other(at) > at => at = self.other(at),
                _ => {}
            }
            at += 1;
        }
        ((start, at.min(self.tokens.len())), true)
    }

    /// Gives every name its number, after all declarations are known.
    #[allow(clippy::too_many_lines)] // What declares, one after the other.
    fn find_names(&mut self) {
        let mut scopes = Scopes::new(self);
        let mut declared: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for at in 0..self.tokens.len() {
            // Numbers are only spelled that way.
            let number = |at| matches!(self.token(at), Token::Number(_));
            let signed = |at| number(at + usize::from(self.is(at, b'-')));
            let spelled = || number(at.saturating_sub(1)) && signed(at + 1);
            if self.is(at, b'^')
                && !spelled()
                && let Some(function) = self.functions.get_mut(scopes.owner(at) as usize)
            {
                function.mixes += 1;
            }
        }
        for (index, function) in self.functions.iter_mut().enumerate() {
            function.parent = scopes.outside(index);
        }
        let mut next = 1_u32;
        let mut declare = |owner: u32, name: u32| {
            declared.entry((owner, name)).or_insert_with(|| {
                next += 1;
                next - 1
            });
        };
        for (index, function) in self.functions.iter().enumerate() {
            for at in function.given.0..function.given.1 {
                if let Token::Name(name) = self.token(at) {
                    declare(index as u32, name);
                }
            }
        }
        for at in 0..self.tokens.len() {
            let owner = scopes.owner(at);
            match self.token(at) {
                Token::Word(word @ (Word::Variable | Word::Let)) => {
                    let scope = if word == Word::Let {
                        scopes.at(at)
                    } else {
                        owner
                    };
                    self.declared(at + 1, &mut |name| declare(scope, name));
                }
                Token::Word(Word::Function) => {
                    let named = at + 1 + usize::from(self.is(at + 1, b'*'));
                    if let Token::Name(name) = self.token(named) {
                        let parent = self.functions.get(owner as usize).map_or(0, |f| f.parent);
                        declare(parent, name);
                        // The name is one of those outside.
                        scopes.moves(named, parent);
                    }
                }
                Token::Word(Word::Class) => {
                    if let Token::Name(name) = self.token(at + 1) {
                        declare(owner, name);
                    }
                }
                Token::Word(Word::Catch) => {
                    if let Token::Name(name) = self.token(at + 2) {
                        declare(owner, name);
                    }
                }
                _ => {}
            }
        }
        for at in 0..self.tokens.len() {
            let node = match self.token(at) {
                Token::Member(name) => declare_in(&mut declared, &mut next, MEMBERS, name),
                Token::Name(name) => {
                    let mut scope = scopes.at(at);
                    // A method is named by those around it.
                    let mut found = None;
                    for _ in 0..DEEPEST {
                        found = declared.get(&(scope, name)).copied();
                        if found.is_some() || scope == 0 {
                            break;
                        }
                        scope = scopes.around(scope);
                    }
                    found.unwrap_or_else(|| {
                        let node = declare_in(&mut declared, &mut next, 0, name);
                        self.foreign.push(node);
                        node
                    })
                }
                Token::Text(name) => declared.get(&(MEMBERS, name)).copied().unwrap_or(0),
                _ => 0,
            };
            if let Some(slot) = self.nodes.get_mut(at) {
                *slot = node;
            }
        }
        self.foreign.sort_unstable();
        self.owners = scopes.owners;
        self.members(&mut declared, &mut next);
        self.count = next as usize;
    }

    /// Names before a colon, of methods and in the bodies of classes are members.
    fn members(&mut self, declared: &mut BTreeMap<(u32, u32), u32>, next: &mut u32) {
        for at in 0..self.tokens.len() {
            let (Token::Name(name) | Token::Text(name)) = self.token(at) else {
                continue;
            };
            let before = at.checked_sub(1).map(|before| self.token(before));
            let key = self.is(at + 1, b':') && matches!(before, Some(Token::Mark(b'{' | b',')));
            let method = self.is(at + 1, b'(') && self.function_at(at).is_some();
            if key || method {
                let node = declare_in(declared, next, MEMBERS, name);
                if let Some(slot) = self.nodes.get_mut(at) {
                    *slot = node;
                }
            }
        }
    }

    /// The names that a declaration declares.
    #[inline(never)]
    fn declared(&self, start: usize, declare: &mut impl FnMut(u32)) {
        let mut at = start;
        loop {
            match self.token(at) {
                Token::Name(name) => {
                    declare(name);
                    at += 1;
                }
                Token::Mark(b'{' | b'[') => {
                    let end = self.other(at);
                    for inner in at..end.min(at + GIVEN) {
                        if let Token::Name(name) = self.token(inner) {
                            declare(name);
                        }
                    }
                    at = end.max(at) + 1;
                }
                _ => return,
            }
            // To the comma after the value.
            let mut operand = false;
            for _ in 0..SHORT {
                match self.token(at) {
                    Token::Mark(b',') => break,
                    Token::Mark(b'(' | b'[' | b'{') => {
                        at = self.other(at);
                        operand = true;
                    }
                    Token::Word(Word::Function) => {
                        let end = self.function_at(at).map_or(at, |f| self.end_of(f));
                        at = end.max(at);
                        operand = true;
                    }
                    Token::Word(Word::New | Word::This | Word::Class) => {}
                    Token::Name(_) | Token::Number(_) | Token::Text(_) => {
                        if operand {
                            return;
                        }
                        operand = true;
                    }
                    Token::Member(_) => operand = true,
                    Token::Mark(b';' | b')' | b']' | b'}') => return,
                    Token::Word(word) if word != Word::Of => return,
                    Token::Mark(_) | Token::Word(_) => operand = false,
                }
                at += 1;
            }
            if !self.is(at, b',') {
                return;
            }
            at += 1;
        }
    }
}

#[inline(never)]
fn declare_in(
    declared: &mut BTreeMap<(u32, u32), u32>,
    next: &mut u32,
    owner: u32,
    name: u32,
) -> u32 {
    *declared.entry((owner, name)).or_insert_with(|| {
        *next += 1;
        *next - 1
    })
}

/// Of each bracket the other one; of what has none, itself.
fn partners(tokens: &[Token]) -> Vec<u32> {
    let mut partner: Vec<u32> = (0..tokens.len() as u32).collect();
    let mut open: Vec<(u8, usize)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Mark(mark @ (b'(' | b'[' | b'{')) => open.push((*mark, at)),
            Token::Mark(mark @ (b')' | b']' | b'}')) => {
                let opens = match mark {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                // What is not closed before an outer bracket is, has no partner.
                let depth = open
                    .iter()
                    .rev()
                    .take(64)
                    .position(|&(kind, _)| kind == opens);
                let Some(depth) = depth else { continue };
                open.truncate(open.len() - depth);
                if let Some((_, start)) = open.pop() {
                    partner[start] = at as u32;
                    partner[at] = start as u32;
                }
            }
            _ => {}
        }
    }
    partner
}
