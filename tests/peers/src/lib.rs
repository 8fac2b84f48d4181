//! What the comparisons share: the lists and recorded requests of a data folder (`NOMINE_DATA`),
//! and the same question put to both engines.
//!
//! The folder is not part of the project; without it the committed cases still run.

use std::io::Read;
use std::path::{Path, PathBuf};

use adblock::lists::{FilterFormat, FilterSet as PeerSet, ParseOptions};
use nomine_engine::filter::{Environment, FilterSet, ResourceType};

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The address.
    pub url: String,
    /// Who asked.
    pub initiator: String,
    /// The type as browsers name it.
    pub kind: String,
}

/// A list by its file name and text.
#[derive(Clone, Debug)]
pub struct List {
    /// File name without endings.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The data folder, if there is one.
#[derive(Clone, Debug)]
pub struct Data(PathBuf);

impl Data {
    /// The folder that `NOMINE_DATA` names.
    pub fn from_environment() -> Option<Self> {
        std::env::var_os("NOMINE_DATA").map(|path| Self(PathBuf::from(path)))
    }

    /// A file's text, unpacked if it ends in `.gz`.
    ///
    /// # Panics
    /// When the folder lacks the file.
    pub fn text(&self, path: impl AsRef<Path>) -> String {
        let path = self.0.join(path);
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if path.extension().is_none_or(|ending| ending != "gz") {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*bytes)
            .read_to_string(&mut text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text
    }

    /// The recorded requests, or those made from listed names (`hits`).
    pub fn requests(&self, name: &str) -> Vec<Asked> {
        self.text(format!("requests/{name}.tsv.gz"))
            .lines()
            .filter_map(|line| {
                let mut fields = line.split('\t').map(str::to_owned);
                Some(Asked {
                    url: fields.next()?,
                    initiator: fields.next()?,
                    kind: fields.next()?,
                })
            })
            .collect()
    }

    /// One list.
    pub fn list(&self, path: &str) -> List {
        let file = Path::new(path)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        List {
            name: file.split('.').next().unwrap_or_default().to_owned(),
            text: self.text(path),
        }
    }

    /// Every published list, sorted by name.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn lists(&self) -> Vec<List> {
        let folder = self.0.join("lists");
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.trim_end_matches(".gz").ends_with("txt"))
            .collect();
        names.sort();
        names
            .iter()
            .map(|name| self.list(&format!("lists/{name}")))
            .collect()
    }

    /// The lists of one row of the benchmark.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: &str) -> Vec<List> {
        let miners = [
            "lists/hoshsadiq-nocoin.txt",
            "lists/ublock-resource-abuse.txt",
        ];
        let more = match row {
            "a" => None,
            "b" => Some("lists/coinblockerlists-2018-list_browser.txt"),
            "c" => Some("scale/domains-27k.txt.gz"),
            "c300" => Some("scale/domains-300k.txt.gz"),
            "d" => {
                return vec![
                    self.list("lists/easylist.txt.gz"),
                    self.list("lists/easyprivacy.txt.gz"),
                ];
            }
            _ => panic!("no row {row}"),
        };
        miners
            .into_iter()
            .chain(more)
            .map(|path| self.list(path))
            .collect()
    }
}

/// The rows of the benchmark.
pub const ROWS: [&str; 5] = ["a", "b", "c", "c300", "d"];

/// The lists parsed by this project.
pub fn ours(lists: &[List]) -> FilterSet {
    let mut set = FilterSet::new(Environment::default());
    for list in lists {
        set.add_list(&list.name, &list.text);
    }
    set
}

/// Whether a list holds bare names or hosts lines, which the peer has to be told.
pub fn holds_hosts(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['!', '[']))
        .filter(|line| !line.starts_with('#') || line.starts_with("##"));
    lines
        .by_ref()
        .take(50)
        .all(|line| !line.contains(['|', '/', '$', '^', '*']) && !line.contains("##"))
}

/// The lists for the peer; with `debug` it can name the filters that decide.
pub fn theirs(lists: &[List], debug: bool) -> PeerSet {
    let mut set = PeerSet::new(debug);
    for list in lists {
        let format = if holds_hosts(&list.text) {
            FilterFormat::Hosts
        } else {
            FilterFormat::Standard
        };
        let options = ParseOptions {
            format,
            ..ParseOptions::default()
        };
        set.add_filter_list(list.text.clone(), options);
    }
    set
}

/// The type by the browsers' name for it.
pub fn resource_type(name: &str) -> ResourceType {
    match name {
        "main_frame" => ResourceType::MainFrame,
        "sub_frame" => ResourceType::SubFrame,
        "stylesheet" => ResourceType::Stylesheet,
        "script" => ResourceType::Script,
        "image" => ResourceType::Image,
        "font" => ResourceType::Font,
        "object" => ResourceType::Object,
        "xmlhttprequest" => ResourceType::XmlHttpRequest,
        "ping" => ResourceType::Ping,
        "csp_report" => ResourceType::CspReport,
        "media" => ResourceType::Media,
        "websocket" => ResourceType::WebSocket,
        "popup" => ResourceType::Popup,
        _ => ResourceType::Other,
    }
}

/// A number with the digits that matter.
pub fn figure(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}
