//! Hash functions by the steps that they cannot do without, where their constants are not in the
//! text (they come in a buffer, or are computed): by how far words are turned, and by the order in
//! which a message or a state is gone through. Names, spelling and loops do not matter.

use crate::hash::fnv64;
use crate::signature::is_identifier;

/// Orders in which elements are taken, by the fact that they show. Of BLAKE2 (RFC 7693, 2.7: the second
/// round), BLAKE3 (its permutation) and Keccak (FIPS 202: where its lanes go, and how far they turn).
const ORDERS: [(&str, [u8; 8]); 4] = [
    ("gpu.blake2", [14, 10, 4, 8, 9, 15, 13, 6]),
    ("gpu.blake3", [2, 6, 3, 10, 7, 0, 4, 13]),
    ("gpu.keccak", [10, 7, 11, 17, 18, 3, 5, 16]),
    ("gpu.keccak", [1, 3, 6, 10, 15, 21, 28, 36]),
];
/// How far SHA-256 turns words to the right, and how far it shifts them (FIPS 180-4, 4.1.2).
const SHA256: u64 = bits(&[2, 13, 22, 6, 11, 25, 7, 18, 17, 19]);
const SHA256_SHIFTS: u64 = bits(&[3, 10]);
/// How far SHA-1 turns words to the left (FIPS 180-4, 6.1.2), and how far it looks back.
const SHA1: u64 = bits(&[1, 5, 30]);
const SHA1_BACK: u64 = bits(&[3, 8, 14, 16]);
/// So many names are followed.
const NAMES: usize = 64;

const fn bits(amounts: &[u32]) -> u64 {
    let mut all = 0;
    let mut at = 0;
    while at < amounts.len() {
        all |= 1 << amounts[at];
        at += 1;
    }
    all
}

/// One place where elements are taken by a number: an array by its name, or a list.
struct Row {
    name: u64,
    last: Option<u8>,
    /// How far each of the orders was gone through.
    met: [usize; ORDERS.len()],
}

impl Row {
    const fn new(name: u64) -> Self {
        Self {
            name,
            last: None,
            met: [0; ORDERS.len()],
        }
    }

    /// Goes on by an element; one that is taken twice is taken once.
    fn take(&mut self, element: u8, found: &mut [bool; ORDERS.len()]) {
        if self.last == Some(element) {
            return;
        }
        self.last = Some(element);
        for ((met, (_, order)), found) in self.met.iter_mut().zip(&ORDERS).zip(found) {
            let next = order.get(*met) == Some(&element);
            *met = if next {
                *met + 1
            } else {
                usize::from(order.first() == Some(&element))
            };
            *found |= *met == order.len();
        }
    }
}

/// The facts that a text's steps show.
pub(super) fn facts(text: &[u8]) -> Vec<&'static str> {
    let mut found = [false; ORDERS.len()];
    let mut rows: Vec<Row> = Vec::new();
    let mut list = Row::new(0);
    let (mut right, mut left, mut given, mut back) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        if !is_identifier(byte) {
            at += 1;
            continue;
        }
        let start = at;
        while text.get(at).is_some_and(|&byte| is_identifier(byte)) {
            at += 1;
        }
        let word = text.get(start..at).unwrap_or_default();
        let Some(number) = small(word) else {
            continue;
        };
        let before = before(text, start);
        let after = text
            .get(at..)
            .unwrap_or_default()
            .trim_ascii_start()
            .first();
        match before {
            [.., b'>', b'>'] => right |= 1 << number,
            [.., b'<', b'<'] => left |= 1 << number,
            [.., b','] if after == Some(&b')') => {
                given |= 1 << number;
                list.take(number, &mut found);
            }
            [.., b',' | b'('] if matches!(after, Some(b',' | b')')) => {
                list.take(number, &mut found);
            }
            [.., b'-'] => back |= 1 << number,
            [name @ .., b'['] if after == Some(&b']') => {
                let name = fnv64(name);
                let row = rows.iter_mut().position(|row| row.name == name);
                let row = row.unwrap_or(rows.len());
                if row == rows.len() && row < NAMES {
                    rows.push(Row::new(name));
                }
                if let Some(row) = rows.get_mut(row) {
                    row.take(number, &mut found);
                }
            }
            _ => {}
        }
    }
    let mut facts: Vec<&'static str> = ORDERS
        .iter()
        .zip(found)
        .filter(|(_, found)| *found)
        .map(|((name, _), _)| *name)
        .collect();
    facts.dedup();
    // A word that is turned to the left by 32 less is turned to the right.
    let complement = |amounts: u64| (1..32).filter(move |n| amounts >> (32 - n) & 1 == 1);
    let turned = complement(left).fold(right | given, |all, n| all | 1 << n);
    if turned & SHA256 == SHA256 && right & SHA256_SHIFTS == SHA256_SHIFTS {
        facts.push("gpu.sha256");
    }
    let turned = complement(right).fold(left | given, |all, n| all | 1 << n);
    if turned & SHA1 == SHA1 && back & SHA1_BACK == SHA1_BACK {
        facts.push("gpu.sha1");
    }
    facts
}

/// A decimal number below 64, without its suffix.
fn small(word: &[u8]) -> Option<u8> {
    let digits = word.strip_suffix(b"u").or_else(|| word.strip_suffix(b"U"));
    let digits = digits.or_else(|| word.strip_suffix(b"i")).unwrap_or(word);
    let number: u8 = core::str::from_utf8(digits).ok()?.parse().ok()?;
    (number < 64 && digits.first() != Some(&b'+')).then_some(number)
}

/// What stands before a place: a name and a bracket, or a mark; conversions and parentheses around a number
/// are left out.
fn before(text: &[u8], place: usize) -> &[u8] {
    let head = text.get(..place).unwrap_or_default().trim_ascii_end();
    let head = head.strip_suffix(b"(").map_or(head, |inner| {
        let name = inner.trim_ascii_end();
        let length = name
            .iter()
            .rev()
            .take_while(|&&byte| is_identifier(byte))
            .count();
        let outer = name.get(..name.len() - length).unwrap_or_default();
        let converts = matches!(
            name.get(name.len() - length..),
            Some(b"" | b"u32" | b"uint" | b"i32" | b"int")
        );
        let outer = outer.trim_ascii_end();
        if converts
            && matches!(
                outer,
                [.., b'>', b'>'] | [.., b'<', b'<'] | [.., b'-' | b',']
            )
        {
            outer
        } else {
            head
        }
    });
    let start = match head.last() {
        Some(b'[') => head
            .iter()
            .rev()
            .skip(1)
            .take(64)
            .take_while(|&&byte| is_identifier(byte) || byte == b'.')
            .count(),
        _ => 1,
    };
    head.get(head.len().saturating_sub(start + 1)..)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&'static str> {
        facts(text.as_bytes())
    }

    #[test]
    fn hashes_are_known_without_their_constants() {
        let turn = |n: u32| format!("((x >> {n}u) | (x << {}u))", 32 - n);
        let left = |n: u32| format!("(x << u32({})) | (x >> (u32({n})))", 32 - n);
        let call = |n: u32| format!("r(x, {n}u)");
        for spelled in [&turn as &dyn Fn(u32) -> String, &left, &call] {
            let turns: String = [2, 13, 22, 6, 11, 25, 7, 18, 17, 19]
                .map(spelled)
                .join(" ^ ");
            assert_eq!(of(&format!("{turns}^(y>>3u)^(y >> 10)")), ["gpu.sha256"]);
            assert_eq!(of(&turns), [""; 0]);
        }
        assert_eq!(
            of("w[i]=l(w[i-3u]^w[i-8u]^w[i-14]^w[i - 16u],1u);t=(a<<5u)|(a>>27u);c=b<<30|b>>2;"),
            ["gpu.sha1"]
        );
        assert_eq!(
            of("g(v[0],m[14],m[10]);g(v[1],m[4],m[8]);h(m[9],m[15u],m[13u],m[6u])"),
            ["gpu.blake2"]
        );
        assert_eq!(
            of("array<u32,8>(2u, 6u, 3u, 10u, 7u, 0u, 4u, 13u)"),
            ["gpu.blake3"]
        );
        assert_eq!(
            of("t=s[1];q=s[10];s[10]=f(t,1);q=s[7];s[7]=f(t,3);s[11];s[17];s[18];s[3];s[5];s[16]"),
            ["gpu.keccak"]
        );
    }

    #[test]
    fn other_shaders_are_not() {
        for text in [
            "",
            "x ^= x >> 16u; x *= 0x7feb352du; x ^= x >> 15u;",
            "a[0]+a[1]+a[2]+a[3]",
            "x=(x<<5u)|(x>>27u);w[i-3u]",
            "m[14]=n[10];m[10]=n[4]",
            "((((((((",
            "a[[[[1",
            ">>",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }
}
