//! What kind of line stands there: comment, directive, cosmetic filter, scriptlet, network filter.

use crate::work::look;

use super::{Reason, scriptlet::Spelling};

/// The way a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Syntax {
    /// Adblock Plus and uBlock Origin; lines of hosts files and bare names are understood too.
    Adblock,
    /// A hosts file; bare names are understood too.
    Hosts,
    /// One name a line; lines of hosts files are understood too.
    Domains,
    /// Match patterns of browser extensions.
    MatchPatterns,
}

/// How many lines with content are looked at to tell what a list is.
const SAMPLE_LINES: usize = 2000;
/// How many bytes at most of each.
const SAMPLE_WIDTH: usize = 300;

impl Syntax {
    /// The syntax that most of the first lines are written in.
    pub fn detect(text: &str) -> Self {
        let mut hosts = 0_u32;
        let mut names = 0_u32;
        let mut patterns = 0_u32;
        let mut adblock = 0_u32;
        let mut bangs = 0_u32;
        let mut seen = 0;
        for line in lines(text).take(20 * SAMPLE_LINES) {
            if seen == SAMPLE_LINES {
                break;
            }
            let line = head(line).trim();
            if line.is_empty() {
                continue;
            }
            seen += 1;
            if line.starts_with('[') && line.ends_with(']') {
                if is_header(line) {
                    return Self::Adblock;
                }
            } else if line.starts_with('!') {
                bangs += 1;
            } else if line.starts_with("@@") || line.starts_with('|') {
                adblock += 1;
            } else if line.starts_with('#') && cosmetic(line).is_none() {
                // Comments that hosts files and plain lists have, but others too.
            } else if super::hosts::parse(line).is_some() {
                hosts += 1;
            } else if super::match_pattern::looks_like(line) {
                patterns += 1;
            } else if super::hosts::looks_like_name(line) {
                names += 1;
            } else {
                adblock += 1;
            }
        }
        // A bare name is at home everywhere; the others have to be more than stray lines.
        let most = hosts.max(patterns).max(adblock).max(names);
        if most == 0 || most == adblock || (most == names && bangs > 0) {
            Self::Adblock
        } else if most == hosts {
            Self::Hosts
        } else if most == patterns {
            Self::MatchPatterns
        } else {
            Self::Domains
        }
    }
}

fn head(line: &str) -> &str {
    let mut end = line.len().min(SAMPLE_WIDTH);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or(line)
}

/// `[Adblock Plus 2.0]` and its like.
pub(super) fn is_header(line: &str) -> bool {
    if !line.starts_with('[') {
        return false;
    }
    let lower = head(line).to_ascii_lowercase();
    lower.ends_with(']')
        && ["adblock", "ublock", "adguard"]
            .iter()
            .any(|name| lower.contains(name))
}

/// The lines of a text, whatever ends them (`\n`, `\r\n`, a lone `\r`).
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    })
}

/// A line with one of the markers `##`, `#@#`, `#?#`, `#$#`, `#%#` and their like.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cosmetic<'a> {
    /// Concerns the look or the text of pages.
    Look,
    /// Something that is not supported and that has a reason of its own.
    Refused(Reason),
    /// A scriptlet.
    Scriptlet {
        /// The sites before the marker.
        sites: &'a str,
        /// What follows it.
        body: &'a str,
        /// How it is spelled.
        spelling: Spelling,
        /// Whether it is an exception.
        exception: bool,
    },
}

/// Takes a cosmetic filter or a scriptlet apart; `None` when the line is neither.
pub(super) fn cosmetic(line: &str) -> Option<Cosmetic<'_>> {
    let (sites, marker, body) = split_marker(line)?;
    let exception = marker.contains('@');
    let scriptlet = |spelling| Cosmetic::Scriptlet {
        sites,
        body,
        spelling,
        exception,
    };
    Some(
        if body.starts_with("+js(") && !marker.contains(['$', '%']) {
            scriptlet(Spelling::Ublock)
        } else if body.starts_with("//scriptlet(") && marker.contains('%') {
            scriptlet(Spelling::Adguard)
        } else if marker.contains('%') {
            Cosmetic::Refused(Reason::UnknownScriptlet(
                "JavaScript of the list's own".into(),
            ))
        } else if body.starts_with("^responseheader(") {
            Cosmetic::Refused(Reason::UnsupportedOption("responseheader".into()))
        } else if marker.contains('$') && !marker.contains('?') && !body.contains('{') {
            scriptlet(Spelling::Adblock)
        } else {
            Cosmetic::Look
        },
    )
}

/// Splits `sites##body` at its marker.
fn split_marker(line: &str) -> Option<(&str, &str, &str)> {
    let bytes = line.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes.get(from..)?.iter().position(|b| *b == b'#') {
        let at = from + at;
        let inner = bytes
            .get(at + 1..)?
            .iter()
            .take(4)
            .take_while(|b| matches!(b, b'@' | b'$' | b'?' | b'%'))
            .count();
        let end = at + 1 + inner;
        if bytes.get(end) == Some(&b'#') {
            let sites = line.get(..at)?;
            return are_sites(sites).then_some((sites, line.get(at..=end)?, line.get(end + 1..)?));
        }
        look(at + 1 - from);
        from = at + 1;
    }
    // `site$$tag[…]` and `site$@$tag[…]`, AdGuard's filters of the page's text. Most lines have at
    // most one such character.
    let mut dollars = bytes.iter().filter(|b| **b == b'$');
    dollars.nth(1)?;
    let (sites, marker, body) = match line.find("$$").or_else(|| line.find("$@$")) {
        Some(at) if line.get(at..)?.starts_with("$$") => {
            (line.get(..at)?, "?", line.get(at + 2..)?)
        }
        Some(at) => (line.get(..at)?, "?", line.get(at + 3..)?),
        None => return None,
    };
    (are_sites(sites)
        && !sites.contains('*')
        && body.starts_with(|c: char| c.is_ascii_alphabetic()))
    .then_some((sites, marker, body))
}

/// Whether text before a marker can be a list of sites and is no part of an address.
fn are_sites(text: &str) -> bool {
    if text.starts_with("[$") {
        return true;
    }
    if text.starts_with(['|', '@']) || text.contains("://") {
        return false;
    }
    super::scope::split(text, b',').iter().all(|entry| {
        let entry = entry.trim();
        let entry = entry.strip_prefix('~').unwrap_or(entry);
        if entry.len() > 1 && entry.starts_with('/') {
            // An expression, or one that a path follows; never a path alone.
            return entry.ends_with('/') || entry.ends_with("/i");
        }
        !entry.contains(['/', '^', '|', '$', '=', '&', '?']) && !entry.contains(char::is_whitespace)
    })
}

/// A heading in the comments of a list (`! *** mining ***`, `# --[ Miners ]---`), if it is one.
pub(super) fn section(comment: &str) -> Option<&str> {
    const DECORATION: [char; 6] = ['-', '*', '=', '[', ']', '#'];
    let text = comment.trim();
    let title =
        text.trim_matches(|c: char| DECORATION.contains(&c) || c.is_whitespace() || c == '!');
    let start = text.len()
        - text
            .trim_start_matches(|c: char| DECORATION.contains(&c))
            .len();
    let end = text.len()
        - text
            .trim_end_matches(|c: char| DECORATION.contains(&c) || c == '!')
            .len();
    (!title.is_empty() && (start >= 2 || end >= 2)).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntaxes() {
        for (text, expected) in [
            ("[Adblock Plus 2.0]\na.example\nb.example", Syntax::Adblock),
            ("! x\n||a.example^\na.example", Syntax::Adblock),
            (
                "# hosts\n127.0.0.1 localhost\n0.0.0.0 a.example\nb.example",
                Syntax::Hosts,
            ),
            (
                "# list\na.example\nb.example # x\n1.2.3.4\n",
                Syntax::Domains,
            ),
            (
                "# list\n*://*/*x.js\n*://*.a.example/*\nwss://*.b.example/*",
                Syntax::MatchPatterns,
            ),
            ("", Syntax::Adblock),
            ("\u{feff}", Syntax::Adblock),
        ] {
            assert_eq!(Syntax::detect(text), expected, "{text}");
        }
    }

    #[test]
    fn line_ends() {
        let all: Vec<_> = lines("a\r\nb\nc\rd\n").collect();
        assert_eq!(all, ["a", "b", "c", "d", ""]);
    }

    #[test]
    fn markers() {
        let is_scriptlet = |line| matches!(cosmetic(line), Some(Cosmetic::Scriptlet { .. }));
        let look = |line| matches!(cosmetic(line), Some(Cosmetic::Look));
        for line in [
            "a.example##+js(aopr, x)",
            "a.example,~b.a.example#@#+js(aopr, x)",
            "##+js(nowebrtc)",
            "a.*##+js()",
            "/^a#b$/##+js(aopr, x)",
            "a.example#%#//scriptlet('aopr', 'x')",
            "a.example#@%#//scriptlet('aopr', 'x')",
            "a.example#$#abort-on-property-read x",
        ] {
            assert!(is_scriptlet(line), "{line}");
        }
        for line in [
            "##.ad",
            "a.example##.ad",
            "a.example#@#.ad",
            "a.example#?#div:has(a)",
            "a.example#$#body { color: red }",
            "a.example##^script:has-text(x)",
            "[$path=/x]a.example##.ad",
            "a.example$$script[tag-content=\"x\"]",
            "a.example##.login:style(color: red)",
            "a.example#$?#div { remove: true; }",
        ] {
            assert!(look(line), "{line}");
        }
        for line in [
            "||a.example/x##y",
            "a.example/x##y",
            "# comment ## more",
            "https://a.example/##x",
            "/a#b",
            "a.example$script",
            "/x$$domain=y",
            "0.0.0.0 a.example ## x",
        ] {
            assert_eq!(cosmetic(line), None, "{line}");
        }
        assert!(matches!(
            cosmetic("a.example#%#alert(1)"),
            Some(Cosmetic::Refused(Reason::UnknownScriptlet(_)))
        ));
    }

    #[test]
    fn headings() {
        assert_eq!(
            section(" *** easylist:mining.txt ***"),
            Some("easylist:mining.txt")
        );
        assert_eq!(section("---- Coin miners ----!"), Some("Coin miners"));
        assert_eq!(
            section(" --[ Wildcard blocking ]----"),
            Some("Wildcard blocking")
        );
        assert_eq!(
            section(" Third Party blocking ------"),
            Some("Third Party blocking")
        );
        assert_eq!(section(" Title: x"), None);
        assert_eq!(section("-------"), None);
    }
}
