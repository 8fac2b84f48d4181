//! A search for a proof of work in a script, by what is done with a hash: a loop (or a function that
//! has itself called again) that counts, hashes, and acts on whether the hash is small enough. What
//! leads to a hash is followed by name, from the code that mixes words to the functions that call
//! it and to what they return, however many functions and methods are between.
//!
//! Names are taken as they are: those of different scopes are one. The steps together are bounded by
//! [`SHARE`] times the length of the text.

mod loops;

use super::form::{Form, Named};
use crate::verdict::{Fact, Findings, Place};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How many times the text's length may be read, all in all.
const SHARE: usize = 16;
/// How far back an assignment is looked for.
const STATEMENT: usize = 400;
/// Loops and functions are looked at so far.
const LONGEST: usize = 12_000;
/// So much around a loop belongs to it.
const NEAR: usize = 3_000;
/// So much of a text is looked at for whether it mixes words.
const WINDOW: usize = 96;

/// Adds what is found as `form.search`, or as `form.match` where a hash is looked for that is known.
pub(super) fn note(form: &Form, out: &mut Findings) {
    let mut searcher = Searcher::new(form);
    searcher.follow();
    let (mut small, mut same) = (0, 0);
    for (start, body, end) in searcher.loops() {
        match searcher.judge(start, body, end) {
            Some(Test::Order) => small += 1,
            Some(Test::Equal) => same += 1,
            None => {}
        }
    }
    for (name, count) in [("form.search", small), ("form.match", same)] {
        if count > 0 {
            out.add(Fact {
                name: Cow::Borrowed(name),
                count,
                place: Place::default(),
                detail: String::new(),
            });
        }
    }
}

/// How a hash is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    /// Whether it is less than something, or begins with zeros.
    Order,
    /// Whether it is something.
    Equal,
}

struct Searcher<'f> {
    text: &'f [u8],
    names: &'f [Named],
    /// Of every bracket the other one; of all else, and of brackets that have none, 0.
    partner: Vec<u32>,
    /// The braces, and the place in this list of the braces around them.
    braces: Vec<(usize, usize, Option<usize>)>,
    /// The names, by their hashes.
    known: Vec<(u32, usize)>,
    /// Where words are mixed, in order.
    mixes: Vec<usize>,
    /// What leads to a hash.
    hot: BTreeSet<u32>,
    steps: usize,
}

impl<'f> Searcher<'f> {
    fn new(form: &'f Form) -> Self {
        let text = form.text.as_slice();
        let mut partner = vec![0; text.len()];
        let mut braces = Vec::new();
        let mut open: Vec<(u8, usize, Option<usize>)> = Vec::new();
        let mut around = None;
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'(' | b'[' => open.push((byte, at, None)),
                b'{' => {
                    open.push((byte, at, around));
                    braces.push((at, text.len(), around));
                    around = Some(braces.len() - 1);
                }
                b')' | b']' | b'}' => {
                    let Some((kind, start, outer)) = open.pop() else {
                        continue;
                    };
                    partner[start] = at as u32;
                    partner[at] = start as u32;
                    if kind == b'{' {
                        if let Some(brace) = around.and_then(|own| braces.get_mut(own)) {
                            brace.1 = at;
                        }
                        around = outer;
                    }
                }
                _ => {}
            }
        }
        let both = |(index, name): (usize, &Named)| [(name.first, index), (name.last, index)];
        let mut known: Vec<(u32, usize)> = form.names.iter().enumerate().flat_map(both).collect();
        known.sort_unstable();
        known.dedup();
        Self {
            text,
            names: &form.names,
            partner,
            braces,
            known,
            mixes: Vec::new(),
            hot: BTreeSet::new(),
            steps: text.len().saturating_mul(SHARE),
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn ends(&self, at: usize, tail: &[u8]) -> bool {
        self.text.get(..at).is_some_and(|text| text.ends_with(tail))
    }

    /// The bracket that belongs to the one at a place.
    fn other(&self, at: usize) -> Option<usize> {
        let other = self.partner.get(at).copied().unwrap_or(0) as usize;
        (other != 0 || self.partner.first() == Some(&(at as u32))).then_some(other)
    }

    fn name(&self, at: usize) -> Option<Named> {
        let index = self.names.partition_point(|name| name.at < at);
        self.names.get(index).filter(|name| name.at == at).copied()
    }

    /// The names in a part of the text.
    fn within(&self, start: usize, end: usize) -> &'f [Named] {
        let from = self.names.partition_point(|name| name.at < start);
        let to = self.names.partition_point(|name| name.at < end);
        self.names.get(from..to).unwrap_or_default()
    }

    /// Whether a name is called.
    fn is_call(&self, name: &Named) -> bool {
        let after = name.at + usize::from(self.byte(name.at) == b'$');
        self.byte(after) == b'('
    }

    /// Whether what leads to a hash is called. Of members, only the last says what is called.
    fn hashes(&self, name: &Named) -> bool {
        self.hot.contains(&name.last) && self.is_call(name)
    }

    fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }

    /// From where words are mixed, or a digest is asked for, to all that leads there.
    fn follow(&mut self) {
        let mut places = Vec::new();
        for (index, window) in self.text.chunks(WINDOW).enumerate() {
            let mut mixes = memchr::memchr_iter(b'^', window);
            if let (Some(first), Some(_)) = (mixes.next(), mixes.next()) {
                places.push(index * WINDOW + first);
            }
        }
        let asked = self.text.windows(7).enumerate();
        let asked = asked.filter(|(_, word)| word == b"digest(");
        let asked: Vec<usize> = asked.map(|(at, _)| at).collect();
        let mut new: Vec<u32> = Vec::new();
        for &at in &places {
            self.owners(at, &mut new);
        }
        self.mixes = places;
        for at in asked {
            new.extend(self.assigned(at));
            self.owners(at, &mut new);
        }
        while let Some(name) = new.pop() {
            if !self.hot.insert(name) {
                continue;
            }
            let from = self.known.partition_point(|known| known.0 < name);
            let uses = self.known.get(from..).unwrap_or_default();
            let uses: Vec<usize> = uses
                .iter()
                .take_while(|known| known.0 == name)
                .map(|known| known.1)
                .collect();
            for index in uses {
                let Some(named) = self.names.get(index).copied() else {
                    continue;
                };
                if !self.spend(STATEMENT / 8) {
                    return;
                }
                new.extend(self.assigned(named.at));
                if self.is_call(&named) {
                    self.owners(named.at, &mut new);
                }
            }
        }
    }

    /// The braces around a place, the closest first.
    fn around(&self, at: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let after = self.braces.partition_point(|brace| brace.0 < at);
        let mut next = after.checked_sub(1);
        while let Some(brace) = next.and_then(|index| self.braces.get(index)) {
            if brace.1 >= at {
                break;
            }
            next = brace.2;
        }
        core::iter::from_fn(move || {
            let brace = self.braces.get(next?)?;
            next = brace.2;
            Some((brace.0, brace.1))
        })
    }

    /// What the function around a place is called, and the class around that.
    fn owners(&self, at: usize, out: &mut Vec<u32>) {
        let mut inside = false;
        for (open, _) in self.around(at).take(12) {
            let is_class = self.class(open);
            if let Some(name) = is_class {
                out.push(name);
                return;
            }
            if let Some(name) = self.called(open) {
                if inside {
                    return;
                }
                inside = true;
                out.push(name);
            }
        }
    }

    /// The name of the class whose body begins here.
    fn class(&self, open: usize) -> Option<u32> {
        let names = (1..=4).find(|&names| self.ends(open - names.min(open), b"class"))?;
        self.name(open - names).map(|name| name.last)
    }

    /// The name of the function whose body begins here.
    fn called(&self, open: usize) -> Option<u32> {
        if self.ends(open, b"function") {
            let start = open - 8;
            let own = self.name(start).map(|name| name.last);
            return own.or_else(|| self.given(start));
        }
        if self.ends(open, b"=>") {
            let last = open.checked_sub(3)?;
            let start = if self.byte(last) == b')' {
                self.other(last)?
            } else {
                last
            };
            return self.given(start);
        }
        if self.ends(open, b")") {
            let start = self.other(open - 1)?;
            return self.name(start.checked_sub(1)?).map(|name| name.last);
        }
        None
    }

    /// The name to which the expression that begins here is given.
    fn given(&self, start: usize) -> Option<u32> {
        let before = start.checked_sub(2)?;
        let gives = matches!(self.byte(before + 1), b'=' | b':');
        self.name(before).filter(|_| gives).map(|name| name.last)
    }

    /// The name that holds what is computed from what stands at a place.
    fn assigned(&self, at: usize) -> Option<u32> {
        let mut next = at;
        let mut comma = false;
        for _ in 0..STATEMENT {
            next = next.checked_sub(1)?;
            match self.byte(next) {
                b')' | b']' | b'}' => next = self.other(next)?,
                b'(' | b'[' => comma = false,
                b'{' | b';' => return None,
                b',' => comma = true,
                b'n' if self.ends(next + 1, b"return") => return None,
                b'f' if self.ends(next + 1, b"$of") => {
                    return self.name(next - 2).map(|name| name.last);
                }
                b'=' => {
                    let compares = matches!(self.byte(next + 1), b'=' | b'>')
                        || matches!(self.byte(next.wrapping_sub(1)), b'=' | b'!' | b'<' | b'>');
                    if compares {
                        continue;
                    }
                    if comma {
                        return None;
                    }
                    let mut left = next.checked_sub(1)?;
                    if b"+-*/|&^%".contains(&self.byte(left)) {
                        left = left.checked_sub(1)?;
                    }
                    while self.byte(left) == b']' {
                        left = self.other(left)?.checked_sub(1)?;
                    }
                    return self.name(left).map(|name| name.last);
                }
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::form;
    use super::*;

    /// A hash by what it does with words, behind a method and a function.
    const HASH: &str = "
        function turn(x, n) { return x << n | x >>> 32 - n }
        class Mixer {
            round(w) { for (let i = 0; i < 64; i++) { w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14], 1) ^ w[i] } return w }
            run(data) { this.state = this.round(Array.from(data)); return this }
        }
        const digestOf = (data) => new Mixer().run(data).state;";

    fn facts(code: &str) -> Vec<(String, u32)> {
        let mut out = Findings::default();
        note(&form(format!("{HASH}{code}").as_bytes()), &mut out);
        out.facts
            .iter()
            .map(|fact| (fact.name.clone().into_owned(), fact.count))
            .collect()
    }

    #[test]
    fn loops_that_count_hash_and_compare_are_searches() {
        for code in [
            "onmessage = (e) => { for (let n = e.data.from; n < e.data.to; n++) { const d = digestOf([...e.data.head, n]); if (d[7] <= e.data.top) postMessage({ n, d }); } }",
            "async function go(w) { for (let i = 0; i < 300; i++) { var guess = Math.random() * 4294967296, d = hex(digestOf(w.seed + guess)); if (d < w.max) { $.post(w.url, d); return } } setTimeout(() => go(w), 20) }",
            "onmessage = (m) => { let n = 0, h = ''; while (h.substring(0, m.data.level) !== want) { n++; h = hex(digestOf(m.data.text + n)) } postMessage(h) }",
            "onmessage = ({ data }) => { let x = data.first; while (Atomics.load(data.flag, 0) === 0) { view.setUint32(4, x); const r = digestOf(view); let v = 0n; for (const b of r) v = v << 8n | BigInt(b); if (v >= data.floor) Atomics.store(data.flag, 1, x); x += data.step } }",
            "var source = `let c = 0; function work(t) { do { c++; var r = digestOf(t.text + c); if (judge(r, t.limit)) postMessage(c) } while (r) } onmessage = function (e) { work(e.data) }; work({ text: '', limit: 12345678 }); work({ text: '', limit: 12345678 }); work({ text: '' })`; new Worker(source);",
        ] {
            let facts = facts(code);
            assert!(
                facts.iter().any(|fact| fact.0 == "form.search"),
                "{code}: {facts:?}"
            );
        }
    }

    #[test]
    fn hashes_that_are_only_used_are_none() {
        for code in [
            "onmessage = (e) => { for (let o = 0; o < e.data.size; o += step) { parts.push(hex(digestOf(e.data.slice(o, o + step)))); if (o % 16 === 0) postMessage(o / e.data.size) } postMessage(parts) }",
            "onmessage = (e) => { let u = e.data.text; for (let i = 0; i < e.data.rounds; i++) { u = digestOf(u); if (i % 100 === 0) postMessage(i) } postMessage(u) }",
            "onmessage = (e) => { let node = e.data.leaf; for (const p of e.data.proof) node = digestOf(less(node, p) ? node + p : p + node); postMessage(node === e.data.root) }",
            "function pick(nodes, key) { let best, top = -1; for (const n of nodes) { const s = digestOf(n + key)[0]; if (s > top) { top = s; best = n } } postMessage(best) }",
            "onmessage = (e) => { for (let i = 0; i < e.data.length; i++) { const d = digestOf(e.data[i]); if (d < top) postMessage(d) } }",
        ] {
            assert_eq!(facts(code), [], "{code}");
        }
    }

    #[test]
    fn hostile_texts_end() {
        for part in [
            "digestOf(a)&&",
            "for(",
            "while(a){",
            "if(a<b){",
            "a=b=",
            "{",
            "(",
            "a=>{",
            "do{",
            "`${",
            "a++;",
            "for(n=0;;n++){d=digestOf(n);if(d<",
            "function a(){a(",
            "class a{",
            "^^=",
        ] {
            let code = part.repeat(60_000 / part.len());
            assert!(facts(&code).len() <= 2, "{part}");
            assert!(facts(&format!("{code}postMessage(a)")).len() <= 2, "{part}");
        }
    }
}
