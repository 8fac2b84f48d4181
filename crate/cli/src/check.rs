//! `nomine check`: is this address blocked, and by what?

use nomine_engine::{Decision, Effect, Reason};
use serde::Serialize;

use crate::args::Check;
use crate::lists::{load_addresses, method, resource_type};
use crate::output::{Ending, Failure, Out, visible};

/// The answer; what `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    url: &'a str,
    from: &'a str,
    r#type: &'a str,
    method: &'a str,
    #[serde(flatten)]
    decision: Decision,
}

/// Runs the command.
pub fn run(options: &Check) -> Result<Ending, Failure> {
    let kind = resource_type(&options.kind)?;
    let method_asked = method(&options.method)?;
    let addresses = load_addresses(&options.lists)?;
    let from = options.from.as_deref().unwrap_or_default();
    crate::lists::require_address(&options.url)?;
    let decision = addresses.check(&options.url, from, kind, method_asked);
    let effect = decision.effect;
    let mut out = Out::stdout();
    if options.json {
        let answer = Answer {
            url: &options.url,
            from,
            r#type: &options.kind,
            method: &options.method,
            decision,
        };
        out.json(&answer)?;
    } else {
        print(&mut out, &options.url, &decision)?;
    }
    out.flush()?;
    Ok(if effect == Effect::Block {
        Ending::Found
    } else {
        Ending::Clean
    })
}

/// Prints a decision for a person.
pub fn print(out: &mut Out, url: &str, decision: &Decision) -> Result<(), Failure> {
    let url = visible(url);
    match decision.effect {
        Effect::Block => out.line(format_args!("{} {url}", out.paint("1;31", "blocked")))?,
        Effect::Allow => out.line(format_args!("{} {url}", out.paint("32", "allowed")))?,
        Effect::None => out.line(format_args!("not listed {url}"))?,
    }
    let mut reason = |word: &str, reason: &Reason| {
        out.line(format_args!(
            "  {word} {}\n    {}, line {}",
            visible(&reason.filter),
            visible(&reason.title),
            reason.line
        ))
    };
    if let Some(filter) = &decision.filter {
        reason(
            if decision.important {
                "important filter"
            } else {
                "filter"
            },
            filter,
        )?;
    }
    if let Some(exception) = &decision.exception {
        reason("exception", exception)?;
    }
    for policy in &decision.csp {
        reason(
            &format!("adds the policy “{}” by", policy.policy),
            &policy.reason,
        )?;
    }
    if let Some(redirect) = &decision.redirect {
        out.line(format_args!("  answered with {redirect}"))?;
    }
    Ok(())
}
