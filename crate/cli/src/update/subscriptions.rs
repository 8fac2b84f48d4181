//! `blocklists/subscriptions.toml` as the extension reads it: checked, and as JSON.

use std::path::Path;

use nomine_engine::update::trim::{Rule, trim};
use serde::{Deserialize, Serialize};

use crate::output::{Failure, plain};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename(deserialize = "subscription"), default)]
    subscriptions: Vec<Subscription>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Subscription {
    id: String,
    title: String,
    url: String,
    #[serde(default)]
    mirrors: Vec<String>,
    format: Format,
    licence: String,
    homepage: String,
    enabled: bool,
    expires: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<Only>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Filters,
    Hosts,
    Domains,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
struct Only {
    section: String,
    until: String,
    keep: Vec<String>,
    drop: Vec<String>,
    because: String,
}

/// The subscriptions of a file as JSON.
pub fn json(path: &Path) -> Result<Vec<u8>, Failure> {
    let about = |error: &dyn std::fmt::Display| Failure::about(path.display(), error);
    let text = std::fs::read_to_string(path).map_err(|error| about(&plain(&error)))?;
    parse(&text).map_err(|error| about(&error))
}

/// Subscriptions as JSON, checked.
pub fn parse(text: &str) -> Result<Vec<u8>, Failure> {
    let document: Document = toml::from_str(text).map_err(|error| Failure(error.to_string()))?;
    let mut ids = std::collections::BTreeSet::new();
    for one in &document.subscriptions {
        if !ids.insert(&one.id) {
            return Err(Failure(format!("the id {} is there twice", one.id)));
        }
        let mut addresses = std::iter::once(&one.url).chain(&one.mirrors);
        if let Some(bad) = addresses.find(|url| !url.starts_with("https://")) {
            return Err(Failure(format!("{bad} is not an https address")));
        }
        if let Some(only) = &one.only {
            let rule = Rule {
                section: only.section.clone(),
                until: only.until.clone(),
                keep: only.keep.clone(),
                drop: only.drop.clone(),
            };
            trim("", &rule).map_err(|error| Failure::about(&one.id, error))?;
        }
    }
    serde_json::to_vec(&document).map_err(|error| Failure(error.to_string()))
}
