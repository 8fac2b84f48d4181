//! Searches in many styles, and what hashes for other reasons.

use super::*;
use crate::work::tests::assert_linear;

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
    note(format!("{HASH}{code}").as_bytes(), &mut out);
    out.facts
        .iter()
        .map(|fact| (fact.name.clone().into_owned(), fact.count))
        .collect()
}

fn has(code: &str, name: &str) -> bool {
    facts(code).iter().any(|fact| fact.0 == name)
}

#[test]
fn what_counts_hashes_and_compares_is_a_search() {
    for code in [
        "onmessage = (e) => { for (let n = e.data.from; n < e.data.to; n++) { const d = digestOf([...e.data.head, n]); if (d[7] <= e.data.top) postMessage({ n, d }); } }",
        "async function go(w) { for (let i = 0; i < 300; i++) { var guess = Math.random() * 4294967296, d = hex(digestOf(w.seed + guess)); if (d < w.max) { $.post(w.url, d); return } } setTimeout(() => go(w), 20) }",
        "onmessage = (m) => { let n = 0, h = ''; while (h.substring(0, m.data.level) !== want) { n++; h = hex(digestOf(m.data.text + n)) } postMessage(h) }",
        "onmessage = ({ data }) => { let x = data.first; while (Atomics.load(data.flag, 0) === 0) { view.setUint32(4, x); const r = digestOf(view); let v = 0n; for (const b of r) v = v << 8n | BigInt(b); if (v >= data.floor) Atomics.store(data.flag, 1, x); x += data.step } }",
        "var source = `let c = 0; function judge(a, b) { return a[0] - b < 0 || a[1] < b } function work(t) { do { c++; var r = digestOf(t.text + c); if (judge(r, t.limit)) postMessage(c) } while (r) } onmessage = function (e) { work(e.data) }; work({ text: '', limit: 12345678 }); work({ text: '', limit: 12345678 }); work({ text: '' })`; new Worker(source);",
        // In a method that another calls, by a helper, with turns of its own.
        "function Work(s) { this.s = s; this.n = 0 } Work.prototype.once = function () { this.n = this.n + 1 & 65535; this.s.bytes[3] = this.n; var r = digestOf(this.s.bytes); return this.good(r) ? r : null }; Work.prototype.good = function (r) { for (var i = 0; i < this.s.zero; i++) if (r[31 - i]) return false; return true }; setInterval(function () { work.once() }, 5)",
        // By a list of tries.
        "let at = 0, hit; while (!(hit = Array.from({ length: 64 }, (_, i) => at + i).map((i) => ({ i, d: digestOf([i]) })).find(({ d }) => (d[0] << 8 | d[1]) < bound))) at += 64; send(hit)",
        // By zeros that are counted in another function.
        "const zeros = (h) => { let z = 0; for (const b of h) { if (b === 0) { z += 8; continue } z += Math.clz32(b) - 24; break } return z }; let i = 0; for (;;) { buf[0] = i; if (zeros(digestOf(buf)) >= bits) break; i += lanes } postMessage(i)",
        // A hash that is written where its nonce was read.
        "function stir(s) { for (let i = 0; i < 24; i++) { s[i] = s[i] ^ s[i + 1] ^ s[i + 2] } } let n = 0; for (;;) { n++; s[4] = n; stir(s); if (s[3] < bound) break } post(n)",
        // As a block that is forged.
        "class Block { calc() { return hex(digestOf(this.prev + this.spin)) } forge(level) { while (this.hash.substring(0, level) !== Array(level + 1).join('0')) { this.spin++; this.hash = this.calc() } return this } }",
        // By a function that says which is larger.
        "function larger(a, b) { for (const i of a.keys()) if (a[i] !== b[i]) return a[i] - b[i]; return 0 } for (let n = 0; ; n++) { const d = digestOf([n]); if (larger(d, goal) <= 0) post(n) }",
        // By what several workers count together.
        "for (;;) { const mine = Atomics.add(all, 0, 1); view.setInt32(0, mine); const d = new DataView(digestOf(view)); if (d.getUint32(0) < goal) post(mine) }",
        // By a hash that keeps its state in what it is given.
        "function feed(s, data) { for (const b of data) { s.buffer[s.fill++] = b; if (s.fill === 64) s.words = digestOf(s.buffer) } } function end(s) { return digestOf(s.buffer) } let n = 0; for (;;) { n++; const s = { buffer: [], fill: 0 }; feed(s, [n]); if (end(s)[0] < goal) post(n) }",
        // By the names that bundlers and minifiers leave.
        "var t={t:digestOf};function r({token:e,bits:a}){const r=new Uint8Array(e.length+6);let o=0;for(;;){for(let e=o,a=r.length-1;a>=0;a--,e=Math.floor(e/256))r[a]=e%256;if((0,t.t)(r).slice(0,a).every(t=>!t))return o;++o}}",
        // By one name for what counts and for what turns a hash into a number, each in its own block.
        "async function spin(e) { let t = 0; for (;;) { const n = e.work, r = digestOf([n.p, t]); let i = 0n; for (let t = 31; t >= 0; t--) i = i << 8n | BigInt(r[t]); i <= BigInt(n.t) && send(t), t++; if (t % 64) { let n = t; await n } } }",
        // By a hash that is the last of what is returned.
        "function last(e) { return e.fill(0), e.set(head), new Uint8Array(digestOf(e).buffer) } let a = 0, r; for (; !rule.test(r = hex(last([a])));) a++; post({ i: a, h: r })",
        // In a method whose name is in brackets.
        "class Job { constructor() { this['n'] = 0 } ['next']() { this['n']++; return this['n'] } ['once']() { const d = digestOf([this['next']()]); if (d[0] < this['top']) post(d) } }",
        // By a test that another function makes.
        "var p = n => e => (e[0] << 24 | e[1] << 16) >>> 32 - n == 0; function* b(n, e) { for (;; n += e) yield n } onmessage = ({ data: [n, e, h, o] }) => { const t = p(e); for (const c of b(h, o)) if (t(digestOf(n + c))) return postMessage(c) }",
        // By a hash that works on its own members, under other names.
        "class Core { init() { this.h.set(first); this.w = new Uint32Array(16) } block() { const w = this.w, s = this.h; let a = s[0]; for (let i = 0; i < 64; i++) { a = a ^ w[i] ^ a >>> 3 ^ i } s[0] += a; s[7] -= a } } class Rig { once(n) { const c = this.core; c.init(); c.w[3] = n; c.block(); return c.h } good(h) { for (let i = 7; i >= 0; i--) if (h[i] !== this.goal[i]) return h[i] < this.goal[i]; return true } slice() { for (; this.n < this.to; this.n++) if (this.good(this.once(this.n))) post(this.n) } }",
        // By a function that calls itself with one more, from a number that is written.
        "function seek(job, at, left) { if (left === 0) { setTimeout(() => seek(job, at, 500)); return } if (digestOf([job.text, at])[0] < job.top) return post(at); return seek(job, (at + 1) >>> 0, left - 1) } onmessage = (e) => seek(e.data, 0, 500)",
        // By how much a hash differs from its target.
        "for (let lo = 0; lo < most; lo++) { view.setUint32(32, lo); const r = digestOf(view); let more = 0; for (let i = 0; i < 32 && !more; i++) more = r[i] - goal[i]; if (more < 0) post(lo) }",
        // By a hash that is worked out where it is looked for.
        "onmessage = (e) => { var w = new Int32Array(80), n = e.data.n; for (;; n = n + 1 >>> 0) { for (var i = 0; i < 16; i++) w[i] = e.data.m[i]; w[3] = n; for (; i < 80; i++) { var t = w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16]; w[i] = t << 1 | t >>> 31 } var a = 1, b = 2; for (i = 0; i < 80; i++) { t = (a << 5 | a >>> 27) + (a ^ b ^ b >>> 3 ^ a >>> 9) + w[i] | 0; b = a; a = t } a = a + 1732584193 | 0; if (a >>> 0 < e.data.top) postMessage(n) } }",
        // By big numbers that are counted by lanes.
        "let n = BigInt(lane); for (;;) { words[4] = n; const d = digestOf(words); if (d[3] < top) postMessage(n); n += BigInt(lanes); }",
        // By a key that the platform derives.
        "for (let n = 0; ; n++) { const d = new Uint8Array(await crypto.subtle.deriveBits(kind, await keyOf([n]), 256)); if (d[31] < top) post(n) }",
        // By what a hash has in it.
        "for (let i = 0; ; i++) { const d = hex(digestOf([i])); if (d.slice(-20).includes('e11')) post(i) }",
    ] {
        assert!(has(code, "flow.search"), "{code}: {:?}", facts(code));
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
        // A key that is stretched, with a counter for each block of it.
        "function stretch(key, size) { const out = []; let c = 0; while (out.length < size) { c++; out.push(...digestOf(key + c)) } return out.slice(0, size) }",
        // A password of one time.
        "function check(secret, token) { const now = Math.floor(Date.now() / 30000); for (let i = -1; i <= 1; i++) { if (digestOf(secret + (now + i)).slice(4) == token) return true } }",
        // What a loop begins with is no condition.
        "let n = 0; function add(part) { n++; const d = digestOf(part + n); for (var a = d[0], b = d[1], i = 0; i < 80; i++) list.push(a + b) }",
        // What is refused is wrong.
        "let n = 0; function put(part) { n++; const d = digestOf(part + n); if (d.size < part.size) throw new Error('size') }",
        // What is mixed and told, whatever it is.
        "onmessage = (e) => { let s = e.data.seed; for (let i = 0; i < e.data.all; i++) { s = s ^ s << 13 ^ s >>> 17; s = s ^ s << 5 ^ s >>> 3 ^ s >>> 7 ^ s; if (s >>> 0 < e.data.rate) postMessage(i) } }",
        // A hash whose tables are made by counting.
        "const first = []; for (let p = 2; first.length < 8; p++) if (prime(p)) first[n++] = Math.sqrt(p); class Core { constructor() { this.s = first.slice() } block() { const s = this.s; for (let i = 0; i < 8; i++) s[i] = s[i] ^ s[i + 1] ^ s[i + 2] } end() { this.block(); return this.s } } onmessage = (e) => { const r = new Core(e.data).end(); postMessage(r.every((b, i) => b === e.data.sum[i])) }",
        // A state that is read back, as an obfuscator writes it.
        "let n = 0; function load(part) { n++; const d = digestOf(part + n); for (let i = 0; i < d.size; i++) { if ((d[i] !== pair(part, i))) return false } return true }",
        // What is equal at each place to what another has there.
        "for (let n = 0; n < parts; n++) { const d = digestOf([n]); postMessage(d.every((b, i) => wanted[i] === b)) }",
    ] {
        assert!(!has(code, "flow.search"), "{code}: {:?}", facts(code));
    }
}

#[test]
fn more_is_known_of_some() {
    let last = "for (let n = 0; ; n++) { view.setUint32(76, n); const d = digestOf(view); if (d[31] < top) postMessage(n) }";
    assert!(has(last, "flow.last") && has(last, "flow.header"));
    let equal = "for (let n = 0; n < most; n++) if (hex(digestOf(base + n)) === wanted) send(n)";
    assert!(!has(equal, "flow.search"));
}

#[test]
fn a_search_that_goes_on_when_it_has_found_something_is_told_apart() {
    for code in [
        "onmessage = (e) => { for (let n = e.data.from; ; n++) { const d = digestOf([...e.data.head, n]); if (d[7] <= e.data.top) postMessage({ n, d }); } }",
        "for (let n = 0; ; n++) { const d = digestOf([n]); d[0] < top && socket.send(n) }",
        "function* all() { for (let n = 0; ; n++) yield n } for (const n of all()) { if (digestOf([n])[0] < top) socket.send(n) }",
        "const good = (h) => h[0] < top; function more() { for (let i = 0; i < 500; i++, n++) if (good(digestOf([n]))) { hits++; self.postMessage(n) } setTimeout(more) }",
    ] {
        assert!(has(code, "flow.on"), "{code}: {:?}", facts(code));
    }
    for code in [
        "for (let n = 0; ; n++) { const d = digestOf([n]); if (d[0] < top) { postMessage(n); return } }",
        "for (let n = 0; ; n++) { const d = digestOf([n]); if (d[0] < top) { postMessage(n); break } }",
        "for (let n = 0; going; n++) { const d = digestOf([n]); if (d[0] < top) { postMessage(n); going = false } }",
        "for (let n = 0; ; n++) { const d = digestOf([n]); if (d[0] < top) { postMessage(n); self.close() } }",
        "for (let n = 0; ; n++) { const d = digestOf([n]); if (d[0] < top) kept.push(n) }",
        "for (let n = 0; n < all; n++) { const d = digestOf([n]); postMessage({ n, wins: d[0] < top }) }",
        "let n = 0; for (const line of lines) { n++; if (digestOf(line + n)[0] < top) postMessage(line) }",
        "for (let n = 0; n < lines.length; n++) if (digestOf(lines[n] + n)[0] < top) postMessage(n)",
        "let n = 0; setInterval(() => { n++; const d = digestOf([n]); if (d[0] < top) postMessage(n) })",
    ] {
        assert!(!has(code, "flow.on"), "{code}: {:?}", facts(code));
    }
}

#[test]
fn what_is_tried_until_it_is_what_was_asked_for_is_told_apart() {
    for code in [
        "for (let n = 0; n < most; n++) if (hex(digestOf(base + n)) === wanted) send(n)",
        "onmessage = ({ data: [base, want, most] }) => { let at = 0; while (at <= most) { if (hex(digestOf(base + at)) == want) break; at += 1 } postMessage([at, most]) }",
        "onmessage = ({ data }) => { const p = data.split('|'); for (let i = 0; i < p[2]; i++) if (hex(digestOf(p[0] + i)) == p[1]) return postMessage(i) }",
        "onmessage = (e) => { let n = 0, d; do { n++; d = hex(digestOf(e.data.text + n)) } while (d !== e.data.goal); postMessage({ n }) }",
        // Within a bound that is worked out.
        "for (let i = 0; i <= 100 * job.top; i++) if (hex(digestOf(job.text + i)) === job.wanted) { send(i); break }",
        // As an obfuscator writes it.
        "for (let n = 0; (n < most); n = (n + (1))) { if (((hex(digestOf((base + n))) === wanted))) { const r = {}; r['answer'] = n, r['name'] = name; send(JSON.stringify(r)) } }",
        "function seek(job) { for (let i = job.from; i < job.to; i++) { if (job.goal === hex(digestOf(job.text + i))) return i } return -1 } onmessage = (e) => { const found = seek(e.data); ws.send(found + ',') }",
    ] {
        assert!(has(code, "flow.equal"), "{code}: {:?}", facts(code));
    }
    for code in [
        // Parts of a file, each with what it should be.
        "onmessage = (e) => { for (let i = 0; i < e.data.parts.length; i++) { if (hex(digestOf(e.data.parts[i].bytes)) !== e.data.sums[i]) return; postMessage(i) } }",
        // A file that is read piece by piece.
        "onmessage = (e) => { const h = []; for (let o = 0; o < e.data.size; o += step) { h.push(digestOf(e.data.file.slice(o, o + step))); postMessage(o) } postMessage(hex(digestOf(h)) === e.data.sum) }",
        // A password of one time.
        "function check(secret, token) { const now = Math.floor(Date.now() / 30000); for (let i = -1; i <= 1; i++) { if (digestOf(secret + (now + i)) === token) return true } }",
        "onmessage = ({ data: [key, count, token] }) => { for (let i = 0; i < look; i++) { const d = digestOf(key + (count + i)); const code = String(((d[0] & 127) << 8 | d[1]) % 1e6); if (code === token) return postMessage(count + i) } }",
        "onmessage = ({ data: [key, now, token] }) => { for (let i = -1; i <= 1; i++) { if (hex(digestOf(key + (now + i))) === token) return postMessage(now + i) } }",
        // What is only said.
        "onmessage = ({ data }) => { for (let i = 0; i < all; i++) postMessage({ i, same: hex(digestOf(data.text + i)) === data.sum }) }",
        // A chain of hashes.
        "onmessage = (e) => { let h = e.data.last; for (let i = 0; i < most; i++) { h = hex(digestOf(h)); if (h === e.data.known) postMessage(i) } }",
        "let n = 0; onmessage = (e) => { n++; if (hex(digestOf(key + n)) === e.data.tag) send(n) }",
    ] {
        assert!(!has(code, "flow.equal"), "{code}: {:?}", facts(code));
    }
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    for part in [
        "digestOf(a)&&",
        "for(",
        "while(a){",
        "if(a<b){",
        "a=b=",
        "{",
        "(",
        "[",
        "a=>{",
        "a=>",
        "a=>a(",
        "do{",
        "`${",
        "a++;",
        "for(n=0;;n++){d=digestOf(n);if(d<",
        "for(let n=0;;n++)",
        "{let n;",
        "return a,",
        "function a(){a(",
        "function a(b){",
        "class a{",
        "a(){",
        "^^=",
        "a.b.c=",
        "var a,b=",
        "a?b:",
        "return",
        "new ",
        "({a:",
        "[a]=",
        "'",
        "/",
        "=/[",
        "a\u{e9}",
        "importScripts(a);b();",
    ] {
        assert_linear(part, 30_000 / part.len(), |count| {
            let code = part.repeat(count);
            let _ = facts(&code);
            let _ = facts(&format!("{code}postMessage(a)"));
        });
    }
    for (open, close) in [("(a=", ")=>1"), ("var{a:", "}"), ("[", "]=a")] {
        assert_linear(open, 30_000 / 8, |deep| {
            let _ = facts(&format!("{}{}", open.repeat(deep), close.repeat(deep)));
        });
    }
}
