//! SARIF 2.1.0, the form in which code hosts and editors take findings (OASIS, "Static Analysis
//! Results Interchange Format", 2020).

use std::fmt::Write as _;

use nomine_engine::verdict::Outcome;
use serde_json::{Value, json};

use super::Report;

/// A log of one run.
pub fn log(reports: &[Report]) -> Value {
    let mut rules: Vec<(String, String)> = Vec::new();
    let mut results = Vec::new();
    let mut notes = Vec::new();
    for report in reports {
        if let Some(error) = &report.error {
            notes.push(json!({
                "level": "error",
                "message": { "text": error },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&report.path) } } }],
            }));
        }
        if report.verdict == Outcome::Allow {
            continue;
        }
        let id = rule_id(report);
        let index = rules
            .iter()
            .position(|(known, _)| *known == id)
            .unwrap_or_else(|| {
                let family = if report.family.is_empty() {
                    "miner"
                } else {
                    &report.family
                };
                rules.push((id.clone(), format!("In-browser mining: {family}")));
                rules.len() - 1
            });
        results.push(result(report, &id, index));
    }
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(id, text)| json!({ "id": id, "shortDescription": { "text": text } }))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "nomine",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": notes.is_empty(),
                "toolExecutionNotifications": notes,
            }],
            "results": results,
        }],
    })
}

fn result(report: &Report, id: &str, index: usize) -> Value {
    let why: Vec<&str> = report
        .evidence
        .iter()
        .map(|evidence| evidence.detail.as_str())
        .collect();
    let name = if report.algorithm.is_empty() {
        &report.family
    } else {
        &report.algorithm
    };
    let text = match report.verdict {
        Outcome::Block => format!(
            "A miner ({name}, {} %): {}",
            report.confidence,
            why.join("; ")
        ),
        _ => format!(
            "May be a miner ({name}, {} %): {}",
            report.confidence,
            why.join("; ")
        ),
    };
    let mut location = json!({ "artifactLocation": { "uri": uri(&report.path) } });
    if let Some(offset) = report
        .evidence
        .iter()
        .find_map(|evidence| evidence.place.offset)
    {
        location["region"] = json!({ "byteOffset": offset, "byteLength": 0 });
    }
    json!({
        "ruleId": id,
        "ruleIndex": index,
        "level": if report.verdict == Outcome::Block { "error" } else { "warning" },
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
        "partialFingerprints": { "nomine/v1": format!("{id}:{}", report.path) },
        "properties": {
            "verdict": report.verdict,
            "family": report.family,
            "algorithm": report.algorithm,
            "confidence": report.confidence,
        },
    })
}

/// A stable name for what was found: its family in lower case, words joined by hyphens.
fn rule_id(report: &Report) -> String {
    let name = if report.family.is_empty() {
        "miner"
    } else {
        &report.family
    };
    name.to_lowercase()
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// A path as a relative or absolute URI reference.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut encoded = String::with_capacity(path.len());
    if path.starts_with('/') {
        encoded.push_str("file://");
    }
    for byte in path.trim_start_matches("./").bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'!'
            | b'='
            | b'@'
            | b','
            | b'+' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/c.zip!/d#1.js"), "a%20b/c.zip!/d%231.js");
        assert_eq!(uri("/tmp/ä.js"), "file:///tmp/%C3%A4.js");
    }

    #[test]
    fn a_log_has_its_parts() {
        let block = Report {
            path: "m.wasm".into(),
            verdict: Outcome::Block,
            family: "Crypto Night".into(),
            ..Report::default()
        };
        let log = log(&[
            block.clone(),
            block,
            Report::unreadable("x".into(), "not inspected: y".into()),
        ]);
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(
            run["tool"]["driver"]["rules"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(run["results"].as_array().map(Vec::len), Some(2));
        assert_eq!(run["results"][0]["ruleId"], "crypto-night");
        assert_eq!(
            run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
            "not inspected: y"
        );
    }
}
