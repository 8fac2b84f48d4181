//! Compiles filters into the sections of a ruleset. The same filters give the same bytes.

use std::collections::HashMap;
use std::collections::HashSet;

use super::bytes::StringsWriter;
use super::choose::{Choice, Chooser, Place};
use super::grams::{self, Entry, SEARCH};
use super::hosts;
use super::load::{IS_RECORD, MAX_RECORDS, META_SIZE, SECTIONS, Section, assemble};
use super::options::{Class, IMPORTANT, Kind, MATCH_CASE, NONE, RULE_ONLY, WHOLE, write_scope};
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

    /// The numbers of a filter's class and of its deciding part; `None` if the filter was refused.
    fn class(
        &mut self,
        filter: &'f Filter,
        needle: &str,
        from: &'f DomainScope,
    ) -> Option<(u32, u32)> {
        let (before, behind, whole) = around(&filter.text, needle);
        let core = Core {
            action: &filter.action,
            important: filter.important,
            match_case: filter.match_case,
            types: filter.types,
            party: filter.party,
            methods: filter.methods,
            from,
            to: &filter.to,
            denyallow: &filter.denyallow,
        };
        let list = filter.source.list.0;
        let key = Key {
            list,
            before,
            behind,
            whole,
            core,
        };
        if let Some((last, numbers)) = &self.last
            && *last == key
        {
            let numbers = *numbers;
            self.count(numbers.0);
            return Some(numbers);
        }
        let numbers = match self.class_numbers.get(&key) {
            Some(&numbers) => numbers,
            None => match self.new_class(&key) {
                Ok(numbers) => numbers,
                Err(reason) => {
                    self.refuse(filter, &reason);
                    return None;
                }
            },
        };
        self.count(numbers.0);
        self.last = Some((key, numbers));
        Some(numbers)
    }

    fn count(&mut self, class: u32) {
        if let Some((_, uses)) = self.classes.get_mut(class as usize) {
            *uses += 1;
        }
    }

    fn new_class(&mut self, key: &Key<'f>) -> Result<(u32, u32), String> {
        let core = &key.core;
        let mut flags = 0;
        for (flag, set) in [
            (IMPORTANT, core.important),
            (MATCH_CASE, core.match_case),
            (WHOLE, key.whole),
        ] {
            flags |= if set { flag } else { 0 };
        }
        let mut priority = 0;
        let (kind, argument) = match core.action {
            Action::Block => (Kind::Block, ""),
            Action::Allow => (Kind::Allow, ""),
            Action::Csp(Exception::No, policy) => (Kind::Csp, policy.as_str()),
            Action::Csp(Exception::Yes, policy) => (Kind::NoCsp, policy.as_str()),
            Action::Redirect(redirect) => {
                priority = redirect.priority;
                flags |= if redirect.blocks { 0 } else { RULE_ONLY };
                (Kind::Redirect, redirect.resource.as_str())
            }
            Action::NoRedirect(resource) => (Kind::NoRedirect, resource.as_str()),
        };
        let class = Class {
            kind,
            flags,
            party: core.party,
            types: core.types,
            methods: core.methods,
            list: key.list,
            before: self.strings.intern(key.before),
            behind: self.strings.intern(key.behind),
            argument: self.strings.intern(argument),
            from: self.scope(core.from)?,
            to: self.scope(core.to)?,
            denyallow: self.denyallow(core.denyallow)?,
            priority,
        };
        let cores = self.cores.len() as u32;
        let core = *self.cores.entry(core.clone()).or_insert(cores);
        self.classes.push((class, 0));
        let numbers = (self.classes.len() as u32 - 1, core);
        self.class_numbers.insert(key.clone(), numbers);
        Ok(numbers)
    }

    fn scope(&mut self, scope: &'f DomainScope) -> Result<u32, String> {
        if scope.include.is_empty() && scope.exclude.is_empty() {
            return Ok(NONE);
        }
        if let Some(&at) = self.scope_at.get(scope) {
            return Ok(at);
        }
        let at = self.new_scope(scope)?;
        self.scope_at.insert(scope, at);
        Ok(at)
    }

    fn new_scope(&mut self, scope: &DomainScope) -> Result<u32, String> {
        for entry in scope.include.iter().chain(&scope.exclude) {
            if let DomainPattern::Regex(source) = entry {
                regex::compile(source, false).map_err(|error| error.to_string())?;
            }
        }
        let (strings, regexes) = (&mut self.strings, &mut self.regexes);
        write_scope(&mut self.scopes, scope, |source| {
            regexes.push(strings.intern(&format!("(?i){source}")));
            regexes.len() as u32 - 1
        })
        .ok_or_else(|| "it names more than 65,535 sites".to_owned())
    }

    /// Hosts that are spared are a scope that excludes them.
    fn denyallow(&mut self, hosts: &'f [String]) -> Result<u32, String> {
        if hosts.is_empty() {
            return Ok(NONE);
        }
        if let Some(&at) = self.denyallow_at.get(hosts) {
            return Ok(at);
        }
        let exclude = hosts.iter().cloned().map(DomainPattern::Host).collect();
        let include = Vec::new();
        let at = self.new_scope(&DomainScope { include, exclude })?;
        self.denyallow_at.insert(hosts, at);
        Ok(at)
    }

    fn finish(mut self) -> (Vec<u8>, Vec<Refused>) {
        // The most used classes get the smallest numbers.
        let mut order: Vec<u32> = (0..self.classes.len() as u32).collect();
        order.sort_by_key(|&number| {
            let uses = self.classes.get(number as usize).map_or(0, |class| class.1);
            std::cmp::Reverse(uses)
        });
        let mut renumbered = vec![0u32; order.len()];
        let mut classes = Vec::new();
        for (new, &old) in order.iter().enumerate() {
            if let (Some(place), Some((class, _))) = (
                renumbered.get_mut(old as usize),
                self.classes.get(old as usize),
            ) {
                *place = new as u32;
                class.write(&mut classes);
            }
        }
        let number = |old: u32| renumbered.get(old as usize).copied().unwrap_or_default();
        let longest = self.hosts.iter().map(|(_, meaning)| match meaning {
            Meaning::Plain { line, .. } => *line,
            Meaning::Record(_) => 0,
        });
        let line_bits = u32::BITS - longest.max().unwrap_or(0).leading_zeros();
        let hosts = self.plain_or_record(line_bits, number);
        let mut records = Vec::new();
        for record in &self.records {
            let class = number(record.class);
            Record { class, ..*record }.write(&mut records);
        }
        let from: Vec<(u64, u32)> = self
            .from
            .iter()
            .map(|&(hash, record)| (hash, record | IS_RECORD))
            .collect();
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (entries, stride) = self.grams();
        let mut meta = Vec::with_capacity(META_SIZE);
        meta.extend_from_slice(&self.always_types.0.to_le_bytes());
        meta.extend_from_slice(&self.from_types.0.to_le_bytes());
        meta.extend_from_slice(&line_bits.to_le_bytes());
        meta.extend_from_slice(&self.filters.to_le_bytes());
        let mut sections: [Vec<u8>; SECTIONS] = Default::default();
        for (section, bytes) in [
            (Section::Hosts, hosts::write(hosts)),
            (Section::From, hosts::write(from)),
            (Section::Grams, grams::write(entries, stride)),
            (Section::Always, words(&self.always)),
            (Section::Regexes, words(&self.regexes)),
            (Section::Strings, self.strings.finish()),
            (Section::Lists, self.lists),
            (Section::Classes, classes),
            (Section::Scopes, self.scopes),
            (Section::Records, records),
            (Section::Meta, meta),
        ] {
            if let Some(place) = sections.get_mut(section as usize) {
                *place = bytes;
            }
        }
        (assemble(&sections), self.refused)
    }

    /// The final meanings of the host table, without repetitions of one host with one effect.
    fn plain_or_record(&mut self, line_bits: u32, number: impl Fn(u32) -> u32) -> Vec<(u64, u32)> {
        let mut known = HashSet::with_capacity(self.hosts.len());
        let mut out = Vec::with_capacity(self.hosts.len());
        for (hash, meaning) in std::mem::take(&mut self.hosts) {
            let meaning = match meaning {
                Meaning::Record(record) => record | IS_RECORD,
                Meaning::Plain { class, core, line } => {
                    if !known.insert((hash, core)) {
                        continue;
                    }
                    let short = number(class);
                    if short < 1 << (31 - line_bits) {
                        short << line_bits | line
                    } else {
                        self.long_record(class, line)
                    }
                }
            };
            out.push((hash, meaning));
        }
        out
    }

    /// A record for a host filter whose class number does not fit beside its line. The host is not
    /// kept: the request has it.
    fn long_record(&mut self, class: u32, line: u32) -> u32 {
        let text = self.strings.intern("");
        self.records.push(Record {
            class,
            line,
            text,
            sort: Sort::Host,
            anchor: Anchor::None,
            end: false,
            at_host: false,
            case: false,
        });
        (self.records.len() as u32 - 1) | IS_RECORD
    }
}

/// The sections of a ruleset without filters.
#[cfg(test)]
pub(super) fn empty_sections() -> [Vec<u8>; SECTIONS] {
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    sections[Section::Hosts as usize] = hosts::write(Vec::new());
    sections[Section::From as usize] = hosts::write(Vec::new());
    sections[Section::Grams as usize] = grams::write(Vec::new(), 1);
    sections[Section::Meta as usize] = vec![0; META_SIZE];
    sections
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::load::Ruleset;
    use super::*;
    use crate::filter::{Redirect, ResourceType};
    use crate::request::Request;

    fn filter(text: &str, pattern: Pattern) -> Filter {
        Filter {
            source: Source::default(),
            text: text.to_owned(),
            action: Action::Block,
            important: false,
            pattern,
            match_case: false,
            types: TypeSet::DEFAULT,
            party: Party::Any,
            from: DomainScope::default(),
            to: DomainScope::default(),
            denyallow: Vec::new(),
            methods: MethodSet::default(),
        }
    }

    fn glob(start: Anchor, text: &str) -> Pattern {
        Pattern::Glob(Glob {
            start,
            end: false,
            text: text.to_owned(),
        })
    }

    /// Filters that fill every section.
    fn sample() -> Vec<Filter> {
        let scope = DomainScope {
            include: vec![DomainPattern::Host("site.example".into())],
            exclude: vec![
                DomainPattern::Entity("other".into()),
                DomainPattern::Regex("^x[0-9]".into()),
            ],
        };
        let mut filters = vec![
            filter("||a.example^", Pattern::Host("a.example".into())),
            filter(
                "||b.example/miner*.js",
                glob(Anchor::Host, "b.example/miner*.js"),
            ),
            filter("/coinhive-x", glob(Anchor::None, "/coinhive-x")),
            filter("/ab+c[0-9]/", Pattern::Regex("ab+c[0-9]".into())),
            filter("*$domain=site.example", Pattern::Any),
            filter("^q^", glob(Anchor::None, "^q^")),
            filter("@@||c.a.example^", Pattern::Host("c.a.example".into())),
            filter(
                "||r.example^$redirect=noop.js",
                Pattern::Host("r.example".into()),
            ),
        ];
        filters[4].from = scope.clone();
        filters[2].to = DomainScope {
            include: Vec::new(),
            ..scope
        };
        filters[2].denyallow = vec!["d.example".into()];
        filters[6].action = Action::Allow;
        filters[7].action = Action::Redirect(Redirect {
            resource: "noop.js".into(),
            priority: 1,
            blocks: true,
        });
        filters
    }

    pub(in super::super) fn sample_bytes() -> Vec<u8> {
        let (bytes, refused) = build(&["Sample"], &sample());
        assert_eq!(refused, []);
        bytes
    }

    /// Asks about addresses that reach every part of [`sample`].
    pub(in super::super) fn ask_everything(rules: &Ruleset) {
        for url in [
            "https://c.a.example/",
            "https://b.example/miner-1.js",
            "https://x.example/coinhive-x/abbbc1/?q=",
            "https://r.example/",
        ] {
            let request = Request::new(url, "https://site.example/", ResourceType::Script);
            let found = rules.check(&request);
            let targets = [found.important, found.block, found.allow];
            for target in targets.into_iter().flatten() {
                rules.name(target, &request);
            }
            found.redirect(rules);
            found.policies(rules);
        }
    }

    #[test]
    fn the_same_filters_give_the_same_bytes() {
        assert_eq!(sample_bytes(), sample_bytes());
        let rules = Ruleset::load(sample_bytes()).unwrap();
        assert_eq!(rules.filters(), 8);
        ask_everything(&rules);
    }

    #[test]
    fn what_cannot_be_compiled_is_named() {
        let mut wrong_list = filter("x", Pattern::Host("x.example".into()));
        wrong_list.source.list = crate::filter::ListId(3);
        let bad = filter("/(/", Pattern::Regex("(".into()));
        let (bytes, refused) = build(&["Only"], &[wrong_list, bad]);
        assert_eq!(refused.len(), 2);
        assert_eq!(refused[1].text, "/(/");
        assert!(Ruleset::load(bytes).is_ok());
    }

    #[test]
    fn one_host_on_many_lists_is_kept_once() {
        let mut twice: Vec<Filter> = (0..4)
            .map(|_| filter("a.example", Pattern::Host("a.example".into())))
            .collect();
        twice[1].source.list = crate::filter::ListId(1);
        twice[2].important = true;
        let once = [twice[0].clone(), twice[2].clone()];
        let size = |filters: &[Filter]| build(&["A", "B"], filters).0.len();
        // The class of the other list's filter stays.
        assert!(size(&twice) < size(&once) + 64);
    }
}
