//! Addresses in the one form that filters are compared with.
//!
//! The canonical form is the URL standard's as far as filters can tell the difference: the scheme
//! and host in lower case, the host in ASCII, numeric hosts as dotted IPv4, no user name, no
//! trailing dot. Path, query and fragment stay as they are. An address that is in this form already
//! is borrowed. Nothing is refused: what has no host (`data:`, `about:`, a bare word) is compared
//! as text and has an empty host.

use std::borrow::Cow;

use crate::filter::host;

/// Longer schemes than this are no schemes that a filter could mean.
const MAX_SCHEME: usize = 32;

/// An address with the position of its host.
#[derive(Debug)]
pub(super) struct Address<'a> {
    text: Cow<'a, str>,
    host: (usize, usize),
}

impl<'a> Address<'a> {
    /// Takes an address apart; rewrites it only where it is not canonical.
    pub(super) fn parse(url: &'a str) -> Self {
        match scan(url.as_bytes()) {
            Scan::Canonical(start, end) if is_whole(url, start, end) => Self {
                text: Cow::Borrowed(url),
                host: (start, end),
            },
            _ => rewrite(url),
        }
    }

    /// The address.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The position of the host in the address.
    pub(super) fn host_range(&self) -> (usize, usize) {
        self.host
    }

    /// The host.
    pub(super) fn host(&self) -> &str {
        self.text.get(self.host.0..self.host.1).unwrap_or_default()
    }
}

/// Whether an address is in its one form behind its host too: no port that its scheme implies, and
/// a path where its scheme has one.
fn is_whole(url: &str, start: usize, end: usize) -> bool {
    let tail = url.get(end..).unwrap_or_default();
    if tail.starts_with('/') {
        return true;
    }
    let scheme = url.get(..start.saturating_sub(3)).unwrap_or_default();
    let stop = |c: char| matches!(c, '/' | '?' | '#');
    let (port, path) = tail.split_at(tail.find(stop).unwrap_or(tail.len()));
    (port.is_empty() || !is_implied(scheme, port)) && (!is_special(scheme) || path.starts_with('/'))
}

/// Whether a scheme's addresses always have a path.
fn is_special(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "ws" | "wss" | "ftp")
}

/// Whether a port (with its colon) says nothing.
fn is_implied(scheme: &str, port: &str) -> bool {
    matches!(
        (scheme, port),
        (_, "" | ":") | ("http" | "ws", ":80") | ("https" | "wss", ":443") | ("ftp", ":21")
    )
}

/// What the first look at an address finds.
enum Scan {
    /// Canonical up to the end of the host at this position (empty when there is none).
    Canonical(usize, usize),
    /// Anything that needs a closer look.
    Odd,
}

/// Classes of bytes in an authority.
const PLAIN: u8 = 0;
const END: u8 = 1;
const PORT: u8 = 2;
const ODD: u8 = 3;

/// What each byte means between `://` and the path.
static AUTHORITY: [u8; 256] = {
    let mut table = [ODD; 256];
    let mut byte = 0;
    while byte < 128 {
        let b = byte as u8;
        if b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_') {
            table[byte] = PLAIN;
        } else if matches!(b, b'/' | b'?' | b'#') {
            table[byte] = END;
        } else if b == b':' {
            table[byte] = PORT;
        }
        byte += 1;
    }
    table
};

/// One pass over scheme and authority.
fn scan(url: &[u8]) -> Scan {
    let Some(start) = authority_start(url) else {
        return Scan::Odd;
    };
    let rest = url.get(start..).unwrap_or_default();
    let mut end = 0;
    // Eight bytes at a time as long as all of them are plain.
    while let Some(bytes) = rest.get(end..).and_then(<[u8]>::first_chunk::<8>)
        && bytes
            .iter()
            .fold(PLAIN, |all, &b| all | AUTHORITY[b as usize])
            == PLAIN
    {
        end += 8;
    }
    while let Some(&byte) = rest.get(end) {
        match AUTHORITY[byte as usize] {
            PLAIN => end += 1,
            ODD => return Scan::Odd,
            PORT if !port_is_plain(rest.get(end..).unwrap_or_default()) => return Scan::Odd,
            _ => break,
        }
    }
    // A host whose last label begins with a digit is an IPv4 address, perhaps oddly written; an
    // empty last label is a trailing dot.
    let host = rest.get(..end).unwrap_or_default();
    let last = host.rsplit(|&b| b == b'.').next().unwrap_or_default();
    match last.first() {
        Some(first) if !first.is_ascii_digit() => Scan::Canonical(start, start + end),
        _ => Scan::Odd,
    }
}

/// Whether a port (with its colon) is digits up to the end of the authority.
fn port_is_plain(text: &[u8]) -> bool {
    for &byte in text.iter().skip(1) {
        match byte {
            b'0'..=b'9' => {}
            b'/' | b'?' | b'#' => return true,
            _ => return false,
        }
    }
    true
}

/// Where the authority begins in an address whose scheme is plain lower case.
fn authority_start(url: &[u8]) -> Option<usize> {
    // The two that make up nearly all requests.
    if url.first_chunk() == Some(b"https://") {
        return Some(8);
    }
    if url.first_chunk() == Some(b"http://") {
        return Some(7);
    }
    let colon = url.iter().take(MAX_SCHEME).position(|&b| b == b':')?;
    let scheme = url.get(..colon)?;
    let plain =
        |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.');
    let named = scheme.first()?.is_ascii_lowercase() && scheme.iter().all(plain);
    (named && url.get(colon..)?.starts_with(b"://") && !hostless(scheme)).then_some(colon + 3)
}

/// Schemes whose `//` introduces no host that a filter could name.
fn hostless(scheme: &[u8]) -> bool {
    matches!(
        scheme,
        b"data" | b"blob" | b"about" | b"javascript" | b"file" | b"filesystem"
    )
}

/// The slow way, for everything that is not canonical at first sight.
fn rewrite(url: &str) -> Address<'_> {
    let trimmed = url.trim_matches(|c: char| c <= ' ');
    let bytes = trimmed.as_bytes();
    let colon = bytes.iter().take(MAX_SCHEME).position(|&b| b == b':');
    let scheme = colon.and_then(|at| trimmed.get(..at)).unwrap_or_default();
    let rest = colon
        .and_then(|at| trimmed.get(at + 1..))
        .unwrap_or_default();
    let named = scheme
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if !named {
        return textual(Cow::Borrowed(trimmed));
    }
    let scheme = scheme.to_ascii_lowercase();
    if matches!(scheme.as_str(), "blob" | "filesystem") {
        // The origin is inside: `blob:https://host/uuid`.
        let inner = Address::parse_once(rest);
        let shift = scheme.len() + 1;
        return Address {
            host: (inner.host.0 + shift, inner.host.1 + shift),
            text: Cow::Owned(format!("{scheme}:{}", inner.text)),
        };
    }
    let special = is_special(&scheme);
    let authority_and_path = if special {
        rest.trim_start_matches(['/', '\\'])
    } else {
        match rest.strip_prefix("//") {
            Some(authority) if !hostless(scheme.as_bytes()) => authority,
            _ => return textual(Cow::Owned(format!("{scheme}:{rest}"))),
        }
    };
    with_authority(&scheme, authority_and_path, special)
}

impl<'a> Address<'a> {
    /// Like [`Self::parse`], but what is inside a `blob:` is not looked into again.
    fn parse_once(url: &'a str) -> Self {
        match scan(url.as_bytes()) {
            Scan::Canonical(start, end) if is_whole(url, start, end) => Self {
                text: Cow::Borrowed(url),
                host: (start, end),
            },
            _ => match url.split_once("://") {
                Some((scheme, rest)) if is_special(scheme) => with_authority(scheme, rest, true),
                _ => textual(Cow::Borrowed(url)),
            },
        }
    }
}

/// Puts an address together again from its scheme and everything behind `//`.
fn with_authority(scheme: &str, rest: &str, special: bool) -> Address<'static> {
    let stop = |c: char| matches!(c, '/' | '?' | '#') || (special && c == '\\');
    let (authority, path) = rest.split_at(rest.find(stop).unwrap_or(rest.len()));
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let (host, port) = split_port(authority);
    let decoded = percent_decoded(host);
    let host = match host::canonical(&decoded) {
        Ok(host) => host.into_owned(),
        // No name that could be registered, but browsers look it up: below a listed one it counts.
        Err(_) => match decoded.trim_end_matches('.').to_ascii_lowercase() {
            host if !host.is_empty() && host.bytes().all(may_be_in_host) => host,
            _ => return textual(Cow::Owned(format!("{scheme}://{rest}"))),
        },
    };
    let port = if is_implied(scheme, port) { "" } else { port };
    let start = scheme.len() + 3;
    let end = start + host.len();
    // A special address always has a path.
    let slash = if special && !path.starts_with(['/', '\\']) {
        "/"
    } else {
        ""
    };
    Address {
        text: Cow::Owned(format!("{scheme}://{host}{port}{slash}{path}")),
        host: (start, end),
    }
}

/// Whether browsers take a byte in a host (the URL standard's forbidden domain code points are those
/// they refuse).
const fn may_be_in_host(byte: u8) -> bool {
    byte > b' '
        && byte < 0x7f
        && !matches!(
            byte,
            b'#' | b'%'
                | b'/'
                | b':'
                | b'<'
                | b'>'
                | b'?'
                | b'@'
                | b'['
                | b'\\'
                | b']'
                | b'^'
                | b'|'
        )
}

/// Host and port (with its colon) of an authority without user name.
fn split_port(authority: &str) -> (&str, &str) {
    let from = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(from..).and_then(|tail| tail.rfind(':')) {
        Some(colon) => authority.split_at(from + colon),
        None => (authority, ""),
    }
}

/// An address without host.
fn textual(text: Cow<'_, str>) -> Address<'_> {
    Address { text, host: (0, 0) }
}

/// A host with `%41` and the like decoded.
fn percent_decoded(host: &str) -> Cow<'_, str> {
    if !host.contains('%') {
        return Cow::Borrowed(host);
    }
    let mut out = Vec::with_capacity(host.len());
    let mut rest = host.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|&b| (b as char).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            out.push((high * 16 + low) as u8);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(host), Cow::Owned)
}

/// The host of an initiator: of an address, an origin, or a bare host.
pub(super) fn host_of(initiator: &str) -> Cow<'_, str> {
    if let Scan::Canonical(start, end) = scan(initiator.as_bytes()) {
        return Cow::Borrowed(initiator.get(start..end).unwrap_or_default());
    }
    let address = rewrite(initiator);
    if !address.host().is_empty() {
        return Cow::Owned(address.host().to_owned());
    }
    if initiator.is_empty()
        || initiator == "null"
        || initiator.contains(['/', ':']) && !initiator.starts_with('[')
    {
        return Cow::Borrowed("");
    }
    host::canonical(initiator).unwrap_or(Cow::Borrowed(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_take_one_form() {
        let cases = [
            (
                "https://example.com/A?b#c",
                "https://example.com/A?b#c",
                "example.com",
            ),
            (
                "HTTPS://Example.COM./a",
                "https://example.com/a",
                "example.com",
            ),
            (
                "https://example.com.:8443/a",
                "https://example.com:8443/a",
                "example.com",
            ),
            (
                "https://u:p@example.com:443/",
                "https://example.com/",
                "example.com",
            ),
            (
                "https://a@b@example.com/@c",
                "https://example.com/@c",
                "example.com",
            ),
            (
                "wss://pool.example:3333",
                "wss://pool.example:3333/",
                "pool.example",
            ),
            (
                "https://bücher.example/ü",
                "https://xn--bcher-kva.example/ü",
                "xn--bcher-kva.example",
            ),
            (
                "http://[2001:DB8:0::1]:81/x",
                "http://[2001:db8::1]:81/x",
                "[2001:db8::1]",
            ),
            ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1"),
            ("http://2130706433/", "http://127.0.0.1/", "127.0.0.1"),
            ("http://192.0.2.1/", "http://192.0.2.1/", "192.0.2.1"),
            (
                "https://ex%61mple.com/",
                "https://example.com/",
                "example.com",
            ),
            (
                "https:\\\\example.com\\a",
                "https://example.com\\a",
                "example.com",
            ),
            (
                "https://example.com?q",
                "https://example.com/?q",
                "example.com",
            ),
            (
                "blob:https://Example.com/1-2",
                "blob:https://example.com/1-2",
                "example.com",
            ),
            (
                "data:text/plain,//x.example/",
                "data:text/plain,//x.example/",
                "",
            ),
            ("about:blank", "about:blank", ""),
            ("", "", ""),
            ("https://", "https://", ""),
            (" ://example.com", "://example.com", ""),
            ("1://example.com", "1://example.com", ""),
            (
                "https://!.Example.com/",
                "https://!.example.com/",
                "!.example.com",
            ),
            ("file:///etc/x", "file:///etc/x", ""),
            (
                "  https://example.com/ ",
                "https://example.com/",
                "example.com",
            ),
            (
                "moz-extension://ab-cd/x.js",
                "moz-extension://ab-cd/x.js",
                "ab-cd",
            ),
        ];
        for (given, text, host) in cases {
            let address = Address::parse(given);
            assert_eq!((address.text(), address.host()), (text, host), "{given}");
        }
    }

    #[test]
    fn canonical_addresses_are_borrowed() {
        let address = Address::parse("https://sub.example.com:8080/Path?Query");
        assert!(matches!(address.text, Cow::Borrowed(_)));
    }

    #[test]
    fn an_implied_port_says_nothing() {
        for (given, text) in [
            ("https://a.example:443/x", "https://a.example/x"),
            ("ws://a.example:80", "ws://a.example/"),
            ("http://a.example:443", "http://a.example:443/"),
        ] {
            assert_eq!(Address::parse(given).text(), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn both_ways_agree(
            url in "(https?|wss?|ftp|moz-extension)://[a-zA.1-]{1,12}(:(80|443|21|8080)?)?([/?#][a-z/?:#]{0,8})?"
        ) {
            let (fast, slow) = (Address::parse(&url), rewrite(&url));
            proptest::prop_assert_eq!(
                (fast.text(), fast.host_range()),
                (slow.text(), slow.host_range())
            );
        }
    }

    #[test]
    fn initiators_may_be_bare_hosts() {
        for (given, host) in [
            ("https://a.example/x", "a.example"),
            ("https://A.example", "a.example"),
            ("a.example", "a.example"),
            ("[::1]", "[::1]"),
            ("null", ""),
            ("", ""),
            ("about:blank", ""),
            ("blob:https://a.example/1", "a.example"),
        ] {
            assert_eq!(host_of(given), host, "{given}");
        }
    }
}
