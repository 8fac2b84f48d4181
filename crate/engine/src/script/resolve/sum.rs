//! Arguments: written numbers and texts, members of objects of these, and what is made of numbers.

use super::super::{number, payload, quoted};
use super::written::{name, own_name};
use super::{DEEPEST, Meaning, Resolver};

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
    /// The value of a sum, with names of what is given.
    pub(super) fn sum(
        &self,
        text: &[u8],
        at: &mut usize,
        scope: Scope,
        depth: usize,
    ) -> Option<Value> {
        let mut whole = self.product(text, at, scope, depth)?;
        while let Some(&sign @ (b'+' | b'-')) = text.get(*at) {
            *at += 1;
            let more = self.product(text, at, scope, depth)?;
            whole = match (whole, more) {
                (Value::Number(a), Value::Number(b)) if sign == b'+' => {
                    Value::Number(a.wrapping_add(b))
                }
                (Value::Number(a), Value::Number(b)) => Value::Number(a.wrapping_sub(b)),
                _ => return None,
            };
        }
        Some(whole)
    }

    fn product(&self, text: &[u8], at: &mut usize, scope: Scope, depth: usize) -> Option<Value> {
        let mut whole = self.term(text, at, scope, depth)?;
        while text.get(*at) == Some(&b'*') {
            *at += 1;
            let more = self.term(text, at, scope, depth)?;
            let (Value::Number(a), Value::Number(b)) = (whole, more) else {
                return None;
            };
            whole = Value::Number(a.wrapping_mul(b));
        }
        Some(whole)
    }

    fn term(&self, text: &[u8], at: &mut usize, scope: Scope, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        let rest = text.get(*at..)?;
        match *rest.first()? {
            b' ' => {
                *at += 1;
                self.term(text, at, scope, depth + 1)
            }
            b'-' => {
                *at += 1;
                match self.term(text, at, scope, depth + 1)? {
                    Value::Number(number) => Some(Value::Number(number.wrapping_neg())),
                    Value::Text(_) => None,
                }
            }
            b'(' => {
                *at += 1;
                let value = self.sum(text, at, scope, depth + 1)?;
                *at += 1;
                (text.get(*at - 1) == Some(&b')')).then_some(value)
            }
            b'0'..=b'9' => {
                let (value, length) = number::read(rest);
                *at += length.max(1);
                Some(Value::Number(i64::try_from(value?).ok()?))
            }
            quote @ (b'\'' | b'"') => {
                let end = quoted::end(rest, 1, quote);
                *at += end + 1;
                let raw = rest.get(1..end)?;
                Some(Value::Text(payload::escapes(raw, raw.len())?))
            }
            _ => {
                let named = own_name(rest)?;
                *at += named.len();
                if let Some(key) = rest
                    .get(named.len()..)
                    .and_then(|rest| rest.strip_prefix(b"."))
                {
                    let key = name(key);
                    *at += key.len() + 1;
                    let Meaning::Object(entries) = self.meaning(named, scope.place)?.1 else {
                        return None;
                    };
                    self.spend(entries.len())?;
                    let entry = entries.iter().rev().find(|entry| entry.0 == key)?;
                    return Some(entry.1.clone());
                }
                scope
                    .given
                    .iter()
                    .find(|entry| entry.0 == named)
                    .and_then(|entry| entry.1.clone())
            }
        }
    }
}
