//! The engine: filters compiled, ready to answer about requests.

use crate::filter::{Filter, FilterSet, ListId};
use crate::request::Request;
use crate::ruleset::{LoadError, Refused, Ruleset, Target, build};

/// Compiled filters.
#[derive(Debug)]
pub struct Engine {
    rules: Ruleset,
    refused: Vec<Refused>,
}

/// What is to happen with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Effect {
    /// No filter asks for anything; it is loaded.
    #[default]
    None,
    /// It is stopped.
    Block,
    /// A filter would have stopped it, an exception lets it through.
    Allow,
}

/// A filter that took part in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reason {
    /// The filter as it was written.
    pub filter: String,
    /// The number of its list.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub list: ListId,
    /// The title of its list.
    #[cfg_attr(feature = "serde", serde(rename = "list"))]
    pub title: String,
    /// The line in its list.
    pub line: u32,
}

/// A Content-Security-Policy that a filter adds to a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Policy {
    /// The policy.
    pub policy: String,
    /// The filter that adds it.
    pub reason: Reason,
}

/// The answer about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Decision {
    /// What is to happen.
    pub effect: Effect,
    /// The filter that blocks, or would have blocked but for the exception.
    pub filter: Option<Reason>,
    /// Whether that filter is `important`: exceptions do not count against it.
    pub important: bool,
    /// The exception that let the request through.
    pub exception: Option<Reason>,
    /// The bundled resource that answers a blocked request in its place.
    pub redirect: Option<String>,
    /// Policies for a document that is loaded.
    pub csp: Vec<Policy>,
}

impl Engine {
    /// Compiles the filters in force of a set.
    pub fn build(set: &FilterSet) -> Self {
        Self::from_filters(&set.titles(), set.filters())
    }

    /// Compiles filters; `titles` are those of their lists, in the order of their ids.
    pub fn from_filters(titles: &[&str], filters: &[Filter]) -> Self {
        let (bytes, refused) = build(titles, filters);
        // What was just built loads; if it did not, an engine without filters is the safe answer.
        let rules = Ruleset::load(bytes)
            .or_else(|_| Ruleset::load(build(&[], &[]).0))
            .unwrap_or_else(|_| Ruleset::default());
        Self { rules, refused }
    }

    /// Takes a serialised engine as it is, after checking all of it.
    ///
    /// # Errors
    /// Says what is wrong with it; nothing of a damaged one is used.
    pub fn load(bytes: Vec<u8>) -> Result<Self, LoadError> {
        Ok(Self {
            rules: Ruleset::load(bytes)?,
            refused: Vec::new(),
        })
    }

    /// The engine as one buffer, to be stored and loaded again. The same filters give the same
    /// bytes on every machine.
    pub fn serialize(&self) -> &[u8] {
        self.rules.as_bytes()
    }

    /// How many filters are in force.
    pub fn filter_count(&self) -> usize {
        self.rules.filters() as usize
    }

    /// Filters that could not be compiled, with the reason. Not part of the serialised engine.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Only what is to happen, without the reasons: no memory is allocated for most requests.
    pub fn effect(&self, request: &Request<'_>) -> Effect {
        let found = self.rules.check(request);
        match (found.important, found.block, found.allow) {
            (Some(_), ..) | (None, Some(_), None) => Effect::Block,
            (None, Some(_), Some(_)) => Effect::Allow,
            (None, None, _) => Effect::None,
        }
    }

    /// What is to happen with a request, and why.
    pub fn check(&self, request: &Request<'_>) -> Decision {
        let found = self.rules.check(request);
        if found.is_nothing() {
            return Decision::default();
        }
        let reason = |target: Target| self.reason(target, request);
        let mut decision = Decision {
            csp: found
                .policies(&self.rules)
                .into_iter()
                .map(|(policy, target)| Policy {
                    policy: policy.to_owned(),
                    reason: reason(target),
                })
                .collect(),
            ..Decision::default()
        };
        let Some(block) = found.important.or(found.block) else {
            return decision;
        };
        decision.filter = Some(reason(block));
        decision.important = found.important.is_some();
        if let Some(allow) = found.allow.filter(|_| !decision.important) {
            decision.effect = Effect::Allow;
            decision.exception = Some(reason(allow));
        } else {
            decision.effect = Effect::Block;
            decision.redirect = found.redirect(&self.rules).map(str::to_owned);
        }
        decision
    }

    fn reason(&self, target: Target, request: &Request<'_>) -> Reason {
        let named = self.rules.name(target, request);
        Reason {
            filter: named.text,
            list: ListId(named.list),
            title: named.title.to_owned(),
            line: named.line,
        }
    }
}
