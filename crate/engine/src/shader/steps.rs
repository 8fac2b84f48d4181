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
/// How far SHA-1 turns words to the left (FIPS 180-4, 6.1.2), and how far it looks back, in a message of
/// sixteen words forward.
const SHA1: u64 = bits(&[1, 5, 30]);
const SHA1_BACK: u64 = bits(&[3, 8, 14, 16]);
const SHA1_AHEAD: u64 = bits(&[13, 8, 2]);
/// Unrolled, it turns words so often, and has so many exclusive ors.
const SHA1_TURNS: usize = 150;
const SHA1_XORS: usize = 200;
/// How far Keccak turns lanes (FIPS 202, 3.2.2), and the same of halves of lanes that change places.
const KECCAK: u64 = bits(&[
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
]);
const KECCAK_HALVES: u64 = KECCAK & 0xffff_ffff | KECCAK >> 32;
/// Unrolled, a round of it has more exclusive ors than this.
const KECCAK_XORS: usize = 50;
/// The neighbours of a column that it mixes (FIPS 202, 3.2.1 and 3.2.4), and the fewest exclusive ors
/// beside that.
const KECCAK_COLUMNS: u64 = bits(&[1, 2, 4]);
const KECCAK_ROLLED: usize = 5;
/// What shaders without integers divide with, and halves of words by.
const DIVIDES: [&[u8]; 3] = [b"floor", b"mod", b"65536"];
/// A list of how far something turns is not longer.
const LIST: usize = 16;
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

/// Which numbers stand where, each as a bit.
#[derive(Default)]
struct Amounts {
    /// After `>>` and `<<`,
    right: u64,
    left: u64,
    /// as the last argument of a call,
    given: u64,
    /// in one short list that holds all by which SHA-256 turns,
    listed: u64,
    /// after a minus or plus,
    back: u64,
    ahead: u64,
    /// or after a plus and before a remainder of five.
    columns: u64,
    /// How often one of SHA-1's amounts is turned by.
    turns: usize,
    /// Whether something is taken modulo 16.
    wraps: bool,
    /// Which of [`DIVIDES`] are there.
    divides: [bool; DIVIDES.len()],
}

impl Amounts {
    fn turns_by(&mut self, number: u8) {
        const BOTH: u64 = SHA1 | turned_back(SHA1);
        self.turns += usize::from(BOTH >> number & 1 == 1);
    }

    fn facts(&self, xors: usize, shifts: usize, facts: &mut Vec<&'static str>) {
        let (right, left) = (self.right, self.left);
        // Where there are no integers, functions divide.
        let floats = shifts == 0 && self.divides.iter().all(|&divides| divides);
        if shifts == 0 && !floats {
            return;
        }
        let either = self.given | turned_back(self.given);
        let turned = right | either | turned_back(left) | self.listed;
        let shifts = if floats { self.given } else { right };
        if turned & SHA256 == SHA256 && shifts & SHA256_SHIFTS == SHA256_SHIFTS {
            facts.push("gpu.sha256");
        }
        if floats {
            return;
        }
        let turned = left | either | turned_back(right);
        let schedule = self.back & SHA1_BACK == SHA1_BACK
            || self.wraps && self.ahead & SHA1_AHEAD == SHA1_AHEAD
            || self.turns >= SHA1_TURNS && xors >= SHA1_XORS;
        if turned & SHA1 == SHA1 && schedule {
            facts.push("gpu.sha1");
        }
        let halves = turned & KECCAK_HALVES == KECCAK_HALVES;
        let lanes = (left | self.given) & KECCAK == KECCAK;
        let columns = self.columns & KECCAK_COLUMNS == KECCAK_COLUMNS;
        if columns && xors >= KECCAK_ROLLED || (lanes || halves) && xors >= KECCAK_XORS {
            facts.push("gpu.keccak");
        }
    }
}

/// Words that are turned one way by 32 less are turned the other way.
const fn turned_back(amounts: u64) -> u64 {
    let mut all = 0;
    let mut at = 1;
    while at < 32 {
        all |= (amounts >> (32 - at) & 1) << at;
        at += 1;
    }
    all
}

/// The elements that are taken, one after the other.
struct Taken {
    found: [bool; ORDERS.len()],
    rows: Vec<Row>,
    /// Elements that are listed, and the last two arguments of calls.
    list: Row,
    pairs: Row,
}

impl Taken {
    fn by_name(&mut self, name: &[u8], element: u8) {
        let name = fnv64(name);
        let row = self.rows.iter_mut().position(|row| row.name == name);
        let row = row.unwrap_or(self.rows.len());
        if row == self.rows.len() && row < NAMES {
            self.rows.push(Row::new(name));
        }
        if let Some(row) = self.rows.get_mut(row) {
            row.take(element, &mut self.found);
        }
    }
}

/// The facts that a text's steps show; it has so many exclusive ors and shifts.
pub(super) fn facts(text: &[u8], xors: usize, shifts: usize) -> Vec<&'static str> {
    let mut taken = Taken {
        found: [false; ORDERS.len()],
        rows: Vec::new(),
        list: Row::new(0),
        pairs: Row::new(0),
    };
    let mut amounts = Amounts::default();
    // The number before, where it ends, whether it is added, and the list that it is in.
    let (mut last, mut last_end, mut added) = (0, 0, false);
    let (mut listed, mut length) = (0_u64, 0);
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
            for (divides, name) in amounts.divides.iter_mut().zip(DIVIDES) {
                *divides |= word == name;
            }
            if let Some((name, number)) = numbered(word) {
                taken.by_name(name, number);
            }
            continue;
        };
        // Where shaders have no integers, `7.` is one.
        let point =
            text.get(at) == Some(&b'.') && !text.get(at + 1).is_some_and(u8::is_ascii_digit);
        at += usize::from(point);
        let before = before(text, start);
        let between = text.get(last_end..start).unwrap_or_default();
        let after = text
            .get(at..)
            .unwrap_or_default()
            .trim_ascii_start()
            .first();
        match before {
            [.., b'>', b'>'] => {
                amounts.right |= 1 << number;
                amounts.turns_by(number);
            }
            [.., b'<', b'<'] => {
                amounts.left |= 1 << number;
                amounts.turns_by(number);
            }
            [.., mark @ (b',' | b'(')] if matches!(after, Some(b',' | b')')) => {
                if *mark == b'(' {
                    (listed, length) = (0, 0);
                }
                listed |= 1 << number;
                length += 1;
                if length <= LIST && listed & SHA256 == SHA256 {
                    amounts.listed = SHA256;
                }
                taken.list.take(number, &mut taken.found);
                if *mark == b',' && after == Some(&b')') {
                    amounts.given |= 1 << number;
                    amounts.turns_by(number);
                    if between.trim_ascii() == b"," {
                        taken.pairs.take(last, &mut taken.found);
                        taken.pairs.take(number, &mut taken.found);
                    }
                }
            }
            [.., b'-'] => amounts.back |= 1 << number,
            [.., b'+'] => amounts.ahead |= 1 << number,
            [.., b'&'] => amounts.wraps |= number == 15,
            [.., b'%'] => {
                let joined = between.iter().all(|byte| b")% ".contains(byte));
                if number == 5 && added && joined {
                    amounts.columns |= 1 << last;
                }
            }
            [name @ .., b'['] if after == Some(&b']') => taken.by_name(name, number),
            _ => {}
        }
        (last, last_end, added) = (number, at, before.last() == Some(&b'+'));
    }
    let mut facts: Vec<&'static str> = ORDERS
        .iter()
        .zip(taken.found)
        .filter(|(_, found)| *found)
        .map(|((name, _), _)| *name)
        .collect();
    amounts.facts(xors, shifts, &mut facts);
    crate::order::sort_each_once(&mut facts);
    facts
}

/// A name that ends in a number below 64, as elements have that stand one by one: `m14`.
fn numbered(word: &[u8]) -> Option<(&[u8], u8)> {
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let (name, digits) = word.split_at_checked(word.len() - digits)?;
    let number = small(digits)?;
    name.first()
        .is_some_and(|byte| !byte.is_ascii_digit())
        .then_some((name, number))
}

/// A decimal number below 64, without its suffix.
fn small(word: &[u8]) -> Option<u8> {
    let digits = word.strip_suffix(b"u").or_else(|| word.strip_suffix(b"U"));
    let digits = digits.or_else(|| word.strip_suffix(b"i")).unwrap_or(word);
    let number: u8 = core::str::from_utf8(digits).ok()?.parse().ok()?;
    (number < 64 && digits.first() != Some(&b'+')).then_some(number)
}

/// What stands before a place: a name and a bracket, or a mark; conversions, vectors and parentheses around a
/// number are left out.
fn before(text: &[u8], place: usize) -> &[u8] {
    let head = text.get(..place).unwrap_or_default().trim_ascii_end();
    let head = head.strip_suffix(b"(").map_or(head, |inner| {
        let name = inner.trim_ascii_end();
        let name = name.strip_suffix(b"<u32>").unwrap_or(name);
        let length = name
            .iter()
            .rev()
            .take_while(|&&byte| is_identifier(byte))
            .count();
        let outer = name.get(..name.len() - length).unwrap_or_default();
        let converts = matches!(
            name.get(name.len() - length..),
            Some(
                b"" | b"u32"
                    | b"uint"
                    | b"i32"
                    | b"int"
                    | b"vec2"
                    | b"vec3"
                    | b"vec4"
                    | b"vec2u"
                    | b"vec3u"
                    | b"vec4u"
                    | b"uvec2"
                    | b"uvec3"
                    | b"uvec4"
            )
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
        let shifts = text.matches("<<").count() + text.matches(">>").count();
        facts(text.as_bytes(), text.matches('^').count(), shifts)
    }

    #[test]
    fn hashes_are_known_without_their_constants() {
        let turn = |n: u32| format!("((x >> {n}u) | (x << {}u))", 32 - n);
        let left = |n: u32| format!("(x << u32({})) | (x >> (u32({n})))", 32 - n);
        let call = |n: u32| format!("r(x, {n}u)");
        let vectors = |n: u32| format!("(x << vec2<u32>({}u)) | (x >> vec2u({n}u))", 32 - n);
        for spelled in [&turn as &dyn Fn(u32) -> String, &left, &call, &vectors] {
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
    fn loops_lists_and_parts_do_not_hide_hashes() {
        assert_eq!(
            of("const int R[10] = int[10](2,13,22,6,11,25,7,18,17,19); x >> 3 ^ y >> 10"),
            ["gpu.sha256"]
        );
        let floats = [2, 13, 22, 6, 11, 25, 7, 18, 17, 19].map(|n| format!("r(a,{n}.)"));
        assert_eq!(
            of(&format!(
                "floor(mod(a,p)/65536.);{}s(b,3.)s(b,10.)",
                floats.join(";")
            )),
            ["gpu.sha256"]
        );
        assert_eq!(
            of("x<<n;w[i&15u]=l(w[(i+13u)&15u]^w[(i+8u)&15u]^w[(i+2u)&15u],1u);l(a,5u);l(b,30u)"),
            ["gpu.sha1"]
        );
        assert_eq!(
            of(&"e=r(a,27u)+r(b,2u)+r(c^d^e^f<<1,31u)^g;".repeat(60)),
            ["gpu.sha1"]
        );
        assert_eq!(
            of("G(0,4,8,12,14,10);G(1,5,9,13,4,8);G(2,6,10,14,9,15);G(3,7,11,15,13,6);"),
            ["gpu.blake2"]
        );
        assert_eq!(
            of("g(m14,m10);g(m4,m8);g(m9,m15);g(m13,m6)"),
            ["gpu.blake2"]
        );
        assert_eq!(
            of("x<<n;d=c[(i+4)%5]^l(c[(i + 1) % 5],1);a^e^f;b^(~c[(x+1u)%5u]&c[(x+2u) % 5u])^d"),
            ["gpu.keccak"]
        );
        let lanes: Vec<String> = (0..64)
            .filter(|n| KECCAK_HALVES >> n & 1 == 1)
            .map(|n| format!("b=(a<<{n}u)|(c>>{}u)^d^e^f;", 32 - n))
            .collect();
        assert_eq!(of(&lanes.concat()), ["gpu.keccak"]);
    }

    #[test]
    fn other_shaders_are_not() {
        for text in [
            "",
            "x ^= x >> 16u; x *= 0x7feb352du; x ^= x >> 15u;",
            "a[0]+a[1]+a[2]+a[3]",
            "x=(x<<5u)|(x>>27u);w[i-3u]",
            "m[14]=n[10];m[10]=n[4]",
            "p[(i+1)%5]-p[(i+2)%5]+p[(i+4)%5]",
            "r(a,7.);r(a,3.);r(a,10.)",
            "l(a,1u);l(b,5u);l(c,30u);w[(i+13)&7]",
            &"a(b , 1 );c(d,2);e(f,5);floor(mod(a,65536.))^b^c^d^e".repeat(60),
            "((((((((",
            "a[[[[1",
            ">>",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }
}
