//! What one instance of the module holds, and what its exports do.

use crate::SIGNATURES;
use crate::json;
use nomine_engine::inspector::Inspector;
use nomine_engine::signature::SignatureSet;
use nomine_engine::traffic::{Conversation, Direction};
use nomine_engine::verdict::{Outcome, Verdict};
use sha2::{Digest, Sha256};

/// The most connections that are followed at once; beyond, the oldest is forgotten.
const MOST_CONVERSATIONS: usize = 256;
/// The largest input: what a page can hand over at once without the instance growing past reason.
const LARGEST: usize = 512 << 20;

/// The state of an instance.
#[derive(Debug, Default)]
pub struct State {
    inspector: Option<Inspector>,
    input: Vec<u8>,
    result: String,
    output: Vec<u8>,
    conversations: Vec<(u32, Conversation)>,
    last_id: u32,
}

impl State {
    /// Nothing loaded yet: the built-in signatures are read when they are first needed.
    pub const fn new() -> Self {
        Self {
            inspector: None,
            input: Vec::new(),
            result: String::new(),
            output: Vec::new(),
            conversations: Vec::new(),
            last_id: 0,
        }
    }

    /// Room for an input; its address, or 0 where there is none.
    pub fn reserve(&mut self, length: usize) -> usize {
        if length > LARGEST {
            return 0;
        }
        if length > self.input.len() {
            // What was there is of no use: do not copy it.
            self.input = Vec::new();
            if self.input.try_reserve_exact(length).is_err() {
                return 0;
            }
            self.input.resize(length, 0);
        }
        self.input.as_ptr() as usize
    }

    /// The input buffer, for tests and for callers in the same language.
    pub fn input(&mut self) -> &mut [u8] {
        &mut self.input
    }

    /// Replaces the signatures by those in the buffer; 0 when they are accepted, 1 when not.
    pub fn load_signatures(&mut self, length: usize) -> u32 {
        let loaded = self
            .input
            .get(..length)
            .and_then(|bytes| Inspector::load(bytes).ok());
        match loaded {
            Some(inspector) => {
                self.inspector = Some(inspector);
                0
            }
            None => 1,
        }
    }

    /// Inspects the buffer.
    pub fn inspect(&mut self, kind: u32, length: usize) -> u32 {
        let inspector = self.inspector.get_or_insert_with(built_in);
        let Some(input) = self.input.get(..length) else {
            return self.conclude(&not_inspected("not inspected: longer than the buffer"));
        };
        let verdict = match kind {
            0 => inspector.inspect_module(input),
            1 => inspector.inspect_script(input),
            2 => inspector.inspect_shader(input),
            _ => not_inspected("not inspected: unknown kind"),
        };
        let outcome = self.conclude(&verdict);
        if verdict.outcome != Outcome::Allow {
            self.name_content(length);
        }
        outcome
    }

    /// Adds the SHA-256 of what was inspected to the text of the verdict, as its first field: by it a
    /// person can allow exactly this.
    fn name_content(&mut self, length: usize) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let digest = Sha256::digest(self.input.get(..length).unwrap_or_default());
        let mut field = String::with_capacity(80);
        field.push_str("{\"content\":\"");
        for byte in digest {
            for nibble in [byte >> 4, byte & 15] {
                field.push(char::from(HEX[usize::from(nibble)]));
            }
        }
        field.push_str("\",");
        self.result.replace_range(..1, &field);
    }

    /// Writes the module in the buffer anew, with its work counted; the name of what it exports for
    /// that follows the module in the buffer. The length of the outcome, 0 where there is none.
    pub fn instrument(&mut self, length: usize, name_length: usize) -> usize {
        self.output.clear();
        if let Some((module, rest)) = self.input.split_at_checked(length)
            && let Some(name) = rest.get(..name_length)
            && let Some(output) = Inspector::instrument_module(module, name)
        {
            self.output = output;
        }
        self.output.len()
    }

    /// The module that was written last.
    pub const fn output(&self) -> &[u8] {
        self.output.as_slice()
    }

    /// Begins to follow a connection.
    pub fn conversation_open(&mut self) -> u32 {
        if self.conversations.len() >= MOST_CONVERSATIONS {
            self.conversations.remove(0);
        }
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.conversations
            .push((self.last_id, Conversation::default()));
        self.last_id
    }

    /// Takes the message in the buffer into account.
    pub fn conversation_message(
        &mut self,
        id: u32,
        direction: u32,
        length: usize,
        now_ms: f64,
    ) -> u32 {
        let inspector = self.inspector.get_or_insert_with(built_in);
        let conversation = self
            .conversations
            .iter_mut()
            .find(|conversation| conversation.0 == id);
        let (Some((_, talk)), Some(message)) = (conversation, self.input.get(..length)) else {
            return self.conclude(&not_inspected("not inspected: unknown conversation"));
        };
        let direction = match direction {
            0 => Direction::In,
            _ => Direction::Out,
        };
        let verdict = inspector.inspect_message(talk, direction, message, now_ms);
        // The text is only wanted when there is something to say.
        if verdict.outcome == Outcome::Allow {
            self.result.clear();
            self.result.push_str(json::ALLOW);
            return 0;
        }
        let verdict = verdict.clone();
        self.conclude(&verdict)
    }

    /// Forgets a connection.
    pub fn conversation_close(&mut self, id: u32) {
        self.conversations
            .retain(|conversation| conversation.0 != id);
    }

    /// The JSON text of the last verdict.
    pub const fn result(&self) -> &str {
        self.result.as_str()
    }

    fn conclude(&mut self, verdict: &Verdict) -> u32 {
        self.result.clear();
        json::write(verdict, &mut self.result);
        verdict.outcome as u32
    }
}

/// The built-in signatures; they were compiled with this program, so reading them cannot fail, and
/// if it did, an inspector that knows nothing is the answer that harms no page.
fn built_in() -> Inspector {
    Inspector::built_in(SIGNATURES).unwrap_or_else(|_| Inspector::new(SignatureSet::default()))
}

fn not_inspected(reason: &'static str) -> Verdict {
    Verdict {
        not_inspected: Some(reason.into()),
        ..Verdict::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(state: &mut State, bytes: &[u8]) -> usize {
        assert_ne!(state.reserve(bytes.len().max(1)), 0);
        state.input()[..bytes.len()].copy_from_slice(bytes);
        bytes.len()
    }

    #[test]
    fn the_built_in_signatures_load() {
        let whole = Inspector::load(SIGNATURES).expect("whole");
        let built_in = Inspector::built_in(SIGNATURES).expect("whole");
        assert_eq!(built_in.signatures(), whole.signatures());
        assert!(!whole.signatures().patterns.is_empty());
    }

    #[test]
    fn judges_scripts_and_says_why() {
        let mut state = State::new();
        let length = put(
            &mut state,
            b"var m=new CoinHive.Anonymous('x',{throttle:.3});m.start(CoinHive.FORCE_MULTI_TAB)",
        );
        assert_eq!(state.inspect(1, length), 2);
        // `printf ... | sha256sum` of that text.
        assert!(state.result().starts_with(
            "{\"content\":\"e77467dcf3ab8065c337bc2494ea8738a15a87c5314c0b8c0facbec8d23cac19\",\"outcome\":\"block\","
        ));
        let length = put(&mut state, b"console.log('hello')");
        assert_eq!(state.inspect(1, length), 0);
        assert_eq!(state.result(), json::ALLOW);
    }

    #[test]
    fn follows_conversations() {
        let mut state = State::new();
        let id = state.conversation_open();
        let login = br#"{"type":"auth","params":{"site_key":"0123456789abcdef0123456789abcdef","type":"anonymous","user":null,"goal":0}}"#;
        let length = put(&mut state, login);
        assert_eq!(state.conversation_message(id, 1, length, 0.0), 2);
        state.conversation_close(id);
        assert_eq!(state.conversation_message(id, 1, length, 1.0), 0);
        assert!(state.result().contains("unknown conversation"));
    }

    #[test]
    fn instruments_modules() {
        let mut state = State::new();
        // One function: a loop that goes round until its argument is used up.
        let module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0\x0a\x12\x01\x10\0\x03\x40\x20\0\x41\x01\x6b\x22\0\x0d\0\x0b\x0b\x01\x01";
        let length = put(&mut state, &[&module[..31], b"secret"].concat()) - 6;
        assert_eq!(state.instrument(length, 400), 0);
        let wanted = state.instrument(length, 6);
        assert_eq!(state.output().len(), wanted);
        let _ = put(&mut state, b"nonsense");
        assert_eq!(state.instrument(8, 0), 0);
    }

    #[test]
    fn refuses_what_it_cannot_take() {
        let mut state = State::new();
        assert_eq!(state.reserve(LARGEST + 1), 0);
        assert_eq!(state.inspect(1, 10), 0);
        assert!(state.result().contains("longer than the buffer"));
        let length = put(&mut state, b"nonsense");
        assert_eq!(state.load_signatures(length), 1);
        assert_eq!(state.load_signatures(1_000), 1);
        assert_eq!(state.inspect(9, length), 0);
        assert!(state.result().contains("unknown kind"));
    }
}
