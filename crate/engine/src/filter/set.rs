//! The filters of several lists together, with everything that was not understood.

mod file;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::work::look;

use super::line::Syntax;
use super::preprocess::Environment;
use super::{Filter, ListId, Metadata, Problem, Reason, Scriptlet, Severity, Source, encoding};

/// Finds the text of a file that a list includes, by its path as written.
pub type Include<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A list to add, with how it is to be read.
#[derive(Clone, Copy, Default)]
pub struct ListText<'a> {
    /// What it is called; what it calls itself when empty.
    pub title: &'a str,
    /// Its text.
    pub text: &'a str,
    /// How it is written; found out when not given.
    pub syntax: Option<Syntax>,
    /// Only filters below headings that contain one of these (without regard to case) are in
    /// force; all when empty.
    pub sections: &'a [String],
    /// Where `!#include` leads.
    pub include: Option<&'a Include<'a>>,
}

/// How many lines of a list are what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Counts {
    /// All lines.
    pub lines: u32,
    /// Blank lines, comments, headers, and the machine's own names in hosts files.
    pub comments: u32,
    /// Network filters in force (a line of a hosts file can hold several).
    pub filters: u32,
    /// Scriptlets in force.
    pub scriptlets: u32,
    /// Filters for the look of pages, which are no network filters.
    pub cosmetic: u32,
    /// Lines that ask for what is not supported.
    pub unsupported: u32,
    /// Lines that cannot be understood.
    pub broken: u32,
    /// Lines in force but for a part.
    pub partial: u32,
    /// Lines that a condition or the choice of sections leaves out.
    pub skipped: u32,
    /// Filters that a `badfilter` took out of force, and the `badfilter` lines themselves.
    pub disabled: u32,
}

/// One list of a [`FilterSet`].
#[derive(Clone, Debug)]
pub struct ListInfo {
    /// Its index.
    pub id: ListId,
    /// What it is called.
    pub title: String,
    /// The list that includes it, if it is not one by itself.
    pub parent: Option<ListId>,
    /// How it is written.
    pub syntax: Syntax,
    /// What it says about itself.
    pub metadata: Metadata,
    /// How many of its lines are what.
    pub counts: Counts,
}

/// Filters of several lists, and all that is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct FilterSet {
    environment: Environment,
    lists: Vec<ListInfo>,
    filters: Vec<Filter>,
    scriptlets: Vec<Scriptlet>,
    cosmetic: Vec<Source>,
    problems: Vec<Problem>,
    /// Filters to be taken out of force, by the hash of what they do.
    bad: HashMap<u64, Vec<Filter>>,
}

impl FilterSet {
    /// An empty set; `environment` decides about `!#if`.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            ..Self::default()
        }
    }

    /// Adds a list by its title and text.
    pub fn add_list(&mut self, title: &str, text: &str) -> ListId {
        self.add(&ListText {
            title,
            text,
            ..ListText::default()
        })
    }

    /// Adds a list as it comes from a file or a server; `list.text` is not looked at.
    pub fn add_bytes(&mut self, bytes: &[u8], list: &ListText<'_>) -> ListId {
        match encoding::decode(bytes) {
            Ok((text, problem)) => {
                let id = self.add(&ListText {
                    text: &text,
                    ..*list
                });
                if let Some(reason) = problem {
                    self.problem(id, 0, "", reason);
                }
                id
            }
            Err(reason) => {
                let id = self.add(&ListText { text: "", ..*list });
                self.problem(id, 0, "", reason);
                id
            }
        }
    }

    /// Adds a list.
    pub fn add(&mut self, list: &ListText<'_>) -> ListId {
        let known_bad = self.bad.values().map(Vec::len).sum::<usize>();
        let first = self.filters.len();
        let mut includes = 0;
        let id = self.add_file(list, None, 0, &mut includes);
        // New `badfilter`s concern every list, old ones the new list.
        let more = self.bad.values().map(Vec::len).sum::<usize>() > known_bad;
        self.resolve_bad(if more { 0 } else { first });
        id
    }

    /// The lists, included files among them; a [`ListId`] is an index into them.
    pub fn lists(&self) -> &[ListInfo] {
        &self.lists
    }

    /// The titles of the lists by their ids.
    pub fn titles(&self) -> Vec<&str> {
        self.lists.iter().map(|list| list.title.as_str()).collect()
    }

    /// One list.
    pub fn list(&self, id: ListId) -> Option<&ListInfo> {
        self.lists.get(id.0 as usize)
    }

    /// The network filters in force, in the order of their lists and lines.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The scriptlets, exceptions among them (see [`scriptlet::applicable`]).
    pub fn scriptlets(&self) -> &[Scriptlet] {
        &self.scriptlets
    }

    /// The places of cosmetic filters, which are no network filters and not in force.
    pub fn cosmetic(&self) -> &[Source] {
        &self.cosmetic
    }

    /// Everything that is not, or not wholly, in force; of each list the first 10,000 (the counts
    /// of [`ListInfo`] are complete).
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn problem(&mut self, id: ListId, line: u32, text: &str, reason: Reason) {
        if let Some(info) = self.lists.get_mut(id.0 as usize) {
            count(&mut info.counts, &reason);
        }
        self.problems.push(Problem::new(id, line, text, reason));
    }

    /// Takes filters from `first` on out of force that a `badfilter` names.
    fn resolve_bad(&mut self, first: usize) {
        if self.bad.is_empty() {
            return;
        }
        look(self.filters.len());
        let mut index = 0;
        let (bad, lists) = (&self.bad, &mut self.lists);
        self.filters.retain(|filter| {
            index += 1;
            if index <= first {
                return true;
            }
            let is_bad = bad
                .get(&meaning_hash(filter))
                .is_some_and(|same| same.iter().any(|b| same_meaning(b, filter)));
            if is_bad && let Some(info) = lists.get_mut(filter.source.list.0 as usize) {
                info.counts.filters = info.counts.filters.saturating_sub(1);
                info.counts.disabled += 1;
            }
            !is_bad
        });
    }
}

fn count(counts: &mut Counts, reason: &Reason) {
    match (reason, reason.severity()) {
        (Reason::Cosmetic, _) => counts.cosmetic += 1,
        (_, Severity::Unsupported) => counts.unsupported += 1,
        (_, Severity::Broken) => counts.broken += 1,
        (_, Severity::Partial) => counts.partial += 1,
    }
}

/// Everything about a filter but where and how it is written.
fn meaning(filter: &Filter) -> impl Hash + PartialEq + '_ {
    (
        (
            &filter.action,
            filter.important,
            &filter.pattern,
            filter.match_case,
        ),
        (filter.types, filter.party, filter.methods),
        (&filter.from, &filter.to, &filter.denyallow),
    )
}

fn meaning_hash(filter: &Filter) -> u64 {
    let mut hasher = DefaultHasher::new();
    meaning(filter).hash(&mut hasher);
    hasher.finish()
}

fn same_meaning(a: &Filter, b: &Filter) -> bool {
    meaning(a) == meaning(b)
}
