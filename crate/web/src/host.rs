//! Host names, as the engine understands them.

use nomine_engine::filter::ResourceType;
use nomine_engine::request::{self, Request};
use wasm_bindgen::prelude::wasm_bindgen;

/// The registrable domain of a host: `example.co.uk` for `a.b.example.co.uk`; the host itself for
/// address literals, public suffixes and single labels.
#[wasm_bindgen(js_name = "registrableDomain")]
pub fn registrable_domain(host: &str) -> String {
    request::registrable_domain(&canonical_host(host)).to_owned()
}

/// The host of an address (or a bare host) in the form in which sites are named: lower case, ASCII,
/// no trailing dot; empty where there is none.
#[wasm_bindgen(js_name = "canonicalHost")]
pub fn canonical_host(url: &str) -> String {
    // The initiator may be a bare host, and is the context of what a page asks for.
    Request::new("", url, ResourceType::Script)
        .context_host()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_canonical() {
        assert_eq!(registrable_domain("A.b.Example.co.uk."), "example.co.uk");
        assert_eq!(registrable_domain("192.0.2.1"), "192.0.2.1");
        assert_eq!(
            canonical_host("https://User@EXAMPLE.com.:8443/x"),
            "example.com"
        );
    }
}
