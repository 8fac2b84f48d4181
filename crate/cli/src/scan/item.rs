//! What a scan looks at, and what it says about it.

use nomine_engine::verdict::{Evidence, Outcome, Verdict};
use serde::Serialize;

/// Something to inspect: its place and its content.
#[derive(Debug)]
pub struct Item {
    /// Where it is: `folder/archive.zip!/inner/file.js`.
    pub path: String,
    /// What it is.
    pub content: Content,
}

/// What can be inspected.
#[derive(Debug)]
pub enum Content {
    /// A WebAssembly module.
    Module(Vec<u8>),
    /// A script's source.
    Script(String),
    /// A shader's source.
    Shader(String),
    /// A page with everything in it.
    Page(String),
    /// An address that was asked for.
    Address {
        /// Who asked.
        from: String,
        /// The browsers' resource type.
        kind: String,
        /// The address.
        url: String,
    },
    /// The messages of a WebSocket in order, with whether the page sent them, and their time in
    /// milliseconds.
    Conversation(Vec<(bool, f64, Vec<u8>)>),
    /// Nothing: it could not be read, for this reason.
    Unreadable(String),
}

impl Item {
    /// How much memory it holds.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Module(bytes) => bytes.len(),
            Content::Script(text) | Content::Shader(text) | Content::Page(text) => text.len(),
            Content::Conversation(messages) => messages.iter().map(|(_, _, text)| text.len()).sum(),
            Content::Address { url, .. } => url.len(),
            Content::Unreadable(reason) => reason.len(),
        }
    }
}

/// What was concluded about one item; a line of `--json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Where it is.
    pub path: String,
    /// What the extension would do.
    pub verdict: Outcome,
    /// The miner's family; empty when nothing was found.
    pub family: String,
    /// The algorithm within the family; may be empty.
    pub algorithm: String,
    /// In percent.
    pub confidence: u8,
    /// Why, heaviest first.
    pub evidence: Vec<Evidence>,
    /// Why it was not, or not wholly, inspected.
    pub error: Option<String>,
}

impl Report {
    /// The report of a verdict.
    pub fn of(path: String, verdict: Verdict) -> Self {
        Self {
            path,
            verdict: verdict.outcome,
            family: verdict.family.into_owned(),
            algorithm: verdict.algorithm.into_owned(),
            confidence: verdict.confidence,
            evidence: verdict.evidence,
            error: verdict.not_inspected.map(|reason| {
                if reason.starts_with("not inspected") {
                    reason.into_owned()
                } else {
                    format!("not inspected: {reason}")
                }
            }),
        }
    }

    /// The report of something that could not be read.
    pub fn unreadable(path: String, reason: String) -> Self {
        Self {
            path,
            error: Some(reason),
            ..Self::default()
        }
    }

    /// Takes in the report of a part: the graver verdict stands, with its evidence; of two alike the
    /// surer gives the name.
    pub fn absorb(&mut self, part: Self) {
        let rank = |report: &Self| (report.verdict, report.confidence);
        if part.verdict == self.verdict
            && !self.evidence.is_empty()
            && self.verdict != Outcome::Allow
        {
            for evidence in part.evidence {
                if !self.evidence.contains(&evidence) {
                    self.evidence.push(evidence);
                }
            }
            self.evidence
                .sort_by_key(|evidence| std::cmp::Reverse(evidence.weight));
            if part.confidence > self.confidence {
                self.family = part.family;
                self.algorithm = part.algorithm;
                self.confidence = part.confidence;
            }
        } else if rank(&part) > rank(self)
            || (self.evidence.is_empty() && part.verdict >= self.verdict)
        {
            self.verdict = part.verdict;
            self.family = part.family;
            self.algorithm = part.algorithm;
            self.confidence = part.confidence;
            self.evidence = part.evidence;
        }
        if self.error.is_none() {
            self.error = part.error;
        }
    }
}

#[cfg(test)]
mod tests {
    use nomine_engine::verdict::Place;

    use super::*;

    fn report(family: &str, confidence: u8, weights: &[i16]) -> Report {
        Report {
            verdict: Outcome::Block,
            family: family.into(),
            confidence,
            evidence: weights
                .iter()
                .map(|&weight| Evidence {
                    signature: format!("{family}:{weight}").into(),
                    detail: String::new(),
                    weight,
                    place: Place::default(),
                })
                .collect(),
            ..Report::default()
        }
    }

    #[test]
    fn the_surer_part_names_the_whole() {
        let mut whole = Report::default();
        whole.absorb(report("Less", 80, &[40, 10]));
        whole.absorb(report("More", 95, &[60, 20, -5]));
        whole.absorb(report("Least", 70, &[30]));
        assert_eq!((whole.family.as_str(), whole.confidence), ("More", 95));
        let weights: Vec<_> = whole.evidence.iter().map(|found| found.weight).collect();
        assert_eq!(weights, [60, 40, 30, 20, 10, -5]);
    }
}
