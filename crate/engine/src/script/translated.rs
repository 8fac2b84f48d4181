//! Code that was translated from machine code: asm.js, as Emscripten wrote it until 2019, and what
//! wasm2js writes. It is turned back into a module, which is inspected like any other; so whatever is
//! known of modules holds for it. The module need not be valid: doubles are as wide as words in it,
//! every function returns something, and what could not be read is an empty function.
//! Limits: functions with names; texts up to [`LONGEST`].

mod expression;
mod function;
mod lexer;

use super::number;
use super::payload::{Payload, base64};
use super::seek;
use crate::module::{section, unsigned};
use expression::{Heap, MOST_ARGUMENTS};
use function::Function;
use lexer::{Lexer, Token};
use std::collections::BTreeMap;

/// Longer texts are not turned back.
const LONGEST: usize = 4 << 20;
/// Fewer functions are a few helpers.
const FEWEST: usize = 2;
/// More variables outside of functions are not told apart.
const MOST_GLOBALS: usize = 1 << 14;
/// More functions are not read.
const MOST_FUNCTIONS: usize = 1 << 17;
/// More parameters are not read.
const MOST_PARAMETERS: usize = 64;
/// More functions that rotate are not told apart: translators write two.
const MOST_ROTATIONS: usize = 8;
/// Longer functions do not rotate: those of wasm2js have about 300 tokens.
const MOST_TOKENS: usize = 600;
/// The shortest data that is looked at, in base64.
const SHORTEST: usize = 16;
/// Where Emscripten's data begins, in asm.js and since.
const BASES: [u32; 2] = [8, 1024];

/// The names that mean something in a text.
pub(super) struct Names<'t> {
    /// Functions: index and number of parameters.
    functions: BTreeMap<&'t [u8], (u32, usize)>,
    /// Those that rotate 64 bits, given as two halves, by their third parameter.
    rotations: Vec<&'t [u8]>,
    heaps: BTreeMap<&'t [u8], Heap>,
    /// Other names of functions of `Math`.
    aliases: BTreeMap<&'t [u8], &'t [u8]>,
    globals: BTreeMap<&'t [u8], u32>,
}

impl<'t> Names<'t> {
    /// The number of a variable outside of functions.
    fn global(&mut self, name: &'t [u8]) -> Option<u32> {
        let next = self.globals.len();
        if next >= MOST_GLOBALS {
            return self.globals.get(name).copied();
        }
        Some(*self.globals.entry(name).or_insert(next as u32))
    }

    /// Which function of `Math` a name stands for.
    fn mathematics(&self, name: &'t [u8]) -> &'t [u8] {
        let name = self.aliases.get(name).copied().unwrap_or(name);
        name.strip_prefix(b"Math_").unwrap_or(name)
    }
}

/// The heap of a typed array.
fn heap(kind: &[u8]) -> Option<Heap> {
    let (load, store, shift) = match kind {
        b"Int8Array" => (0x2c, 0x3a, 0),
        b"Uint8Array" => (0x2d, 0x3a, 0),
        b"Int16Array" => (0x2e, 0x3b, 1),
        b"Uint16Array" => (0x2f, 0x3b, 1),
        b"Int32Array" | b"Uint32Array" => (0x28, 0x36, 2),
        b"Float32Array" => (0x2a, 0x38, 2),
        b"Float64Array" => (0x2b, 0x39, 3),
        _ => return None,
    };
    Some(Heap { load, store, shift })
}

/// The module that a text was translated from; `data` is what was found in it.
pub(super) fn module(text: &[u8], data: &[Payload]) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut places = Vec::new();
    let mut names = survey(text, &mut places);
    if places.len() < FEWEST {
        return None;
    }
    let mut bodies = Vec::with_capacity(places.len());
    let mut read = 0;
    for &(at, _) in &places {
        let body = Function::read(text, at, &mut names);
        read += usize::from(body.is_some());
        bodies.push(body.unwrap_or_else(|| vec![0, 0x00, 0x0b]));
    }
    if read < FEWEST {
        return None;
    }
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    let mut types = Vec::new();
    unsigned(&mut types, MOST_PARAMETERS as u64);
    for arity in 0..MOST_PARAMETERS {
        types.extend_from_slice(&[0x60, arity as u8]);
        types.extend(std::iter::repeat_n(0x7f, arity));
        types.extend_from_slice(&[1, 0x7f]);
    }
    section(&mut out, 1, &types);
    let mut imports = vec![MOST_ARGUMENTS as u8];
    for arity in 0..MOST_ARGUMENTS {
        imports.extend_from_slice(&[0, 0, 0, arity as u8]);
    }
    section(&mut out, 2, &imports);
    let mut functions = Vec::new();
    unsigned(&mut functions, places.len() as u64);
    for &(_, parameters) in &places {
        unsigned(&mut functions, parameters as u64);
    }
    section(&mut out, 3, &functions);
    section(&mut out, 4, &[1, 0x70, 0, 0]);
    section(&mut out, 5, &[1, 0, 1]);
    let mut globals = Vec::new();
    unsigned(&mut globals, names.globals.len() as u64);
    for _ in 0..names.globals.len() {
        globals.extend_from_slice(&[0x7f, 1, 0x41, 0, 0x0b]);
    }
    section(&mut out, 6, &globals);
    let mut code = Vec::new();
    unsigned(&mut code, bodies.len() as u64);
    for body in &bodies {
        unsigned(&mut code, body.len() as u64);
        code.extend_from_slice(body);
    }
    section(&mut out, 10, &code);
    section(&mut out, 11, &segments(text, data));
    Some(out)
}

/// Finds the functions with names, what heaps are called, and other names of functions of `Math`.
fn survey<'t>(text: &'t [u8], places: &mut Vec<(usize, usize)>) -> Names<'t> {
    let mut names = Names {
        functions: BTreeMap::new(),
        rotations: Vec::new(),
        heaps: BTreeMap::new(),
        aliases: BTreeMap::new(),
        globals: BTreeMap::new(),
    };
    for at in find(text, b"function") {
        let mut lexer = Lexer::new(text, at + b"function".len());
        let Token::Name(name) = lexer.next() else {
            continue;
        };
        let start = lexer.position();
        if !lexer.takes(b"(") {
            continue;
        }
        let mut parameters = 0;
        while let Token::Name(_) = lexer.next()
            && parameters < MOST_PARAMETERS
        {
            parameters += 1;
            lexer.takes(b",");
        }
        if parameters >= MOST_PARAMETERS || places.len() >= MOST_FUNCTIONS {
            continue;
        }
        let index = (MOST_ARGUMENTS + places.len()) as u32;
        names.functions.entry(name).or_insert((index, parameters));
        if parameters == 3
            && names.rotations.len() < MOST_ROTATIONS
            && is_rotation(text, lexer.position())
        {
            names.rotations.push(name);
        }
        places.push((start, parameters));
    }
    for at in find(text, b"Array(") {
        let (kind, before) = name_before(text, at + b"Array".len());
        let (owner, rest) = name_before(text, before);
        let rest = if owner == b"new" {
            rest
        } else {
            name_before(text, rest).1
        };
        if let Some(heap) = heap(kind)
            && let Some(name) = assigned(text, rest)
        {
            names.heaps.insert(name, heap);
        }
    }
    for at in find(text, b"Math.") {
        let mut lexer = Lexer::new(text, at + b"Math.".len());
        if let Token::Name(member) = lexer.next()
            && lexer.peek() != Token::Mark(b"(")
        {
            let (_, before) = name_before(text, at + b"Math".len());
            let owned = text.get(before.wrapping_sub(1)) == Some(&b'.');
            let before = if owned {
                name_before(text, before - 1).1
            } else {
                before
            };
            if let Some(name) = assigned(text, before) {
                names.aliases.insert(name, member);
            }
        }
    }
    names
}

/// Whether the body of a function of three parameters rotates 64 bits: arithmetic on nothing but
/// them, with amounts modulo 64 and 32, as wasm2js writes it.
fn is_rotation(text: &[u8], at: usize) -> bool {
    let mut lexer = Lexer::new(text, at);
    let mut open = 0u32;
    let mut seen = [false; 4];
    for _ in 0..MOST_TOKENS {
        match lexer.next() {
            Token::Mark(b"{") => open += 1,
            Token::Mark(b"}") if open <= 1 => return seen == [true; 4],
            Token::Mark(b"}") => open -= 1,
            Token::Mark(b"[") | Token::Other | Token::Name(b"while" | b"for" | b"function") => {
                return false;
            }
            Token::Mark(b"<<") => seen[0] = true,
            Token::Mark(b">>>") => seen[1] = true,
            Token::Number(Some(63)) => seen[2] = true,
            Token::Number(Some(31)) => seen[3] = true,
            _ => {}
        }
    }
    false
}

/// Where a word occurs. By its first byte: a search for words would add four kilobytes to what pages load.
fn find<'t, const LENGTH: usize>(
    text: &'t [u8],
    word: &'t [u8; LENGTH],
) -> impl Iterator<Item = usize> + 't {
    seek::bytes(word[0], text)
        .filter(|&at| text.get(at..).is_some_and(|rest| rest.starts_with(word)))
}

/// The name that ends at a position, and where what is before it ends.
fn name_before(text: &[u8], end: usize) -> (&[u8], usize) {
    let before = text.get(..end).unwrap_or_default().trim_ascii_end();
    let before = before.strip_suffix(b".").unwrap_or(before);
    let is_other = |byte: &u8| !crate::signature::is_identifier(*byte);
    let start = before.iter().rposition(is_other).map_or(0, |at| at + 1);
    (before.get(start..).unwrap_or_default(), start)
}

/// The name to which is assigned what begins after a position.
fn assigned(text: &[u8], end: usize) -> Option<&[u8]> {
    let before = text.get(..end)?.trim_ascii_end().strip_suffix(b"=")?;
    let (name, _) = name_before(text, before.len());
    (!name.is_empty()).then_some(name)
}

/// The data, as a section's content: `f(memory, address, "base64")`, and whatever else was found.
fn segments(text: &[u8], data: &[Payload]) -> Vec<u8> {
    let mut found: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut until = 0;
    for at in seek::bytes(b'"', text) {
        if at < until {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let Some(length) = rest.iter().position(|&byte| byte == b'"') else {
            break;
        };
        until = at + length + 2;
        if length >= SHORTEST
            && let Some(address) = address_before(text, at)
            && let Some(bytes) = base64(rest.get(..length).unwrap_or_default(), length)
        {
            found.push((address, bytes));
        }
    }
    if found.is_empty() {
        for payload in data.iter().filter(|payload| payload.data) {
            let listed = payload.how.contains("array");
            let base = BASES[usize::from(!listed)];
            found.push((base, payload.bytes.clone()));
        }
    }
    let mut out = Vec::new();
    unsigned(&mut out, found.len() as u64);
    for (address, bytes) in &found {
        out.extend_from_slice(&[0, 0x41]);
        // As a signed number, of five bytes.
        for shift in [0, 7, 14, 21] {
            out.push((address >> shift) as u8 & 0x7f | 0x80);
        }
        out.push((address >> 28) as u8 & 0x0f);
        out.push(0x0b);
        unsigned(&mut out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
    out
}

/// The number before a string, after a comma.
fn address_before(text: &[u8], at: usize) -> Option<u32> {
    let before = text.get(at.saturating_sub(24)..at)?.trim_ascii_end();
    let before = before.strip_suffix(b",")?.trim_ascii_end();
    let start = before.iter().rposition(|byte| !byte.is_ascii_digit())?;
    number::digits(before.get(start + 1..)?, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::inspect;

    /// Every statement and operator that translators write.
    const STATEMENTS: &str = r#"
        var a = new Int8Array(buffer), b = new global.Uint8Array(buffer); var c = new Int32Array(buffer);
        var d = global.Math.imul, top = 0;
        function one(x, y) {
            x = x | 0; y = y | 0;
            var i = 0, z = 7;
            outer: while (1) {
                do { if (!i) break; i = i - 1 | 0; } while (0);
                for (z = 0; (z | 0) < 10; z = z + 1 | 0) { if (z >>> 0 > 3) continue outer; c[x + (z << 2) >> 2] = d(z, y); }
                switch (i | 0) { case 0: case 1: z = 2; break; case 5: return z | 0; default: z = -z; }
                switch (i) { case -3: break outer }
                do { i = i + 1 | 0; if ((i | 0) == 3) continue; } while ((i | 0) != 9)
                block: { if (i) break block; top = top + 16 | 0; }
                if (y) { b[x + 76 | 0] = z >>> 8; } else z = (y ? x : ~y) ^ a[x >> 0];
                z += two(x, 3, 4), i++;
                if ((z | 0) <= (i | 0)) {
                    break
                }
            }
            c[2] = top; x = c[x >> 2] = z;
            return tables[x & 3](x, unknown(1)) | 0;
        }
        function two(p, q) { p = p | 0; q = +q; return +(p * 2) == q ? one(p, 1) | 0 : 0x7fffffff; }
        function three() { return { not: "translated" }; }
    "#;

    fn lifted(text: &str) -> Vec<u8> {
        module(text.as_bytes(), &[]).unwrap_or_default()
    }

    /// The lengths of the functions.
    fn bodies(module: &[u8]) -> Vec<usize> {
        let parts = wasmparser::Parser::new(0).parse_all(module);
        let length = |part| match part {
            Ok(wasmparser::Payload::CodeSectionEntry(body)) => Some(body.as_bytes().len()),
            _ => None,
        };
        parts.filter_map(length).collect()
    }

    #[test]
    fn what_is_read_is_a_valid_module() {
        let module = lifted(STATEMENTS);
        let valid = wasmparser::Validator::new()
            .validate_all(&module)
            .map(|_| ());
        assert!(valid.is_ok(), "{valid:?}");
        // The third is no such code; the others are longer than an empty function.
        let bodies = bodies(&module);
        assert!(
            bodies[0] > 100 && bodies[1] > 20 && bodies[2..] == [3],
            "{bodies:?}"
        );
    }

    #[test]
    fn fractions_are_read() {
        let module = lifted("function a(x){return x*.5e-3}function b(x){return x/1.25}");
        assert!(bodies(&module).iter().all(|&length| length > 10));
    }

    #[test]
    fn data_lies_where_it_is_put() {
        let text = "function a(){}function b(){} put(heap, 66000, \"AAECAwQFBgcICQoLDA0ODw==\")";
        let module = lifted(text);
        let segments: Vec<(u64, Vec<u8>)> = wasmparser::Parser::new(0)
            .parse_all(&module)
            .filter_map(|part| match part {
                Ok(wasmparser::Payload::DataSection(section)) => Some(section),
                _ => None,
            })
            .flatten()
            .filter_map(Result::ok)
            .filter_map(|segment| match segment.kind {
                wasmparser::DataKind::Active { offset_expr, .. } => {
                    match offset_expr.get_operators_reader().read() {
                        Ok(wasmparser::Operator::I32Const { value }) => {
                            Some((u64::from(value.cast_unsigned()), segment.data.to_vec()))
                        }
                        _ => None,
                    }
                }
                wasmparser::DataKind::Passive => None,
            })
            .collect();
        assert_eq!(segments, [(66_000, (0..16).collect())]);
    }

    #[test]
    fn hashes_and_searches_are_seen() {
        let text = r"
            var HEAP32 = new Int32Array(buffer), HEAPU8 = new Uint8Array(buffer), Math_imul = Math.imul;
            function mix(to, from) {
                to = to | 0; from = from | 0;
                var i = 0, a = 0, b = 0, e = 0, h = 0, t = 0;
                while (1) {
                    t = HEAP32[from + (i << 2) >> 2] | 0;
                    h = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + t | 0;
                    a = a + h + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) | 0;
                    b = b + ((t >>> 7 | t << 25) ^ (t >>> 18 | t << 14) ^ t >>> 3) + a | 0;
                    e = e + ((b >>> 17 | b << 15) ^ (b >>> 19 | b << 13) ^ b >>> 10) + h | 0;
                    HEAP32[to + 4 >> 2] = a + e + (a + t | 0) | 0;
                    i = i + 1 | 0;
                    if ((i | 0) == 16) break;
                }
                HEAP32[to >> 2] = b;
            }
            function search(count) {
                count = count | 0;
                var nonce = 0;
                while (1) {
                    HEAP32[278] = nonce;
                    mix(2048, 1036);
                    if (HEAP32[512] >>> 0 < HEAP32[600] >>> 0) return nonce | 0;
                    nonce = nonce + 1 | 0;
                    if ((nonce | 0) == (count | 0)) return -1;
                }
                return 0;
            }";
        let facts = inspect(&lifted(text));
        for name in ["sha256.shape", "search3.sha256", "header3.sha256"] {
            assert!(facts.has(name), "{name} of {:?}", facts.facts);
        }
        let other = inspect(&lifted(&text.replace("HEAP32[278]", "HEAP32[275]")));
        assert!(other.has("search3.sha256") && !other.has("header3.sha256"));
    }

    #[test]
    fn words_of_two_halves_are_rotated() {
        let rotation = |amounts: [u8; 2]| {
            let mix = |to: u8, by: u8| {
                format!(
                    "a{to} = turn(a{to} ^ b{to}, c{to} ^ d{to}, {by}); b{to} = a{to} + high + HEAP32[b{to} >> 2] | 0;"
                )
            };
            format!(
                "var HEAP32 = new Int32Array(buffer), high = 0;
                function turn(low, top, by) {{
                    low = low | 0; top = top | 0; by = by & {};
                    var other = by & {};
                    high = top << other | low >>> 32 - other;
                    return low << other | top >>> 32 - other;
                }}
                function mix(a1, a2, a3, a4, b1, b2, b3, b4) {{
                    var c1 = 0, c2 = 0, c3 = 0, c4 = 0, d1 = 0, d2 = 0, d3 = 0, d4 = 0;
                    {} {} {} {}
                    HEAP32[a1 >> 2] = a2 + a3 + a4 + b1 + b2 + b3 + b4;
                }}",
                amounts[0],
                amounts[1],
                mix(1, 32),
                mix(2, 40),
                mix(3, 48),
                mix(4, 1),
            )
        };
        assert!(inspect(&lifted(&rotation([63, 31]))).has("blake2b.shape"));
        assert!(!inspect(&lifted(&rotation([62, 31]))).has("blake2b.shape"));
    }

    #[test]
    fn what_nests_or_ends_early_is_bounded() {
        let deep = "(".repeat(100_000);
        let blocks = "{".repeat(100_000);
        for text in [
            format!("function a(){{return {deep}}}function b(){{return {deep}"),
            format!("function a(){blocks}function b(){blocks}"),
            format!(
                "function a(){{x={}1}}function b(){{}}function c(",
                "y=".repeat(100_000)
            ),
            format!(
                "function a(){{return {}1}}function b(){{return 1}}",
                "-".repeat(100_000)
            ),
            format!(
                "function a(){{return 1{}}}function b(){{return 1}}",
                "+x".repeat(100_000)
            ),
            format!(
                "{}function b",
                "function a(b){switch(b){case 1:".repeat(1_000)
            ),
        ] {
            let module = module(text.as_bytes(), &[]).unwrap_or_default();
            assert!(module.len() < 4 * text.len() + 10_000);
        }
    }
}
