//! Where names hold: in functions, and what `let` and `const` declare, in blocks and loops. Minified
//! code gives one name to all that is not needed at the same time.

use super::lexer::{Token, Word};
use super::tree::Tree;

/// How far the end of a loop without braces is looked for.
const SHORT: usize = 3_000;
/// So many scopes are open at most.
const OPEN: usize = 1_024;

/// The scopes of a script: each function's by its own number, and after those the blocks'.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// The scope that a token is in.
    pub(super) of: Vec<u32>,
    /// The function that a token is in.
    pub(super) owners: Vec<u32>,
    /// The scope around each.
    parents: Vec<u32>,
    /// The function around each function.
    outside: Vec<u32>,
}

impl Scopes {
    /// Of a script whose functions are known.
    pub(super) fn new(tree: &Tree) -> Self {
        let ends = blocks(tree);
        let mut scopes = Self {
            of: vec![0; tree.tokens.len()],
            owners: vec![0; tree.tokens.len()],
            parents: vec![0; tree.functions.len()],
            outside: vec![0; tree.functions.len()],
        };
        // Where each ends, and the scope and the function that it is.
        let mut open: Vec<(usize, u32, u32)> = Vec::new();
        for (at, &end) in ends.iter().enumerate() {
            while open.last().is_some_and(|&(end, ..)| at >= end) {
                open.pop();
            }
            let (outer, around, owner) = open.last().copied().unwrap_or((usize::MAX, 0, 0));
            if let Some(function) = tree.function_at(at) {
                if let Some(parent) = scopes.parents.get_mut(function) {
                    *parent = around;
                }
                if let Some(outside) = scopes.outside.get_mut(function) {
                    *outside = owner;
                }
                let end = tree.functions.get(function).map_or(at, |f| f.body.1);
                if open.len() < OPEN {
                    open.push((end, function as u32, function as u32));
                }
            } else if end != 0 && open.len() < OPEN {
                open.push((
                    (end as usize).min(outer),
                    scopes.parents.len() as u32,
                    owner,
                ));
                scopes.parents.push(around);
            }
            let (_, own, owner) = open.last().copied().unwrap_or_default();
            if let (Some(of), Some(owned)) = (scopes.of.get_mut(at), scopes.owners.get_mut(at)) {
                (*of, *owned) = (own, owner);
            }
        }
        scopes
    }

    /// The scope that a token is in; 0 past the end.
    pub(super) fn at(&self, at: usize) -> u32 {
        self.of.get(at).copied().unwrap_or(0)
    }

    /// The function that a token is in.
    pub(super) fn owner(&self, at: usize) -> u32 {
        self.owners.get(at).copied().unwrap_or(0)
    }

    /// The function around another.
    pub(super) fn outside(&self, function: usize) -> u32 {
        self.outside.get(function).copied().unwrap_or(0)
    }

    /// The scope around one.
    pub(super) fn around(&self, scope: u32) -> u32 {
        self.parents.get(scope as usize).copied().unwrap_or(0)
    }

    /// A token belongs to another function's scope than the one that it stands in.
    pub(super) fn moves(&mut self, at: usize, function: u32) {
        if let (Some(of), Some(owned)) = (self.of.get_mut(at), self.owners.get_mut(at)) {
            (*of, *owned) = (function, function);
        }
    }
}

/// Where the blocks and loops end that declare names of their own, at the bracket that begins them.
fn blocks(tree: &Tree) -> Vec<u32> {
    let mut ends = vec![0_u32; tree.tokens.len()];
    let mut bodies = vec![false; tree.tokens.len() + 1];
    for function in tree.functions.iter().filter(|function| !function.short) {
        if let Some(body) = bodies.get_mut(function.body.0) {
            *body = true;
        }
    }
    let mut braces: Vec<usize> = Vec::new();
    for at in 0..tree.tokens.len() {
        match tree.token(at) {
            Token::Mark(b'{') if tree.other(at) > at => braces.push(at),
            Token::Mark(b'}') => {
                while braces.last().is_some_and(|&brace| tree.other(brace) <= at) {
                    braces.pop();
                }
            }
            Token::Word(Word::Let) => {
                let before = at.saturating_sub(1);
                let heads = tree.is(before, b'(')
                    && matches!(
                        tree.token(before.saturating_sub(1)),
                        Token::Word(Word::If | Word::Loop)
                    );
                let (start, end) = if heads {
                    (before, statement_end(tree, tree.other(before) + 1))
                } else if let Some(&brace) = braces.last()
                    && !bodies.get(brace + 1).is_some_and(|&body| body)
                {
                    (brace, tree.other(brace))
                } else {
                    continue;
                };
                if let Some(slot) = ends.get_mut(start) {
                    *slot = end as u32;
                }
            }
            _ => {}
        }
    }
    ends
}

/// Where the statement ends that begins at a token, as far as brackets tell.
pub(super) fn statement_end(tree: &Tree, start: usize) -> usize {
    let mut at = start;
    while at < start + SHORT {
        match tree.token(at) {
            Token::Mark(b';' | b'}' | b')' | b']') => break,
            Token::Mark(b'{') => {
                let before = tree.token(at.saturating_sub(1));
                let block = matches!(
                    before,
                    Token::Mark(b')') | Token::Word(Word::Other | Word::Loop)
                );
                at = tree.other(at).max(at);
                if block && tree.token(at + 1) != Token::Word(Word::Other) {
                    break;
                }
            }
            Token::Mark(b'(' | b'[') => at = tree.other(at).max(at),
            _ => {}
        }
        at += 1;
    }
    at
}
