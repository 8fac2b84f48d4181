//! How a miner talks whatever words it uses: jobs come in, and small answers go out that repeat
//! what the job carried beside a fresh nonce and, often, a hash.
//!
//! Sizes (Coinhive family, Monero and Bitcoin stratum): a job's blob has 152 hexadecimal digits or
//! more (Monero; 43 bytes and more since), or there are several of 64 beside some of 8 (Bitcoin's
//! previous block and merkle branches; version, bits, time); a target 8, 16 or 64; a nonce 8 or 16;
//! a result 64. What nobody can rename is that a result is below the target of its job.

use super::Direction;
use super::token::{Token, tokens};
use crate::hash::fnv64;
use crate::verdict::{Fact, Place};
use std::borrow::Cow;
use std::collections::VecDeque;

/// How many tokens of incoming messages are remembered.
const REMEMBERED: usize = 256;
/// How many targets and pieces of work are remembered.
const TARGETS: usize = 8;
/// How many messages the rhythm is judged by.
const WINDOW: usize = 32;
/// Answers are not longer.
const SMALL: usize = 400;
/// A hash that begins with so many zero bits by chance is one of 65,536.
const RARE: u32 = 16;
/// One that begins with more zero bytes is none, but an address or a number that is filled up.
const FILLED: usize = 10;

/// What was noticed.
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    /// Hashes of tokens that came in, newest last.
    came: VecDeque<u64>,
    /// Hashes of nonces that went out.
    went: VecDeque<u64>,
    /// Targets that came in, newest last.
    targets: VecDeque<Target>,
    /// Targets that a number which came in beside work would be.
    difficulties: VecDeque<Target>,
    /// The beginnings of long hexadecimal that came in, newest last, with its length.
    work: VecDeque<(u64, usize)>,
    jobs: u32,
    headers: u32,
    shares: u32,
    echoes: u32,
    returned: u32,
    proven: u32,
    unproven: u32,
    /// Hashes handed in: others, and those that begin or end with [`RARE`] zero bits.
    searched: [u32; 2],
    duco: [u32; 2],
    outgoing: VecDeque<(f64, usize)>,
    incoming: VecDeque<(f64, usize)>,
}

pub(super) fn fact(name: &'static str, count: u32, detail: String) -> Fact {
    Fact {
        name: Cow::Borrowed(name),
        count,
        place: Place::default(),
        detail,
    }
}

fn remember<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() >= most {
        queue.pop_front();
    }
    queue.push_back(item);
}

impl Habits {
    /// Takes a message into account.
    pub(super) fn note(&mut self, direction: Direction, message: &[u8], now: f64) {
        match direction {
            Direction::In => self.incoming_message(message, now),
            Direction::Out => self.outgoing_message(message, now),
        }
    }

    fn incoming_message(&mut self, message: &[u8], now: f64) {
        let (mut blob, mut target, mut rare, mut digests, mut short) = (false, false, false, 0, 0);
        let mut numbers: Vec<u64> = Vec::new();
        for token in tokens(message) {
            // A blob or header: 43 to 256 bytes, not a round key size.
            blob |= (86..=512).contains(&token.hex) && !matches!(token.hex, 96 | 128 | 130 | 256);
            digests += u32::from(token.hex == 64);
            short += u32::from(token.hex == 8);
            if let Some(read) = Target::read(token) {
                target = true;
                rare |= token.hex == 64 && read.value >> 48 == 0;
                remember(&mut self.targets, read, TARGETS);
            }
            numbers.extend(decimal(token.text).filter(|&number| number >= 1 << 8));
            if let Some(start) = beginning(token) {
                remember(&mut self.work, start, TARGETS);
            }
            if is_identity(token) {
                remember(&mut self.came, fnv64(token.text), REMEMBERED);
            }
        }
        // Beside work, a number may be how many hashes one answer takes.
        for number in numbers.into_iter().filter(|_| blob || digests > 0) {
            let target = Target {
                value: u64::MAX / number,
                little: false,
            };
            remember(&mut self.difficulties, target, TARGETS);
        }
        let header = digests >= 1 && short >= 3 && blob;
        if (blob && target) || (digests >= 3 && short >= 2) || (digests >= 2 && rare) {
            self.jobs = self.jobs.saturating_add(1);
            self.headers = self.headers.saturating_add(u32::from(header));
        }
        self.duco[0] = self.duco[0].saturating_add(u32::from(is_duco_job(message)));
        remember(&mut self.incoming, (now, message.len()), WINDOW);
    }

    fn outgoing_message(&mut self, message: &[u8], now: f64) {
        let small = message.len() <= SMALL;
        let (mut nonce, mut digest, mut echo, mut returned) = (None, None, false, false);
        let mut number = false;
        for token in tokens(message) {
            let known = is_identity(token) && self.came.contains(&fnv64(token.text));
            echo |= known;
            if matches!(token.hex, 8..=16) && !known {
                nonce = Some(fnv64(token.text));
            }
            number |= !known && decimal(token.text).is_some_and(|number| number >= 1 << 10);
            if token.hex == 64 && !known {
                digest = Some(token);
            }
            returned |= !known && beginning(token).is_some_and(|start| self.work.contains(&start));
        }
        // What is handed in is a nonce with its hash; who looks blocks up has hashes alone.
        if small && let Some(digest) = digest.filter(|_| nonce.is_some() || number) {
            self.prove(digest);
        }
        self.returned = self.returned.saturating_add(u32::from(returned));
        let answers = self.duco[0] > 0 && message.first().is_some_and(u8::is_ascii_digit);
        self.duco[1] = self.duco[1].saturating_add(u32::from(answers && message.contains(&b',')));
        let fresh = nonce.is_some_and(|nonce| !self.went.contains(&nonce));
        if let Some(nonce) = nonce {
            remember(&mut self.went, nonce, WINDOW);
        }
        if small && fresh && digest.is_some() {
            self.shares = self.shares.saturating_add(1);
        }
        if small && fresh && echo && self.jobs > 0 {
            self.echoes = self.echoes.saturating_add(1);
        }
        remember(&mut self.outgoing, (now, message.len()), WINDOW);
    }

    /// Whether a hash is below a target that came in, or so small that it was searched for.
    fn prove(&mut self, digest: Token) {
        let mut targets = self.targets.iter().chain(&self.difficulties);
        if targets.any(|target| target.is_met(digest)) {
            self.proven = self.proven.saturating_add(1);
        } else if !self.targets.is_empty() {
            self.unproven = self.unproven.saturating_add(1);
        }
        let rare = [false, true].map(|little| Target {
            value: u64::MAX >> RARE,
            little,
        });
        let searched = rare.iter().any(|target| target.is_met(digest));
        self.searched[usize::from(searched)] =
            self.searched[usize::from(searched)].saturating_add(1);
    }

    /// The facts.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let (proven, unproven) = if self.proven > self.unproven {
            (self.proven, 0)
        } else {
            (0, self.unproven)
        };
        let [others, searched] = self.searched;
        let searched = if searched > others { searched } else { 0 };
        let mut out: Vec<Fact> = [
            ("talk.job", self.jobs, "received"),
            ("talk.header", self.headers, "received"),
            ("talk.share", self.shares, "sent"),
            ("talk.echo", self.echoes, "sent"),
            ("talk.returned", self.returned, "sent"),
            ("talk.proof", proven, "sent"),
            ("talk.unproven", unproven, "sent"),
            ("talk.searched", searched, "sent"),
            ("talk.duco", self.duco[0].min(self.duco[1]), "answered"),
        ]
        .into_iter()
        .filter(|&(_, count, _)| count > 0)
        .map(|(name, count, way)| fact(name, count, format!("{count} {way}")))
        .collect();
        if self.is_steady() {
            out.push(fact("talk.rhythm", 1, String::new()));
        }
        out
    }

    /// Small outgoing messages of nearly one size, seconds apart, for at least a minute, beside
    /// larger incoming ones of nearly one size.
    fn is_steady(&self) -> bool {
        let alike = |messages: &VecDeque<(f64, usize)>| {
            let sizes = messages.iter().map(|message| message.1);
            let (low, high) = (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0));
            messages.len() >= 4 && (high - low) * 8 <= high
        };
        let mean = |messages: &VecDeque<(f64, usize)>| {
            let bytes: usize = messages.iter().map(|message| message.1).sum();
            bytes / messages.len().max(1)
        };
        let (Some(first), Some(last)) = (self.outgoing.front(), self.outgoing.back()) else {
            return false;
        };
        let span = last.0 - first.0;
        alike(&self.outgoing)
            && alike(&self.incoming)
            && mean(&self.outgoing) <= SMALL
            && mean(&self.incoming) >= 100
            && span >= 60_000.0
            && span >= 1_000.0 * f64::from(u32::try_from(self.outgoing.len()).unwrap_or(u32::MAX))
    }
}

/// A target that a hash must not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    /// Its highest 64 bits.
    value: u64,
    /// Whether hashes are compared from their last byte on, as Monero's are.
    little: bool,
}

impl Target {
    /// Reads a token as a target; one that more than every 256th hash meets proves nothing.
    fn read(token: Token) -> Option<Self> {
        let bytes = hexadecimal(token)?;
        let (value, little) = match bytes.len() {
            4 => {
                let low = u32::from_le_bytes(*bytes.first_chunk()?);
                (u64::from(low) << 32 | 0xffff_ffff, true)
            }
            8 => (u64::from_le_bytes(*bytes.first_chunk()?), true),
            32 => (u64::from_be_bytes(*bytes.first_chunk()?), false),
            _ => return None,
        };
        let some = bytes.iter().any(|&byte| byte > 0);
        (some && value >> 56 == 0).then_some(Self { value, little })
    }

    /// Whether a hash meets it.
    fn is_met(&self, digest: Token) -> bool {
        let Some(bytes) = hexadecimal(digest) else {
            return false;
        };
        let filled = |zeros: usize| zeros > FILLED;
        let high = bytes.first_chunk().map(|first| u64::from_be_bytes(*first));
        let high = high.filter(|_| !filled(bytes.iter().take_while(|&&byte| byte == 0).count()));
        let low = bytes.last_chunk().map(|last| u64::from_le_bytes(*last));
        let back = bytes.iter().rev();
        let low = low.filter(|_| !filled(back.take_while(|&&byte| byte == 0).count()));
        low.is_some_and(|low| low <= self.value)
            || (!self.little && high.is_some_and(|high| high <= self.value))
    }
}

/// A decimal number of a message.
fn decimal(text: &[u8]) -> Option<u64> {
    core::str::from_utf8(text)
        .ok()
        .filter(|text| (3..=20).contains(&text.len()))
        .and_then(|text| text.parse().ok())
}

/// The bytes of a hexadecimal token of 8, 16 or 64 digits.
fn hexadecimal(token: Token) -> Option<Vec<u8>> {
    if !matches!(token.hex, 8 | 16 | 64) {
        return None;
    }
    let digits = token.text.get(token.text.len() - token.hex..)?;
    let digit = |byte: u8| (byte as char).to_digit(16);
    let (pairs, _) = digits.as_chunks::<2>();
    pairs
        .iter()
        .map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8))
        .collect()
}

/// How a long hexadecimal token begins, with its length: work that comes back with another nonce
/// in it begins as it came.
fn beginning(token: Token) -> Option<(u64, usize)> {
    let half = (128..=1024).contains(&token.hex).then_some(token.hex / 2)?;
    Some((fnv64(token.text.get(..half)?), token.text.len()))
}

/// Two SHA-1 hashes and a difficulty, as Duino-Coin hands out.
fn is_duco_job(message: &[u8]) -> bool {
    let mut fields = message.trim_ascii().split(|&byte| byte == b',');
    let is_hash = |field: Option<&[u8]>| {
        field.is_some_and(|field| field.len() == 40 && field.iter().all(u8::is_ascii_hexdigit))
    };
    let is_number = |field: Option<&[u8]>| {
        field.is_some_and(|field| {
            (1..=12).contains(&field.len()) && field.iter().all(u8::is_ascii_digit)
        })
    };
    is_hash(fields.next())
        && is_hash(fields.next())
        && is_number(fields.next())
        && fields.next().is_none()
}

/// Whether a token could be the name of a job: not a common word, not a small number.
fn is_identity(token: Token) -> bool {
    let digits = token
        .text
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .count();
    (3..=128).contains(&token.text.len()) && (token.hex > 0 || digits >= 2 && token.text.len() >= 4)
}
