//! Asks a ruleset about a request.
//!
//! One pass finds every filter that could match, and compares it at once: hosts by their hashes,
//! patterns by their grams, filters of one site by the site's hash, the rest in turn. What matched
//! is collected; [`Matched`] says what follows from it.

use super::bytes::{string_bytes, u32_at};
use super::glob::{self, Shape, Subject};
use super::grams::SEARCH;
use super::load::{IS_RECORD, Ruleset, Section};
use super::options::{Class, IMPORTANT, Kind, NONE, RULE_ONLY, Scope, WHOLE};
use super::record::{Record, Sort};
use super::regex::Expression;
use crate::filter::{Party, ResourceType, TypeSet};
use crate::hash::each_suffix;
use crate::request::Request;

/// A filter that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    class: u32,
    line: u32,
    text: Text,
}

/// Where the text of a filter's pattern is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    /// The request's host from this byte on.
    Suffix(usize),
    /// A string of the ruleset.
    String(u32),
}

/// Everything that matched a request, and decides.
#[derive(Debug, Default)]
pub(crate) struct Matched {
    /// A filter that blocks whatever exceptions say.
    pub important: Option<Target>,
    /// A filter that blocks.
    pub block: Option<Target>,
    /// An exception.
    pub allow: Option<Target>,
    /// Policies and redirects, and what takes them back.
    modifiers: Vec<(Class, Target)>,
}

impl Matched {
    /// Whether nothing that could decide matched.
    pub(crate) fn is_nothing(&self) -> bool {
        self.important.is_none() && self.block.is_none() && self.modifiers.is_empty()
    }
}

/// A filter's place and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named<'e> {
    /// The text as it was written.
    pub text: String,
    /// The number of its list.
    pub list: u16,
    /// The list's title.
    pub title: &'e str,
    /// Its line.
    pub line: u32,
}

/// One question in the course of being answered.
struct Check<'e, 'r, 'a> {
    rules: &'e Ruleset,
    request: &'r Request<'a>,
    subject: Subject<'r>,
    strings: &'e [u8],
    classes: &'e [u8],
    scopes: &'e [u8],
    records: &'e [u8],
    found: Matched,
}

impl Ruleset {
    /// What matches a request.
    pub(crate) fn check(&self, request: &Request<'_>) -> Matched {
        let (host_start, host_end) = request.host_range();
        let mut check = Check {
            rules: self,
            request,
            subject: Subject {
                url: request.url().as_bytes(),
                host_start,
                host_end,
            },
            strings: self.section(Section::Strings),
            classes: self.section(Section::Classes),
            scopes: self.section(Section::Scopes),
            records: self.section(Section::Records),
            found: Matched::default(),
        };
        check.by_host();
        check.by_gram();
        check.by_site();
        check.always();
        check.found
    }

    /// The name of a filter that matched this request.
    pub(crate) fn name(&self, target: Target, request: &Request<'_>) -> Named<'_> {
        let Some(class) = Class::read(self.section(Section::Classes), target.class) else {
            return Named {
                text: String::new(),
                list: 0,
                title: "",
                line: 0,
            };
        };
        let pattern = match target.text {
            _ if class.has(WHOLE) => "",
            Text::Suffix(start) => request.host().get(start..).unwrap_or_default(),
            Text::String(at) => self.string(at),
        };
        let before = self.string(class.before);
        let behind = self.string(class.behind);
        Named {
            text: [before, pattern, behind].concat(),
            list: class.list,
            title: self.string(u32_at(
                self.section(Section::Lists),
                class.list as usize * 4,
            )),
            line: target.line,
        }
    }
}

impl Check<'_, '_, '_> {
    /// Host filters and patterns that begin with a whole host.
    #[inline]
    fn by_host(&mut self) {
        let rules = self.rules;
        if rules.hosts.is_empty() {
            return;
        }
        let table = rules.section(Section::Hosts);
        let url = self.subject.url;
        let host = url
            .get(self.subject.host_start..self.subject.host_end)
            .unwrap_or_default();
        each_suffix(host, |start, hash| {
            rules
                .hosts
                .find(table, hash, |meaning| self.host_entry(meaning, start));
            true
        });
    }

    /// One entry of the host table.
    fn host_entry(&mut self, meaning: u32, start: usize) {
        if meaning & IS_RECORD != 0 {
            if let Some(record) = Record::read(self.records, meaning & !IS_RECORD) {
                self.host_record(record, start);
            }
            return;
        }
        let bits = self.rules.line_bits;
        let (number, line) = (meaning >> bits, meaning & ((1 << bits) - 1));
        let Some(class) = Class::read(self.classes, number) else {
            return;
        };
        if self.is_wanted(&class) && self.applies(&class) {
            let text = Text::Suffix(start);
            self.take(
                class,
                Target {
                    class: number,
                    line,
                    text,
                },
            );
        }
    }

    /// A record that the host from this byte on finds.
    fn host_record(&mut self, record: Record, start: usize) {
        let at = self.subject.host_start + start;
        match record.sort {
            Sort::Host if self.is_host(record, start) => {
                self.propose(record, Text::Suffix(start), |_| true);
            }
            Sort::Host => {}
            Sort::Glob if record.at_host => self.compare(record, Some(at)),
            _ => self.compare(record, None),
        }
    }

    /// Patterns by their grams.
    #[inline]
    fn by_gram(&mut self) {
        let rules = self.rules;
        let table = rules.section(Section::Grams);
        let url = self.subject.url;
        rules.grams.scan(table, url, |seen, record, at| {
            if at == SEARCH {
                self.candidate(record, None);
            } else if let Some(start) = seen.checked_sub(at as usize) {
                self.candidate(record, Some(start));
            }
        });
    }

    /// Filters for any address, by the site that asks.
    fn by_site(&mut self) {
        let rules = self.rules;
        let types = TypeSet(rules.from_types);
        if rules.from.is_empty() || !types.contains(self.request.kind()) {
            return;
        }
        let table = rules.section(Section::From);
        let request = self.request;
        let context = request.context_host();
        each_suffix(context.as_bytes(), |_, hash| {
            rules.from.find(table, hash, |meaning| {
                self.candidate(meaning & !IS_RECORD, None);
            });
            true
        });
    }

    /// Filters that nothing finds.
    fn always(&mut self) {
        if !TypeSet(self.rules.always_types).contains(self.request.kind()) {
            return;
        }
        let (numbers, _) = self.rules.section(Section::Always).as_chunks::<4>();
        for number in numbers {
            self.candidate(u32::from_le_bytes(*number), None);
        }
    }

    /// Compares one candidate, which can only begin at `at` where that is known.
    #[inline]
    fn candidate(&mut self, number: u32, at: Option<usize>) {
        if let Some(record) = Record::read(self.records, number) {
            self.compare(record, at);
        }
    }

    /// Compares a record: the beginning of its pattern before its options where the place is known,
    /// for that is quick; behind them what has to be searched for.
    #[inline]
    fn compare(&mut self, record: Record, at: Option<usize>) {
        let text = Text::String(record.text);
        match (record.sort, at) {
            (Sort::Glob, Some(at)) => {
                let shape = shape(record);
                if let Some(glob) = string_bytes(self.strings, record.text)
                    && let Some(begun) = glob::begins_at(glob, shape, self.subject, at)
                {
                    self.propose(record, text, |check| {
                        glob::goes_on(glob, shape, check.subject, begun)
                    });
                }
            }
            (Sort::Glob, None) => self.propose(record, text, |check| check.glob_anywhere(record)),
            (Sort::Regex, _) => self.propose(record, text, |check| {
                let rules = check.rules;
                rules.regex_matches(record.text, check.subject.url)
            }),
            (Sort::Any, _) => self.propose(record, text, |_| true),
            (Sort::Host, _) => {}
        }
    }

    /// Takes a record if it could still change the answer, its options hold, and so does `last`.
    #[inline]
    fn propose(&mut self, record: Record, text: Text, last: impl FnOnce(&Self) -> bool) {
        if !Class::is_about(self.classes, record.class, self.request.kind()) {
            return;
        }
        let Some(class) = Class::read(self.classes, record.class) else {
            return;
        };
        if self.is_wanted(&class) && self.applies(&class) && last(self) {
            let target = Target {
                class: record.class,
                line: record.line,
                text,
            };
            self.take(class, target);
        }
    }

    /// Whether a filter of this class could still change the answer.
    #[inline]
    fn is_wanted(&self, class: &Class) -> bool {
        let kind = self.request.kind();
        class.types.contains(kind)
            && match class.kind {
                Kind::Block if class.has(IMPORTANT) => self.found.important.is_none(),
                Kind::Block => self.found.block.is_none() && self.found.important.is_none(),
                Kind::Allow => self.found.allow.is_none(),
                // Only documents have policies.
                Kind::Csp | Kind::NoCsp => {
                    matches!(kind, ResourceType::MainFrame | ResourceType::SubFrame)
                }
                Kind::Redirect | Kind::NoRedirect => true,
            }
    }

    /// Whether a record's glob fits anywhere it may.
    fn glob_anywhere(&self, record: Record) -> bool {
        let text = string_bytes(self.strings, record.text);
        text.is_some_and(|text| glob::matches(text, shape(record), self.subject))
    }

    /// Whether the host from this byte on is the record's. One that keeps no host only blocks.
    fn is_host(&self, record: Record, start: usize) -> bool {
        let text = string_bytes(self.strings, record.text).unwrap_or_default();
        let host = self.request.host().as_bytes();
        text.is_empty() || host.get(start..) == Some(text)
    }

    /// Whether the options besides type and pattern hold.
    #[inline]
    fn applies(&self, class: &Class) -> bool {
        if !class.methods.allows(self.request.method()) {
            return false;
        }
        let covers = |at: u32, host: &str| {
            at == NONE
                || Scope::read(self.scopes, at).is_some_and(|scope| {
                    scope.covers(host, |number, host| {
                        self.rules.regex_matches(number, host.as_bytes())
                    })
                })
        };
        (class.from == NONE || covers(class.from, self.request.context_host()))
            && covers(class.to, self.request.host())
            && covers(class.denyallow, self.request.host())
            && match class.party {
                Party::Any => true,
                Party::First => !self.request.is_third_party(),
                Party::Third => self.request.is_third_party(),
            }
    }

    /// Notes a filter that matched.
    fn take(&mut self, class: Class, target: Target) {
        let blocked = if class.has(IMPORTANT) {
            &mut self.found.important
        } else {
            &mut self.found.block
        };
        match class.kind {
            Kind::Block => {
                blocked.get_or_insert(target);
            }
            Kind::Allow => {
                self.found.allow.get_or_insert(target);
            }
            Kind::Redirect if !class.has(RULE_ONLY) => {
                blocked.get_or_insert(target);
                self.found.modifiers.push((class, target));
            }
            Kind::Redirect | Kind::NoRedirect | Kind::Csp | Kind::NoCsp => {
                self.found.modifiers.push((class, target));
            }
        }
    }
}

/// How a record's glob is tied to the address.
#[inline]
const fn shape(record: Record) -> Shape {
    Shape {
        start: record.anchor,
        end: record.end,
        case: record.case,
    }
}

impl Ruleset {
    /// Whether a regex matches; one that does not compile matches nothing.
    fn regex_matches(&self, number: u32, subject: &[u8]) -> bool {
        let Some(cell) = self.regexes.get(number as usize) else {
            return false;
        };
        let compiled = cell.get_or_init(|| {
            let at = u32_at(self.section(Section::Regexes), number as usize * 4);
            Expression::new(self.string(at)).map(Box::new)
        });
        compiled
            .as_ref()
            .is_some_and(|regex| regex.is_match(subject))
    }
}

impl Matched {
    /// The resource that answers a blocked request, if any: of the highest priority, then the first
    /// by name.
    pub(crate) fn redirect<'e>(&self, rules: &'e Ruleset) -> Option<&'e str> {
        let undone = |name: &str| {
            self.modifiers.iter().any(|(class, _)| {
                let other = rules.string(class.argument);
                class.kind == Kind::NoRedirect && (other.is_empty() || other == name)
            })
        };
        self.modifiers
            .iter()
            .filter(|(class, _)| class.kind == Kind::Redirect)
            .map(|(class, _)| (class, rules.string(class.argument)))
            .filter(|(class, name)| class.has(IMPORTANT) || !undone(name))
            .max_by_key(|(class, name)| (class.priority, std::cmp::Reverse(*name)))
            .map(|(_, name)| name)
    }

    /// The policies that a document gets, each once, sorted.
    pub(crate) fn policies<'e>(&self, rules: &'e Ruleset) -> Vec<(&'e str, Target)> {
        let undone = |policy: &str| {
            self.modifiers.iter().any(|(class, _)| {
                let other = rules.string(class.argument);
                class.kind == Kind::NoCsp && (other.is_empty() || other == policy)
            })
        };
        if self.modifiers.is_empty() {
            return Vec::new();
        }
        let mut policies: Vec<(&str, Target)> = self
            .modifiers
            .iter()
            .filter(|(class, _)| class.kind == Kind::Csp)
            .map(|(class, target)| (class, rules.string(class.argument), *target))
            .filter(|(class, policy, _)| class.has(IMPORTANT) || !undone(policy))
            .map(|(_, policy, target)| (policy, target))
            .collect();
        policies.sort_by_key(|(policy, _)| *policy);
        policies.dedup_by_key(|(policy, _)| *policy);
        policies
    }
}
