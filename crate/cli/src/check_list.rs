//! `nomine check-list`: what becomes of each line of a list.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;
use std::path::Path;

use nomine_engine::Engine;
use nomine_engine::filter::{Environment, FilterSet, ListText, Reason, Severity, Source};
use nomine_engine::ruleset::dnr::{self, Browser};
use serde::Serialize;

use crate::args::CheckList;
use crate::compile::more_problems;
use crate::lists::{add_file, titles};
use crate::output::{Ending, Failure, Out, plain, visible};
use crate::progress::Steps;
use crate::scan::kind;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// The browser itself applies it, in both browsers.
    Dnr,
    /// The engine applies it; at least one browser's own rules cannot express it.
    EngineOnly,
    /// The guard applies it in the page.
    Scriptlet,
    /// It is about the look of pages and no network filter.
    Cosmetic,
    /// It is not in force.
    Refused,
}

impl State {
    const fn words(self) -> &'static str {
        match self {
            Self::Dnr => "in force",
            Self::EngineOnly => "engine only",
            Self::Scriptlet => "scriptlet",
            Self::Cosmetic => "cosmetic",
            Self::Refused => "refused",
        }
    }
}

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(rename = "line")]
    number: u32,
    text: String,
    state: State,
    /// Why it is not, or not wholly, in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

/// Runs the command.
pub fn run(options: &CheckList) -> Result<Ending, Failure> {
    let bytes = if options.file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        bytes
    } else {
        std::fs::read(&options.file)
            .map_err(|error| Failure::about(&options.file, plain(&error)))?
    };
    let (lines, more) = examine(&bytes, &options.file);
    let mut out = Out::stdout();
    let mut counts: BTreeMap<State, u32> = BTreeMap::new();
    for line in &lines {
        *counts.entry(line.state).or_default() += 1;
        let problem = !line.reasons.is_empty() || line.state == State::Refused;
        if options.problems && !problem {
            continue;
        }
        if options.json {
            out.json(line)?;
            continue;
        }
        let colour = match line.state {
            State::Dnr | State::Scriptlet => "32",
            State::EngineOnly | State::Cosmetic => "33",
            State::Refused => "31",
        };
        let state = out.paint(colour, &format!("{:<11}", line.state.words()));
        out.line(format_args!(
            "{:>6}  {state}  {}",
            line.number,
            visible(&line.text)
        ))?;
        for reason in &line.reasons {
            out.line(format_args!("{:21}{}", "", visible(reason)))?;
        }
    }
    if !options.json {
        let parts: Vec<String> = counts
            .iter()
            .map(|(state, count)| format!("{count} {}", state.words()))
            .collect();
        out.line(if parts.is_empty() {
            "no filters".to_owned()
        } else {
            parts.join(", ")
        })?;
    }
    if more > 0 {
        crate::output::note(&format!(
            "{more} more lines are not, or not wholly, in force; only the first 10,000 are listed"
        ));
    }
    out.flush()?;
    Ok(if counts.contains_key(&State::Refused) {
        Ending::Found
    } else {
        Ending::Clean
    })
}

/// What becomes of the lines of a list that hold filters, and how many more have a problem.
fn examine(bytes: &[u8], file: &str) -> (Vec<Line>, u32) {
    let mut more = 0;
    let steps = Steps::new(4);
    let mut lines: BTreeMap<(u16, u32), Line> = BTreeMap::new();
    for (environment, browser) in [
        (Environment::chromium(), Browser::Chromium),
        (Environment::firefox(), Browser::Firefox),
    ] {
        let mut set = FilterSet::new(environment);
        steps.next(format_args!("reading {} as in {browser}", visible(file)));
        if file == "-" {
            set.add_bytes(bytes, &ListText::default());
        } else {
            add_file(&mut set, bytes, Path::new(file));
        }
        steps.next(format_args!("compiling for {browser}"));
        judge(&set, browser, &mut lines);
        let lists = set.lists().iter();
        more = more.max(lists.map(|list| more_problems(&set, list)).sum());
    }
    // Cosmetic filters are kept by their places only.
    let text = kind::text(bytes);
    let written: Vec<&str> = text.lines().collect();
    for line in lines
        .values_mut()
        .filter(|line| line.state == State::Cosmetic)
    {
        if let Some(text) = (line.number as usize)
            .checked_sub(1)
            .and_then(|index| written.get(index))
        {
            line.text = text.trim().chars().take(400).collect();
        }
    }
    (lines.into_values().collect(), more)
}

fn judge(set: &FilterSet, browser: Browser, lines: &mut BTreeMap<(u16, u32), Line>) {
    let mut put = |source: Source, text: &str, state: State, reason: Option<String>| {
        let line = lines
            .entry((source.list.0, source.line))
            .or_insert_with(|| Line {
                number: source.line,
                text: text.chars().take(400).collect(),
                state,
                reasons: Vec::new(),
            });
        // A line that one browser cannot express is not in force in both.
        line.state = line.state.max(state);
        if let Some(reason) = reason
            && !line.reasons.contains(&reason)
        {
            line.reasons.push(reason);
        }
    };
    for filter in set.filters() {
        put(filter.source, &filter.text, State::Dnr, None);
    }
    for scriptlet in set.scriptlets() {
        put(scriptlet.source, &scriptlet.text, State::Scriptlet, None);
    }
    for source in set.cosmetic() {
        let reason = Some(Reason::Cosmetic.to_string());
        put(*source, "", State::Cosmetic, reason);
    }
    let in_force: HashSet<Source> = set.filters().iter().map(|filter| filter.source).collect();
    for problem in set.problems() {
        let source = Source {
            list: problem.list,
            line: problem.line,
        };
        let state = match problem.reason.severity() {
            Severity::Partial if in_force.contains(&source) => State::Dnr,
            _ => State::Refused,
        };
        put(
            source,
            &problem.text,
            state,
            Some(problem.reason.to_string()),
        );
    }
    for left in dnr::export(set.filters(), &dnr::Options::new(browser)).left_out {
        let part = if left.partly { "in part: " } else { "" };
        put(
            left.source,
            &left.text,
            State::EngineOnly,
            Some(format!("{browser}: {part}{}", left.reason)),
        );
    }
    for refused in Engine::from_filters(&titles(set), set.filters()).refused() {
        put(
            refused.source,
            &refused.text,
            State::Refused,
            Some(refused.reason.clone()),
        );
    }
}
