//! Scriptlets: small defences in the page itself that lists ask for by name, as far as lists
//! against miners use them. They are parsed here and carried out by the guard.
//!
//! Read in three spellings: uBlock Origin's `site##+js(aopr, miner)`, `AdGuard`'s
//! `site#%#//scriptlet('abort-on-property-read', 'miner')` and Adblock Plus's
//! `site#$#abort-on-property-read miner`. Only the names below are known; a list can never bring
//! code of its own.

use super::{DomainScope, Reason, Source, regex, scope};

/// One call of a scriptlet on some sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scriptlet {
    /// Where it came from.
    pub source: Source,
    /// The line as it was written.
    pub text: String,
    /// Takes an equal call back (`#@#`).
    pub exception: bool,
    /// Which scriptlet; none in an exception that takes all back (`#@#+js()`).
    pub name: Option<ScriptletName>,
    /// Its arguments.
    pub args: Vec<String>,
    /// The sites it is for; everywhere when empty.
    pub from: DomainScope,
}

/// The scriptlets that the guard carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ScriptletName {
    /// Throws when the property is read.
    AbortOnPropertyRead,
    /// Throws when the property is written.
    AbortOnPropertyWrite,
    /// Throws when the current script's text matches and it uses the property.
    AbortCurrentScript,
    /// Fixes a property to one of a few harmless values.
    SetConstant,
    /// Takes `RTCPeerConnection` away.
    Nowebrtc,
    /// Answers matching calls of `fetch` with nothing.
    NoFetchIf,
    /// Answers matching `XMLHttpRequest`s with nothing.
    NoXhrIf,
    /// Refuses matching `WebSocket`s.
    NoWebsocketIf,
}

/// Longest argument, in bytes.
const MAX_ARGUMENT: usize = 2048;
/// Most arguments of one call.
const MAX_ARGUMENTS: usize = 16;

impl ScriptletName {
    /// The name under which the guard knows it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AbortOnPropertyRead => "abort-on-property-read",
            Self::AbortOnPropertyWrite => "abort-on-property-write",
            Self::AbortCurrentScript => "abort-current-script",
            Self::SetConstant => "set-constant",
            Self::Nowebrtc => "nowebrtc",
            Self::NoFetchIf => "no-fetch-if",
            Self::NoXhrIf => "no-xhr-if",
            Self::NoWebsocketIf => "no-websocket-if",
        }
    }

    /// By any of the names that lists use.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".js").unwrap_or(name);
        let name = name.strip_prefix("ubo-").unwrap_or(name);
        let name = name.strip_prefix("abp-").unwrap_or(name);
        let name = name.strip_suffix(".js").unwrap_or(name);
        Some(match name {
            "abort-on-property-read" | "aopr" => Self::AbortOnPropertyRead,
            "abort-on-property-write" | "aopw" => Self::AbortOnPropertyWrite,
            "abort-current-script" | "acs" | "abort-current-inline-script" | "acis" => {
                Self::AbortCurrentScript
            }
            "set-constant" | "set" => Self::SetConstant,
            "nowebrtc" => Self::Nowebrtc,
            "no-fetch-if" | "prevent-fetch" => Self::NoFetchIf,
            "no-xhr-if" | "prevent-xhr" => Self::NoXhrIf,
            "no-websocket-if" | "nowsif" | "prevent-websocket" => Self::NoWebsocketIf,
            _ => return None,
        })
    }
}

/// Values that `set-constant` may fix a property to, beside small numbers: those that uBlock
/// Origin's documentation names.
const CONSTANTS: &[&str] = &[
    "undefined",
    "false",
    "true",
    "null",
    "yes",
    "no",
    "on",
    "off",
    "accept",
    "accepted",
    "reject",
    "rejected",
    "allowed",
    "denied",
    "noopFunc",
    "noopCallbackFunc",
    "trueFunc",
    "falseFunc",
    "throwFunc",
    "emptyObj",
    "emptyArr",
    "emptyStr",
    "''",
    "{}",
    "[]",
    "",
    "-1",
    "noopPromiseResolve",
    "noopPromiseReject",
];

/// How a scriptlet was spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// `##+js(name, argument, …)`.
    Ublock,
    /// `#%#//scriptlet('name', 'argument', …)`.
    Adguard,
    /// `#$#name argument …; name …`.
    Adblock,
}

/// Reads the part after the `#…#` marker. One line can hold several calls (Adblock Plus only).
///
/// # Errors
/// What is not supported or broken in it.
pub(super) fn parse(
    text: &str,
    source: Source,
    sites: &str,
    body: &str,
    spelling: Spelling,
    exception: bool,
) -> Result<Vec<Scriptlet>, Reason> {
    let from = sites_of(sites)?;
    let calls = match spelling {
        Spelling::Ublock => vec![split_commas(brackets(body, "+js(")?)?],
        Spelling::Adguard => vec![split_commas(brackets(body, "//scriptlet(")?)?],
        Spelling::Adblock => split_commands(body)?,
    };
    let mut scriptlets = Vec::with_capacity(calls.len());
    for mut args in calls {
        if args.len() > MAX_ARGUMENTS + 1 || args.iter().any(|a| a.len() > MAX_ARGUMENT) {
            return Err(Reason::ScriptletSyntax("it is too long"));
        }
        let name = if args.is_empty() {
            String::new()
        } else {
            args.remove(0)
        };
        let name = if name.is_empty() && exception {
            None
        } else if name.is_empty() {
            return Err(Reason::ScriptletSyntax("it names no scriptlet"));
        } else {
            let known = ScriptletName::find(&name)
                .ok_or_else(|| Reason::UnknownScriptlet(name.chars().take(80).collect()))?;
            check(known, &args)?;
            Some(known)
        };
        scriptlets.push(Scriptlet {
            source,
            text: text.to_owned(),
            exception,
            name,
            args,
            from: from.clone(),
        });
    }
    Ok(scriptlets)
}

/// The calls that are to run where `matches` says that a scope holds: those that no exception
/// there takes back, each once.
pub fn applicable(
    scriptlets: &[Scriptlet],
    matches: impl Fn(&DomainScope) -> bool,
) -> Vec<&Scriptlet> {
    let here: Vec<&Scriptlet> = scriptlets.iter().filter(|s| matches(&s.from)).collect();
    let mut kept: Vec<&Scriptlet> = Vec::new();
    for call in here.iter().filter(|s| !s.exception) {
        let taken_back = here.iter().any(|e| {
            e.exception && (e.name.is_none() || (e.name == call.name && e.args == call.args))
        });
        let again = kept
            .iter()
            .any(|k| k.name == call.name && k.args == call.args);
        if !taken_back && !again {
            kept.push(call);
        }
    }
    kept
}

fn sites_of(sites: &str) -> Result<DomainScope, Reason> {
    let sites = sites.trim();
    if sites.is_empty() || sites == "*" {
        return Ok(DomainScope::default());
    }
    if sites.contains(">>") {
        return Err(Reason::ScriptletScope(
            "“>>” (sites by the page around a frame)",
        ));
    }
    if sites.starts_with('[') {
        return Err(Reason::ScriptletScope("modifiers in square brackets"));
    }
    // A `*` among others says nothing more.
    let all = sites.split(',').any(|s| s.trim() == "*");
    let named: Vec<&str> = scope::split(sites, b',')
        .into_iter()
        .filter(|s| s.trim() != "*")
        .collect();
    let mut scope = scope::parse(&named.join(","), b',')?;
    if all {
        scope.include.clear();
    }
    Ok(scope)
}

fn brackets<'a>(body: &'a str, opening: &str) -> Result<&'a str, Reason> {
    body.trim()
        .strip_prefix(opening)
        .ok_or(Reason::ScriptletSyntax("it does not begin as a call"))?
        .trim_end_matches(';')
        .strip_suffix(')')
        .ok_or(Reason::ScriptletSyntax("its bracket is not closed"))
}

/// Arguments between commas. `\,` is a comma within one; an argument may stand in quotes, within
/// which commas mean nothing.
fn split_commas(text: &str) -> Result<Vec<String>, Reason> {
    let mut args = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Ok(args);
    }
    loop {
        rest = rest.trim_start();
        let quoted = match rest.chars().next() {
            Some(quote @ ('"' | '\'' | '`')) => quoted(rest, quote),
            _ => None,
        };
        let (arg, after) = if let Some(found) = quoted {
            found
        } else {
            let end = unescaped(rest, ',').unwrap_or(rest.len());
            let (arg, after) = rest.split_at(end);
            (arg.trim().replace("\\,", ","), after)
        };
        args.push(arg);
        match after.trim_start().strip_prefix(',') {
            Some(next) => rest = next,
            None if after.trim().is_empty() => return Ok(args),
            None => return Err(Reason::ScriptletSyntax("text follows a quoted argument")),
        }
    }
}

/// An argument in quotes and what follows it; `None` when the quote does not close before a comma
/// or the end (then it is part of a plain argument).
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let inner = text.strip_prefix(quote)?;
    let end = unescaped(inner, quote)?;
    let (arg, after) = inner.split_at(end);
    let after = after.strip_prefix(quote)?;
    let next = after.trim_start();
    (next.is_empty() || next.starts_with(',')).then(|| {
        let escaped: String = ['\\', quote].iter().collect();
        (arg.replace(&escaped, &String::from(quote)), after)
    })
}

/// Position of the first `wanted` that no backslash precedes.
fn unescaped(text: &str, wanted: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == wanted {
            return Some(at);
        }
    }
    None
}

/// Adblock Plus: words between spaces, in single quotes where they hold spaces; `;` ends a call.
fn split_commands(text: &str) -> Result<Vec<Vec<String>>, Reason> {
    let mut calls = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut in_quotes = false;
    let mut chars = text.trim().chars();
    let push = |calls: &mut Vec<Vec<String>>, word: &mut Option<String>| {
        if let (Some(call), Some(word)) = (calls.last_mut(), word.take()) {
            call.push(word);
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(next @ (' ' | '\'' | ';' | '\\')) => {
                    word.get_or_insert_default().push(next);
                }
                Some(next) => {
                    let word = word.get_or_insert_default();
                    word.push('\\');
                    word.push(next);
                }
                None => return Err(Reason::ScriptletSyntax("it ends in a backslash")),
            },
            '\'' => {
                in_quotes = !in_quotes;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !in_quotes => push(&mut calls, &mut word),
            ';' if !in_quotes => {
                push(&mut calls, &mut word);
                calls.push(Vec::new());
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    if in_quotes {
        return Err(Reason::ScriptletSyntax("a quote is not closed"));
    }
    push(&mut calls, &mut word);
    if calls.len() > 1 {
        calls.retain(|call| !call.is_empty());
    }
    Ok(calls)
}

/// Whether the guard can do something with the arguments.
fn check(name: ScriptletName, args: &[String]) -> Result<(), Reason> {
    let wrong = |why| {
        Err(Reason::ScriptletArguments {
            name: name.as_str().to_owned(),
            why,
        })
    };
    match name {
        ScriptletName::AbortOnPropertyRead | ScriptletName::AbortOnPropertyWrite => match args {
            [chain] if is_chain(chain) => {}
            _ => return wrong("it takes one property, such as “a.b.c”"),
        },
        ScriptletName::AbortCurrentScript => match args {
            [chain] if is_chain(chain) => {}
            [chain, needle] if is_chain(chain) => check_needle(needle)?,
            [chain, needle, context] if is_chain(chain) => {
                check_needle(needle)?;
                check_needle(context)?;
            }
            _ => return wrong("it takes a property and up to two texts to look for"),
        },
        ScriptletName::SetConstant => match args {
            [chain, value] if is_chain(chain) => {
                let number = value.parse::<u16>().is_ok_and(|n| n <= 0x7fff);
                if !number && !CONSTANTS.contains(&value.as_str()) {
                    return wrong("its value is none of the allowed ones");
                }
            }
            _ => return wrong("it takes a property and a value"),
        },
        ScriptletName::Nowebrtc => {
            if !args.is_empty() {
                return wrong("it takes none");
            }
        }
        ScriptletName::NoFetchIf | ScriptletName::NoXhrIf => {
            let [needle] = args else {
                return wrong("it takes what to look for and nothing else");
            };
            for part in needle.split_ascii_whitespace() {
                let value = part
                    .split_once(':')
                    .filter(|(key, _)| {
                        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphabetic())
                    })
                    .map_or(part, |(_, value)| value);
                check_needle(value)?;
            }
        }
        ScriptletName::NoWebsocketIf => match args {
            [] => {}
            [needle] => check_needle(needle)?,
            _ => return wrong("it takes what to look for and nothing else"),
        },
    }
    Ok(())
}

/// `a.b.c`, each part the name of a property.
fn is_chain(chain: &str) -> bool {
    !chain.is_empty()
        && chain
            .split('.')
            .all(|p| !p.is_empty() && !p.contains(|c: char| c.is_whitespace() || c.is_control()))
}

/// A text to look for: plain, or an expression in `/…/` with flags. The guard has the browser's
/// own engine for those, but only harmless ones are let through: those that need no more than
/// linear time, as their counterpart here proves, and short ones.
fn check_needle(needle: &str) -> Result<(), Reason> {
    let needle = needle.strip_prefix('!').unwrap_or(needle);
    let Some((body, flags)) = needle.strip_prefix('/').and_then(|n| n.rsplit_once('/')) else {
        return Ok(());
    };
    if body.is_empty()
        || !flags
            .bytes()
            .all(|b| matches!(b, b'i' | b'u' | b's' | b'm' | b'g'))
    {
        // A path such as `/a/b`.
        return Ok(());
    }
    regex::compile(body).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::DomainPattern;
    use super::*;

    fn ublock(sites: &str, body: &str) -> Result<Scriptlet, Reason> {
        one(sites, body, Spelling::Ublock)
    }

    fn one(sites: &str, body: &str, spelling: Spelling) -> Result<Scriptlet, Reason> {
        parse("", Source::default(), sites, body, spelling, false).map(|mut s| s.remove(0))
    }

    #[test]
    fn names_and_arguments() {
        for (body, name, args) in [
            (
                "+js(aopr, miner)",
                ScriptletName::AbortOnPropertyRead,
                &["miner"][..],
            ),
            (
                "+js(abort-on-property-read.js,  a.b)",
                ScriptletName::AbortOnPropertyRead,
                &["a.b"],
            ),
            (
                "+js(acis, atob, _0x)",
                ScriptletName::AbortCurrentScript,
                &["atob", "_0x"],
            ),
            (
                "+js(acs, m, CH.Anonymous)",
                ScriptletName::AbortCurrentScript,
                &["m", "CH.Anonymous"],
            ),
            (
                "+js(set, x.y, noopFunc)",
                ScriptletName::SetConstant,
                &["x.y", "noopFunc"],
            ),
            ("+js(set, x, '')", ScriptletName::SetConstant, &["x", ""]),
            ("+js(nowebrtc)", ScriptletName::Nowebrtc, &[]),
            (
                "+js(no-fetch-if, /a|b/)",
                ScriptletName::NoFetchIf,
                &["/a|b/"],
            ),
            ("+js(no-xhr-if, a\\,b)", ScriptletName::NoXhrIf, &["a,b"]),
            ("+js(no-xhr-if, 'a,b')", ScriptletName::NoXhrIf, &["a,b"]),
            (
                "+js(no-fetch-if, method:/post/i url:x.com/v1)",
                ScriptletName::NoFetchIf,
                &["method:/post/i url:x.com/v1"],
            ),
            (
                "+js(nowsif, /^wss:/)",
                ScriptletName::NoWebsocketIf,
                &["/^wss:/"],
            ),
        ] {
            let scriptlet = ublock("a.example", body).unwrap_or_else(|e| panic!("{body}: {e}"));
            assert_eq!(
                (scriptlet.name, scriptlet.args.as_slice()),
                (
                    Some(name),
                    args.iter()
                        .map(|s| (*s).to_owned())
                        .collect::<Vec<_>>()
                        .as_slice()
                ),
                "{body}"
            );
        }
    }

    #[test]
    fn the_other_spellings() {
        let adguard = one(
            "a.example",
            "//scriptlet('abort-on-property-read', \"WebAssembly\")",
            Spelling::Adguard,
        )
        .expect("fine");
        assert_eq!(adguard.name, Some(ScriptletName::AbortOnPropertyRead));
        assert_eq!(adguard.args, ["WebAssembly"]);
        let calls = parse(
            "",
            Source::default(),
            "a.example",
            "abort-on-property-read miner; abort-current-inline-script atob 'a b'",
            Spelling::Adblock,
            false,
        )
        .expect("fine");
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[1].args, ["atob", "a b"]);
    }

    #[test]
    fn refused() {
        for body in [
            "+js()",
            "+js(aost, Math.sqrt)",
            "+js(aopr)",
            "+js(aopr, a b)",
            "+js(aopr, a..b)",
            "+js(set, a, alert)",
            "+js(set, a, 99999)",
            "+js(nowebrtc, x)",
            "+js(aopr, a",
            "+js(no-fetch-if, /(?=a)/)",
            "+js(trusted-set-constant, a, b)",
            "+js(no-fetch-if, 'a' b)x",
            "+js(no-fetch-if)",
        ] {
            assert!(ublock("a.example", body).is_err(), "{body}");
        }
        assert!(matches!(
            ublock("dlhd.*>>,~chatango.com", "+js(aopr, a)"),
            Err(Reason::ScriptletScope(_))
        ));
    }

    #[test]
    fn exceptions_take_calls_back() {
        let line = |sites: &str, body: &str, exception| {
            parse(
                "",
                Source::default(),
                sites,
                body,
                Spelling::Ublock,
                exception,
            )
            .expect("fine")
            .remove(0)
        };
        let all = [
            line("a.example", "+js(aopr, x)", false),
            line("a.example", "+js(aopr, x)", false),
            line("a.example", "+js(aopr, y)", false),
            line("a.example", "+js(aopr, y)", true),
            line("b.example", "+js(aopr, z)", false),
            line("b.example", "+js()", true),
        ];
        let on = |host: &str| {
            let host = DomainPattern::Host(host.to_owned());
            applicable(&all, |scope| scope.include.contains(&host)).len()
        };
        assert_eq!(on("a.example"), 1);
        assert_eq!(on("b.example"), 0);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(body in "[+js()'\"`,;\\\\ a-c/]{0,40}", which in 0_usize..3) {
            let spelling = [Spelling::Ublock, Spelling::Adguard, Spelling::Adblock][which];
            let _ = parse(&body, Source::default(), "a.example", &body, spelling, false);
        }
    }
}
