//! The browsers' names for resource types and methods.

use nomine_engine::filter::{Method, ResourceType};

/// A resource type as `webRequest` of Chromium or Firefox names it; what is unknown is `other`.
pub fn resource_type(name: &str) -> ResourceType {
    match name {
        "main_frame" => ResourceType::MainFrame,
        "sub_frame" => ResourceType::SubFrame,
        "stylesheet" => ResourceType::Stylesheet,
        "script" => ResourceType::Script,
        "image" | "imageset" => ResourceType::Image,
        "font" => ResourceType::Font,
        "object" | "object_subrequest" => ResourceType::Object,
        "xmlhttprequest" => ResourceType::XmlHttpRequest,
        "ping" | "beacon" => ResourceType::Ping,
        "csp_report" => ResourceType::CspReport,
        "media" => ResourceType::Media,
        "websocket" => ResourceType::WebSocket,
        "webtransport" => ResourceType::WebTransport,
        "popup" => ResourceType::Popup,
        _ => ResourceType::Other,
    }
}

/// An HTTP method; browsers hand over upper case.
pub fn method(name: &str) -> Method {
    match name {
        "" | "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "PATCH" => Method::Patch,
        _ => Method::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_names_are_known() {
        assert_eq!(resource_type("beacon"), ResourceType::Ping);
        assert_eq!(resource_type("speculative"), ResourceType::Other);
        assert_eq!(method("PUT"), Method::Put);
        assert_eq!(method("PROPFIND"), Method::Other);
    }
}
