//! Arguments: written numbers and texts, members of objects of these, and what is made of numbers.

use super::super::{escape, number, quoted};
use super::written::{name, own_name};
use super::{Meaning, Resolver};

/// What an argument is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(i64),
    Text(Vec<u8>),
}

/// Where an expression stands, and what the parameters around it are.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) given: &'s [(&'s [u8], Option<Value>)],
    pub(super) place: usize,
}

impl Resolver<'_> {
    /// The value at the beginning of a text, with names of what is given, and its length.
    pub(super) fn value(&self, text: &[u8], scope: Scope) -> Option<(Value, usize)> {
        let rest = text.trim_ascii_start();
        let before = text.len() - rest.len();
        if let Some((found @ Value::Text(_), length)) = self.term(rest, scope) {
            return Some((found, before + length));
        }
        let (sum, length) = number::constant(text, |rest| match self.term(rest, scope)? {
            (Value::Number(number), length) => Some((number, length)),
            (Value::Text(_), _) => None,
        })?;
        Some((Value::Number(sum), length))
    }

    /// A text, or what a name or member stands for.
    #[inline(never)]
    fn term(&self, text: &[u8], scope: Scope) -> Option<(Value, usize)> {
        if let Some(&quote @ (b'\'' | b'"')) = text.first() {
            let end = quoted::end(text, 1, quote);
            let raw = text.get(1..end)?;
            return Some((Value::Text(escape::escapes(raw, raw.len())?), end + 1));
        }
        let named = own_name(text)?;
        let after = text.get(named.len()..)?;
        if let Some(key) = after.strip_prefix(b".").map(name) {
            let Meaning::Object(entries) = self.meaning(named, scope.place)?.1 else {
                return None;
            };
            self.spend(entries.len())?;
            let entry = entries.iter().rev().find(|entry| entry.0 == key)?;
            return Some((entry.1.clone(), named.len() + 1 + key.len()));
        }
        let given = scope.given.iter().find(|entry| entry.0 == named)?;
        Some((given.1.clone()?, named.len()))
    }
}
