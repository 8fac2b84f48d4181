//! The form of a rule, as the browsers read it.

#[cfg(feature = "serde")]
use serde::Serialize;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub struct Rule {
    /// Its id within its ruleset.
    pub id: u32,
    /// The highest decides.
    pub priority: u32,
    /// What it does.
    pub action: Action,
    /// When.
    pub condition: Condition,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(Serialize),
    serde(
        tag = "type",
        rename_all = "camelCase",
        rename_all_fields = "camelCase"
    )
)]
pub enum Action {
    /// Lets the request through.
    Allow,
    /// Refuses it.
    Block,
    /// Answers with something else.
    Redirect {
        /// With what.
        redirect: Redirect,
    },
    /// Changes the answer's headers.
    ModifyHeaders {
        /// The changes.
        response_headers: Vec<Header>,
    },
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub enum Redirect {
    /// To a file of the extension.
    ExtensionPath(String),
    /// To an address made from the matched one.
    RegexSubstitution(String),
}

/// A change of one header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub struct Header {
    /// Its name.
    pub header: &'static str,
    /// The kind of change.
    pub operation: Operation,
    /// What is appended.
    pub value: String,
}

/// The kind of change of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub enum Operation {
    /// One more beside what is there: policies of a page are never loosened.
    Append,
}

/// Whose requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub enum DomainType {
    /// Those within one registrable domain.
    FirstParty,
    /// Those that leave it.
    ThirdParty,
}

/// When a rule applies; what is absent or empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(Serialize), serde(rename_all = "camelCase"))]
pub struct Condition {
    /// The shape of the address.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub url_filter: Option<String>,
    /// An expression over the address.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub regex_filter: Option<String>,
    /// Capitals are told from small letters.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "std::ops::Not::not"))]
    pub is_url_filter_case_sensitive: bool,
    /// Resource types; all but pages when empty.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub resource_types: Vec<&'static str>,
    /// HTTP methods.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub request_methods: Vec<&'static str>,
    /// Whose requests.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub domain_type: Option<DomainType>,
    /// Hosts of requests, subdomains included.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub request_domains: Vec<String>,
    /// Hosts of requests that are spared.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub excluded_request_domains: Vec<String>,
    /// Sites that ask.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub initiator_domains: Vec<String>,
    /// Sites that are spared.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub excluded_initiator_domains: Vec<String>,
}
