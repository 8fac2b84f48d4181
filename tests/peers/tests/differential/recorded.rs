//! Every recorded request against every published list, and against the sets of the benchmark.
//! Without `NOMINE_DATA` there is nothing to ask.

use std::collections::BTreeMap;

use nomine_peers::{Data, List};

use crate::both::{Both, Question};
use crate::deviations::{Reason, explained};

/// More differences than this are not printed.
const SHOWN: usize = 20;

#[test]
fn recorded_requests_have_no_unexplained_difference() {
    let Some(data) = Data::from_environment() else {
        println!("skipped: NOMINE_DATA names no folder with lists and requests");
        return;
    };
    let recorded = data.requests("main");
    assert!(recorded.len() > 30_000);
    let asked: Vec<_> = recorded.into_iter().chain(data.requests("hits")).collect();
    let mut sets: Vec<Vec<List>> = data.lists().into_iter().map(|list| vec![list]).collect();
    sets.extend(["b", "c", "c300", "d"].map(|row| data.row(row)));
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut stopped = 0;
    for lists in &sets {
        let both = Both::new(lists, true);
        for one in &asked {
            let question = Question {
                url: &one.url,
                from: &one.initiator,
                kind: &one.kind,
                method: "GET",
            };
            let (ours, theirs) = (both.ours(question), both.theirs(question));
            stopped += usize::from(ours == "block");
            if ours == theirs {
                continue;
            }
            let decision = both.decision(question);
            let filter = decision
                .filter
                .as_ref()
                .map(|reason| reason.filter.as_str());
            let filters = both.their_filters(question);
            if let Some(reason) = explained(&one.kind, filter, &filters) {
                *counts.entry(reason).or_default() += 1;
            } else {
                wrong.push(format!(
                    "{}: {} {} from {}: we say {ours} ({filter:?}), adblock {theirs} ({filters:?})",
                    lists[0].name, one.kind, one.url, one.initiator
                ));
            }
        }
    }
    println!(
        "{} sets of lists, {} requests each, {stopped} stopped; explained differences: {counts:?}",
        sets.len(),
        asked.len()
    );
    assert!(stopped > 10_000, "{stopped}");
    let count = wrong.len();
    wrong.truncate(SHOWN);
    assert_eq!(wrong, [""; 0], "{count} in all");
}
