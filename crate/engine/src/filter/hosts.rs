//! Hosts files and plain lists of host names.

use super::{Reason, host};

/// What a line of such a file is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Blank, or a comment.
    Comment,
    /// The machine's own names (`127.0.0.1 localhost`): nothing to block.
    Boilerplate,
    /// Names to block; each is still to be made canonical.
    Names(Vec<&'a str>),
}

/// Names that hosts files give to the machine itself or to its network.
const OWN_NAMES: &[&str] = &[
    "localhost",
    "localhost.localdomain",
    "localhost4",
    "localhost6",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
    "0.0.0.0",
    "127.0.0.1",
    "localhost4.localdomain4",
    "localhost6.localdomain6",
];

/// Reads `0.0.0.0 a.example b.example # comment`. `None`: the line does not begin with an address.
pub(super) fn parse(line: &str) -> Option<Result<Line<'_>, Reason>> {
    let line = without_comment(line);
    let mut words = line.split_ascii_whitespace();
    let address = words.next()?;
    if !is_address(address) {
        return None;
    }
    // An address alone is a line of a domain list.
    let first = words.next()?;
    let names: Vec<&str> = std::iter::once(first)
        .chain(words)
        .filter(|name| !is_own(name))
        .collect();
    if !is_nowhere(address) {
        return Some(if names.is_empty() {
            Ok(Line::Boilerplate)
        } else {
            Err(Reason::HostsRedirection(address.to_owned()))
        });
    }
    Some(Ok(if names.is_empty() {
        Line::Boilerplate
    } else {
        Line::Names(names)
    }))
}

/// Reads a line that holds one name and nothing else.
pub(super) fn parse_plain(line: &str) -> Result<Line<'_>, Reason> {
    let line = without_comment(line);
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (None, _) => Ok(Line::Comment),
        (Some(name), None) => Ok(if is_own(name) {
            Line::Boilerplate
        } else {
            Line::Names(vec![name])
        }),
        (Some(_), Some(_)) => Err(Reason::NotAHost),
    }
}

/// The canonical name of one entry.
pub(super) fn name(written: &str) -> Result<String, Reason> {
    // Some lists write `*.example.com` for what is meant anyway: with subdomains.
    let bare = written.strip_prefix("*.").unwrap_or(written);
    let bare = bare.strip_prefix('.').unwrap_or(bare);
    let name = super::scope::canonical(bare, written)?;
    if name.contains('.') || name.starts_with('[') {
        Ok(name)
    } else {
        Err(Reason::SingleLabel(name))
    }
}

/// Cuts a comment off: everything from a `#` or `;` at the beginning or after a space.
fn without_comment(line: &str) -> &str {
    let bytes = line.as_bytes();
    let comment = bytes.iter().enumerate().position(|(i, b)| {
        matches!(b, b'#' | b';')
            && (i == 0 || bytes.get(i - 1).is_some_and(u8::is_ascii_whitespace))
    });
    comment.and_then(|at| line.get(..at)).unwrap_or(line)
}

fn is_address(word: &str) -> bool {
    // Most words are names, which hardly ever get far with the characters of an address.
    let in_address = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b'.' | b':');
    if !word.as_bytes().iter().take(5).all(in_address) {
        return false;
    }
    let word = word.split_once('%').map_or(word, |(head, _)| head);
    word.len() <= 45 && word.parse::<std::net::IpAddr>().is_ok()
}

/// Addresses that lead nowhere or to this machine: what blocking hosts files map names to.
fn is_nowhere(word: &str) -> bool {
    word.parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_unspecified() || address.is_loopback())
}

fn is_own(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whether a line looks like a name alone (for telling what kind of list this is).
pub(super) fn looks_like_name(line: &str) -> bool {
    matches!(parse_plain(line), Ok(Line::Names(names))
        if names.iter().all(|n| host::canonical(n.strip_prefix("*.").unwrap_or(n)).is_ok_and(|n| n.contains('.') || n.starts_with('['))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_hosts_files() {
        let names = |n: &[&'static str]| Some(Ok(Line::Names(n.to_vec())));
        for (line, expected) in [
            ("0.0.0.0 a.example", names(&["a.example"])),
            (
                "127.0.0.1\ta.example b.example  # why",
                names(&["a.example", "b.example"]),
            ),
            ("::1 a.example#b", names(&["a.example#b"])),
            ("::  A.Example. ;x", names(&["A.Example."])),
            ("0 a.example", None),
            ("127.0.0.1 localhost", Some(Ok(Line::Boilerplate))),
            ("fe80::1%lo0 localhost", Some(Ok(Line::Boilerplate))),
            ("255.255.255.255 broadcasthost", Some(Ok(Line::Boilerplate))),
            (
                "1.2.3.4 a.example",
                Some(Err(Reason::HostsRedirection("1.2.3.4".into()))),
            ),
            ("1.2.3.4", None),
            ("# 0.0.0.0 a.example", None),
            ("a.example", None),
            ("", None),
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn plain_lines() {
        assert_eq!(
            parse_plain("a.example # x"),
            Ok(Line::Names(vec!["a.example"]))
        );
        assert_eq!(parse_plain("# x"), Ok(Line::Comment));
        assert_eq!(parse_plain("a.example b.example"), Err(Reason::NotAHost));
        assert_eq!(name("*.A.example."), Ok("a.example".into()));
        assert_eq!(name("com"), Err(Reason::SingleLabel("com".into())));
        assert_eq!(name("[::1]"), Ok("[::1]".into()));
        assert!(name("a.example#b").is_err());
    }
}
