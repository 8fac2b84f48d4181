//! Where the engines differ and why: each difference is a test that shows both answers, so that one
//! that goes away is noticed. [`explained`] names those that recorded requests meet.

use crate::both::{Both, Question};

/// A meant difference, as far as the recorded requests show any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// See [`a_host_filter_without_types_stops_no_page`].
    PageWithoutType,
    /// See [`a_match_pattern_means_the_host`].
    MatchPattern,
}

/// Why the answers differ, given the request's type and the filters by which each side decided.
pub fn explained(kind: &str, ours: Option<&str>, theirs: &[String]) -> Option<Reason> {
    let host_only = |line: &String| {
        let line = line.trim_start_matches("@@");
        let host = line.strip_prefix("||").and_then(|l| l.strip_suffix('^'));
        host.is_some_and(|host| !host.contains(['/', '*', '^', '$']))
    };
    let match_pattern = |line: &str| {
        let (scheme, rest) = line.split_once("://").unwrap_or_default();
        ["*", "wss", "ws", "https", "http"].contains(&scheme) && rest.starts_with("*.")
    };
    let block = theirs.first();
    if kind == "main_frame" && ours.is_none() && block.is_some_and(host_only) {
        return Some(Reason::PageWithoutType);
    }
    let by_match_pattern = match (ours, block) {
        (Some(filter), None) => match_pattern(filter),
        (None, Some(filter)) => match_pattern(filter),
        _ => false,
    };
    by_match_pattern.then_some(Reason::MatchPattern)
}

/// Asserts both answers about a request for `url` from `from`.
fn differ(filters: &str, kind: &str, url: &str, from: &str, ours: &str, theirs: &str) {
    let both = Both::of(filters);
    let question = Question {
        url,
        from,
        kind,
        method: "GET",
    };
    assert_eq!(both.ours(question), ours, "{filters}: {url}");
    assert_eq!(both.theirs(question), theirs, "adblock: {filters}: {url}");
}

const SITE: &str = "https://site.example/";

/// Adblock Plus: a filter without `document` speaks of what a page loads. Brave's engine blocks
/// whole pages by filters that consist of a host, as uBlock Origin's strict blocking does; Nomine
/// shows its own page only where a filter asks for it.
#[test]
fn a_host_filter_without_types_stops_no_page() {
    let url = "https://miner.example/";
    differ("||miner.example^", "main_frame", url, url, "none", "block");
}

/// Lists such as minerBlock's are written in the browsers' match patterns, where `*.host` includes
/// the host itself and nothing outside the host counts. Read as plain wildcards they miss the bare
/// host and hit any address that only mentions it.
#[test]
fn a_match_pattern_means_the_host() {
    let filter = "*://*.miner.example/*";
    let script = |url, ours, theirs| differ(filter, "script", url, SITE, ours, theirs);
    script("https://a.miner.example/", "block", "block");
    script("https://miner.example/", "block", "none");
    let mention = "https://x.evil.example/?u=https://a.miner.example/";
    script(mention, "none", "block");
}

/// The peer takes a port for a part of the host's name, which no host ever equals.
#[test]
fn a_port_may_follow_a_host() {
    let url = "wss://miner.example:3333/";
    differ(
        "||miner.example:3333^",
        "websocket",
        url,
        SITE,
        "block",
        "none",
    );
}

/// The peer knows `match-case` only beside a regular expression and drops other filters with it.
#[test]
fn case_may_count_in_any_pattern() {
    let filter = "/CoinHive.min.js$match-case";
    let script = |url, ours| differ(filter, "script", url, SITE, ours, "none");
    script("https://x.example/CoinHive.min.js", "block");
    script("https://x.example/coinhive.min.js", "none");
}

/// The peer reads `|ws://` as "any WebSocket".
#[test]
fn an_anchored_scheme_is_that_scheme() {
    let socket = |url, ours, theirs| differ("|ws://", "websocket", url, SITE, ours, theirs);
    socket("ws://x.example/", "block", "block");
    socket("wss://x.example/", "none", "block");
}

/// The peer has no `denyallow` and drops filters with it.
#[test]
fn denyallow_spares_hosts() {
    let filter = "*$script,third-party,domain=site.example,denyallow=cdn.example|other.example";
    let script = |url, ours| differ(filter, "script", url, SITE, ours, "none");
    script("https://x.example/", "block");
    script("https://a.cdn.example/", "none");
    script("https://other.example/", "none");
}

/// The peer reads `to=` but does not ask it of requests: filters with it never match there.
#[test]
fn to_names_the_requested_hosts() {
    let script = |filter, url, ours| differ(filter, "script", url, SITE, ours, "none");
    let only = "/coin-worker.js$to=a.example|b.example";
    script(only, "https://a.example/coin-worker.js", "block");
    script(only, "https://x.b.example/coin-worker.js", "block");
    script(only, "https://c.example/coin-worker.js", "none");
    let but = "/coin-worker.js$to=~a.example";
    script(but, "https://a.example/coin-worker.js", "none");
    script(but, "https://c.example/coin-worker.js", "block");
}

/// The peer compares `domain=` with names as they are written; uBlock Origin's `name.*` stands for
/// the name below any public suffix.
#[test]
fn a_site_may_be_named_below_any_suffix() {
    let filter = "/coin-worker.js$domain=site.*";
    let script = |from, ours| {
        differ(
            filter,
            "script",
            "https://x.example/coin-worker.js",
            from,
            ours,
            "none",
        );
    };
    script("https://site.co.uk/", "block");
    script("https://a.site.com/", "block");
    script("https://other.com/", "none");
}

/// A window that a page opens is a type of its own for lists (`popup`); the peer drops such filters.
#[test]
fn popups_are_a_type() {
    let filter = "||miner.example^$popup";
    let of = |kind, ours| differ(filter, kind, "https://miner.example/", SITE, ours, "none");
    of("popup", "block");
    of("script", "none");
}

/// A filter may name methods beyond the three that the peer knows.
#[test]
fn any_method_can_be_named() {
    let both = Both::of("||miner.example^$method=put");
    let by = |method| Question {
        url: "https://miner.example/",
        from: SITE,
        kind: "xmlhttprequest",
        method,
    };
    assert_eq!(both.ours(by("PUT")), "block");
    assert_eq!(both.ours(by("POST")), "none");
    assert_eq!(both.theirs(by("PUT")), "none");
}

/// Sites may be named by a regular expression, as in uBlock Origin and in `AdGuard`.
#[test]
fn a_site_may_be_a_regular_expression() {
    let filter = r"||x.example^$domain=/^site\d+\./";
    let script = |from, ours| {
        differ(
            filter,
            "script",
            "https://x.example/coin-worker.js",
            from,
            ours,
            "none",
        );
    };
    script("https://site12.example/", "block");
    script("https://site.example/", "none");
}
