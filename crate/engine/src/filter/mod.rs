//! Filters: what one line of a block list means, whatever syntax it was written in.
//!
//! [`Filter`] is the common form. Each list syntax has a file of its own beside this one and turns
//! its lines into this form or into an error that names the line and the reason.

mod abp;
mod encoding;
pub mod host;
mod hosts;
mod line;
mod match_pattern;
mod metadata;
mod options;
mod pattern;
mod preprocess;
mod problem;
pub mod regex;
pub mod resource;
mod scope;
pub mod scriptlet;
mod set;
#[cfg(test)]
mod tests;

pub use encoding::decode;
pub use line::Syntax;
pub use metadata::Metadata;
pub use preprocess::Environment;
pub use problem::{Problem, Reason, Severity};
pub use scriptlet::{Scriptlet, ScriptletName};
pub use set::{Counts, FilterSet, Include, ListInfo, ListText};

/// Index of a list among the lists that were compiled together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub u16);

/// The place a filter came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Source {
    /// The list.
    pub list: ListId,
    /// The line in it, counted from 1.
    pub line: u32,
}

/// One network filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Where it came from.
    pub source: Source,
    /// The line as it was written.
    pub text: String,
    /// What it does when it matches.
    pub action: Action,
    /// Wins over exceptions (`$important`).
    pub important: bool,
    /// What the address must look like.
    pub pattern: Pattern,
    /// Whether the pattern is compared with upper and lower case told apart.
    pub match_case: bool,
    /// The resource types it applies to, as a set.
    pub types: TypeSet,
    /// Whether it applies to first-party requests, third-party requests or both.
    pub party: Party,
    /// Sites whose requests it applies to (`domain=`, `from=`); compared with the initiator's host,
    /// for a page (`MainFrame`) with the page's own host.
    pub from: DomainScope,
    /// Hosts it applies to (`to=`); compared with the request's host.
    pub to: DomainScope,
    /// Request hosts that it spares (`denyallow=`), as registered names, subdomains included.
    pub denyallow: Vec<String>,
    /// HTTP methods it applies to; all when empty.
    pub methods: MethodSet,
}

/// What a filter does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Stops the request.
    Block,
    /// An exception: lets the request through (`@@`).
    Allow,
    /// Adds a Content-Security-Policy to the document; an empty exception names no policy and
    /// disables all of them.
    Csp(Exception, String),
    /// Answers the request with a neutral resource bundled with the extension.
    Redirect(Redirect),
    /// Takes the effect of a redirect back for the requests it matches (the block stays); names
    /// the resource, or is empty: all redirects.
    NoRedirect(String),
}

/// A redirect to a neutral resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Redirect {
    /// The resource's canonical name, such as `noop.js`.
    pub resource: String,
    /// Among several redirects that match one request, the highest wins (`redirect=noop.js:100`).
    pub priority: i32,
    /// `redirect=` stops the request by itself; `redirect-rule=` (false) only says what is answered
    /// to a request that another filter stops.
    pub blocks: bool,
}

/// Whether a modifier is set or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exception {
    /// The modifier applies.
    No,
    /// The modifier is taken back (`@@`).
    Yes,
}

/// The shape of address that a filter asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// Any address.
    Any,
    /// A host and all its subdomains, whatever follows (`||host^`, hosts lines, plain domains).
    /// Canonical: lower case, ASCII (punycode), no trailing dot; addresses as in URLs (`10.0.0.1`,
    /// `[2001:db8::1]`).
    Host(String),
    /// Literal parts, wildcards and separators.
    Glob(Glob),
    /// A regular expression over the whole address, in the syntax that the `regex` crate and RE2
    /// share (translated from JavaScript, and compiled once to see that it is within limits). It
    /// ignores case unless the filter says `match-case`.
    Regex(String),
}

/// `||a*b^c|` in parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    /// How its beginning is anchored.
    pub start: Anchor,
    /// Whether it must reach the end of the address (`|` at the end).
    pub end: bool,
    /// The text between the anchors: literals with `*` for any run of characters and `^` for one
    /// separator or the end of the address. Lower case unless the filter says `match-case`. Never
    /// empty, never begins or ends with `*`.
    pub text: String,
}

/// How the beginning of a glob is anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// Anywhere in the address.
    None,
    /// At the first character of the address (`|`).
    Address,
    /// At the beginning of a label of the host (`||`).
    Host,
}

/// A set of hosts written as `a.example|b.*|~c.a.example`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DomainScope {
    /// Any of these must match, unless there is none.
    pub include: Vec<DomainPattern>,
    /// None of these may match, except below a more specific entry of `include`.
    pub exclude: Vec<DomainPattern>,
}

/// One entry of a [`DomainScope`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DomainPattern {
    /// A host with its subdomains, canonical.
    Host(String),
    /// A name under any public suffix: `example` for `example.*`.
    Entity(String),
    /// A regular expression over the host, translated like [`Pattern::Regex`].
    Regex(String),
}

/// As lists write it: `host`, `name.*` or `/expression/`.
impl std::fmt::Display for DomainPattern {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(host) => to.write_str(host),
            Self::Entity(name) => write!(to, "{name}.*"),
            Self::Regex(expression) => write!(to, "/{expression}/"),
        }
    }
}

/// Which parties' requests a filter applies to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Party {
    /// Both.
    #[default]
    Any,
    /// Only requests within one registrable domain.
    First,
    /// Only requests that leave it.
    Third,
}

/// The type of resource that a request asks for, in the words of the browsers' `webRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[repr(u8)]
pub enum ResourceType {
    /// A page (`document`).
    MainFrame = 0,
    /// A frame (`subdocument`).
    SubFrame,
    /// A style sheet.
    Stylesheet,
    /// A script, also a worker's.
    Script,
    /// An image.
    Image,
    /// A font.
    Font,
    /// A plug-in's resource.
    Object,
    /// `fetch` and `XMLHttpRequest`.
    #[cfg_attr(feature = "serde", serde(rename = "xmlhttprequest"))]
    XmlHttpRequest,
    /// Beacons and hyperlink auditing.
    Ping,
    /// A report of the Content-Security-Policy.
    CspReport,
    /// Audio and video.
    Media,
    /// A WebSocket.
    #[cfg_attr(feature = "serde", serde(rename = "websocket"))]
    WebSocket,
    /// A WebTransport session.
    #[cfg_attr(feature = "serde", serde(rename = "webtransport"))]
    WebTransport,
    /// Anything else.
    Other,
    /// A window opened by a page; only filters with `popup` ask for it.
    Popup,
}

/// A set of [`ResourceType`]s, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TypeSet(pub u16);

impl TypeSet {
    /// No type.
    pub const NONE: Self = Self(0);
    /// What a filter without type options applies to: all but pages and popups.
    pub const DEFAULT: Self =
        Self(0x7fff & !(1 << ResourceType::MainFrame as u8) & !(1 << ResourceType::Popup as u8));
    /// Every type (`$all`).
    pub const ALL: Self = Self(0x7fff);

    /// The set of one type.
    pub const fn of(kind: ResourceType) -> Self {
        Self(1 << kind as u8)
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other's members.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the type is a member.
    pub const fn contains(self, kind: ResourceType) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// A set of HTTP methods, one bit each in the order of [`Method`]; empty means all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(pub u16);

/// An HTTP method that filters can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Method {
    #[default]
    Get = 0,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Patch,
    Other,
}

impl MethodSet {
    /// Whether a request by this method is meant.
    pub const fn allows(self, method: Method) -> bool {
        self.0 == 0 || self.0 & (1 << method as u8) != 0
    }
}
