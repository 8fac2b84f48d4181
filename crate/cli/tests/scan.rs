//! `nomine scan` and `explain` on what people point them at.

mod support;

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;
use support::{nomine_in, stdin, temporary};

const SNIPPET: &str =
    "<!doctype html><p>Hello<script src=\"https://coinhive.com/lib/coinhive.min.js\"></script>";
const HARMLESS: &str = "export const add = (a, b) => a + b;\n";

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

fn zip(path: &Path, prefix: &[u8], entries: &[(&str, &[u8])]) {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("an entry");
        writer.write_all(bytes).expect("written");
    }
    let body = writer.finish().expect("whole").into_inner();
    std::fs::write(path, [prefix, &body].concat()).expect("written");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("whole")
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder
            .append_data(&mut header, name, *bytes)
            .expect("an entry");
    }
    builder.into_inner().expect("whole")
}

#[test]
fn harmless_files_are_clean() {
    let folder = temporary("clean");
    std::fs::write(folder.join("a.js"), HARMLESS).expect("written");
    std::fs::write(
        folder.join("b.html"),
        "<!doctype html><p>Hi<script>console.log(1)</script>",
    )
    .expect("written");
    std::fs::write(folder.join("c.png"), b"\x89PNG\r\n\x1a\n\0\0").expect("written");
    let run = nomine_in(&folder, &["scan", ".", "--json"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let lines = lines(&run.out);
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!(line["verdict"], "allow");
        assert_eq!(line["error"], Value::Null);
        for key in ["path", "family", "algorithm", "confidence", "evidence"] {
            assert!(line.get(key).is_some(), "{key}");
        }
    }
    let run = nomine_in(&folder, &["scan", "."]);
    assert_eq!(
        run.out,
        "2 inspected: 0 miners, 0 to watch, 0 not inspected\n"
    );
}

#[test]
fn archives_are_opened() {
    let folder = temporary("archives");
    let page = SNIPPET.as_bytes();
    let inner: &[(&str, &[u8])] = &[("deep/page.html", page), ("ok.js", HARMLESS.as_bytes())];
    zip(&folder.join("site.zip"), b"", inner);
    zip(&folder.join("extension.xpi"), b"", inner);
    zip(
        &folder.join("extension.crx"),
        &[
            b"Cr24".as_slice(),
            &3_u32.to_le_bytes(),
            &4_u32.to_le_bytes(),
            b"head",
        ]
        .concat(),
        inner,
    );
    std::fs::write(folder.join("package.tgz"), gzip(&tar(inner))).expect("written");
    std::fs::write(folder.join("page.html.gz"), gzip(page)).expect("written");
    let nested = std::fs::read(folder.join("site.zip")).expect("there");
    std::fs::write(folder.join("nested.tar"), tar(&[("site.zip", &nested)])).expect("written");
    for (name, path) in [
        ("site.zip", "site.zip!/deep/page.html"),
        ("extension.xpi", "extension.xpi!/deep/page.html"),
        ("extension.crx", "extension.crx!/deep/page.html"),
        ("package.tgz", "package.tgz!/deep/page.html"),
        ("page.html.gz", "page.html.gz"),
        ("nested.tar", "nested.tar!/site.zip!/deep/page.html"),
    ] {
        let run = nomine_in(&folder, &["scan", name, "--json"]);
        assert_eq!(run.code, 1, "{name}: {}{}", run.out, run.err);
        let found: Vec<_> = lines(&run.out)
            .into_iter()
            .filter(|line| line["verdict"] == "block")
            .collect();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0]["path"], path, "{name}");
    }
    // All at once: the same lines in the order of the names, twice.
    let first = nomine_in(&folder, &["scan", ".", "--json", "-j", "4"]);
    assert_eq!(
        first.out,
        nomine_in(&folder, &["scan", ".", "--json", "-j", "1"]).out
    );
    assert_eq!(first.code, 1);
}

#[test]
fn captures_are_opened() {
    let folder = temporary("captures");
    let har = serde_json::json!({ "log": { "version": "1.2", "entries": [
        { "request": { "url": "https://shop.example/", "headers": [] }, "response": { "content": { "mimeType": "text/html", "text": "<p>fine</p>" } } },
        { "request": { "url": "wss://lolwitkio.de/proxy", "headers": [{ "name": "Origin", "value": "https://shop.example" }] }, "_resourceType": "websocket", "response": { "content": {} } },
    ] } });
    std::fs::write(folder.join("session.har"), har.to_string()).expect("written");
    let run = nomine_in(&folder, &["scan", "session.har", "--json"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("session.har!/wss://lolwitkio.de/proxy"));

    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{SNIPPET}");
    let warc = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://shop.example/\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    std::fs::write(folder.join("crawl.warc.gz"), gzip(warc.as_bytes())).expect("written");
    let run = nomine_in(&folder, &["scan", "crawl.warc.gz", "--json"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_goes_on() {
    let folder = temporary("broken");
    std::fs::write(folder.join("a.zip"), b"PK\x03\x04 not really").expect("written");
    std::fs::write(folder.join("b.js"), HARMLESS).expect("written");
    let run = nomine_in(&folder, &["scan", ".", "nowhere", "--json"]);
    assert_eq!(run.code, 2, "{}", run.out);
    let errors: Vec<_> = lines(&run.out)
        .into_iter()
        .filter(|line| line["error"].is_string())
        .collect();
    assert_eq!(errors.len(), 2);
    assert!(errors.iter().all(|line| {
        line["error"]
            .as_str()
            .is_some_and(|error| error.starts_with("not inspected: "))
    }));
    assert!(run.out.contains("\"b.js\"") || run.out.contains("./b.js"));
    // A miner beside something broken is still found.
    std::fs::write(folder.join("c.html"), SNIPPET).expect("written");
    assert_eq!(nomine_in(&folder, &["scan", "."]).code, 1);
}

#[test]
fn bombs_are_bounded() {
    let folder = temporary("bombs");
    let zeros = vec![0_u8; 3 << 20];
    zip(
        &folder.join("bomb.zip"),
        b"",
        &[("1.js", &zeros), ("2.js", &zeros)],
    );
    let run = nomine_in(&folder, &["scan", "bomb.zip", "--json", "--max-size", "1"]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(
        lines(&run.out)
            .iter()
            .all(|line| line["error"] == "not inspected: larger than 1 MiB")
    );
    let run = nomine_in(
        &folder,
        &["scan", "bomb.zip", "--json", "--max-unpacked", "4"],
    );
    assert!(
        run.out.contains("unpacks to more than is allowed"),
        "{}",
        run.out
    );
    let mut nest = HARMLESS.as_bytes().to_vec();
    for _ in 0..12 {
        nest = gzip(&nest);
    }
    std::fs::write(folder.join("nest.js.gz"), nest).expect("written");
    let run = nomine_in(&folder, &["scan", "nest.js.gz", "--json"]);
    assert_eq!(run.code, 2);
    assert!(run.out.contains("nested too deeply"), "{}", run.out);
}

#[test]
fn sarif_has_the_shape_that_code_hosts_read() {
    let folder = temporary("sarif");
    std::fs::write(folder.join("page.html"), SNIPPET).expect("written");
    let run = nomine_in(&folder, &["scan", ".", "--sarif", "--out", "log.sarif"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    let text = std::fs::read_to_string(folder.join("log.sarif")).expect("written");
    let log: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "nomine");
    let result = &run["results"][0];
    assert_eq!(result["level"], "error");
    assert_eq!(result["ruleId"], run["tool"]["driver"]["rules"][0]["id"]);
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "page.html"
    );
    assert!(
        result["message"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("coinhive.com"))
    );
}

#[test]
fn parts_of_pages_are_judged() {
    let folder = temporary("parts");
    let frame = "<iframe srcdoc=\"&lt;script src=&quot;//crypto-loot.com/lib/x.js&quot;&gt;&lt;/script&gt;\"></iframe>";
    std::fs::write(folder.join("frame.html"), frame).expect("written");
    std::fs::write(
        folder.join("own.html"),
        "<script src='/js/deepMiner.min.js'></script>",
    )
    .expect("written");
    std::fs::write(
        folder.join("near.html"),
        "<script src='/js/miner.js'></script><script src='/c.wasm'></script>",
    )
    .expect("written");
    let run = nomine_in(&folder, &["scan", ".", "--json"]);
    let found: Vec<_> = lines(&run.out)
        .into_iter()
        .filter(|line| line["verdict"] == "block")
        .map(|line| {
            line["path"]
                .as_str()
                .unwrap_or_default()
                .trim_start_matches("./")
                .to_owned()
        })
        .collect();
    assert_eq!(found, ["frame.html", "own.html"]);
}

#[test]
fn explain_says_why() {
    let run = nomine_in(
        Path::new("."),
        &[
            "explain",
            "wss://lokilokitwo.de:10006/",
            "--from",
            "https://a.example/",
            "--json",
        ],
    );
    assert_eq!(run.code, 1, "{}", run.err);
    let answer: Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(
        (answer["host"].as_str(), answer["site"].as_str()),
        (Some("lokilokitwo.de"), Some("lokilokitwo.de"))
    );
    let cases = answer["cases"].as_array().expect("cases");
    assert!(
        cases
            .iter()
            .any(|case| case["type"] == "websocket" && case["effect"] == "block")
    );

    let run = stdin(&["explain", "-"], HARMLESS.as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.starts_with("-: allow"), "{}", run.out);
    assert_eq!(nomine_in(Path::new("."), &["explain", "neither"]).code, 2);
}

#[test]
fn lists_are_checked_line_by_line() {
    let list = "! head\n||a.example^\n||b.example^$domain=x.*\n||c.example^$nonsense\na.example##.ad\nx.example##+js(aopr, miner)\n||d.example^$all\n!#if env_firefox\n||e.example^\n!#endif\n!#include other.txt\n##+js(nowebrtc)\n";
    let run = stdin(&["check-list", "-", "--json"], list.as_bytes());
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let found: Vec<String> = lines(&run.out)
        .iter()
        .map(|line| {
            let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let [state, chromium, firefox] = [
                word(&line["state"]),
                word(&line["dnr"]["chromium"]),
                word(&line["dnr"]["firefox"]),
            ];
            format!("{} {state} {chromium} {firefox}", line["line"])
        })
        .collect();
    assert_eq!(
        found,
        [
            "2 in-force whole whole",
            // Firefox's own rules cannot express it either; its engine applies it.
            "3 engine-only none none",
            "4 refused none none",
            "5 refused none none",
            "6 in-force none none",
            "7 in-force partly partly",
            "9 in-force - whole",
            "11 refused none none",
            // Chromium cannot ask on every page.
            "12 engine-only none none",
        ]
    );
    // The limits of lists that are followed, not those of the package.
    let many = (0..26_000).fold(String::new(), |text, n| text + &format!("/path-{n}/x.js\n"));
    let run = stdin(&["check-list", "-"], many.as_bytes());
    let sum = run.out.lines().last().unwrap_or_default();
    assert_eq!(
        sum,
        "25000 in force, 1000 engine only; among the browser's own rules: 25000 in Chromium, 4000 in Firefox"
    );
    let hosts = (0..31_000).fold(String::new(), |text, n| {
        text + &format!("||a{n}.example^\n")
    });
    let run = stdin(&["check-list", "-"], hosts.as_bytes());
    assert!(
        run.out.ends_with(
            "31000 in force; among the browser's own rules: 31000 in Chromium, 0 in Firefox\n"
        ),
        "{}",
        run.out.lines().last().unwrap_or_default()
    );
    assert_eq!(stdin(&["check-list", "-"], b"||a.example^\n").code, 0);
    assert_eq!(
        nomine_in(Path::new("."), &["check-list", "/nowhere"]).code,
        2
    );
}

#[test]
fn resolvers_get_their_forms() {
    for (format, sample) in [
        ("hosts", "0.0.0.0 lolwitkio.de"),
        ("domains", "lolwitkio.de"),
        ("rpz", "lolwitkio.de"),
        ("dnsmasq", "/lolwitkio.de/"),
        ("unbound", "\"lolwitkio.de"),
        ("adguard", "||lolwitkio.de^"),
    ] {
        let run = nomine_in(Path::new("."), &["dns", "--format", format]);
        assert_eq!(run.code, 0, "{format}: {}", run.err);
        assert!(run.out.contains(sample), "{format}");
        assert!(!run.out.contains("webmr.js"), "{format}");
    }
    assert_eq!(
        nomine_in(Path::new("."), &["dns", "--format", "bind9"]).code,
        2
    );
}

/// A script that is a miner.
fn miner() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = "../../tests/sites/miners/coinhive/cryptonight-worker.js";
    std::fs::read(root.join(script)).expect("there")
}

#[test]
fn scripts_in_data_addresses_are_judged() {
    use base64::Engine as _;
    let folder = temporary("data-scripts");
    let body = base64::engine::general_purpose::STANDARD.encode(miner());
    for head in ["", "text/plain", "text/javascript", "image/png"] {
        let page = format!("<p>Hi</p><script src=\"da\nta:{head};base64,{body}#part\"></script>");
        std::fs::write(folder.join("page.html"), page).expect("written");
        let run = nomine_in(&folder, &["scan", "page.html", "--json"]);
        assert_eq!(run.code, 1, "{head}: {}{}", run.out, run.err);
        let found = lines(&run.out);
        let evidence = found[0]["evidence"].as_array().expect("evidence");
        assert!(!evidence.is_empty());
        for one in evidence {
            assert_eq!(one["place"]["offset"], 9, "{one}");
        }
    }
}

#[test]
fn one_broken_entry_of_a_capture_spoils_no_other() {
    let folder = temporary("broken-capture");
    let har = serde_json::json!({ "log": { "entries": [
        { "request": { "url": "https://a.example/1", "headers": null }, "response": { "content": { "mimeType": null, "text": null } }, "_webSocketMessages": null },
        { "request": 1 },
        { "request": { "url": "https://a.example/2.js" }, "response": { "content": { "mimeType": "text/javascript", "text": "*", "encoding": "base64" } } },
        { "request": { "url": "https://a.example/3" }, "response": { "content": { "mimeType": "text/html", "text": SNIPPET } } },
    ] } });
    std::fs::write(folder.join("session.har"), har.to_string()).expect("written");
    let run = nomine_in(&folder, &["scan", "session.har", "--json"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let errors: Vec<_> = lines(&run.out)
        .into_iter()
        .filter(|line| line["error"].is_string())
        .map(|line| line["path"].clone())
        .collect();
    assert_eq!(
        errors,
        ["session.har!/#1", "session.har!/https://a.example/2.js"]
    );
}

#[test]
fn what_is_cut_out_or_skipped_counts() {
    let folder = temporary("counted");
    // A module whose own section has the head of another in it.
    let head = b"\0asm\x01\0\0\0";
    let module = [head.as_slice(), &[0, 9, 0], head].concat();
    let cache = [b"\x01\0".as_slice(), &module, b"\0\0", head].concat();
    std::fs::write(folder.join("cache.bin"), &cache).expect("written");
    let run = nomine_in(&folder, &["scan", "cache.bin", "--json"]);
    let paths: Vec<_> = lines(&run.out)
        .into_iter()
        .map(|line| line["path"].clone())
        .collect();
    assert_eq!(paths, ["cache.bin!/0x2.wasm", "cache.bin!/0x17.wasm"]);
    // Copies count as what is unpacked does.
    let module = [head.as_slice(), &[0, 0x80, 0x80, 0x40], &vec![0; 1 << 20]].concat();
    std::fs::write(
        folder.join("caches.bin"),
        [&b"\x01\0"[..], &module.repeat(3)].concat(),
    )
    .expect("written");
    let run = nomine_in(
        &folder,
        &["scan", "caches.bin", "--json", "--max-unpacked", "2"],
    );
    assert!(run.out.contains("unpacks to more"), "{}", run.out);
    // The rest of an entry that is too large is skipped, but unpacked all the same.
    let zeros = vec![0_u8; 8 << 20];
    let packed = gzip(&tar(&[("large.js", &zeros), ("small.js", b"a")]));
    std::fs::write(folder.join("skip.tgz"), packed).expect("written");
    let run = nomine_in(
        &folder,
        &[
            "scan",
            "skip.tgz",
            "--json",
            "--max-size",
            "1",
            "--max-unpacked",
            "4",
        ],
    );
    assert!(run.out.contains("larger than 1 MiB"), "{}", run.out);
    assert!(run.out.contains("unpacks to more"), "{}", run.out);
}

#[test]
fn a_page_may_begin_late() {
    let folder = temporary("late");
    let page = format!("{}{SNIPPET}", " ".repeat(900));
    std::fs::write(folder.join("page"), page).expect("written");
    assert_eq!(nomine_in(&folder, &["scan", "."]).code, 1);
    std::fs::write(folder.join("c.png"), b"\x89PNG\r\n\x1a\n\0\0").expect("written");
    std::fs::remove_file(folder.join("page")).expect("there");
    assert_eq!(nomine_in(&folder, &["scan", "--all", "."]).code, 0);
    let run = nomine_in(&folder, &["explain", "."]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("nomine scan"), "{}", run.err);
}

#[test]
fn a_list_that_came_to_nothing_is_an_error() {
    let folder = temporary("no-list");
    let ask = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).expect("written");
        nomine_in(&folder, &["check", "https://a.example/", "--list", name])
    };
    for (name, bytes) in [
        ("image.txt", &b"\x89PNG\r\n\x1a\n\0\0\0\x01"[..]),
        ("page.txt", b"<!doctype html><html><body>404</body></html>"),
        ("empty.txt", b"! only a comment\n"),
        ("broken.txt", b"||a.example^$nonsense\n"),
    ] {
        let run = ask(name, bytes);
        assert_eq!(run.code, 2, "{name}: {}{}", run.out, run.err);
    }
    let run = ask("partly.txt", b"||a.example^\n||b.example^$nonsense\n");
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("in force: 1;"), "{}", run.err);
    // What is partly read is in force.
    let run = stdin(&["check-list", "-"], b"! caf\xe9\n||a.example^\n");
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}
