//! Compares a glob (`*` any run of characters, `^` a separator or the end) with an address.
//!
//! No recursion and no backtracking over `*`: each part is taken where it fits first, which is
//! enough because every part has a fixed length. The time is bounded by the product of both
//! lengths.

use crate::filter::Anchor;

/// How a glob is tied to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Where it begins.
    pub start: Anchor,
    /// Whether it must reach the end.
    pub end: bool,
    /// Whether upper and lower case differ.
    pub case: bool,
}

/// An address with the position of its host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    /// The address.
    pub url: &'a [u8],
    /// Where its host begins.
    pub host_start: usize,
    /// Where its host ends.
    pub host_end: usize,
}

/// Whether a character separates (`^`): anything but a letter, a digit, and `_`, `-`, `.`, `%`.
/// Characters beyond ASCII count as letters.
const fn separates(byte: u8) -> bool {
    !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'%') || byte >= 0x80)
}

/// How each byte is compared: `[0]` with case told apart, `[1]` in lower case. Separators are
/// looked up in the table behind.
static LOWER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).to_ascii_lowercase();
        byte += 1;
    }
    table
};
static SEPARATOR: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = separates(byte as u8);
        byte += 1;
    }
    table
};

/// Whether a character of a glob (not `*`) stands for this one of the address.
#[inline]
fn fits(want: u8, have: u8, case: bool) -> bool {
    let have_folded = if case { have } else { LOWER[have as usize] };
    want == have_folded || (want == b'^' && SEPARATOR[have as usize])
}

/// Lays a glob on the address at `at`, up to its first `*`: how much of the glob that is, and where
/// in the address it ends, if it fits.
#[inline]
fn lay(text: &[u8], url: &[u8], at: usize, case: bool) -> Option<(usize, usize)> {
    let rest = url.get(at..)?;
    for (index, &want) in text.iter().enumerate() {
        if want == b'*' {
            return Some((index, url.len().min(at + index)));
        }
        let fitting = match rest.get(index) {
            Some(&have) => fits(want, have, case),
            // The end of the address stands for a separator.
            None => want == b'^',
        };
        if !fitting {
            return None;
        }
    }
    Some((text.len(), url.len().min(at + text.len())))
}

/// Where a part without `*` ends when it is laid on the address at `at`, if it fits.
#[inline]
fn part_at(part: &[u8], url: &[u8], at: usize, case: bool) -> Option<usize> {
    lay(part, url, at, case).map(|(_, end)| end)
}

/// Where in the address the first character of a part stands first.
#[inline]
fn find_first(first: u8, url: &[u8], case: bool) -> Option<usize> {
    if first == b'^' {
        return url.iter().position(|&have| SEPARATOR[have as usize]);
    }
    let upper = if case {
        first
    } else {
        first.to_ascii_uppercase()
    };
    url.iter().position(|&have| have == first || have == upper)
}

/// Where a part fits first at or after `from`.
fn find_part(part: &[u8], url: &[u8], from: usize, case: bool) -> Option<(usize, usize)> {
    let Some(&first) = part.first() else {
        return (from <= url.len()).then_some((from, from));
    };
    let mut next = from;
    while let Some(step) = find_first(first, url.get(next..)?, case) {
        let at = next + step;
        if let Some(end) = part_at(part, url, at, case) {
            return Some((at, end));
        }
        next = at + 1;
    }
    // Separators fit behind the last character too.
    part_at(part, url, url.len(), case).map(|end| (url.len(), end))
}

/// Where a part fits so that it ends with the address, at or after `from`; the start of the match.
fn part_at_end(part: &[u8], url: &[u8], from: usize, case: bool) -> impl Iterator<Item = usize> {
    let carets = part.iter().rev().take_while(|&&b| b == b'^').count();
    (0..=carets).filter_map(move |missing| {
        let at = (url.len() + missing).checked_sub(part.len())?;
        (at >= from && at <= url.len() && part_at(part, url, at, case) == Some(url.len()))
            .then_some(at)
    })
}

/// Whether a glob may begin at this place.
fn may_start(shape: Shape, subject: Subject<'_>, at: usize) -> bool {
    match shape.start {
        Anchor::None => true,
        Anchor::Address => at == 0,
        Anchor::Host => {
            at >= subject.host_start
                && at < subject.host_end
                && (at == subject.host_start || subject.url.get(at - 1).is_some_and(|&b| b == b'.'))
        }
    }
}

/// The first part of a glob laid on an address: how much of the glob that is, and where it ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    laid: usize,
    reached: usize,
}

/// Whether a glob's part up to its first `*` fits when it is laid on the address at `at`.
#[inline]
pub(crate) fn begins_at(
    text: &[u8],
    shape: Shape,
    subject: Subject<'_>,
    at: usize,
) -> Option<Begun> {
    if !may_start(shape, subject, at) {
        return None;
    }
    let (laid, reached) = lay(text, subject.url, at, shape.case)?;
    Some(Begun { laid, reached })
}

/// Whether the rest of a glob matches behind its first part.
#[inline]
pub(crate) fn goes_on(text: &[u8], shape: Shape, subject: Subject<'_>, begun: Begun) -> bool {
    let Some(rest) = text.get(begun.laid + 1..) else {
        return !shape.end || begun.reached == subject.url.len();
    };
    let mut reached = begun.reached;
    let mut parts = rest.split(|&b| b == b'*').peekable();
    while let Some(part) = parts.next() {
        if shape.end && parts.peek().is_none() {
            return part_at_end(part, subject.url, reached, shape.case)
                .next()
                .is_some();
        }
        match find_part(part, subject.url, reached, shape.case) {
            Some((_, end)) => reached = end,
            None => return false,
        }
    }
    true
}

/// Whether a glob matches when its first character is laid on the address at `at`.
fn matches_at(text: &[u8], shape: Shape, subject: Subject<'_>, at: usize) -> bool {
    begins_at(text, shape, subject, at).is_some_and(|begun| goes_on(text, shape, subject, begun))
}

/// Whether a glob matches anywhere it may.
pub(crate) fn matches(text: &[u8], shape: Shape, subject: Subject<'_>) -> bool {
    let single = !text.contains(&b'*');
    if single && shape.end {
        return part_at_end(text, subject.url, 0, shape.case)
            .any(|at| may_start(shape, subject, at));
    }
    match shape.start {
        Anchor::Address => matches_at(text, shape, subject, 0),
        Anchor::Host => {
            (subject.host_start..subject.host_end).any(|at| matches_at(text, shape, subject, at))
        }
        Anchor::None => {
            let first = text.split(|&b| b == b'*').next().unwrap_or_default();
            // The first place is as good as any later one.
            find_part(first, subject.url, 0, shape.case)
                .is_some_and(|(at, _)| matches_at(text, shape, subject, at))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(start: Anchor, text: &str, end: bool, url: &str) -> bool {
        let host_start = url.find("://").map_or(0, |at| at + 3);
        let tail = &url[host_start..];
        let host_end = host_start + tail.find(['/', ':', '?']).unwrap_or(tail.len());
        let shape = Shape {
            start,
            end,
            case: false,
        };
        matches(
            text.as_bytes(),
            shape,
            Subject {
                url: url.as_bytes(),
                host_start,
                host_end,
            },
        )
    }

    #[test]
    fn anchors_separators_and_wildcards() {
        use Anchor::{Address, Host, None};
        let url = "https://sub.example.com:8080/Ads/banner.js?x=1";
        for (start, text, end, expected) in [
            (None, "/ads/", false, true),
            (None, "/ads/ban", true, false),
            (None, "x=1", true, true),
            (None, "x=1^", true, true),
            (None, "x=1^", false, true),
            (None, "x=1^^", false, true),
            (None, "x=1^y", false, false),
            (None, "^x=1", true, true),
            (None, "/ads/*.js", false, true),
            (None, "/ads/*.js", true, false),
            (None, "/ads/*=1^", true, true),
            (None, "banner*ads", false, false),
            (Address, "https://sub", false, true),
            (Address, "sub", false, false),
            (Address, "https:*banner", false, true),
            (Host, "example.com^", false, true),
            (Host, "example.com/", false, false),
            (Host, "xample.com", false, false),
            (Host, "example.com^8080^", false, true),
            (Host, "example.com^*/banner", false, true),
            (Host, "sub.", false, true),
            (Host, "com^", false, true),
            (Host, "ads", false, false),
            (Host, "banner", false, false),
            (Host, "example.com", true, false),
        ] {
            assert_eq!(
                check(start, text, end, url),
                expected,
                "{start:?} {text} {end}"
            );
        }
        assert!(check(Host, "example.com^", true, "https://example.com/"));
        assert!(check(Host, "example.com", true, "https://example.com"));
        assert!(check(Host, "example.com^", false, "https://example.com"));
        assert!(!check(Host, "com", false, "https://xcom.example/.com"));
        assert!(check(None, "a*b*c", true, "ws://abcbc"));
    }
}
