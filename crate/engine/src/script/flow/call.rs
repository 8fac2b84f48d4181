//! Calls: what goes in, and what comes out.

use super::lexer::{EQUAL, Token, hash};
use super::tree::Tree;
use super::value::Value;
use super::{
    Bits, CALLED, COUNTED, COUNTS, DIFFERS, DIGEST, DIGESTS, DRAWN, Flow, GIVEN_COUNTED,
    GIVEN_DIGEST, HASHED, HASHES_ITSELF, HELPED, MEMORY, is,
};

/// What of the platform gives back nothing of what it is given.
const OPAQUE: [u32; 14] = [
    hash(b"fetch"),
    hash(b"postMessage"),
    hash(b"send"),
    hash(b"emit"),
    hash(b"setTimeout"),
    hash(b"setInterval"),
    hash(b"setImmediate"),
    hash(b"requestAnimationFrame"),
    hash(b"addEventListener"),
    hash(b"open"),
    hash(b"log"),
    hash(b"importScripts"),
    hash(b"Worker"),
    hash(b"WebSocket"),
];
/// What tells others.
pub(super) const TELLS: [u32; 6] = [
    hash(b"postMessage"),
    hash(b"send"),
    hash(b"fetch"),
    hash(b"emit"),
    hash(b"sendBeacon"),
    hash(b"dispatchEvent"),
];
/// Of so many parameters one may be what counts.
const FEW: usize = 12;
/// What ends a search.
pub(super) const ENDS: [u32; 8] = [
    hash(b"close"),
    hash(b"terminate"),
    hash(b"resolve"),
    hash(b"abort"),
    hash(b"stop"),
    hash(b"exit"),
    hash(b"clearInterval"),
    hash(b"clearTimeout"),
];
/// What a part of a text is asked for with.
const PARTS: [u32; 4] = [
    hash(b"slice"),
    hash(b"substring"),
    hash(b"substr"),
    hash(b"charAt"),
];
/// What chooses among what there is: where is not what.
const CHOICES: [u32; 8] = [
    hash(b"subarray"),
    hash(b"charCodeAt"),
    hash(b"codePointAt"),
    hash(b"at"),
    hash(b"get"),
    hash(b"indexOf"),
    hash(b"padStart"),
    hash(b"toString"),
];
/// What draws.
const DRAWS: [u32; 3] = [
    hash(b"random"),
    hash(b"getRandomValues"),
    hash(b"randomBytes"),
];
/// What asks each element of a hash, or how it begins.
const ASKS: [u32; 6] = [
    hash(b"startsWith"),
    hash(b"endsWith"),
    hash(b"includes"),
    hash(b"match"),
    hash(b"every"),
    hash(b"some"),
];
/// What counts for several workers.
const ATOMICS: u32 = hash(b"Atomics");
const ADD: u32 = hash(b"add");
const FROM: u32 = hash(b"from");
/// What keeps what it is given.
const KEEPS: [u32; 15] = [
    hash(b"push"),
    hash(b"unshift"),
    hash(b"splice"),
    hash(b"fill"),
    hash(b"set"),
    hash(b"add"),
    hash(b"append"),
    hash(b"update"),
    hash(b"setUint8"),
    hash(b"setUint16"),
    hash(b"setUint32"),
    hash(b"setInt32"),
    hash(b"setBigUint64"),
    hash(b"writeUInt32LE"),
    hash(b"writeUInt32BE"),
];
const MATCHES: u32 = hash(b"test");
const REVERSE: u32 = hash(b"reverse");
/// What a platform or a library calls its hashes, whoever made them.
const HASHES: [u32; 5] = [
    hash(b"digest"),
    hash(b"deriveBits"),
    hash(b"ccall"),
    hash(b"cwrap"),
    EXPORTS,
];
const EXPORTS: u32 = hash(b"exports");
/// Where the memory of a module is found.
const MEMORIES: [u32; 5] = [
    hash(b"memory"),
    hash(b"HEAPU8"),
    hash(b"HEAP8"),
    hash(b"HEAPU32"),
    hash(b"HEAP32"),
];
/// What writes a number at a place.
const WRITES: [u32; 3] = [hash(b"setUint32"), hash(b"setInt32"), hash(b"setBigUint64")];
/// What reads one.
const READS: [u32; 3] = [hash(b"getUint32"), hash(b"getInt32"), hash(b"getBigUint64")];

/// What scripts have of the platform and of the language.
const PLATFORM: [u32; 32] = [
    hash(b"Array"),
    hash(b"Object"),
    hash(b"String"),
    hash(b"Number"),
    hash(b"BigInt"),
    hash(b"Boolean"),
    hash(b"Math"),
    hash(b"JSON"),
    hash(b"Date"),
    hash(b"Promise"),
    hash(b"Uint8Array"),
    hash(b"Int8Array"),
    hash(b"Uint16Array"),
    hash(b"Uint32Array"),
    hash(b"Int32Array"),
    hash(b"Float32Array"),
    hash(b"Float64Array"),
    hash(b"BigUint64Array"),
    hash(b"DataView"),
    hash(b"ArrayBuffer"),
    hash(b"Map"),
    hash(b"Set"),
    hash(b"Error"),
    hash(b"TextEncoder"),
    hash(b"TextDecoder"),
    hash(b"parseInt"),
    hash(b"performance"),
    hash(b"console"),
    hash(b"atob"),
    hash(b"btoa"),
    hash(b"clearTimeout"),
    hash(b"crypto"),
];

impl Flow<'_> {
    /// What a name of the platform says.
    pub(super) fn known(&mut self, at: usize) -> Bits {
        let (Token::Name(name) | Token::Member(name)) = self.tree.token(at) else {
            return 0;
        };
        if HASHES.contains(&name) {
            CALLED
        } else if MEMORIES.contains(&name) {
            MEMORY
        } else if DRAWS.contains(&name) && self.seeds() {
            COUNTED
        } else {
            0
        }
    }

    /// What a call gives.
    #[allow(clippy::too_many_lines)] // Step by step what a call does.
    pub(super) fn call(&mut self, callee: Value, open: usize, close: usize) -> Value {
        let mut given: Vec<Value> = Vec::new();
        let within = self.is_within(callee.function);
        let mut at = open + 1;
        while at < close {
            let (next, mut value) = self.expression(at, close, false);
            if within && self.steps_given(callee.function, given.len(), at) {
                value.bits |= COUNTED;
            }
            given.push(value);
            at = next.max(at) + 1;
        }
        let own = if callee.member != 0 {
            callee.owner_bits
        } else {
            0
        };
        let all = given.iter().fold(own, |bits, value| bits | value.bits);
        let name = self.name_of(callee, open);
        let opaque = OPAQUE.contains(&name);
        let told = TELLS.contains(&name) && given.iter().any(|value| value.bits & COUNTED != 0);
        if told && self.finds() {
            self.found.told += 1;
        }
        let function = callee.function as usize;
        let direct = callee.member == 0 || function != 0;
        let leads = self.of(callee.node) | if direct { callee.bits & CALLED } else { 0 };
        let spaces = function == 0 && own & CALLED != 0;
        // Who loads other scripts hashes with what those declare.
        let elsewhere = self.loads
            && function == 0
            && self.is_foreign(if callee.member == 0 {
                callee.node
            } else {
                callee.owner
            })
            && !PLATFORM.contains(&self.root(open));
        let hashes = !opaque
            && (leads & CALLED != 0
                || spaces
                || elsewhere
                || HASHES.contains(&name) && name != EXPORTS)
            || function != 0 && self.leads(function) != 0;
        let flows = COUNTS | DIGESTS | HASHED | DRAWN | DIFFERS | CALLED | MEMORY;
        let chooses = PARTS.contains(&name) || CHOICES.contains(&name) || READS.contains(&name);
        let mut bits = match (opaque, chooses) {
            (true, _) => 0,
            (_, true) => own & flows,
            _ => all & flows,
        };
        let digest = if hashes {
            self.hash(callee, all, &mut bits)
        } else {
            0
        };
        if function != 0 {
            let returned = self.result_of(function);
            // Zeros of a hash are counted, but not what is hashed.
            let counts = !(hashes && returned & HASHED != 0) && all & HASHED == 0;
            bits |= if counts { returned } else { returned & !COUNTS };
            // What gives no hash back keeps what it is given in its first argument.
            if hashes
                && returned & HASHED == 0
                && let [state, rest @ ..] = given.as_slice()
                && self.of(state.node) & (HASHED | CALLED) != 0
            {
                let kept = rest.iter().fold(0, |bits, value| bits | value.bits);
                self.add(state.node, kept & COUNTS);
            }
            self.give(function, &given, digest);
            let about = all & DIGESTS != 0 && !is(&self.part, self.current);
            if about && is(&self.asks, function) && self.finds() {
                self.asked += 1;
            }
            if is(&self.part, self.current) {
                self.becomes_part(function);
            }
        }
        let known = own
            | given
                .first()
                .filter(|_| name == FROM)
                .map_or(0, |value| value.bits);
        for value in &given {
            self.call_back(value.function, known & !CALLED, &mut bits);
            // What a part of a hash calls for each element is one.
            let callback = self.tree.functions.get(value.function as usize);
            let inner = callback.is_some_and(|f| f.parent as usize == self.current);
            if inner && value.function != 0 && is(&self.part, self.current) {
                self.becomes_part(value.function as usize);
            }
        }
        if DRAWS.contains(&name) && self.seeds() {
            bits |= COUNTED;
            for value in &given {
                self.add(value.node, COUNTED);
            }
        }
        if name == ADD && self.root(open) == ATOMICS && self.seeds() {
            bits |= COUNTED;
        }
        self.ask(name, callee, &given, own);
        if KEEPS.contains(&name) {
            // What is given to a method may stay with its object.
            let kept = given.iter().fold(0, |bits, value| bits | value.bits);
            self.write(callee.owner, kept & (COUNTS | DIGESTS | HASHED));
        }
        let compares = compares(callee, own, &given) && !chooses && !opaque;
        if compares {
            bits = bits & !COUNTS | own & DIGESTS;
        }
        let first = given.first().and_then(|value| value.number);
        let buffer = given.first().filter(|value| value.node == value.owner);
        let buffer = buffer.map_or(0, |value| value.owner);
        Value {
            bits,
            function: self.given_by(function),
            result: true,
            compares,
            last: callee.last
                || name == REVERSE
                || READS.contains(&name) && matches!(first, Some(24 | 28)),
            cut: PARTS.contains(&name) && first == Some(0),
            owner: buffer,
            node: buffer,
            ..Value::default()
        }
    }

    /// The function that a call returns, unless that hashes: then what it returns is a hash, however
    /// it is made.
    fn given_by(&mut self, function: usize) -> u32 {
        let given = self.gives.get(function).copied().unwrap_or(0);
        if given != 0 && self.leads(given as usize) == 0 && self.seeds() {
            given
        } else {
            0
        }
    }

    fn is_foreign(&self, node: u32) -> bool {
        self.tree.foreign.binary_search(&node).is_ok()
    }

    /// The first name of what is called.
    fn root(&self, open: usize) -> u32 {
        let mut at = open;
        while let Some(before) = at.checked_sub(1) {
            match self.tree.token(before) {
                Token::Member(_) => at = before,
                Token::Name(name) => return name,
                _ => break,
            }
        }
        0
    }

    /// What is called, by its name.
    fn name_of(&self, callee: Value, open: usize) -> u32 {
        if callee.member != 0 {
            return callee.member;
        }
        match open.checked_sub(1).map(|before| self.tree.token(before)) {
            Some(Token::Name(name)) => name,
            _ => 0,
        }
    }

    /// Whether what is read is a function, or stands directly in it.
    fn is_within(&self, function: u32) -> bool {
        let parent = self.tree.functions.get(self.current).map(|f| f.parent);
        function != 0 && (self.current == function as usize || parent == Some(function))
    }

    /// Whether what a function gives to itself, from here on, is a parameter of its own and a number more.
    fn steps_given(&mut self, function: u32, index: usize, start: usize) -> bool {
        let Some(own) = self.tree.functions.get(function as usize) else {
            return false;
        };
        let commas = |at: &usize| self.tree.is(*at, b',');
        let (from, to) = own.given;
        let parameter = match index {
            0 => Some(from),
            FEW.. => None,
            _ => (from..to).filter(commas).nth(index - 1).map(|at| at + 1),
        };
        parameter.is_some_and(|at| {
            let target = Value {
                node: self.node(at),
                ..Value::default()
            };
            matches!(self.tree.token(at), Token::Name(_)) && self.steps(target, start)
        }) && self.seeds()
    }

    /// Gives parameters what they are called with.
    #[inline(never)]
    fn give(&mut self, function: usize, given: &[Value], digest: Bits) {
        let Some(own) = self.tree.functions.get(function) else {
            return;
        };
        let (mut at, end) = own.given;
        let mut index = 0;
        while at < end {
            match self.tree.token(at) {
                Token::Mark(b',') => index += 1,
                Token::Mark(b'{' | b'[') => {
                    let close = self.tree.other(at).min(end);
                    let bits = given.get(index).map_or(0, |value| value.bits);
                    for inner in at..close {
                        if let Token::Name(_) = self.tree.token(inner) {
                            self.add(self.node(inner), as_given(bits));
                        }
                    }
                    at = close.max(at);
                }
                Token::Name(_) => {
                    if let Some(value) = given.get(index) {
                        let node = self.node(at);
                        let mut bits = as_given(value.bits);
                        // One that calls itself with more counts.
                        let within = self.is_within(function as u32);
                        let more = value.node == 0 && value.bits & COUNTS != 0;
                        if within && more && self.seeds() {
                            bits |= COUNTED;
                        }
                        self.add(node, bits);
                        self.bind(node, value.function);
                        // A hash that is written into what is given.
                        if self.of(node) & HASHED != 0 {
                            self.write(value.node, HASHED | digest);
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Calls what was given to be called back with what the call knows.
    #[inline(never)]
    fn call_back(&mut self, function: u32, bits: Bits, out: &mut Bits) {
        let Some(own) = self
            .tree
            .functions
            .get(function as usize)
            .filter(|_| function != 0)
        else {
            return;
        };
        // Of things that hold a digest beside what was counted, either is asked for by name.
        let parts = self.tree.is(own.given.0, b'{') && bits & HASHED != 0;
        let bits = if parts { bits & !COUNTS } else { bits };
        for at in own.given.0..own.given.1 {
            if let Token::Name(_) = self.tree.token(at) {
                self.add(self.node(at), bits);
            }
        }
        *out |= self.result_of(function as usize);
    }

    /// A call that leads to a hash.
    #[inline(never)]
    fn hash(&mut self, callee: Value, all: Bits, bits: &mut Bits) -> Bits {
        if let Some(hot) = self.hot.get_mut(self.current) {
            let new = !std::mem::replace(hot, true);
            self.function_changed(self.current, new);
        }
        let digest = if all & COUNTED != 0 {
            DIGEST
        } else if all & GIVEN_COUNTED != 0 {
            GIVEN_DIGEST
        } else {
            0
        };
        let function = callee.function as usize;
        let returns = self.result_of(function);
        if function == 0 || returns & HASHED != 0 {
            // Nothing of what was counted is left in a hash of it.
            *bits = *bits & !COUNTS | HASHED | digest;
        }
        if function == 0 {
            *bits |= CALLED;
            self.written = true;
        }
        digest
    }

    /// Whether a function says that one element is the same as that of another at its place.
    fn pairs(&self, function: u32) -> bool {
        let Some(own) = self.tree.functions.get(function as usize) else {
            return false;
        };
        let (start, end) = own.body;
        let mut body = start..end.min(start + FEW);
        function != 0
            && own.short
            && body.any(|at| self.tree.is(at, EQUAL) && self.has_element(at, start, end))
    }

    /// Whether an element of something stands on one side of a sign of equality.
    fn has_element(&self, at: usize, start: usize, end: usize) -> bool {
        let element = |from: usize, to: usize| (from..to).any(|at| self.tree.is(at, b'['));
        element(start, at) != element(at, end.min(at + FEW))
    }

    /// Questions that are asked by a method.
    #[inline(never)]
    fn ask(&mut self, name: u32, callee: Value, given: &[Value], own: Bits) {
        let about = given.iter().any(|value| value.bits & DIGESTS != 0);
        let asks = ASKS.contains(&name) && !given.iter().any(|value| self.pairs(value.function));
        if asks && own & HASHED != 0 {
            self.asking();
        }
        if asks && own & DIGESTS != 0 || name == MATCHES && about {
            self.test(callee.last);
        }
        let place = given.first().and_then(|value| value.number);
        let counted = given.get(1).is_some_and(|value| value.bits & COUNTS != 0);
        if WRITES.contains(&name) && matches!(place, Some(39 | 76)) && counted && self.finds() {
            self.found.header += 1;
        }
    }
}

/// Which functions hash and tell others of something in their own code.
pub(super) fn telling(tree: &Tree) -> Vec<bool> {
    let mut tells = vec![false; tree.functions.len()];
    for (at, &owner) in tree.owners.iter().enumerate() {
        if let Token::Name(name) | Token::Member(name) = tree.token(at)
            && TELLS.contains(&name)
            && tree.is(at + 1, b'(')
            && let Some(tells) = tells.get_mut(owner as usize)
        {
            *tells = true;
        }
    }
    for (tells, function) in tells.iter_mut().zip(&tree.functions) {
        *tells &= function.mixes >= HASHES_ITSELF;
    }
    tells
}

/// Whether a call is given a digest and something to compare it with.
fn compares(callee: Value, own: Bits, given: &[Value]) -> bool {
    let digest = |bits: Bits| bits & DIGESTS != 0 && bits & COUNTS == 0;
    let other = |value: &Value| !value.literal && value.bits & (DIGESTS | COUNTS) == 0;
    match given {
        [one] => callee.member != 0 && digest(own) && other(one),
        [one, two] => digest(one.bits) && other(two) || digest(two.bits) && other(one),
        _ => false,
    }
}

/// What a parameter knows of what it is given.
const fn as_given(bits: Bits) -> Bits {
    let mut given = bits & (CALLED | MEMORY | DRAWN);
    if bits & COUNTS != 0 {
        given |= GIVEN_COUNTED;
    }
    // It is helped once only: what helps the helpers does not compare with a target.
    if bits & (DIGEST | GIVEN_DIGEST) != 0 {
        given |= HELPED;
    }
    given
}
