//! `nomine dns`: the listed hosts for resolvers, so that devices without the extension are
//! protected too.

use nomine_engine::ruleset::dns::{self, Format};
use serde_json::json;

use crate::args::{Dns, DnsFormat};
use crate::lists::load_filters;
use crate::output::{Ending, Failure, Out};

/// Runs the command.
pub fn run(options: &Dns) -> Result<Ending, Failure> {
    let set = load_filters(&options.lists)?;
    let lists = set.lists();
    // The newest list dates the whole.
    let newest = lists
        .iter()
        .map(|list| serial(&list.metadata.version))
        .max();
    let asked = dns::Options {
        title: &all(lists.iter().map(|list| list.title.as_str())),
        licence: &all(lists.iter().map(|list| list.metadata.licence.as_str())),
        serial: options.serial.or(newest).unwrap_or(1),
        third_party: options.third_party,
    };
    let export = dns::export(set.filters(), format(options.format), &asked);
    let mut out = Out::file_or_stdout(options.out.as_deref())?;
    if options.json {
        let left_out: Vec<_> = export
            .left_out
            .iter()
            .map(|left| json!({ "line": left.source.line, "text": left.text, "reason": left.reason.to_string() }))
            .collect();
        out.json(&json!({ "names": export.names, "text": export.text, "left_out": left_out }))?;
    } else {
        out.line(export.text.trim_end_matches('\n'))?;
    }
    out.flush()?;
    Ok(Ending::Clean)
}

/// Each different word once, in order.
fn all<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut found: Vec<&str> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found.join(", ")
}

const fn format(format: DnsFormat) -> Format {
    match format {
        DnsFormat::Hosts => Format::Hosts,
        DnsFormat::Domains => Format::Domains,
        DnsFormat::Rpz => Format::Rpz,
        DnsFormat::Dnsmasq => Format::Dnsmasq,
        DnsFormat::Unbound => Format::Unbound,
        DnsFormat::Adguard => Format::AdguardHome,
    }
}

/// A list's version as a serial number: its digits, as far as they fit.
fn serial(version: &str) -> u32 {
    let digits: String = version
        .chars()
        .filter(char::is_ascii_digit)
        .take(10)
        .collect();
    digits.parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::{all, serial};

    #[test]
    fn every_list_is_named_once() {
        assert_eq!(all(["A", "", "B", "A"].into_iter()), "A, B");
    }

    #[test]
    fn versions_become_serials() {
        assert_eq!(serial("2026112301"), 2_026_112_301);
        assert_eq!(serial("99999999999"), 1);
        assert_eq!(serial(""), 1);
    }
}
