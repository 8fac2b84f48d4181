//! From many drafts to few rules.

use std::collections::{BTreeMap, HashSet};

use super::rule::{Action, Condition, Rule};
use super::{Browser, Gap, Limits};
use crate::filter::host;

/// A rule in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub priority: u32,
    pub action: Action,
    pub condition: Condition,
    /// Indices of the filters it stands for.
    pub filters: Vec<usize>,
}

impl Draft {
    pub fn new(priority: u32, action: &Action, mut condition: Condition) -> Self {
        for names in domains(&mut condition) {
            names.sort_unstable();
            names.dedup();
        }
        Self {
            priority,
            action: action.clone(),
            condition,
            filters: Vec::new(),
        }
    }

    /// The rule as the browser reads it.
    pub fn finish(mut self, id: u32, browser: Browser) -> Rule {
        if browser == Browser::Firefox {
            for names in domains(&mut self.condition) {
                add_dotted(names);
            }
        }
        Rule {
            id,
            priority: self.priority,
            action: self.action,
            condition: self.condition,
        }
    }
}

fn domains(condition: &mut Condition) -> [&mut Vec<String>; 4] {
    [
        &mut condition.request_domains,
        &mut condition.excluded_request_domains,
        &mut condition.initiator_domains,
        &mut condition.excluded_initiator_domains,
    ]
}

/// Firefox does not see that `a.example.` is `a.example`.
fn add_dotted(names: &mut Vec<String>) {
    let mut all = Vec::with_capacity(names.len() * 2);
    for name in names.drain(..) {
        let dotted = (!host::is_address(&name)).then(|| format!("{name}."));
        all.push(name);
        all.extend(dotted);
    }
    *names = all;
}

/// Merges what differs only in one list of domains.
pub(super) fn pack(drafts: Vec<Draft>) -> Vec<Draft> {
    let drafts = merge(drafts, |c| &mut c.request_domains, |_| true);
    // Rules with excluded sites are left as they are: the sites of one are not excluded by
    // another.
    let drafts = merge(
        drafts,
        |c| &mut c.initiator_domains,
        |c| c.excluded_initiator_domains.is_empty(),
    );
    let mut drafts = drafts;
    // Exceptions first: without them pages break, should the rules have to be cut.
    drafts.sort_by(|a, b| {
        let rank = |d: &Draft| {
            (
                d.action != Action::Allow,
                d.condition.url_filter.is_some(),
                d.condition.regex_filter.is_some(),
            )
        };
        rank(a)
            .cmp(&rank(b))
            .then(b.priority.cmp(&a.priority))
            .then_with(|| a.action.cmp(&b.action))
            .then_with(|| a.condition.cmp(&b.condition))
    });
    drafts
}

fn merge(
    drafts: Vec<Draft>,
    list: impl Fn(&mut Condition) -> &mut Vec<String>,
    may: impl Fn(&Condition) -> bool,
) -> Vec<Draft> {
    type Key = (u32, Action, Condition);
    let mut merged: BTreeMap<Key, (Vec<String>, Vec<usize>)> = BTreeMap::new();
    let mut out = Vec::new();
    for mut draft in drafts {
        let names = std::mem::take(list(&mut draft.condition));
        if names.is_empty() || !may(&draft.condition) {
            *list(&mut draft.condition) = names;
            out.push(draft);
            continue;
        }
        let entry = merged
            .entry((draft.priority, draft.action, draft.condition))
            .or_default();
        entry.0.extend(names);
        entry.1.extend(draft.filters);
    }
    for ((priority, action, mut condition), (names, filters)) in merged {
        *list(&mut condition) = without_subdomains(names);
        out.push(Draft {
            priority,
            action,
            condition,
            filters,
        });
    }
    // The same rule from several filters.
    let mut once: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for draft in out {
        once.entry((draft.priority, draft.action, draft.condition))
            .or_default()
            .extend(draft.filters);
    }
    once.into_iter()
        .map(|((priority, action, condition), filters)| Draft {
            priority,
            action,
            condition,
            filters,
        })
        .collect()
}

/// Sorted, without names whose parent is there too.
fn without_subdomains(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    let all: HashSet<&str> = names.iter().map(String::as_str).collect();
    let kept: Vec<bool> = names.iter().map(|name| !has_parent(name, &all)).collect();
    drop(all);
    let mut kept = kept.into_iter();
    names.retain(|_| kept.next().unwrap_or(true));
    names
}

fn has_parent(name: &str, all: &HashSet<&str>) -> bool {
    if host::is_address(name) {
        return false;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if all.contains(parent) {
            return true;
        }
        rest = parent;
    }
    false
}

/// Cuts the rules to what the browser takes; returns the filters that lose a rule.
pub(super) fn limit(drafts: &mut Vec<Draft>, limits: Limits) -> Vec<(usize, Gap)> {
    let mut lost = Vec::new();
    let mut used = Limits::default();
    drafts.retain(|draft| {
        let next = used.plus(&draft.action, &draft.condition);
        let gap = if next.rules > limits.rules {
            Gap::TooManyRules
        } else if next.regexes > limits.regexes {
            Gap::TooManyRegexes
        } else if next.altering > limits.altering {
            Gap::TooManyAltering
        } else if next.domains > limits.domains {
            Gap::TooManyDomains
        } else {
            used = next;
            return true;
        };
        lost.extend(draft.filters.iter().map(|filter| (*filter, gap)));
        false
    });
    lost
}
