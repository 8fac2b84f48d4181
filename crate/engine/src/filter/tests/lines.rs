//! Lines by themselves: what they mean, and what is refused and why.

use super::*;

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
