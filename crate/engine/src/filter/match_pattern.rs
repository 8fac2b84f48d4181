//! Match patterns of browser extensions: `*://*.example.com/lib*`.
//!
//! As the browsers document them, with what the lists of the first miner blockers add: `*` within
//! the host and `*` for a whole host in front of a path. Compared without regard to case.

use super::{Filter, Pattern, Reason, Source, abp, host};

/// Whether a line looks like a match pattern.
pub(super) fn looks_like(line: &str) -> bool {
    line.split_once("://").is_some_and(|(scheme, rest)| {
        matches!(scheme, "*" | "http" | "https" | "ws" | "wss") && rest.contains('/')
    })
}

/// Reads one match pattern.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str, source: Source) -> Result<Filter, Reason> {
    let (scheme, rest) = text
        .split_once("://")
        .ok_or(Reason::MatchPattern("it has no scheme"))?;
    if !matches!(scheme, "*" | "http" | "https" | "ws" | "wss") {
        return Err(Reason::MatchPattern(
            "its scheme is none of *, http, https, ws, wss",
        ));
    }
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        return Err(Reason::MatchPattern("it has spaces in it"));
    }
    let (name, path) = rest
        .split_at_checked(
            rest.find('/')
                .ok_or(Reason::MatchPattern("it has no path"))?,
        )
        .unwrap_or((rest, ""));
    let everywhere = path.bytes().all(|b| b == b'/' || b == b'*') && path.ends_with('*');
    match name {
        "" => return Err(Reason::MatchPattern("it has no host")),
        "*" if everywhere => return Err(Reason::TooWide),
        "*" => {
            let start = if scheme == "*" { "://*" } else { "" };
            let pattern = if scheme == "*" {
                format!("{start}{path}")
            } else {
                format!("|{scheme}://*{path}")
            };
            return glob(text, source, &pattern, path);
        }
        _ => {}
    }
    let bare = name.strip_prefix("*.");
    let subdomains = bare.is_some();
    let bare = bare.unwrap_or(name);
    let bare = if bare.contains('*') {
        bare.to_ascii_lowercase()
    } else {
        let (bare, port) = bare
            .split_once(':')
            .map_or((bare, None), |(b, p)| (b, Some(p)));
        let canonical = super::scope::canonical(bare, name)?;
        if !canonical.contains('.') && !host::is_address(&canonical) {
            return Err(Reason::SingleLabel(canonical));
        }
        match port {
            Some(port) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{canonical}:{port}")
            }
            Some(_) => return Err(Reason::MatchPattern("its port is not a number")),
            None => canonical,
        }
    };
    if subdomains && scheme == "*" && everywhere && !bare.contains(['*', ':']) {
        return Ok(abp::host_filter(text, source, bare));
    }
    if subdomains {
        if scheme != "*" {
            // A scheme and any subdomain at once is more than a glob can say; without the scheme
            // it says the same of the host, and ws and http differ in the resource type.
            let mut filter = glob(text, source, &format!("||{bare}{path}"), path)?;
            filter.types = schemes(scheme, filter.types);
            return Ok(filter);
        }
        return glob(text, source, &format!("||{bare}{path}"), path);
    }
    let start = if scheme == "*" {
        "://".to_owned()
    } else {
        format!("|{scheme}://")
    };
    glob(text, source, &format!("{start}{bare}{path}"), path)
}

/// `ws` and `wss` are `WebSocket`s; `http` and `https` everything else.
fn schemes(scheme: &str, types: super::TypeSet) -> super::TypeSet {
    let socket = super::TypeSet::of(super::ResourceType::WebSocket);
    if scheme.starts_with("ws") {
        socket
    } else {
        types.without(socket)
    }
}

/// Builds the filter; without a `*` at its end a match pattern reaches the end of the address.
fn glob(text: &str, source: Source, pattern: &str, path: &str) -> Result<Filter, Reason> {
    let pattern = if path.ends_with('*') {
        pattern.to_owned()
    } else {
        format!("{pattern}|")
    };
    match super::pattern::parse(&pattern, false)? {
        Pattern::Glob(g) => {
            if super::pattern::is_too_wide(&Pattern::Glob(g.clone())) {
                return Err(Reason::TooWide);
            }
            // `^` is a character like any other here, which addresses do not have.
            if g.text.contains('^') {
                return Err(Reason::MatchPattern(
                    "it has a character that addresses do not have",
                ));
            }
            Ok(abp::glob_filter(text, source, g.start, g.text, g.end))
        }
        Pattern::Host(name) => Ok(abp::host_filter(text, source, name)),
        Pattern::Any | Pattern::Regex(_) => Err(Reason::TooWide),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Anchor, Glob};
    use super::*;

    fn pattern(text: &str) -> Result<Pattern, Reason> {
        parse(text, Source::default()).map(|f| f.pattern)
    }

    fn glob(start: Anchor, text: &str, end: bool) -> Pattern {
        Pattern::Glob(Glob {
            start,
            end,
            text: text.into(),
        })
    }

    #[test]
    fn patterns() {
        assert_eq!(
            pattern("*://*.edgeno.de/*"),
            Ok(Pattern::Host("edgeno.de".into()))
        );
        assert_eq!(
            pattern("*://*.coin-hive.com/lib*"),
            Ok(glob(Anchor::Host, "coin-hive.com/lib", false))
        );
        assert_eq!(
            pattern("*://load.JSEcoin.com/*"),
            Ok(glob(Anchor::None, "://load.jsecoin.com/", false))
        );
        assert_eq!(
            pattern("*://*/*deepMiner.js"),
            Ok(glob(Anchor::None, "://*/*deepminer.js", true))
        );
        assert_eq!(
            pattern("https://a.example/x*"),
            Ok(glob(Anchor::Address, "https://a.example/x", false))
        );
        let socket = parse("wss://*.coinhive.com/proxy*", Source::default()).expect("fine");
        assert_eq!(
            socket.types,
            super::super::TypeSet::of(super::super::ResourceType::WebSocket)
        );
    }

    #[test]
    fn broken_ones() {
        assert_eq!(pattern("*://*/*"), Err(Reason::TooWide));
        assert_eq!(pattern("*://com/*"), Err(Reason::SingleLabel("com".into())));
        assert!(pattern("ftp://a.example/*").is_err());
        assert!(pattern("*://a.example").is_err());
        assert!(pattern("*:///x").is_err());
        assert!(pattern("*://a.example:x/*").is_err());
        assert!(pattern("a").is_err());
    }
}
