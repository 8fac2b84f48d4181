//! Data inside a script that is more than text: modules and further scripts in base64 (both
//! alphabets, also cut into several strings), hexadecimal, arrays of numbers, escapes and percent
//! encoding; masked (`mask.rs`); compressed by gzip, zlib or deflate; written backwards.
//!
//! Long runs are found by probing, so a script without any costs next to nothing. What is taken
//! out is bounded by [`Budget`]; there is no recursion here.

use super::escape::escapes;
use super::mask::{self, Mask};
use super::{number, quoted};
use core::ops::Range;

/// How far apart the probes are; a shorter run may be missed.
const PROBE: usize = 128;
/// The shortest run that is looked at.
const SHORTEST: usize = 200;

/// How many bytes of a run are decoded to see what it is.
const HEAD: usize = 192;
/// From how much of it a mask is worked out, and what that costs of the budget: it is tried a few times only.
const LONG: usize = 4_096;
const GUESS: usize = 256 << 10;
/// How far from masked data the word is looked for that masks it.
const NEAR: usize = 2_048;

/// What may still be decoded from one input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// Bytes.
    pub(crate) bytes: usize,
}

/// Decodes a run, up to a length.
type Decoder = fn(&[u8], usize) -> Option<Vec<u8>>;

/// How a run is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Base64,
    Hex,
    Numbers,
    Escapes,
    Percent,
    Pieces,
}

/// One piece of data that was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payload {
    /// Where the run was.
    pub(crate) place: Range<usize>,
    /// How it was encoded, in words.
    pub(crate) how: &'static str,
    /// What it holds.
    pub(crate) bytes: Vec<u8>,
    /// Whether that is neither a module nor text.
    pub(crate) data: bool,
}

impl Payload {
    /// Whether it is a WebAssembly module.
    pub(crate) fn is_module(&self) -> bool {
        self.bytes.starts_with(b"\0asm")
    }
}

/// Finds and decodes the runs of a text; `data` asks also for what is neither module nor text.
pub(crate) fn find(text: &[u8], data: bool, budget: &mut Budget) -> Vec<Payload> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut left = 0;
    // Up to where runs of several strings were looked at: in one that is nothing as a whole, a
    // single string may still be something.
    let mut seen = 0;
    while at < text.len() {
        let Some((range, encoding)) = probe(text, at, left, at >= seen) else {
            at += PROBE;
            continue;
        };
        let payload = text
            .get(range.clone())
            .filter(|run| run.len() >= SHORTEST)
            .and_then(|run| {
                let near = range.start.saturating_sub(NEAR)..text.len().min(range.end + NEAR);
                let near = text.get(near).unwrap_or_default();
                decode(run, encoding, data, near, budget)
            });
        if payload.is_none() && matches!(encoding, Encoding::Pieces | Encoding::Percent) {
            seen = range.end;
            at += PROBE;
            continue;
        }
        at = range.end.max(at + 1);
        left = range.end;
        if let Some((how, bytes)) = payload {
            found.push(Payload {
                place: range,
                how,
                data: !bytes.starts_with(b"\0asm") && !is_text(&bytes),
                bytes,
            });
        }
        // Short runs are common; the next probe is not closer than usual.
        at = at.max(left.saturating_sub(left % PROBE));
    }
    found
}

/// The run around a position, not beginning before `left`; `wide` allows for those that quotes and
/// percent signs are part of.
#[inline(never)]
fn probe(text: &[u8], at: usize, left: usize, wide: bool) -> Option<(Range<usize>, Encoding)> {
    let near = text.get(at.saturating_sub(24).max(left)..text.len().min(at + 24))?;
    // Some bytes that are apart decide nearly always.
    let mut classes = CLASSES[usize::from(*text.get(at)?)];
    for &byte in near.iter().step_by(7) {
        classes &= CLASSES[usize::from(byte)];
    }
    for eight in near.chunks(8) {
        if classes == 0 {
            return None;
        }
        let all = |classes, &byte: &u8| classes & CLASSES[usize::from(byte)];
        classes = eight.iter().fold(classes, all);
    }
    let all = |class: u8| classes & class != 0;
    let (class, encoding) = if all(HEX) {
        (HEX, Encoding::Hex)
    } else if all(BASE64) {
        (BASE64, Encoding::Base64)
    } else if all(LISTED) && near.contains(&b',') {
        (LISTED, Encoding::Numbers)
    } else if all(ESCAPED) && near.contains(&b'\\') {
        (STRING, Encoding::Escapes)
    } else if wide && all(PERCENT) && near.contains(&b'%') {
        (PERCENT, Encoding::Percent)
    } else if wide && all(PIECE) && near.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
        (PIECE, Encoding::Pieces)
    } else {
        return None;
    };
    let run = around(text, left, at, class)?;
    // What is all hexadecimal nearby may be base64 as a whole.
    if encoding == Encoding::Hex {
        let wider = |byte: Option<&u8>| byte.is_some_and(|&byte| is_base64(byte));
        if wider(text.get(run.end)) || (run.start > left && wider(text.get(run.start - 1))) {
            return Some((around(text, left, at, BASE64)?, Encoding::Base64));
        }
    }
    Some((run, encoding))
}

/// The bytes of a class around a position, not beginning before `left`.
fn around(text: &[u8], left: usize, at: usize, class: u8) -> Option<Range<usize>> {
    let other = |&byte: &u8| CLASSES[usize::from(byte)] & class == 0;
    let before = text.get(left..at)?.iter().rposition(other);
    let after = text.get(at..)?.iter().position(other);
    let start = before.map_or(left, |position| left + position + 1);
    Some(start..after.map_or(text.len(), |position| at + position))
}

const fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

const fn is_listed(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
        || matches!(
            byte,
            b',' | b' ' | b'x' | b'X' | b'-' | b'\n' | b'\r' | b'\t'
        )
}

const fn is_escaped(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'\\' | b'x' | b'u')
}

const fn is_escaped_or_text(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\'' | b'`' | b'\n')
}

/// What `encodeURIComponent` leaves as it is, and what it writes.
const fn is_percent(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'%' | b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
        )
}

/// Base64 in several strings, with what stands between them.
const fn is_piece(byte: u8) -> bool {
    is_base64(byte)
        || matches!(
            byte,
            b'"' | b'\'' | b',' | b' ' | b'\n' | b'\r' | b'\t' | b'\\'
        )
}

const HEX: u8 = 1;
const BASE64: u8 = 1 << 1;
const LISTED: u8 = 1 << 2;
const ESCAPED: u8 = 1 << 3;
const PERCENT: u8 = 1 << 4;
const PIECE: u8 = 1 << 5;
/// What a string with escapes goes on over.
const STRING: u8 = 1 << 6;

/// The classes that each byte is in.
const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let this = byte as u8;
        table[byte] = (is_hex(this) as u8 * HEX)
            | (is_base64(this) as u8 * BASE64)
            | (is_listed(this) as u8 * LISTED)
            | (is_escaped(this) as u8 * ESCAPED)
            | (is_percent(this) as u8 * PERCENT)
            | (is_piece(this) as u8 * PIECE)
            | (is_escaped_or_text(this) as u8 * STRING);
        byte += 1;
    }
    table
};

#[inline(never)]
fn decode(
    run: &[u8],
    encoding: Encoding,
    data: bool,
    near: &[u8],
    budget: &mut Budget,
) -> Option<(&'static str, Vec<u8>)> {
    let (how, decoder): (&str, Decoder) = match encoding {
        Encoding::Base64 => ("base64", base64),
        Encoding::Hex => ("hexadecimal", hex),
        Encoding::Numbers => ("an array of numbers", numbers),
        Encoding::Escapes => ("escapes", escapes),
        Encoding::Percent => ("percent encoding", percent),
        Encoding::Pieces => ("base64 in pieces", pieces),
    };
    let run = match encoding {
        Encoding::Percent => unquoted(run),
        _ => run,
    };
    // The beginning tells whether the rest is worth it.
    let head = decoder(run.get(..1_024).unwrap_or(run), HEAD)?;
    let bytes = matches!(
        encoding,
        Encoding::Base64 | Encoding::Hex | Encoding::Numbers
    );
    let masked = bytes.then(|| mask::find(&head, near)).flatten();
    let masked = masked.or_else(|| {
        let worth = !data && !is_wanted(&head) && run.len() >= LONG && budget.bytes >= GUESS;
        if !worth || !bytes {
            return None;
        }
        budget.bytes -= GUESS;
        mask::guess(&decoder(run.get(..4 * LONG).unwrap_or(run), LONG)?)
    });
    let mask = match masked {
        Some(mask) => mask,
        None if data || is_wanted(&head) => Mask::Byte(0),
        None => return None,
    };
    if run.len() / 8 > budget.bytes {
        return None;
    }
    let mut bytes = decoder(run, budget.bytes)?;
    mask.undo(&mut bytes);
    budget.bytes = budget.bytes.saturating_sub(bytes.len());
    if let Some(inflated) = inflate(&bytes, budget) {
        return Some((how, inflated));
    }
    Some((how, bytes))
}

/// Whether data that begins like this is a module, is compressed, or is text.
fn is_wanted(head: &[u8]) -> bool {
    head.starts_with(b"\0asm")
        || head.starts_with(&[0x1f, 0x8b, 8])
        || (head.first() == Some(&0x78) && matches!(head.get(1), Some(0x01 | 0x5e | 0x9c | 0xda)))
        || (head.len() >= 16 && is_text(head))
}

pub(super) const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | b'\n' | b'\r' | b'\t')
}

/// Whether bytes look like a script's text.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..512).unwrap_or(bytes);
    let plain = head.iter().filter(|&&byte| is_printable(byte)).count();
    !head.is_empty() && plain * 20 >= head.len() * 19
}

/// Decompresses what is compressed, within the budget.
pub(crate) fn inflate(bytes: &[u8], budget: &mut Budget) -> Option<Vec<u8>> {
    use miniz_oxide::inflate::{DecompressError, decompress_to_vec_with_limit};
    let body = if bytes.starts_with(&[0x1f, 0x8b, 8]) {
        gzip_body(bytes)?
    } else if bytes.first() == Some(&0x78)
        && matches!(bytes.get(1), Some(0x01 | 0x5e | 0x9c | 0xda))
    {
        bytes.get(2..)?
    } else {
        return None;
    };
    let keep = |error: DecompressError| error.output;
    let output = decompress_to_vec_with_limit(body, budget.bytes).unwrap_or_else(keep);
    budget.bytes = budget.bytes.saturating_sub(output.len());
    (!output.is_empty()).then_some(output)
}

/// The deflate stream of a gzip file (RFC 1952, 2.3).
fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    let flags = *bytes.get(3)?;
    let mut rest = bytes.get(10..)?;
    if flags & 4 != 0 {
        let length = u16::from_le_bytes(*rest.first_chunk()?);
        rest = rest.get(2 + usize::from(length)..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

/// Decodes base64 of both alphabets, up to a length; stops at padding.
pub(crate) fn base64(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let value = |byte: u8| VALUES[usize::from(byte)];
    let mut out = Vec::with_capacity((text.len() / 4 * 3).min(most));
    // Four letters at a time, as long as they are letters.
    let (fours, _) = text.as_chunks::<4>();
    let plain = fours.iter().take(most / 3).take_while(|four| {
        let [a, b, c, d] = four.map(value);
        let whole = (a | b | c | d) < 64;
        if whole {
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        whole
    });
    let done = plain.count() * 4;
    let (mut group, mut bits) = (0_u32, 0_u32);
    for &byte in text.get(done..).unwrap_or_default() {
        let value = match value(byte) {
            PADDING => break,
            value @ 0..64 => value,
            _ => return None,
        };
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            if out.len() >= most {
                break;
            }
            out.push((group >> bits) as u8);
        }
    }
    Some(out)
}

/// What [`VALUES`] has for `=`.
const PADDING: u8 = 64;

/// What each letter of base64 stands for, in both alphabets; above 63 where it is none.
const VALUES: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut byte = 0;
    while byte < 256 {
        let this = byte as u8;
        table[byte] = match this {
            b'A'..=b'Z' => this - b'A',
            b'a'..=b'z' => this - b'a' + 26,
            b'0'..=b'9' => this - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => PADDING,
            _ => 0xff,
        };
        byte += 1;
    }
    table
};

fn hex(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    text.as_chunks::<2>()
        .0
        .iter()
        .take(most)
        .map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8))
        .collect()
}

/// What stands in the quotation marks, where a run began before them.
fn unquoted(run: &[u8]) -> &[u8] {
    let first = run.iter().position(|&byte| byte == b'%').unwrap_or(0);
    let head = run.get(..first).unwrap_or_default();
    let quote = head.iter().rposition(|&byte| byte == b'\'');
    let inner = quote.map_or(run, |quote| run.get(quote + 1..).unwrap_or_default());
    let end = inner.iter().rposition(|&byte| byte == b'\'');
    inner.get(..end.unwrap_or(inner.len())).unwrap_or(inner)
}

/// Percent encoding (RFC 3986, 2.1), and `%uNNNN` as `escape` writes it.
#[allow(clippy::unnecessary_wraps)] // As a decoder has it.
pub(super) fn percent(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let digit = |byte: Option<&u8>| (*byte? as char).to_digit(16);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at).filter(|_| out.len() < most) {
        let wide = text.get(at + 1) == Some(&b'u') && byte == b'%';
        if wide
            && let Some(value) = text.get(at + 2..at + 6).and_then(|four| hex(four, 2))
            && let [0, value] = *value.as_slice()
        {
            out.push(value);
            at += 6;
        } else if byte == b'%'
            && let (Some(high), Some(low)) = (digit(text.get(at + 1)), digit(text.get(at + 2)))
        {
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    Some(out)
}

/// Base64 in several strings: what stands outside of them is left out.
fn pieces(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut inside = None;
    let mut joined = Vec::new();
    for &byte in text {
        match (byte, inside) {
            (b'"' | b'\'', None) => inside = Some(byte),
            (_, Some(quote)) if byte == quote => inside = None,
            (_, Some(_)) if is_base64(byte) => joined.push(byte),
            _ => {}
        }
    }
    base64(&joined, most)
}

/// The long strings of a text, read backwards.
#[inline(never)]
pub(crate) fn reversed(text: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut left = most;
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(open) = memchr::memchr3(b'"', b'\'', b'`', rest)
    {
        let start = at + open + 1;
        let end = quoted::end(text, start, rest.get(open).copied().unwrap_or_default());
        let run = text.get(start..end.min(text.len())).unwrap_or_default();
        at = end + 1;
        if run.len() >= SHORTEST
            && run.len() <= left
            && let Some(mut plain) = escapes(run, run.len())
        {
            left -= run.len();
            plain.reverse();
            found.push(plain);
        }
    }
    found
}

/// Comma-separated bytes, decimal or hexadecimal, or numbers that are as near to each other: their last
/// byte is the same with something added or in exclusive or. The first and last may have been cut.
#[allow(clippy::unnecessary_wraps)] // As a decoder has it.
fn numbers(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut first = 0_i32;
    for item in text.split(|&byte| byte == b',').take(most) {
        let item = item.trim_ascii();
        if item.is_empty() {
            continue;
        }
        let plain = item.strip_prefix(b"-").unwrap_or(item);
        let value = match plain {
            [b'0', b'x' | b'X', digits @ ..] => number::digits(digits, 16),
            _ => number::digits(plain, 10),
        };
        let value = value.and_then(|value| i32::try_from(value).ok());
        let value = value.map(|value| {
            if plain.len() < item.len() {
                -value
            } else {
                value
            }
        });
        match value {
            Some(value) if (-128..=255).contains(&value) || value.abs_diff(first) < 256 => {
                if out.is_empty() {
                    first = value;
                }
                out.push(value.to_le_bytes()[0]);
            }
            Some(value) if out.len() < 2 => {
                out = vec![value.to_le_bytes()[0]];
                first = value;
            }
            _ if out.len() < 2 => out.clear(),
            _ => break,
        }
    }
    Some(out)
}
