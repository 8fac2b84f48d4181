//! The sanity check before a new version of a list comes into force. What it holds back is shown
//! with its reason, and comes into force only when a person accepts it.

use std::fmt;

use crate::filter::ResourceType;
use crate::{Effect, Engine, Request};

/// Hosts that no list about miners has any business blocking: the most visited sites, and the
/// infrastructure that others depend on.
pub const KNOWN_HOSTS: &str = include_str!("known_hosts.txt");

/// Of three entries or fewer, half is one entry: such lists may shrink, but not to nothing.
const SMALLEST: u32 = 4;
/// Those may also grow as they like, up to this many entries.
const SMALL: u32 = 500;

/// What is loaded from a known host by its own pages and by those of others. The paths are where sites,
/// bundlers and content networks commonly have such things, so that a filter for them is noticed.
const TRIED: [(&str, &str, ResourceType); 24] = [
    ("https", "/", ResourceType::SubFrame),
    ("https", "/", ResourceType::Script),
    ("https", "/", ResourceType::XmlHttpRequest),
    ("https", "/", ResourceType::Stylesheet),
    ("https", "/", ResourceType::Image),
    ("https", "/", ResourceType::Font),
    ("https", "/", ResourceType::Media),
    ("https", "/", ResourceType::Other),
    ("wss", "/", ResourceType::WebSocket),
    ("https", "/main.js", ResourceType::Script),
    ("https", "/js/app.min.js", ResourceType::Script),
    ("https", "/dist/bundle.js", ResourceType::Script),
    ("https", "/assets/index-4f2a9c1e.js", ResourceType::Script),
    (
        "https",
        "/static/js/main.8a3c2b1f.chunk.js",
        ResourceType::Script,
    ),
    (
        "https",
        "/ajax/libs/jquery/3.7.1/jquery.min.js",
        ResourceType::Script,
    ),
    (
        "https",
        "/npm/vue@3/dist/vue.global.prod.js",
        ResourceType::Script,
    ),
    ("https", "/sdk/v2/loader.js?id=1", ResourceType::Script),
    ("https", "/worker.js", ResourceType::Script),
    ("https", "/api/js?v=3&callback=init", ResourceType::Script),
    (
        "https",
        "/api/v1/items?page=2",
        ResourceType::XmlHttpRequest,
    ),
    ("https", "/graphql", ResourceType::XmlHttpRequest),
    ("https", "/assets/module.wasm", ResourceType::XmlHttpRequest),
    ("https", "/images/logo.png", ResourceType::Image),
    (
        "wss",
        "/socket.io/?transport=websocket",
        ResourceType::WebSocket,
    ),
];
/// A page of somebody else.
const ELSEWHERE: &str = "https://a-site.example/";

/// Why a version is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "reason", rename_all = "lowercase")
)]
pub enum Held {
    /// Nothing in it is a filter.
    Empty,
    /// It lost half of its entries or more.
    Shrinks {
        /// Entries in force now.
        before: u32,
        /// Entries of the new version.
        after: u32,
    },
    /// It has ten times as many entries or more.
    Grows {
        /// Entries in force now.
        before: u32,
        /// Entries of the new version.
        after: u32,
    },
    /// It would block something that everybody uses.
    Blocks {
        /// The host.
        host: String,
        /// The filter that would block it.
        filter: String,
        /// How many known hosts it would block altogether.
        hosts: u32,
    },
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it holds no filter at all"),
            Self::Shrinks { before, after } => {
                write!(f, "it would shrink from {before} to {after} entries")
            }
            Self::Grows { before, after } => {
                write!(f, "it would grow from {before} to {after} entries")
            }
            Self::Blocks {
                host,
                filter,
                hosts,
            } => {
                write!(f, "it would block {host} by {filter}")?;
                if *hosts > 1 {
                    write!(f, ", and {} more well-known hosts", hosts - 1)?;
                }
                Ok(())
            }
        }
    }
}

/// Judges a list, compiled alone, beside the number of entries that its last version had;
/// `scriptlets` are those of its entries that are none for the network.
pub fn gate(before: Option<u32>, engine: &Engine, scriptlets: usize) -> Option<Held> {
    let after = u32::try_from(engine.filter_count() + scriptlets).unwrap_or(u32::MAX);
    if after == 0 {
        return Some(Held::Empty);
    }
    if let Some(held) = blocked(engine) {
        return Some(held);
    }
    let before = before?;
    if before >= SMALLEST && after <= before / 2 {
        return Some(Held::Shrinks { before, after });
    }
    if (before >= SMALLEST || after >= SMALL) && before > 0 && after / before >= 10 {
        return Some(Held::Grows { before, after });
    }
    None
}

fn blocked(engine: &Engine) -> Option<Held> {
    let mut first = None;
    let mut hosts = 0;
    for host in known_hosts() {
        if let Some(filter) = stops(engine, host) {
            hosts += 1;
            first.get_or_insert((host, filter));
        }
    }
    first.map(|(host, filter)| Held::Blocks {
        host: host.to_owned(),
        filter,
        hosts,
    })
}

/// The filter that stops the host's page, something that is loaded from it, or scripts in its page.
fn stops(engine: &Engine, host: &str) -> Option<String> {
    let own = format!("https://{host}/");
    let page = engine.check(&Request::new(&own, "", ResourceType::MainFrame));
    if page.effect == Effect::Block {
        return Some(page.filter.map_or_else(String::new, |reason| reason.filter));
    }
    if let Some(policy) = page.csp.into_iter().next() {
        return Some(policy.reason.filter);
    }
    TRIED.iter().find_map(|(scheme, path, kind)| {
        let url = format!("{scheme}://{host}{path}");
        [ELSEWHERE, own.as_str()].into_iter().find_map(|from| {
            let request = Request::new(&url, from, *kind);
            if engine.effect(&request) != Effect::Block {
                return None;
            }
            let filter = engine.check(&request).filter;
            Some(filter.map_or_else(String::new, |reason| reason.filter))
        })
    })
}

/// The hosts of [`KNOWN_HOSTS`].
pub fn known_hosts() -> impl Iterator<Item = &'static str> {
    KNOWN_HOSTS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Environment, FilterSet};

    fn engine(text: &str) -> Engine {
        let mut set = FilterSet::new(Environment::firefox());
        set.add_list("t", text);
        Engine::build(&set)
    }

    fn hosts(count: usize) -> Engine {
        engine(&(0..count).fold(String::new(), |text, number| {
            text + &format!("||m{number}.example^\n")
        }))
    }

    #[test]
    fn there_are_300_known_hosts_each_once() {
        let mut all: Vec<&str> = known_hosts().collect();
        assert!(all.len() >= 300, "{}", all.len());
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(
            all.iter()
                .all(|host| host.contains('.') || *host == "localhost")
        );
    }

    #[test]
    fn ordinary_versions_pass() {
        assert_eq!(gate(None, &hosts(300), 0), None);
        assert_eq!(gate(Some(100), &hosts(51), 0), None);
        assert_eq!(gate(Some(100), &hosts(900), 0), None);
        assert_eq!(gate(Some(3), &hosts(1), 0), None);
        assert_eq!(gate(Some(6), &hosts(4), 0), None);
        assert_eq!(gate(Some(2), &hosts(40), 0), None);
        assert_eq!(gate(Some(20), &hosts(199), 0), None);
    }

    #[test]
    fn odd_ones_are_held_back() {
        assert_eq!(gate(None, &engine("! nothing\n"), 0), Some(Held::Empty));
        assert_eq!(gate(None, &engine("! nothing\n"), 1), None);
        assert_eq!(
            gate(Some(100), &hosts(50), 0),
            Some(Held::Shrinks {
                before: 100,
                after: 50
            })
        );
        assert_eq!(
            gate(Some(100), &hosts(1000), 0),
            Some(Held::Grows {
                before: 100,
                after: 1000
            })
        );
        for (before, after) in [(6, 3), (4, 1), (9, 2)] {
            assert_eq!(
                gate(Some(before), &hosts(after as usize), 0),
                Some(Held::Shrinks { before, after })
            );
        }
        assert_eq!(gate(Some(6), &engine("! gone\n"), 0), Some(Held::Empty));
        for (before, after) in [(20, 200), (5, 50), (2, 600)] {
            assert_eq!(
                gate(Some(before), &hosts(after as usize), 0),
                Some(Held::Grows { before, after })
            );
        }
    }

    #[test]
    fn what_everybody_uses_is_not_blocked() {
        for (filter, host) in [
            ("||com^", "google.com"),
            ("||ocsp.digicert.com^", "ocsp.digicert.com"),
            ("||cdn.jsdelivr.net^$script", "cdn.jsdelivr.net"),
            ("/^wss?:/$websocket,third-party", "google.com"),
            ("127.0.0.1 localhost.localdomain github.com", "github.com"),
            ("||github.com^$script,first-party", "github.com"),
            ("*$script,domain=wikipedia.org", "wikipedia.org"),
            ("||use.typekit.net^$font", "use.typekit.net"),
            ("||github.com^$csp=script-src 'none'", "github.com"),
            (
                "||cdnjs.cloudflare.com^*/jquery.min.js",
                "cdnjs.cloudflare.com",
            ),
            ("||unpkg.com^*.js$third-party", "unpkg.com"),
            ("/assets/*.wasm", "google.com"),
            ("/*.js$script,third-party", "google.com"),
            ("/api/", "google.com"),
            ("/worker.js", "google.com"),
            ("/socket.io/$websocket", "google.com"),
        ] {
            let held = gate(None, &engine(&format!("||a.example^\n{filter}\n")), 0);
            let Some(Held::Blocks { host: found, .. }) = &held else {
                panic!("{filter}: {held:?}");
            };
            if !filter.contains("com^") || host.contains("ocsp") {
                assert!(
                    found == host || filter.starts_with('/'),
                    "{filter}: {found}"
                );
            }
        }
        assert_eq!(
            gate(
                None,
                &engine("||github.com^\n@@||github.com^\n||a.example^\n"),
                0
            ),
            None
        );
    }
}
