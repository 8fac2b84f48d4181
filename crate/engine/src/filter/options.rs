//! The options of a network filter: everything after its `$`.

mod cut;
mod names;

pub(super) use cut::start;

use cut::{MAX_NAME, next_option};
pub(super) use names::resource_type;
use names::{is_cosmetic_type, is_known, is_known_elsewhere, is_unseen_type};

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

/// Pages and frames, which have a Content-Security-Policy.
const DOCUMENTS: TypeSet = TypeSet::of(Type::MainFrame).union(TypeSet::of(Type::SubFrame));

/// What uBlock Origin makes of `inline-script` and `inline-font`.
const NO_INLINE_SCRIPT: &str = "script-src 'unsafe-eval' * blob: data:";
const NO_INLINE_FONT: &str = "font-src *";

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
    /// The types that are named, one by one.
    named: Vec<(String, TypeSet)>,
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
            "method" if self.options.methods != MethodSet::default() => {
                return Err(bad_value(name, "it is given twice"));
            }
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
            if name != "all" {
                self.named.push((name.to_owned(), types));
            }
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
        if !self.options.denyallow.is_empty() {
            return Err(bad_value("denyallow", "it is given twice"));
        }
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
        let third = options.party == Party::Third;
        // Only documents have policies, and a page is its own first party, whoever linked to it.
        let meaningless = |types: TypeSet| {
            (is_csp && types.without(DOCUMENTS) == types)
                || (third && types == TypeSet::of(Type::MainFrame))
        };
        if is_csp {
            options.types = TypeSet(options.types.0 & DOCUMENTS.0);
        }
        let other = if is_csp { self.modifier } else { "third-party" };
        let mut left = self
            .named
            .iter()
            .filter(|(_, types)| meaningless(*types))
            .map(|(name, _)| name);
        if options.types == TypeSet::NONE || meaningless(options.types) {
            if let Some(name) = left.next() {
                return Err(Reason::Contradiction(other.to_owned(), name.clone()));
            }
        } else {
            let part = |name: &String| Reason::TypeWithout(name.clone(), other.to_owned());
            options.partial.extend(left.map(part));
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
