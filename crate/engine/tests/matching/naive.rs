//! A matcher that does everything the slow and obvious way: the meaning of filters, written down
//! once more, to compare the engine with.

use std::collections::BTreeSet;

use nomine_engine::filter::{
    Action, Anchor, DomainPattern, DomainScope, Exception, Filter, Glob, Party, Pattern,
    ResourceType,
};
use nomine_engine::{Effect, Request};

/// What the reference says about a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub effect: Effect,
    pub redirect: Option<String>,
    pub csp: BTreeSet<String>,
    /// The texts of all filters that match.
    pub matching: BTreeSet<String>,
}

/// Asks every filter in turn.
pub fn check(filters: &[Filter], request: &Request<'_>) -> Answer {
    let document = matches!(
        request.kind(),
        ResourceType::MainFrame | ResourceType::SubFrame
    );
    let matching: Vec<&Filter> = filters
        .iter()
        .filter(|filter| matches(filter, request))
        .collect();
    let blocks = |filter: &&&Filter| match &filter.action {
        Action::Block => true,
        Action::Redirect(redirect) => redirect.blocks,
        _ => false,
    };
    let important = matching.iter().filter(blocks).any(|f| f.important);
    let blocked = matching.iter().any(|filter| blocks(&filter));
    let allowed = matching.iter().any(|f| f.action == Action::Allow);
    let mut answer = Answer {
        effect: match (important, blocked, allowed) {
            (true, ..) | (_, true, false) => Effect::Block,
            (_, true, true) => Effect::Allow,
            _ => Effect::None,
        },
        ..Answer::default()
    };
    let without = |name: &str| {
        matching.iter().any(
            |f| matches!(&f.action, Action::NoRedirect(other) if other.is_empty() || other == name),
        )
    };
    if answer.effect == Effect::Block {
        answer.redirect = matching
            .iter()
            .filter_map(|filter| match &filter.action {
                Action::Redirect(r) if filter.important || !without(&r.resource) => Some(r),
                _ => None,
            })
            .max_by_key(|r| (r.priority, std::cmp::Reverse(r.resource.clone())))
            .map(|r| r.resource.clone());
    }
    let lifted = |policy: &str| {
        matching.iter().any(|filter| {
            matches!(&filter.action, Action::Csp(Exception::Yes, other)
                if other.is_empty() || other == policy)
        })
    };
    for filter in &matching {
        if let Action::Csp(Exception::No, policy) = &filter.action
            && document
            && (filter.important || !lifted(policy))
        {
            answer.csp.insert(policy.clone());
        }
    }
    answer.matching = matching.iter().map(|f| f.text.clone()).collect();
    answer
}

fn matches(filter: &Filter, request: &Request<'_>) -> bool {
    let party = match filter.party {
        Party::Any => true,
        Party::First => !request.is_third_party(),
        Party::Third => request.is_third_party(),
    };
    filter.types.contains(request.kind())
        && filter.methods.allows(request.method())
        && party
        && covers(&filter.from, request.context_host())
        && covers(&filter.to, request.host())
        && !filter
            .denyallow
            .iter()
            .any(|host| within(request.host(), host))
        && pattern(&filter.pattern, filter.match_case, request)
}

fn within(host: &str, parent: &str) -> bool {
    host == parent || host.ends_with(&format!(".{parent}"))
}

/// How specific an entry is for a host: the length of what it names, if it applies.
fn specificity(entry: &DomainPattern, host: &str) -> Option<usize> {
    match entry {
        DomainPattern::Host(name) => within(host, name).then_some(name.len()),
        DomainPattern::Entity(name) => {
            let suffix = psl::suffix_str(host)?;
            let full = format!("{name}.{suffix}");
            within(host, &full).then_some(full.len())
        }
        DomainPattern::Regex(source) => regex::Regex::new(source)
            .unwrap()
            .is_match(host)
            .then_some(usize::MAX),
    }
}

fn covers(scope: &DomainScope, host: &str) -> bool {
    let best = |entries: &[DomainPattern]| {
        entries
            .iter()
            .filter_map(|entry| specificity(entry, host))
            .max()
    };
    match (best(&scope.include), best(&scope.exclude)) {
        (Some(include), Some(exclude)) => include > exclude,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => scope.include.is_empty(),
    }
}

fn pattern(pattern: &Pattern, match_case: bool, request: &Request<'_>) -> bool {
    match pattern {
        Pattern::Any => true,
        Pattern::Host(host) => within(request.host(), host),
        Pattern::Glob(glob) => {
            let url = if match_case {
                request.url().to_owned()
            } else {
                request.url().to_ascii_lowercase()
            };
            glob_matches(glob, url.as_bytes(), request.host_range())
        }
        Pattern::Regex(source) => regex::RegexBuilder::new(source)
            .case_insensitive(!match_case)
            .build()
            .unwrap()
            .is_match(request.url()),
    }
}

fn glob_matches(glob: &Glob, url: &[u8], (host_start, host_end): (usize, usize)) -> bool {
    (0..=url.len()).any(|at| {
        let anchored = match glob.start {
            Anchor::None => true,
            Anchor::Address => at == 0,
            Anchor::Host => {
                (host_start..host_end).contains(&at) && (at == host_start || url[at - 1] == b'.')
            }
        };
        anchored && run(glob.text.as_bytes(), &url[at..], glob.end)
    })
}

/// Backtracks over every possibility.
fn run(text: &[u8], url: &[u8], end: bool) -> bool {
    let Some((&first, rest)) = text.split_first() else {
        return !end || url.is_empty();
    };
    match first {
        b'*' => (0..=url.len()).any(|skip| run(rest, &url[skip..], end)),
        b'^' if url.is_empty() => run(rest, url, end),
        b'^' => {
            let have = url[0] as char;
            let letter = have.is_ascii_alphanumeric() || "_-.%".contains(have) || url[0] >= 0x80;
            (!letter || have == '^') && run(rest, &url[1..], end)
        }
        literal => url.first() == Some(&literal) && run(rest, &url[1..], end),
    }
}
