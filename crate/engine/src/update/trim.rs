//! Leaves out the parts of a public list that are not about miners, by a rule that is stated in
//! `blocklists/subscriptions.toml` (which describes its fields).
//!
//! A line that is left out becomes an empty line, so the numbers of the others stay the publisher's.

use regex::{RegexSet, RegexSetBuilder};

/// Which parts of a list are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default))]
pub struct Rule {
    /// The part from the first comment that contains this on; all of it where there is none.
    pub section: String,
    /// … up to the next comment that contains this.
    pub until: String,
    /// Where present, a filter stays only if it, or a comment directly above it, matches one.
    pub keep: Vec<String>,
    /// A filter that matches one goes.
    pub drop: Vec<String>,
}

/// What is left of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Trimmed {
    /// Its text, with empty lines for what was left out.
    pub text: String,
    /// How many filters were left out.
    pub left_out: u32,
}

/// A regular expression of a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a regular expression of the rule is broken: {0}")]
pub struct BrokenRule(String);

/// Applies a rule to a list.
///
/// # Errors
/// The rule has a broken regular expression.
pub fn trim(text: &str, rule: &Rule) -> Result<Trimmed, BrokenRule> {
    let (keep, drop) = (set(&rule.keep)?, set(&rule.drop)?);
    let has_section = !rule.section.is_empty()
        && text
            .lines()
            .any(|line| is_comment(line) && line.contains(&rule.section));
    let mut inside = !has_section;
    let mut over = false;
    let mut out = String::with_capacity(text.len());
    let mut left_out = 0_u32;
    // Whether the comments above the present line match, and whether the last line was a comment.
    let mut named = false;
    let mut in_comment = false;
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let bare = line.trim();
        if bare.is_empty() {
            (named, in_comment) = (false, false);
        } else if is_comment(bare) {
            if has_section && !over {
                if inside && !rule.until.is_empty() && bare.contains(&rule.until) {
                    (inside, over) = (false, true);
                } else if bare.contains(&rule.section) {
                    inside = true;
                }
            }
            named = keep.is_match(bare) || (in_comment && named);
            in_comment = true;
            // Conditions of lines that are left out would be unbalanced or wrong.
            if inside || !bare.starts_with("!#") {
                out.push_str(line);
            }
        } else {
            in_comment = false;
            let exempt = keep.is_empty() || named || bare.starts_with("@@");
            if inside && (exempt || keep.is_match(bare)) && !drop.is_match(bare) {
                out.push_str(line);
            } else {
                left_out = left_out.saturating_add(1);
            }
        }
    }
    Ok(Trimmed {
        text: out,
        left_out,
    })
}

fn set(expressions: &[String]) -> Result<RegexSet, BrokenRule> {
    RegexSetBuilder::new(expressions)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| BrokenRule(error.to_string()))
}

/// `! …`, `[Adblock Plus 2.0]`, and `# …`, which is no cosmetic filter.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('!')
        || (line.starts_with('[') && line.trim_end().ends_with(']'))
        || line == "#"
        || line.starts_with("# ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, rule: &Rule) -> (Vec<String>, u32) {
        let trimmed = trim(text, rule).expect("good rule");
        assert_eq!(trimmed.text.split('\n').count(), text.split('\n').count());
        let lines = trimmed.text.lines();
        let filters = lines.filter(|line| !line.is_empty() && !is_comment(line));
        (filters.map(str::to_owned).collect(), trimmed.left_out)
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_section_is_taken_alone() {
        let rule = Rule {
            section: "mining.txt".into(),
            until: "*** list:".into(),
            drop: words(&["^bad"]),
            ..Rule::default()
        };
        let text = "! *** list: a.txt\na\n! *** list: mining.txt ***\nb\nbad\n! *** list: c.txt\nc\n! *** list: mining.txt again\nd\n";
        assert_eq!(left(text, &rule), (words(&["b"]), 4));
        assert_eq!(left("a\nbad\n", &rule), (words(&["a"]), 1));
    }

    #[test]
    fn filters_are_kept_by_themselves_or_by_the_comment_above() {
        let rule = Rule {
            keep: words(&["(?i)miner", "wasm"]),
            ..Rule::default()
        };
        let text =
            "! Miners\na\nb\n\nc\nd.wasm\n! other\ne\n@@f\n! issue about a miner\n! more\ng\n";
        assert_eq!(
            left(text, &rule),
            (words(&["a", "b", "d.wasm", "@@f", "g"]), 2)
        );
    }

    #[test]
    fn broken_rules_are_refused_and_empty_ones_keep_all() {
        let rule = Rule {
            drop: words(&["("]),
            ..Rule::default()
        };
        assert!(trim("a", &rule).is_err());
        assert_eq!(
            left("a\nb\n##c", &Rule::default()),
            (words(&["a", "b", "##c"]), 0)
        );
    }
}
