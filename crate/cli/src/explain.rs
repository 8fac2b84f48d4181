//! `nomine explain`: the reasoning about an address or a file, as an engineer wants it.

use std::path::Path;

use nomine_engine::filter::Method;
use nomine_engine::request::{self, Request};
use nomine_engine::verdict::{Fact, Outcome};
use nomine_engine::{Decision, Effect};
use serde::Serialize;
use serde_json::json;

use crate::args::Explain;
use crate::check;
use crate::lists::{load_addresses, require_address, resource_type};
use crate::output::{Ending, Failure, Out, visible};
use crate::scan::{Judge, Report, open_one};

/// The types that an address is tried as.
const TYPES: [&str; 8] = [
    "main_frame",
    "sub_frame",
    "script",
    "xmlhttprequest",
    "websocket",
    "image",
    "webtransport",
    "other",
];

/// Runs the command.
pub fn run(options: &Explain) -> Result<Ending, Failure> {
    let subject = options.subject.as_str();
    if Path::new(subject).is_dir() {
        return Err(Failure::about(subject, "is a folder: use “nomine scan”"));
    }
    if subject == "-" || Path::new(subject).exists() {
        return file(options);
    }
    if !subject.contains(':') {
        return Err(Failure::about(
            subject,
            "no such file or folder, and not an address",
        ));
    }
    address(options)
}

/// The decision for one type of resource.
#[derive(Serialize)]
struct Case {
    r#type: &'static str,
    third_party: bool,
    #[serde(flatten)]
    decision: Decision,
}

fn address(options: &Explain) -> Result<Ending, Failure> {
    let url = options.subject.as_str();
    require_address(url)?;
    let addresses = load_addresses(&options.lists)?;
    let from = options.from.as_deref().unwrap_or_default();
    let mut cases = Vec::new();
    for name in TYPES {
        let kind = resource_type(name)?;
        cases.push(Case {
            r#type: name,
            third_party: Request::new(url, from, kind).is_third_party(),
            decision: addresses.check(url, from, kind, Method::Get),
        });
    }
    let asked = Request::new(url, from, nomine_engine::filter::ResourceType::Script);
    let (host, site) = (asked.host(), request::registrable_domain(asked.host()));
    let mut out = Out::stdout();
    if options.json {
        out.json(&json!({
            "url": asked.url(), "host": host, "site": site, "from": from, "context": asked.context_host(), "cases": cases,
        }))?;
    } else {
        out.line(format_args!("address    {}", visible(asked.url())))?;
        out.line(format_args!("host       {host}   site {site}"))?;
        let context = asked.context_host();
        out.line(format_args!(
            "asked by   {}   {}",
            if context.is_empty() {
                "nobody known"
            } else {
                context
            },
            if asked.is_third_party() {
                "third party"
            } else {
                "first party"
            }
        ))?;
        for case in &cases {
            out.line(format_args!("as {}:", case.r#type))?;
            check::print(&mut out, asked.url(), &case.decision)?;
        }
    }
    out.flush()?;
    let blocked = cases
        .iter()
        .any(|case| case.decision.effect == Effect::Block);
    Ok(if blocked {
        Ending::Found
    } else {
        Ending::Clean
    })
}

/// A fact for JSON.
#[derive(Serialize)]
struct Seen<'a> {
    name: &'a str,
    count: u32,
    function: Option<u32>,
    offset: Option<u32>,
    detail: &'a str,
}

/// A report with the facts that it rests on.
#[derive(Serialize)]
struct Reasoned<'a> {
    #[serde(flatten)]
    report: &'a Report,
    facts: Vec<Seen<'a>>,
}

fn file(options: &Explain) -> Result<Ending, Failure> {
    let judge = Judge::new(options.signatures.as_deref(), &options.lists)?;
    let mut out = Out::stdout();
    let (mut found, mut errors, mut seen) = (false, false, 0);
    for item in open_one(Path::new(&options.subject)) {
        let facts = judge.facts(&item);
        let Some(report) = judge.judge(item) else {
            continue;
        };
        seen += 1;
        found |= report.verdict == Outcome::Block;
        errors |= report.error.is_some();
        if options.json {
            let facts = facts.iter().map(seen_fact).collect();
            out.json(&Reasoned {
                report: &report,
                facts,
            })?;
        } else {
            print(&mut out, &report, &facts)?;
        }
    }
    if seen == 0 {
        return Err(Failure::about(
            &options.subject,
            "there is nothing in it that can be inspected",
        ));
    }
    out.flush()?;
    Ok(match (found, errors) {
        (true, _) => Ending::Found,
        (false, true) => Ending::Error,
        (false, false) => Ending::Clean,
    })
}

fn seen_fact(fact: &Fact) -> Seen<'_> {
    Seen {
        name: &fact.name,
        count: fact.count,
        function: fact.place.function,
        offset: fact.place.offset,
        detail: &fact.detail,
    }
}

fn print(out: &mut Out, report: &Report, facts: &[Fact]) -> Result<(), Failure> {
    let word = match report.verdict {
        Outcome::Block => out.paint("1;31", "block"),
        Outcome::Watch => out.paint("33", "watch"),
        Outcome::Allow => out.paint("32", "allow"),
    };
    let names = [report.family.as_str(), report.algorithm.as_str()];
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    out.line(format_args!(
        "{}: {word} {} {} %",
        visible(&report.path),
        names.join(", "),
        report.confidence
    ))?;
    if let Some(error) = &report.error {
        out.line(format_args!("  {}", visible(error)))?;
    }
    if facts.is_empty() {
        out.line("  no facts")?;
    } else {
        out.line("  facts")?;
    }
    for fact in facts {
        let place = place(fact.place.function, fact.place.offset);
        let detail = if fact.detail.is_empty() {
            String::new()
        } else {
            format!("  {}", visible(&fact.detail))
        };
        out.line(format_args!(
            "    {} ×{}{place}{detail}",
            fact.name, fact.count
        ))?;
    }
    if !report.evidence.is_empty() {
        out.line("  signatures that hold")?;
    }
    for evidence in &report.evidence {
        let place = place(evidence.place.function, evidence.place.offset);
        out.line(format_args!(
            "    {:+4}  {}{place}",
            evidence.weight, evidence.signature
        ))?;
        out.line(format_args!("          {}", visible(&evidence.detail)))?;
    }
    Ok(())
}

fn place(function: Option<u32>, offset: Option<u32>) -> String {
    let function = function
        .map(|index| format!(" function {index}"))
        .unwrap_or_default();
    let offset = offset.map(|at| format!(" at {at:#x}")).unwrap_or_default();
    function + &offset
}
