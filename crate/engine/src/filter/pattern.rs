//! The part of a network filter that says what the address looks like: anchors, wildcards,
//! separators, regular expressions.

use super::{Anchor, Glob, Pattern, Reason, host, regex};

/// Reads a pattern.
///
/// # Errors
/// What is broken or not supported in it.
pub(super) fn parse(text: &str, match_case: bool) -> Result<Pattern, Reason> {
    if let Some(body) = regex_body(text) {
        return regex::compile(body).map(|t| Pattern::Regex(t.text));
    }
    if text.bytes().any(|b| b == b' ' || b == b'\t') {
        return Err(Reason::NotAFilter("addresses have no spaces"));
    }
    let (mut start, rest) = if let Some(rest) = text.strip_prefix("||") {
        (Anchor::Host, rest)
    } else if let Some(rest) = text.strip_prefix('|') {
        (Anchor::Address, rest)
    } else {
        (Anchor::None, text)
    };
    let (mut end, rest) = rest
        .strip_suffix('|')
        .map_or((false, rest), |rest| (true, rest));
    // A wildcard beside an anchor takes the anchor's meaning away.
    let inner = rest.trim_start_matches('*');
    if inner.len() != rest.len() {
        start = Anchor::None;
    }
    let core = inner.trim_end_matches('*');
    if core.len() != inner.len() {
        end = false;
    }
    if core.is_empty() || (core == "^" && start == Anchor::Host) {
        return Ok(Pattern::Any);
    }
    if start == Anchor::Host && !end {
        // `||host^`; with a wildcard after it (`||host^*`) the same.
        if let Some(name) = core.strip_suffix('^')
            && !name.contains(['/', '^', '*'])
            && let Ok(name) = host::canonical(name)
        {
            return Ok(Pattern::Host(name.into_owned()));
        }
    }
    let mut text = ascii(core, start)?;
    if !match_case {
        text.make_ascii_lowercase();
    }
    while text.contains("**") {
        text = text.replace("**", "*");
    }
    Ok(Pattern::Glob(Glob { start, end, text }))
}

/// The expression in `/…/`.
pub(super) fn regex_body(text: &str) -> Option<&str> {
    (text.len() > 2).then_some(())?;
    text.strip_prefix('/')?.strip_suffix('/')
}

/// Whether a pattern without any other condition would match nearly every address.
pub(super) fn is_too_wide(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Any => true,
        Pattern::Host(_) => false,
        Pattern::Glob(glob) => {
            let literal = glob.text.bytes().filter(u8::is_ascii_alphanumeric).count();
            // Nothing but a scheme, and what stands for anything.
            let bare = |scheme: &str| {
                glob.text.strip_prefix(scheme).is_some_and(|rest| {
                    !rest.bytes().any(|b| b.is_ascii_alphanumeric())
                        && (rest.is_empty() || rest.starts_with([':', '*', '^']))
                })
            };
            literal < 2 || bare("http") || bare("https")
        }
        Pattern::Regex(text) => regex::matches_the_empty_text(text),
    }
}

/// Addresses are ASCII when they are compared: hosts in punycode, the rest percent-encoded.
fn ascii(core: &str, start: Anchor) -> Result<String, Reason> {
    if core.is_ascii() {
        return Ok(core.to_owned());
    }
    let host_at = match start {
        Anchor::Host => Some(0),
        _ => core.find("://").map(|at| at + 3),
    };
    let mut out = String::with_capacity(core.len() * 2);
    let mut rest = core;
    if let Some(at) = host_at {
        let (before, after) = core.split_at(at);
        let host_end = after.find(['/', '^', '?', ':', '#']).unwrap_or(after.len());
        let (name, tail) = after.split_at(host_end);
        encode(before, &mut out);
        for (i, label) in name.split('.').enumerate() {
            if i > 0 {
                out.push('.');
            }
            if label.is_ascii() {
                out.push_str(label);
            } else {
                out.push_str(&super::scope::canonical(label, name)?);
            }
        }
        rest = tail;
    }
    encode(rest, &mut out);
    Ok(out)
}

fn encode(text: &str, out: &mut String) {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    for byte in text.bytes() {
        if byte.is_ascii() {
            out.push(byte as char);
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(HEX.get(digit as usize));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(start: Anchor, text: &str, end: bool) -> Pattern {
        Pattern::Glob(Glob {
            start,
            end,
            text: text.into(),
        })
    }

    #[test]
    fn patterns() {
        for (text, expected) in [
            ("||example.com^", Pattern::Host("example.com".into())),
            ("||EXAMPLE.com.^", Pattern::Host("example.com".into())),
            ("||example.com^*", Pattern::Host("example.com".into())),
            (
                "||bücher.example^",
                Pattern::Host("xn--bcher-kva.example".into()),
            ),
            ("||1.2.3.4^", Pattern::Host("1.2.3.4".into())),
            ("||[2001:DB8::1]^", Pattern::Host("[2001:db8::1]".into())),
            ("||example.com", glob(Anchor::Host, "example.com", false)),
            (
                "||example.com:8080^",
                glob(Anchor::Host, "example.com:8080^", false),
            ),
            ("||example.com^|", glob(Anchor::Host, "example.com^", true)),
            ("||example.*^", glob(Anchor::Host, "example.*^", false)),
            (
                "||*.example.com^",
                glob(Anchor::None, ".example.com^", false),
            ),
            ("|https://a", glob(Anchor::Address, "https://a", false)),
            ("|*a", glob(Anchor::None, "a", false)),
            (
                "/Lib/***Miner.js|",
                glob(Anchor::None, "/lib/*miner.js", true),
            ),
            ("*/a*|", glob(Anchor::None, "/a", false)),
            ("*", Pattern::Any),
            ("", Pattern::Any),
            ("||^", Pattern::Any),
            ("||", Pattern::Any),
            ("|", Pattern::Any),
            ("/a.b/", Pattern::Regex("a.b".into())),
            (
                "||bücher.*/ä",
                glob(Anchor::Host, "xn--bcher-kva.*/%c3%a4", false),
            ),
            (
                "://пример.рф/",
                glob(Anchor::None, "://xn--e1afmkfd.xn--p1ai/", false),
            ),
        ] {
            assert_eq!(parse(text, false), Ok(expected), "{text}");
        }
        assert_eq!(parse("/Ä", true), Ok(glob(Anchor::None, "/%C3%84", false)));
        assert_eq!(
            parse("/Miner", true),
            Ok(glob(Anchor::None, "/Miner", false))
        );
        assert!(parse("hello world", false).is_err());
    }

    #[test]
    fn too_wide() {
        for text in [
            "*",
            "^",
            "/*",
            "a",
            "http://",
            "|https://*/*",
            "https:*",
            "|http*^",
            "||",
            "/.*/",
            "/^/",
            "/(a|)/",
        ] {
            let pattern = parse(text, false).expect("parses");
            assert!(is_too_wide(&pattern), "{text}");
        }
        for text in [
            "||a.b^",
            "/ab",
            "/^https/",
            "|https://a*",
            "/https/",
            "https.js",
        ] {
            let pattern = parse(text, false).expect("parses");
            assert!(!is_too_wide(&pattern), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in ".{0,30}", case: bool) {
            if let Ok(Pattern::Glob(glob)) = parse(&text, case) {
                proptest::prop_assert!(!glob.text.is_empty());
                proptest::prop_assert!(!glob.text.starts_with('*') && !glob.text.ends_with('*'));
                proptest::prop_assert!(glob.text.is_ascii());
            }
        }
    }
}
