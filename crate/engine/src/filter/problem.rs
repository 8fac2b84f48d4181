//! What is wrong with a line of a list, or what in it is not supported: never silently dropped.

use super::ListId;

/// Longest text of a line that a [`Problem`] keeps, in characters.
const TEXT_KEPT: usize = 160;

/// A line that is not, or not wholly, in force, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The list.
    pub list: ListId,
    /// The line in it, counted from 1; 0 where the list as a whole is meant.
    pub line: u32,
    /// The line as it was written, shortened.
    pub text: String,
    /// Why.
    pub reason: Reason,
}

impl Problem {
    /// A problem with one line.
    pub fn new(list: ListId, line: u32, text: &str, reason: Reason) -> Self {
        let mut kept: String = text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .take(TEXT_KEPT + 1)
            .collect();
        if kept.chars().count() > TEXT_KEPT {
            kept.pop();
            kept.push('…');
        }
        Self {
            list,
            line,
            text: kept,
            reason,
        }
    }
}

/// What kind of trouble a [`Reason`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Severity {
    /// Well written, but asks for something that this engine does not do. Not in force.
    Unsupported,
    /// Cannot be understood. Not in force.
    Broken,
    /// In force, but for a part that is named.
    Partial,
}

/// Why a line is not, or not wholly, in force.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// An option that nobody knows.
    #[error("unknown option “{0}”")]
    UnknownOption(String),
    /// An option that other blockers know and this engine does not carry out.
    #[error("the option “{0}” is not supported")]
    UnsupportedOption(String),
    /// One of several resource types of a filter is never seen by this engine.
    #[error("the filter is in force but not for the resource type “{0}”, which is not supported")]
    TypeLeftOut(String),
    /// One of several resource types of a filter has nothing that another of its options speaks of.
    #[error(
        "the filter is in force but not for the resource type “{0}”, which does not go together with “{1}”"
    )]
    TypeWithout(String, String),
    /// An option that cannot be negated.
    #[error("the option “{0}” cannot be negated")]
    NotNegatable(String),
    /// An option without the value it needs, or with one that makes no sense.
    #[error("the option “{name}” has no usable value: {why}")]
    BadValue {
        /// The option.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Options that exclude each other.
    #[error("the options “{0}” and “{1}” do not go together")]
    Contradiction(String, String),
    /// Nothing is left that the filter could apply to.
    #[error("the options leave no resource type that the filter could apply to")]
    NoTypes,
    /// A host name that is none.
    #[error("“{host}” is not a host name: {why}")]
    BadHost {
        /// As written.
        host: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A plain list names a whole top-level domain.
    #[error("“{0}” is a whole top-level domain or a local name")]
    SingleLabel(String),
    /// A line that cannot be a filter.
    #[error("this is not a filter: {0}")]
    NotAFilter(&'static str),
    /// A pattern that would match every address.
    #[error("the pattern would match nearly every address")]
    TooWide,
    /// A regular expression with features that have no linear-time implementation.
    #[error("the regular expression uses {0}, which is not supported")]
    RegexFeature(&'static str),
    /// A regular expression that is not one.
    #[error("the regular expression is broken: {0}")]
    RegexSyntax(String),
    /// A regular expression whose compiled form would be too large.
    #[error("the regular expression is too large")]
    RegexTooLarge,
    /// More regular expressions than a list of filters has.
    #[error("the list has more than {0} regular expressions")]
    TooManyRegexes(usize),
    /// A redirect to a resource that is not bundled.
    #[error("there is no bundled resource “{0}”")]
    UnknownResource(String),
    /// A hosts line that maps names to another machine than this one.
    #[error("the hosts line maps to {0}, which is a redirection and not a block")]
    HostsRedirection(String),
    /// A line of a hosts file or domain list that is something else.
    #[error("not a host name")]
    NotAHost,
    /// A match pattern that is none.
    #[error("not a match pattern: {0}")]
    MatchPattern(&'static str),
    /// A filter for the look of pages; this engine has none.
    #[error("cosmetic filters are not supported: this is not a network filter")]
    Cosmetic,
    /// A scriptlet that this project does not carry.
    #[error("the scriptlet “{0}” is not supported")]
    UnknownScriptlet(String),
    /// A scriptlet whose arguments make no sense.
    #[error("the scriptlet “{name}” has unusable arguments: {why}")]
    ScriptletArguments {
        /// The scriptlet.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The brackets of a scriptlet call do not close, or its quotes.
    #[error("the scriptlet call is broken: {0}")]
    ScriptletSyntax(&'static str),
    /// The scope before a scriptlet uses syntax that is not supported.
    #[error("the part before the scriptlet uses {0}, which is not supported")]
    ScriptletScope(&'static str),
    /// A line longer than any filter.
    #[error("the line is too long ({0} bytes)")]
    TooLong(usize),
    /// Control characters, among them NUL.
    #[error("the line has control characters in it")]
    ControlCharacters,
    /// A conditional that cannot be understood.
    #[error("the condition cannot be understood: {0}")]
    Condition(&'static str),
    /// A token in a conditional that is not known; it counts as false.
    #[error("the token “{0}” in the condition is not known and counts as false")]
    ConditionToken(String),
    /// An `!#else` or `!#endif` without `!#if`, or an `!#if` without `!#endif`.
    #[error("{0}")]
    Unbalanced(&'static str),
    /// Conditionals within conditionals, too many.
    #[error("conditions are nested too deeply")]
    NestedTooDeeply,
    /// A preprocessor directive that is not known.
    #[error("unknown directive “{0}”")]
    UnknownDirective(String),
    /// An `!#include` that leads nowhere.
    #[error("cannot include “{path}”: {why}")]
    Include {
        /// The path as written.
        path: String,
        /// What is wrong.
        why: &'static str,
    },
    /// An `!#include` of a file that is not at hand, as in a list that a person pastes.
    #[error("the file “{0}” that the list includes is not at hand")]
    NotIncluded(String),
    /// The bytes are not text.
    #[error("the list is not text: {0}")]
    NotText(&'static str),
    /// Text, but not a list.
    #[error("this is not a list but {0}")]
    NotAList(&'static str),
    /// Some characters could not be decoded.
    #[error("the list is not valid UTF-8; it was read as {0}")]
    Encoding(&'static str),
    /// More lists (or included files) than can be told apart.
    #[error("too many lists")]
    TooManyLists,
}

impl Reason {
    /// What kind of trouble this is.
    pub const fn severity(&self) -> Severity {
        match self {
            Self::UnsupportedOption(_)
            | Self::RegexFeature(_)
            | Self::RegexTooLarge
            | Self::TooManyRegexes(_)
            | Self::UnknownResource(_)
            | Self::HostsRedirection(_)
            | Self::Cosmetic
            | Self::NotIncluded(_)
            | Self::UnknownScriptlet(_)
            | Self::ScriptletScope(_) => Severity::Unsupported,
            Self::TypeLeftOut(_)
            | Self::TypeWithout(..)
            | Self::ConditionToken(_)
            | Self::Encoding(_) => Severity::Partial,
            _ => Severity::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_unprintable_text_is_shortened() {
        let text = format!("a\0b{}", "x".repeat(10_000));
        let problem = Problem::new(ListId(0), 7, &text, Reason::ControlCharacters);
        assert_eq!(problem.text.chars().count(), TEXT_KEPT + 1);
        assert!(problem.text.starts_with("a\u{fffd}bxxx"));
        assert!(problem.text.ends_with('…'));
    }

    #[test]
    fn reasons_read_as_sentences() {
        assert_eq!(
            Reason::UnknownOption("fnord".into()).to_string(),
            "unknown option “fnord”"
        );
        assert_eq!(
            Reason::Cosmetic.severity(),
            Severity::Unsupported,
            "cosmetic filters are well written"
        );
    }
}
