//! How a miner talks whatever words it uses: jobs come in, and small answers go out that repeat
//! what the job carried beside a fresh nonce and, often, a hash.
//!
//! Sizes (Coinhive family, Monero and Bitcoin stratum): a job's blob has 152 hexadecimal digits or
//! more (Monero; 43 bytes and more since), or there are several of 64 (Bitcoin's previous block and
//! merkle branches); a target 8, 16 or 64; a nonce 8 or 16; a result 64.

use super::Direction;
use super::token::{Token, tokens};
use crate::verdict::{Fact, Place};
use std::borrow::Cow;
use std::collections::VecDeque;

/// How many tokens of incoming messages are remembered.
const REMEMBERED: usize = 256;
/// How many messages the rhythm is judged by.
const WINDOW: usize = 32;

/// What was noticed.
#[derive(Clone, Debug, Default)]
pub(super) struct Habits {
    /// Hashes of tokens that came in, newest last.
    came: VecDeque<u64>,
    /// Hashes of nonces that went out.
    went: VecDeque<u64>,
    jobs: u32,
    shares: u32,
    echoes: u32,
    outgoing: VecDeque<(f64, usize)>,
    incoming: VecDeque<(f64, usize)>,
}

/// FNV-1a, 64 bit.
fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
        let (mut blob, mut target, mut digests) = (false, false, 0);
        for token in tokens(message) {
            // A blob or header: 43 to 256 bytes, not a round key size.
            blob |= (86..=512).contains(&token.hex) && !matches!(token.hex, 96 | 128 | 130 | 256);
            target |= matches!(token.hex, 8 | 16 | 64);
            digests += u32::from(token.hex == 64);
            if is_identity(token) {
                remember(&mut self.came, hash(token.text), REMEMBERED);
            }
        }
        if (blob && target) || digests >= 3 {
            self.jobs = self.jobs.saturating_add(1);
        }
        remember(&mut self.incoming, (now, message.len()), WINDOW);
    }

    fn outgoing_message(&mut self, message: &[u8], now: f64) {
        let small = message.len() <= 400;
        let (mut nonce, mut digest, mut echo) = (None, false, false);
        for token in tokens(message) {
            let known = is_identity(token) && self.came.contains(&hash(token.text));
            echo |= known;
            if matches!(token.hex, 8 | 16) && !known {
                nonce = Some(hash(token.text));
            }
            digest |= token.hex == 64 && !known;
        }
        let fresh = nonce.is_some_and(|nonce| !self.went.contains(&nonce));
        if let Some(nonce) = nonce {
            remember(&mut self.went, nonce, WINDOW);
        }
        if small && fresh && digest {
            self.shares = self.shares.saturating_add(1);
        }
        if small && fresh && echo && self.jobs > 0 {
            self.echoes = self.echoes.saturating_add(1);
        }
        remember(&mut self.outgoing, (now, message.len()), WINDOW);
    }

    /// The facts.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let fact = |name: &'static str, count: u32, detail: String| Fact {
            name: Cow::Borrowed(name),
            count,
            place: Place::default(),
            detail,
        };
        let mut out = Vec::new();
        if self.jobs > 0 {
            out.push(fact(
                "talk.job",
                self.jobs,
                format!("{} received", self.jobs),
            ));
        }
        if self.shares > 0 {
            out.push(fact(
                "talk.share",
                self.shares,
                format!("{} sent", self.shares),
            ));
        }
        if self.echoes > 0 {
            out.push(fact(
                "talk.echo",
                self.echoes,
                format!("{} sent", self.echoes),
            ));
        }
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
            && mean(&self.outgoing) <= 400
            && mean(&self.incoming) >= 100
            && span >= 60_000.0
            && span >= 1_000.0 * f64::from(u32::try_from(self.outgoing.len()).unwrap_or(u32::MAX))
    }
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
