//! Both engines behind one question, and one form for their answers.

use adblock::Engine as Peer;
use adblock::request::Request as PeerRequest;
use adblock::resources::{MimeType, PermissionMask, Resource, ResourceType as Held};
use nomine_engine::filter::Method;
use nomine_engine::{Decision, Effect, Engine, Request};
use nomine_peers::{List, ours, resource_type, theirs};

/// The bundled resources that the cases name, with their other names.
const RESOURCES: [(&str, &str, MimeType); 2] = [
    ("noop.js", "noopjs", MimeType::ApplicationJavascript),
    ("noop.txt", "nooptext", MimeType::TextPlain),
];

/// A request as cases and recordings describe it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    pub url: &'q str,
    pub from: &'q str,
    pub kind: &'q str,
    pub method: &'q str,
}

/// Both engines with the same lists.
pub struct Both {
    ours: Engine,
    theirs: Peer,
}

impl Both {
    /// Compiles the lists twice; `debug` makes the peer name the filters that decide.
    pub fn new(lists: &[List], debug: bool) -> Self {
        let mut peer = Peer::new_with_filter_set(theirs(lists, debug));
        peer.use_resources(RESOURCES.map(|(name, alias, kind)| Resource {
            name: name.to_owned(),
            aliases: vec![alias.to_owned()],
            kind: Held::Mime(kind),
            content: String::new(),
            dependencies: Vec::new(),
            permission: PermissionMask::default(),
        }));
        Self {
            ours: Engine::build(&ours(lists)),
            theirs: peer,
        }
    }

    /// Both engines with filters of one list.
    pub fn of(filters: &str) -> Self {
        let list = List {
            name: "cases".to_owned(),
            text: filters.to_owned(),
        };
        Self::new(&[list], true)
    }

    /// Our decision.
    pub fn decision(&self, question: Question<'_>) -> Decision {
        let kind = resource_type(question.kind);
        let request = Request::new(question.url, question.from, kind);
        self.ours
            .check(&request.with_method(method(question.method)))
    }

    /// Our answer.
    pub fn ours(&self, question: Question<'_>) -> String {
        let decision = self.decision(question);
        match decision.effect {
            Effect::Block => decision
                .redirect
                .map_or_else(|| "block".to_owned(), |name| format!("redirect:{name}")),
            Effect::Allow => "allow".to_owned(),
            Effect::None => policies(decision.csp.into_iter().map(|policy| policy.policy)),
        }
    }

    /// The peer's answer.
    pub fn theirs(&self, question: Question<'_>) -> String {
        let request = PeerRequest::new(question.url, question.from, question.kind, question.method);
        let Ok(request) = request else {
            return "none".to_owned();
        };
        let result = self.theirs.check_network_request(&request);
        if result.should_block() {
            let held = |mime: &str| RESOURCES.iter().find(|(_, _, kind)| mime == mime_of(kind));
            let name = result.redirect.as_deref().and_then(|address| {
                let mime = address.strip_prefix("data:")?.split(';').next()?;
                held(mime).map(|(name, ..)| *name)
            });
            return name.map_or_else(|| "block".to_owned(), |name| format!("redirect:{name}"));
        }
        if result.filter.is_some() {
            return "allow".to_owned();
        }
        policies(self.theirs.get_csp_directives(&request).into_iter())
    }

    /// The peer's filters that decide about a request, as they were written.
    pub fn their_filters(&self, question: Question<'_>) -> Vec<String> {
        let request = PeerRequest::new(question.url, question.from, question.kind, question.method);
        let result = request.map(|request| self.theirs.check_network_request(&request));
        result.map_or_else(
            |_| Vec::new(),
            |result| {
                [result.filter, result.exception]
                    .into_iter()
                    .filter_map(|info| Some(String::from(&*info?.raw_line?)))
                    .collect()
            },
        )
    }
}

/// `csp:` and the policies, with `_` for blanks; `none` when there are none.
fn policies(policies: impl Iterator<Item = String>) -> String {
    let all: Vec<String> = policies.map(|policy| policy.replace(' ', "_")).collect();
    if all.is_empty() {
        "none".to_owned()
    } else {
        format!("csp:{}", all.join(","))
    }
}

fn mime_of(kind: &MimeType) -> &'static str {
    match kind {
        MimeType::ApplicationJavascript => "application/javascript",
        MimeType::TextPlain => "text/plain",
        _ => "",
    }
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "HEAD" => Method::Head,
        other => panic!("the cases use no method {other}"),
    }
}
