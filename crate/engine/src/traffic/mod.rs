//! Traffic inspection: what the messages of one connection show, over time.
//!
//! Two kinds of facts. *Words*: the patterns of the signatures, found in JSON, socket.io, plain
//! text and in binary framings that leave text readable (`MessagePack`, protobuf), whole or split
//! over messages; each also under its direction (`in.job`, `out.share`). *Habits* (`talk.*`), which
//! survive a renamed vocabulary: jobs of hexadecimal of certain lengths, answers that repeat what a
//! job carried beside a fresh nonce and hash, sizes and rhythm, and how the messages are laid out.
//! What wraps a message is undone first.
//!
//! Bounded: [`MOST_OF_MESSAGE`] of a message, [`MOST_PENDING`] of split ones, a few hundred
//! remembered tokens; after [`ALL_UNTIL`] messages only every sixteenth is read.

mod habit;
mod layout;
mod mask;
mod token;
mod unwrap;

use crate::signature::{Kind, Scanner, SignatureSet, Stage};
use crate::verdict::{Findings, Verdict};
use habit::Habits;
use layout::Layout;
use std::borrow::Cow;

/// So much of each message is read.
const MOST_OF_MESSAGE: usize = 16 << 10;
/// So much of a split message is kept.
const MOST_PENDING: usize = 64 << 10;
/// Every message is read until this many.
const ALL_UNTIL: u32 = 2_000;

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the page.
    In,
    /// From the page.
    Out,
}

/// What is known about one connection.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    findings: Findings,
    pending: [Vec<u8>; 2],
    habits: Habits,
    layout: Layout,
    messages: u32,
    verdict: Verdict,
}

impl Conversation {
    /// The facts so far.
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The verdict after the last message.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }
}

/// Searches messages by one set of signatures.
#[derive(Clone, Debug)]
pub struct TrafficInspector {
    scanner: Scanner,
}

impl TrafficInspector {
    /// For this set.
    pub fn new(set: &SignatureSet) -> Self {
        Self {
            scanner: Scanner::new(set, Kind::Traffic),
        }
    }

    /// Takes a message into account. `now` is in milliseconds from any fixed time.
    pub fn message(
        &self,
        set: &SignatureSet,
        talk: &mut Conversation,
        direction: Direction,
        message: &[u8],
        now: f64,
    ) {
        talk.messages = talk.messages.saturating_add(1);
        if talk.messages > ALL_UNTIL && !talk.messages.is_multiple_of(16) {
            return;
        }
        let part = message.get(..MOST_OF_MESSAGE).unwrap_or(message);
        let pending = match direction {
            Direction::In => &mut talk.pending[0],
            Direction::Out => &mut talk.pending[1],
        };
        let whole: Cow<[u8]> = if pending.is_empty() {
            Cow::Borrowed(part)
        } else {
            pending.extend_from_slice(part);
            Cow::Owned(core::mem::take(pending))
        };
        let cut = is_cut(&whole) && whole.len() < MOST_PENDING && part.len() == message.len();
        if cut {
            // Kept for the next message; its words are read as they are.
            *pending = whole.to_vec();
        }
        let mut seen = Findings::default();
        self.words(set, &whole, &mut seen);
        let plain = unwrap::plain(&whole, MOST_OF_MESSAGE);
        if matches!(plain, Cow::Owned(_)) {
            self.words(set, &plain, &mut seen);
        }
        if !cut {
            let fields = core::str::from_utf8(&plain)
                .is_err()
                .then(|| unwrap::fields(&plain))
                .flatten();
            let text = fields.as_deref().map_or(&*plain, str::as_bytes);
            talk.habits.note(direction, &token::spelled(text), now);
            talk.layout.note(direction == Direction::Out, &plain, now);
        }
        let prefix = match direction {
            Direction::In => "in.",
            Direction::Out => "out.",
        };
        for fact in seen.facts {
            let mut directed = fact.clone();
            directed.name = Cow::Owned(format!("{prefix}{}", fact.name));
            directed.place.offset = None;
            talk.findings.add(directed);
            let mut fact = fact;
            fact.place.offset = None;
            talk.findings.add(fact);
        }
        let habits = talk.habits.facts();
        talk.findings
            .facts
            .retain(|fact| !fact.name.starts_with("talk."));
        talk.findings.facts.extend(habits);
        if talk.layout.is_search() {
            talk.findings
                .add(habit::fact("talk.layout", 1, String::new()));
        }
        talk.verdict = set.conclude(Kind::Traffic, &talk.findings);
    }

    #[inline(never)]
    fn words(&self, set: &SignatureSet, text: &[u8], out: &mut Findings) {
        // In binary framings the bytes around a word are no letters of any language.
        let binary: Vec<u8>;
        let text = if core::str::from_utf8(text).is_ok() {
            text
        } else {
            let bare = |&byte: &u8| if byte.is_ascii() { byte } else { b' ' };
            binary = text.iter().map(bare).collect();
            &binary
        };
        let mut hits = Scanner::hits(set, text.len());
        self.scanner.scan(set, Stage::First, text, &mut hits);
        self.scanner.scan(set, Stage::Second, text, &mut hits);
        hits.into_findings(set, true, out);
    }
}

/// Whether a text that begins like JSON stops before its end.
fn is_cut(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let body = text.get(digits.min(4)..).unwrap_or_default();
    if !matches!(body.first(), Some(b'{' | b'[')) {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_cut() {
        for whole in [
            "{}",
            "42[\"a\",{}]",
            "[1,\"}{\"]",
            "hello",
            "",
            "{\"a\":\"\\\"{\"}",
        ] {
            assert!(!is_cut(whole.as_bytes()), "{whole}");
        }
        for cut in ["{", "42[\"work\",{", "{\"a\":\"}", "[[]"] {
            assert!(is_cut(cut.as_bytes()), "{cut}");
        }
    }
}
