//! A channel of lists as its keeper runs it: keys, signatures, bundles, differences, the server.

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::{Run, nomine, temporary};

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).expect("JSON")
}

/// A folder with lists and a key without a password.
fn channel(name: &str) -> (PathBuf, String) {
    let folder = temporary(name);
    let run = nomine(&[
        "keygen",
        "--no-password",
        "--json",
        text(&folder.join("mine")),
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let key = json(&run)["key"].as_str().expect("a key").to_owned();
    std::fs::create_dir_all(folder.join("lists/signatures")).expect("folders");
    std::fs::write(folder.join("lists/miners.txt"), list(100)).expect("written");
    (folder, key)
}

fn list(count: usize) -> String {
    (0..count).fold("! Title: Mine\n".to_owned(), |text, number| {
        text + &format!("||miner{number}.example^\n")
    })
}

fn bundle(folder: &Path, version: &str, more: &[&str]) -> (PathBuf, Run) {
    let (out, lists, key) = (
        folder.join(format!("{version}.nomine")),
        folder.join("lists"),
        folder.join("mine.key"),
    );
    let mut arguments = vec![
        "bundle",
        "--lists",
        text(&lists),
        "--bundle-version",
        version,
        "--key",
        text(&key),
        "--out",
        text(&out),
        "--json",
    ];
    arguments.extend(more);
    let run = nomine(&arguments);
    (out, run)
}

#[test]
fn keys_are_made_once_and_open_what_they_signed() {
    let (folder, key) = channel("update-keys");
    let name = folder.join("mine");
    let again = nomine(&["keygen", "--no-password", text(&name)]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("not overwritten"), "{}", again.err);

    let file = folder.join("a.txt");
    std::fs::write(&file, "hello").expect("written");
    let secret = folder.join("mine.key");
    assert_eq!(
        nomine(&["sign", text(&file), "--key", text(&secret)]).code,
        0
    );
    let public = folder.join("mine.pub");
    for key in [key.as_str(), text(&public)] {
        assert_eq!(nomine(&["verify", text(&file), "--key", key]).code, 0);
    }
    std::fs::write(&file, "hullo").expect("written");
    let run = nomine(&["verify", text(&file), "--key", &key, "--json"]);
    assert_eq!((run.code, &json(&run)["good"]), (1, &Value::Bool(false)));
    let run = nomine(&["verify", "/no/such/file", "--key", &key]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_key_with_a_password_needs_it() {
    let folder = temporary("update-password");
    let (name, good, bad) = (folder.join("k"), folder.join("good"), folder.join("bad"));
    std::fs::write(&good, "correct horse\n").expect("written");
    std::fs::write(&bad, "wrong\n").expect("written");
    let run = nomine(&["keygen", "--password-file", text(&good), text(&name)]);
    assert_eq!(run.code, 0, "{}", run.err);
    let secret = folder.join("k.key");
    let sign = |password: &Path| {
        nomine(&[
            "sign",
            text(&good),
            "--key",
            text(&secret),
            "--password-file",
            text(password),
        ])
    };
    assert_eq!(sign(&good).code, 0);
    assert_eq!(sign(&bad).code, 2);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&secret)
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "nobody else reads it");
    }
}

#[test]
fn bundles_and_their_differences_are_verified() {
    let (folder, key) = channel("update-bundle");
    let (first, run) = bundle(&folder, "1", &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(json(&run)["version"], 1);
    let mut longer = list(100);
    longer.push_str("||one-more.example^\n");
    std::fs::write(folder.join("lists/miners.txt"), longer).expect("written");
    let (second, run) = bundle(&folder, "2", &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let delta = folder.join("1-2.delta");
    let secret = folder.join("mine.key");
    let make = |old: &Path, new: &Path| {
        nomine(&[
            "delta",
            text(old),
            text(new),
            "--key",
            text(&secret),
            "--out",
            text(&delta),
        ])
    };
    assert_eq!(make(&second, &first).code, 2, "versions only rise");
    let run = make(&first, &second);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(delta.metadata().expect("there").len() < second.metadata().expect("there").len());

    let verify = |path: &Path, more: &[&str]| {
        let mut arguments = vec!["verify", text(path), "--key", key.as_str()];
        arguments.extend(more);
        nomine(&arguments)
    };
    assert_eq!(verify(&second, &[]).code, 0);
    assert_eq!(verify(&second, &["--newer-than", "1"]).code, 0);
    assert_eq!(verify(&delta, &["--base", text(&first)]).code, 0);
    let old = verify(&second, &["--newer-than", "2"]);
    assert_eq!(old.code, 1);
    assert!(old.out.contains("not newer"), "{}", old.out);
    let alone = verify(&delta, &[]);
    assert_eq!(alone.code, 1);
    assert!(alone.out.contains("not installed"), "{}", alone.out);
    assert_eq!(
        nomine(&[
            "verify",
            text(&second),
            "--key",
            "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
        ])
        .code,
        1
    );
}

#[test]
fn what_would_be_held_back_or_is_over_is_not_good() {
    let (folder, key) = channel("update-gate");
    let (path, run) = bundle(&folder, "1", &["--created", "1000000000", "--days", "10"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = nomine(&["verify", text(&path), "--key", &key]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("ended"), "{}", run.out);
    std::fs::write(folder.join("lists/miners.txt"), "||github.com^\n").expect("written");
    let (_, run) = bundle(&folder, "2", &[]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("github.com"), "{}", run.err);
}

#[test]
fn what_no_installation_opens_is_not_signed() {
    let (folder, _) = channel("update-refused");
    let (path, run) = bundle(&folder, "9007199254740992", &[]);
    assert_eq!((run.code, path.exists()), (2, false), "{}", run.err);
    for (name, list, why) in [
        ("Other.txt", "||a.example^\n", "names"),
        ("other.txt", "||a.example^\n!#include more.txt\n", "line 2"),
        (
            "other.txt",
            "||a.example^\n!#if env_chromium\n||github.com^\n!#endif\n",
            "github.com",
        ),
    ] {
        std::fs::write(folder.join("lists").join(name), list).expect("written");
        let (path, run) = bundle(&folder, "1", &[]);
        assert_eq!((run.code, path.exists()), (2, false), "{name}");
        assert!(run.err.contains(why), "{}", run.err);
        std::fs::remove_file(folder.join("lists").join(name)).expect("there");
    }
    let run = nomine(&[
        "verify",
        text(&folder.join("mine.pub")),
        "--key",
        "mine.pup",
    ]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn lists_are_served_with_conditional_requests() {
    let (folder, _) = channel("update-serve");
    let mut child = Command::new(env!("CARGO_BIN_EXE_nomine"))
        .args([
            "serve-lists",
            text(&folder.join("lists")),
            "--listen",
            "127.0.0.1:0",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("piped"));
    let _served = Served(child);
    reader.read_line(&mut line).expect("its address");
    let address = line
        .trim()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let get = |path: &str, headers: &str| {
        let mut stream = TcpStream::connect(&address).expect("it listens");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n"
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    };
    let whole = get("/miners.txt", "");
    assert!(
        whole.starts_with("HTTP/1.1 200") && whole.contains("||miner99.example^"),
        "{whole}"
    );
    let header = |name: &str| {
        whole
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .expect("the header")
            .to_owned()
    };
    for condition in [
        format!("If-None-Match: {}\r\n", header("ETag")),
        format!("If-Modified-Since: {}\r\n", header("Last-Modified")),
    ] {
        assert!(
            get("/miners.txt", &condition).starts_with("HTTP/1.1 304"),
            "{condition}"
        );
    }
    assert!(get("/miners.txt", "If-None-Match: \"x\"\r\n").starts_with("HTTP/1.1 200"));
    let part = get("/miners.txt", "Range: bytes=0-6\r\n");
    assert!(
        part.starts_with("HTTP/1.1 206")
            && part.contains("Content-Range: bytes 0-6/")
            && part.ends_with("\r\n! Title"),
        "{part}"
    );
    for range in ["bytes=0-99999999", "bytes=5-", "bytes=0-3,5-6", "lines=0-1"] {
        let whole = get("/miners.txt", &format!("Range: {range}\r\n"));
        assert!(whole.starts_with("HTTP/1.1 200"), "{range}");
    }
    assert!(get("/../mine.key", "").starts_with("HTTP/1.1 404"));
    assert_eq!(nomine(&["serve-lists", "/no/such/folder"]).code, 2);
}
