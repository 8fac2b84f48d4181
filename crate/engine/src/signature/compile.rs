//! From documents to a [`SignatureSet`]: everything that can be wrong in a document is an error
//! here, with the name of the file and of the entry.

use super::dfa::Dfa;
use super::document::{Document, PatternText, SignatureText};
use super::model::{
    Condition, Literal, Matcher, Pattern, Signature, SignatureSet, Stage, Thresholds,
};
use super::scanner::STRIDE;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use std::collections::{HashMap, HashSet};
use thiserror::Error;

/// The shortest literal of the first stage. Each has a window of so many bytes whose grams the filter
/// knows, so that one of them is always seen.
const SHORTEST_FIRST: usize = STRIDE + 3;
/// The shortest literal of the second stage: one gram.
const SHORTEST_SECOND: usize = 4;

/// What is wrong with the documents.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CompileError {
    /// Not TOML, or not of this schema.
    #[error("{file}: {reason}")]
    Syntax {
        /// The file's name.
        file: String,
        /// What is wrong, with its line.
        reason: String,
    },
    /// An entry that cannot be used.
    #[error("{file}: {entry}: {reason}")]
    Entry {
        /// The file's name.
        file: String,
        /// The fact or the id.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Document {
    /// Reads one TOML file.
    ///
    /// # Errors
    /// It is not TOML of this schema; the reason names the line.
    pub fn read(file: &str, text: &str) -> Result<Self, CompileError> {
        toml::from_str(text).map_err(|error| CompileError::Syntax {
            file: file.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Compiles documents, each with its file's name, into one set. Their order decides the order in
/// which signatures are evaluated.
///
/// # Errors
/// An entry cannot be used; the reason names it.
pub fn compile(documents: &[(String, Document)]) -> Result<SignatureSet, CompileError> {
    let mut compiler = Compiler::default();
    let mut thresholds = None;
    for (file, document) in documents {
        if let Some(set) = document.thresholds
            && thresholds.replace(set).is_some()
        {
            return Err(entry(file, "thresholds", "set in two files".into()));
        }
        for text in &document.patterns {
            let pattern = compiler
                .pattern(text)
                .map_err(|reason| entry(file, &text.fact, reason))?;
            compiler.set.patterns.push(pattern);
        }
        for text in &document.signatures {
            let signature = compiler
                .signature(text)
                .map_err(|reason| entry(file, &text.id, reason))?;
            compiler.asks(file, text, &signature);
            if let Some((file, first)) = compiler.asked.get(&text.id) {
                let reason = format!("names `{}`, which is evaluated after it", text.id);
                return Err(entry(file, first, reason));
            }
            compiler.set.signatures.push(signature);
        }
    }
    let mut set = compiler.set;
    set.thresholds = thresholds.unwrap_or_else(Thresholds::default);
    if set.thresholds.watch <= 0 || set.thresholds.block <= set.thresholds.watch {
        return Err(entry("", "thresholds", "0 < watch < block".into()));
    }
    Ok(set)
}

/// Reads and compiles TOML files, given as pairs of name and text.
///
/// # Errors
/// As for [`Document::read`] and [`compile`].
pub fn compile_texts<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<SignatureSet, CompileError> {
    let documents = files
        .into_iter()
        .map(|(file, text)| Ok((file.to_owned(), Document::read(file, text)?)))
        .collect::<Result<Vec<_>, CompileError>>()?;
    compile(&documents)
}

fn entry(file: &str, entry: &str, reason: String) -> CompileError {
    CompileError::Entry {
        file: file.to_owned(),
        entry: entry.to_owned(),
        reason,
    }
}

#[derive(Default)]
struct Compiler {
    set: SignatureSet,
    names: HashMap<String, u16>,
    ids: HashSet<String>,
    /// What signatures ask for, with the file and the id of the first one that does.
    asked: HashMap<String, (String, String)>,
}

impl Compiler {
    fn name(&mut self, name: &str) -> Result<u16, String> {
        if let Some(&index) = self.names.get(name) {
            return Ok(index);
        }
        let index = u16::try_from(self.set.names.len()).map_err(|_| "too many facts")?;
        self.names.insert(name.to_owned(), index);
        self.set.names.push(name.to_owned());
        Ok(index)
    }

    fn pattern(&mut self, text: &PatternText) -> Result<Pattern, String> {
        provenance(&text.because, &text.source, &text.date)?;
        if text.kinds.is_empty() {
            return Err("no kinds".into());
        }
        let ways = usize::from(!text.literals.is_empty())
            + usize::from(text.regex.is_some())
            + usize::from(!text.numbers.is_empty());
        if ways != 1 {
            return Err("needs exactly one of literals, regex and numbers".into());
        }
        let matcher = if let Some(regex) = &text.regex {
            Matcher::Regex {
                literals: beginnings(regex, text.stage)?,
                dfa: Dfa::build(regex)?,
            }
        } else if text.numbers.is_empty() {
            Matcher::Literals {
                literals: text
                    .literals
                    .iter()
                    .map(|bytes| literal(bytes.clone().into_bytes(), text.stage))
                    .collect::<Result<_, _>>()?,
                word: text.word,
            }
        } else {
            let values = text
                .numbers
                .iter()
                .map(|number| {
                    number
                        .value()
                        .ok_or_else(|| format!("{number:?} is not a number of at most 64 bits"))
                })
                .collect::<Result<Vec<_>, _>>()?;
            let at_least = text.at_least.ok_or("numbers need at_least")?;
            if at_least == 0 || usize::from(at_least) > values.len() {
                return Err("at_least is more than there are numbers, or 0".into());
            }
            Matcher::Numbers { values, at_least }
        };
        Ok(Pattern {
            fact: self.name(&text.fact)?,
            kinds: text
                .kinds
                .iter()
                .fold(0, |set, &kind| set | (1 << kind as u8)),
            stage: text.stage,
            matcher,
        })
    }

    fn signature(&mut self, text: &SignatureText) -> Result<Signature, String> {
        provenance(&text.because, &text.source, &text.date)?;
        if !self.ids.insert(text.id.clone()) {
            return Err("there are two of this id".into());
        }
        if text.family.is_empty() {
            return Err("no family".into());
        }
        if text.examples_for.is_empty() || text.examples_against.is_empty() {
            return Err("needs an example for and one against".into());
        }
        let all = self.conditions(&text.all)?;
        let any = self.conditions(&text.any)?;
        let at_least = text.at_least.unwrap_or(u16::from(!any.is_empty()));
        if usize::from(at_least) > any.len() {
            return Err("at_least is more than there are in any".into());
        }
        if all.is_empty() && at_least == 0 {
            return Err("asks for nothing".into());
        }
        Ok(Signature {
            id: text.id.clone(),
            kind: text.kind,
            family: text.family.clone(),
            algorithm: text.algorithm.clone(),
            weight: text.weight,
            cap: text.cap,
            scope: text.scope,
            because: text.because.clone(),
            all,
            any,
            at_least,
            none: self.conditions(&text.none)?,
        })
    }

    /// Remembers what a signature asks for: whether another one holds is known only after that is evaluated.
    fn asks(&mut self, file: &str, text: &SignatureText, signature: &Signature) {
        let conditions = [&signature.all, &signature.any, &signature.none];
        for condition in conditions.into_iter().flatten() {
            if let Some(name) = self.set.names.get(usize::from(condition.fact))
                && !condition.prefix
                && !self.asked.contains_key(name)
            {
                let by = (file.to_owned(), text.id.clone());
                self.asked.insert(name.clone(), by);
            }
        }
    }

    fn conditions(&mut self, texts: &[String]) -> Result<Vec<Condition>, String> {
        texts
            .iter()
            .map(|text| {
                let (name, least) = match text.split_once(">=") {
                    None => (text.trim(), 1),
                    Some((name, least)) => (
                        name.trim(),
                        least
                            .trim()
                            .parse()
                            .map_err(|_| format!("`{text}`: not a count"))?,
                    ),
                };
                let (name, prefix) = name
                    .strip_suffix('*')
                    .map_or((name, false), |name| (name, true));
                if name.is_empty() || name.contains(char::is_whitespace) || least == 0 {
                    return Err(format!("`{text}`: not a condition"));
                }
                Ok(Condition {
                    fact: self.name(name)?,
                    prefix,
                    least,
                })
            })
            .collect()
    }
}

/// Every entry says why it is there, where it comes from and since when.
fn provenance(because: &str, source: &str, date: &str) -> Result<(), String> {
    if because.trim().is_empty() || source.trim().is_empty() {
        return Err("needs because and source".into());
    }
    let shape: Vec<bool> = date.bytes().map(|byte| byte.is_ascii_digit()).collect();
    let digits = [true, true, true, true, false, true, true, false, true, true];
    if shape != digits {
        return Err(format!("`{date}` is not a date such as 2026-01-31"));
    }
    Ok(())
}

/// The literals with which every match of a regular expression begins.
fn beginnings(regex: &str, stage: Stage) -> Result<Vec<Literal>, String> {
    let hir = regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(regex)
        .map_err(|error| error.to_string())?;
    let sequence = Extractor::new().kind(ExtractKind::Prefix).extract(&hir);
    let shortest = shortest(stage);
    let begins = format!("the regular expression has to begin with a literal of {shortest} bytes");
    let beginnings = sequence
        .literals()
        .filter(|beginnings| !beginnings.is_empty())
        .ok_or_else(|| format!("{begins} or with several; it can begin with anything"))?;
    beginnings
        .iter()
        .map(|beginning| {
            let bytes = beginning.as_bytes();
            if bytes.len() < shortest {
                let fixed = String::from_utf8_lossy(bytes);
                return Err(format!(
                    "{begins}; of one beginning, only {fixed:?} is fixed"
                ));
            }
            literal(bytes.to_vec(), stage)
        })
        .collect()
}

/// How long a literal has to be for the prefilter to see it.
const fn shortest(stage: Stage) -> usize {
    match stage {
        Stage::First | Stage::Context => SHORTEST_FIRST,
        Stage::Second => SHORTEST_SECOND,
    }
}

fn literal(bytes: Vec<u8>, stage: Stage) -> Result<Literal, String> {
    let shortest = shortest(stage);
    if bytes.len() < shortest || bytes.len() > 200 {
        return Err(format!(
            "literal {:?}: must have {shortest} to 200 bytes",
            String::from_utf8_lossy(&bytes)
        ));
    }
    let window = bytes
        .windows(shortest)
        .enumerate()
        .min_by_key(|(_, window)| window.iter().map(|&byte| commonness(byte)).sum::<u32>())
        .map_or(0, |(start, _)| start as u8);
    Ok(Literal { bytes, window })
}

/// How common a byte is in minified scripts, roughly; the prefilter looks for the rarest window.
fn commonness(byte: u8) -> u32 {
    match byte {
        b'e' | b't' | b'n' | b'r' | b'i' | b'o' | b'a' | b's' | b' ' | b',' | b'.' => 10,
        b'c' | b'l' | b'u' | b'd' | b'f' | b'p' | b'(' | b')' | b'=' | b'"' => 8,
        b'h' | b'm' | b'g' | b';' | b':' | b'v' | b'b' | b'y' | b'0' => 6,
        b'1'..=b'9' | b'k' | b'w' | b'x' | b'A'..=b'E' | b'_' | b'\'' => 4,
        b'j' | b'q' | b'z' => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[thresholds]
watch = 50
block = 100

[[pattern]]
fact = "api.hive"
kinds = ["script"]
literals = ["CoinHive.Anonymous"]
because = "the old interface"
source = "public documentation"
date = "2026-01-31"

[[pattern]]
fact = "kernel.sha256"
kinds = ["script", "shader"]
numbers = ["0x428a2f98", 1899447441, -1245643825]
at_least = 2
because = "SHA-256's table"
source = "FIPS 180-4"
date = "2026-01-31"

[[pattern]]
fact = "api.start"
kinds = ["script"]
regex = 'CoinHive\.(User|Token)\('
because = "the old interface"
source = "public documentation"
date = "2026-01-31"

[[signature]]
id = "script.hive"
kind = "script"
family = "CryptoNight"
weight = 100
because = "uses the old interface"
source = "public documentation"
date = "2026-01-31"
all = ["api.hive"]
any = ["kernel.* >= 2", "api.start"]
at_least = 1
none = ["nothing"]
for = ["CoinHive.Anonymous CoinHive.User("]
against = ["CoinHive"]
"#;

    fn build(text: &str) -> Result<SignatureSet, CompileError> {
        compile(&[("a.toml".into(), Document::read("a.toml", text)?)])
    }

    #[test]
    fn compiles_and_survives_the_binary_form() {
        let set = build(GOOD).expect("compiles");
        assert_eq!(set.patterns.len(), 3);
        assert_eq!(
            set.patterns[1].matcher,
            Matcher::Numbers {
                values: vec![0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf],
                at_least: 2
            }
        );
        assert_eq!(set.signatures[0].any[0].least, 2);
        assert!(set.signatures[0].any[0].prefix);
        let bytes = set.to_bytes();
        assert_eq!(SignatureSet::from_bytes(&bytes).as_ref(), Ok(&set));
        assert_eq!(bytes, build(GOOD).expect("compiles").to_bytes());
    }

    #[test]
    fn damaged_binaries_are_refused() {
        use crate::signature::LoadError;
        let bytes = build(GOOD).expect("compiles").to_bytes();
        assert_eq!(
            SignatureSet::from_bytes(b"PK"),
            Err(LoadError::NotSignatures)
        );
        let mut newer = bytes.clone();
        newer[4] = 9;
        assert_eq!(
            SignatureSet::from_bytes(&newer),
            Err(LoadError::OtherVersion)
        );
        for cut in 5..bytes.len() {
            assert_eq!(
                SignatureSet::from_bytes(&bytes[..cut]),
                Err(LoadError::Damaged)
            );
        }
        for at in 5..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 0x10;
            assert_eq!(SignatureSet::from_bytes(&altered), Err(LoadError::Damaged));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_entry() {
        let cases = [
            ("weight = 100", "weight = 'x'", "invalid type"),
            ("weight = 100", "wieght = 100", "unknown field"),
            ("2026-01-31", "today", "not a date"),
            ("CoinHive.Anonymous\"]", "Coin\"]", "6 to 200 bytes"),
            (
                r"CoinHive\.(User|Token)\(",
                ".*x",
                "begin with a literal of 6 bytes or with several; it can begin with anything",
            ),
            (
                r"CoinHive\.(User|Token)\(",
                "ab+CoinHive",
                "begin with a literal of 6 bytes; of one beginning, only \"ab\" is fixed",
            ),
            (r"CoinHive\.(User|Token)\(", "CoinHive(", "unclosed"),
            ("at_least = 2", "at_least = 9", "more than there are"),
            ("kernel.* >= 2", "kernel.* >= x", "not a count"),
            ("for = [\"CoinHive.A", "# [\"CoinHive.A", "an example for"),
            ("watch = 50", "watch = 150", "watch < block"),
        ];
        for (from, to, reason) in cases {
            let error = build(&GOOD.replace(from, to)).expect_err(to).to_string();
            assert!(error.contains(reason), "{to}: {error}");
        }
    }

    #[test]
    fn a_signature_cannot_ask_for_one_that_is_evaluated_later() {
        let first = "[[signature]]\nid = \"script.first\"\nkind = \"script\"\nfamily = \"X\"\nweight = 1\n\
            because = \"b\"\nsource = \"s\"\ndate = \"2026-01-31\"\nall = [\"api.hive\"]\n\
            none = [\"script.hive\"]\nfor = [\"a\"]\nagainst = [\"b\"]\n";
        assert!(build(&format!("{GOOD}{first}")).is_ok());
        let begin = GOOD.find("[[signature]]").expect("there is one");
        let (patterns, signature) = GOOD.split_at(begin);
        let error = build(&format!("{patterns}{first}{signature}")).expect_err("asks too early");
        assert_eq!(
            error.to_string(),
            "a.toml: script.first: names `script.hive`, which is evaluated after it"
        );
        // Nor for itself.
        let own = GOOD.replace("\"nothing\"", "\"script.hive\"");
        let error = build(&own).expect_err("asks for itself").to_string();
        assert!(error.contains("names `script.hive`"), "{error}");
    }
}
