//! Whole lists, small and committed, and what becomes of each line.

use super::*;

fn set(text: &str) -> FilterSet {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_list("test", text);
    set
}

fn filter(line: &str) -> Filter {
    let set = set(&format!("[Adblock Plus 2.0]\n{line}"));
    assert_eq!(set.problems(), [], "{line}");
    set.filters()
        .first()
        .unwrap_or_else(|| panic!("{line}"))
        .clone()
}

fn reason(line: &str) -> Reason {
    let set = set(&format!("[Adblock Plus 2.0]\n{line}"));
    assert!(
        set.filters().is_empty() && set.scriptlets().is_empty(),
        "{line}"
    );
    set.problems()
        .first()
        .unwrap_or_else(|| panic!("{line}"))
        .reason
        .clone()
}

fn types(list: &[ResourceType]) -> TypeSet {
    list.iter()
        .fold(TypeSet::NONE, |set, t| set.union(TypeSet::of(*t)))
}

fn hosts(names: &[&str]) -> Vec<DomainPattern> {
    names
        .iter()
        .map(|n| DomainPattern::Host((*n).into()))
        .collect()
}

#[test]
fn a_path_with_an_expression_of_sites_is_no_expression() {
    for option in ["domain", "from", "to"] {
        let filter = filter(&format!(r"/miner.js${option}=/^w+\.a\./"));
        assert!(matches!(filter.pattern, Pattern::Glob(_)), "{option}");
        let scope = if option == "to" {
            filter.to
        } else {
            filter.from
        };
        assert_eq!(scope.include, [DomainPattern::Regex(r"^w+\.a\.".into())]);
    }
    assert!(matches!(filter(r"/a\$domain=/").pattern, Pattern::Regex(_)));
}

#[test]
fn types_and_their_aliases() {
    use ResourceType::{
        CspReport, Font, Image, MainFrame, Media, Object, Other, Ping, Popup, Script, Stylesheet,
        SubFrame, WebSocket, WebTransport, XmlHttpRequest,
    };
    for (options, expected) in [
        ("script", types(&[Script])),
        ("image", types(&[Image])),
        ("css", types(&[Stylesheet])),
        ("stylesheet", types(&[Stylesheet])),
        ("xhr", types(&[XmlHttpRequest])),
        ("xmlhttprequest,frame", types(&[XmlHttpRequest, SubFrame])),
        ("subdocument", types(&[SubFrame])),
        ("doc", types(&[MainFrame])),
        ("document", types(&[MainFrame])),
        ("ping", types(&[Ping])),
        ("beacon", types(&[Ping])),
        (
            "websocket,font,media,object",
            types(&[WebSocket, Font, Media, Object]),
        ),
        ("other", types(&[Other, CspReport, WebTransport])),
        ("popup", types(&[Popup])),
        ("all", TypeSet::ALL),
        ("~script", TypeSet::DEFAULT.without(types(&[Script]))),
        (
            "~script,~image",
            TypeSet::DEFAULT.without(types(&[Script, Image])),
        ),
        ("script,~image", types(&[Script])),
        ("~document", TypeSet::DEFAULT),
        ("all,~document", TypeSet::ALL.without(types(&[MainFrame]))),
        ("~webrtc", TypeSet::DEFAULT),
        ("3p", TypeSet::DEFAULT),
        ("SCRIPT", types(&[Script])),
    ] {
        assert_eq!(
            filter(&format!("||a.example^${options}")).types,
            expected,
            "{options}"
        );
    }
}

#[test]
fn parties() {
    for (options, expected) in [
        ("script", Party::Any),
        ("3p", Party::Third),
        ("third-party", Party::Third),
        ("~third-party", Party::First),
        ("1p", Party::First),
        ("first-party", Party::First),
        ("~first-party", Party::Third),
        ("1p,3p", Party::Any),
    ] {
        assert_eq!(
            filter(&format!("||a.example^${options}")).party,
            expected,
            "{options}"
        );
    }
}

#[test]
fn scopes() {
    let f = filter(
        "*$script,domain=a.example|~b.a.example|c.*,to=D.example.|~e.d.example,denyallow=x.example|y.example",
    );
    assert_eq!(f.pattern, Pattern::Any);
    let mut include = hosts(&["a.example"]);
    include.push(DomainPattern::Entity("c".into()));
    assert_eq!(f.from.include, include);
    assert_eq!(f.from.exclude, hosts(&["b.a.example"]));
    assert_eq!(f.to.include, hosts(&["d.example"]));
    assert_eq!(f.to.exclude, hosts(&["e.d.example"]));
    assert_eq!(f.denyallow, ["x.example", "y.example"]);
    let f = filter(r"/x.js$domain=/^a|b,c\/$/|b.example,script");
    assert_eq!(
        f.from.include,
        [
            DomainPattern::Host("b.example".into()),
            DomainPattern::Regex("^a|b,c/$".into())
        ]
    );
    assert_eq!(
        filter("||a.example^$from=bücher.example").from.include,
        hosts(&["xn--bcher-kva.example"])
    );
}

#[test]
fn actions() {
    let redirect = |resource: &str, priority, blocks| {
        Action::Redirect(Redirect {
            resource: resource.into(),
            priority,
            blocks,
        })
    };
    for (line, expected) in [
        ("||a.example^", Action::Block),
        ("@@||a.example^", Action::Allow),
        (
            "||a.example^$csp=worker-src 'none'",
            Action::Csp(Exception::No, "worker-src 'none'".into()),
        ),
        (
            "@@||a.example^$csp",
            Action::Csp(Exception::Yes, String::new()),
        ),
        ("||a.example^$redirect=noopjs", redirect("noop.js", 0, true)),
        (
            "||a.example^$redirect=noop.js:100",
            redirect("noop.js", 100, true),
        ),
        (
            "||a.example^$redirect-rule=1x1.gif",
            redirect("1x1.gif", 0, false),
        ),
        (
            "||a.example^$rewrite=abp-resource:blank-js",
            redirect("noop.js", 0, true),
        ),
        ("||a.example^$empty", redirect("noop.txt", 0, true)),
        ("||a.example^$mp4", redirect("noop-1s.mp4", 0, true)),
        (
            "@@||a.example^$redirect-rule",
            Action::NoRedirect(String::new()),
        ),
        (
            "@@||a.example^$redirect=noopjs",
            Action::NoRedirect("noop.js".into()),
        ),
    ] {
        assert_eq!(filter(line).action, expected, "{line}");
    }
    assert_eq!(
        filter("*$csp=worker-src 'none',domain=a.example").types,
        types(&[ResourceType::MainFrame, ResourceType::SubFrame])
    );
    assert_eq!(
        filter("||a.example^$mp4").types,
        types(&[ResourceType::Media])
    );
    assert!(filter("||a.example^$important").important);
    assert!(filter("/AbC$match-case").match_case);
}

#[test]
fn methods() {
    assert_eq!(
        filter("||a.example^$method=get|post").methods,
        MethodSet(0b101)
    );
    let all_but_get = filter("||a.example^$method=~get").methods;
    assert!(!all_but_get.allows(Method::Get));
    assert!(all_but_get.allows(Method::Other));
}

#[test]
fn dollars_in_patterns_and_values() {
    for (line, pattern, types_) in [
        ("/a$b.js$script", "/a$b.js", types(&[ResourceType::Script])),
        ("/a$b.js", "/a$b.js", TypeSet::DEFAULT),
        ("/a$$script", "/a$", types(&[ResourceType::Script])),
    ] {
        let f = filter(line);
        assert_eq!(f.types, types_, "{line}");
        assert!(
            matches!(&f.pattern, Pattern::Glob(g) if g.text == pattern),
            "{line}"
        );
    }
    for (line, pattern) in [
        ("/ads$/", "ads$"),
        ("/a$b,c/", "a$b,c"),
        ("/a(b|c)$/$domain=/x$/", "a(?:b|c)$"),
        ("/^https?:\\/\\/x\\.js$/$script", "^https?:\\/\\/x\\.js$"),
    ] {
        let pattern = pattern.replace("\\/", "/");
        assert_eq!(filter(line).pattern, Pattern::Regex(pattern), "{line}");
    }
}

#[test]
fn what_is_refused_and_why() {
    for (line, part) in [
        ("||a.example^$fnord", "unknown option “fnord”"),
        ("||a.example^$~fnord", "unknown option “fnord”"),
        (
            "||a.example^$removeparam=x",
            "“removeparam” is not supported",
        ),
        ("||a.example^$header=x:y", "“header” is not supported"),
        (
            "||a.example^$permissions=x",
            "“permissions” is not supported",
        ),
        ("||a.example^$strict3p", "“strict3p” is not supported"),
        ("||a.example^$strict1p", "“strict1p” is not supported"),
        ("||a.example^$webrtc", "“webrtc” is not supported"),
        ("||a.example^$popunder", "“popunder” is not supported"),
        (
            "@@||a.example^$genericblock",
            "“genericblock” is not supported",
        ),
        ("||a.example^$~important", "cannot be negated"),
        ("||a.example^$~all", "cannot be negated"),
        ("||a.example^$script=x", "no usable value"),
        ("||a.example^$domain=", "no usable value"),
        ("||a.example^$domain", "no usable value"),
        ("||a.example^$csp=", "no usable value"),
        (
            "||a.example^$csp=script-src x; report-uri https://x",
            "may not report",
        ),
        ("||a.example^$method=brew", "method"),
        ("||a.example^$method=get|~post", "negated"),
        ("||a.example^$denyallow=~x.example", "cannot be negated"),
        ("||a.example^$denyallow=x.*", "plain host names"),
        (
            "||a.example^$redirect=fnord.js",
            "no bundled resource “fnord.js”",
        ),
        ("||a.example^$redirect=noopjs,csp=x", "do not go together"),
        ("@@||a.example^$important", "do not go together"),
        ("||a.example^$script,~script", "no resource type"),
        ("||a.example^$csp=x,image", "“csp” and “image” do not go"),
        (
            "||a.example^$csp=x,~subdocument,~document",
            "no resource type",
        ),
        (
            "||a.example^$inline-script,script",
            "“inline-script” and “script” do not go",
        ),
        (
            "||a.example^$document,3p",
            "“third-party” and “document” do not go",
        ),
        ("||a.example^$method=get,method=post", "twice"),
        (
            "||a.example^$denyallow=b.example,denyallow=c.example",
            "twice",
        ),
        ("||a.example^$domain=b c", "not a host name"),
        ("||a.example^$domain=b.example||c.example", "empty"),
        ("||a.example^$domain=b.example,domain=c.example", "twice"),
        ("*", "nearly every"),
        ("@@", "nothing is written"),
        ("$", "nearly every"),
        ("/a(?!b)/", "lookahead"),
        (r"/(a)\1/", "backreference"),
        ("/(a{500}){500}/", "too large"),
        ("/(/", "not closed"),
        ("this is no filter", "spaces"),
        ("||a.example^ x", "spaces"),
        ("1.2.3.4 a.example", "redirection"),
        ("a.example##+js(fnord)", "“fnord” is not supported"),
        ("a.example#%#alert(1)", "is not supported"),
        (
            "a.example##^responseheader(x)",
            "“responseheader” is not supported",
        ),
        ("a\0b", "control characters"),
    ] {
        let text = reason(line).to_string();
        assert!(text.contains(part), "{line}: {text}");
    }
}

#[test]
fn unseen_types_beside_others_are_reported_as_a_part() {
    let set = set("! x\n||a.example^$script,webrtc\n@@||a.example^$document,elemhide");
    assert_eq!(set.filters().len(), 2);
    assert_eq!(set.problems().len(), 2);
    assert_eq!(
        set.problems()[0].reason,
        Reason::TypeLeftOut("webrtc".into())
    );
    assert_eq!(set.lists()[0].counts.partial, 2);
}

#[test]
fn types_that_another_option_says_nothing_about_are_reported_as_a_part() {
    for (options, left) in [
        ("csp=x,script,document", &[("script", "csp")][..]),
        (
            "csp=x,xhr,websocket,frame",
            &[("xhr", "csp"), ("websocket", "csp")],
        ),
        (
            "inline-script,script,document",
            &[("script", "inline-script")],
        ),
        ("document,script,3p", &[("document", "third-party")]),
        // Nothing that was asked for is missing.
        ("csp=x,document,subdocument", &[]),
        ("csp=x,all", &[]),
        ("csp=x,~script", &[]),
        ("document,script,1p,3p", &[]),
        ("all,3p", &[]),
    ] {
        let set = set(&format!("[Adblock Plus 2.0]\n||a.example^${options}"));
        assert_eq!(set.filters().len(), 1, "{options}");
        let reasons: Vec<&Reason> = set.problems().iter().map(|p| &p.reason).collect();
        let expected: Vec<Reason> = left
            .iter()
            .map(|(a, b)| Reason::TypeWithout((*a).into(), (*b).into()))
            .collect();
        assert_eq!(reasons, expected.iter().collect::<Vec<_>>(), "{options}");
        assert_eq!(
            set.lists()[0].counts.partial as usize,
            left.len(),
            "{options}"
        );
    }
}

/// Every combination of two options is in force or reported, and the counts add up.
#[test]
fn no_pair_of_options_is_dropped_in_silence() {
    const OPTIONS: &[&str] = &[
        "script",
        "image",
        "css",
        "object",
        "xhr",
        "frame",
        "doc",
        "ping",
        "websocket",
        "webtransport",
        "font",
        "media",
        "popup",
        "other",
        "all",
        "~script",
        "~doc",
        "~frame",
        "1p",
        "3p",
        "~1p",
        "important",
        "match-case",
        "badfilter",
        "domain=b.example",
        "from=~b.example",
        "to=c.a.example",
        "to=~c.a.example",
        "denyallow=c.a.example",
        "method=get",
        "method=~get",
        "csp=x",
        "csp",
        "redirect=noop.js",
        "redirect",
        "redirect-rule=noop.js",
        "rewrite=abp-resource:blank-js",
        "rewrite=x",
        "empty",
        "mp4",
        "inline-script",
        "inline-font",
        "webrtc",
        "popunder",
        "genericblock",
        "ghide",
        "ehide",
        "~ehide",
        "removeparam=x",
        "cname",
        "header=x",
        "reason=why",
        "_",
        "noop",
        "fnord",
    ];
    for start in ["", "@@"] {
        for one in OPTIONS {
            for two in OPTIONS {
                let line = format!("{start}||a.example^${one},{two}");
                let set = set(&format!("[Adblock Plus 2.0]\n{line}"));
                let counts = set.lists()[0].counts;
                let reported = set.problems().len() + set.cosmetic().len();
                let counted = counts.unsupported + counts.broken + counts.partial + counts.cosmetic;
                assert_eq!(reported, counted as usize, "{line}: {counts:?}");
                let whole = reported == 0 || counts.partial as usize == reported;
                assert_eq!(
                    counts.filters + counts.disabled,
                    u32::from(whole),
                    "{line}: {counts:?}"
                );
                // What is in force names every type that is asked for, or the missing one is named.
                let asked: TypeSet = [*one, *two]
                    .iter()
                    .filter_map(|o| options::resource_type(o))
                    .fold(TypeSet::NONE, TypeSet::union);
                let missing = set.filters().first().is_some_and(|f| {
                    let spared = |o: &str| {
                        o.strip_prefix('~')
                            .and_then(options::resource_type)
                            .unwrap_or_default()
                    };
                    asked != TypeSet::ALL
                        && asked
                            .without(f.types)
                            .without(spared(one))
                            .without(spared(two))
                            != TypeSet::NONE
                });
                assert!(
                    !missing || counts.partial > 0,
                    "{line}: {:?}",
                    set.filters()
                );
            }
        }
    }
}

#[test]
fn every_line_is_counted() {
    let text = "[Adblock Plus 2.0]\n! Title: Test\n\n||a.example^\nb.example\n0.0.0.0 c.example d.example # x\n##.ad\na.example##+js(aopr, x)\n@@||a.example^$elemhide\n||e.example^$fnord\n||e.example^$header=x\n!#if env_firefox\n||f.example^\n!#endif\n! end";
    let set = set(text);
    let counts = set.lists()[0].counts;
    assert_eq!(set.lists()[0].metadata.title, "Test");
    assert_eq!(
        counts,
        Counts {
            lines: 15,
            comments: 6,
            filters: 4,
            scriptlets: 1,
            cosmetic: 2,
            unsupported: 1,
            broken: 1,
            partial: 0,
            skipped: 1,
            disabled: 0,
        }
    );
    let lines: Vec<u32> = set.filters().iter().map(|f| f.source.line).collect();
    assert_eq!(lines, [4, 5, 6, 6]);
    assert_eq!(set.cosmetic().len(), 2);
    assert_eq!(set.problems()[0].line, 10);
}

#[test]
fn bare_names() {
    for (line, host) in [
        ("a.example", Some("a.example")),
        ("A.Example.", Some("a.example")),
        ("bücher.example", Some("xn--bcher-kva.example")),
        ("1.2.3.4", Some("1.2.3.4")),
        ("a.example # why", Some("a.example")),
        ("adsense.js", None),
        ("-ad.png", None),
        ("coinhive", None),
    ] {
        match host {
            Some(host) => assert_eq!(filter(line).pattern, Pattern::Host(host.into()), "{line}"),
            None => assert!(matches!(filter(line).pattern, Pattern::Glob(_)), "{line}"),
        }
    }
}

#[test]
fn badfilter_reaches_across_lists() {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_list(
        "a",
        "! x\n||a.example^$script,3p,domain=b.example|c.example\n||a.example^",
    );
    set.add_list("b", "! x\n||a.example^$domain=c.example|b.example,badfilter,third-party,script\n||d.example^$badfilter");
    set.add_list("c", "! x\n||d.example^\n||e.example^");
    let texts: Vec<&str> = set.filters().iter().map(|f| f.text.as_str()).collect();
    assert_eq!(texts, ["||a.example^", "||e.example^"]);
    assert_eq!(set.lists()[0].counts.disabled, 1);
    assert_eq!(set.lists()[0].counts.filters, 1);
    assert_eq!(set.lists()[2].counts.disabled, 1);
}

#[test]
fn conditions_and_includes() {
    let files = |path: &str| match path {
        "more.txt" => {
            Some("! Title: More\n!#include more.txt\n||m.example^\n!#if env_firefox\n".to_owned())
        }
        _ => None,
    };
    let mut set = FilterSet::new(Environment::firefox());
    set.add(&ListText {
        title: "top",
        text: "!#if env_chromium\n||c.example^\n!#include more.txt\n!#else\n||f.example^\n!#endif\n!#include more.txt\n!#include ../x\n!#include https://x/y\n!#include none.txt\n!#if !env_toaster\n||t.example^\n!#endif\n!#if &&\n||u.example^\n!#else\n||v.example^\n!#endif\n!#endif\n!#fnord\n!#safari_cb_affinity(all)\n!#+ NOT_OPTIMIZED",
        include: Some(&files),
        ..ListText::default()
    });
    let texts: Vec<&str> = set.filters().iter().map(|f| f.text.as_str()).collect();
    assert_eq!(
        texts.iter().filter(|t| **t == "||m.example^").count(),
        5,
        "no deeper than the limit"
    );
    assert!(texts.contains(&"||f.example^") && texts.contains(&"||t.example^"));
    assert!(!texts.contains(&"||c.example^") && !texts.contains(&"||u.example^"));
    assert!(
        !texts.contains(&"||v.example^"),
        "a condition that is not understood holds nothing back"
    );
    let on_top: Vec<(u32, String)> = set
        .problems()
        .iter()
        .filter(|p| p.list == ListId(0))
        .map(|p| (p.line, p.reason.to_string()))
        .collect();
    assert_eq!(
        on_top.iter().map(|p| p.0).collect::<Vec<_>>(),
        [8, 9, 10, 11, 14, 19, 20]
    );
    let included = &set.lists()[1];
    assert_eq!(included.parent, Some(ListId(0)));
    assert_eq!(included.title, "top › more.txt");
    assert!(
        set.problems()
            .iter()
            .any(|p| p.list == ListId(1) && p.line == 4)
    );
}

/// The extension follows lists one by one.
#[test]
fn an_include_that_is_not_read_is_reported() {
    let set = set(
        "! Title: x\n||a.example^\n!#include more.txt\n!#if env_firefox\n!#include other.txt\n!#endif",
    );
    let [problem] = set.problems() else {
        panic!("{:?}", set.problems())
    };
    assert_eq!((problem.list, problem.line), (ListId(0), 3));
    assert_eq!(problem.text, "!#include more.txt");
    assert_eq!(
        problem.reason.to_string(),
        "the file “more.txt” that the list includes is not at hand"
    );
    assert_eq!(problem.reason.severity(), Severity::Unsupported);
    let counts = set.lists()[0].counts;
    assert_eq!((counts.unsupported, counts.skipped), (1, 1));
    assert_eq!(set.filters().len(), 1);
}

#[test]
fn sections() {
    let sections = ["mining".to_owned()];
    let mut set = FilterSet::new(Environment::chromium());
    set.add(&ListText {
        title: "x",
        text: "! Title: x\n||a.example^\n! *** Mining.txt ***\n||b.example^\n! a note\n||c.example^\n! *** other ***\n||d.example^\n##.x",
        sections: &sections,
        ..ListText::default()
    });
    let texts: Vec<&str> = set.filters().iter().map(|f| f.text.as_str()).collect();
    assert_eq!(texts, ["||b.example^", "||c.example^"]);
    assert_eq!(set.lists()[0].counts.skipped, 3);
}

#[test]
fn continued_lines() {
    let set = set("! x\n||a.example^$ \\\n    script, \\\n    3p\n||b.example^");
    assert_eq!(set.problems(), []);
    assert_eq!(set.filters()[0].party, Party::Third);
    assert_eq!(set.filters()[0].source.line, 2);
    assert_eq!(set.filters()[1].source.line, 5);
}

#[test]
fn bad_input() {
    let mut set = FilterSet::new(Environment::chromium());
    let mut long = "a".repeat(50_000_000);
    long.push_str("\n||a.example^\n");
    let started = std::time::Instant::now();
    set.add_list("long", &format!("! x\n{long}"));
    assert!(started.elapsed().as_secs() < 20, "linear");
    assert_eq!(set.filters().len(), 1);
    assert!(matches!(
        set.problems()[0].reason,
        Reason::TooLong(50_000_000)
    ));
    set.add_bytes(b"\x1f\x8b\x08", &ListText::default());
    set.add_bytes(b"<!doctype html>", &ListText::default());
    set.add_bytes(b"\xff\xfe|\0|\0a\0.\0b\0^\0", &ListText::default());
    assert_eq!(set.filters().len(), 2);
    assert_eq!(set.lists()[1].counts.broken, 1);
    assert_eq!(set.lists()[2].counts.broken, 1);
}

#[test]
fn lists_of_hostile_lines_cost_no_more_than_their_length() {
    for line in [
        "$$$$$$$$",
        "/a|",
        "a,",
        "/(a{99}){99}/\n",
        "#",
        "##",
        "||*^",
        "'\"`,",
        "!#if (\n",
        "a\\\n",
    ] {
        let text = line.repeat(1_000_000 / line.len());
        let started = std::time::Instant::now();
        for prefix in ["! x\n", "! x\na$domain=", "! x\na##+js(", "# x\n", ""] {
            set(&format!("{prefix}{text}"));
        }
        assert!(started.elapsed().as_secs() < 30, "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_list(text in "[a-c.|*^$@!#,=~/\\\\ \n\r()'\u{0}ü+js0-9:\\[\\]]{0,200}") {
        let set = set(&text);
        let counts = set.lists()[0].counts;
        let seen = counts.comments + counts.cosmetic + counts.unsupported + counts.broken + counts.partial
            + counts.skipped + counts.disabled + counts.filters + counts.scriptlets;
        proptest::prop_assert!(counts.lines <= seen, "{counts:?}");
    }

    #[test]
    fn a_filter_says_the_same_when_its_text_is_read_again(
        pattern in "(\\|\\|)?[a-c.]{1,8}\\^?", options in "(\\$(script|3p|domain=a\\.example|~image|important)){0,1}"
    ) {
        let line = format!("{pattern}{options}");
        let first = set(&format!("! x\n{line}"));
        if let Some(f) = first.filters().first() {
            let again = set(&format!("! x\n{}", f.text));
            proptest::prop_assert_eq!(again.filters().first(), Some(f));
        }
    }
}
