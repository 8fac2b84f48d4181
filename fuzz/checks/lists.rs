//! What must hold for lists of any content. The fuzz targets and the test that replays their
//! committed corpora ask the same.
#![allow(dead_code)]

use nomine_engine::filter::{Environment, Filter, FilterSet, Glob, ListText, Pattern, Syntax};
use nomine_engine::ruleset::dnr::{self, Browser, Pages};
use nomine_engine::ruleset::dns::{self, Format};

/// Any bytes as a list, in every syntax: no panic, and no line without a place in the counts.
pub fn list(data: &[u8]) {
    for syntax in [
        None,
        Some(Syntax::Adblock),
        Some(Syntax::Hosts),
        Some(Syntax::Domains),
        Some(Syntax::MatchPatterns),
    ] {
        let include =
            |path: &str| (path.len() < 3).then(|| String::from_utf8_lossy(data).into_owned());
        let mut set = FilterSet::new(Environment::firefox());
        let id = set.add_bytes(
            data,
            &ListText {
                title: "fuzz",
                syntax,
                include: Some(&include),
                ..ListText::default()
            },
        );
        let c = set.list(id).expect("just added").counts;
        let seen = c.comments
            + c.filters
            + c.scriptlets
            + c.cosmetic
            + c.unsupported
            + c.broken
            + c.partial
            + c.skipped
            + c.disabled;
        assert!(seen >= c.lines, "{c:?}");
        set.filters().iter().for_each(is_canonical);
    }
}

/// One line of a list: what is kept of it is canonical, and reads the same again.
pub fn filter_line(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    let read = |line: &str| {
        let mut set = FilterSet::new(Environment::chromium());
        set.add(&ListText {
            title: "fuzz",
            text: line,
            syntax: Some(Syntax::Adblock),
            ..ListText::default()
        });
        set
    };
    let set = read(line);
    set.filters().iter().for_each(is_canonical);
    // Of a hosts line only the name is kept, which may mean something else by itself.
    if let [filter] = set.filters()
        && filter.text == line.trim()
    {
        assert_eq!(
            read(&filter.text).filters(),
            std::slice::from_ref(filter),
            "{line}"
        );
    }
}

/// Any list as rules of both browsers and for resolvers: what the browsers' parsers demand, and
/// every filter either in a rule or named as left out.
pub fn dnr(data: &[u8]) {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_bytes(
        data,
        &ListText {
            title: "fuzz",
            ..ListText::default()
        },
    );
    for browser in [Browser::Chromium, Browser::Firefox] {
        for pages in [Pages::Leave, Pages::Substitute("x:".into())] {
            let options = dnr::Options {
                pages,
                ..dnr::Options::new(browser)
            };
            let export = dnr::export(set.filters(), &options);
            for rule in &export.rules {
                let c = &rule.condition;
                assert!(c.url_filter.is_none() || c.regex_filter.is_none());
                if let Some(url) = &c.url_filter {
                    assert!(
                        url.is_ascii() && !url.is_empty() && !url.starts_with("||*"),
                        "{url}"
                    );
                }
                let names = c
                    .request_domains
                    .iter()
                    .chain(&c.excluded_request_domains)
                    .chain(&c.initiator_domains)
                    .chain(&c.excluded_initiator_domains);
                for name in names {
                    assert!(
                        !name.is_empty() && name.is_ascii() && *name == name.to_ascii_lowercase()
                    );
                }
            }
            assert!(
                set.filters().is_empty() || !export.rules.is_empty() || !export.left_out.is_empty()
            );
            assert!(export.to_json().starts_with('['));
        }
    }
    for format in [
        Format::Hosts,
        Format::Domains,
        Format::Rpz,
        Format::Dnsmasq,
        Format::Unbound,
        Format::AdguardHome,
    ] {
        dns::export(set.filters(), format, &dns::Options::default());
    }
}

fn is_canonical(filter: &Filter) {
    match &filter.pattern {
        Pattern::Host(name) => {
            let again = nomine_engine::filter::host::canonical(name);
            assert_eq!(again.as_deref(), Ok(name.as_str()));
        }
        Pattern::Glob(Glob { text, .. }) => {
            assert!(!text.is_empty() && text.is_ascii(), "{text}");
            assert!(!text.starts_with('*') && !text.ends_with('*'), "{text}");
        }
        Pattern::Regex(text) => {
            assert!(
                nomine_engine::filter::regex::builder(text, filter.match_case)
                    .build()
                    .is_ok(),
                "{text}"
            );
        }
        Pattern::Any => {}
    }
}
