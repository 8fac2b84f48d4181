//! What must hold of stored engines and of requests, whatever the bytes. Shared by the fuzz targets
//! and by the test that replays their corpora.
#![allow(dead_code, missing_docs)]

use nomine_engine::filter::{Environment, FilterSet, Method, ResourceType};
use nomine_engine::{Decision, Effect, Engine, Request};
use std::sync::LazyLock;

/// Filters of every kind that an engine tells apart; also what the stored engines of the corpus
/// were made from.
pub const LIST: &str = "\
||miner.example^
||pool.example^$websocket,third-party
||cdn.example/lib/*.js$script
@@||ok.miner.example^
||bad.example^$important
/coinhive.min.js
/CoinImp.js$match-case
|https://x.
^worker^
/w[0-9]+\\.wasm$/$xmlhttprequest
*$script,third-party,domain=site.example|~a.site.example|other.*
/to-$to=a.example|~b.a.example,denyallow=c.a.example,method=post
||page.example^$document
||page.example^$csp=worker-src 'none'
@@||b.page.example^$csp
||r.example^$redirect=noop.js
@@||s.r.example^$redirect-rule=noop.js
/m-$domain=/^s[0-9]/
||192.0.2.7^
||[2001:db8::1]^
";

const TYPES: [ResourceType; 15] = [
    ResourceType::MainFrame,
    ResourceType::SubFrame,
    ResourceType::Stylesheet,
    ResourceType::Script,
    ResourceType::Image,
    ResourceType::Font,
    ResourceType::Object,
    ResourceType::XmlHttpRequest,
    ResourceType::Ping,
    ResourceType::CspReport,
    ResourceType::Media,
    ResourceType::WebSocket,
    ResourceType::WebTransport,
    ResourceType::Other,
    ResourceType::Popup,
];

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut set = FilterSet::new(Environment::default());
    set.add_list("fuzz", LIST);
    Engine::build(&set)
});

/// An engine that is taken keeps its bytes and answers anything. (Fuzzing leaves the checksum out,
/// so that it gets behind it.)
pub fn deserialise(data: &[u8]) {
    let Ok(engine) = Engine::load(data.to_vec()) else {
        return;
    };
    assert_eq!(engine.serialize(), data);
    for url in [
        "https://a.miner.example/coinhive.min.js?worker/w1.wasm",
        "https://x.cdn.example/lib/to-m-.js",
        "https://b.page.example/CoinImp.js",
        "wss://s.r.example:3333/",
        "http://192.0.2.7/",
        "data:,",
    ] {
        for kind in TYPES {
            for from in ["https://a.site.example/", "https://other.co.uk/", ""] {
                agrees(&engine, &Request::new(url, from, kind));
            }
        }
    }
}

/// Any text as address and initiator (one a line), of the type that the first byte says: the
/// canonical form stays what it is, its host is a part of it, and the engine answers.
pub fn request(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else {
        return;
    };
    let (url, from) = text.split_once('\n').unwrap_or((text, ""));
    let kind = TYPES[usize::from(first) % TYPES.len()];
    let request = Request::new(url, from, kind);
    let (start, end) = request.host_range();
    assert_eq!(request.url().get(start..end), Some(request.host()));
    assert!(request.host().is_ascii(), "{:?}", request.host());
    assert!(!request.host().bytes().any(|byte| byte.is_ascii_uppercase()));
    let again = Request::new(request.url(), from, kind);
    assert_eq!(again.url(), request.url(), "{url:?}");
    assert_eq!(again.host(), request.host(), "{url:?}");
    assert_eq!(again.is_third_party(), request.is_third_party());
    let decision = agrees(&ENGINE, &request);
    assert_eq!(decision, agrees(&ENGINE, &again), "{url:?}");
    agrees(&ENGINE, &request.with_method(Method::Post));
}

/// The short answer and the long one say the same.
fn agrees(engine: &Engine, request: &Request<'_>) -> Decision {
    let decision = engine.check(request);
    assert_eq!(decision.effect, engine.effect(request));
    assert_eq!(
        decision.effect == Effect::Allow,
        decision.exception.is_some()
    );
    assert!(decision.effect == Effect::None || decision.filter.is_some());
    decision
}
