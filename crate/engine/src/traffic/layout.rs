//! How the messages of a connection are laid out: what stays, what is new in each, and what changes
//! only when work came in. It needs no words and no framing, and a mask that repeats does not change
//! it, because only messages of one length are compared with each other, byte by byte.
//!
//! A miner's answers have a fresh number each (its nonce), perhaps a hash, and otherwise only what
//! names the job, which changes when the next one came; jobs have a long part that is new in each.

use std::collections::VecDeque;

/// So many messages are kept of each direction,
const KEPT: usize = 24;
/// and those that are not longer than this.
const LONGEST: usize = 1_024;
/// So many answers are compared at least,
const ANSWERS: usize = 5;
/// over so many milliseconds.
const SPAN: f64 = 60_000.0;
/// The shortest part of a job that is new in each, in bytes: a hash, less what may be alike.
const WORK: usize = 28;
/// The sizes of a nonce in bytes; twice as many as hexadecimal.
const NONCE: core::ops::RangeInclusive<usize> = 3..=8;
/// Those of a decimal one, in digits that are new each time: of a time, only the last few are.
const DIGITS: core::ops::RangeInclusive<usize> = 7..=20;
/// The digits of a number of 64 bits, less what may be alike: no time has so many that are new.
const NUMBER: usize = 14;
/// What names a job takes no more places: a name of 16 bytes in hexadecimal.
const NAME: usize = 36;
/// The sizes of a hash, with what may be alike at its ends: a hash below a target ends in zeros.
const HASH: core::ops::RangeInclusive<usize> = 24..=32;

/// The sizes of a hash right after its nonce of four or eight bytes, less those of its other end that are
/// zeros for any target.
const JOINED: [core::ops::RangeInclusive<usize>; 2] = [33..=35, 37..=39];

#[derive(Clone, Debug)]
struct Kept {
    turn: u32,
    time: f64,
    bytes: Vec<u8>,
}

/// The messages that are compared.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    turn: u32,
    out: VecDeque<Kept>,
    came: VecDeque<Kept>,
    found: bool,
}

/// A row of places that changed.
struct Run {
    /// Where it ends.
    end: usize,
    /// How many bytes it holds, or how many digits that are new nearly each time.
    bytes: usize,
    /// Whether decimal digits would change like this, too.
    decimal: bool,
    /// Whether it is new nearly each time.
    fresh: bool,
}

impl Layout {
    pub(super) fn note(&mut self, outgoing: bool, message: &[u8], time: f64) {
        self.turn = self.turn.saturating_add(1);
        if self.found || message.len() > LONGEST {
            return;
        }
        let message = aligned(message);
        let length = message.len();
        let queue = if outgoing {
            &mut self.out
        } else {
            &mut self.came
        };
        if queue.len() >= KEPT {
            queue.pop_front();
        }
        queue.push_back(Kept {
            turn: self.turn,
            time,
            bytes: message,
        });
        if outgoing {
            self.found = self.answers(length);
        }
    }

    /// Whether the messages are laid out as a miner's.
    pub(super) const fn is_search(&self) -> bool {
        self.found
    }

    /// Whether outgoing messages of this length answer jobs.
    fn answers(&self, length: usize) -> bool {
        let answers: Vec<&Kept> = alike(&self.out, length);
        let (Some(first), Some(last)) = (answers.first(), answers.last()) else {
            return false;
        };
        let paced = 1_000.0 * f64::from(u32::try_from(answers.len()).unwrap_or(u32::MAX));
        if answers.len() < ANSWERS || last.time - first.time < SPAN.max(paced) {
            return false;
        }
        let jobs = self.jobs();
        let worked = |pair: &[&Kept]| {
            let between = |turn: &u32| pair.iter().any(|kept| kept.turn > *turn);
            jobs.iter()
                .any(|turn| between(turn) && pair.iter().any(|kept| kept.turn < *turn))
        };
        let (steps, same): (Vec<&[&Kept]>, Vec<&[&Kept]>) =
            answers.windows(2).partition(|pair| worked(pair));
        if steps.len() < 2 || same.len() < 3 {
            return false;
        }
        let runs = runs(length, &same);
        let nonce = |run: &Run| {
            let size = if run.decimal { DIGITS } else { NONCE };
            run.fresh && size.contains(&run.bytes)
        };
        let hash = |run: &Run| run.fresh && HASH.contains(&run.bytes);
        // What stays is no end of a text.
        let zero = |at: usize| {
            let stays = at < length && changes(&same, at) + changes(&steps, at) == 0;
            stays && matches!(first.bytes.get(at), Some(b'0' | ..b' ' | 0x7f..))
        };
        let joined = |run: &Run| {
            let sizes = JOINED.iter().any(|sizes| sizes.contains(&run.bytes));
            run.fresh && !run.decimal && sizes && zero(run.end)
        };
        let known = |run: &Run| run.decimal || nonce(run) || hash(run) || joined(run);
        let found = |run: &Run| nonce(run) || joined(run);
        // A row of places that are others with each job.
        let names = |at: &usize| changes(&same, *at) == 0 && most(&steps, *at);
        let places = (0..length).filter(names).count();
        (1..=NAME).contains(&places) && runs.iter().any(found) && runs.iter().all(known)
    }

    /// When jobs came in: messages of one length with a long part that is new in each.
    fn jobs(&self) -> Vec<u32> {
        let mut lengths: Vec<usize> = self.came.iter().map(|kept| kept.bytes.len()).collect();
        crate::order::sort_each_once(&mut lengths);
        let mut turns = Vec::new();
        for length in lengths.into_iter().filter(|&length| length >= WORK) {
            let jobs = alike(&self.came, length);
            let pairs: Vec<&[&Kept]> = jobs.windows(2).collect();
            let long = |run: &Run| !run.decimal && run.fresh && run.bytes >= WORK;
            let runs = runs(length, &pairs);
            let digits = |run: &&Run| run.decimal && run.bytes >= NUMBER;
            let numbers = runs.iter().filter(digits).count() * 8;
            if !pairs.is_empty() && (numbers >= WORK || runs.iter().any(long)) {
                turns.extend(jobs.iter().map(|kept| kept.turn));
            }
        }
        turns
    }
}

/// A text with its decimal numbers as long as the longest, so that those do not move the rest; what
/// has as many digits as a nonce in hexadecimal is one perhaps.
fn aligned(message: &[u8]) -> Vec<u8> {
    if !message.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return message.to_vec();
    }
    let mut out = Vec::with_capacity(message.len() + 64);
    let mut rest = message;
    while let Some(&first) = rest.first() {
        let token = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let length = token.unwrap_or(rest.len()).max(1);
        let (token, after) = rest.split_at(length);
        let decimal = length <= 20 && !matches!(length, 8 | 16);
        if decimal && first.is_ascii_digit() && token.iter().all(u8::is_ascii_digit) {
            out.resize(out.len() + 20 - length, b'0');
        }
        out.extend_from_slice(token);
        rest = after;
    }
    out
}

fn alike(queue: &VecDeque<Kept>, length: usize) -> Vec<&Kept> {
    queue
        .iter()
        .filter(|kept| kept.bytes.len() == length)
        .collect()
}

/// By what two messages differ at a place.
fn differ(pair: &[&Kept], at: usize) -> u8 {
    let byte = |kept: Option<&&Kept>| kept.and_then(|kept| kept.bytes.get(at)).copied();
    match (byte(pair.first()), byte(pair.last())) {
        (Some(one), Some(other)) => one ^ other,
        _ => 0,
    }
}

/// How many pairs differ at a place.
fn changes(pairs: &[&[&Kept]], at: usize) -> usize {
    pairs.iter().filter(|pair| differ(pair, at) != 0).count()
}

/// Whether three of four do; of what is new each time, a few are alike by chance.
fn most(pairs: &[&[&Kept]], at: usize) -> bool {
    changes(pairs, at) * 4 >= pairs.len() * 3
}

/// The rows of places that change.
fn runs(length: usize, pairs: &[&[&Kept]]) -> Vec<Run> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < length {
        let start = at;
        let mut often = 0;
        while at < length && changes(pairs, at) > 0 {
            often += usize::from(most(pairs, at));
            at += 1;
        }
        let end = at;
        at += 1;
        if start == end {
            continue;
        }
        let differences = || {
            pairs
                .iter()
                .flat_map(|pair| (start..end).map(|at| differ(pair, at)))
        };
        // Digits differ by less than 16 from each other, by 0x50 to 0x5f from the letters of
        // hexadecimal.
        let decimal = differences().all(|by| by < 16);
        let hexadecimal = differences().all(|by| matches!(by, 0..=15 | 0x50..=0x5f | 0x70..=0x7f));
        let bytes = match (decimal, hexadecimal) {
            (true, _) => often,
            (_, true) => (end - start).div_ceil(2),
            _ => end - start,
        };
        out.push(Run {
            end,
            bytes,
            decimal,
            fresh: often * 2 > end - start,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random and are the same each time.
    struct Draw(u64);

    impl Draw {
        fn bytes(&mut self, count: usize) -> Vec<u8> {
            (0..count)
                .map(|_| {
                    self.0 ^= self.0 << 13;
                    self.0 ^= self.0 >> 7;
                    self.0 ^= self.0 << 17;
                    (self.0 >> 32) as u8
                })
                .collect()
        }

        fn hex(&mut self, count: usize) -> String {
            self.bytes(count)
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .filter_map(|digit| char::from_digit(digit.into(), 16))
                .collect()
        }
    }

    /// Jobs and four answers to each, as they are written by two functions, masked by a key.
    fn talk(
        key: &[u8],
        job: impl Fn(&str, &mut Draw) -> String,
        answer: impl Fn(&str, &mut Draw) -> String,
    ) -> bool {
        let mut draw = Draw(0x1234_5678_9abc_def1);
        let mut layout = Layout::default();
        let mut time = 0.0;
        let masked = |text: String| -> Vec<u8> {
            let key = key.iter().cycle();
            text.bytes()
                .zip(key)
                .map(|(byte, key)| byte ^ key)
                .collect()
        };
        for _ in 0..5 {
            let id = draw.hex(4);
            layout.note(false, &masked(job(&id, &mut draw)), time);
            for _ in 0..4 {
                time += 7_000.0;
                layout.note(true, &masked(answer(&id, &mut draw)), time);
            }
        }
        layout.is_search()
    }

    #[test]
    fn answers_to_jobs_are_known_whatever_masks_them() {
        for key in [&[0][..], &[0x5a, 0x11, 0xc3, 0x77, 9, 200, 31]] {
            assert!(talk(
                key,
                |id, draw| format!("{{\"q\":\"{id}\",\"w\":\"{}\"}}", draw.hex(40)),
                |id, draw| format!("{{\"q\":\"{id}\",\"e\":\"{}\"}}", draw.hex(4)),
            ));
            assert!(talk(
                key,
                |id, draw| format!("{id} {} ffff0000", draw.hex(76)),
                |id, draw| format!("{id} {} {}", draw.hex(4), draw.hex(32)),
            ));
        }
    }

    #[test]
    fn a_nonce_may_stand_right_before_its_hash() {
        let job = |id: &str, draw: &mut Draw| format!("{id}{}", draw.hex(76));
        let answer = |size: usize, end: &'static str| {
            move |id: &str, draw: &mut Draw| format!("{id}.{}{end}", draw.hex(size))
        };
        for size in [34, 38] {
            assert!(talk(&[0], job, answer(size, "0000")));
            assert!(!talk(&[0], job, answer(size, "")));
            assert!(!talk(&[0], job, answer(size, "\"}")));
        }
        assert!(!talk(&[0], job, answer(32, "00000000")));
    }

    #[test]
    fn decimal_numbers_do_not_move_the_rest() {
        let mut count = 6;
        let mut layout = Layout::default();
        let mut draw = Draw(77);
        for job in 0..5_u32 {
            let work: Vec<u64> = (0..4).map(|_| number(&mut draw)).collect();
            layout.note(
                false,
                format!("{{\"j\":{},\"w\":{work:?}}}", job + 8).as_bytes(),
                0.0,
            );
            for _ in 0..3 {
                count += 1;
                let nonce = number(&mut draw) >> 8;
                let answer = format!("{{\"id\":{count},\"j\":{},\"n\":{nonce}}}", job + 8);
                layout.note(true, answer.as_bytes(), f64::from(count) * 8_000.0);
            }
        }
        assert!(layout.is_search());
    }

    fn number(draw: &mut Draw) -> u64 {
        draw.bytes(8)
            .iter()
            .fold(1, |n, &byte| n << 8 | u64::from(byte))
    }

    #[test]
    fn other_conversations_are_not() {
        // What is sent has no number of its own, too long a one, or decimal ones.
        for fresh in [0, 16, 20, 64] {
            assert!(!talk(
                &[0],
                |id, draw| format!("{{\"q\":\"{id}\",\"w\":\"{}\"}}", draw.hex(40)),
                |id, draw| format!("{{\"q\":\"{id}\",\"e\":\"{}\"}}", draw.hex(fresh)),
            ));
        }
        assert!(!talk(
            &[0],
            |id, draw| format!("{id}{}", draw.hex(40)),
            |id, draw| format!("{id} {}", draw.bytes(1)[0]),
        ));
        // No work comes in, or nothing of it is named.
        assert!(!talk(
            &[0],
            |id, _| format!("{{\"q\":\"{id}\"}}"),
            |id, draw| format!("{id}{}", draw.hex(4)),
        ));
        assert!(!talk(
            &[0],
            |id, draw| format!("{id}{}", draw.hex(40)),
            |_, draw| format!("order {}", draw.hex(4)),
        ));
    }
}
