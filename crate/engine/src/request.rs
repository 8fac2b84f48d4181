//! Requests: an address, who asked for it and what kind of resource it is, canonicalised once.
//!
//! A browser hands over addresses that are canonical already; those are borrowed as they are.
//! Anything else (capitals in the host, a trailing dot, a user name, a host that is not ASCII) is
//! rewritten once, in [`address`]. The initiator's host and the party are worked out only when a
//! filter asks for them.
//!
//! Limits: the registrable domain is that of the public suffix list of the day of the build.

mod address;
mod suffix;
mod suffix_table;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};

use crate::filter::host::is_address;
use crate::filter::{Method, ResourceType};

use address::Address;

/// A question for the engine: may this be loaded?
#[derive(Debug)]
pub struct Request<'a> {
    address: Address<'a>,
    initiator: &'a str,
    initiator_host: OnceCell<Cow<'a, str>>,
    third_party: Cell<Option<bool>>,
    kind: ResourceType,
    method: Method,
}

impl<'a> Request<'a> {
    /// A request for `url` made by the document (or worker) at `initiator`, by GET.
    ///
    /// `initiator` may be an address, an origin or a bare host; empty or `null` when nobody is known
    /// to have asked, which counts as another party. A page ([`ResourceType::MainFrame`]) is its
    /// own context, whoever linked to it.
    pub fn new(url: &'a str, initiator: &'a str, kind: ResourceType) -> Self {
        Self {
            address: Address::parse(url),
            initiator,
            initiator_host: OnceCell::new(),
            third_party: Cell::new(None),
            kind,
            method: Method::Get,
        }
    }

    /// The same request by another method.
    #[must_use]
    pub fn with_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The address in the form in which it is matched.
    pub fn url(&self) -> &str {
        self.address.text()
    }

    /// The host: lower case, ASCII, no trailing dot; empty where the address has none.
    pub fn host(&self) -> &str {
        self.address.host()
    }

    /// Where in [`Self::url`] the host begins and ends.
    pub fn host_range(&self) -> (usize, usize) {
        self.address.host_range()
    }

    /// The host in whose context the request is made: the initiator's, or for a page its own.
    /// Empty when there is none.
    pub fn context_host(&self) -> &str {
        if self.kind == ResourceType::MainFrame {
            return self.address.host();
        }
        self.initiator_host
            .get_or_init(|| address::host_of(self.initiator))
    }

    /// The type of resource.
    pub fn kind(&self) -> ResourceType {
        self.kind
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether the request leaves the registrable domain of its context.
    pub fn is_third_party(&self) -> bool {
        if let Some(known) = self.third_party.get() {
            return known;
        }
        let (host, context) = (self.host(), self.context_host());
        let third = host != context
            && (!share_two_labels(host, context)
                || registrable_domain(host) != registrable_domain(context));
        self.third_party.set(Some(third));
        third
    }
}

/// Whether two hosts end alike for two labels or more, without which two different ones have no
/// registrable domain in common: it has a public suffix, and a label more.
fn share_two_labels(one: &str, other: &str) -> bool {
    let mut dots = 0;
    let (mut one, mut other) = (one.bytes().rev(), other.bytes().rev());
    loop {
        match (one.next(), other.next()) {
            (Some(a), Some(b)) if a == b => {
                dots += u32::from(a == b'.');
                if dots == 2 {
                    return true;
                }
            }
            // A host that ends here, at a label of the other.
            (None, Some(b'.')) | (Some(b'.'), None) => return dots == 1,
            _ => return false,
        }
    }
}

/// The registrable domain of a canonical host: the public suffix and one label more. The host
/// itself where it is an address literal, a public suffix or a single label.
pub fn registrable_domain(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    suffix::registrable_start(host)
        .and_then(|start| host.get(start..))
        .unwrap_or(host)
}

/// The host without its public suffix: `www.example` for `www.example.co.uk`, `None` where nothing
/// is left.
pub fn without_public_suffix(host: &str) -> Option<&str> {
    if is_address(host) {
        return None;
    }
    let dot = suffix::suffix_start(host).checked_sub(1)?;
    host.get(..dot).filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(url: &'a str, initiator: &'a str) -> Request<'a> {
        Request::new(url, initiator, ResourceType::Script)
    }

    #[test]
    fn party_goes_by_registrable_domain() {
        let third = |url, initiator| request(url, initiator).is_third_party();
        assert!(!third(
            "https://a.example.co.uk/",
            "https://b.example.co.uk/x"
        ));
        assert!(third("https://a.co.uk/", "https://b.co.uk/"));
        assert!(third(
            "https://user1.github.io/",
            "https://user2.github.io/"
        ));
        assert!(!third("https://192.0.2.1/", "https://192.0.2.1:81/"));
        assert!(third("https://192.0.2.1/", "https://1.0.2.1/"));
        assert!(!third("http://[::1]/", "http://[::1]:8080"));
        assert!(!third("https://localhost/", "https://localhost/"));
        assert!(third("https://example.com/", ""));
        assert!(third("https://example.com/", "null"));
        assert!(!third("https://EXAMPLE.com./", "https://www.example.com"));
        assert!(!third("https://a.example.com/", "b.example.com"));
        assert!(!third("https://example.com/", "https://a.example.com/"));
        assert!(!third("https://a.b.example.com/", "https://example.com/"));
        assert!(third("https://aexample.com/", "https://example.com/"));
        assert!(third("https://com/", "https://example.com/"));
        assert!(third("https://a.localhost/", "https://b.localhost/"));
        assert!(third("https://github.io/", "https://user.github.io/"));
    }

    #[test]
    fn a_page_is_its_own_context() {
        let page = Request::new(
            "https://a.example/",
            "https://b.example/",
            ResourceType::MainFrame,
        );
        assert_eq!(page.context_host(), "a.example");
        assert!(!page.is_third_party());
    }

    #[test]
    fn a_blob_belongs_to_its_origin() {
        let worker = request("blob:https://a.example/0-1", "https://a.example/");
        assert_eq!(worker.host(), "a.example");
        assert!(!worker.is_third_party());
    }

    #[test]
    fn public_suffixes_come_off() {
        assert_eq!(
            without_public_suffix("www.example.co.uk"),
            Some("www.example")
        );
        assert_eq!(without_public_suffix("co.uk"), None);
        assert_eq!(without_public_suffix("192.0.2.1"), None);
        assert_eq!(registrable_domain("a.b.example.com"), "example.com");
        assert_eq!(registrable_domain("com"), "com");
        assert_eq!(registrable_domain("[::1]"), "[::1]");
    }
}
