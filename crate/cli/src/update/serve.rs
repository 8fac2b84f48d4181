//! `nomine serve-lists`: a small static server with the headers that the extension makes use of
//! (`ETag`, `Last-Modified`, conditional requests, the first bytes alone). No TLS: put it behind something that has it.

use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use tiny_http::{Header, Method, Request, Response, Server};

use super::ServeLists;
use crate::output::{Ending, Failure, Out, note, plain, visible};
use crate::scan::page::percent_decode;

/// How many answers are sent at once, so that a slow reader keeps no other waiting.
const WORKERS: usize = 16;

/// Runs the command until it is ended.
pub fn run(options: &ServeLists) -> Result<Ending, Failure> {
    if !options.folder.is_dir() {
        return Err(Failure::about(options.folder.display(), "is not a folder"));
    }
    let server =
        Server::http(&options.listen).map_err(|error| Failure::about(&options.listen, error))?;
    let mut out = Out::stdout();
    let address = server.server_addr().to_string();
    if options.json {
        out.json(&serde_json::json!({ "listening": format!("http://{address}/") }))?;
    } else {
        out.line(format_args!("http://{address}/"))?;
    }
    out.flush()?;
    let out = Mutex::new(out);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|_| scope.spawn(|| work(&server, options, &out)))
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .map_err(|_| Failure("the server was interrupted".to_owned()))?
        })
    })?;
    Ok(Ending::Clean)
}

/// Answers requests one after another.
fn work(server: &Server, options: &ServeLists, out: &Mutex<Out>) -> Result<(), Failure> {
    for request in server.incoming_requests() {
        let (method, url) = (request.method().to_string(), request.url().to_owned());
        let status = answer(&options.folder, request).unwrap_or_else(|error| {
            note(&format!("{}: {}", visible(&url), plain(&error)));
            500
        });
        let Ok(mut out) = out.lock() else { break };
        if options.json {
            out.json(&serde_json::json!({ "method": method, "path": url, "status": status }))?;
        } else {
            out.line(format_args!("{status} {method} {}", visible(&url)))?;
        }
        out.flush()?;
    }
    Ok(())
}

fn answer(folder: &Path, request: Request) -> std::io::Result<u16> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return finish(request, 405, Vec::new(), Vec::new());
    }
    let Some(path) = locate(folder, request.url()) else {
        return finish(request, 404, b"not found\n".to_vec(), Vec::new());
    };
    let bytes = std::fs::read(&path)?;
    let changed = path
        .metadata()?
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs());
    let tag = format!("\"{changed:x}-{:x}-{:08x}\"", bytes.len(), sum(&bytes));
    let headers = vec![
        ("ETag", tag.clone()),
        ("Last-Modified", date(changed)),
        ("Cache-Control", "no-cache".to_owned()),
        ("Content-Type", kind(&path).to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
    ];
    let sent = |name: &str| {
        request
            .headers()
            .iter()
            .find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    };
    let fresh = match (sent("If-None-Match"), sent("If-Modified-Since")) {
        (Some(tags), _) => tags.split(',').any(|one| {
            let one = one.trim();
            one == "*" || one.trim_start_matches("W/") == tag
        }),
        (None, Some(since)) => since == date(changed),
        (None, None) => false,
    };
    if fresh {
        return finish(request, 304, Vec::new(), headers);
    }
    if let Some(last) = sent("Range").and_then(|range| last_of(range, bytes.len())) {
        let mut headers = headers;
        headers.push(("Content-Range", format!("bytes 0-{last}/{}", bytes.len())));
        let part = bytes.get(..=last).unwrap_or_default().to_vec();
        return finish(request, 206, part, headers);
    }
    finish(request, 200, bytes, headers)
}

/// The last byte of `bytes=0-LAST`; other ranges are answered with the whole, as RFC 9110, 14.2
/// allows.
fn last_of(range: &str, length: usize) -> Option<usize> {
    let last: usize = range.strip_prefix("bytes=0-")?.parse().ok()?;
    (last < length).then_some(last)
}

fn finish(
    request: Request,
    status: u16,
    body: Vec<u8>,
    headers: Vec<(&str, String)>,
) -> std::io::Result<u16> {
    let mut response = Response::from_data(body).with_status_code(status);
    for (name, value) in headers {
        if let Ok(header) = Header::from_bytes(name.as_bytes(), value.as_bytes()) {
            response.add_header(header);
        }
    }
    request.respond(response)?;
    Ok(status)
}

/// The file below the folder that an address names; nothing outside of it, and nothing hidden.
fn locate(folder: &Path, url: &str) -> Option<PathBuf> {
    let path = percent_decode(url.split(['?', '#']).next()?);
    let path = std::str::from_utf8(&path).ok()?.trim_start_matches('/');
    let safe = Path::new(path).components().all(
        |part| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.')),
    );
    let path = folder.join(path);
    // A link that leads out of the folder is not followed.
    let inside = path
        .canonicalize()
        .ok()?
        .starts_with(folder.canonicalize().ok()?);
    (safe && inside && path.is_file()).then_some(path)
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("txt" | "minisig" | "pub" | "patch") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// FNV-1a, 32 bit: tells versions of a file apart that are as long and as old as each other.
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// A time as HTTP writes it (RFC 9110, 5.6.7); days to dates by Howard Hinnant's `civil_from_days`.
fn date(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 2
    } else {
        month_index - 10
    };
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let name = MONTHS.get(month as usize).unwrap_or(&"Jan");
    let weekday = DAYS.get((days % 7) as usize).unwrap_or(&"Thu");
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{weekday}, {day:02} {name} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        // The example of RFC 9110.
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(1_709_164_800), "Thu, 29 Feb 2024 00:00:00 GMT");
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let folder = std::env::temp_dir().join(format!("nomine-serve-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("in")).expect("a folder");
        std::fs::write(folder.join("in/a.txt"), "a").expect("a file");
        std::fs::write(folder.join("in/.secret"), "a").expect("a file");
        std::fs::write(folder.join("out.txt"), "a").expect("a file");
        let inside = folder.join("in");
        assert!(locate(&inside, "/a.txt?x").is_some());
        std::fs::write(folder.join("in/a b.txt"), "a").expect("a file");
        assert!(locate(&inside, "/a%20b.txt").is_some());
        for url in [
            "/../out.txt",
            "/%2e%2e/out.txt",
            "/..%2fout.txt",
            "/%2esecret",
            "/.secret",
            "//etc/passwd",
            "/",
            "/b.txt",
            "/a.txt/..",
        ] {
            assert!(locate(&inside, url).is_none(), "{url}");
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
