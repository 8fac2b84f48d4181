//! Functions of translated code, written as functions of WebAssembly. What is no such code (objects,
//! strings, functions in functions) ends the reading of a function, which is then empty.

use super::Names;
use super::expression::Node;
use super::lexer::{Lexer, Token};
use crate::hash::fnv32;
use crate::module::{signed, unsigned};
use std::collections::BTreeMap;

/// Statements within each other are read down to this depth.
const DEEPEST: u16 = 200;
/// A selection among more cases is not read.
const MOST_CASES: usize = 4_096;

/// A function that is being read.
pub(super) struct Function<'n, 't> {
    pub(super) lexer: Lexer<'t>,
    pub(super) names: &'n mut Names<'t>,
    pub(super) locals: BTreeMap<&'t [u8], u32>,
    count: u32,
    pub(super) nodes: Vec<Node>,
    /// Of each node: its height, and whether it does more than compute.
    pub(super) heights: Vec<(u16, bool)>,
    pub(super) nesting: u16,
    pub(super) out: Vec<u8>,
    targets: Vec<Target<'t>>,
    depth: u32,
}

/// What can be left or gone on with.
#[derive(Clone, Copy)]
struct Target<'t> {
    name: Option<&'t [u8]>,
    /// The block that `break` leaves.
    leave: u32,
    /// The block whose branch `continue` is.
    again: Option<u32>,
    /// Whether it can be left without its name.
    plain: bool,
}

/// Names that begin a statement or an expression that is no such code.
const KEYWORDS: [u32; 22] = [
    fnv32(b"function"),
    fnv32(b"new"),
    fnv32(b"typeof"),
    fnv32(b"void"),
    fnv32(b"this"),
    fnv32(b"delete"),
    fnv32(b"class"),
    fnv32(b"try"),
    fnv32(b"throw"),
    fnv32(b"async"),
    fnv32(b"await"),
    fnv32(b"yield"),
    fnv32(b"with"),
    fnv32(b"case"),
    fnv32(b"default"),
    fnv32(b"else"),
    fnv32(b"in"),
    fnv32(b"of"),
    fnv32(b"instanceof"),
    fnv32(b"import"),
    fnv32(b"export"),
    fnv32(b"return"),
];

pub(super) fn is_keyword(name: &[u8]) -> bool {
    KEYWORDS.contains(&fnv32(name))
}

impl<'n, 't> Function<'n, 't> {
    /// Reads the function whose parameters begin here; its body in WebAssembly.
    pub(super) fn read(text: &'t [u8], at: usize, names: &'n mut Names<'t>) -> Option<Vec<u8>> {
        let mut function = Self {
            lexer: Lexer::new(text, at),
            names,
            locals: BTreeMap::new(),
            count: 0,
            nodes: Vec::new(),
            heights: Vec::new(),
            nesting: 0,
            out: Vec::new(),
            targets: Vec::new(),
            depth: 0,
        };
        let parameters = function.parameters()?;
        function.block()?;
        let mut body = Vec::with_capacity(function.out.len() + 16);
        body.push(1);
        unsigned(&mut body, (function.count - parameters).into());
        body.push(0x7f);
        body.append(&mut function.out);
        body.extend_from_slice(&[0x41, 0, 0x0b]);
        Some(body)
    }

    fn parameters(&mut self) -> Option<u32> {
        if !self.lexer.takes(b"(") {
            return None;
        }
        while !self.lexer.takes(b")") {
            let Token::Name(name) = self.lexer.next() else {
                return None;
            };
            self.declare(name);
            self.lexer.takes(b",");
        }
        Some(self.count)
    }

    /// A local without a name.
    pub(super) fn local(&mut self) -> u32 {
        self.count += 1;
        self.count - 1
    }

    fn declare(&mut self, name: &'t [u8]) -> u32 {
        if let Some(&known) = self.locals.get(name) {
            return known;
        }
        let index = self.local();
        self.locals.insert(name, index);
        index
    }

    /// Writes an operator with an index.
    pub(super) fn operator(&mut self, code: u8, index: u32) {
        self.out.push(code);
        unsigned(&mut self.out, index.into());
    }

    fn open(&mut self, code: u8) -> u32 {
        self.out.extend_from_slice(&[code, 0x40]);
        self.depth += 1;
        self.depth - 1
    }

    fn close(&mut self) {
        self.out.push(0x0b);
        self.depth = self.depth.saturating_sub(1);
    }

    fn branch(&mut self, code: u8, block: u32) {
        self.operator(code, (self.depth - 1).saturating_sub(block));
    }

    /// Statements in braces.
    fn block(&mut self) -> Option<()> {
        if !self.lexer.takes(b"{") {
            return None;
        }
        while !self.lexer.takes(b"}") {
            self.statement(None)?;
        }
        Some(())
    }

    /// An expression in parentheses, written.
    fn condition(&mut self) -> Option<()> {
        if !self.lexer.takes(b"(") {
            return None;
        }
        self.value()?;
        self.lexer.takes(b")").then_some(())
    }

    fn value(&mut self) -> Option<()> {
        let node = self.fresh()?;
        self.write(node, true)
    }

    /// An expression of its own.
    fn fresh(&mut self) -> Option<u32> {
        self.nodes.clear();
        self.heights.clear();
        self.expression()
    }

    fn statement(&mut self, label: Option<&'t [u8]>) -> Option<()> {
        self.nesting += 1;
        if self.nesting > DEEPEST {
            return None;
        }
        let before = self.lexer;
        match self.lexer.next() {
            Token::Mark(b";") => {}
            Token::Mark(b"{") => {
                self.lexer = before;
                self.labelled(label, Self::block)?;
            }
            Token::Name(b"var" | b"let" | b"const") => self.declaration()?,
            Token::Name(b"if") => self.labelled(label, Self::branches)?,
            Token::Name(b"while") => self.repeat(label, None, true)?,
            Token::Name(b"for") => {
                if !self.lexer.takes(b"(") {
                    return None;
                }
                if self.lexer.takes_name(b"var") || self.lexer.takes_name(b"let") {
                    self.declaration()?;
                } else if !self.lexer.takes(b";") {
                    let node = self.fresh()?;
                    self.write(node, false)?;
                    self.end()?;
                }
                self.count_up(label)?;
            }
            Token::Name(b"do") => self.repeat(label, None, false)?,
            Token::Name(b"switch") => self.switch(label)?,
            Token::Name(keyword @ (b"break" | b"continue")) => self.jump(keyword == b"break")?,
            Token::Name(b"return") => {
                if matches!(self.lexer.peek(), Token::Mark(b";" | b"}")) || self.lexer.ends_line() {
                    self.out.extend_from_slice(&[0x41, 0]);
                } else {
                    self.value()?;
                }
                self.out.push(0x0f);
                self.end()?;
            }
            Token::Name(name) if self.lexer.peek() == Token::Mark(b":") && !is_keyword(name) => {
                self.lexer.next();
                self.statement(Some(name))?;
            }
            _ => {
                self.lexer = before;
                let node = self.fresh()?;
                self.write(node, false)?;
                self.end()?;
            }
        }
        self.nesting -= 1;
        Some(())
    }

    /// The end of a statement.
    fn end(&mut self) -> Option<()> {
        let ended = self.lexer.takes(b";")
            || self.lexer.peek() == Token::Mark(b"}")
            || self.lexer.ends_line();
        ended.then_some(())
    }

    /// A statement that can only be left by its name.
    fn labelled(
        &mut self,
        label: Option<&'t [u8]>,
        inner: fn(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if label.is_none() {
            return inner(self);
        }
        let leave = self.open(0x02);
        self.targets.push(Target {
            name: label,
            leave,
            again: None,
            plain: false,
        });
        inner(self)?;
        self.targets.pop();
        self.close();
        Some(())
    }

    fn branches(&mut self) -> Option<()> {
        self.condition()?;
        self.open(0x04);
        self.statement(None)?;
        if self.lexer.takes_name(b"else") {
            self.out.push(0x05);
            self.statement(None)?;
        }
        self.close();
        Some(())
    }

    fn declaration(&mut self) -> Option<()> {
        loop {
            let Token::Name(name) = self.lexer.next() else {
                return None;
            };
            let index = self.declare(name);
            if self.lexer.takes(b"=") {
                self.nodes.clear();
                self.heights.clear();
                let node = self.assignment()?;
                // Locals begin as zero anyway.
                if !matches!(
                    self.nodes.get(node as usize),
                    Some(Node::Constant(0) | Node::Fraction)
                ) {
                    self.write(node, true)?;
                    self.operator(0x21, index);
                }
            }
            if !self.lexer.takes(b",") {
                return self.end();
            }
        }
    }

    /// What follows the first part of a `for`.
    fn count_up(&mut self, label: Option<&'t [u8]>) -> Option<()> {
        let condition = self.lexer;
        let mut step = condition;
        // Where the condition ends and the step begins and ends: no statement is in between.
        let mut open = 0u32;
        let mut body = None;
        let mut second = None;
        loop {
            match step.next() {
                Token::Mark(b";") if open == 0 => second = Some(step),
                Token::Mark(b"(") => open += 1,
                Token::Mark(b")") if open == 0 => {
                    body = Some(step);
                    break;
                }
                Token::Mark(b")") => open -= 1,
                Token::Mark(b"{" | b"}") | Token::Other => break,
                _ => {}
            }
        }
        self.lexer = condition;
        self.repeat(label, Some((second?, body?)), true)
    }

    /// A loop: its condition before or after its body, or a `for` with step and body elsewhere.
    fn repeat(
        &mut self,
        label: Option<&'t [u8]>,
        parts: Option<(Lexer<'t>, Lexer<'t>)>,
        first: bool,
    ) -> Option<()> {
        let leave = self.open(0x02);
        let start = self.out.len();
        let head = self.open(0x03);
        if first {
            let written = match parts {
                Some(_) if self.lexer.peek() == Token::Mark(b";") => false,
                Some(_) => {
                    self.value()?;
                    true
                }
                None => {
                    let at = self.out.len();
                    self.condition()?;
                    // `while (1)`.
                    let endless = self.out.get(at..) == Some(&[0x41, 1]);
                    if endless {
                        self.out.truncate(at);
                    }
                    !endless
                }
            };
            if written {
                self.out.push(0x45);
                self.branch(0x0d, leave);
            }
        }
        if let Some((_, body)) = parts {
            self.lexer = body;
        }
        let inner = (parts.is_some() || !first).then(|| self.open(0x02));
        self.targets.push(Target {
            name: label,
            leave,
            again: inner.or(Some(head)),
            plain: true,
        });
        self.statement(None)?;
        self.targets.pop();
        if inner.is_some() {
            self.close();
        }
        if let Some((step, _)) = parts {
            let after = std::mem::replace(&mut self.lexer, step);
            if self.lexer.peek() != Token::Mark(b")") {
                let node = self.fresh()?;
                self.write(node, false)?;
            }
            self.lexer = after;
            self.branch(0x0c, head);
        } else if first {
            self.branch(0x0c, head);
        } else {
            if !self.lexer.takes_name(b"while") {
                return None;
            }
            let at = self.out.len();
            self.condition()?;
            if self.out.get(at..) == Some(&[0x41, 0]) {
                // `do { } while (0)` is no loop.
                self.out.truncate(at);
                *self.out.get_mut(start)? = 0x02;
            } else {
                self.branch(0x0d, head);
            }
            self.lexer.takes(b";");
        }
        self.close();
        self.close();
        Some(())
    }

    fn jump(&mut self, leave: bool) -> Option<()> {
        let name = match self.lexer.peek() {
            Token::Name(name) if !self.lexer.ends_line() && !is_keyword(name) => {
                self.lexer.next();
                Some(name)
            }
            _ => None,
        };
        let mut targets = self.targets.iter().rev();
        let target = *targets.find(|target| match name {
            Some(name) => target.name == Some(name),
            None => target.plain && (leave || target.again.is_some()),
        })?;
        let block = if leave { target.leave } else { target.again? };
        self.branch(0x0c, block);
        self.end()
    }

    /// The cases of a selection, in order; `None` is the default.
    fn cases(&self) -> Option<Vec<Option<i32>>> {
        let mut lexer = self.lexer;
        let mut cases = Vec::new();
        let mut open = 0u32;
        loop {
            match lexer.next() {
                Token::Mark(b"{") => open += 1,
                Token::Mark(b"}") => {
                    open = open.checked_sub(1)?;
                    if open == 0 {
                        return Some(cases);
                    }
                }
                Token::Name(b"case") if open == 1 => {
                    let negative = lexer.takes(b"-");
                    let Token::Number(Some(value)) = lexer.next() else {
                        return None;
                    };
                    cases.push(Some(if negative {
                        value.wrapping_neg()
                    } else {
                        value
                    }));
                }
                Token::Name(b"default") if open == 1 => cases.push(None),
                Token::Other | Token::Name(b"function") => return None,
                _ => {}
            }
            if cases.len() > MOST_CASES {
                return None;
            }
        }
    }

    fn switch(&mut self, label: Option<&'t [u8]>) -> Option<()> {
        let kept = self.local();
        self.condition()?;
        self.operator(0x21, kept);
        let cases = self.cases()?;
        let leave = self.open(0x02);
        self.targets.push(Target {
            name: label,
            leave,
            again: None,
            plain: true,
        });
        for _ in &cases {
            self.open(0x02);
        }
        let count = cases.len() as u32;
        let other = cases.iter().position(Option::is_none);
        let other = other.map_or(count, |place| place as u32);
        let most = cases.iter().flatten().copied().max().unwrap_or(0);
        if cases.iter().flatten().all(|&value| value >= 0) && most < 1_024 {
            self.operator(0x20, kept);
            self.operator(0x0e, most.cast_unsigned() + 1);
            for value in 0..=most {
                let place = cases.iter().position(|&case| case == Some(value));
                let place = place.map_or(other, |place| place as u32);
                unsigned(&mut self.out, place.into());
            }
            unsigned(&mut self.out, other.into());
        } else {
            for (place, value) in cases.iter().enumerate() {
                if let &Some(value) = value {
                    self.operator(0x20, kept);
                    self.out.push(0x41);
                    signed(&mut self.out, value.into());
                    self.out.push(0x46);
                    self.operator(0x0d, place as u32);
                }
            }
            self.operator(0x0c, other);
        }
        if !self.lexer.takes(b"{") {
            return None;
        }
        let mut left = count;
        while !self.lexer.takes(b"}") {
            if self.lexer.takes_name(b"case") {
                self.lexer.takes(b"-");
                self.lexer.next();
            } else if !self.lexer.takes_name(b"default") {
                if left == count {
                    return None;
                }
                self.statement(None)?;
                continue;
            }
            left = left.checked_sub(1)?;
            self.close();
            if !self.lexer.takes(b":") {
                return None;
            }
        }
        self.targets.pop();
        self.close();
        (left == 0).then_some(())
    }
}
