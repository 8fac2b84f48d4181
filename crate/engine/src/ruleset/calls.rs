//! Scriptlets as the scripts in pages read them, and which of followed lists they are given.

use std::ops::RangeFrom;

use serde::Serialize;

use super::dnr::Browser;
use crate::filter::{DomainPattern, ListId, Scriptlet, ScriptletName, Source};

/// One call, or an exception that takes equal calls back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Without a name, an exception takes back all.
    pub name: Option<ScriptletName>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Hosts with their subdomains, `name.*`, or `/expression/`; everywhere when empty.
    pub on: Vec<String>,
    /// Sites that are spared, written likewise.
    pub not_on: Vec<String>,
    /// Takes equal calls back.
    pub exception: bool,
}

impl From<&Scriptlet> for Call {
    fn from(scriptlet: &Scriptlet) -> Self {
        let sites = |patterns: &[DomainPattern]| patterns.iter().map(ToString::to_string).collect();
        Self {
            name: scriptlet.name,
            args: scriptlet.args.clone(),
            on: sites(&scriptlet.from.include),
            not_on: sites(&scriptlet.from.exclude),
            exception: scriptlet.exception,
        }
    }
}

/// The calls of followed lists that run.
#[derive(Debug, Default, Serialize)]
pub struct Followed {
    /// In the order of the lists.
    pub calls: Vec<Call>,
    /// The hosts on which any of them can run, sorted.
    pub hosts: Vec<String>,
    /// Any of them can run on other hosts too.
    pub wide: bool,
    /// What does not run, and why.
    #[serde(skip)]
    pub left_out: Vec<(Source, String, &'static str)>,
}

/// Most bytes of what pages are given: what lists against miners ask for, hundreds of times over.
pub const ROOM: usize = 100_000;
/// Said of a call that names no hosts, where asking for it would cost every page.
const WIDE: &str = "in Chromium, scriptlets of followed lists run on the hosts that they name, not everywhere, on `name.*` or by an expression";
/// Said of a call for which there is no room.
const FULL: &str = "there are more scriptlets than pages can be given";

/// What pages are given of the scriptlets of the lists `lists`: at most `room` bytes of JSON.
pub fn followed(
    scriptlets: &[Scriptlet],
    lists: RangeFrom<ListId>,
    browser: Browser,
    room: usize,
) -> Followed {
    let mut found = Followed::default();
    let mut used = 0;
    for scriptlet in scriptlets {
        if !lists.contains(&scriptlet.source.list) {
            continue;
        }
        let narrow = is_narrow(scriptlet);
        let call = Call::from(scriptlet);
        let size = serde_json::to_string(&call).map_or(room, |json| json.len() + 1);
        let reason = if !narrow && !call.exception && browser == Browser::Chromium {
            Some(WIDE)
        } else if used + size > room {
            Some(FULL)
        } else {
            None
        };
        if let Some(reason) = reason {
            found
                .left_out
                .push((scriptlet.source, scriptlet.text.clone(), reason));
            continue;
        }
        used += size;
        if !call.exception {
            found.wide |= !narrow;
            if narrow {
                found.hosts.extend(call.on.iter().cloned());
            }
        }
        found.calls.push(call);
    }
    found.hosts.sort_unstable();
    found.hosts.dedup();
    // Exceptions alone take nothing back.
    if found.hosts.is_empty() && !found.wide {
        found.calls.clear();
    }
    found
}

/// Whether a call says by their names on which hosts it runs.
fn is_narrow(scriptlet: &Scriptlet) -> bool {
    let sites = &scriptlet.from.include;
    let is_host = |site: &DomainPattern| matches!(site, DomainPattern::Host(_));
    !sites.is_empty() && sites.iter().all(is_host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Environment, FilterSet, ListText};

    fn given(lists: &[&str], browser: Browser, room: usize) -> Followed {
        let mut set = FilterSet::new(Environment::firefox());
        for text in lists {
            set.add(&ListText {
                text,
                ..ListText::default()
            });
        }
        followed(set.scriptlets(), ListId(1).., browser, room)
    }

    const LISTS: [&str; 2] = [
        "packaged.example##+js(nowebrtc)",
        "a.example,~b.a.example##+js(aopr, miner)\nc.example#@#+js(aopr, miner)\nd.*##+js(nowebrtc)\n##+js(aopw, x)",
    ];

    #[test]
    fn a_call_runs_where_its_hosts_are_named() {
        let found = given(&LISTS, Browser::Chromium, 10_000);
        assert_eq!(found.hosts, ["a.example"]);
        assert!(!found.wide);
        let json = serde_json::to_value(&found.calls).unwrap();
        assert_eq!(
            json,
            serde_json::json!([
                { "name": "abort-on-property-read", "args": ["miner"], "on": ["a.example"], "not_on": ["b.a.example"], "exception": false },
                { "name": "abort-on-property-read", "args": ["miner"], "on": ["c.example"], "not_on": [], "exception": true },
            ])
        );
        let lines: Vec<_> = found
            .left_out
            .iter()
            .map(|(source, ..)| source.line)
            .collect();
        assert_eq!(lines, [3, 4]);
        assert!(found.left_out.iter().all(|(.., reason)| *reason == WIDE));
    }

    #[test]
    fn elsewhere_it_runs_where_a_browser_can_tell_every_page() {
        let found = given(&LISTS, Browser::Firefox, 10_000);
        assert_eq!(found.calls.len(), 4);
        assert!(found.wide && found.left_out.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let found = given(&LISTS, Browser::Firefox, 130);
        assert_eq!(found.calls.len(), 1);
        assert_eq!(found.left_out.len(), 3);
        assert!(found.left_out.iter().all(|(.., reason)| *reason == FULL));
    }

    #[test]
    fn exceptions_alone_are_nothing_to_run() {
        let found = given(
            &["", "c.example#@#+js(aopr, miner)"],
            Browser::Firefox,
            10_000,
        );
        assert!(found.calls.is_empty() && found.left_out.is_empty());
    }
}
