//! Network filters in the syntax of Adblock Plus and uBlock Origin.
//!
//! Follows the documentation of both; where they differ, uBlock Origin's reading is taken, as it
//! is the one that the lists against miners are written for:
//! - a bare host name on a line of its own is that host with its subdomains;
//! - `@@…$document` spares the page itself, not everything in it.
//!
//! Not supported, and reported line by line: everything named in `options::is_known_elsewhere`,
//! and cosmetic filters.

use super::{
    Action, Anchor, DomainScope, Filter, Glob, MethodSet, Party, Pattern, Reason, Source, TypeSet,
    host, options, pattern,
};

/// A line that is a network filter.
#[derive(Debug)]
pub(super) struct Line {
    /// The filter.
    pub filter: Filter,
    /// It says `badfilter`: it is to take an equal filter out of force.
    pub bad: bool,
    /// Parts of it that are not in force.
    pub partial: Vec<Reason>,
}

/// Endings of file names that lists block by and that are not top-level domains.
const FILE_ENDINGS: &[&str] = &[
    "asp", "aspx", "cgi", "css", "gif", "htm", "html", "jpeg", "jpg", "js", "json", "jsp", "mjs",
    "mp3", "mp4", "php", "png", "svg", "swf", "txt", "wasm", "webp", "xml",
];

/// Reads one network filter (no comment, no cosmetic filter).
///
/// # Errors
/// What is broken or not supported in it.
pub(super) fn parse(text: &str, source: Source) -> Result<Line, Reason> {
    let (exception, rest) = text.strip_prefix("@@").map_or((false, text), |r| (true, r));
    let (body, options_text) = split_options(rest);
    let options = options::parse(options_text, exception)?;
    let body = body.trim();
    let pattern = match bare_host(body) {
        Some(name) => Pattern::Host(name),
        None => pattern::parse(body, options.match_case)?,
    };
    if body.is_empty() && options_text.is_empty() {
        return Err(Reason::NotAFilter("nothing is written before the options"));
    }
    let action = match options.modifier {
        Some(modifier) => modifier,
        None if exception => Action::Allow,
        None => Action::Block,
    };
    let filter = Filter {
        source,
        text: text.to_owned(),
        action,
        important: options.important,
        pattern,
        match_case: options.match_case,
        types: options.types,
        party: options.party,
        from: options.from,
        to: options.to,
        denyallow: options.denyallow,
        methods: options.methods,
    };
    if blocks_everything(&filter) {
        return Err(Reason::TooWide);
    }
    Ok(Line {
        filter,
        bad: options.bad,
        partial: options.partial,
    })
}

/// A filter for a host with its subdomains and nothing else.
pub(super) fn host_filter(text: &str, source: Source, name: String) -> Filter {
    Filter {
        source,
        text: text.to_owned(),
        action: Action::Block,
        important: false,
        pattern: Pattern::Host(name),
        match_case: false,
        types: TypeSet::DEFAULT,
        party: Party::Any,
        from: DomainScope::default(),
        to: DomainScope::default(),
        denyallow: Vec::new(),
        methods: MethodSet::default(),
    }
}

/// A filter for a pattern and nothing else.
pub(super) fn glob_filter(
    text: &str,
    source: Source,
    start: Anchor,
    glob: String,
    end: bool,
) -> Filter {
    Filter {
        pattern: Pattern::Glob(Glob {
            start,
            end,
            text: glob,
        }),
        ..host_filter(text, source, String::new())
    }
}

fn split_options(text: &str) -> (&str, &str) {
    match options::start(text) {
        Some(at) => (
            text.get(..at).unwrap_or(text),
            text.get(at + 1..).unwrap_or_default(),
        ),
        None => (text, ""),
    }
}

/// `example.com` on a line of its own.
fn bare_host(body: &str) -> Option<String> {
    let first = body.chars().next()?;
    if !(first.is_alphanumeric() || first == '_') || body.contains(['/', '*', '^', '|', ':']) {
        return None;
    }
    let name = host::canonical(body).ok()?;
    let (_, last) = name.rsplit_once('.')?;
    let is_top_level = host::is_address(&name)
        || (last.len() > 1
            && !FILE_ENDINGS.contains(&last)
            && (last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_alphabetic())));
    is_top_level.then(|| name.into_owned())
}

/// A block without any condition whose pattern says next to nothing.
fn blocks_everything(filter: &Filter) -> bool {
    matches!(filter.action, Action::Block | Action::Redirect(_))
        && filter.party == Party::Any
        && filter.from.include.is_empty()
        && filter.to.include.is_empty()
        && filter.methods == MethodSet::default()
        && filter.types.0 & TypeSet::DEFAULT.0 == TypeSet::DEFAULT.0
        && pattern::is_too_wide(&filter.pattern)
}
