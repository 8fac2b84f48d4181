//! The options of a network filter: everything after its `$`.

use super::{
    Action, DomainPattern, DomainScope, Exception, MethodSet, Party, Reason, Redirect,
    ResourceType as Type, TypeSet, resource, scope,
};

/// What the options of one filter say.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Set by `csp`, `redirect` and their like.
    pub modifier: Option<Action>,
    pub important: bool,
    pub match_case: bool,
    pub bad: bool,
    pub types: TypeSet,
    pub party: Party,
    pub from: DomainScope,
    pub to: DomainScope,
    pub denyallow: Vec<String>,
    pub methods: MethodSet,
    /// Parts of the filter that are not in force.
    pub partial: Vec<Reason>,
}

/// Longest name of an option.
const MAX_NAME: usize = 40;

/// `$other`: what the browsers' `webRequest` has no name for, and what lists have none for.
const OTHER: TypeSet = TypeSet::of(Type::Other)
    .union(TypeSet::of(Type::CspReport))
    .union(TypeSet::of(Type::WebTransport));

/// Pages and frames, which have a Content-Security-Policy.
const DOCUMENTS: TypeSet = TypeSet::of(Type::MainFrame).union(TypeSet::of(Type::SubFrame));

/// What uBlock Origin makes of `inline-script` and `inline-font`.
const NO_INLINE_SCRIPT: &str = "script-src 'unsafe-eval' * blob: data:";
const NO_INLINE_FONT: &str = "font-src *";

/// The resource types by every name that lists use for them.
fn resource_type(name: &str) -> Option<TypeSet> {
    Some(match name {
        "script" => TypeSet::of(Type::Script),
        "image" | "img" | "background" => TypeSet::of(Type::Image),
        "stylesheet" | "css" => TypeSet::of(Type::Stylesheet),
        "object" | "object-subrequest" => TypeSet::of(Type::Object),
        "xmlhttprequest" | "xhr" => TypeSet::of(Type::XmlHttpRequest),
        "subdocument" | "frame" => TypeSet::of(Type::SubFrame),
        "document" | "doc" => TypeSet::of(Type::MainFrame),
        "ping" | "beacon" => TypeSet::of(Type::Ping),
        "websocket" => TypeSet::of(Type::WebSocket),
        "webtransport" => TypeSet::of(Type::WebTransport),
        "font" => TypeSet::of(Type::Font),
        "media" => TypeSet::of(Type::Media),
        "popup" => TypeSet::of(Type::Popup),
        "other" => OTHER,
        "all" => TypeSet::ALL,
        _ => return None,
    })
}

/// Types that a request seen by this engine never has.
fn is_unseen_type(name: &str) -> bool {
    matches!(
        name,
        "webrtc" | "popunder" | "inline-script" | "inline-font" | "genericblock"
    ) || is_cosmetic_type(name)
}

/// Types of exceptions that speak of cosmetic filters.
fn is_cosmetic_type(name: &str) -> bool {
    matches!(
        name,
        "elemhide" | "ehide" | "generichide" | "ghide" | "specifichide" | "shide"
    )
}

/// Options of other blockers that are not carried out here.
fn is_known_elsewhere(name: &str) -> bool {
    matches!(
        name,
        "app"
            | "cname"
            | "content"
            | "cookie"
            | "extension"
            | "header"
            | "hls"
            | "ipaddress"
            | "jsinject"
            | "jsonprune"
            | "network"
            | "permissions"
            | "queryprune"
            | "referrerpolicy"
            | "removeheader"
            | "removeparam"
            | "replace"
            | "requestheader"
            | "responseheader"
            | "sitekey"
            | "stealth"
            | "strict-first-party"
            | "strict-third-party"
            | "strict1p"
            | "strict3p"
            | "top"
            | "uritransform"
            | "urlblock"
            | "urlskip"
            | "urltransform"
            | "xmlprune"
            | "trusted-json-edit"
            | "client"
            | "ctag"
            | "dnsrewrite"
            | "dnstype"
            | "rewrite"
            | "removecookie"
            | "uri-transform"
            | "url-skip"
            | "dtd"
            | "xbl"
    )
}

/// Where the options begin: the `$` after the pattern. Looks from the end for a `$` after which
/// the name of an option can follow, so that `$` may stand in patterns and in values. Within
/// `/…/` it is the expression's, unless the slash before it closes one or sites follow: an expression
/// with `$domain=` could never match.
pub(super) fn start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let in_slashes = super::pattern::regex_body(text).is_some();
    let mut end = bytes.len();
    while let Some(at) = bytes.get(..end)?.iter().rposition(|b| *b == b'$') {
        let (before, behind) = (bytes.get(..at)?, bytes.get(at + 1..)?);
        let of_sites = || {
            let mut names = [b"domain=/".as_slice(), b"from=/", b"to=/"].into_iter();
            !before.ends_with(b"\\") && names.any(|name| behind.starts_with(name))
        };
        let closed = !in_slashes || before.ends_with(b"/") || of_sites();
        if closed && starts_with_name(behind) {
            return Some(at);
        }
        end = at;
    }
    None
}

/// Whether an option's name stands here, and after it nothing, a comma or a value.
fn starts_with_name(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"~").unwrap_or(rest);
    let length = rest
        .iter()
        .take(MAX_NAME + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .count();
    length > 0 && length <= MAX_NAME && matches!(rest.get(length), None | Some(b',' | b'='))
}

/// Reads the options of a block (`exception` false) or an exception.
///
/// # Errors
/// The first option that is broken or not supported.
pub(super) fn parse(text: &str, exception: bool) -> Result<Options, Reason> {
    let mut reader = Reader {
        exception,
        ..Reader::default()
    };
    let mut rest = text;
    while !rest.is_empty() {
        let (option, after) = next_option(rest);
        rest = after;
        let option = option.trim();
        if option.is_empty() || option.bytes().all(|b| b == b'_') || option == "noop" {
            continue;
        }
        reader.option(option)?;
    }
    reader.finish()
}

/// Takes one option off the front; commas within a `/regex/` of a value or after a backslash do
/// not end it.
fn next_option(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let value = match bytes.iter().position(|b| matches!(b, b'=' | b',')) {
        Some(at) if bytes.get(at) == Some(&b'=') => at + 1,
        Some(at) => return cut(text, at),
        None => return (text, ""),
    };
    let sites = matches!(
        text.get(..value).map(|n| n.trim_start_matches('~')),
        Some("domain=" | "from=" | "to=")
    );
    if sites {
        return site_option(text, value);
    }
    let mut at = value;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b',' => return cut(text, at),
            _ => {}
        }
        at += 1;
    }
    (text, "")
}

/// An option whose value is a list of sites, of which some may be expressions with commas.
fn site_option(text: &str, value: usize) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut at = value;
    let mut entry = true;
    let mut unclosed = false;
    while let Some(byte) = bytes.get(at) {
        if entry {
            let body = at + usize::from(*byte == b'~');
            if bytes.get(body) == Some(&b'/') && !unclosed {
                if let Some(end) = closing_slash(bytes, body + 1) {
                    at = end;
                    entry = false;
                    continue;
                }
                unclosed = true;
            }
        }
        entry = *byte == b'|';
        if *byte == b',' {
            return cut(text, at);
        }
        at += 1;
    }
    (text, "")
}

fn closing_slash(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'/' if matches!(bytes.get(at + 1), None | Some(b'|' | b',')) => return Some(at + 1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn cut(text: &str, at: usize) -> (&str, &str) {
    (
        text.get(..at).unwrap_or(text),
        text.get(at + 1..).unwrap_or_default(),
    )
}

#[derive(Default)]
// Each flag is one that options set.
#[allow(clippy::struct_excessive_bools)]
struct Reader {
    exception: bool,
    options: Options,
    included: TypeSet,
    excluded: TypeSet,
    any_included: bool,
    first: bool,
    third: bool,
    cosmetic: Option<String>,
    /// The name of the option that set the modifier.
    modifier: &'static str,
}

impl Reader {
    fn option(&mut self, option: &str) -> Result<(), Reason> {
        let (written, value) = match option.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (option, None),
        };
        let (negated, name) = written
            .strip_prefix('~')
            .map_or((false, written), |name| (true, name));
        let lower = name.to_ascii_lowercase();
        let name = lower.as_str();
        if name.len() > MAX_NAME {
            return Err(Reason::UnknownOption(name.chars().take(MAX_NAME).collect()));
        }
        if let Some(types) = resource_type(name) {
            without_value(name, value)?;
            return self.types(name, types, negated);
        }
        match name {
            "third-party" | "3p" | "first-party" | "1p" => {
                without_value(name, value)?;
                if matches!(name, "third-party" | "3p") == negated {
                    self.first = true;
                } else {
                    self.third = true;
                }
                return Ok(());
            }
            "inline-script" if !negated && !self.exception => {
                return self.csp(name, "inline-script", NO_INLINE_SCRIPT);
            }
            "inline-font" if !negated && !self.exception => {
                return self.csp(name, "inline-font", NO_INLINE_FONT);
            }
            _ => {}
        }
        if is_unseen_type(name) {
            without_value(name, value)?;
            if is_cosmetic_type(name) {
                self.cosmetic.get_or_insert_with(|| name.to_owned());
            }
            // Not to apply to what is never seen changes nothing.
            if !negated {
                self.any_included = true;
                self.options
                    .partial
                    .push(Reason::TypeLeftOut(name.to_owned()));
            }
            return Ok(());
        }
        if is_known_elsewhere(name) && name != "rewrite" {
            return Err(Reason::UnsupportedOption(name.to_owned()));
        }
        if negated {
            return Err(if is_known(name) {
                Reason::NotNegatable(name.to_owned())
            } else {
                Reason::UnknownOption(name.to_owned())
            });
        }
        self.plain(name, value)
    }

    fn plain(&mut self, name: &str, value: Option<&str>) -> Result<(), Reason> {
        match name {
            "important" => {
                without_value(name, value)?;
                self.options.important = true;
            }
            "match-case" => {
                without_value(name, value)?;
                self.options.match_case = true;
            }
            "badfilter" => {
                without_value(name, value)?;
                self.options.bad = true;
            }
            "domain" | "from" => {
                let scope = scope::parse(needed(name, value)?, b'|')?;
                merge(&mut self.options.from, scope, name)?;
            }
            "to" => {
                let scope = scope::parse(needed(name, value)?, b'|')?;
                merge(&mut self.options.to, scope, name)?;
            }
            "denyallow" => self.denyallow(needed(name, value)?)?,
            "method" => self.options.methods = methods(needed(name, value)?)?,
            "csp" => {
                let value = value.unwrap_or_default();
                if value.is_empty() && !self.exception {
                    return Err(bad_value(name, "it names no policy"));
                }
                if value.contains("report-uri") || value.contains("report-to") {
                    return Err(bad_value(name, "a policy of a list may not report"));
                }
                return self.csp(name, "csp", value);
            }
            "redirect" => return self.redirect("redirect", value, true),
            "redirect-rule" => return self.redirect("redirect-rule", value, false),
            "rewrite" => {
                return match value {
                    Some(v) if v.starts_with("abp-resource:") => {
                        self.redirect("rewrite", value, true)
                    }
                    _ => Err(Reason::UnsupportedOption(name.to_owned())),
                };
            }
            "empty" => {
                without_value(name, value)?;
                return self.redirect("empty", Some("noop.txt"), true);
            }
            "mp4" => {
                without_value(name, value)?;
                self.included = self.included.union(TypeSet::of(Type::Media));
                self.any_included = true;
                return self.redirect("mp4", Some("noop-1s.mp4"), true);
            }
            // A note for people.
            "reason" => {}
            _ => return Err(Reason::UnknownOption(name.to_owned())),
        }
        Ok(())
    }

    fn types(&mut self, name: &str, types: TypeSet, negated: bool) -> Result<(), Reason> {
        if negated {
            if name == "all" {
                return Err(Reason::NotNegatable(name.to_owned()));
            }
            self.excluded = self.excluded.union(types);
        } else {
            self.included = self.included.union(types);
            self.any_included = true;
        }
        Ok(())
    }

    fn modifier(&mut self, name: &'static str, action: Action) -> Result<(), Reason> {
        if self.options.modifier.is_some() {
            return Err(Reason::Contradiction(
                self.modifier.to_owned(),
                name.to_owned(),
            ));
        }
        self.modifier = name;
        self.options.modifier = Some(action);
        Ok(())
    }

    fn csp(&mut self, written: &str, name: &'static str, policy: &str) -> Result<(), Reason> {
        if policy
            .chars()
            .any(|c| !c.is_ascii() || c.is_ascii_control())
        {
            return Err(bad_value(written, "a header cannot hold it"));
        }
        let exception = if self.exception {
            Exception::Yes
        } else {
            Exception::No
        };
        self.modifier(name, Action::Csp(exception, policy.to_owned()))
    }

    fn redirect(
        &mut self,
        name: &'static str,
        value: Option<&str>,
        blocks: bool,
    ) -> Result<(), Reason> {
        let value = value.unwrap_or_default();
        let (written, priority) = match value.rsplit_once(':') {
            Some((head, tail)) if !tail.is_empty() && tail.parse::<i32>().is_ok() => {
                (head, tail.parse().unwrap_or_default())
            }
            _ => (value, 0),
        };
        if written.is_empty() {
            if self.exception {
                return self.modifier(name, Action::NoRedirect(String::new()));
            }
            return Err(bad_value(name, "it names no resource"));
        }
        let resource = resource::find(written)
            .ok_or_else(|| Reason::UnknownResource(written.chars().take(80).collect()))?;
        let resource = resource.name.to_owned();
        self.modifier(
            name,
            if self.exception {
                Action::NoRedirect(resource)
            } else {
                Action::Redirect(Redirect {
                    resource,
                    priority,
                    blocks,
                })
            },
        )
    }

    fn denyallow(&mut self, value: &str) -> Result<(), Reason> {
        let scope = scope::parse(value, b'|')?;
        if !scope.exclude.is_empty() {
            return Err(bad_value("denyallow", "its entries cannot be negated"));
        }
        for entry in scope.include {
            match entry {
                DomainPattern::Host(host) => self.options.denyallow.push(host),
                _ => return Err(bad_value("denyallow", "its entries are plain host names")),
            }
        }
        self.options.denyallow.sort_unstable();
        self.options.denyallow.dedup();
        Ok(())
    }

    fn finish(mut self) -> Result<Options, Reason> {
        let options = &mut self.options;
        options.party = match (self.first, self.third) {
            (true, false) => Party::First,
            (false, true) => Party::Third,
            _ => Party::Any,
        };
        let is_csp = matches!(options.modifier, Some(Action::Csp(..)));
        let default = if is_csp { DOCUMENTS } else { TypeSet::DEFAULT };
        let types = if self.any_included {
            self.included
        } else {
            default
        };
        options.types = types.without(self.excluded);
        if is_csp {
            options.types = TypeSet(options.types.0 & DOCUMENTS.0);
        }
        if options.types == TypeSet::NONE {
            // Nothing is left: say what it was that is not supported.
            return Err(match (self.cosmetic, options.partial.pop()) {
                (Some(_), _) => Reason::Cosmetic,
                (None, Some(Reason::TypeLeftOut(name))) => Reason::UnsupportedOption(name),
                _ => Reason::NoTypes,
            });
        }
        if self.exception && options.important {
            return Err(Reason::Contradiction("@@".into(), "important".into()));
        }
        Ok(self.options)
    }
}

fn is_known(name: &str) -> bool {
    matches!(
        name,
        "important"
            | "match-case"
            | "badfilter"
            | "domain"
            | "from"
            | "to"
            | "denyallow"
            | "method"
            | "csp"
            | "redirect"
            | "redirect-rule"
            | "rewrite"
            | "empty"
            | "mp4"
            | "reason"
    )
}

fn bad_value(name: &str, why: &'static str) -> Reason {
    Reason::BadValue {
        name: name.to_owned(),
        why,
    }
}

fn without_value(name: &str, value: Option<&str>) -> Result<(), Reason> {
    match value {
        None => Ok(()),
        Some(_) => Err(bad_value(name, "it takes none")),
    }
}

fn needed<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Reason> {
    value
        .filter(|v| !v.is_empty())
        .ok_or_else(|| bad_value(name, "it is missing"))
}

fn merge(into: &mut DomainScope, from: DomainScope, name: &str) -> Result<(), Reason> {
    if *into != DomainScope::default() {
        return Err(bad_value(name, "it is given twice"));
    }
    *into = from;
    Ok(())
}

/// The named methods; negated ones mean all others.
fn methods(value: &str) -> Result<MethodSet, Reason> {
    let mut included = 0_u16;
    let mut excluded = 0_u16;
    for part in value.split('|') {
        let (negated, name) = part.strip_prefix('~').map_or((false, part), |n| (true, n));
        let bit = match name.to_ascii_lowercase().as_str() {
            "get" => 0,
            "head" => 1,
            "post" => 2,
            "put" => 3,
            "delete" => 4,
            "connect" => 5,
            "options" => 6,
            "patch" => 7,
            _ => return Err(bad_value("method", "one of its methods is not known")),
        };
        if negated {
            excluded |= 1 << bit;
        } else {
            included |= 1 << bit;
        }
    }
    if included != 0 && excluded != 0 {
        return Err(bad_value("method", "some are negated and some are not"));
    }
    Ok(MethodSet(if included != 0 {
        included
    } else {
        0x1ff & !excluded
    }))
}
