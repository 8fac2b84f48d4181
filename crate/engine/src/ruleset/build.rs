//! Compiles filters into the sections of a ruleset. The same filters give the same bytes.

mod classes;
mod finish;

use std::collections::HashMap;

use super::bytes::StringsWriter;
use super::choose::{Choice, Chooser, Place};
use super::grams::{Entry, SEARCH};
use super::load::MAX_RECORDS;
use super::options::Class;
use super::record::{Record, Sort};
use super::regex;
use crate::filter::{
    Action, Anchor, DomainPattern, DomainScope, Exception, Filter, Glob, MethodSet, Party, Pattern,
    Source, TypeSet,
};
use crate::hash::host_hash;

/// The sites of a filter that is only ever found by them: they need not be compared again.
static FOUND: DomainScope = DomainScope {
    include: Vec::new(),
    exclude: Vec::new(),
};

/// How many short patterns may be asked about every address.
const FEW: usize = 8;
/// How many patterns that begin with one host are found by it; more are found by their grams, or
/// every request to that host would be compared with all of them.
const MOST_OF_A_HOST: u32 = 3;
/// Lines beyond this are kept in records.
const MAX_LINE_BITS: u32 = 24;

/// A filter that could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it came from.
    pub source: Source,
    /// The line as it was written.
    pub text: String,
    /// Why.
    pub reason: String,
}

/// What makes two classes the same.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key<'f> {
    list: u16,
    before: &'f str,
    behind: &'f str,
    whole: bool,
    core: Core<'f>,
}

/// The part of a class that decides.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Core<'f> {
    action: &'f Action,
    important: bool,
    match_case: bool,
    types: TypeSet,
    party: Party,
    methods: MethodSet,
    from: &'f DomainScope,
    to: &'f DomainScope,
    denyallow: &'f [String],
}

/// What a table entry means before classes have their final numbers.
#[derive(Clone, Copy)]
enum Meaning {
    Plain { class: u32, core: u32, line: u32 },
    Record(u32),
}

/// A ruleset in the making.
struct Builder<'f> {
    strings: StringsWriter,
    lists: Vec<u8>,
    scopes: Vec<u8>,
    scope_at: HashMap<&'f DomainScope, u32>,
    denyallow_at: HashMap<&'f [String], u32>,
    classes: Vec<(Class, u32)>,
    class_numbers: HashMap<Key<'f>, (u32, u32)>,
    cores: HashMap<Core<'f>, u32>,
    last: Option<(Key<'f>, (u32, u32))>,
    records: Vec<Record>,
    hosts: Vec<(u64, Meaning)>,
    from: Vec<(u64, u32)>,
    /// Patterns with the grams of their text; whether the positions hold.
    filed: Vec<(u32, Choice, bool)>,
    always: Vec<u32>,
    regexes: Vec<u32>,
    refused: Vec<Refused>,
    always_types: TypeSet,
    from_types: TypeSet,
    filters: u32,
}

/// Compiles filters of these lists (their titles, in the order of their ids).
pub(crate) fn build(titles: &[&str], filters: &[Filter]) -> (Vec<u8>, Vec<Refused>) {
    let mut builder = Builder::new(titles);
    let mut patterns_of: HashMap<&str, u32> = HashMap::new();
    for filter in filters {
        if let Pattern::Glob(glob) = &filter.pattern
            && let Some(host) = leading_host(glob)
        {
            *patterns_of.entry(host).or_default() += 1;
        }
    }
    let few = |host: &str| patterns_of.get(host).is_none_or(|&n| n <= MOST_OF_A_HOST);
    let rest: Vec<&Filter> = filters
        .iter()
        .filter(|filter| !builder.add_host(filter, titles.len(), few))
        .collect();
    let chooser = Chooser::new(rest.iter().filter_map(|filter| match &filter.pattern {
        Pattern::Glob(glob) => Some(glob.text.as_bytes()),
        _ => None,
    }));
    for filter in rest {
        if builder.records.len() >= MAX_RECORDS as usize - 1 {
            builder.refuse(filter, "there are too many filters");
            continue;
        }
        builder.add(filter, &chooser);
    }
    builder.finish()
}

/// The host at the beginning of a glob that is anchored to it and goes on behind it.
fn leading_host(glob: &Glob) -> Option<&str> {
    let inside = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '.' | '-' | '_');
    let end = glob.text.find(|c| !inside(c))?;
    let ends_host = matches!(
        glob.text.as_bytes().get(end),
        Some(b'/' | b'^' | b':' | b'?')
    );
    (glob.start == Anchor::Host && end > 0 && ends_host)
        .then(|| glob.text.get(..end))
        .flatten()
}

/// The hosts of a scope that has nothing else to include.
fn only_hosts(scope: &DomainScope) -> Option<Vec<&str>> {
    let hosts: Option<Vec<&str>> = scope
        .include
        .iter()
        .map(|entry| match entry {
            DomainPattern::Host(host) => Some(host.as_str()),
            _ => None,
        })
        .collect();
    hosts.filter(|hosts| !hosts.is_empty())
}

/// A filter's text around its pattern's text, or all of it.
fn around<'f>(text: &'f str, needle: &str) -> (&'f str, &'f str, bool) {
    if needle.is_empty() {
        return (text, "", true);
    }
    // Where it stands in nearly all filters; a search costs more than all the rest.
    for start in [0, 2, 4] {
        if let Some((before, rest)) = text.split_at_checked(start)
            && let Some(behind) = rest.strip_prefix(needle)
        {
            return (before, behind, false);
        }
    }
    match text.split_once(needle) {
        Some((before, behind)) => (before, behind, false),
        None => (text, "", true),
    }
}

impl<'f> Builder<'f> {
    fn new(titles: &[&str]) -> Self {
        let mut strings = StringsWriter::default();
        let lists = titles
            .iter()
            .flat_map(|title| strings.intern(title).to_le_bytes())
            .collect();
        Self {
            strings,
            lists,
            scopes: Vec::new(),
            scope_at: HashMap::new(),
            denyallow_at: HashMap::new(),
            classes: Vec::new(),
            class_numbers: HashMap::new(),
            cores: HashMap::new(),
            last: None,
            records: Vec::new(),
            hosts: Vec::new(),
            from: Vec::new(),
            filed: Vec::new(),
            always: Vec::new(),
            regexes: Vec::new(),
            refused: Vec::new(),
            always_types: TypeSet::NONE,
            from_types: TypeSet::NONE,
            filters: 0,
        }
    }

    fn refuse(&mut self, filter: &Filter, reason: &str) {
        self.refused.push(Refused {
            source: filter.source,
            text: filter.text.clone(),
            reason: reason.to_owned(),
        });
    }

    /// Adds a filter that a host's hash finds; false for any other.
    fn add_host(&mut self, filter: &'f Filter, lists: usize, few: impl Fn(&str) -> bool) -> bool {
        if filter.source.list.0 as usize >= lists {
            self.refuse(filter, "its list has no title");
            return true;
        }
        match &filter.pattern {
            Pattern::Host(host) => {
                let Some((class, core)) = self.class(filter, host, &filter.from) else {
                    return true;
                };
                let plain = matches!(
                    filter.action,
                    Action::Block | Action::Csp(Exception::No, _) | Action::Redirect(_)
                ) && filter.source.line < 1 << MAX_LINE_BITS;
                let meaning = if plain {
                    let line = filter.source.line;
                    Meaning::Plain { class, core, line }
                } else {
                    // What lets something through is compared letter by letter.
                    let text = self.strings.intern(host);
                    Meaning::Record(self.record(filter, class, Sort::Host, text))
                };
                self.hosts.push((host_hash(host.as_bytes()), meaning));
                self.filters += 1;
                true
            }
            Pattern::Glob(glob) => {
                let Some(host) = leading_host(glob).filter(|host| few(host)) else {
                    return false;
                };
                let Some((class, _)) = self.class(filter, &glob.text, &filter.from) else {
                    return true;
                };
                let text = self.strings.push(&glob.text);
                let record = self.record(filter, class, Sort::Glob, text);
                if let Some(record) = self.records.get_mut(record as usize) {
                    record.at_host = true;
                }
                self.hosts
                    .push((host_hash(host.as_bytes()), Meaning::Record(record)));
                self.filters += 1;
                true
            }
            Pattern::Any | Pattern::Regex(_) => false,
        }
    }

    /// Adds any other filter.
    fn add(&mut self, filter: &'f Filter, chooser: &Chooser) {
        let hole = |byte| byte == b'^' || byte == b'*';
        let (needle, sort, gram) = match &filter.pattern {
            Pattern::Glob(glob) => {
                let text = glob.text.as_bytes();
                // The first part lies where its gram says; later parts have to be searched.
                let first = text.split(|&b| b == b'*').next().unwrap_or_default();
                let near = chooser.choose(first, hole).map(|choice| (choice, true));
                let any = || Some((chooser.choose(text, hole)?, false));
                let good = |found: &(Choice, bool)| !found.0.pair_common;
                let gram = near
                    .filter(good)
                    .or_else(|| any().filter(good))
                    .or(near)
                    .or_else(any);
                (glob.text.as_str(), Sort::Glob, gram)
            }
            Pattern::Regex(source) => {
                if let Err(error) = regex::compile(source, filter.match_case) {
                    self.refuse(filter, &error.to_string());
                    return;
                }
                let literals = regex::literals(source);
                let gram = literals
                    .iter()
                    .filter_map(|literal| chooser.choose(literal, |_| false))
                    .min_by_key(|choice| (choice.pair_common, choice.common, choice.single.gram))
                    .map(|choice| (choice, false));
                ("", Sort::Regex, gram)
            }
            Pattern::Host(_) | Pattern::Any => ("", Sort::Any, None),
        };
        let rare = gram.is_some_and(|(choice, _)| !choice.common);
        let sites = only_hosts(&filter.from).filter(|_| !rare);
        let from = match &sites {
            Some(_) if filter.from.exclude.is_empty() => &FOUND,
            _ => &filter.from,
        };
        let Some((class, _)) = self.class(filter, needle, from) else {
            return;
        };
        let text = match &filter.pattern {
            Pattern::Regex(source) => {
                let source = if filter.match_case {
                    source.clone()
                } else {
                    format!("(?i){source}")
                };
                self.regex(&source)
            }
            Pattern::Glob(_) => self.strings.push(needle),
            _ => self.strings.intern(""),
        };
        let record = self.record(filter, class, sort, text);
        self.filters += 1;
        let hosts = only_hosts(&filter.to).filter(|_| !rare);
        if let Some(sites) = sites {
            self.from_types = self.from_types.union(filter.types);
            for site in sites {
                self.from.push((host_hash(site.as_bytes()), record));
            }
        } else if let Some(hosts) = hosts {
            for host in hosts {
                let hash = host_hash(host.as_bytes());
                self.hosts.push((hash, Meaning::Record(record)));
            }
        } else if let Some((choice, exact)) = gram {
            self.filed.push((record, choice, exact));
        } else {
            self.always_types = self.always_types.union(filter.types);
            self.always.push(record);
        }
    }

    /// The entries of the table of grams, and how many places lie between two looks. A few short
    /// patterns are rather asked every time than that all addresses are looked at twice as often.
    fn grams(&mut self) -> (Vec<Entry>, u32) {
        let entry = |record, place: Place, exact: bool| {
            let at = u8::try_from(place.at).ok().filter(|_| exact);
            Entry {
                gram: place.gram,
                record,
                at: at.unwrap_or(SEARCH),
                sides: place.sides,
            }
        };
        let short = self
            .filed
            .iter()
            .filter(|(_, choice, _)| choice.pair.is_none());
        if short.count() > FEW {
            let single = self.filed.iter();
            let single = single.map(|&(record, choice, exact)| entry(record, choice.single, exact));
            return (single.collect(), 1);
        }
        let mut entries = Vec::with_capacity(self.filed.len() * 2);
        for &(record, choice, exact) in &self.filed {
            if let Some(pair) = choice.pair {
                entries.extend(pair.map(|place| entry(record, place, exact)));
            } else {
                self.always.push(record);
                self.always_types = TypeSet::ALL;
            }
        }
        (entries, 2)
    }

    fn record(&mut self, filter: &Filter, class: u32, sort: Sort, text: u32) -> u32 {
        let (anchor, end) = match &filter.pattern {
            Pattern::Glob(glob) => (glob.start, glob.end),
            _ => (Anchor::None, false),
        };
        self.records.push(Record {
            class,
            line: filter.source.line,
            text,
            sort,
            anchor,
            end,
            at_host: false,
            case: filter.match_case,
        });
        self.records.len() as u32 - 1
    }

    fn regex(&mut self, source: &str) -> u32 {
        self.regexes.push(self.strings.intern(source));
        self.regexes.len() as u32 - 1
    }
}

#[cfg(test)]
pub(super) mod tests;
