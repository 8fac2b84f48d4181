//! Loads lists and signatures: the bundled ones, or those that a person names.

use std::path::{Path, PathBuf};

use nomine_engine::filter::{
    Environment, FilterSet, ListInfo, ListText, Method, Reason, ResourceType,
};
use nomine_engine::inspector::Inspector;
use nomine_engine::{Decision, Effect, Engine, Request, signature};

use crate::output::{Failure, note, plain, visible};
use crate::progress::Steps;

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// Lists compiled for questions about addresses.
pub struct Addresses {
    engine: Engine,
}

/// The filter that blocks an address.
pub struct Hit {
    /// The title of its list.
    pub list: String,
    /// The filter as it is written.
    pub filter: String,
}

impl Addresses {
    /// What is to happen with a request.
    pub fn check(&self, url: &str, from: &str, kind: ResourceType, method: Method) -> Decision {
        self.engine
            .check(&Request::new(url, from, kind).with_method(method))
    }

    /// The filter that blocks a request, by the browsers' name of its type.
    pub fn blocked(&self, url: &str, from: &str, kind: &str) -> Option<Hit> {
        let kind = resource_type(kind).unwrap_or(ResourceType::Other);
        let decision = self.check(url, from, kind, Method::Get);
        let reason = decision
            .filter
            .filter(|_| decision.effect == Effect::Block)?;
        Some(Hit {
            list: reason.title,
            filter: reason.filter,
        })
    }
}

/// The filters of these files, or of the bundled lists where there are none.
pub fn load_filters(files: &[PathBuf]) -> Result<FilterSet, Failure> {
    // Conditions in lists are read as in Firefox, where the engine itself decides.
    let mut set = FilterSet::new(Environment::firefox());
    if files.is_empty() {
        for (_, text) in LISTS {
            set.add_list("", text);
        }
        return Ok(set);
    }
    let steps = Steps::new(files.len());
    for path in files {
        steps.next(format_args!("reading {}", visible(&path.to_string_lossy())));
        let bytes =
            std::fs::read(path).map_err(|error| Failure::about(path.display(), plain(&error)))?;
        add_file(&mut set, &bytes, path);
    }
    usable(&set)?;
    Ok(set)
}

/// Refuses lists that came to nothing, for whoever asks them would be told that all is well, and
/// says where something is left out.
fn usable(set: &FilterSet) -> Result<(), Failure> {
    for problem in set.problems() {
        if matches!(problem.reason, Reason::NotText(_) | Reason::NotAList(_)) {
            let title = set.list(problem.list).map_or("", |list| &list.title);
            return Err(Failure::about(visible(title), &problem.reason));
        }
    }
    for list in set.lists().iter().filter(|list| list.parent.is_none()) {
        let parts = || {
            let within = |other: &&ListInfo| other.id == list.id || other.parent == Some(list.id);
            set.lists().iter().filter(within).map(|part| part.counts)
        };
        let title = visible(&list.title);
        // Those that are none because of a choice within the list are no error.
        if parts().all(|part| part.filters + part.scriptlets + part.skipped + part.disabled == 0) {
            return Err(Failure::about(title, "there is no filter in it"));
        }
        let left: u32 = parts()
            .map(|part| part.unsupported + part.broken + part.partial)
            .sum();
        if left > 0 {
            note(&format!(
                "{title}: lines that are not, or not wholly, in force: {left}; “nomine check-list” says which"
            ));
        }
    }
    Ok(())
}

/// Adds a list from a file; what it includes is looked for beside it.
pub fn add_file(set: &mut FilterSet, bytes: &[u8], path: &Path) {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let include = move |name: &str| read_text(&folder.join(name)).ok();
    let title = title_of(bytes, path);
    set.add_bytes(
        bytes,
        &ListText {
            title: &title,
            include: Some(&include),
            ..ListText::default()
        },
    );
}

/// What a list calls itself in its head, or the name of its file.
fn title_of(bytes: &[u8], path: &Path) -> String {
    let head = String::from_utf8_lossy(bytes.get(..4096).unwrap_or(bytes));
    let named = head.lines().take(50).find_map(|line| {
        let comment = line
            .trim_start_matches('\u{feff}')
            .strip_prefix(['!', '#'])?
            .trim();
        let (key, value) = comment.split_once(':')?;
        (key.eq_ignore_ascii_case("title") && !value.trim().is_empty())
            .then(|| value.trim().to_owned())
    });
    named.unwrap_or_else(|| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    })
}

/// Lists that can be asked.
pub fn load_addresses(files: &[PathBuf]) -> Result<Addresses, Failure> {
    let set = load_filters(files)?;
    let steps = Steps::new(1);
    steps.next("compiling the filters");
    Ok(Addresses {
        engine: Engine::build(&set),
    })
}

/// The signatures of a folder, or the bundled ones, compiled.
pub fn load_signatures(folder: Option<&Path>) -> Result<signature::SignatureSet, Failure> {
    let files = match folder {
        Some(folder) => read_folder(folder, "toml")?,
        None => SIGNATURES
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
    };
    signature::compile_texts(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )
    .map_err(|error| Failure(error.to_string()))
}

/// An inspector with the signatures of a folder, or with the bundled ones.
pub fn load_inspector(folder: Option<&Path>) -> Result<Inspector, Failure> {
    load_signatures(folder).map(Inspector::new)
}

/// The files of a folder with an extension, by name, with their texts.
pub fn read_folder(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, Failure> {
    files_in(folder, extension)?
        .into_iter()
        .map(|path| {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok((name, read_text(&path)?))
        })
        .collect()
}

/// The files of a folder with an extension, by name.
pub fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let fail = |error: std::io::Error| Failure::about(folder.display(), plain(&error));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_file() && path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The text of a file; bytes that are not UTF-8 are replaced, so that one bad line stays one bad
/// line.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes =
        std::fs::read(path).map_err(|error| Failure::about(path.display(), plain(&error)))?;
    Ok(crate::scan::kind::text(&bytes).into_owned())
}

/// A resource type by the browsers' name for it, or by the name that filters use.
pub fn resource_type(name: &str) -> Result<ResourceType, Failure> {
    let name = name.to_ascii_lowercase().replace('-', "_");
    Ok(match name.as_str() {
        "main_frame" | "document" | "doc" | "page" => ResourceType::MainFrame,
        "sub_frame" | "subdocument" | "frame" | "iframe" => ResourceType::SubFrame,
        "stylesheet" | "css" => ResourceType::Stylesheet,
        "script" | "worker" | "js" => ResourceType::Script,
        "image" | "img" | "imageset" => ResourceType::Image,
        "font" => ResourceType::Font,
        "object" | "object_subrequest" => ResourceType::Object,
        "xmlhttprequest" | "xhr" | "fetch" => ResourceType::XmlHttpRequest,
        "ping" | "beacon" => ResourceType::Ping,
        "csp_report" => ResourceType::CspReport,
        "media" => ResourceType::Media,
        "websocket" => ResourceType::WebSocket,
        "webtransport" => ResourceType::WebTransport,
        "popup" => ResourceType::Popup,
        "other" | "speculative" | "web_manifest" | "json" | "xml_dtd" | "xslt" | "webbundle" => {
            ResourceType::Other
        }
        _ => {
            return Err(Failure(format!(
                "there is no resource type “{name}”; known are main_frame, sub_frame, stylesheet, script, image, font, object, xmlhttprequest, ping, csp_report, media, websocket, webtransport, popup, other"
            )));
        }
    })
}

/// An HTTP method by its name.
pub fn method(name: &str) -> Result<Method, Failure> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        other if !other.is_empty() && other.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Method::Other
        }
        _ => return Err(Failure(format!("“{name}” is not an HTTP method"))),
    })
}

/// Refuses what cannot be asked about.
pub fn require_address(url: &str) -> Result<(), Failure> {
    // A host with its port, `host:443/path`, reads like a scheme.
    let hostless = |scheme: &str| {
        ["data", "blob", "about", "javascript", "file"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    };
    let known = url.split_once(':').is_some_and(|(scheme, rest)| {
        (rest.starts_with("//") || !rest.is_empty() && hostless(scheme))
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    });
    if known {
        Ok(())
    } else {
        Err(Failure(format!(
            "“{url}” is not an address; begin with https:// or another scheme"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::require_address;

    #[test]
    fn a_host_with_a_port_is_no_address() {
        for url in [
            "https://a.example/",
            "wss://a.example",
            "data:,x",
            "about:blank",
        ] {
            assert!(require_address(url).is_ok(), "{url}");
        }
        for url in [
            "a.example:443/x",
            "a.example",
            "https:",
            "https:a",
            "data:",
            "//a.example/",
        ] {
            assert!(require_address(url).is_err(), "{url}");
        }
    }
}
