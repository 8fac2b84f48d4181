//! Regular expressions of lists: JavaScript's syntax, carried over into the part that the `regex`
//! crate and RE2 share and read alike.
//!
//! Addresses are ASCII (punycode and percent-encoding), so the classes are ASCII too. What has no
//! linear-time implementation (lookaround, backreferences) is refused with its name. The size of
//! the compiled form is estimated before anything is compiled, so that a list of hostile
//! expressions costs no more than its length.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use super::Reason;

/// Longest expression, in bytes, as written.
const MAX_LENGTH: usize = 4096;
/// Largest estimated program, in instructions.
const MAX_COST: u32 = 4000;
/// Deepest nesting of groups.
const MAX_DEPTH: usize = 30;
/// Largest repetition count; RE2's limit (`kMaxRepeat`).
const MAX_REPEAT: u32 = 1000;
/// Deepest nesting of what the `regex` crate reads.
const NEST_LIMIT: u32 = 64;
/// Size of the compiled form that the `regex` crate may use, in bytes.
const MAX_COMPILED: usize = 1 << 20;

/// A translated expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// In the shared syntax.
    pub text: String,
    /// Estimated number of instructions of the compiled form; no lower than what RE2 needs.
    pub cost: u32,
}

/// Translates an expression (without its slashes) and makes sure that the `regex` crate reads it.
/// Its size is bounded by the estimate, so nothing has to be compiled yet.
///
/// # Errors
/// What is not supported or broken in it.
pub fn compile(js: &str) -> Result<Translated, Reason> {
    let translated = translate(js)?;
    parse(&translated.text).map_err(|error| Reason::RegexSyntax(short(&error.to_string())))?;
    Ok(translated)
}

/// Reads a translated expression by the settings of [`builder`].
fn parse(text: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .case_insensitive(true)
        .nest_limit(NEST_LIMIT)
        .build()
        .parse(text)
        .map_err(Box::new)
}

/// Whether a translated expression matches the empty text, and so every text.
pub(super) fn matches_the_empty_text(text: &str) -> bool {
    let may = parse(text).is_ok_and(|hir| hir.properties().minimum_len() == Some(0));
    may && builder(text, true)
        .build()
        .is_ok_and(|regex| regex.is_match(b""))
}

/// The settings under which translated expressions are to be compiled, wherever they are used.
pub fn builder(text: &str, match_case: bool) -> regex::bytes::RegexBuilder {
    let mut builder = regex::bytes::RegexBuilder::new(text);
    builder
        .unicode(false)
        .case_insensitive(!match_case)
        .nest_limit(NEST_LIMIT)
        .size_limit(MAX_COMPILED);
    builder
}

/// The last line of the crate's message, which says what is wrong without the drawing above it.
fn short(error: &str) -> String {
    let last = error.lines().last().unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// Translates without compiling.
///
/// # Errors
/// What is not supported or broken in it.
pub fn translate(js: &str) -> Result<Translated, Reason> {
    if js.len() > MAX_LENGTH {
        return Err(Reason::RegexTooLarge);
    }
    if !js.is_ascii() {
        return Err(Reason::RegexFeature("characters outside ASCII"));
    }
    let mut translator = Translator {
        input: js.as_bytes(),
        at: 0,
        out: String::with_capacity(js.len() + 8),
        groups: vec![0],
        last: None,
    };
    translator.run()?;
    let cost = translator
        .groups
        .iter()
        .fold(0, |a: u32, b| a.saturating_add(*b));
    Ok(Translated {
        text: translator.out,
        cost,
    })
}

struct Translator<'a> {
    input: &'a [u8],
    at: usize,
    out: String,
    /// Cost so far of each open group, the whole expression first.
    groups: Vec<u32>,
    /// Cost of what a quantifier here would repeat.
    last: Option<u32>,
}

fn broken(why: &str) -> Reason {
    Reason::RegexSyntax(why.to_owned())
}

impl Translator<'_> {
    fn peek(&self) -> Option<u8> {
        self.input.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn starts_with(&self, text: &[u8]) -> bool {
        self.input
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(text))
    }

    fn atom(&mut self, cost: u32) -> Result<(), Reason> {
        let group = self
            .groups
            .last_mut()
            .ok_or_else(|| broken("unopened group"))?;
        *group = group.saturating_add(cost);
        if *group > MAX_COST {
            return Err(Reason::RegexTooLarge);
        }
        self.last = Some(cost);
        Ok(())
    }

    fn literal(&mut self, byte: u8) -> Result<(), Reason> {
        push_literal(&mut self.out, byte);
        self.atom(1)
    }

    fn run(&mut self) -> Result<(), Reason> {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => self.escape()?,
                b'[' => self.class()?,
                b'(' => self.open()?,
                b')' => self.close()?,
                b'|' => {
                    self.out.push('|');
                    self.atom(1)?;
                    self.last = None;
                }
                b'^' | b'$' => {
                    self.out.push(byte as char);
                    self.atom(1)?;
                    self.last = None;
                }
                b'.' => {
                    self.out.push('.');
                    self.atom(3)?;
                }
                b'*' | b'+' | b'?' => self.quantifier(byte)?,
                b'{' => match self.counts() {
                    Some((text, repeat)) => self.quantifier_counts(&text, repeat)?,
                    None => self.literal(b'{')?,
                },
                other => self.literal(other)?,
            }
        }
        if self.groups.len() == 1 {
            Ok(())
        } else {
            Err(broken("a group is not closed"))
        }
    }

    fn open(&mut self) -> Result<(), Reason> {
        if self.starts_with(b"?") {
            if self.starts_with(b"?:") {
                self.at += 2;
            } else if self.starts_with(b"?=") || self.starts_with(b"?!") {
                return Err(Reason::RegexFeature("lookahead"));
            } else if self.starts_with(b"?<=") || self.starts_with(b"?<!") {
                return Err(Reason::RegexFeature("lookbehind"));
            } else if self.starts_with(b"?<") {
                self.at += 2;
                loop {
                    match self.next() {
                        Some(b'>') => break,
                        Some(b) if b.is_ascii_alphanumeric() || b == b'_' || b == b'$' => {}
                        _ => return Err(broken("a group's name is not closed")),
                    }
                }
            } else {
                return Err(Reason::RegexFeature("a group with flags"));
            }
        }
        if self.groups.len() > MAX_DEPTH {
            return Err(Reason::RegexTooLarge);
        }
        self.out.push_str("(?:");
        self.groups.push(0);
        self.last = None;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Reason> {
        if self.groups.len() < 2 {
            return Err(broken("a group is closed that was not opened"));
        }
        let cost = self.groups.pop().unwrap_or_default();
        self.out.push(')');
        self.atom(cost.max(1))
    }

    fn quantifier(&mut self, byte: u8) -> Result<(), Reason> {
        if self.last.is_none() {
            return Err(broken("nothing to repeat"));
        }
        self.out.push(byte as char);
        self.lazy();
        self.atom(1)?;
        self.last = None;
        Ok(())
    }

    fn quantifier_counts(&mut self, text: &str, repeat: u32) -> Result<(), Reason> {
        let Some(cost) = self.last else {
            return Err(broken("nothing to repeat"));
        };
        if repeat > MAX_REPEAT {
            return Err(Reason::RegexTooLarge);
        }
        self.out.push_str(text);
        self.lazy();
        self.atom(
            cost.saturating_mul(repeat.saturating_sub(1))
                .saturating_add(1),
        )?;
        self.last = None;
        Ok(())
    }

    fn lazy(&mut self) {
        if self.peek() == Some(b'?') {
            self.at += 1;
            self.out.push('?');
        }
    }

    /// After `{`: the counts, if that is what follows, and how often the repeated part is laid out.
    fn counts(&mut self) -> Option<(String, u32)> {
        let rest = self.input.get(self.at..)?;
        // Counts above the limit have at most 10 digits before it shows.
        let end = rest.iter().take(24).position(|b| *b == b'}')?;
        let text = std::str::from_utf8(rest.get(..end)?).ok()?;
        let (low, high) = match text.split_once(',') {
            None => (text, Some(text)),
            Some((low, "")) => (low, None),
            Some((low, high)) => (low, Some(high)),
        };
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(low) || !high.is_none_or(digits) {
            return None;
        }
        let number = |t: &str| t.parse::<u32>().unwrap_or(u32::MAX);
        let low = number(low);
        let repeat = high.map_or(low.saturating_add(1), number).max(low);
        let written = format!("{{{text}}}");
        self.at += end + 1;
        Some((written, repeat))
    }

    fn escape(&mut self) -> Result<(), Reason> {
        let Some(byte) = self.next() else {
            return Err(broken("it ends in a backslash"));
        };
        match byte {
            b'd' | b'D' | b'w' | b'W' | b's' | b'S' => {
                self.out.push('\\');
                self.out.push(byte as char);
                self.atom(class_cost(byte))
            }
            b'b' | b'B' => {
                self.out.push('\\');
                self.out.push(byte as char);
                self.atom(1)?;
                self.last = None;
                Ok(())
            }
            b'1'..=b'9' | b'k' => Err(Reason::RegexFeature("a backreference")),
            b'p' | b'P' => Err(Reason::RegexFeature("a Unicode class")),
            _ => {
                let byte = self.escaped_byte(byte)?;
                self.literal(byte)
            }
        }
    }

    /// The byte that an escape stands for, inside a class and outside.
    fn escaped_byte(&mut self, byte: u8) -> Result<u8, Reason> {
        Ok(match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'f' => 0x0c,
            b'v' => 0x0b,
            b'0' if !self.peek().is_some_and(|b| b.is_ascii_digit()) => 0,
            b'0'..=b'9' => return Err(Reason::RegexFeature("an octal escape")),
            b'c' => return Err(Reason::RegexFeature("a control escape")),
            b'x' => self.hex(2)?,
            b'u' => self.hex(4)?,
            other => other,
        })
    }

    fn hex(&mut self, digits: usize) -> Result<u8, Reason> {
        let text = self
            .input
            .get(self.at..self.at + digits)
            .filter(|t| t.iter().all(u8::is_ascii_hexdigit))
            .and_then(|t| std::str::from_utf8(t).ok())
            .ok_or_else(|| broken("a hexadecimal escape has too few digits"))?;
        let value = u32::from_str_radix(text, 16).unwrap_or(u32::MAX);
        self.at += digits;
        u8::try_from(value)
            .ok()
            .filter(u8::is_ascii)
            .ok_or(Reason::RegexFeature("characters outside ASCII"))
    }

    fn class(&mut self) -> Result<(), Reason> {
        let negated = self.peek() == Some(b'^');
        if negated {
            self.at += 1;
        }
        if self.peek() == Some(b']') {
            self.at += 1;
            if negated {
                self.out.push_str("(?s:.)");
                return self.atom(1);
            }
            return Err(broken("an empty class matches nothing"));
        }
        self.out.push_str(if negated { "[^" } else { "[" });
        let mut cost = 0_u32;
        // The byte before, if a range may start there.
        let mut start: Option<u8> = None;
        loop {
            let Some(byte) = self.next() else {
                return Err(broken("a class is not closed"));
            };
            if byte == b']' {
                break;
            }
            cost += 2;
            if byte == b'-' && start.is_some() && self.peek().is_some_and(|b| b != b']') {
                let mark = self.at;
                if let Some(end) = self.class_byte()? {
                    if start > Some(end) {
                        return Err(broken("a range of a class is out of order"));
                    }
                    self.out.push('-');
                    push_literal(&mut self.out, end);
                    start = None;
                } else {
                    // `[a-\d]`: JavaScript takes the hyphen as one.
                    self.at = mark;
                    self.out.push_str("\\-");
                    start = None;
                }
                continue;
            }
            self.at -= 1;
            start = self.class_byte()?;
            if let Some(byte) = start {
                push_literal(&mut self.out, byte);
            } else {
                let name = self.input.get(self.at - 1).copied().unwrap_or_default();
                self.out.push('\\');
                self.out.push(name as char);
                cost += class_cost(name);
            }
        }
        self.out.push(']');
        self.atom(if negated {
            cost * 2 + 1
        } else {
            cost.max(2) - 1
        })
    }

    /// One member of a class; `None` for `\d` and its like (the letter is the byte just read).
    fn class_byte(&mut self) -> Result<Option<u8>, Reason> {
        let byte = self.next().ok_or_else(|| broken("a class is not closed"))?;
        if byte != b'\\' {
            return Ok(Some(byte));
        }
        match self.next() {
            None => Err(broken("it ends in a backslash")),
            Some(b'd' | b'D' | b'w' | b'W' | b's' | b'S') => Ok(None),
            Some(b'b') => Ok(Some(8)),
            Some(b'p' | b'P') => Err(Reason::RegexFeature("a Unicode class")),
            Some(other) => self.escaped_byte(other).map(Some),
        }
    }
}

/// What RE2 needs for `\d` and its like, measured with Chromium's `isRegexSupported`.
const fn class_cost(name: u8) -> u32 {
    match name {
        b'd' => 1,
        b'D' => 3,
        b'w' | b's' => 5,
        b'S' => 7,
        _ => 10,
    }
}

/// Writes one literal byte so that it means itself anywhere, also inside a class.
fn push_literal(out: &mut String, byte: u8) {
    match byte {
        b'a'..=b'z'
        | b'A'..=b'Z'
        | b'0'..=b'9'
        | b'_'
        | b'/'
        | b'%'
        | b'='
        | b':'
        | b','
        | b';'
        | b'"'
        | b'\''
        | b'!'
        | b'@'
        | b'<'
        | b'>'
        | b'`' => out.push(byte as char),
        0x21..=0x7e => {
            out.push('\\');
            out.push(byte as char);
        }
        _ => {
            use std::fmt::Write as _;
            // Writing to a string cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(js: &str, text: &str) -> bool {
        let translated = compile(js).unwrap_or_else(|e| panic!("{js}: {e}"));
        builder(&translated.text, false)
            .build()
            .expect("compiled before")
            .is_match(text.as_bytes())
    }

    #[test]
    fn means_what_it_means_in_javascript() {
        for (js, yes, no) in [
            (
                r"^https?:\/\/[a-z]{8,15}\.com\/",
                "https://abcdefgh.com/x",
                "https://abc.com/",
            ),
            (r"\/\d{5}\/", "/12345/", "/1234/"),
            (r"[\w-]+\.js$", "/a-b.js", "/a.jsx"),
            (r"[[a]x", "[x", "bx"),
            (r"[a&&b]x", "&x", "cx"),
            (r"[+--]x", ",x", "!x"),
            (r"[~~]x", "~x", "ax"),
            (r"[a\]b]x", "]x", "cx"),
            (r"a{x", "a{x", "ax"),
            (r"a{2}b", "aab", "ab"),
            (r"a{,2}b", "a{,2}b", "aab"),
            (r"[^]x", "\nx", "y"),
            (r"\x61\u0062", "ab", "cd"),
            (r"\a\e", "ae", "xx"),
            (r"(?<name>ab)+c", "ababc", "ac"),
            (r"\bminer\b", "/miner.js", "/miners.js"),
            (r"(?:a|b)?c$", "bc", "cb"),
            (r"[a-\d]z", "-z", "bz"),
            (r"a-b", "a-b", "ab"),
            (r"COINHIVE", "coinhive", "coin"),
            (r"a\.b\?c", "a.b?c", "axbyc"),
            (r"[.]js", ".js", "xjs"),
        ] {
            assert!(matches(js, yes), "{js} on {yes}");
            assert!(!matches(js, no), "{js} on {no}");
        }
    }

    #[test]
    fn refused_with_its_name() {
        for (js, part) in [
            ("a(?=b)", "lookahead"),
            ("a(?!b)", "lookahead"),
            ("(?<=a)b", "lookbehind"),
            ("(?<!a)b", "lookbehind"),
            (r"(a)\1", "backreference"),
            (r"(?<x>a)\k<x>", "backreference"),
            (r"\p{L}", "Unicode"),
            ("ä", "ASCII"),
            (r"\u0416", "ASCII"),
            ("a{1001}", "large"),
            ("(a{100}){100}", "large"),
            ("(((a{30}){30}){30}){30}", "large"),
            ("(", "not closed"),
            (")", "not opened"),
            ("[a", "not closed"),
            ("a**", "repeat"),
            ("*a", "repeat"),
            ("a\\", "backslash"),
            ("[b-a]", "order"),
            ("[]", "empty"),
            ("(?i:a)", "flags"),
        ] {
            let error = compile(js).expect_err(js).to_string();
            assert!(error.contains(part), "{js}: {error}");
        }
        assert_eq!(compile(&"(".repeat(3000)), Err(Reason::RegexTooLarge));
        assert_eq!(compile(&"a".repeat(5000)), Err(Reason::RegexTooLarge));
    }

    #[test]
    fn catastrophic_looking_ones_are_linear() {
        assert!(!matches(r"^(a+)+$", &format!("{}!", "a".repeat(100_000))));
        assert!(!matches(r"(x+x+)+y", &"x".repeat(100_000)));
    }

    #[test]
    fn translating_twice_changes_nothing() {
        for js in [
            r"^https?:\/\/[a-z\d-]{8,15}\.com\/",
            "[[a&&b~~]",
            "a{x}",
            "(a|b)+?",
        ] {
            let once = translate(js).expect("fine").text;
            assert_eq!(translate(&once).expect("fine again").text, once, "{js}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_what_translates_stays_small(js in "[\\\\\\[\\](){}|*+?.^$a-c0-9,:<>=!&~-]{0,40}") {
            if let Ok(t) = compile(&js) {
                proptest::prop_assert!(t.cost <= MAX_COST * 2);
                proptest::prop_assert!(t.text.is_ascii());
            }
        }
    }
}
