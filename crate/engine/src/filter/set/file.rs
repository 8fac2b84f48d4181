//! One file of a list, line by line.

use super::{Counts, FilterSet, ListInfo, ListText, count, meaning_hash};
use crate::filter::line::{self, Cosmetic, Syntax};
use crate::filter::preprocess::Conditions;
use crate::filter::{
    Filter, ListId, Metadata, Pattern, Problem, Reason, Source, abp, hosts, match_pattern,
    metadata, scriptlet,
};
use crate::work::look;

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

impl FilterSet {
    /// Adds one file and what it includes, as part of `parent`.
    pub(super) fn add_file(
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
                    look(part.len());
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
            look(line.len());
            self.directive(line, directive);
            return;
        }
        look(line.len());
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
            return Err(Reason::NotIncluded(path.chars().take(200).collect()));
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
