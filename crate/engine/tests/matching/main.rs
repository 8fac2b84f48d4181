//! The engine answers like the reference in `naive.rs`, for filters and requests made at random,
//! before and after it was stored and loaded.

mod naive;

use std::collections::BTreeSet;

use nomine_engine::filter::{
    Action, Anchor, DomainPattern, DomainScope, Exception, Filter, Glob, ListId, Method, MethodSet,
    Party, Pattern, Redirect, ResourceType, Source, TypeSet,
};
use nomine_engine::{Effect, Engine, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

fn host() -> impl Strategy<Value = String> {
    let label = select(vec!["a", "b", "ads", "miner", "x-1"]);
    let suffix = select(vec!["com", "co.uk", "example", "github.io"]);
    (vec(label, 0..3), suffix).prop_map(|(labels, suffix)| {
        let mut parts = labels;
        parts.push(suffix);
        parts.join(".")
    })
}

fn path() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "/", "/ads", "/Miner", "miner.js", "?q=1", "&a=b", "-x-", "coin", "hive", ".wasm", "ü",
        "%20",
    ]);
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn url() -> impl Strategy<Value = String> {
    let scheme = select(vec![
        "https://",
        "http://",
        "wss://",
        "HTTPS://",
        "blob:https://",
    ]);
    let port = select(vec!["", "", ":8080", "."]);
    (scheme, host(), port, path())
        .prop_map(|(scheme, host, port, path)| format!("{scheme}{host}{port}/{path}"))
}

fn initiator() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => host().prop_map(|host| format!("https://{host}/")),
        1 => Just(String::new()),
        1 => Just("null".to_owned()),
    ]
}

fn kind() -> impl Strategy<Value = ResourceType> {
    select(vec![
        ResourceType::MainFrame,
        ResourceType::SubFrame,
        ResourceType::Script,
        ResourceType::WebSocket,
        ResourceType::Popup,
    ])
}

fn glob() -> impl Strategy<Value = Pattern> {
    let piece = select(vec![
        "a", "ads", "miner", "/", "^", "*", ".", ".js", "coin", "hive", "com", "co.uk", "example",
        "?q=", "-x", "https:", "://", ".wasm", "b.com", "1",
    ]);
    let start = select(vec![
        Anchor::None,
        Anchor::Host,
        Anchor::Host,
        Anchor::Address,
    ]);
    (start, any::<bool>(), vec(piece, 1..6)).prop_map(|(start, end, pieces)| {
        let text = pieces.concat();
        let text = text.trim_matches('*');
        let text = if text.is_empty() { "a" } else { text }.to_owned();
        Pattern::Glob(Glob { start, end, text })
    })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let regex = select(vec![
        r"miner[0-9]*\.js",
        r"^https?://[a-z.]*ads",
        r"(coin|hive)+\.wasm$",
        r"/$",
    ]);
    prop_oneof![
        1 => Just(Pattern::Any),
        4 => host().prop_map(Pattern::Host),
        6 => glob(),
        1 => regex.prop_map(|source| Pattern::Regex(source.to_owned())),
    ]
}

fn entry() -> impl Strategy<Value = DomainPattern> {
    prop_oneof![
        4 => host().prop_map(DomainPattern::Host),
        1 => select(vec!["a", "ads", "b.ads"]).prop_map(|name| DomainPattern::Entity(name.to_owned())),
        1 => Just(DomainPattern::Regex("^a.*m$".to_owned())),
    ]
}

fn scope() -> impl Strategy<Value = DomainScope> {
    prop_oneof![
        3 => Just(DomainScope::default()),
        2 => (vec(entry(), 0..3), vec(entry(), 0..2))
            .prop_map(|(include, exclude)| DomainScope { include, exclude }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let policy = || select(vec!["script-src 'none'", "worker-src 'none'"]).prop_map(str::to_owned);
    let resource = || select(vec!["noop.js", "noop.txt"]).prop_map(str::to_owned);
    prop_oneof![
        8 => Just(Action::Block),
        3 => Just(Action::Allow),
        1 => policy().prop_map(|policy| Action::Csp(Exception::No, policy)),
        1 => prop_oneof![policy(), Just(String::new())]
            .prop_map(|policy| Action::Csp(Exception::Yes, policy)),
        1 => (resource(), 0..3, any::<bool>()).prop_map(|(resource, priority, blocks)| {
            Action::Redirect(Redirect { resource, priority, blocks })
        }),
        1 => prop_oneof![resource(), Just(String::new())].prop_map(Action::NoRedirect),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let types = select(vec![
        TypeSet::DEFAULT,
        TypeSet::DEFAULT,
        TypeSet::ALL,
        TypeSet::of(ResourceType::Script),
        TypeSet::of(ResourceType::MainFrame).union(TypeSet::of(ResourceType::SubFrame)),
    ]);
    let party = select(vec![Party::Any, Party::Any, Party::First, Party::Third]);
    let denyallow = prop_oneof![4 => Just(Vec::new()), 1 => vec(host(), 1..3)];
    let rare = prop::bool::weighted(0.1);
    (
        (action(), pattern(), types, party),
        (scope(), scope(), denyallow),
        (rare, rare, rare),
    )
        .prop_map(
            |(
                (action, pattern, types, party),
                (from, to, denyallow),
                (important, match_case, post),
            )| Filter {
                source: Source::default(),
                text: String::new(),
                action,
                important,
                pattern,
                match_case,
                types,
                party,
                from,
                to,
                denyallow,
                methods: MethodSet(if post { 1 << Method::Post as u16 } else { 0 }),
            },
        )
}

/// Filters with distinct texts, some of them around their pattern as in lists.
fn filters() -> impl Strategy<Value = Vec<Filter>> {
    vec(filter(), 1..30).prop_map(|mut filters| {
        for (line, filter) in filters.iter_mut().enumerate() {
            let pattern = match &filter.pattern {
                Pattern::Host(host) => format!("||{host}^"),
                Pattern::Glob(glob) => glob.text.clone(),
                Pattern::Regex(source) => format!("/{source}/"),
                Pattern::Any => String::new(),
            };
            filter.text = format!("{pattern}$n={line}");
            filter.source = Source {
                list: ListId((line % 2) as u16),
                line: line as u32 + 1,
            };
        }
        filters
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_engine_answers_like_the_reference(
        filters in filters(),
        asked in vec((url(), initiator(), kind(), any::<bool>()), 1..12),
    ) {
        let built = Engine::from_filters(&["One", "Two"], &filters);
        prop_assert_eq!(built.refused(), &[]);
        let loaded = Engine::load(built.serialize().to_vec()).unwrap();
        prop_assert_eq!(loaded.filter_count(), filters.len());
        for (url, initiator, kind, post) in asked {
            let method = if post { Method::Post } else { Method::Get };
            let request = Request::new(&url, &initiator, kind).with_method(method);
            let expected = naive::check(&filters, &request);
            let decision = loaded.check(&request);
            prop_assert_eq!(&decision, &built.check(&request));
            prop_assert_eq!(decision.effect, loaded.effect(&request));
            prop_assert_eq!(decision.effect, expected.effect, "{} {:?}", url, expected);
            prop_assert_eq!(&decision.redirect, &expected.redirect, "{}", url);
            let csp: BTreeSet<String> = decision.csp.iter().map(|p| p.policy.clone()).collect();
            prop_assert_eq!(&csp, &expected.csp, "{}", url);
            for reason in decision.filter.iter().chain(&decision.exception) {
                prop_assert!(expected.matching.contains(&reason.filter), "{:?}", reason);
                let original = &filters[reason.line as usize - 1];
                prop_assert_eq!(&original.text, &reason.filter);
                prop_assert_eq!(original.source.list, reason.list);
                prop_assert_eq!(&reason.title, ["One", "Two"][reason.list.0 as usize]);
            }
            prop_assert_eq!(decision.filter.is_some(), decision.effect != Effect::None);
            prop_assert_eq!(decision.exception.is_some(), decision.effect == Effect::Allow);
        }
    }

    #[test]
    fn damage_is_refused(filters in filters(), at in any::<Index>(), bit in 0..8u8) {
        let mut bytes = Engine::from_filters(&["One", "Two"], &filters).serialize().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Engine::load(bytes).is_err());
    }

    #[test]
    fn any_text_is_a_request(url in any::<String>(), initiator in any::<String>(), filters in filters()) {
        let engine = Engine::from_filters(&["One", "Two"], &filters);
        for url in [url.clone(), format!("https://{url}"), format!("blob:http://a@{url}:1")] {
            let request = Request::new(&url, &initiator, ResourceType::Script);
            let decision = engine.check(&request);
            prop_assert_eq!(decision.effect, naive::check(&filters, &request).effect);
            // What is canonical stays as it is.
            let again = Request::new(request.url(), &initiator, ResourceType::Script);
            prop_assert_eq!(again.url(), request.url());
            prop_assert_eq!(again.host(), request.host());
        }
    }
}

#[test]
fn one_filter_of_many_classes_keeps_its_place() {
    // Line numbers near the limit leave few bits for classes, so that some need records.
    let filters: Vec<Filter> = (0..300u32)
        .map(|n| Filter {
            source: Source {
                list: ListId(0),
                line: (1 << 24) - 1 - n,
            },
            text: format!("||h{n}.example^$n={n}"),
            action: Action::Block,
            important: false,
            pattern: Pattern::Host(format!("h{n}.example")),
            match_case: false,
            types: TypeSet::DEFAULT,
            party: Party::Any,
            from: DomainScope::default(),
            to: DomainScope::default(),
            denyallow: Vec::new(),
            methods: MethodSet::default(),
        })
        .collect();
    let engine = Engine::from_filters(&["L"], &filters);
    for filter in &filters {
        let Pattern::Host(host) = &filter.pattern else {
            unreachable!()
        };
        let url = format!("https://www.{host}/");
        let decision = engine.check(&Request::new(&url, "", ResourceType::Image));
        let reason = decision.filter.unwrap();
        assert_eq!(
            (&reason.filter, reason.line),
            (&filter.text, filter.source.line)
        );
    }
}
