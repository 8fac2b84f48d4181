//! What the obfuscator's names stand for: the decoder, functions and names that lead to it, and objects.

use super::super::{escape, number, quoted, seek};
use super::alive::block;
use super::value::{Scope, Value};
use super::written::{name, own_name, split};
use super::{Definition, Encoding, LONGEST, MOST, Meaning, Resolver};
use crate::signature::is_identifier;

/// So much of a decoder is read; numbers that are written as sums make it long.
const DECODER: usize = 8_192;

/// Where braces open, and what is defined in them: the number of its name, and which of its meanings.
type Open = (usize, Vec<(usize, usize)>);

impl<'t> Resolver<'t> {
    /// Finds what names stand for, each within the braces around it.
    pub(super) fn define(&mut self) {
        let mut open: Vec<Open> = vec![(0, Vec::new())];
        let (mut at, mut count) = (0, 0);
        while let Some(&byte) = self.text.get(at) {
            match byte {
                b'\'' | b'"' => at = quoted::end(self.text, at + 1, byte),
                b'/' => at += quoted::slash(self.text, at) - 1,
                b'{' => open.push((at, Vec::new())),
                b'}' => {
                    if open.len() > 1
                        && let Some((_, inside)) = open.pop()
                    {
                        self.close(inside, at);
                    }
                }
                _ if is_identifier(byte) => {
                    let found = if count < MOST {
                        self.definition(at)
                    } else {
                        None
                    };
                    if let Some((name, meaning)) = found
                        && let Some((from, inside)) = open.last_mut()
                    {
                        let number = self.names.number(name);
                        if number >= self.known.len() {
                            self.known.push(Vec::new());
                        }
                        if let Some(known) = self.known.get_mut(number) {
                            inside.push((number, known.len()));
                            known.push(Definition {
                                from: *from,
                                to: usize::MAX,
                                meaning,
                            });
                        }
                        count += 1;
                    }
                    at += name(self.rest(at)).len().saturating_sub(1);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// What is defined inside of braces ends with them.
    fn close(&mut self, inside: Vec<(usize, usize)>, at: usize) {
        for (number, index) in inside {
            if let Some(definition) = self
                .known
                .get_mut(number)
                .and_then(|known| known.get_mut(index))
            {
                definition.to = at;
            }
        }
    }

    /// What is defined at a name or at `function`.
    #[inline(never)]
    fn definition(&self, at: usize) -> Option<(&'t [u8], Meaning<'t>)> {
        let rest = self.rest(at);
        if let Some(rest) = rest.strip_prefix(b"function ") {
            let named = own_name(rest)?;
            let rest = rest.get(named.len()..)?;
            let given = self.arguments(rest)?;
            let parameters = split(given);
            let whole = rest.get(given.len() + 2..)?;
            let body = whole.strip_prefix(b"{")?;
            // It may keep what it adds in an object of its own.
            let kept = body.strip_prefix(b"const ").filter(|kept| {
                let value = kept.get(name(kept).len()..).unwrap_or_default();
                value.starts_with(b"={")
            });
            let object = kept.map_or(0, |kept| block(kept.get(..LONGEST).unwrap_or(kept)) + 1);
            self.spend(object)?;
            let call = kept.unwrap_or(body).get(object..).unwrap_or_default();
            if let Some(call) = call.strip_prefix(b"return ") {
                let callee = own_name(call)?;
                let given = self.arguments(call.get(callee.len()..)?)?;
                let inside = self.text.len() - call.len();
                let wrapper = Meaning::Wrapper(parameters, callee, given, inside);
                return Some((named, wrapper));
            }
            // `a = a - 0x1f;` begins a decoder.
            let place = parameters
                .first()
                .copied()
                .filter(|name| !name.is_empty())?;
            let less = body.strip_prefix(place)?;
            let less = less.strip_prefix(b"-=").or_else(|| {
                less.strip_prefix(b"=")?
                    .strip_prefix(place)?
                    .strip_prefix(b"-")
            })?;
            let (offset, _) = number::constant(less, |_| None)?;
            let whole = whole.get(..DECODER).unwrap_or(whole);
            let body = whole.get(..block(whole)).unwrap_or(whole);
            self.spend(body.len())?;
            let plain = escape::escapes(body, body.len())?;
            let encoding = match (
                seek::word(b"abcdefghijklmnopqrstuvwxyzABC", &plain),
                seek::byte(b'^', &plain),
            ) {
                (None, _) => Encoding::Plain,
                (_, None) => Encoding::Base64,
                _ => Encoding::Rc4,
            };
            return Some((named, Meaning::Decoder(offset, encoding)));
        }
        let named = own_name(rest)?;
        let value = rest.get(named.len()..)?.strip_prefix(b"=")?;
        if let Some(entries) = value.strip_prefix(b"{") {
            return Some((named, Meaning::Object(self.entries(entries)?)));
        }
        let other = own_name(value)?;
        let ends = matches!(value.get(other.len()), Some(b',' | b';'));
        ends.then_some((named, Meaning::Alias(other)))
    }

    /// The numbers and texts of an object, as far as it begins with these.
    fn entries(&self, text: &'t [u8]) -> Option<Vec<(&'t [u8], Value)>> {
        let mut found = Vec::new();
        let mut rest = text;
        while found.len() < MOST {
            let key = name(rest);
            let Some(value) = rest
                .get(key.len()..)
                .and_then(|rest| rest.strip_prefix(b":"))
            else {
                break;
            };
            let scope = Scope {
                given: &[],
                place: 0,
            };
            let Some((known, length)) = self.value(value, scope) else {
                break;
            };
            found.push((key, known));
            rest = value.get(length..).unwrap_or_default();
            let Some(next) = rest.strip_prefix(b",") else {
                break;
            };
            rest = next;
        }
        (!found.is_empty()).then_some(found)
    }
}
