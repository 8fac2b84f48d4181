//! Puts the strings of the obfuscator's array back where they are asked for.
//!
//! `_0x1f(0x3a)` asks a decoder for a string by its place in an array that is turned at the start,
//! often through functions that shift and swap what they are given. All of that is arithmetic of
//! written numbers and is followed here, without running anything. How far the array is turned
//! needs no arithmetic: what is asked for as a number has to begin with a digit. With the strings in
//! place, what it keeps in objects is put back (`fold.rs`), and what it adds is left out (`alive.rs`).
//!
//! Bounded: [`MOST`] definitions and strings, [`DEEPEST`] functions behind each other, and not much
//! more text than came in.

mod alive;
mod define;
mod fold;
mod names;
mod value;
mod written;

use super::strings::{cipher_bytes, decrypted, swapped_base64};
use super::{escape, quoted, seek};
use crate::signature::is_identifier;
use core::ops::Range;
use names::Names;
use std::cell::Cell;
use value::{Scope, Value};
use written::{name, own_name, split};

/// So many definitions, and strings in the array, are known at most.
const MOST: usize = 8_192;
/// So many functions are followed behind each other.
const DEEPEST: usize = 12;
/// So many strings that are numbers tell how far the array is turned.
const NUMBERS: usize = 16;
/// How far apart these are asked for.
const APART: usize = 400;
/// A string of the array that is longer is data.
const LONGEST: usize = 1_024;
/// So many arrays are looked at,
const ARRAYS: usize = 256;
/// and one of fewer strings is none.
const FEWEST: usize = 3;
/// So many bytes of arguments and strings are read and worked out for each byte of the text; usually
/// it is three.
const WORK: usize = 16;

/// What a name stands for.
#[derive(Clone, Debug)]
enum Meaning<'t> {
    /// The function that finds strings: what it takes off a place, and how they are encoded.
    Decoder(i64, Encoding),
    /// A function that calls another with what it is given: its parameters, that, the arguments, and
    /// where these stand.
    Wrapper(Vec<&'t [u8]>, &'t [u8], &'t [u8], usize),
    /// Another name.
    Alias(&'t [u8]),
    /// An object of numbers and texts.
    Object(Vec<(&'t [u8], Value)>),
}

#[derive(Clone, Copy, Debug)]
enum Encoding {
    Plain,
    Base64,
    Rc4,
}

/// A meaning, and the part of the text in which it holds.
#[derive(Clone, Debug)]
struct Definition<'t> {
    from: usize,
    to: usize,
    meaning: Meaning<'t>,
}

/// What a call asks for: the place in the array, how it is encoded, and the key.
#[derive(Clone, Debug)]
struct Asked {
    index: i64,
    encoding: Encoding,
    key: Vec<u8>,
}

struct Resolver<'t> {
    text: &'t [u8],
    strings: Vec<Vec<u8>>,
    /// Where these are.
    array: Range<usize>,
    turned: usize,
    names: Names,
    /// Of each name, all that it stands for.
    known: Vec<Vec<Definition<'t>>>,
    /// How much may still be worked out.
    left: Cell<usize>,
}

/// The text with its strings where they belong, and what is kept in objects; `None` where there is
/// neither.
pub(super) fn resolved(text: &[u8]) -> Option<Vec<u8>> {
    let strings = with_strings(text);
    let folded = fold::folded(strings.as_deref().unwrap_or(text));
    let changed = strings.is_some() || folded != text;
    changed.then(|| alive::alive(&folded))
}

/// The text with the strings of its array; `None` where there is no such array.
fn with_strings(text: &[u8]) -> Option<Vec<u8>> {
    let (strings, array) = array(text)?;
    let mut resolver = Resolver {
        text,
        strings,
        array,
        turned: 0,
        names: Names::default(),
        known: Vec::new(),
        left: Cell::new(text.len().saturating_mul(WORK)),
    };
    resolver.define();
    resolver.turn();
    resolver.rewrite()
}

/// The strings of the array and where they are: `=['…','…',…];` with nothing but strings in it, the
/// longest of those.
#[inline(never)]
fn array(text: &[u8]) -> Option<(Vec<Vec<u8>>, Range<usize>)> {
    let mut longest = (Vec::new(), 0..0);
    for start in memchr::memmem::find_iter(text, b"=[").take(ARRAYS) {
        let mut found = Vec::new();
        let mut at = start + 2;
        while let Some(&quote @ (b'\'' | b'"')) = text.get(at)
            && found.len() < MOST
        {
            let end = quoted::end(text, at + 1, quote);
            let raw = text.get(at + 1..end)?;
            found.push(escape::escapes(raw, raw.len())?);
            at = end + 1;
            at += usize::from(text.get(at) == Some(&b','));
        }
        let whole = text.get(at..)?.starts_with(b"];");
        if whole && found.len() > longest.0.len() {
            longest = (found, start + 2..at);
        }
    }
    (longest.0.len() >= FEWEST).then_some(longest)
}

impl<'t> Resolver<'t> {
    fn rest(&self, at: usize) -> &'t [u8] {
        self.text.get(at..).unwrap_or_default()
    }

    /// What a name means at a place, and where that is defined: the innermost of what is around it.
    #[inline(never)]
    fn meaning(&self, name: &[u8], place: usize) -> Option<(usize, &Meaning<'t>)> {
        let known = self.known.get(self.names.get(name)?)?;
        self.spend(known.len())?;
        known
            .iter()
            .filter(|definition| definition.from <= place && place < definition.to)
            .max_by_key(|definition| definition.from)
            .map(|definition| (definition.from, &definition.meaning))
    }

    /// Notes that something was worked out; `None` where that was too much.
    fn spend(&self, much: usize) -> Option<()> {
        self.left.set(self.left.get().checked_sub(much)?);
        Some(())
    }

    /// What a call asks for.
    fn asked(&self, callee: &[u8], given: Vec<Option<Value>>, place: usize) -> Option<Asked> {
        let (mut callee, mut given, mut place) = (callee, given, place);
        for _ in 0..DEEPEST {
            let (from, meaning) = self.meaning(callee, place)?;
            place = from;
            match meaning {
                Meaning::Decoder(offset, encoding) => {
                    let Some(Value::Number(index)) = given.first()? else {
                        return None;
                    };
                    let key = match given.get(1) {
                        Some(Some(Value::Text(key))) => key.clone(),
                        _ => Vec::new(),
                    };
                    return Some(Asked {
                        index: index.wrapping_sub(*offset),
                        encoding: *encoding,
                        key,
                    });
                }
                Meaning::Alias(other) => callee = other,
                Meaning::Wrapper(parameters, other, arguments, inside) => {
                    place = *inside;
                    let named: Vec<(&[u8], Option<Value>)> =
                        parameters.iter().copied().zip(given).collect();
                    given = self.values(
                        arguments,
                        Scope {
                            given: &named,
                            place,
                        },
                    )?;
                    callee = other;
                }
                Meaning::Object(_) => return None,
            }
        }
        None
    }

    /// The arguments in parentheses at the beginning of a text; that they were looked for is counted.
    #[inline(never)]
    fn arguments<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (arguments, read) = written::arguments(text);
        self.spend(read)?;
        arguments
    }

    /// What arguments are, as far as that is written.
    fn values(&self, arguments: &[u8], scope: Scope) -> Option<Vec<Option<Value>>> {
        self.spend(arguments.len())?;
        let each = split(arguments).into_iter();
        Some(each.map(|text| Some(self.value(text, scope)?.0)).collect())
    }

    /// What the call at a place asks for, and the length of the call.
    #[inline(never)]
    fn call(&self, at: usize) -> Option<(Asked, usize)> {
        let rest = self.rest(at);
        let callee = own_name(rest)?;
        let rest = rest.get(callee.len()..)?;
        if rest.first() != Some(&b'(') || self.names.get(callee).is_none() {
            return None;
        }
        let text = self.arguments(rest)?;
        let scope = Scope {
            given: &[],
            place: at,
        };
        let asked = self.asked(callee, self.values(text, scope)?, at)?;
        Some((asked, callee.len() + text.len() + 2))
    }

    /// The string that is asked for, in the array that is turned so far.
    #[inline(never)]
    fn string(&self, asked: &Asked, turned: usize) -> Option<Vec<u8>> {
        let index = usize::try_from(asked.index)
            .ok()
            .filter(|&index| index < self.strings.len())?;
        let raw = self.strings.get((index + turned) % self.strings.len())?;
        if raw.len() > LONGEST {
            return None;
        }
        self.spend(raw.len())?;
        match asked.encoding {
            Encoding::Plain => Some(raw.clone()),
            Encoding::Base64 => swapped_base64(raw),
            Encoding::Rc4 => decrypted(&cipher_bytes(&swapped_base64(raw)?)?, &asked.key),
        }
    }

    /// Finds out how far the array is turned.
    fn turn(&mut self) {
        let mut last = 0;
        let mut numbers = Vec::new();
        for at in memchr::memmem::find_iter(self.text, b"parseInt(") {
            if numbers.len() >= NUMBERS || !numbers.is_empty() && at > last + APART {
                break;
            }
            if let Some((asked, _)) = self.call(at + 9) {
                numbers.push(asked);
                last = at;
            }
        }
        let counts = |turned: &usize| {
            numbers.iter().all(|asked| {
                self.string(asked, *turned)
                    .is_some_and(|string| string.first().is_some_and(u8::is_ascii_digit))
            })
        };
        if let Some(turned) = (0..self.strings.len()).find(counts) {
            self.turned = turned;
        }
    }

    /// The length of a function that is the decoder or only leads to it: nothing calls it any more,
    /// and what the obfuscator does in it is nothing that the script does.
    fn decodes(&self, at: usize) -> Option<usize> {
        let rest = self.rest(at).strip_prefix(b"function ")?;
        let (mut callee, mut place) = (own_name(rest)?, at);
        for _ in 0..DEEPEST {
            let (from, meaning) = self.meaning(callee, place)?;
            place = from;
            match meaning {
                Meaning::Decoder(..) => {
                    let begin = seek::byte(b'{', rest)?;
                    return Some(begin + 9 + alive::block(rest.get(begin..)?));
                }
                Meaning::Alias(other) | Meaning::Wrapper(_, other, ..) => callee = other,
                Meaning::Object(_) => break,
            }
        }
        None
    }

    /// The text with strings for calls, and neighbours that are added as one.
    fn rewrite(&self) -> Option<Vec<u8>> {
        let most = self.text.len() * 2;
        let mut out: Vec<u8> = Vec::with_capacity(self.text.len());
        // Where the string ends that was written last.
        let mut ended = usize::MAX;
        let (mut at, mut count) = (0, 0);
        while let Some(&byte) = self.text.get(at) {
            if out.len() > most {
                return None;
            }
            let rest = self.rest(at);
            if at == self.array.start {
                at = self.array.end;
                continue;
            }
            if let Some(length) = self.decodes(at) {
                at += length;
                continue;
            }
            let (string, length) = if matches!(byte, b'\'' | b'"') {
                let end = quoted::end(rest, 1, byte);
                let raw = rest.get(1..end).unwrap_or_default();
                (escape::escapes(raw, raw.len()), end + 1)
            } else if is_identifier(byte) {
                match self.call(at) {
                    Some((asked, length)) => (self.string(&asked, self.turned), length),
                    None => (None, 0),
                }
            } else {
                (None, 0)
            };
            if let Some(string) = string {
                if out.len() == ended.wrapping_add(1) && out.ends_with(b"'+") {
                    out.truncate(ended - 1);
                } else {
                    out.push(b'\'');
                }
                for byte in string {
                    match byte {
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'\\' | b'\'' => out.extend_from_slice(&[b'\\', byte]),
                        _ => out.push(byte),
                    }
                }
                out.push(b'\'');
                ended = out.len();
                count += usize::from(is_identifier(byte));
                at += length.max(1);
            } else {
                let length = if byte == b'/' {
                    quoted::slash(self.text, at)
                } else {
                    name(rest).len().max(1)
                };
                out.extend_from_slice(rest.get(..length).unwrap_or_default());
                at += length;
            }
        }
        (count >= FEWEST).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What javascript-obfuscator 5 makes of three names, at low and at medium.
    const LOW: &str = "(function(_0xaaaa,_0xbbbb){const _0xcccc=_0x379c,_0xdddd=_0xaaaa();while(!![]){try{const _0xeeee=-parseInt(_0xcccc(0x10))/0x1+parseInt(_0xcccc(0x12))/0x2;if(_0xeeee===_0xbbbb)break;else _0xdddd['push'](_0xdddd['shift']());}catch(_0xffff){_0xdddd['push'](_0xdddd['shift']());}}}(_0x28fd,0xc7));function _0x28fd(){const _0x1111=['subtle','12Mxaab','digest','77rcsLuA','2x'];_0x28fd=function(){return _0x1111;};return _0x28fd();}function _0x379c(_0x2222,_0x3333){_0x2222=_0x2222-0x10;const _0x4444=_0x28fd();let _0x5555=_0x4444[_0x2222];return _0x5555;}";

    fn of(code: &str) -> String {
        let whole = format!("{LOW}{code}");
        let out = resolved(whole.as_bytes()).unwrap_or_default();
        let out = String::from_utf8_lossy(&out).into_owned();
        // The array and the decoder are gone.
        assert!(
            !out.contains("subtle',") && !out.contains("_0x5555"),
            "{out}"
        );
        out.rsplit("return _0x28fd();}")
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn strings_are_where_they_are_asked_for() {
        assert_eq!(
            of("const _0x1a2b=_0x379c;crypto[_0x1a2b(0x14)][_0x1a2b(0x11)](a);"),
            "const _0x1a2b=_0x379c;crypto['subtle']['digest'](a);"
        );
    }

    #[test]
    fn quotes_in_expressions_and_comments_open_no_string() {
        assert_eq!(
            of("a=b.replace(/'/g,c);/* it's */crypto[_0x379c(0x14)](/[/']/,d/_0x379c(0x11));"),
            "a=b.replace(/'/g,c);/* it's */crypto['subtle'](/[/']/,d/'digest');"
        );
        let mut deep = String::from(LOW);
        for _ in 0..4_000 {
            deep.push_str("_0x379c(((((((((((((((((((((((((((((((((((((((((((((0x1,");
        }
        // The arguments of each are looked for until all is used up.
        assert_eq!(resolved(deep.as_bytes()).as_deref(), None);
    }

    #[test]
    fn what_it_is_called_and_how_it_was_minified_does_not_matter() {
        let code = "function n(){const t=[\"subtle\",\"12Mxaab\",\"digest\",\"77rcsLuA\",\"2x\"];return(n=function(){return t})()}!function(){const t=n();for(;;)try{if(199===-parseInt(r(16))/1+parseInt(r(18))/2)break;t.push(t.shift())}catch(n){t.push(t.shift())}}();function r(t,r){t-=16;return n()[t]}function e(t,n){return r(n-5)}f([\"a\"],crypto[r(20)][e(0,22)]);";
        let out = resolved(code.as_bytes()).unwrap_or_default();
        let out = String::from_utf8_lossy(&out);
        assert!(
            out.ends_with("f(['a'],crypto['subtle']['digest']);"),
            "{out}"
        );
    }

    #[test]
    fn functions_between_keep_numbers_in_objects_of_their_own() {
        let code = "function _0x7777(_0x1,_0x2){const _0xab={_0xcd:0x4};return _0x379c(_0x2- -_0xab._0xcd,_0x1);}{const _0xab={_0xcd:0x7};a=_0x7777(_0xab._0xcd,0x10);}b=_0x7777(0x0,0xd);c=_0x7777(0x0,0x10);";
        let out = of(code);
        assert!(
            out.ends_with("{const _0xab={_0xcd:0x7};a='subtle';}b='digest';c='subtle';"),
            "{out}"
        );
    }

    #[test]
    fn functions_between_are_followed_each_where_it_holds() {
        let code = "function _0x7777(_0x1,_0x2,_0x3){return _0x379c(_0x2- -0x4,_0x1);}{function _0x8888(_0x1,_0x2){return _0x7777(_0x2,_0x1-0x100,0x3);}const _0x9999={_0xabc:0x10d};a=_0x8888(0x2*0x80+0xd,0x1)+_0x8888(_0x9999._0xabc,0x2)+'s';}{function _0x8888(_0x1,_0x2){return _0x7777(_0x2,_0x2,0x3);}b=_0x8888(0x1,0x10);}";
        let out = of(code);
        assert!(out.contains("a='digestdigests'"), "{out}");
        assert!(out.contains("b='subtle'"), "{out}");
    }

    #[test]
    fn what_is_cut_off_or_circular_ends() {
        let whole = format!(
            "{LOW}function _0x7(_0x1){{return _0x7(_0x1);}}_0x7(0x1);_0x379c(-0x1);_0x379c(((((((((((((((0x1"
        );
        for end in 0..whole.len() {
            resolved(whole.as_bytes().get(..end).unwrap_or_default());
        }
    }
}
