//! The filters of several lists together, with everything that was not understood.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::line::{self, Cosmetic, Syntax};
use super::preprocess::{Conditions, Environment};
use super::{
    Action, Filter, ListId, Metadata, Pattern, Problem, Reason, Scriptlet, Severity, Source, abp,
    encoding, hosts, match_pattern, metadata, scriptlet,
};

/// Longest line that can be a filter, in bytes.
const MAX_LINE: usize = 256 * 1024;
/// Most problems kept in full for one list; all are counted.
const MAX_PROBLEMS: usize = 10_000;
/// Most regular expressions of one list.
const MAX_REGEXES: usize = 5_000;
/// Deepest nesting of `!#include`.
const MAX_INCLUDE_DEPTH: usize = 5;
/// Most files that one list may include.
const MAX_INCLUDES: usize = 100;

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

    fn add_file(
        &mut self,
        list: &ListText<'_>,
        parent: Option<ListId>,
        depth: usize,
        includes: &mut usize,
    ) -> ListId {
        let Ok(index) = u16::try_from(self.lists.len()) else {
            let id = ListId(u16::MAX);
            self.problems
                .push(Problem::new(id, 0, list.title, Reason::TooManyLists));
            return id;
        };
        let id = ListId(index);
        let text = list.text.trim_start_matches('\u{feff}');
        let syntax = list.syntax.unwrap_or_else(|| Syntax::detect(text));
        self.lists.push(ListInfo {
            id,
            title: list.title.to_owned(),
            parent,
            syntax,
            metadata: Metadata::default(),
            counts: Counts::default(),
        });
        let mut reader = Reader {
            set: self,
            list,
            id,
            syntax,
            line: 0,
            conditions: Conditions::default(),
            opened_at: 0,
            in_section: list.sections.is_empty(),
            metadata: Metadata::default(),
            counts: Counts::default(),
            problems: 0,
            regexes: 0,
            depth,
            includes,
        };
        reader.read(text);
        let (metadata, counts) = (reader.metadata, reader.counts);
        if let Some(info) = self.lists.get_mut(index as usize) {
            if info.title.is_empty() {
                info.title.clone_from(&metadata.title);
            }
            info.metadata = metadata;
            info.counts = counts;
        }
        id
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
    (&a.action, a.important, &a.pattern, a.match_case)
        == (&b.action, b.important, &b.pattern, b.match_case)
        && (a.types, a.party, a.methods) == (b.types, b.party, b.methods)
        && (&a.from, &a.to, &a.denyallow) == (&b.from, &b.to, &b.denyallow)
}

/// Reads the lines of one file.
struct Reader<'a, 'b> {
    set: &'a mut FilterSet,
    list: &'a ListText<'b>,
    id: ListId,
    syntax: Syntax,
    line: u32,
    conditions: Conditions,
    /// The line of the last `!#if`.
    opened_at: u32,
    in_section: bool,
    metadata: Metadata,
    counts: Counts,
    problems: usize,
    regexes: usize,
    depth: usize,
    includes: &'a mut usize,
}

impl Reader<'_, '_> {
    fn read(&mut self, text: &str) {
        let mut lines = line::lines(text).peekable();
        while let Some(line) = lines.next() {
            self.line = self.line.saturating_add(1);
            if lines.peek().is_none() && line.is_empty() {
                // What follows the last line's end is no line.
                break;
            }
            self.counts.lines = self.counts.lines.saturating_add(1);
            if line.ends_with(" \\") && lines.peek().is_some_and(|next| next.starts_with("    ")) {
                let first = self.line;
                let mut joined = String::new();
                let mut part = line;
                loop {
                    let more = part.strip_suffix(" \\");
                    if joined.len() <= MAX_LINE {
                        joined.push_str(more.unwrap_or(part).trim());
                    }
                    if more.is_none() || !lines.peek().is_some_and(|n| n.starts_with("    ")) {
                        break;
                    }
                    part = lines.next().unwrap_or_default();
                    self.line = self.line.saturating_add(1);
                    self.counts.lines = self.counts.lines.saturating_add(1);
                    self.counts.comments = self.counts.comments.saturating_add(1);
                }
                let last = std::mem::replace(&mut self.line, first);
                self.line(joined.trim());
                self.line = last;
            } else {
                self.line(line.trim());
            }
        }
        if self.conditions.is_open() {
            self.line = self.opened_at;
            self.problem("", Reason::Unbalanced("“!#if” without “!#endif”"));
        }
    }

    fn line(&mut self, line: &str) {
        if line.is_empty() {
            self.counts.comments += 1;
            return;
        }
        if line.len() > MAX_LINE {
            // Only the beginning is looked at, and shown.
            let mut end = 400;
            while !line.is_char_boundary(end) {
                end -= 1;
            }
            self.problem(
                line.get(..end).unwrap_or_default(),
                Reason::TooLong(line.len()),
            );
            return;
        }
        if let Some(directive) = line.strip_prefix("!#") {
            self.directive(line, directive);
            return;
        }
        if !self.conditions.active() {
            self.counts.skipped += 1;
            return;
        }
        if let Some(comment) = self.comment(line) {
            self.counts.comments += 1;
            if self.line <= metadata::HEADER_LINES {
                self.metadata.comment(comment);
            }
            if !self.list.sections.is_empty()
                && let Some(title) = line::section(comment)
            {
                let title = title.to_lowercase();
                self.in_section = self
                    .list
                    .sections
                    .iter()
                    .any(|s| title.contains(&s.to_lowercase()));
            }
            return;
        }
        if !self.in_section {
            self.counts.skipped += 1;
            return;
        }
        if line.bytes().any(|b| (b < b' ' && b != b'\t') || b == 0x7f) {
            self.problem(line, Reason::ControlCharacters);
            return;
        }
        let result = match self.syntax {
            Syntax::Adblock => self.adblock(line),
            Syntax::Hosts | Syntax::Domains => self.names(line),
            Syntax::MatchPatterns => {
                match_pattern::parse(line, self.source()).map(|f| self.keep(f))
            }
        };
        if let Err(reason) = result {
            self.problem(line, reason);
        }
    }

    /// The text of a comment.
    fn comment<'l>(&self, line: &'l str) -> Option<&'l str> {
        if let Some(rest) = line.strip_prefix('!') {
            return Some(rest);
        }
        if self.syntax == Syntax::Adblock {
            if line::is_header(line) {
                return Some("");
            }
            let rest = line.strip_prefix('#')?;
            return line::cosmetic(line).is_none().then_some(rest);
        }
        line.strip_prefix('#').or_else(|| line.strip_prefix(';'))
    }

    fn source(&self) -> Source {
        Source {
            list: self.id,
            line: self.line,
        }
    }

    fn problem(&mut self, text: &str, reason: Reason) {
        count(&mut self.counts, &reason);
        if matches!(reason, Reason::Cosmetic) {
            let source = self.source();
            self.set.cosmetic.push(source);
            return;
        }
        self.problems += 1;
        if self.problems <= MAX_PROBLEMS {
            self.set
                .problems
                .push(Problem::new(self.id, self.line, text, reason));
        }
    }

    fn keep(&mut self, filter: Filter) {
        self.counts.filters += 1;
        self.set.filters.push(filter);
    }

    fn names(&mut self, line: &str) -> Result<(), Reason> {
        let parsed = match hosts::parse(line) {
            Some(parsed) => parsed?,
            None => hosts::parse_plain(line)?,
        };
        self.host_names(line, parsed);
        Ok(())
    }

    fn host_names(&mut self, line: &str, parsed: hosts::Line<'_>) {
        let hosts::Line::Names(names) = parsed else {
            self.counts.comments += 1;
            return;
        };
        // Each name is shown with its own part of a line that has many.
        let alone = names.len() == 1;
        for written in names {
            let text = if alone { line } else { written };
            match hosts::name(written) {
                Ok(name) => {
                    let filter = abp::host_filter(text, self.source(), name);
                    self.keep(filter);
                }
                Err(reason) => self.problem(text, reason),
            }
        }
    }

    fn adblock(&mut self, line: &str) -> Result<(), Reason> {
        match line::cosmetic(line) {
            Some(Cosmetic::Look) => return Err(Reason::Cosmetic),
            Some(Cosmetic::Refused(reason)) => return Err(reason),
            Some(Cosmetic::Scriptlet {
                sites,
                body,
                spelling,
                exception,
            }) => {
                let source = self.source();
                let found = scriptlet::parse(line, source, sites, body, spelling, exception)?;
                self.counts.scriptlets += found.len() as u32;
                self.set.scriptlets.extend(found);
                return Ok(());
            }
            None => {}
        }
        if let Some(parsed) = hosts::parse(line) {
            self.host_names(line, parsed?);
            return Ok(());
        }
        // `a.example # why`
        if line.contains([' ', '\t'])
            && hosts::looks_like_name(line)
            && let Ok(parsed) = hosts::parse_plain(line)
        {
            self.host_names(line, parsed);
            return Ok(());
        }
        let parsed = abp::parse(line, self.source())?;
        let is_regex = matches!(parsed.filter.pattern, Pattern::Regex(_));
        if is_regex {
            self.regexes += 1;
            if self.regexes > MAX_REGEXES {
                return Err(Reason::TooManyRegexes(MAX_REGEXES));
            }
        }
        for reason in parsed.partial {
            self.problem(line, reason);
        }
        if parsed.bad {
            self.counts.disabled += 1;
            self.set
                .bad
                .entry(meaning_hash(&parsed.filter))
                .or_default()
                .push(parsed.filter);
        } else {
            self.keep(parsed.filter);
        }
        Ok(())
    }

    fn directive(&mut self, line: &str, directive: &str) {
        let directive = directive.trim();
        let (name, rest) = directive
            .split_once(|c: char| c.is_whitespace() || c == '(')
            .unwrap_or((directive, ""));
        let result = match name {
            "if" => {
                let condition = directive.get(2..).unwrap_or_default();
                if !self.conditions.is_open() {
                    self.opened_at = self.line;
                }
                match self.set.environment.evaluate(condition) {
                    Ok((value, unknown)) => {
                        for token in unknown {
                            self.problem(line, Reason::ConditionToken(token));
                        }
                        self.conditions.open(Some(value))
                    }
                    Err(reason) => {
                        // The branches cannot be told apart: neither is in force.
                        let opened = self.conditions.open(None);
                        self.problem(line, reason);
                        opened
                    }
                }
            }
            "else" => self.conditions.turn(),
            "endif" => self.conditions.close(),
            "include" if self.conditions.active() && self.in_section => self.include(rest.trim()),
            "include" => {
                self.counts.skipped += 1;
                return;
            }
            // Hints for how other blockers build their own forms; nothing depends on them here.
            "safari_cb_affinity" | "+" | "diff" => Ok(()),
            other if other.starts_with('+') => Ok(()),
            other => Err(Reason::UnknownDirective(other.chars().take(40).collect())),
        };
        match result {
            Ok(()) => self.counts.comments += 1,
            Err(reason) => self.problem(line, reason),
        }
    }

    fn include(&mut self, path: &str) -> Result<(), Reason> {
        let refuse = |why| {
            Err(Reason::Include {
                path: path.chars().take(200).collect(),
                why,
            })
        };
        let leads_out = path.is_empty()
            || path.contains("://")
            || path.starts_with(['/', '\\'])
            || path.split(['/', '\\']).any(|part| part == "..");
        if leads_out {
            return refuse("only files beside the list can be included");
        }
        if self.depth >= MAX_INCLUDE_DEPTH {
            return refuse("files include each other too deeply");
        }
        *self.includes += 1;
        if *self.includes > MAX_INCLUDES {
            return refuse("too many files are included");
        }
        let Some(include) = self.list.include else {
            return refuse("nothing can be included here");
        };
        let Some(text) = include(path) else {
            return refuse("there is no such file");
        };
        let title = format!("{} › {path}", self.list.title);
        let part = ListText {
            title: &title,
            text: &text,
            syntax: None,
            // What is included belongs to the section it is included in.
            sections: &[],
            include: self.list.include,
        };
        self.set
            .add_file(&part, Some(self.id), self.depth + 1, self.includes);
        Ok(())
    }
}

impl FilterSet {
    /// The distinct resources that the filters redirect to.
    pub fn resources(&self) -> Vec<&str> {
        let names: HashSet<&str> = self
            .filters
            .iter()
            .filter_map(|f| match &f.action {
                Action::Redirect(r) => Some(r.resource.as_str()),
                _ => None,
            })
            .collect();
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        names
    }
}
