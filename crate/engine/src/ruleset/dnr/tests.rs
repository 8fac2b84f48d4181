//! Filters in, rules out.

use super::*;
use crate::filter::{Environment, FilterSet};

fn from(list: &str, options: &Options) -> Export {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_list("test", &format!("[Adblock Plus 2.0]\n{list}"));
    assert_eq!(set.problems(), [], "{list}");
    export(set.filters(), options)
}

fn chromium(list: &str) -> Export {
    from(list, &Options::new(Browser::Chromium))
}

fn firefox(list: &str) -> Export {
    from(list, &Options::new(Browser::Firefox))
}

fn conditions(export: &Export) -> Vec<String> {
    assert_eq!(export.left_out, []);
    export
        .rules
        .iter()
        .map(|r| {
            serde_json::to_string(&r.condition)
                .expect("json")
                .replace('"', "")
        })
        .collect()
}

fn gaps(export: &Export) -> Vec<(Gap, bool)> {
    export
        .left_out
        .iter()
        .map(|l| (l.reason, l.partly))
        .collect()
}

#[test]
fn whole_hosts_become_one_rule() {
    let export = chromium("||b.example^\n0.0.0.0 a.example\nx.b.example\n||1.2.3.4^\n||a.example^");
    assert_eq!(
        export.to_json(),
        "[\n{\"id\":1,\"priority\":1,\"action\":{\"type\":\"block\"},\"condition\":{\"requestDomains\":[\"1.2.3.4\",\"a.example\",\"b.example\"]}}\n]\n"
    );
    let names = |e: &Export| e.rules[0].condition.request_domains.join(" ");
    assert_eq!(
        names(&firefox("||a.example^\n||1.2.3.4^")),
        "1.2.3.4 a.example a.example.",
        "Firefox does not see through a trailing dot"
    );
    let many: Vec<String> = (0..5000).map(|i| format!("h{i}.example")).collect();
    assert_eq!(chromium(&many.join("\n")).rules.len(), 1);
}

#[test]
fn hosts_are_grouped_by_what_they_ask_for() {
    let export = chromium(
        "||a.example^\n||b.example^$script\n||c.example^$3p\n||d.example^$script\n@@||e.example^\n||f.example^$important",
    );
    assert_eq!(
        conditions(&export),
        [
            "{requestDomains:[e.example]}",
            "{requestDomains:[f.example]}",
            "{requestDomains:[a.example]}",
            "{domainType:thirdParty,requestDomains:[c.example]}",
            "{resourceTypes:[script],requestDomains:[b.example,d.example]}",
        ]
    );
    let priorities: Vec<u32> = export.rules.iter().map(|r| r.priority).collect();
    assert_eq!(
        priorities,
        [
            priority::ALLOW,
            priority::IMPORTANT_BLOCK,
            priority::BLOCK,
            priority::BLOCK,
            priority::BLOCK
        ]
    );
    const {
        assert!(
            priority::BLOCK < priority::REDIRECT
                && priority::REDIRECT + priority::MOST_OWN < priority::ALLOW
        );
    };
    const {
        assert!(
            priority::ALLOW < priority::IMPORTANT_BLOCK
                && priority::IMPORTANT_BLOCK < priority::IMPORTANT_REDIRECT
        );
    };
}

#[test]
fn patterns() {
    for (list, expected) in [
        ("/lib/Miner.js", &["{urlFilter:/lib/miner.js}"][..]),
        (
            "/lib/Miner.js$match-case",
            &["{urlFilter:/lib/Miner.js,isUrlFilterCaseSensitive:true}"],
        ),
        (
            "|https://a.example/x|",
            &[
                "{urlFilter:|https://a.example./x|}",
                "{urlFilter:|https://a.example/x|}",
            ],
        ),
        (
            "||a.example/x",
            &["{urlFilter:||a.example./x}", "{urlFilter:||a.example/x}"],
        ),
        ("||ab.*^", &["{urlFilter:||ab.*^}"]),
        (
            "://a.example^x",
            &["{urlFilter:://a.example.^x}", "{urlFilter:://a.example^x}"],
        ),
        (
            "/^https?:\\/\\/[a-z]{8}\\.com/",
            &["{regexFilter:^https?://[a-z]{8}\\\\.com}"],
        ),
        (
            "*$script,domain=a.example|~b.a.example",
            &[
                "{resourceTypes:[script],initiatorDomains:[a.example],excludedInitiatorDomains:[b.a.example]}",
            ],
        ),
        (
            "*$xhr,3p,method=post|get,to=a.example|~b.a.example",
            &[
                "{resourceTypes:[xmlhttprequest],requestMethods:[get,post],domainType:thirdParty,requestDomains:[a.example],excludedRequestDomains:[b.a.example]}",
            ],
        ),
        (
            "||example^$to=a.example,denyallow=b.a.example",
            &["{requestDomains:[a.example],excludedRequestDomains:[b.a.example]}"],
        ),
        (
            "*$image,domain=a.example\n*$image,domain=b.example",
            &["{resourceTypes:[image],initiatorDomains:[a.example,b.example]}"],
        ),
        (
            "||a.example^$~script",
            &[
                "{resourceTypes:[csp_report,font,image,media,object,other,ping,stylesheet,sub_frame,websocket,webtransport,xmlhttprequest],requestDomains:[a.example]}",
            ],
        ),
    ] {
        assert_eq!(conditions(&chromium(list)), expected, "{list}");
    }
}

#[test]
fn types_of_firefox() {
    for (option, types) in [
        ("ping", "beacon,ping"),
        ("image", "image,imageset"),
        (
            "other",
            "json,other,speculative,web_manifest,xml_dtd,csp_report",
        ),
        ("websocket", "websocket"),
    ] {
        let export = firefox(&format!("||a.example^${option}"));
        let mut expected: Vec<&str> = types.split(',').collect();
        expected.sort_unstable();
        assert_eq!(
            export.rules[0].condition.resource_types, expected,
            "{option}"
        );
    }
    assert_eq!(
        gaps(&firefox("||a.example^$webtransport")),
        [(Gap::WebTransport, false)]
    );
    assert_eq!(
        gaps(&firefox("||a.example^$webtransport,script")),
        [(Gap::WebTransport, true)]
    );
    assert_eq!(chromium("||a.example^$webtransport").rules.len(), 1);
}

#[test]
fn sockets_of_firefox_look_like_http() {
    assert_eq!(
        conditions(&firefox("|wss://a.*/x")),
        ["{urlFilter:|https://a.*/x,resourceTypes:[websocket]}"]
    );
    assert_eq!(
        conditions(&firefox("wss://x$websocket")),
        [
            "{urlFilter:wss://x,resourceTypes:[websocket]}",
            "{urlFilter:|https://x,resourceTypes:[websocket]}",
        ]
    );
    let web = firefox("|http://a.*/x");
    assert!(!web.rules[0].condition.resource_types.contains(&"websocket"));
    assert_eq!(
        conditions(&firefox("/^wss?:\\/\\/x/")),
        ["{regexFilter:^https?://x,resourceTypes:[websocket]}"]
    );
    assert_eq!(
        conditions(&chromium("|wss://a.*/x")),
        ["{urlFilter:|wss://a.*/x}"]
    );
    assert_eq!(gaps(&firefox("/x|wss://y/")), [(Gap::SocketScheme, false)]);
}

#[test]
fn policies_for_pages_and_frames() {
    let export = chromium(
        "*$csp=worker-src 'none',domain=a.example\n*$csp=worker-src 'none',domain=b.example\n||c.example^$csp=worker-src 'none'",
    );
    let mut found = conditions(&export);
    found.sort();
    assert_eq!(
        found,
        [
            "{resourceTypes:[main_frame],requestDomains:[a.example,b.example,c.example]}",
            "{resourceTypes:[sub_frame],initiatorDomains:[a.example,b.example]}",
            "{resourceTypes:[sub_frame],requestDomains:[c.example]}",
        ],
        "a page is its own site"
    );
    let json = export.to_json();
    assert!(json.contains(r#""action":{"type":"modifyHeaders","responseHeaders":[{"header":"content-security-policy","operation":"append","value":"worker-src 'none'"}]}"#), "{json}");
}

#[test]
fn redirects_block_what_cannot_be_redirected() {
    let export = chromium("||a.example^$redirect=noopjs:5,important");
    let json = export.to_json();
    assert_eq!(export.rules.len(), 2);
    assert!(json.contains(r#""priority":21005,"action":{"type":"redirect","redirect":{"extensionPath":"/neutral/noop.js"}}"#), "{json}");
    assert!(
        json.contains(r#""priority":20000,"action":{"type":"block"}"#),
        "{json}"
    );
}

#[test]
fn pages() {
    let list = "||a.example^\n||b.example^$script\n@@||c.example^\n||d.example^$document\n||e.example^$third-party";
    let with = |pages| {
        from(
            list,
            &Options {
                pages,
                ..Options::new(Browser::Chromium)
            },
        )
    };
    let pages = |export: &Export| -> Vec<(String, String)> {
        export
            .rules
            .iter()
            .filter(|r| r.condition.resource_types == ["main_frame"])
            .map(|r| {
                (
                    r.condition.request_domains.join(" "),
                    serde_json::to_string(&r.action).expect("json"),
                )
            })
            .collect()
    };
    let block = r#"{"type":"block"}"#.to_owned();
    let allow = r#"{"type":"allow"}"#.to_owned();
    assert_eq!(
        pages(&with(Pages::Leave)),
        [("d.example".to_owned(), block.clone())]
    );
    assert_eq!(
        pages(&with(Pages::Block)),
        [
            ("c.example".to_owned(), allow.clone()),
            ("a.example d.example".to_owned(), block)
        ]
    );
    let path = r#"{"type":"redirect","redirect":{"extensionPath":"/stopped.html"}}"#.to_owned();
    assert_eq!(
        pages(&with(Pages::Redirect("/stopped.html".into()))),
        [
            ("c.example".to_owned(), allow.clone()),
            ("a.example d.example".to_owned(), path)
        ]
    );
    let own =
        r#"{"type":"redirect","redirect":{"regexSubstitution":"x://y/s.html#\\0"}}"#.to_owned();
    assert_eq!(
        pages(&with(Pages::Substitute("x://y/s.html#".into()))),
        [
            ("c.example".to_owned(), allow),
            ("a.example d.example".to_owned(), own)
        ]
    );
}

#[test]
fn what_cannot_be_said_is_listed() {
    for (list, expected) in [
        ("||a.example^$popup", &[(Gap::Popup, true)][..]),
        ("||a.example^$popup,script", &[(Gap::Popup, true)]),
        ("||a.example^$domain=x.*", &[(Gap::Entity, false)]),
        ("||a.example^$domain=x.*|b.example", &[(Gap::Entity, true)]),
        ("||a.example^$domain=~x.*", &[(Gap::Entity, false)]),
        ("||a.example^$domain=/x/", &[(Gap::DomainRegex, false)]),
        ("*$script,to=x.*", &[(Gap::Entity, false)]),
        ("*$script,to=x.*|b.example", &[(Gap::Entity, true)]),
        (
            "||a.example^$redirect-rule=noopjs",
            &[(Gap::RedirectRule, false)],
        ),
        ("@@||a.example^$redirect-rule", &[(Gap::NoRedirect, false)]),
        ("@@||a.example^$csp", &[(Gap::NoCsp, false)]),
        ("/a|b", &[(Gap::Bar, false)]),
        ("/(abcdefgh|ijklmnop){7}/", &[(Gap::RegexTooLarge, false)]),
        ("||a.example^$to=b.example", &[(Gap::NoTypes, false)]),
        (
            "||b.a.example^$denyallow=a.example",
            &[(Gap::NoTypes, false)],
        ),
    ] {
        assert_eq!(gaps(&chromium(list)), expected, "{list}");
    }
    assert_eq!(
        gaps(&firefox("/(abcdefgh|ijklmnop){7}/")),
        [],
        "Firefox has room for it"
    );
}

#[test]
fn sites_within_excluded_sites_are_told_apart() {
    let export = chromium("*$script,domain=a.b.example|c.example|~b.example|~x.c.example");
    assert_eq!(
        conditions(&export),
        [
            "{resourceTypes:[script],initiatorDomains:[a.b.example]}",
            "{resourceTypes:[script],initiatorDomains:[c.example],excludedInitiatorDomains:[x.c.example]}",
        ]
    );
    let deep =
        chromium("*$script,domain=example|a.b.example|d.c.a.b.example|~b.example|~c.a.b.example");
    assert_eq!(gaps(&deep), [(Gap::Scope, false)]);
}

#[test]
fn limits_are_kept_and_told() {
    let options = Options {
        limits: Limits {
            rules: 4,
            regexes: 1,
            ..Limits::NONE
        },
        ..Options::new(Browser::Chromium)
    };
    let export = from(
        "/a1/x\n/b1/x\n/c1/x\n/r1[a-z]/\n/r2[a-z]/\n||a.example^\n@@/z1/x",
        &options,
    );
    assert_eq!(export.rules.len(), 4);
    assert!(export.regex_count() <= 1);
    assert!(
        export.rules.iter().any(|r| r.action == Action::Allow),
        "exceptions stay"
    );
    assert_eq!(export.left_out.len(), 3);
    assert!(
        export
            .left_out
            .iter()
            .all(|l| matches!(l.reason, Gap::TooManyRules | Gap::TooManyRegexes))
    );
}

#[test]
fn the_same_filters_give_the_same_bytes() {
    let list = "||b.example^\n||a.example^$3p\n/x1/\n@@||c.example^\n*$csp=worker-src 'none',domain=d.example\n/y1$image,domain=~e.example";
    for browser in [Browser::Chromium, Browser::Firefox] {
        let options = Options::new(browser);
        assert_eq!(
            from(list, &options).to_json(),
            from(list, &options).to_json()
        );
        let ids: Vec<u32> = from(list, &options).rules.iter().map(|r| r.id).collect();
        assert_eq!(ids, (1..=ids.len() as u32).collect::<Vec<_>>());
    }
}

proptest::proptest! {
    #[test]
    fn rules_are_what_browsers_accept(
        list in "((@@)?(\\|\\||\\||/)?[a-c.*^:/]{1,9}(\\$(script|3p|~image|popup|document|domain=a\\.b|domain=~c\\.d\\|a\\.*|csp=x|redirect=noopjs|to=b\\.c|denyallow=a\\.b)){0,1}\n){0,6}"
    ) {
        let mut set = FilterSet::new(Environment::chromium());
        set.add_list("test", &format!("! x\n{list}"));
        for browser in [Browser::Chromium, Browser::Firefox] {
            let export = export(set.filters(), &Options::new(browser));
            for rule in &export.rules {
                let c = &rule.condition;
                proptest::prop_assert!(c.url_filter.is_none() || c.regex_filter.is_none());
                if let Some(url) = &c.url_filter {
                    proptest::prop_assert!(url.is_ascii() && !url.is_empty() && !url.starts_with("||*"), "{url}");
                }
                proptest::prop_assert!(rule.priority >= 1 && rule.priority <= priority::HIGHEST);
            }
            // Each filter is among the rules or among what is left out.
            let out: std::collections::HashSet<_> = export.left_out.iter().filter(|l| !l.partly || l.reason == Gap::Popup).map(|l| l.source).collect();
            proptest::prop_assert!(out.len() <= set.filters().len());
            proptest::prop_assert!(!export.rules.is_empty() || out.len() == set.filters().len());
        }
    }
}
