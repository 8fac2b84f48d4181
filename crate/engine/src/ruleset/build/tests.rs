use super::*;
use crate::filter::{Redirect, ResourceType};
use crate::request::Request;
use crate::ruleset::load::{META_SIZE, Ruleset, SECTIONS, Section};
use crate::ruleset::{grams, hosts};

/// The sections of a ruleset without filters.
pub(in crate::ruleset) fn empty_sections() -> [Vec<u8>; SECTIONS] {
    let mut sections: [Vec<u8>; SECTIONS] = Default::default();
    sections[Section::Hosts as usize] = hosts::write(Vec::new());
    sections[Section::From as usize] = hosts::write(Vec::new());
    sections[Section::Grams as usize] = grams::write(Vec::new(), 1);
    sections[Section::Meta as usize] = vec![0; META_SIZE];
    sections
}

fn filter(text: &str, pattern: Pattern) -> Filter {
    Filter {
        source: Source::default(),
        text: text.to_owned(),
        action: Action::Block,
        important: false,
        pattern,
        match_case: false,
        types: TypeSet::DEFAULT,
        party: Party::Any,
        from: DomainScope::default(),
        to: DomainScope::default(),
        denyallow: Vec::new(),
        methods: MethodSet::default(),
    }
}

fn glob(start: Anchor, text: &str) -> Pattern {
    Pattern::Glob(Glob {
        start,
        end: false,
        text: text.to_owned(),
    })
}

/// Filters that fill every section.
fn sample() -> Vec<Filter> {
    let scope = DomainScope {
        include: vec![DomainPattern::Host("site.example".into())],
        exclude: vec![
            DomainPattern::Entity("other".into()),
            DomainPattern::Regex("^x[0-9]".into()),
        ],
    };
    let mut filters = vec![
        filter("||a.example^", Pattern::Host("a.example".into())),
        filter(
            "||b.example/miner*.js",
            glob(Anchor::Host, "b.example/miner*.js"),
        ),
        filter("/coinhive-x", glob(Anchor::None, "/coinhive-x")),
        filter("/ab+c[0-9]/", Pattern::Regex("ab+c[0-9]".into())),
        filter("*$domain=site.example", Pattern::Any),
        filter("^q^", glob(Anchor::None, "^q^")),
        filter("@@||c.a.example^", Pattern::Host("c.a.example".into())),
        filter(
            "||r.example^$redirect=noop.js",
            Pattern::Host("r.example".into()),
        ),
    ];
    filters[4].from = scope.clone();
    filters[2].to = DomainScope {
        include: Vec::new(),
        ..scope
    };
    filters[2].denyallow = vec!["d.example".into()];
    filters[6].action = Action::Allow;
    filters[7].action = Action::Redirect(Redirect {
        resource: "noop.js".into(),
        priority: 1,
        blocks: true,
    });
    filters
}

pub(in crate::ruleset) fn sample_bytes() -> Vec<u8> {
    let (bytes, refused) = build(&["Sample"], &sample());
    assert_eq!(refused, []);
    bytes
}

/// Asks about addresses that reach every part of [`sample`].
pub(in crate::ruleset) fn ask_everything(rules: &Ruleset) {
    for url in [
        "https://c.a.example/",
        "https://b.example/miner-1.js",
        "https://x.example/coinhive-x/abbbc1/?q=",
        "https://r.example/",
    ] {
        let request = Request::new(url, "https://site.example/", ResourceType::Script);
        let found = rules.check(&request);
        let targets = [found.important, found.block, found.allow];
        for target in targets.into_iter().flatten() {
            rules.name(target, &request);
        }
        found.redirect(rules);
        found.policies(rules);
    }
}

#[test]
fn the_same_filters_give_the_same_bytes() {
    assert_eq!(sample_bytes(), sample_bytes());
    let rules = Ruleset::load(sample_bytes()).unwrap();
    assert_eq!(rules.filters(), 8);
    ask_everything(&rules);
}

#[test]
fn what_cannot_be_compiled_is_named() {
    let mut wrong_list = filter("x", Pattern::Host("x.example".into()));
    wrong_list.source.list = crate::filter::ListId(3);
    let bad = filter("/(/", Pattern::Regex("(".into()));
    let (bytes, refused) = build(&["Only"], &[wrong_list, bad]);
    assert_eq!(refused.len(), 2);
    assert_eq!(refused[1].text, "/(/");
    assert!(Ruleset::load(bytes).is_ok());
}

#[test]
fn one_host_on_many_lists_is_kept_once() {
    let mut twice: Vec<Filter> = (0..4)
        .map(|_| filter("a.example", Pattern::Host("a.example".into())))
        .collect();
    twice[1].source.list = crate::filter::ListId(1);
    twice[2].important = true;
    let once = [twice[0].clone(), twice[2].clone()];
    let size = |filters: &[Filter]| build(&["A", "B"], filters).0.len();
    // The class of the other list's filter stays.
    assert!(size(&twice) < size(&once) + 64);
}
