//! The engine, or with the feature `peer` crate `adblock`, behind one interface without glue, so
//! that crossing into WebAssembly costs both the same.
//!
//! Text goes through one buffer: `reserve` gives its address, the caller writes UTF-8 into it and
//! passes lengths. Where an answer is bytes, they lie at `output()`.

use std::cell::RefCell;

#[cfg(not(feature = "peer"))]
use nomine_engine::{
    Effect, Engine, Request,
    filter::{Environment, FilterSet, ResourceType},
};

#[cfg(feature = "peer")]
use adblock::{Engine, lists::FilterSet, request::Request};

/// What stays between calls.
#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    output: Vec<u8>,
    lists: Vec<(String, bool)>,
    engine: Option<Engine>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

fn with<T>(work: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(work)
}

/// Makes room for this many bytes of input and gives their address.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> usize {
    with(|state| {
        state.buffer.resize(length.max(state.buffer.len()), 0);
        state.buffer.as_ptr().addr()
    })
}

/// The address of the last output.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> usize {
    with(|state| state.output.as_ptr().addr())
}

/// Adds the list in the buffer; `hosts` says that it holds names instead of filters.
#[unsafe(no_mangle)]
pub extern "C" fn add_list(length: usize, hosts: u32) {
    with(|state| {
        let text = String::from_utf8_lossy(&state.buffer[..length]).into_owned();
        state.lists.push((text, hosts != 0));
    });
}

/// Compiles the added lists.
#[unsafe(no_mangle)]
pub extern "C" fn build() {
    with(|state| {
        #[cfg(not(feature = "peer"))]
        {
            let mut set = FilterSet::new(Environment::default());
            for (text, _) in &state.lists {
                set.add_list("list", text);
            }
            state.engine = Some(Engine::build(&set));
        }
        #[cfg(feature = "peer")]
        {
            use adblock::lists::{FilterFormat, ParseOptions};
            let mut set = FilterSet::new(false);
            for (text, hosts) in &state.lists {
                let format = if *hosts {
                    FilterFormat::Hosts
                } else {
                    FilterFormat::Standard
                };
                let options = ParseOptions {
                    format,
                    ..ParseOptions::default()
                };
                set.add_filter_list(text.clone(), options);
            }
            state.engine = Some(Engine::new_with_filter_set(set));
        }
    });
}

/// Writes the stored form to the output and gives its length.
#[unsafe(no_mangle)]
pub extern "C" fn serialize() -> usize {
    with(|state| {
        state.output = state
            .engine
            .as_ref()
            .map_or_else(Vec::new, |engine| engine.serialize().to_vec());
        state.output.len()
    })
}

/// Loads the stored form in the buffer; 1 when that worked.
#[unsafe(no_mangle)]
pub extern "C" fn load(length: usize) -> u32 {
    with(|state| {
        #[cfg(not(feature = "peer"))]
        {
            state.engine = Engine::load(state.buffer[..length].to_vec()).ok();
        }
        #[cfg(feature = "peer")]
        {
            let mut engine = Engine::default();
            state.engine = engine
                .deserialize(&state.buffer[..length])
                .ok()
                .map(|()| engine);
        }
        u32::from(state.engine.is_some())
    })
}

/// Where in the buffer the initiator begins.
const ROOM: usize = 1 << 16;

/// Asks about the address at the beginning of the buffer and the initiator at `ROOM`; 1 for blocked, 2 for
/// let through by an exception.
#[unsafe(no_mangle)]
pub extern "C" fn check(url: usize, initiator: usize, kind: u32) -> u32 {
    with(|state| {
        let text = |from: usize, to: usize| {
            let bytes = state.buffer.get(from..to);
            bytes
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default()
        };
        let (url, initiator) = (text(0, url), text(ROOM, ROOM + initiator));
        let Some(engine) = &state.engine else {
            return 0;
        };
        ask(engine, url, initiator, kind)
    })
}

#[cfg(not(feature = "peer"))]
fn ask(engine: &Engine, url: &str, initiator: &str, kind: u32) -> u32 {
    use ResourceType as T;
    const TYPES: [ResourceType; 12] = [
        T::MainFrame,
        T::SubFrame,
        T::Stylesheet,
        T::Script,
        T::Image,
        T::Font,
        T::Object,
        T::XmlHttpRequest,
        T::Ping,
        T::CspReport,
        T::Media,
        T::WebSocket,
    ];
    let kind = TYPES.get(kind as usize).copied().unwrap_or(T::Other);
    match engine.effect(&Request::new(url, initiator, kind)) {
        Effect::None => 0,
        Effect::Block => 1,
        Effect::Allow => 2,
    }
}

#[cfg(feature = "peer")]
fn ask(engine: &Engine, url: &str, initiator: &str, kind: u32) -> u32 {
    const TYPES: [&str; 12] = [
        "main_frame",
        "sub_frame",
        "stylesheet",
        "script",
        "image",
        "font",
        "object",
        "xmlhttprequest",
        "ping",
        "csp_report",
        "media",
        "websocket",
    ];
    let kind = TYPES.get(kind as usize).copied().unwrap_or("other");
    let Ok(request) = Request::new(url, initiator, kind, "GET") else {
        return 0;
    };
    let result = engine.check_network_request(&request);
    match (result.should_block(), result.exception.is_some()) {
        (true, _) => 1,
        (false, true) => 2,
        _ => 0,
    }
}
