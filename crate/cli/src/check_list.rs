//! `nomine check-list`: what the extension would make of each line of a list that it follows.
//!
//! Firefox applies by the engine what it reads; its own rules hold the same as a floor. Chromium
//! applies what became a rule of its own, and nothing else.

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;

use nomine_engine::Engine;
use nomine_engine::filter::{Environment, FilterSet, ListId, ListText, Reason, Severity, Source};
use nomine_engine::ruleset::calls;
use nomine_engine::ruleset::dnr::{self, Browser, Limits};
use nomine_engine::update::share::export_fairly;
use serde::Serialize;

use crate::args::CheckList;
use crate::compile::more_problems;
use crate::output::{Ending, Failure, Out, plain, visible};
use crate::progress::Steps;
use crate::scan::kind;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    /// In force in every browser that it is meant for.
    InForce,
    /// Only the engine can apply it: in force in Firefox, not in Chromium.
    EngineOnly,
    /// It is not in force.
    Refused,
}

impl State {
    const fn words(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::EngineOnly => "engine only",
            Self::Refused => "refused",
        }
    }
}

/// How much of a line is among a browser's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Share {
    Whole,
    Partly,
    None,
}

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Line {
    #[serde(rename = "line")]
    number: u32,
    text: String,
    state: State,
    /// By browser; without those that a condition (`!#if`) leaves out.
    dnr: BTreeMap<String, Share>,
    /// Why it is not, or not wholly, in force or among a browser's rules.
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
            State::InForce => "32",
            State::EngineOnly => "33",
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
        out.line(summary(&lines, &counts))?;
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

/// The counts of states, and how many lines each browser has among its own rules.
fn summary(lines: &[Line], counts: &BTreeMap<State, u32>) -> String {
    if lines.is_empty() {
        return "no filters".to_owned();
    }
    let states: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{count} {}", state.words()))
        .collect();
    let rules = [Browser::Chromium, Browser::Firefox].map(|browser| {
        let name = browser.to_string().to_lowercase();
        let has = |line: &&Line| {
            line.dnr
                .get(&name)
                .is_some_and(|share| *share < Share::None)
        };
        let count = lines.iter().filter(has).count();
        format!("{count} in {browser}")
    });
    format!(
        "{}; among the browser's own rules: {}",
        states.join(", "),
        rules.join(", ")
    )
}

/// What becomes of the lines of a list that hold filters, and how many more have a problem.
fn examine(bytes: &[u8], file: &str) -> (Vec<Line>, u32) {
    let mut more = 0;
    let steps = Steps::new(4);
    let mut lines: BTreeMap<u32, Line> = BTreeMap::new();
    for (environment, browser) in [
        (Environment::chromium(), Browser::Chromium),
        (Environment::firefox(), Browser::Firefox),
    ] {
        let mut set = FilterSet::new(environment);
        steps.next(format_args!("reading {} as in {browser}", visible(file)));
        // Files that a list includes are not fetched, so they are not looked for here either.
        set.add_bytes(bytes, &ListText::default());
        steps.next(format_args!("compiling for {browser}"));
        judge(&set, browser, &mut lines);
        let lists = set.lists().iter();
        more = more.max(lists.map(|list| more_problems(&set, list)).sum());
    }
    // Not everything is kept by its text.
    let text = kind::text(bytes);
    let written: Vec<&str> = text.lines().collect();
    for line in lines.values_mut().filter(|line| line.text.is_empty()) {
        if let Some(text) = (line.number as usize)
            .checked_sub(1)
            .and_then(|index| written.get(index))
        {
            line.text = text.trim().chars().take(400).collect();
        }
    }
    (lines.into_values().collect(), more)
}

fn judge(set: &FilterSet, browser: Browser, lines: &mut BTreeMap<u32, Line>) {
    let name = browser.to_string().to_lowercase();
    let mut put =
        |source: Source, text: &str, state: State, share: Share, reason: Option<String>| {
            let line = lines.entry(source.line).or_insert_with(|| Line {
                number: source.line,
                text: text.chars().take(400).collect(),
                state,
                dnr: BTreeMap::new(),
                reasons: Vec::new(),
            });
            line.state = line.state.max(state);
            let known = line.dnr.entry(name.clone()).or_insert(share);
            *known = share.max(*known);
            if let Some(reason) = reason
                && !line.reasons.contains(&reason)
            {
                line.reasons.push(reason);
            }
        };
    for filter in set.filters() {
        put(
            filter.source,
            &filter.text,
            State::InForce,
            Share::Whole,
            None,
        );
    }
    for scriptlet in set.scriptlets() {
        let text = &scriptlet.text;
        put(scriptlet.source, text, State::InForce, Share::None, None);
    }
    let followed = calls::followed(set.scriptlets(), ListId(0).., browser, calls::ROOM);
    for (source, text, reason) in followed.left_out {
        // Firefox runs what names no hosts.
        let state = match browser {
            Browser::Chromium => State::EngineOnly,
            Browser::Firefox => State::Refused,
        };
        put(source, &text, state, Share::None, Some(reason.to_owned()));
    }
    for source in set.cosmetic() {
        let reason = Some(Reason::Cosmetic.to_string());
        put(*source, "", State::Refused, Share::None, reason);
    }
    let in_force: HashSet<Source> = set.filters().iter().map(|filter| filter.source).collect();
    for problem in set.problems() {
        let source = Source {
            list: problem.list,
            line: problem.line,
        };
        let (state, share) = match problem.reason.severity() {
            // Line 0 is the list as a whole.
            Severity::Partial if source.line == 0 || in_force.contains(&source) => {
                (State::InForce, Share::Partly)
            }
            _ => (State::Refused, Share::None),
        };
        let reason = Some(problem.reason.to_string());
        put(source, &problem.text, state, share, reason);
    }
    let options = dnr::Options {
        limits: Limits::for_lists(browser),
        ..dnr::Options::new(browser)
    };
    for left in export_fairly(set.filters(), &options).left_out {
        let (part, share) = if left.partly {
            ("in part: ", Share::Partly)
        } else {
            ("", Share::None)
        };
        let state = match browser {
            Browser::Chromium if !left.partly => State::EngineOnly,
            _ => State::InForce,
        };
        let reason = format!("{browser}, its own rules: {part}{}", left.reason);
        put(left.source, &left.text, state, share, Some(reason));
    }
    for refused in Engine::build(set).refused() {
        let reason = Some(refused.reason.clone());
        put(
            refused.source,
            &refused.text,
            State::Refused,
            Share::None,
            reason,
        );
    }
}
