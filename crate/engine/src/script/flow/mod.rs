//! A search for a proof of work in a script, by what flows where: something that is counted or
//! drawn goes into a hash, and what comes out is compared by its size or its zeros. What the author
//! calls things, which loops there are and in how many functions the steps are taken does not matter.
//!
//! Functions that mix words lead to a hash, and so does what calls them; values are followed through
//! assignments, parameters, members, callbacks and results, all places of a name together, until
//! nothing changes. Inside of a hash nothing is a test. A function is read again only when something
//! that it read has changed: what it would say is known otherwise.

mod call;
mod expression;
mod lexer;
mod readers;
mod scope;
mod tree;
mod value;

use crate::verdict::{Fact, Findings, Place};
use readers::Readers;
use std::borrow::Cow;
use tree::Tree;
use value::Value;

/// How often a script is read at most until nothing changes.
const PASSES: usize = 5;
/// Of so many variables and members one may be a digest, or as many as
const MOST: usize = 12;
const FEW: usize = 40;
/// How deep expressions nest.
const DEEPEST: usize = 48;
/// How many variables stand for each other one after the other.
const STANDS: usize = 4;
/// So many exclusive ors in one function mix words: comparisons in constant time have one.
const MIXES: u32 = 2;
/// So many, in one that tells of something besides, are a hash of its own.
const HASHES_ITSELF: u32 = 6;

/// What is known of a value: that it
type Bits = u16;
/// is called, or holds what is called, to hash,
const CALLED: Bits = 1;
/// is a hash,
const HASHED: Bits = 2;
/// was counted or drawn,
const COUNTED: Bits = 4;
/// is a hash of something counted,
const DIGEST: Bits = 8;
/// was given to this function counted,
const GIVEN_COUNTED: Bits = 16;
/// is a hash of what was given counted,
const GIVEN_DIGEST: Bits = 32;
/// was given as such a hash,
const HELPED: Bits = 256;
/// is a remainder of a hash, which many numbers have,
const DRAWN: Bits = 512;
/// is how much a digest differs from something,
const DIFFERS: Bits = 1024;
/// or the memory of a module.
const MEMORY: Bits = 128;
/// What is counted, and what is a digest.
const COUNTS: Bits = COUNTED | GIVEN_COUNTED;
const DIGESTS: Bits = DIGEST | GIVEN_DIGEST | HELPED;

/// What a search was recognised by.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    /// Tests of the size or the zeros of a digest.
    order: u32,
    /// Tests that begin at its last byte or word.
    last: u32,
    /// Tests whether a digest is the one that was asked for.
    equal: u32,
    /// How often something that was counted is told.
    told: u32,
    /// Numbers that are written where headers of blocks have the nonce.
    header: u32,
    /// Finds that are told while the loop goes on as before.
    on: u32,
}

/// What a script can be recognised by here.
pub(super) const FACTS: [&str; 5] = [
    "flow.search",
    "flow.last",
    "flow.header",
    "flow.equal",
    "flow.on",
];

/// Adds what a script is recognised by: some of [`FACTS`], where it has none of them yet.
pub(super) fn note(text: &[u8], out: &mut Findings) {
    let tree = Tree::new(lexer::tokens(text));
    let found = Flow::new(&tree).follow();
    let equal = found.equal.min(found.told);
    let counts = [found.order, found.last, found.header, equal, found.on];
    for (name, count) in FACTS.into_iter().zip(counts) {
        if count > 0 && !out.has(name) {
            out.add(Fact {
                name: Cow::Borrowed(name),
                count,
                place: Place::default(),
                detail: String::new(),
            });
        }
    }
}

#[allow(clippy::struct_excessive_bools)] // Each is a step of its own.
struct Flow<'t> {
    tree: &'t Tree,
    /// Of every variable and member.
    bits: Vec<Bits>,
    /// The function that it holds; 0 for none.
    holds: Vec<u32>,
    /// Of what functions return.
    returned: Vec<Bits>,
    /// The function that they return; 0 for none.
    gives: Vec<u32>,
    /// Whether functions ask how large a hash is.
    asks: Vec<bool>,
    /// Who read variables and members, and after those functions.
    readers: Readers,
    /// Functions that say something else when counting is looked at,
    counters: Vec<bool>,
    /// or when what is found counts.
    testers: Vec<bool>,
    /// Whether functions lead to a hash,
    hot: Vec<bool>,
    /// or one of those inside them does,
    around: Vec<bool>,
    /// or they are a part of the hash.
    part: Vec<bool>,
    /// Whether functions tell others of something: what they mix, they look for themselves.
    tells: Vec<bool>,
    /// What a variable was first assigned, where that is another one; 0 for none.
    same: Vec<u32>,
    /// Variables that are objects whose entries are put in one by one.
    filled: Vec<bool>,
    /// Variables that are views of one memory.
    views: Vec<(u32, u32)>,
    /// Whether something outside hashes, which may write into the memory that it shares.
    written: bool,
    /// The function that is read.
    current: usize,
    depth: usize,
    changed: bool,
    /// Whether the script loads others.
    loads: bool,
    /// Whether counting is looked at yet.
    seeding: bool,
    /// Whether what is compared is refused.
    refusing: bool,
    /// Whether what is found counts.
    counting: bool,
    found: Found,
    /// How often it was asked for what could be found, here or in what was called.
    asked: u32,
}

impl<'t> Flow<'t> {
    fn new(tree: &'t Tree) -> Self {
        let mixing = || tree.functions.iter().map(|f| f.mixes >= MIXES);
        let tells = call::telling(tree);
        Self {
            tree,
            bits: vec![0; tree.count.max(1)],
            holds: vec![0; tree.count.max(1)],
            returned: mixing()
                .zip(&tells)
                .map(|(mixes, tells)| if mixes && !tells { HASHED } else { 0 })
                .collect(),
            gives: vec![0; tree.functions.len()],
            hot: mixing().collect(),
            asks: vec![false; tree.functions.len()],
            readers: Readers::new(
                tree.count.max(1) + tree.functions.len(),
                tree.functions.len(),
            ),
            counters: vec![false; tree.functions.len()],
            testers: vec![false; tree.functions.len()],
            around: vec![false; tree.functions.len()],
            part: mixing()
                .enumerate()
                .map(|(index, mixes)| mixes && index > 0 && !is(&tells, index))
                .collect(),
            tells,
            same: vec![0; tree.count.max(1)],
            filled: vec![false; tree.count.max(1)],
            views: Vec::new(),
            written: false,
            current: 0,
            depth: 0,
            changed: false,
            loads: tree
                .tokens
                .contains(&lexer::Token::Name(lexer::hash(b"importScripts"))),
            seeding: false,
            refusing: false,
            counting: false,
            found: Found::default(),
            asked: 0,
        }
    }

    /// First what hashes, then what a hash is made with, then what is counted, and what is found.
    fn follow(mut self) -> Found {
        self.settle();
        if !self.hot.contains(&true) && !self.written {
            return self.found;
        }
        for index in 1..self.tree.functions.len() {
            let returned = self.returned.get(index).copied().unwrap_or(0);
            // What only makes a hash, and all that it calls, is a part of the hash.
            if returned & HASHED != 0 && !is(&self.asks, index) {
                self.becomes_part(index);
            }
        }
        self.settle();
        self.seeding = true;
        self.due_again(|flow, index| is(&flow.counters, index));
        self.settle();
        if self.drowns() {
            return Found::default();
        }
        self.counting = true;
        self.due_again(|flow, index| is(&flow.testers, index));
        self.pass();
        self.found
    }

    /// Whether so much of a script is a digest that nothing is known of any of it. What only the hash
    /// itself works with does not count.
    fn drowns(&self) -> bool {
        let mut outside = vec![false; self.bits.len()];
        for (&node, &owner) in self.tree.nodes.iter().zip(&self.tree.owners) {
            if !is(&self.part, owner as usize)
                && let Some(outside) = outside.get_mut(node as usize)
            {
                *outside = true;
            }
        }
        let digests = self.bits.iter().zip(&outside);
        let digests = digests.filter(|&(bits, outside)| *outside && bits & DIGEST != 0);
        digests.count() > (self.bits.len() / MOST).max(FEW)
    }

    /// Functions of which this is true are read again.
    fn due_again(&mut self, which: impl Fn(&Self, usize) -> bool) {
        for index in 0..self.tree.functions.len() {
            if which(self, index) {
                self.readers.make_due(index);
            }
        }
    }

    /// Reads until nothing changes.
    #[inline(never)]
    fn settle(&mut self) {
        for _ in 0..PASSES {
            self.changed = false;
            self.pass();
            if !self.changed {
                break;
            }
        }
    }

    #[inline(never)]
    fn pass(&mut self) {
        for index in 0..self.tree.functions.len() {
            let Some(function) = self.tree.functions.get(index) else {
                break;
            };
            if !self.readers.take(index) {
                continue;
            }
            self.current = index;
            let (start, end) = function.body;
            if function.short {
                let mut at = start;
                while at < end {
                    let (next, value) = self.expression(at, end, false);
                    self.returns(index, value);
                    at = next.max(at + 1);
                }
            } else {
                self.statements(start, end);
            }
        }
        for index in (1..self.tree.functions.len()).rev() {
            let inside = is(&self.hot, index) || is(&self.around, index);
            let parent = self
                .tree
                .functions
                .get(index)
                .map_or(0, |f| f.parent as usize);
            if inside && let Some(around) = self.around.get_mut(parent) {
                let new = !std::mem::replace(around, true);
                self.function_changed(parent, new);
            }
        }
        let memories = if self.written { self.bits.len() } else { 0 };
        for node in 0..memories as u32 {
            let own = self.known_of(node);
            if own & MEMORY != 0 && own & COUNTS != 0 {
                self.add(node, DIGEST);
            }
        }
        for index in 0..self.views.len() {
            let Some(&(one, other)) = self.views.get(index) else {
                break;
            };
            let both = (self.known_of(one) | self.known_of(other)) & !CALLED;
            self.add(one, both);
            self.add(other, both);
        }
    }

    fn known_of(&self, node: u32) -> Bits {
        self.bits.get(node as usize).copied().unwrap_or(0)
    }

    /// What the function that is read finds a variable or member to be.
    #[inline(never)]
    fn of(&mut self, node: u32) -> Bits {
        self.readers.reads(node as usize, self.current);
        self.known_of(node)
    }

    /// The function that it finds there; 0 for none.
    fn held(&mut self, node: u32) -> u32 {
        self.readers.reads(node as usize, self.current);
        self.holds.get(node as usize).copied().unwrap_or(0)
    }

    /// What it finds that a function returns.
    #[inline(never)]
    fn result_of(&mut self, function: usize) -> Bits {
        self.reads_function(function);
        self.returned.get(function).copied().unwrap_or(0)
    }

    fn reads_function(&mut self, function: usize) {
        self.readers.reads(self.bits.len() + function, self.current);
    }

    /// Whether a function is known as more than before.
    #[inline(never)]
    fn function_changed(&mut self, function: usize, more: bool) {
        if more {
            self.changed = true;
            self.readers.changed(self.bits.len() + function);
        }
    }

    #[inline(never)]
    fn node_changed(&mut self, node: u32, more: bool) {
        if more {
            self.changed = true;
            self.readers.changed(node as usize);
        }
    }

    /// A function is a part of the hash from now on.
    fn becomes_part(&mut self, function: usize) {
        if let Some(part) = self.part.get_mut(function)
            && !std::mem::replace(part, true)
        {
            self.changed = true;
            self.readers.make_due(function);
        }
    }

    /// Whether what is counted is looked at, where that makes a difference.
    fn seeds(&mut self) -> bool {
        if let Some(counter) = self.counters.get_mut(self.current) {
            *counter = true;
        }
        self.seeding
    }

    /// Whether what is found counts, where something is.
    fn finds(&mut self) -> bool {
        if let Some(tester) = self.testers.get_mut(self.current) {
            *tester = true;
        }
        self.counting
    }

    /// What a variable or member may be from now on; 0 is none.
    #[inline(never)]
    fn add(&mut self, node: u32, bits: Bits) {
        if node != 0
            && let Some(known) = self.bits.get_mut(node as usize)
        {
            let more = *known | bits != *known;
            *known |= bits;
            self.node_changed(node, more);
        }
    }

    /// What is written into a variable's elements, and so into those of what it stands for.
    #[inline(never)]
    fn write(&mut self, node: u32, bits: Bits) {
        let mut node = node;
        for _ in 0..STANDS {
            self.add(node, bits);
            node = self.same.get(node as usize).copied().unwrap_or(0);
            if node == 0 {
                break;
            }
        }
    }

    /// What is called by the name of a variable or member.
    #[inline(never)]
    fn bind(&mut self, node: u32, function: u32) {
        if function == 0 || node == 0 {
            return;
        }
        if let Some(held) = self.holds.get_mut(node as usize)
            && *held == 0
        {
            *held = function;
            self.node_changed(node, true);
        }
        let called = self.leads(function as usize);
        self.add(node, called);
    }

    /// Whether calling a function, or what it returns, leads to a hash.
    fn leads(&mut self, function: usize) -> Bits {
        self.reads_function(function);
        Bits::from(is(&self.hot, function) || is(&self.around, function)) * CALLED
    }

    #[inline(never)]
    fn returns(&mut self, function: usize, value: Value) {
        if value.function != 0
            && let Some(gives) = self.gives.get_mut(function)
            && *gives == 0
        {
            *gives = value.function;
            self.function_changed(function, true);
        }
        let bits = value.bits & !(GIVEN_COUNTED | GIVEN_DIGEST | HELPED);
        if let Some(known) = self.returned.get_mut(function) {
            let more = *known | bits != *known;
            *known |= bits;
            self.function_changed(function, more);
        }
    }

    /// What a function that mixes words itself makes of what was counted is a digest of it.
    fn mixed(&self, bits: Bits) -> Bits {
        let own = self.tree.functions.get(self.current);
        if own.is_none_or(|own| own.mixes < MIXES) {
            return bits;
        }
        let mut mixed = bits & !COUNTS;
        if bits & COUNTED != 0 {
            mixed |= DIGEST;
        }
        if bits & GIVEN_COUNTED != 0 {
            mixed |= GIVEN_DIGEST;
        }
        mixed
    }

    /// The function that is read asks how large a hash is.
    fn asking(&mut self) {
        if !self.refusing
            && let Some(asks) = self.asks.get_mut(self.current)
        {
            *asks = true;
        }
    }

    /// A test of the size or the zeros of a digest.
    #[inline(never)]
    fn test(&mut self, last: bool) {
        if !self.refusing && !is(&self.part, self.current) && self.finds() {
            self.found.order += 1;
            self.asked += 1;
            self.found.last += u32::from(last);
        }
    }
}

/// Whether a function is marked.
fn is(flags: &[bool], index: usize) -> bool {
    flags.get(index).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests;
