//! Our own cases (`cases.txt`): the documented answer, from both engines.

use crate::both::{Both, Question};

const CASES: &str = include_str!("cases.txt");

/// Filters, and the lines that ask about them.
struct Case<'c> {
    name: &'c str,
    filters: String,
    asked: Vec<&'c str>,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in CASES.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("== ") {
            cases.push(Case {
                name,
                filters: String::new(),
                asked: Vec::new(),
            });
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("? ") {
                Some(asked) => case.asked.push(asked),
                None => case.filters.extend([line, "\n"]),
            }
        }
    }
    cases
}

/// The answer that is expected, and the request.
fn read(line: &str) -> (&str, Question<'_>) {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let (Some(answer), Some(kind), Some(url)) = (next(), next(), next()) else {
        panic!("an answer, a type and an address are needed: {line}");
    };
    let mut question = Question {
        url,
        from: "https://site.example/",
        kind,
        method: "GET",
    };
    while let Some(word) = next() {
        match (word, next()) {
            ("from", Some(from)) => question.from = from,
            ("by", Some(method)) => question.method = method,
            _ => panic!("\"from\" or \"by\" and a value are needed: {line}"),
        }
    }
    (answer, question)
}

#[test]
fn both_give_the_documented_answer() {
    let mut wrong = Vec::new();
    let (mut lists, mut requests) = (0, 0);
    for case in cases() {
        let both = Both::of(&case.filters);
        lists += 1;
        for line in case.asked {
            let (expected, question) = read(line);
            let (ours, theirs) = (both.ours(question), both.theirs(question));
            requests += 1;
            if ours != expected || theirs != expected {
                wrong.push(format!(
                    "{}: {line}: we say {ours}, adblock {theirs}",
                    case.name
                ));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(lists >= 60 && requests >= 150, "{lists} and {requests}");
}
