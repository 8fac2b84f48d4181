//! Filters as rules of the browsers' declarativeNetRequest, which work while the background sleeps.
//!
//! Filters for whole hosts that ask for the same are packed into one rule with all their hosts
//! (`requestDomains`): the browsers search those in no time, while many rules are slow in Firefox.
//! What cannot be expressed is listed with its reason, and never approximated by something wider.
//!
//! What was found out by asking the browsers (Chromium 156, Firefox ESR 153; `testMatchOutcome`,
//! `isRegexSupported` and real connections), as the documentation does not say it:
//! - `requestDomains` and `initiatorDomains` match hosts with a trailing dot in Chromium but not in
//!   Firefox, where the dotted name is therefore listed too; `urlFilter` does in neither, so a
//!   filter that spells the host out gets a second rule with the dot;
//! - Firefox compares the address of a `WebSocket` as `http:` or `https:`;
//! - an entry of `initiatorDomains` below one of `excludedInitiatorDomains` counts in Chromium and
//!   not in Firefox, so such scopes become two rules;
//! - `urlFilter` may not begin with `||*`, and a `|` within it never matches in Chromium;
//! - Chromium's limit for an expression is 112 instructions of RE2, Firefox has none that matters.

mod condition;
mod gap;
mod pack;
mod rule;

use std::fmt;

use crate::filter::{Filter, Source};

pub use gap::Gap;
pub use rule::{Action, Condition, DomainType, Header, Operation, Redirect, Rule};

/// The browser that rules are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Browser {
    /// Chromium and what is built from it.
    Chromium,
    /// Firefox.
    Firefox,
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        })
    }
}

/// Priorities of the rules, lowest first. Rules of site policies have to be above the highest.
pub mod priority {
    /// A block.
    pub const BLOCK: u32 = 1;
    /// A redirect, plus its own priority.
    pub const REDIRECT: u32 = 1_000;
    /// The highest that a redirect's own priority counts, so that it stays below exceptions.
    pub const MOST_OWN: u32 = 8_999;
    /// An exception.
    pub const ALLOW: u32 = 10_000;
    /// A block that says `important`.
    pub const IMPORTANT_BLOCK: u32 = 20_000;
    /// A redirect that says `important`, plus its own priority.
    pub const IMPORTANT_REDIRECT: u32 = 21_000;
    /// A Content-Security-Policy, which ordinary exceptions do not touch.
    pub const CSP: u32 = 40_000;
    /// The highest that is given.
    pub const HIGHEST: u32 = CSP;
}

/// What happens when a listed host itself is opened as a page. Filters without a resource type do
/// not apply to pages; a page of a mining service is stopped all the same where this asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// Nothing: only filters that name the type (`document`, `all`) stop pages.
    #[default]
    Leave,
    /// Blocked: the browser shows its own error page.
    Block,
    /// Redirected to a page of the extension (a path that begins with `/`).
    Redirect(String),
    /// Redirected to this address with the page's own address appended as it is.
    Substitute(String),
}

/// How many rules of which kind fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Rules altogether.
    pub rules: usize,
    /// Rules with an expression.
    pub regexes: usize,
    /// Rules that do more than block and allow: that redirect or change headers.
    pub altering: usize,
    /// Names in the lists of hosts of all rules; the dotted ones for Firefox are not counted.
    pub domains: usize,
}

impl Limits {
    /// Rules that are installed with the extension: 30,000 are guaranteed in Chromium and the
    /// most that Firefox has.
    pub const STATIC: Self = Self {
        rules: 30_000,
        regexes: 1_000,
        ..Self::NONE
    };

    /// No limits.
    pub const NONE: Self = Self {
        rules: usize::MAX,
        regexes: usize::MAX,
        altering: usize::MAX,
        domains: usize::MAX,
    };

    /// Rules that are added later (`updateDynamicRules`; in Chromium, 5,000 of them may be
    /// `MAX_NUMBER_OF_UNSAFE_DYNAMIC_RULES`).
    pub const fn dynamic(browser: Browser) -> Self {
        match browser {
            Browser::Chromium => Self {
                altering: 5_000,
                ..Self::STATIC
            },
            Browser::Firefox => Self {
                rules: 5_000,
                ..Self::STATIC
            },
        }
    }

    /// What lists may take of the rules that are added later; the rest is for site policies.
    ///
    /// Firefox decides with the engine: its own rules are the floor while the background starts, and
    /// large ones are put together in the browser's main process (measured: `tests/lists`).
    pub const fn for_lists(browser: Browser) -> Self {
        match browser {
            Browser::Chromium => Self {
                rules: 25_000,
                altering: 4_500,
                ..Self::dynamic(browser)
            },
            Browser::Firefox => Self {
                rules: 4_000,
                domains: 30_000,
                ..Self::dynamic(browser)
            },
        }
    }

    /// With one rule more.
    fn plus(mut self, action: &Action, condition: &Condition) -> Self {
        let names = |names: &[String]| names.iter().filter(|name| !name.ends_with('.')).count();
        self.rules += 1;
        self.regexes += usize::from(condition.regex_filter.is_some());
        self.altering += usize::from(!matches!(action, Action::Allow | Action::Block));
        self.domains += names(&condition.request_domains)
            + names(&condition.excluded_request_domains)
            + names(&condition.initiator_domains)
            + names(&condition.excluded_initiator_domains);
        self
    }

    /// Whether rules with this use fit.
    pub const fn hold(&self, used: &Self) -> bool {
        used.rules <= self.rules
            && used.regexes <= self.regexes
            && used.altering <= self.altering
            && used.domains <= self.domains
    }
}

/// How to export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// For which browser.
    pub browser: Browser,
    /// Id of the first rule; the others follow.
    pub first_id: u32,
    /// How many rules fit.
    pub limits: Limits,
    /// What happens to pages.
    pub pages: Pages,
    /// Folder of the neutral resources within the extension.
    pub resources: String,
}

impl Options {
    /// For rules that are installed with the extension.
    pub fn new(browser: Browser) -> Self {
        Self {
            browser,
            first_id: 1,
            limits: Limits::STATIC,
            pages: Pages::Leave,
            resources: crate::filter::resource::FOLDER.into(),
        }
    }
}

/// A filter that is not, or not wholly, among the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where the filter came from.
    pub source: Source,
    /// The filter as it was written.
    pub text: String,
    /// Why.
    pub reason: Gap,
    /// The rest of the filter is among the rules, or what is missing from them the extension does
    /// itself in every browser.
    pub partly: bool,
}

/// Rules, and what could not become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// The rules, by rising id.
    pub rules: Vec<Rule>,
    /// What is missing from them, in the order of the filters.
    pub left_out: Vec<LeftOut>,
}

impl Export {
    /// How much of each limit the rules use.
    pub fn used(&self) -> Limits {
        self.rules.iter().fold(Limits::default(), |used, rule| {
            used.plus(&rule.action, &rule.condition)
        })
    }

    /// How many of the rules have an expression.
    pub fn regex_count(&self) -> usize {
        self.used().regexes
    }

    /// The rules as the file that a manifest names: JSON, one rule a line, the same bytes for the
    /// same filters.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> String {
        let mut out = String::from("[");
        for (index, rule) in self.rules.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            // A rule holds nothing that JSON cannot.
            out.push_str(&serde_json::to_string(rule).unwrap_or_default());
        }
        out.push_str("\n]\n");
        out
    }
}

/// Turns filters into rules.
pub fn export(filters: &[Filter], options: &Options) -> Export {
    let mut drafts = Vec::new();
    let mut left_out = Vec::new();
    for (index, filter) in filters.iter().enumerate() {
        let mut found = condition::drafts(filter, options);
        for draft in &mut found.drafts {
            draft.filters.push(index);
        }
        let partly = !found.drafts.is_empty();
        drafts.append(&mut found.drafts);
        left_out.extend(found.gaps.into_iter().map(|reason| {
            let partly = partly || reason == Gap::Popup;
            (index, reason, partly)
        }));
    }
    let mut drafts = pack::pack(drafts);
    for (index, reason) in pack::limit(&mut drafts, options.limits) {
        left_out.push((index, reason, false));
    }
    left_out.sort();
    left_out.dedup();
    let rules = (options.first_id..)
        .zip(drafts)
        .map(|(id, draft)| draft.finish(id, options.browser))
        .collect();
    let left_out = left_out
        .into_iter()
        .filter_map(|(index, reason, partly)| {
            filters.get(index).map(|filter| LeftOut {
                source: filter.source,
                text: filter.text.clone(),
                reason,
                partly,
            })
        })
        .collect();
    Export { rules, left_out }
}

#[cfg(test)]
mod tests;
