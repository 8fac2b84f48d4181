//! What methods of the platform make of values.

use super::value::{Value, digits, joined, number, spell};

/// A longer text is not split.
const MOST_SPLIT: usize = 64 << 10;

#[inline(never)]
pub(super) fn method(of: Value, name: &[u8], given: Value) -> Option<Value> {
    let text = of.text();
    let (tag, attribute): (&[u8], &[u8]) = match name {
        b"italics" => (b"i", b""),
        b"bold" => (b"b", b""),
        b"fixed" => (b"tt", b""),
        b"big" | b"blink" | b"small" | b"strike" | b"sub" | b"sup" => (name, b""),
        b"fontcolor" => (b"font", b" color="),
        b"fontsize" => (b"font", b" size="),
        b"link" => (b"a", b" href="),
        b"anchor" => (b"a", b" name="),
        _ => (b"", b""),
    };
    if !tag.is_empty() {
        let mut out = spell(&[b"<", tag, attribute]);
        if !attribute.is_empty() {
            let given = given.text();
            let parts: Vec<&[u8]> = given.split(|&letter| letter == b'"').collect();
            out.extend(spell(&[b"\"", &parts.join(b"&quot;".as_slice()), b"\""]));
        }
        out.extend(spell(&[b">", &text, b"</", tag, b">"]));
        return Some(Value::Text(out));
    }
    Some(match (name, of) {
        (b"toString", Value::Whole(value)) => match given.number() {
            Value::Whole(base @ 2..=36) => Value::Text(digits(value, base)),
            _ => return None,
        },
        (b"toString", _) => Value::Text(text),
        (b"toLowerCase", _) => Value::Text(text.to_ascii_lowercase()),
        (b"toUpperCase", _) => Value::Text(text.to_ascii_uppercase()),
        (b"concat", Value::List(mut list)) => {
            match given {
                Value::List(more) => list.extend(more),
                one => list.push(one),
            }
            Value::List(list)
        }
        (b"concat", _) => Value::Text(spell(&[&text, &given.text()])),
        (b"entries" | b"keys" | b"values", Value::List(_)) => {
            Value::Object(b"[object Array Iterator]".to_vec())
        }
        (b"slice", _) => Value::Text(slice(&text, &given.text()).to_vec()),
        (b"split", _) if text.len() > MOST_SPLIT => return None,
        (b"split", _) => {
            let by = given.text();
            let [by] = by.as_slice() else {
                return (by.is_empty()).then(|| {
                    let letters = text.iter().map(|&letter| Value::Text(vec![letter]));
                    Value::List(letters.collect())
                });
            };
            let parts = text.split(|letter| letter == by);
            Value::List(parts.map(|part| Value::Text(part.to_vec())).collect())
        }
        (b"join", Value::List(list)) => Value::Text(joined(&list, &given.text())),
        _ => return None,
    })
}

/// The letters from this one on, or so many at the end.
pub(super) fn slice<'a>(text: &'a [u8], from: &[u8]) -> &'a [u8] {
    let place = |digits: &[u8]| match number(digits) {
        Value::Whole(place) => usize::try_from(place).unwrap_or(usize::MAX),
        _ => 0,
    };
    let skipped = match from.strip_prefix(b"-") {
        Some(last) => text.len().saturating_sub(place(last)),
        None => place(from),
    };
    text.get(skipped..).unwrap_or_default()
}

/// As `escape` writes letters of one byte (ECMA-262, annex B).
pub(super) fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"@*_+-./".contains(&byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            out.extend(digits(u64::from(byte) + 0x100, 16)[1..].to_ascii_uppercase());
        }
    }
    out
}
