//! The names of options: types of resources, and what is carried out where.

use crate::filter::{ResourceType as Type, TypeSet};

/// `$other`: what the browsers' `webRequest` has no name for, and what lists have none for.
const OTHER: TypeSet = TypeSet::of(Type::Other)
    .union(TypeSet::of(Type::CspReport))
    .union(TypeSet::of(Type::WebTransport));

/// The resource types by every name that lists use for them.
pub(in crate::filter) fn resource_type(name: &str) -> Option<TypeSet> {
    Some(match name {
        "script" => TypeSet::of(Type::Script),
        "image" | "img" | "background" => TypeSet::of(Type::Image),
        "stylesheet" | "css" => TypeSet::of(Type::Stylesheet),
        "object" | "object-subrequest" => TypeSet::of(Type::Object),
        "xmlhttprequest" | "xhr" => TypeSet::of(Type::XmlHttpRequest),
        "subdocument" | "frame" => TypeSet::of(Type::SubFrame),
        "document" | "doc" => TypeSet::of(Type::MainFrame),
        "ping" | "beacon" => TypeSet::of(Type::Ping),
        "websocket" => TypeSet::of(Type::WebSocket),
        "webtransport" => TypeSet::of(Type::WebTransport),
        "font" => TypeSet::of(Type::Font),
        "media" => TypeSet::of(Type::Media),
        "popup" => TypeSet::of(Type::Popup),
        "other" => OTHER,
        "all" => TypeSet::ALL,
        _ => return None,
    })
}

/// Types that a request seen by this engine never has.
pub(super) fn is_unseen_type(name: &str) -> bool {
    matches!(
        name,
        "webrtc" | "popunder" | "inline-script" | "inline-font" | "genericblock"
    ) || is_cosmetic_type(name)
}

/// Types of exceptions that speak of cosmetic filters.
pub(super) fn is_cosmetic_type(name: &str) -> bool {
    matches!(
        name,
        "elemhide" | "ehide" | "generichide" | "ghide" | "specifichide" | "shide"
    )
}

/// Options of other blockers that are not carried out here.
pub(super) fn is_known_elsewhere(name: &str) -> bool {
    matches!(
        name,
        "app"
            | "cname"
            | "content"
            | "cookie"
            | "extension"
            | "header"
            | "hls"
            | "ipaddress"
            | "jsinject"
            | "jsonprune"
            | "network"
            | "permissions"
            | "queryprune"
            | "referrerpolicy"
            | "removeheader"
            | "removeparam"
            | "replace"
            | "requestheader"
            | "responseheader"
            | "sitekey"
            | "stealth"
            | "strict-first-party"
            | "strict-third-party"
            | "strict1p"
            | "strict3p"
            | "top"
            | "uritransform"
            | "urlblock"
            | "urlskip"
            | "urltransform"
            | "xmlprune"
            | "trusted-json-edit"
            | "client"
            | "ctag"
            | "dnsrewrite"
            | "dnstype"
            | "rewrite"
            | "removecookie"
            | "uri-transform"
            | "url-skip"
            | "dtd"
            | "xbl"
    )
}

/// Options that are carried out here.
pub(super) fn is_known(name: &str) -> bool {
    matches!(
        name,
        "important"
            | "match-case"
            | "badfilter"
            | "domain"
            | "from"
            | "to"
            | "denyallow"
            | "method"
            | "csp"
            | "redirect"
            | "redirect-rule"
            | "rewrite"
            | "empty"
            | "mp4"
            | "reason"
    )
}
