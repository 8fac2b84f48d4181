//! Public suffixes: under which names anybody can register one, as the public suffix list says
//! (<https://publicsuffix.org/list/>, both of its sections). The list is packed by `build.rs`.

use super::suffix_table::{EXACT, EXCEPTION, WILDCARD, find};
use crate::hash::each_suffix;

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/suffixes.bin"));

/// Where the public suffix of a canonical host begins. The last label where no rule knows better.
pub(super) fn suffix_start(host: &str) -> usize {
    let bytes = host.as_bytes();
    let dot_before = |at: usize| bytes.get(..at)?.iter().rposition(|&b| b == b'.');
    let mut start = dot_before(bytes.len()).map_or(0, |dot| dot + 1);
    each_suffix(bytes, |at, hash| {
        let Some(kind) = find(TABLE, hash) else {
            return true;
        };
        if kind == EXCEPTION {
            let label = bytes.get(at..).unwrap_or_default();
            let dot = label.iter().position(|&b| b == b'.');
            start = dot.map_or(at, |dot| at + dot + 1);
            return false;
        }
        if kind & EXACT != 0 {
            start = at;
        }
        if kind & WILDCARD != 0
            && let Some(before) = at.checked_sub(1)
        {
            start = dot_before(before).map_or(0, |dot| dot + 1);
        }
        true
    });
    start
}

/// Where the label in front of a public suffix begins; `None` where there is none.
pub(super) fn registrable_start(host: &str) -> Option<usize> {
    let dot = suffix_start(host).checked_sub(1)?;
    let label = host.get(..dot)?.rfind('.').map_or(0, |dot| dot + 1);
    Some(label)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The rules as they are written, names in ASCII.
    fn rules() -> HashSet<String> {
        let text = include_str!(concat!(env!("OUT_DIR"), "/suffixes.txt"));
        let ascii = |rule: &str| {
            let name = rule.trim_start_matches(['!', '*', '.']);
            let front = &rule[..rule.len() - name.len()];
            format!("{front}{}", idna::domain_to_ascii(name).unwrap())
        };
        text.lines().map(ascii).collect()
    }

    /// What <https://publicsuffix.org/list/> says in words, one step after the other.
    fn by_the_words<'h>(rules: &HashSet<String>, host: &'h str) -> &'h str {
        let dots = host.match_indices('.').map(|(at, _)| at + 1);
        let mut names: Vec<&str> = std::iter::once(0)
            .chain(dots)
            .map(|at| &host[at..])
            .collect();
        if let Some(name) = names
            .iter()
            .find(|name| rules.contains(&format!("!{name}")))
        {
            return name.split_once('.').unwrap().1;
        }
        let last = names.pop().unwrap();
        let is_suffix = |name: &&str| {
            let above = name.split_once('.').map(|(_, above)| format!("*.{above}"));
            rules.contains(*name) || above.is_some_and(|rule| rules.contains(&rule))
        };
        names.into_iter().find(is_suffix).unwrap_or(last)
    }

    fn check(rules: &HashSet<String>, host: &str) {
        let suffix = &host[suffix_start(host)..];
        assert_eq!(suffix, by_the_words(rules, host), "{host}");
        let registrable = registrable_start(host).map(|at| &host[at..]);
        assert!(registrable.is_none_or(|name| {
            name.strip_suffix(suffix)
                .is_some_and(|label| label.find('.') == Some(label.len() - 1))
        }));
        // Crate `psl` does not find a wildcard below which there is another one.
        if !rules.contains(&format!("*.{suffix}")) {
            assert_eq!(Some(suffix), psl::suffix_str(host), "{host}");
            assert_eq!(registrable, psl::domain_str(host), "{host}");
        }
    }

    #[test]
    fn every_rule_gives_what_the_list_says() {
        let rules = rules();
        for rule in &rules {
            let name = rule.trim_start_matches(['!', '*', '.']);
            for front in ["", "a.", "b.a.", "www.", "c.b.a."] {
                check(&rules, &format!("{front}{name}"));
            }
            for (dot, _) in name.match_indices('.') {
                check(&rules, &name[dot + 1..]);
                check(&rules, &format!("x{}", &name[dot..]));
            }
        }
        // The list never had fewer since 2020.
        assert!(rules.len() > 9_000, "{}", rules.len());
    }

    #[test]
    fn unknown_names_are_under_their_last_label() {
        for host in ["localhost", "a.localhost", "b.a.nothing", "x--y.zz", "com"] {
            check(&rules(), host);
        }
        assert_eq!(suffix_start(""), 0);
        assert_eq!(registrable_start(""), None);
    }
}
