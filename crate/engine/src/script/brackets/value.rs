//! The language's values, as far as texts of brackets meet them.

/// As much of the language's values as such texts meet. All text is in ASCII.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Undefined,
    Bool(bool),
    Whole(u64),
    /// A number that is not whole, or none, as it is written.
    Other(Vec<u8>),
    Text(Vec<u8>),
    List(Vec<Value>),
    /// A function of the platform, by its name.
    Function(Vec<u8>),
    /// A method, and what it belongs to.
    Method(Box<Value>, Vec<u8>),
    /// What the constructor of functions made of a text.
    Made(Vec<u8>),
    /// Any other object, by what it is as text.
    Object(Vec<u8>),
}

impl Value {
    #[inline(never)]
    pub(super) fn text(&self) -> Vec<u8> {
        match self {
            Self::Undefined => b"undefined".to_vec(),
            Self::Bool(true) => b"true".to_vec(),
            Self::Bool(false) => b"false".to_vec(),
            Self::Whole(value) => digits(*value, 10),
            Self::Other(text) | Self::Text(text) | Self::Object(text) => text.clone(),
            Self::List(list) => joined(list, b","),
            Self::Function(name) | Self::Method(_, name) => {
                spell(&[b"function ", name, b"() { [native code] }"])
            }
            Self::Made(code) => spell(&[b"function anonymous(\n) {\n", code, b"\n}"]),
        }
    }

    #[inline(never)]
    pub(super) fn number(&self) -> Self {
        match self {
            Self::Bool(value) => Self::Whole(u64::from(*value)),
            Self::Whole(value) => Self::Whole(*value),
            Self::Text(text) => number(text),
            Self::List(_) => number(&self.text()),
            _ => Self::Other(NO_NUMBER.to_vec()),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Bool(value) => *value,
            Self::Whole(value) => *value != 0,
            Self::Other(text) => text != NO_NUMBER,
            Self::Text(text) => !text.is_empty(),
            _ => true,
        }
    }

    fn is_plain(&self) -> bool {
        matches!(
            self,
            Self::Undefined | Self::Bool(_) | Self::Whole(_) | Self::Other(_)
        )
    }

    #[inline(never)]
    pub(super) fn plus(self, other: &Self) -> Self {
        if self.is_plain() && other.is_plain() {
            return match (self.number(), other.number()) {
                (Self::Whole(a), Self::Whole(b)) => Self::Whole(a.saturating_add(b)),
                _ => Self::Other(NO_NUMBER.to_vec()),
            };
        }
        let mut text = match self {
            Self::Text(text) => text,
            value => value.text(),
        };
        text.extend(other.text());
        Self::Text(text)
    }

    /// A property of it.
    #[inline(never)]
    pub(super) fn property(self, key: &[u8]) -> Self {
        if let Self::Whole(place) = number(key)
            && !key.is_empty()
        {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            return match self {
                Self::Text(text) => text
                    .get(place)
                    .map_or(Self::Undefined, |&letter| Self::Text(vec![letter])),
                Self::List(list) => list.into_iter().nth(place).unwrap_or(Self::Undefined),
                _ => Self::Undefined,
            };
        }
        match self {
            Self::Object(text) if text == WINDOW && is_name(key) => Self::Function(key.to_vec()),
            value if key == b"constructor" => Self::Function(value.class().to_vec()),
            Self::Function(name) | Self::Method(_, name) if key == b"name" => Self::Text(name),
            Self::Function(_) if key == b"fromCharCode" => Self::Function(key.to_vec()),
            // Nothing else belongs to a function: they could be nested without end.
            Self::Text(_) | Self::List(_) | Self::Whole(_)
                if is_name(key) && key != b"undefined" =>
            {
                Self::Method(Box::new(self), key.to_vec())
            }
            _ => Self::Undefined,
        }
    }

    /// Bytes that it holds.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Made(text) => text.len(),
            Self::List(list) => list.iter().map(Self::size).sum::<usize>() + list.len(),
            Self::Method(of, _) => of.size(),
            _ => 1,
        }
    }

    fn class(&self) -> &'static [u8] {
        match self {
            Self::Object(text) if text.first() == Some(&b'/') => b"RegExp",
            Self::Undefined | Self::Object(_) => b"Object",
            Self::Bool(_) => b"Boolean",
            Self::Whole(_) | Self::Other(_) => b"Number",
            Self::Text(_) => b"String",
            Self::List(_) => b"Array",
            Self::Function(_) | Self::Method(..) | Self::Made(_) => b"Function",
        }
    }
}

pub(super) const WINDOW: &[u8] = b"[object Window]";
const NO_NUMBER: &[u8] = b"NaN";
pub(super) fn is_name(text: &[u8]) -> bool {
    text.len() > 1 && text.iter().all(u8::is_ascii_alphabetic)
}

#[inline(never)]
pub(super) fn joined(list: &[Value], by: &[u8]) -> Vec<u8> {
    let parts = list.iter().map(|value| match value {
        Value::Undefined => Vec::new(),
        value => value.text(),
    });
    parts.collect::<Vec<_>>().join(by)
}

/// A text as a number. Where the language writes it with an exponent, as that.
#[inline(never)]
pub(super) fn number(text: &[u8]) -> Value {
    let whole = |text: &[u8]| {
        let few = text.len() < 16 && text.iter().all(u8::is_ascii_digit);
        few.then(|| {
            let digits = text.iter().map(|digit| u64::from(digit - b'0'));
            digits.fold(0, |value, digit| value * 10 + digit)
        })
    };
    if let Some(value) = whole(text) {
        return Value::Whole(value);
    }
    let mut parts = text.splitn(2, |&byte| byte == b'e');
    let (head, power) = (parts.next().unwrap_or_default(), parts.next());
    let written = match (whole(head), power.and_then(whole)) {
        (Some(head), Some(power)) if head > 0 => exponential(head, power),
        // One behind zeros behind the point.
        _ => text.strip_prefix(b".").and_then(|places| {
            let (last, zeros) = places.split_last()?;
            let few = zeros.len() > 5 && zeros.iter().all(|&zero| zero == b'0');
            let place = digits(zeros.len() as u64 + 1, 10);
            few.then(|| spell(&[&[*last], b"e-", &place]))
        }),
    };
    Value::Other(written.unwrap_or_else(|| NO_NUMBER.to_vec()))
}

/// A whole number with so many zeros behind it.
fn exponential(head: u64, power: u64) -> Option<Vec<u8>> {
    let mut head = digits(head, 10);
    let power = usize::try_from(power).ok()?.checked_add(head.len() - 1)?;
    if power > 308 {
        return Some(b"Infinity".to_vec());
    }
    if power < 21 {
        head.resize(power + 1, b'0');
        return Some(head);
    }
    while head.last() == Some(&b'0') {
        head.pop();
    }
    let (first, rest) = head.split_first()?;
    let point: &[u8] = if rest.is_empty() { b"" } else { b"." };
    Some(spell(&[
        &[*first],
        point,
        rest,
        b"e+",
        &digits(power as u64, 10),
    ]))
}

/// Parts one after another: one function for arrays of every length.
#[inline(never)]
pub(super) fn spell(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A number in a base of up to 36.
#[inline(never)]
pub(super) fn digits(mut value: u64, base: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let digit = value % base;
        #[allow(clippy::cast_possible_truncation)] // Below 36.
        out.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[digit as usize % 36]);
        value /= base;
        if value == 0 {
            out.reverse();
            return out;
        }
    }
}
