//! Expressions of translated code: read by precedence into nodes, written as operators of
//! WebAssembly. Coercions (`|0`, `+x`) are dropped, heap accesses become loads and stores.

use super::function::Function;
use super::lexer::Token;
use crate::module::signed;

/// Nesting that is deeper is not read.
const DEEPEST: u16 = 200;
/// Arguments beyond these are not handed over to unknown functions.
pub(super) const MOST_ARGUMENTS: usize = 16;

/// So many arguments may be missing in a call.
const MOST_MISSING: usize = 8;

/// A heap's loads, stores and width as a shift.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heap {
    pub(super) load: u8,
    pub(super) store: u8,
    pub(super) shift: u8,
}

/// The elements of an array that is no known heap.
const WORDS: Heap = Heap {
    load: 0x28,
    store: 0x36,
    shift: 2,
};

/// A part of an expression; numbers are those of other nodes.
#[derive(Debug)]
pub(super) enum Node {
    Constant(i32),
    Fraction,
    Local(u32),
    Global(u32),
    /// `x >>> 0`.
    Unsigned(u32),
    Unary(u8, u32),
    Binary(u8, u32, u32),
    Load(Heap, u32),
    Store(Heap, u32, u32),
    SetLocal(u32, u32),
    SetGlobal(u32, u32),
    Choose(u32, u32, u32),
    Sequence(u32, u32),
    Call(u32, usize, Vec<u32>),
    Indirect(u32, Vec<u32>),
}

/// The precedence of a binary operator (ECMA-262, 13), and its operator in WebAssembly.
fn binary(mark: &[u8]) -> Option<(u8, u8)> {
    Some(match mark {
        b"||" => (3, 0x72),
        b"&&" => (4, 0x71),
        b"|" => (5, 0x72),
        b"^" => (6, 0x73),
        b"&" => (7, 0x71),
        b"==" | b"===" => (8, 0x46),
        b"!=" | b"!==" => (8, 0x47),
        b"<" => (9, 0x48),
        b">" => (9, 0x4a),
        b"<=" => (9, 0x4c),
        b">=" => (9, 0x4e),
        b"<<" => (10, 0x74),
        b">>" => (10, 0x75),
        b">>>" => (10, 0x76),
        b"+" => (11, 0x6a),
        b"-" => (11, 0x6b),
        b"*" => (12, 0x6c),
        b"/" => (12, 0x6d),
        b"%" => (12, 0x6f),
        _ => return None,
    })
}

impl<'t> Function<'_, 't> {
    /// Adds a node on others; `None` where that nests too deeply.
    #[inline(never)]
    fn node(&mut self, node: Node, of: &[u32]) -> Option<u32> {
        let (mut height, mut busy) = (0, false);
        for &index in of {
            let &(h, b) = self.heights.get(index as usize)?;
            height = height.max(h + 1);
            busy |= b;
        }
        busy |= matches!(
            node,
            Node::Store(..)
                | Node::SetLocal(..)
                | Node::SetGlobal(..)
                | Node::Call(..)
                | Node::Indirect(..)
        );
        if height > DEEPEST {
            return None;
        }
        self.nodes.push(node);
        self.heights.push((height, busy));
        Some(self.nodes.len() as u32 - 1)
    }

    fn constant(&mut self, value: i32) -> Option<u32> {
        self.node(Node::Constant(value), &[])
    }

    fn known(&self, node: u32) -> Option<i32> {
        match self.nodes.get(node as usize) {
            Some(&Node::Constant(value)) => Some(value),
            _ => None,
        }
    }

    /// What `x >>> 0` was written for.
    fn unsigned(&self, node: u32) -> Option<u32> {
        match self.nodes.get(node as usize) {
            Some(&Node::Unsigned(inner)) => Some(inner),
            _ => None,
        }
    }

    #[inline(never)]
    fn combine(&mut self, code: u8, left: u32, right: u32) -> Option<u32> {
        let unsigned = self.unsigned(left).is_some() || self.unsigned(right).is_some();
        let code = match (code, self.known(right)) {
            (0x72 | 0x75, Some(0)) => return Some(left),
            (0x76, Some(0)) => return self.node(Node::Unsigned(left), &[left]),
            // Products and quotients of what is no integer, as far as can be told.
            (0x6c, None) if self.known(left).is_none() => 0xa2,
            (0x6d, None) if !unsigned => 0xa3,
            (0x48 | 0x4a | 0x4c | 0x4e | 0x6d | 0x6f, _) if unsigned => code + 1,
            _ => code,
        };
        self.node(Node::Binary(code, left, right), &[left, right])
    }

    /// An expression, commas included.
    pub(super) fn expression(&mut self) -> Option<u32> {
        let mut left = self.assignment()?;
        while self.lexer.takes(b",") {
            let right = self.assignment()?;
            left = self.node(Node::Sequence(left, right), &[left, right])?;
        }
        Some(left)
    }

    /// An expression without commas.
    pub(super) fn assignment(&mut self) -> Option<u32> {
        self.nesting += 1;
        if self.nesting > DEEPEST {
            return None;
        }
        let target = self.operators(3)?;
        let node = match self.lexer.peek() {
            Token::Mark(b"=") => {
                self.lexer.next();
                let value = self.assignment()?;
                self.assign(target, value)?
            }
            Token::Mark(mark) if mark.len() > 1 && mark.ends_with(b"=") => {
                let operator = mark.get(..mark.len() - 1).and_then(binary);
                match operator {
                    Some((_, code)) if binary(mark).is_none() => {
                        self.lexer.next();
                        let value = self.assignment()?;
                        let value = self.combine(code, target, value)?;
                        self.assign(target, value)?
                    }
                    _ => target,
                }
            }
            Token::Mark(b"?") => {
                self.lexer.next();
                let yes = self.assignment()?;
                if !self.lexer.takes(b":") {
                    return None;
                }
                let no = self.assignment()?;
                self.node(Node::Choose(target, yes, no), &[target, yes, no])?
            }
            _ => target,
        };
        self.nesting -= 1;
        Some(node)
    }

    fn assign(&mut self, target: u32, value: u32) -> Option<u32> {
        let (node, address) = match *self.nodes.get(target as usize)? {
            Node::Local(index) => (Node::SetLocal(index, value), None),
            Node::Global(index) => (Node::SetGlobal(index, value), None),
            Node::Load(heap, address) => (Node::Store(heap, address, value), Some(address)),
            _ => return None,
        };
        self.node(node, &[value, address.unwrap_or(value)])
    }

    fn operators(&mut self, least: u8) -> Option<u32> {
        let mut left = self.unary()?;
        while let Token::Mark(mark) = self.lexer.peek()
            && let Some((rank, code)) = binary(mark)
            && rank >= least
        {
            self.lexer.next();
            let right = self.operators(rank + 1)?;
            left = self.combine(code, left, right)?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<u32> {
        let Token::Mark(mark) = self.lexer.peek() else {
            return self.primary();
        };
        if mark == b"(" {
            return self.primary();
        }
        self.lexer.next();
        self.nesting += 1;
        if self.nesting > DEEPEST {
            return None;
        }
        let inner = self.unary()?;
        self.nesting -= 1;
        match mark {
            b"+" => Some(inner),
            b"-" => {
                if let Some(value) = self.known(inner) {
                    return self.constant(value.wrapping_neg());
                }
                let zero = self.constant(0)?;
                self.node(Node::Binary(0x6b, zero, inner), &[inner])
            }
            b"~" => {
                let ones = self.constant(-1)?;
                self.node(Node::Binary(0x73, inner, ones), &[inner])
            }
            b"!" => self.node(Node::Unary(0x45, inner), &[inner]),
            b"++" | b"--" => self.step(inner, mark),
            _ => None,
        }
    }

    fn step(&mut self, target: u32, mark: &[u8]) -> Option<u32> {
        let one = self.constant(1)?;
        let code = if mark == b"++" { 0x6a } else { 0x6b };
        let value = self.node(Node::Binary(code, target, one), &[target, one])?;
        self.assign(target, value)
    }

    fn primary(&mut self) -> Option<u32> {
        let node = match self.lexer.next() {
            Token::Number(Some(value)) => return self.constant(value),
            Token::Number(None) => return self.node(Node::Fraction, &[]),
            Token::Mark(b"(") => {
                let inner = self.expression()?;
                if !self.lexer.takes(b")") {
                    return None;
                }
                return Some(inner);
            }
            Token::Name(name) => self.named(name)?,
            _ => return None,
        };
        match self.lexer.peek() {
            Token::Mark(mark @ (b"++" | b"--")) if !self.lexer.ends_line() => {
                self.lexer.next();
                self.step(node, mark)
            }
            _ => Some(node),
        }
    }

    /// What begins with a name: a variable, an access of a heap or a call.
    fn named(&mut self, first: &'t [u8]) -> Option<u32> {
        let mut name = first;
        while self.lexer.takes(b".") {
            let Token::Name(member) = self.lexer.next() else {
                return None;
            };
            name = member;
        }
        match self.lexer.peek() {
            Token::Mark(b"(") => {
                self.lexer.next();
                let arguments = self.arguments()?;
                self.called(name, arguments)
            }
            Token::Mark(b"[") => {
                self.lexer.next();
                let index = self.expression()?;
                if !self.lexer.takes(b"]") {
                    return None;
                }
                if self.lexer.takes(b"(") {
                    let mut arguments = self.arguments()?;
                    arguments.truncate(MOST_ARGUMENTS - 1);
                    let mut of = arguments.clone();
                    of.push(index);
                    return self.node(Node::Indirect(index, arguments), &of);
                }
                let known = self.names.heaps.get(name).copied();
                let heap = known.filter(|_| !self.locals.contains_key(name));
                let (heap, address) = if let Some(heap) = heap {
                    (heap, self.address(index, heap.shift)?)
                } else {
                    let base = self.variable(name)?;
                    let within = self.address(index, WORDS.shift)?;
                    let sum = Node::Binary(0x6a, base, within);
                    (WORDS, self.node(sum, &[base, within])?)
                };
                self.node(Node::Load(heap, address), &[address])
            }
            _ => self.variable(name),
        }
    }

    fn variable(&mut self, name: &'t [u8]) -> Option<u32> {
        if super::function::is_keyword(name) {
            return None;
        }
        let node = match self.locals.get(name) {
            Some(&index) => Node::Local(index),
            None => Node::Global(self.names.global(name)?),
        };
        self.node(node, &[])
    }

    /// The address of an element: `x >> 2` was written for `x`.
    fn address(&mut self, index: u32, shift: u8) -> Option<u32> {
        if shift == 0 {
            return Some(index);
        }
        match *self.nodes.get(index as usize)? {
            Node::Constant(value) => self.constant(value.wrapping_shl(shift.into())),
            Node::Binary(0x75 | 0x76, inner, by) if self.known(by) == Some(shift.into()) => {
                Some(inner)
            }
            Node::Binary(0x6a, left, right) => {
                let left = self.address(left, shift)?;
                let right = self.address(right, shift)?;
                self.node(Node::Binary(0x6a, left, right), &[left, right])
            }
            _ => {
                let by = self.constant(shift.into())?;
                self.node(Node::Binary(0x74, index, by), &[index, by])
            }
        }
    }

    fn arguments(&mut self) -> Option<Vec<u32>> {
        let mut arguments = Vec::new();
        if self.lexer.takes(b")") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.assignment()?);
            if self.lexer.takes(b")") {
                return Some(arguments);
            }
            if !self.lexer.takes(b",") || arguments.len() > 255 {
                return None;
            }
        }
    }

    fn called(&mut self, name: &'t [u8], mut arguments: Vec<u32>) -> Option<u32> {
        let mathematics = self.names.mathematics(name);
        let node = match (mathematics, arguments.as_slice()) {
            (b"imul", &[left, right]) => Node::Binary(0x6c, left, right),
            (b"clz32", &[inner]) => Node::Unary(0x67, inner),
            (b"sqrt", &[inner]) => Node::Unary(0x9f, inner),
            (b"fround", &[inner]) => return Some(inner),
            // The halves of a 64-bit word, of which the lower stands for both.
            (_, &[low, high, by])
                if self.known(by).is_some() && self.names.rotations.contains(&name) =>
            {
                let turned = self.node(Node::Binary(0x89, low, by), &[low, by])?;
                Node::Sequence(high, turned)
            }
            _ => match self.names.functions.get(name) {
                Some(&(index, parameters)) if parameters <= arguments.len() + MOST_MISSING => {
                    while arguments.len() < parameters {
                        arguments.push(self.constant(0)?);
                    }
                    Node::Call(index, parameters, arguments.clone())
                }
                _ => {
                    arguments.truncate(MOST_ARGUMENTS - 1);
                    // One unknown function for each number of arguments.
                    Node::Call(arguments.len() as u32, arguments.len(), arguments.clone())
                }
            },
        };
        self.node(node, &arguments)
    }

    /// Writes a node; its value is dropped unless it is wanted.
    pub(super) fn write(&mut self, index: u32, wanted: bool) -> Option<()> {
        let node = std::mem::replace(self.nodes.get_mut(index as usize)?, Node::Fraction);
        self.written(&node, wanted)?;
        *self.nodes.get_mut(index as usize)? = node;
        Some(())
    }

    fn written(&mut self, node: &Node, wanted: bool) -> Option<()> {
        match *node {
            Node::Constant(_) | Node::Fraction | Node::Local(_) | Node::Global(_) if !wanted => {}
            Node::Constant(value) => {
                self.out.push(0x41);
                signed(&mut self.out, value.into());
            }
            Node::Fraction => {
                self.out.push(0x44);
                self.out.extend_from_slice(&[0; 8]);
            }
            Node::Local(index) => self.operator(0x20, index),
            Node::Global(index) => self.operator(0x23, index),
            Node::Unsigned(inner) => self.write(inner, wanted)?,
            Node::Unary(code, inner) => {
                self.write(inner, wanted)?;
                self.out.extend(wanted.then_some(code));
            }
            Node::Binary(code, left, right) => {
                self.write(left, wanted)?;
                self.write(right, wanted)?;
                self.out.extend(wanted.then_some(code));
            }
            Node::Load(heap, address) => {
                self.write(address, wanted)?;
                if wanted {
                    self.out.extend_from_slice(&[heap.load, 0, 0]);
                }
            }
            Node::Store(heap, address, value) => {
                self.write(address, true)?;
                self.write(value, true)?;
                let kept = wanted.then(|| self.local());
                if let Some(kept) = kept {
                    self.operator(0x22, kept);
                }
                self.out.extend_from_slice(&[heap.store, 0, 0]);
                if let Some(kept) = kept {
                    self.operator(0x20, kept);
                }
            }
            Node::SetLocal(index, value) => {
                self.write(value, true)?;
                self.operator(if wanted { 0x22 } else { 0x21 }, index);
            }
            Node::SetGlobal(index, value) => {
                self.write(value, true)?;
                self.operator(0x24, index);
                if wanted {
                    self.operator(0x23, index);
                }
            }
            Node::Choose(condition, yes, no) => self.choice(condition, yes, no, wanted)?,
            Node::Sequence(first, last) => {
                self.write(first, false)?;
                self.write(last, wanted)?;
            }
            Node::Call(index, parameters, ref arguments) => {
                for (place, &argument) in arguments.iter().enumerate() {
                    self.write(argument, place < parameters)?;
                }
                self.operator(0x10, index);
                self.out.extend((!wanted).then_some(0x1a));
            }
            Node::Indirect(target, ref arguments) => {
                for &argument in arguments {
                    self.write(argument, true)?;
                }
                self.write(target, true)?;
                self.operator(0x11, arguments.len() as u32);
                self.out.push(0);
                self.out.extend((!wanted).then_some(0x1a));
            }
        }
        Some(())
    }

    fn choice(&mut self, condition: u32, yes: u32, no: u32, wanted: bool) -> Option<()> {
        let busy = |index: u32| self.heights.get(index as usize).is_none_or(|known| known.1);
        if wanted && !busy(yes) && !busy(no) {
            self.write(yes, true)?;
            self.write(no, true)?;
            self.write(condition, true)?;
            self.out.push(0x1b);
            return Some(());
        }
        self.write(condition, true)?;
        self.out
            .extend_from_slice(&[0x04, if wanted { 0x7f } else { 0x40 }]);
        self.write(yes, wanted)?;
        self.out.push(0x05);
        self.write(no, wanted)?;
        self.out.push(0x0b);
        Some(())
    }
}
