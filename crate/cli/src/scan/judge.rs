//! Asks the engine about each item.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use nomine_engine::inspector::Inspector;
use nomine_engine::traffic::{Conversation, Direction};
use nomine_engine::verdict::{Evidence, Fact, Findings, Outcome, Place};

use super::item::{Content, Item, Report};
use super::kind::{self, Kind};
use super::page::{self, Part};
use crate::lists::{Addresses, load_addresses, load_inspector};
use crate::output::Failure;

/// How deep pages in pages (`srcdoc`, `data:`) are followed.
const PAGE_DEPTH: u32 = 4;
/// The host that relative addresses are read against.
const UNKNOWN_SITE: &str = "https://site.invalid/";

/// The inspector and the lists that items are held against.
pub struct Judge {
    inspector: Inspector,
    addresses: Addresses,
}

impl Judge {
    /// A judge with these signatures and lists, or with the bundled ones.
    pub fn new(signatures: Option<&Path>, lists: &[PathBuf]) -> Result<Self, Failure> {
        Ok(Self {
            inspector: load_inspector(signatures)?,
            addresses: load_addresses(lists)?,
        })
    }

    /// The report about an item; `None` for an address that nothing is wrong with.
    pub fn judge(&self, item: Item) -> Option<Report> {
        let path = item.path.clone();
        // A defect in the engine must not end a scan of a million files.
        catch_unwind(AssertUnwindSafe(|| self.inspect(item))).unwrap_or_else(|_| {
            Some(Report::unreadable(
                path,
                "not inspected: an internal error".into(),
            ))
        })
    }

    /// The facts that the verdict about an item rests on; none for pages and addresses, whose
    /// parts are judged each by itself.
    pub fn facts(&self, item: &Item) -> Vec<Fact> {
        let inspector = &self.inspector;
        let found = catch_unwind(AssertUnwindSafe(|| match &item.content {
            Content::Module(bytes) => nomine_engine::module::inspect(bytes),
            Content::Script(text) => inspector.script_findings(text.as_bytes()).0,
            Content::Shader(text) => inspector.shader_findings(text.as_bytes()),
            _ => Findings::default(),
        }));
        found.map(|findings| findings.facts).unwrap_or_default()
    }

    fn inspect(&self, item: Item) -> Option<Report> {
        let path = item.path;
        Some(match item.content {
            Content::Module(bytes) => Report::of(path, self.inspector.inspect_module(&bytes)),
            Content::Script(text) => {
                Report::of(path, self.inspector.inspect_script(text.as_bytes()))
            }
            Content::Shader(text) => {
                Report::of(path, self.inspector.inspect_shader(text.as_bytes()))
            }
            Content::Page(text) => self.page(path, &text, 0),
            Content::Address { from, kind, url } => return self.address(path, &url, &from, &kind),
            Content::Conversation(messages) => {
                let mut talk = Conversation::default();
                for (outgoing, time, bytes) in messages {
                    let direction = if outgoing {
                        Direction::Out
                    } else {
                        Direction::In
                    };
                    self.inspector
                        .inspect_message(&mut talk, direction, &bytes, time);
                }
                let report = Report::of(path, talk.verdict().clone());
                return (report.verdict != Outcome::Allow).then_some(report);
            }
            Content::Unreadable(reason) => Report::unreadable(path, reason),
        })
    }

    /// One report for a page with everything in it.
    fn page(&self, path: String, source: &str, depth: u32) -> Report {
        let mut whole = Report {
            path,
            ..Report::default()
        };
        for part in page::parts(source) {
            let report = match part {
                Part::Script { text, kind, offset } => self
                    .inline(&text, &kind)
                    .map(|report| moved(report, offset)),
                Part::Handler { text, offset } => Some(placed(
                    Report::of(
                        String::new(),
                        self.inspector.inspect_script(text.as_bytes()),
                    ),
                    offset,
                )),
                Part::Frame { text, offset } if depth < PAGE_DEPTH => {
                    Some(placed(self.page(String::new(), &text, depth + 1), offset))
                }
                Part::Frame { .. } => None,
                Part::Address { url, kind, offset } => match page::data_url(&url) {
                    Some((media_type, bytes)) => self.data(&media_type, kind, &bytes, depth),
                    None => self.address(String::new(), &absolute(&url), UNKNOWN_SITE, kind),
                }
                .map(|report| placed(report, offset)),
            };
            if let Some(report) = report {
                whole.absorb(report);
            }
        }
        whole
    }

    /// An inline script by its `type`: data blocks are not code.
    fn inline(&self, text: &str, kind: &str) -> Option<Report> {
        let verdict = match kind {
            "" | "module" | "text/babel" | "text/partytown" | "text/rocketscript" | "worker"
            | "javascript/worker" => self.inspector.inspect_script(text.as_bytes()),
            _ if kind.starts_with("x-shader/") => self.inspector.inspect_shader(text.as_bytes()),
            _ if kind.contains("javascript")
                || kind.contains("ecmascript")
                || kind.contains("worker") =>
            {
                self.inspector.inspect_script(text.as_bytes())
            }
            _ => return None,
        };
        Some(Report::of(String::new(), verdict))
    }

    /// The content of a `data:` address that is loaded as this type of resource. What is loaded as
    /// a script runs as one, whatever it calls itself.
    fn data(&self, media_type: &str, loaded: &str, bytes: &[u8], depth: u32) -> Option<Report> {
        let kind = if loaded == "script" {
            Kind::Script
        } else {
            kind::of_media_type(media_type).unwrap_or_else(|| kind::of("", bytes))
        };
        Some(match kind {
            Kind::Module => Report::of(String::new(), self.inspector.inspect_module(bytes)),
            Kind::Script => Report::of(
                String::new(),
                self.inspector.inspect_script(kind::text(bytes).as_bytes()),
            ),
            Kind::Page if depth < PAGE_DEPTH => {
                self.page(String::new(), &kind::text(bytes), depth + 1)
            }
            _ => return None,
        })
    }

    fn address(&self, path: String, url: &str, from: &str, kind: &str) -> Option<Report> {
        let hit = self.addresses.blocked(url, from, kind)?;
        Some(Report {
            path,
            verdict: Outcome::Block,
            family: "Listed address".into(),
            algorithm: String::new(),
            confidence: 100,
            evidence: vec![Evidence {
                signature: format!("list:{}", hit.list).into(),
                detail: format!("{url} is on the list “{}” as {}", hit.list, hit.filter),
                weight: 100,
                place: Place::default(),
            }],
            error: None,
        })
    }
}

/// The same report with its places at the tag that holds what was found: it was decoded, so that
/// nothing in it has a place of its own.
fn placed(mut report: Report, offset: usize) -> Report {
    for evidence in &mut report.evidence {
        evidence.place.offset = Some(u32::try_from(offset).unwrap_or(u32::MAX));
    }
    report
}

/// The same report with its places counted from the start of the page.
fn moved(mut report: Report, offset: usize) -> Report {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    for evidence in &mut report.evidence {
        if let Some(place) = &mut evidence.place.offset {
            *place = place.saturating_add(offset);
        }
    }
    report
}

/// An address as the page would ask for it, where the page's own address is unknown.
fn absolute(url: &str) -> String {
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    });
    if scheme {
        url.to_owned()
    } else if url.starts_with("//") {
        format!("https:{url}")
    } else {
        format!(
            "{UNKNOWN_SITE}{}",
            url.trim_start_matches("./").trim_start_matches('/')
        )
    }
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn addresses_are_completed() {
        assert_eq!(absolute("//a.example/x"), "https://a.example/x");
        assert_eq!(absolute("/lib/x.js"), "https://site.invalid/lib/x.js");
        assert_eq!(absolute("./x.js"), "https://site.invalid/x.js");
        assert_eq!(absolute("wss://a.example/"), "wss://a.example/");
    }
}
