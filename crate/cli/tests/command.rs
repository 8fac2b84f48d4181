//! The command as a person runs it: answers, exit codes, bad input.

mod support;

use support::{nomine, nomine_in, stdin, temporary};

#[test]
fn wrong_usage_is_plain_and_ends_with_2() {
    for arguments in [
        &["--bogus"][..],
        &["scan"],
        &["check"],
        &["nonsense"],
        &["check", "--type"],
        &["scan", "--max-size", "0", "x"],
    ] {
        let run = nomine(arguments);
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(
            run.err.starts_with("error:") || run.err.contains("Usage:"),
            "{arguments:?}: {}",
            run.err
        );
        assert!(run.out.is_empty(), "{arguments:?}: {}", run.out);
        assert!(!run.err.contains("panicked"));
    }
    let run = nomine(&["--help"]);
    assert_eq!(run.code, 0);
    assert!(run.out.contains("scan") && run.out.contains("Exit codes"));
    assert_eq!(nomine(&["--version"]).code, 0);
}

#[test]
fn check_names_the_filter_and_the_list() {
    let run = nomine(&[
        "check",
        "wss://lolwitkio.de./proxy",
        "--from",
        "https://a.example/",
        "--type",
        "websocket",
        "--json",
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    let answer: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(answer["effect"], "block");
    assert_eq!(answer["filter"]["filter"], "||lolwitkio.de^");
    assert_eq!(answer["filter"]["list"], "Nomine miners");
    assert_eq!(answer["type"], "websocket");

    let run = nomine(&[
        "check",
        "https://example.com/miner.js",
        "--from",
        "https://example.com/",
    ]);
    assert_eq!(
        (run.code, run.out.as_str()),
        (0, "not listed https://example.com/miner.js\n")
    );
    for wrong in [
        &["check", "no address"][..],
        &["check", "https://a.example/", "--type", "nonsense"],
        &["check", "https://a.example/", "--method", "G T"],
        &["check", "https://a.example/", "--list", "/nowhere/list.txt"],
    ] {
        let run = nomine(wrong);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{wrong:?}");
        assert!(run.err.starts_with("nomine: "), "{wrong:?}: {}", run.err);
    }
}

#[test]
fn check_takes_other_lists() {
    let folder = temporary("lists");
    std::fs::write(
        folder.join("own.txt"),
        "! Title: Own\n||own.example^\n@@||own.example/fine^\n",
    )
    .expect("written");
    let run = nomine_in(
        &folder,
        &["check", "https://own.example/x", "--list", "own.txt"],
    );
    assert_eq!(run.code, 1);
    assert!(run.out.contains("Own, line 2"), "{}", run.out);
    let run = nomine_in(
        &folder,
        &["check", "https://own.example/fine/", "--list", "own.txt"],
    );
    assert_eq!(run.code, 0);
    assert!(
        run.out.starts_with("allowed") && run.out.contains("exception @@||own.example/fine^"),
        "{}",
        run.out
    );
    assert_eq!(
        nomine_in(
            &folder,
            &[
                "check",
                "https://coinhive.com/lib/coinhive.min.js",
                "--list",
                "own.txt"
            ]
        )
        .code,
        0
    );
}

#[test]
fn completions_are_written() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = nomine(&["completions", shell]);
        assert_eq!(run.code, 0, "{shell}");
        assert!(run.out.contains("scan"), "{shell}");
    }
    assert_eq!(nomine(&["completions", "tcsh"]).code, 2);
}

#[test]
fn compile_is_repeatable_and_reports() {
    let folder = temporary("compile");
    let lists = folder.join("lists");
    std::fs::create_dir_all(&lists).expect("made");
    std::fs::write(
        lists.join("one.txt"),
        "! Title: One\n||miner.example^\n||bad.example^$nonsense\na.example##.ad\n##.b\n\n##.c\n||part.example^$script,webrtc\n!#if env_chromium\n||only.example^\na.example##+js(nowebrtc)\n!#endif\n",
    )
    .expect("written");
    for out in ["a", "b"] {
        let run = nomine_in(&folder, &["compile", "--lists", "lists", "--out", out]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("One: 2 filters in force"), "{}", run.out);
    }
    let files = support::files(&folder.join("a"));
    assert_eq!(files, support::files(&folder.join("b")));
    for name in [
        "signatures.bin",
        "report.json",
        "report.txt",
        "chromium/engine.bin",
        "chromium/scriptlets.json",
        "firefox/engine.bin",
        "firefox/scriptlets.json",
        "chromium/miners.json",
        "firefox/miners.json",
    ] {
        assert!(files.keys().any(|file| file == name), "{name}");
    }
    let report: serde_json::Value = serde_json::from_slice(&files["report.json"]).expect("JSON");
    assert_eq!(report["lists"][0]["id"], "one");
    assert_eq!(report["lists"][0]["refused"], 1);
    assert_eq!(report["problems"][0]["line"], 3);
    let rules: serde_json::Value =
        serde_json::from_slice(&files["firefox/miners.json"]).expect("JSON");
    assert_eq!(rules[0]["condition"]["requestDomains"][0], "miner.example");
    // Filters for the look of pages are told by their lines and counted.
    assert_eq!(
        report["lists"][0]["cosmetic"],
        serde_json::json!([[4, 5], [7, 7]])
    );
    let text = String::from_utf8_lossy(&files["report.txt"]).into_owned();
    for part in [
        "3 not in force, cosmetic filters are not supported",
        "lines 4-5, 7\n",
        "1 in force but for a part",
        "2 left out by a condition",
        "One, line 8: the filter is in force but not for the resource type “webrtc”",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Each browser gets what its own conditions leave in force.
    let of = |name: &str| String::from_utf8_lossy(&files[name]).into_owned();
    for (browser, has) in [("chromium", true), ("firefox", false)] {
        let name = |file: &str| format!("{browser}/{file}");
        assert_eq!(
            of(&name("miners.json")).contains("only.example"),
            has,
            "{browser}"
        );
        assert_eq!(
            of(&name("scriptlets.json")).contains("nowebrtc"),
            has,
            "{browser}"
        );
        let engine =
            nomine_engine::Engine::load(files[&name("engine.bin")].clone()).expect("loads");
        let request = nomine_engine::Request::new(
            "https://only.example/x",
            "",
            nomine_engine::filter::ResourceType::Script,
        );
        let blocks = engine.effect(&request) == nomine_engine::Effect::Block;
        assert_eq!(blocks, has, "{browser}");
    }

    assert_eq!(
        nomine_in(&folder, &["compile", "--lists", "missing", "--out", "c"]).code,
        2
    );
    std::fs::create_dir_all(folder.join("empty")).expect("made");
    let run = nomine_in(&folder, &["compile", "--lists", "empty", "--out", "c"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("there is no list"), "{}", run.err);
}

#[test]
fn check_list_tells_of_every_line_that_is_not_in_force() {
    let folder = temporary("check-list");
    std::fs::write(
        folder.join("one.txt"),
        "||miner.example^\na.example##.ad\n||b.example^$csp=x,script,document\n||c.example^$csp=x,script\n",
    )
    .expect("written");
    let run = nomine_in(&folder, &["check-list", "one.txt", "--problems", "--json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let lines: Vec<serde_json::Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let found: Vec<(u64, &str, &str)> = lines
        .iter()
        .map(|line| {
            let text = |value: &'_ serde_json::Value| value.as_str().map(str::to_owned);
            assert!(text(&line["text"]).is_some_and(|text| !text.is_empty()));
            (
                line["line"].as_u64().unwrap_or_default(),
                line["state"].as_str().unwrap_or_default(),
                line["reasons"][0].as_str().unwrap_or_default(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                2,
                "refused",
                "cosmetic filters are not supported: this is not a network filter"
            ),
            (
                3,
                "in-force",
                "the filter is in force but not for the resource type “script”, which does not go together with “csp”"
            ),
            (
                4,
                "refused",
                "the options “csp” and “script” do not go together"
            ),
        ]
    );
    let many = "||a.example^$nonsense\n".repeat(10_003);
    std::fs::write(folder.join("many.txt"), many).expect("written");
    let run = nomine_in(&folder, &["check-list", "many.txt"]);
    assert!(run.err.contains("3 more lines"), "{}", run.err);
}

/// On a terminal (that of util-linux's `script`), a command that takes long says what it is doing;
/// elsewhere nothing but the answer is written.
#[cfg(target_os = "linux")]
#[test]
fn long_work_shows_its_progress_on_a_terminal() {
    let folder = temporary("progress");
    let lists = folder.join("lists");
    std::fs::create_dir_all(&lists).expect("made");
    let names = (0..60_000).map(|n| format!("host{n}.example"));
    let list = names.collect::<Vec<_>>().join("\n");
    std::fs::write(lists.join("large.txt"), list).expect("written");
    for (arguments, word) in [
        ("compile --lists lists --out out", "reading lists/large.txt"),
        (
            "check https://host7.example/ --list lists/large.txt",
            "reading lists/large.txt",
        ),
        (
            "check-list lists/large.txt --problems",
            "reading lists/large.txt as in Chromium",
        ),
    ] {
        let command = format!("{} {arguments} >answer", env!("CARGO_BIN_EXE_nomine"));
        let run = std::process::Command::new("script")
            .args(["--quiet", "--command", &command, "/dev/null"])
            .current_dir(&folder)
            .env("TERM", "xterm")
            .stdin(std::process::Stdio::null())
            .output()
            .expect("script of util-linux");
        let shown = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(shown.contains(word), "{arguments}: {shown:?}");
        let answer = std::fs::read_to_string(folder.join("answer")).expect("read");
        assert!(!answer.contains("reading"), "{arguments}: {answer}");
        let split: Vec<&str> = arguments.split(' ').collect();
        assert_eq!(nomine_in(&folder, &split).err, "", "{arguments}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_nomine"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn standard_input_is_scanned() {
    let page = "<script src=\"https://coinhive.com/lib/coinhive.min.js\"></script>";
    let run = stdin(
        &["scan", "-", "--json"],
        format!("<!doctype html>{page}").as_bytes(),
    );
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let line: serde_json::Value = serde_json::from_str(&run.out).expect("one line of JSON");
    assert_eq!(
        (line["path"].as_str(), line["verdict"].as_str()),
        (Some("-"), Some("block"))
    );
    assert!(
        line["evidence"][0]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("coinhive.com"))
    );
}
