//! The same lists for resolvers, so that devices without the extension are protected too: hosts
//! files, plain names, response policy zones, dnsmasq, unbound and `AdGuard` Home.
//!
//! A resolver knows hosts and nothing else. Only filters that stop a whole host are exported;
//! everything else is listed with its reason. Exceptions for whole hosts are respected.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::filter::{
    Action, DomainScope, Filter, MethodSet, Party, Pattern, Source, TypeSet, host,
};

/// A form that resolvers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Format {
    /// `0.0.0.0 name`: the names alone, not their subdomains.
    Hosts,
    /// One name a line.
    Domains,
    /// A response policy zone (BIND, Knot, `PowerDNS`, unbound).
    Rpz,
    /// `address=/name/`.
    Dnsmasq,
    /// `local-zone: "name." always_nxdomain`.
    Unbound,
    /// `||name^`, as `AdGuard` Home and Pi-hole read it.
    AdguardHome,
}

/// What is said about the export in its first lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The title.
    pub title: &'a str,
    /// The licence of the data.
    pub licence: &'a str,
    /// The version; in a response policy zone the serial number, which has to rise.
    pub serial: u32,
    /// Also export hosts that filters stop only on other sites (`third-party`), which for a
    /// resolver is the same as stopping them everywhere.
    pub third_party: bool,
}

/// A filter that a resolver cannot carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it came from.
    pub source: Source,
    /// As it was written.
    pub text: String,
    /// Why.
    pub reason: Gap,
}

/// What resolvers cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Gap {
    /// A pattern.
    #[error("it is about addresses, not about a whole host")]
    Pattern,
    /// Options that narrow it down.
    #[error("its options narrow it down, which a resolver cannot")]
    Options,
    /// Something else than blocking.
    #[error("it does not block")]
    Action,
    /// An address instead of a name.
    #[error("it is an address, which is not asked for by name")]
    Address,
}

/// An export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The text of the file.
    pub text: String,
    /// How many names it blocks.
    pub names: usize,
    /// What is missing.
    pub left_out: Vec<LeftOut>,
}

/// Exports whole hosts. The same filters give the same bytes.
pub fn export(filters: &[Filter], format: Format, options: &Options<'_>) -> Export {
    let mut hosts = Hosts::default();
    let mut left_out = Vec::new();
    for filter in filters {
        if let Err(reason) = hosts.take(filter, format, options) {
            left_out.push(LeftOut {
                source: filter.source,
                text: filter.text.clone(),
                reason,
            });
        }
    }
    let (blocked, allowed) = hosts.resolve(format);
    let mut text = header(format, options, blocked.len());
    for (name, important) in &blocked {
        line(&mut text, format, name, *important);
    }
    for name in &allowed {
        exception(&mut text, format, name);
    }
    Export {
        text,
        names: blocked.len(),
        left_out,
    }
}

#[derive(Default)]
struct Hosts {
    blocked: BTreeSet<String>,
    important: BTreeSet<String>,
    allowed: BTreeSet<String>,
}

impl Hosts {
    fn take(&mut self, filter: &Filter, format: Format, options: &Options<'_>) -> Result<(), Gap> {
        let Pattern::Host(name) = &filter.pattern else {
            return Err(Gap::Pattern);
        };
        let whole = filter.types.0 & TypeSet::DEFAULT.0 == TypeSet::DEFAULT.0
            && filter.from == DomainScope::default()
            && filter.to == DomainScope::default()
            && filter.denyallow.is_empty()
            && filter.methods == MethodSet::default();
        let party = match filter.party {
            Party::Any => true,
            Party::Third => options.third_party && filter.action == Action::Block,
            Party::First => false,
        };
        if !whole || !party {
            return Err(Gap::Options);
        }
        let is_v4 = !name.starts_with('[');
        if host::is_address(name) && !(is_v4 && format == Format::Rpz) {
            return Err(Gap::Address);
        }
        match (&filter.action, filter.important) {
            (Action::Block, false) => self.blocked.insert(name.clone()),
            (Action::Block, true) => self.important.insert(name.clone()),
            (Action::Allow, _) => self.allowed.insert(name.clone()),
            _ => return Err(Gap::Action),
        };
        Ok(())
    }

    /// The names to block, without those that a parent covers and without those that an
    /// exception spares, each with whether it lies below an exception all the same; and the
    /// exceptions that lie below a blocked name.
    fn resolve(self, format: Format) -> (Vec<(String, bool)>, Vec<String>) {
        let Self {
            blocked,
            important,
            allowed,
        } = self;
        let spared = |name: &str| covers(&allowed, name, true);
        let mut all: BTreeSet<String> = blocked.into_iter().filter(|name| !spared(name)).collect();
        all.extend(important.iter().cloned());
        // A hosts file does not reach subdomains, so there each name counts.
        let reaches_down = !matches!(format, Format::Hosts | Format::Domains);
        let exceptions: BTreeSet<String> = if reaches_down {
            allowed
                .iter()
                .filter(|name| covers(&all, name, true) && !covers(&important, name, true))
                .cloned()
                .collect()
        } else {
            BTreeSet::new()
        };
        // The nearest name above decides: below an exception a name has to be said again.
        let names = all
            .iter()
            .map(|name| (name, nearest(name, &all, &exceptions)))
            .filter(|(_, above)| !(reaches_down && *above == Some(true)))
            .map(|(name, above)| (name.clone(), above == Some(false)))
            .collect();
        (names, exceptions.into_iter().collect())
    }
}

/// Whether the nearest of a name's parents that is in one of the sets is in the first.
fn nearest(name: &str, all: &BTreeSet<String>, exceptions: &BTreeSet<String>) -> Option<bool> {
    if host::is_address(name) {
        return None;
    }
    let parents = std::iter::successors(name.split_once('.'), |(_, rest)| rest.split_once('.'));
    parents
        .map(|(_, parent)| parent)
        .find(|parent| all.contains(*parent) || exceptions.contains(*parent))
        .map(|parent| all.contains(parent))
}

/// Whether a set has one of a name's parents (or, with `itself`, the name).
fn covers(set: &BTreeSet<String>, name: &str, itself: bool) -> bool {
    if itself && set.contains(name) {
        return true;
    }
    if host::is_address(name) {
        return false;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if set.contains(parent) {
            return true;
        }
        rest = parent;
    }
    false
}

fn header(format: Format, options: &Options<'_>, names: usize) -> String {
    let sign = match format {
        Format::Rpz => ";",
        Format::AdguardHome => "!",
        _ => "#",
    };
    let mut text = String::new();
    let one_line = |t: &str| -> String { t.chars().filter(|c| !c.is_control()).collect() };
    // Writing to a string cannot fail.
    for (key, value) in [
        ("Title", one_line(options.title)),
        ("Licence", one_line(options.licence)),
        ("Version", options.serial.to_string()),
        ("Entries", names.to_string()),
    ] {
        if !value.is_empty() {
            let _ = writeln!(text, "{sign} {key}: {value}");
        }
    }
    if format == Format::Rpz {
        let _ = writeln!(
            text,
            "$TTL 3600\n@ SOA localhost. root.localhost. {} 43200 3600 259200 300\n@ NS localhost.",
            options.serial
        );
    }
    text
}

/// A blocked name; `important` where an exception above it must not spare it.
fn line(text: &mut String, format: Format, name: &str, important: bool) {
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Hosts => writeln!(text, "0.0.0.0 {name}"),
        Format::Domains => writeln!(text, "{name}"),
        Format::Rpz if host::is_address(name) => writeln!(text, "{} CNAME .", rpz_address(name)),
        Format::Rpz => writeln!(text, "{name} CNAME .\n*.{name} CNAME ."),
        Format::Dnsmasq => writeln!(text, "address=/{name}/"),
        Format::Unbound => writeln!(text, "local-zone: \"{name}.\" always_nxdomain"),
        // Elsewhere the longest name wins; here an exception does.
        Format::AdguardHome if important => writeln!(text, "||{name}^$important"),
        Format::AdguardHome => writeln!(text, "||{name}^"),
    };
}

fn exception(text: &mut String, format: Format, name: &str) {
    let _ = match format {
        Format::Hosts | Format::Domains => Ok(()),
        Format::Rpz if host::is_address(name) => {
            writeln!(text, "{} CNAME rpz-passthru.", rpz_address(name))
        }
        Format::Rpz => {
            writeln!(
                text,
                "{name} CNAME rpz-passthru.\n*.{name} CNAME rpz-passthru."
            )
        }
        Format::Dnsmasq => writeln!(text, "server=/{name}/#"),
        Format::Unbound => writeln!(text, "local-zone: \"{name}.\" always_transparent"),
        Format::AdguardHome => writeln!(text, "@@||{name}^"),
    };
}

/// `32.4.3.2.1.rpz-ip` for 1.2.3.4: answers with this address are withheld.
fn rpz_address(name: &str) -> String {
    let backwards: Vec<&str> = name.rsplit('.').collect();
    format!("32.{}.rpz-ip", backwards.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Environment, FilterSet};

    const LIST: &str = "! x\n||pool.example^\n||a.pool.example^\n@@||ok.pool.example^\n\
        ||3p.example^$third-party\n||spared.example^\n@@||spared.example^\n\
        ||sure.example^$important\n@@||sure.example^\n||1.2.3.4^\n/miner.js\n\
        ||b.example^$script\n||c.example^$csp=worker-src 'none'";

    fn text(format: Format) -> (String, Vec<(String, Gap)>) {
        let mut set = FilterSet::new(Environment::chromium());
        set.add_list("test", LIST);
        assert_eq!(set.problems(), []);
        let options = Options {
            title: "Miners\n",
            serial: 7,
            ..Options::default()
        };
        let export = export(set.filters(), format, &options);
        let left = export
            .left_out
            .into_iter()
            .map(|l| (l.text, l.reason))
            .collect();
        (export.text, left)
    }

    #[test]
    fn every_format() {
        let head = "# Title: Miners\n# Version: 7\n# Entries: ";
        for (format, expected) in [
            (Format::Hosts, format!("{head}3\n0.0.0.0 a.pool.example\n0.0.0.0 pool.example\n0.0.0.0 sure.example\n")),
            (Format::Domains, format!("{head}3\na.pool.example\npool.example\nsure.example\n")),
            (Format::Dnsmasq, format!("{head}2\naddress=/pool.example/\naddress=/sure.example/\nserver=/ok.pool.example/#\n")),
            (
                Format::Unbound,
                format!("{head}2\nlocal-zone: \"pool.example.\" always_nxdomain\nlocal-zone: \"sure.example.\" always_nxdomain\nlocal-zone: \"ok.pool.example.\" always_transparent\n"),
            ),
            (
                Format::AdguardHome,
                "! Title: Miners\n! Version: 7\n! Entries: 2\n||pool.example^\n||sure.example^\n@@||ok.pool.example^\n".to_owned(),
            ),
            (
                Format::Rpz,
                "; Title: Miners\n; Version: 7\n; Entries: 3\n$TTL 3600\n@ SOA localhost. root.localhost. 7 43200 3600 259200 300\n@ NS localhost.\n32.4.3.2.1.rpz-ip CNAME .\npool.example CNAME .\n*.pool.example CNAME .\nsure.example CNAME .\n*.sure.example CNAME .\nok.pool.example CNAME rpz-passthru.\n*.ok.pool.example CNAME rpz-passthru.\n".to_owned(),
            ),
        ] {
            assert_eq!(text(format).0, expected, "{format:?}");
        }
    }

    #[test]
    fn an_important_name_below_an_exception_stays() {
        let list = "||example.com^\n@@||b.example.com^\n||a.b.example.com^$important\n";
        let mut set = FilterSet::new(Environment::chromium());
        set.add_list("test", list);
        for (format, expected) in [
            (
                Format::Dnsmasq,
                "address=/a.b.example.com/\naddress=/example.com/\nserver=/b.example.com/#\n",
            ),
            (
                Format::AdguardHome,
                "||a.b.example.com^$important\n||example.com^\n@@||b.example.com^\n",
            ),
        ] {
            let text = export(set.filters(), format, &Options::default()).text;
            assert!(text.ends_with(expected), "{text}");
        }
    }

    #[test]
    fn what_a_resolver_cannot_do_is_listed() {
        let (_, left) = text(Format::Hosts);
        let gaps: Vec<(&str, Gap)> = left.iter().map(|(t, g)| (t.as_str(), *g)).collect();
        assert_eq!(
            gaps,
            [
                ("||3p.example^$third-party", Gap::Options),
                ("||1.2.3.4^", Gap::Address),
                ("/miner.js", Gap::Pattern),
                ("||b.example^$script", Gap::Options),
                ("||c.example^$csp=worker-src 'none'", Gap::Options),
            ]
        );
    }

    #[test]
    fn third_party_hosts_on_request() {
        let mut set = FilterSet::new(Environment::chromium());
        set.add_list("test", LIST);
        let options = Options {
            third_party: true,
            ..Options::default()
        };
        let export = export(set.filters(), Format::Domains, &options);
        assert!(export.text.contains("\n3p.example\n"));
    }
}
