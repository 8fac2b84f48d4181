//! Why a filter cannot be a rule of declarativeNetRequest.

/// What declarativeNetRequest has no words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Gap {
    /// `popup`.
    #[error(
        "the browser's rules cannot tell windows that a page opens; the extension stops them itself"
    )]
    Popup,
    /// `webtransport` in Firefox, alone.
    #[error("this browser does not tell WebTransport from other requests")]
    WebTransport,
    /// Pages as third parties, or nothing else is left.
    #[error("no resource type is left that could match")]
    NoTypes,
    /// `domain=x.*`.
    #[error("a site under any top-level domain (“x.*”) cannot be expressed")]
    Entity,
    /// `domain=/x/`.
    #[error("a site given by a regular expression cannot be expressed")]
    DomainRegex,
    /// Sites within excluded sites within included ones, and so on.
    #[error("the sites include and exclude each other too deeply")]
    Scope,
    /// `redirect-rule=`.
    #[error("a redirect of requests that another filter stops cannot be expressed")]
    RedirectRule,
    /// `@@…$redirect`.
    #[error("an exception that only takes a redirect back cannot be expressed")]
    NoRedirect,
    /// `@@…$csp`.
    #[error("an exception that only takes a Content-Security-Policy back cannot be expressed")]
    NoCsp,
    /// A `|` within the address.
    #[error("a “|” within the address cannot be expressed")]
    Bar,
    /// An expression beyond RE2's memory.
    #[error("the regular expression is too large for this browser")]
    RegexTooLarge,
    /// An expression over the scheme of `WebSocket`s in Firefox.
    #[error("Firefox shows WebSockets as http, which this regular expression would have to know")]
    SocketScheme,
    /// The browser takes no more rules.
    #[error("there are more rules than the browser takes")]
    TooManyRules,
    /// The browser takes no more rules with expressions.
    #[error("there are more rules with regular expressions than the browser takes")]
    TooManyRegexes,
    /// The browser takes no more rules that do more than block and allow.
    #[error("there are more rules that redirect or add a policy than the browser takes")]
    TooManyAltering,
    /// There is no room for so many hosts.
    #[error("there are more hosts than there is room for in the browser's own rules")]
    TooManyDomains,
}
