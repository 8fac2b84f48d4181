//! One filter as conditions and actions of rules.

use super::pack::Draft;
use super::rule::{Action, Condition, DomainType, Header, Operation, Redirect};
use super::{Browser, Gap, Options, Pages, priority};
use crate::filter::{
    self, Anchor, DomainPattern, DomainScope, Exception, Filter, Glob, MethodSet, Party, Pattern,
    ResourceType, TypeSet, host, regex,
};

/// Chromium's limit for an expression, in instructions of RE2 (measured: 112 single letters fit),
/// less what the estimate may be off by.
const RE2_INSTRUCTIONS: u32 = 108;

/// What became of one filter.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub drafts: Vec<Draft>,
    pub gaps: Vec<Gap>,
}

/// Turns one filter into drafts of rules.
pub(super) fn drafts(filter: &Filter, options: &Options) -> Found {
    let mut found = Found::default();
    if let Err(gap) = fill(filter, options, &mut found) {
        // Half a filter that has not been finished may be wider than the whole.
        found.drafts.clear();
        found.gaps = vec![gap];
    }
    found
}

fn fill(filter: &Filter, options: &Options, found: &mut Found) -> Result<(), Gap> {
    let actions = actions(filter, options)?;
    let mut types = filter.types;
    if types.contains(ResourceType::Popup) {
        types = types.without(TypeSet::of(ResourceType::Popup));
        found.gaps.push(Gap::Popup);
        if types == TypeSet::NONE {
            return Err(Gap::Popup);
        }
    }
    let page = types.contains(ResourceType::MainFrame);
    let rest = types.without(TypeSet::of(ResourceType::MainFrame));
    if rest != TypeSet::NONE {
        let names = type_names(rest, options.browser, &mut found.gaps)?;
        for shape in shapes(filter, options, &names, &mut found.gaps)? {
            for scope in scopes(&filter.from, &mut found.gaps)? {
                for (priority, action) in &actions {
                    let mut condition = shape.clone();
                    condition.initiator_domains.clone_from(&scope.include);
                    condition
                        .excluded_initiator_domains
                        .clone_from(&scope.exclude);
                    condition.domain_type = match filter.party {
                        Party::Any => None,
                        Party::First => Some(DomainType::FirstParty),
                        Party::Third => Some(DomainType::ThirdParty),
                    };
                    found.drafts.push(Draft::new(*priority, action, condition));
                }
            }
        }
    }
    if page {
        self::page(filter, options, &actions, found)?;
    }
    if stops_pages_too(filter) {
        listed_host(filter, options, found)?;
    }
    if found.drafts.is_empty() && found.gaps.is_empty() {
        return Err(Gap::NoTypes);
    }
    Ok(())
}

/// What the filter does, with its priority; a redirect also blocks what cannot be redirected.
fn actions(filter: &Filter, options: &Options) -> Result<Vec<(u32, Action)>, Gap> {
    let block = if filter.important {
        priority::IMPORTANT_BLOCK
    } else {
        priority::BLOCK
    };
    Ok(match &filter.action {
        filter::Action::Block => vec![(block, Action::Block)],
        filter::Action::Allow => vec![(priority::ALLOW, Action::Allow)],
        filter::Action::Redirect(redirect) if redirect.blocks => {
            let base = if filter.important {
                priority::IMPORTANT_REDIRECT
            } else {
                priority::REDIRECT
            };
            let own = redirect
                .priority
                .max(0)
                .unsigned_abs()
                .min(priority::MOST_OWN);
            let path = format!("{}{}", options.resources, redirect.resource);
            let action = Action::Redirect {
                redirect: Redirect::ExtensionPath(path),
            };
            vec![(block, Action::Block), (base + own, action)]
        }
        filter::Action::Redirect(_) => return Err(Gap::RedirectRule),
        filter::Action::NoRedirect(_) => return Err(Gap::NoRedirect),
        filter::Action::Csp(Exception::Yes, _) => return Err(Gap::NoCsp),
        filter::Action::Csp(Exception::No, policy) => {
            let header = Header {
                header: "content-security-policy",
                operation: Operation::Append,
                value: policy.clone(),
            };
            let action = Action::ModifyHeaders {
                response_headers: vec![header],
            };
            vec![(priority::CSP, action)]
        }
    })
}

/// The part of a filter that applies to pages: a page is its own site, whoever linked to it.
fn page(
    filter: &Filter,
    options: &Options,
    actions: &[(u32, Action)],
    found: &mut Found,
) -> Result<(), Gap> {
    if filter.party == Party::Third {
        return Ok(());
    }
    let scopes = scopes(&filter.from, &mut found.gaps)?;
    for shape in shapes(filter, options, &["main_frame"], &mut found.gaps)? {
        for scope in &scopes {
            let mut condition = shape.clone();
            if !scope.include.is_empty() {
                condition.request_domains = if condition.request_domains.is_empty() {
                    scope.include.clone()
                } else {
                    common(&condition.request_domains, &scope.include)
                };
                if condition.request_domains.is_empty() {
                    continue;
                }
            }
            condition
                .excluded_request_domains
                .extend_from_slice(&scope.exclude);
            for (priority, action) in actions {
                let (action, condition) = match (action, &options.pages) {
                    (Action::Block, Pages::Redirect(_) | Pages::Substitute(_)) => {
                        page_stop(&options.pages, condition.clone())
                    }
                    _ => (action.clone(), condition.clone()),
                };
                found.drafts.push(Draft::new(*priority, &action, condition));
            }
        }
    }
    Ok(())
}

/// Whether a filter names a host as such, so that its pages may be meant too.
fn stops_pages_too(filter: &Filter) -> bool {
    matches!(filter.pattern, Pattern::Host(_))
        && matches!(filter.action, filter::Action::Block | filter::Action::Allow)
        && filter.types == TypeSet::DEFAULT
        && filter.party == Party::Any
        && filter.from == DomainScope::default()
        && filter.methods == MethodSet::default()
}

fn listed_host(filter: &Filter, options: &Options, found: &mut Found) -> Result<(), Gap> {
    if options.pages == Pages::Leave {
        return Ok(());
    }
    for condition in shapes(filter, options, &["main_frame"], &mut found.gaps)? {
        let draft = match (&filter.action, filter.important) {
            (filter::Action::Allow, _) => Draft::new(priority::ALLOW, &Action::Allow, condition),
            (_, important) => {
                let (action, condition) = page_stop(&options.pages, condition);
                let priority = if important {
                    priority::IMPORTANT_BLOCK
                } else {
                    priority::BLOCK
                };
                Draft::new(priority, &action, condition)
            }
        };
        found.drafts.push(draft);
    }
    Ok(())
}

/// How a page is stopped.
fn page_stop(pages: &Pages, mut condition: Condition) -> (Action, Condition) {
    let redirect = match pages {
        Pages::Redirect(path) => Redirect::ExtensionPath(path.clone()),
        // The address is only at hand where nothing but the host decides.
        Pages::Substitute(prefix)
            if condition.url_filter.is_none() && condition.regex_filter.is_none() =>
        {
            condition.regex_filter = Some("^https?://.*".into());
            Redirect::RegexSubstitution(format!("{prefix}\\0"))
        }
        _ => return (Action::Block, condition),
    };
    (Action::Redirect { redirect }, condition)
}

/// The conditions about the address: one, or several where one rule cannot say it.
fn shapes(
    filter: &Filter,
    options: &Options,
    types: &[&'static str],
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Condition>, Gap> {
    let to = scopes(&filter.to, gaps)?;
    let mut shapes = Vec::new();
    for to in to {
        let mut base = Condition {
            resource_types: types.to_vec(),
            request_methods: method_names(filter.methods),
            request_domains: to.include,
            excluded_request_domains: to.exclude,
            is_url_filter_case_sensitive: filter.match_case,
            ..Condition::default()
        };
        base.excluded_request_domains
            .extend_from_slice(&filter.denyallow);
        let spared = |name: &String| filter.denyallow.iter().any(|d| is_within(name, d));
        if !base.request_domains.is_empty() {
            base.request_domains.retain(|name| !spared(name));
            if base.request_domains.is_empty() {
                continue;
            }
        }
        match &filter.pattern {
            Pattern::Any => {
                base.is_url_filter_case_sensitive = false;
                shapes.push(base);
            }
            Pattern::Host(name) => {
                base.is_url_filter_case_sensitive = false;
                let own = vec![name.clone()];
                base.request_domains = if base.request_domains.is_empty() {
                    own
                } else {
                    common(&own, &base.request_domains)
                };
                base.request_domains.retain(|name| !spared(name));
                if !base.request_domains.is_empty() {
                    shapes.push(base);
                }
            }
            Pattern::Glob(glob) => globs(glob, options.browser, &base, &mut shapes)?,
            Pattern::Regex(text) => regexes(text, options.browser, &base, &mut shapes)?,
        }
    }
    Ok(shapes)
}

fn globs(
    glob: &Glob,
    browser: Browser,
    base: &Condition,
    out: &mut Vec<Condition>,
) -> Result<(), Gap> {
    if glob.text.contains('|') {
        return Err(Gap::Bar);
    }
    let mut push = |glob: &Glob, base: &Condition| {
        out.push(Condition {
            url_filter: Some(written(glob)),
            ..base.clone()
        });
        if let Some(dotted) = dotted(glob) {
            out.push(Condition {
                url_filter: Some(written(&dotted)),
                ..base.clone()
            });
        }
    };
    if browser == Browser::Chromium {
        push(glob, base);
        return Ok(());
    }
    // In Firefox the address of a WebSocket begins with http: or https:.
    let scheme = |prefix: &str| glob.text.starts_with(prefix);
    let (socket, web) = (scheme("ws://") || scheme("wss://"), scheme("http"));
    if !(socket || (web && glob.start == Anchor::Address)) {
        push(glob, base);
        return Ok(());
    }
    if glob.start != Anchor::Address || web {
        let mut base = base.clone();
        if web {
            without_sockets(&mut base);
        }
        if !web || base.resource_types.iter().any(|t| *t != "websocket") {
            push(glob, &base);
        }
    }
    if socket && may_be_socket(base) {
        let web = glob.text.replacen("ws", "http", 1);
        let glob = Glob {
            start: Anchor::Address,
            text: web,
            end: glob.end,
        };
        let base = Condition {
            resource_types: vec!["websocket"],
            ..base.clone()
        };
        push(&glob, &base);
    }
    Ok(())
}

fn may_be_socket(condition: &Condition) -> bool {
    condition.resource_types.is_empty() || condition.resource_types.contains(&"websocket")
}

fn without_sockets(condition: &mut Condition) {
    if condition.resource_types.is_empty() {
        let mut gaps = Vec::new();
        // All types of Firefox; the set is not empty.
        condition.resource_types = type_names_listed(TypeSet::DEFAULT, Browser::Firefox, &mut gaps);
    }
    condition.resource_types.retain(|t| *t != "websocket");
}

fn regexes(
    text: &str,
    browser: Browser,
    base: &Condition,
    out: &mut Vec<Condition>,
) -> Result<(), Gap> {
    let mut condition = Condition {
        regex_filter: Some(text.to_owned()),
        ..base.clone()
    };
    match browser {
        Browser::Chromium => {
            let cost = regex::translate(text).map_or(u32::MAX, |t| t.cost);
            if cost > RE2_INSTRUCTIONS {
                return Err(Gap::RegexTooLarge);
            }
        }
        Browser::Firefox => {
            if let Some(rest) = text.strip_prefix("^ws") {
                // `^wss?://`, `^wss://`, `^ws://`
                condition.regex_filter = Some(format!("^http{rest}"));
                if !may_be_socket(&condition) {
                    return Ok(());
                }
                condition.resource_types = vec!["websocket"];
            } else if text.starts_with("^http") && !text.contains("ws") {
                without_sockets(&mut condition);
                if condition.resource_types.is_empty() {
                    return Ok(());
                }
            } else if text.contains("ws:/") || text.contains("wss:/") || text.contains("wss?:") {
                return Err(Gap::SocketScheme);
            }
        }
    }
    out.push(condition);
    Ok(())
}

/// A glob in the browsers' words, which are those of the filter.
fn written(glob: &Glob) -> String {
    let start = match glob.start {
        Anchor::None => "",
        Anchor::Address => "|",
        Anchor::Host => "||",
    };
    let end = if glob.end { "|" } else { "" };
    format!("{start}{}{end}", glob.text)
}

/// The same glob for the host with a trailing dot, where the glob spells the end of the host out.
fn dotted(glob: &Glob) -> Option<Glob> {
    let from = match glob.start {
        Anchor::Host => 0,
        Anchor::Address | Anchor::None => glob.text.find("://")? + 3,
    };
    let name = glob.text.get(from..)?;
    let length = name.find(['/', '^', ':'])?;
    let (name, rest) = name.split_at(length);
    // Without a wildcard it is clear which dot is missing; `a.*` may stand for the dot already.
    if !name.contains('.') || name.ends_with(['.', '*']) || host::is_address(name) {
        return None;
    }
    Some(Glob {
        text: format!("{}{name}.{rest}", glob.text.get(..from)?),
        ..glob.clone()
    })
}

/// The sites of a scope as conditions; `gaps` takes what is left out, which makes it narrower.
fn scopes(scope: &DomainScope, gaps: &mut Vec<Gap>) -> Result<Vec<Sites>, Gap> {
    let (sites, narrowed) = hosts_of(scope)?;
    if narrowed {
        if sites.include.is_empty() {
            return Err(entry_gap(&scope.include));
        }
        let gap = entry_gap(&scope.include);
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
    split(&sites)
}

/// Included and excluded hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sites {
    include: Vec<String>,
    exclude: Vec<String>,
}

fn entry_gap(entries: &[DomainPattern]) -> Gap {
    if entries
        .iter()
        .any(|e| matches!(e, DomainPattern::Entity(_)))
    {
        Gap::Entity
    } else {
        Gap::DomainRegex
    }
}

/// The plain hosts of a scope, and whether included entries are missing from them. A missing
/// excluded one would make the scope wider: that is a gap.
fn hosts_of(scope: &DomainScope) -> Result<(Sites, bool), Gap> {
    let plain = |entries: &[DomainPattern]| -> Vec<String> {
        entries
            .iter()
            .filter_map(|e| match e {
                DomainPattern::Host(host) => Some(host.clone()),
                _ => None,
            })
            .collect()
    };
    let sites = Sites {
        include: plain(&scope.include),
        exclude: plain(&scope.exclude),
    };
    if sites.exclude.len() != scope.exclude.len() {
        return Err(entry_gap(&scope.exclude));
    }
    let narrowed = sites.include.len() != scope.include.len();
    Ok((sites, narrowed))
}

/// Splits a scope so that in each part no included site is below an excluded one, about which the
/// browsers disagree.
fn split(sites: &Sites) -> Result<Vec<Sites>, Gap> {
    let is_below_excluded = |name: &String| sites.exclude.iter().any(|e| is_within(name, e));
    let (inner, outer): (Vec<String>, Vec<String>) =
        sites.include.iter().cloned().partition(is_below_excluded);
    if inner.is_empty() {
        return Ok(vec![sites.clone()]);
    }
    let below = |names: &[String]| -> Vec<String> {
        sites
            .exclude
            .iter()
            .filter(|e| names.iter().any(|n| n != *e && is_within(e, n)))
            .cloned()
            .collect()
    };
    let parts: Vec<Sites> = [outer, inner]
        .into_iter()
        .filter(|include| !include.is_empty())
        .map(|include| Sites {
            exclude: below(&include),
            include,
        })
        .collect();
    let still = parts.iter().any(|part| {
        part.include
            .iter()
            .any(|i| part.exclude.iter().any(|e| is_within(i, e)))
    });
    if still { Err(Gap::Scope) } else { Ok(parts) }
}

/// Whether a host is another or one of its subdomains.
pub(super) fn is_within(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The hosts that are in both lists, subdomains included.
fn common(a: &[String], b: &[String]) -> Vec<String> {
    let mut names: Vec<String> = a
        .iter()
        .filter(|x| b.iter().any(|y| is_within(x, y)))
        .chain(b.iter().filter(|y| a.iter().any(|x| is_within(y, x))))
        .cloned()
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The browser's names of resource types; empty where all but pages are meant.
fn type_names(
    types: TypeSet,
    browser: Browser,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<&'static str>, Gap> {
    let all = TypeSet::DEFAULT;
    if types == all {
        return Ok(Vec::new());
    }
    let names = type_names_listed(types, browser, gaps);
    if names.is_empty() {
        return Err(Gap::WebTransport);
    }
    Ok(names)
}

fn type_names_listed(types: TypeSet, browser: Browser, gaps: &mut Vec<Gap>) -> Vec<&'static str> {
    use ResourceType as T;
    let firefox = browser == Browser::Firefox;
    let mut names: Vec<&'static str> = Vec::new();
    for (kind, everywhere, in_firefox) in [
        (T::SubFrame, "sub_frame", &[][..]),
        (T::Stylesheet, "stylesheet", &["xslt"]),
        (T::Script, "script", &[]),
        (T::Image, "image", &["imageset"]),
        (T::Font, "font", &[]),
        (T::Object, "object", &["object_subrequest"]),
        (T::XmlHttpRequest, "xmlhttprequest", &[]),
        (T::Ping, "ping", &["beacon"]),
        (T::CspReport, "csp_report", &[]),
        (T::Media, "media", &[]),
        (T::WebSocket, "websocket", &[]),
        (
            T::Other,
            "other",
            &["json", "speculative", "web_manifest", "xml_dtd"],
        ),
    ] {
        if types.contains(kind) {
            names.push(everywhere);
            if firefox {
                names.extend_from_slice(in_firefox);
            }
        }
    }
    if types.contains(T::WebTransport) {
        if !firefox {
            names.push("webtransport");
        } else if !types.contains(T::Other) && !gaps.contains(&Gap::WebTransport) {
            gaps.push(Gap::WebTransport);
        }
    }
    names.sort_unstable();
    names
}

fn method_names(methods: MethodSet) -> Vec<&'static str> {
    const NAMES: [&str; 9] = [
        "get", "head", "post", "put", "delete", "connect", "options", "patch", "other",
    ];
    NAMES
        .iter()
        .enumerate()
        .filter(|(bit, _)| methods.0 & (1 << bit) != 0)
        .map(|(_, name)| *name)
        .collect()
}
