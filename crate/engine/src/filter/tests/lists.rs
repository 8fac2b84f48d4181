//! Whole lists, small and committed, and what becomes of each line.

use super::*;
use crate::work::tests::{assert_linear, looked};

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

/// As in a list that a person pastes.
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
    let text = format!("! x\n{long}");
    let looked = looked(|| {
        set.add_list("long", &text);
    });
    assert!(looked < 1_000, "only its beginning is looked at: {looked}");
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
    // Lines without an end of their own stay below the longest that is read.
    for line in [
        "$$$$$$$$",
        "/a|",
        "a,",
        "a=/,",
        "/(a{99}){99}/\n",
        "#",
        "##",
        "#a",
        "||*^",
        "'\"`,",
        "!#if (\n",
        "!#if a\n",
        "a \\\n    ",
        "a$badfilter\na\n",
    ] {
        for prefix in ["! x\n", "! x\na$domain=", "! x\na##+js(", "# x\n", ""] {
            let what = format!("{prefix}{line}");
            assert_linear(&what, 100_000 / line.len(), |count| {
                set(&format!("{prefix}{}", line.repeat(count)));
            });
        }
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
