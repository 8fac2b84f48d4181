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
        "! Title: One\n||miner.example^\n||bad.example^$nonsense\na.example##.ad\n",
    )
    .expect("written");
    for out in ["a", "b"] {
        let run = nomine_in(&folder, &["compile", "--lists", "lists", "--out", out]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.contains("One: 1 filters in force"), "{}", run.out);
    }
    let files = support::files(&folder.join("a"));
    assert_eq!(files, support::files(&folder.join("b")));
    for name in [
        "engine.bin",
        "signatures.bin",
        "report.json",
        "report.txt",
        "scriptlets.json",
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
