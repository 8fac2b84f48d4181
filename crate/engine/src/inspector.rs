//! [`Inspector`]: the one door for modules, scripts, shaders and messages.

use crate::module;
use crate::script::ScriptInspector;
use crate::shader::ShaderInspector;
use crate::signature::{Kind, LoadError, SignatureSet};
use crate::traffic::{Conversation, Direction, TrafficInspector};
use crate::verdict::{Fact, Findings, Outcome, Place, Verdict};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Judges things by the signatures it was given. What it needs for one kind of thing is made when the
/// first of that kind comes: a page waits for it.
#[derive(Clone, Debug)]
pub struct Inspector {
    /// Perhaps without patterns: then `packed` has all.
    signatures: SignatureSet,
    packed: &'static [u8],
    whole: OnceLock<SignatureSet>,
    script: OnceLock<ScriptInspector>,
    shader: OnceLock<ShaderInspector>,
    traffic: OnceLock<TrafficInspector>,
}

impl Inspector {
    /// An inspector with these signatures.
    pub const fn new(signatures: SignatureSet) -> Self {
        Self::partly(signatures, &[])
    }

    /// An inspector with a compiled set of signatures.
    ///
    /// # Errors
    /// The bytes are not a whole set of this version.
    pub fn load(signatures: &[u8]) -> Result<Self, LoadError> {
        SignatureSet::from_bytes(signatures).map(Self::new)
    }

    /// An inspector with the set of signatures that was compiled with the program, which is not checked
    /// again. Its patterns, most of it, are read when the first text comes.
    ///
    /// # Errors
    /// The bytes are not a set of this version.
    pub fn built_in(signatures: &'static [u8]) -> Result<Self, LoadError> {
        let head = SignatureSet::without_patterns(signatures)?;
        Ok(Self::partly(head, signatures))
    }

    const fn partly(signatures: SignatureSet, packed: &'static [u8]) -> Self {
        Self {
            signatures,
            packed,
            whole: OnceLock::new(),
            script: OnceLock::new(),
            shader: OnceLock::new(),
            traffic: OnceLock::new(),
        }
    }

    /// The signatures it judges by, with the patterns.
    pub fn signatures(&self) -> &SignatureSet {
        if self.packed.is_empty() {
            return &self.signatures;
        }
        self.whole
            .get_or_init(|| SignatureSet::from_bytes(self.packed).unwrap_or_default())
    }

    /// What the signatures conclude from facts that were found elsewhere.
    pub fn conclude(&self, kind: Kind, findings: &Findings) -> Verdict {
        self.signatures.conclude(kind, findings)
    }

    /// Judges a WebAssembly module.
    pub fn inspect_module(&self, bytes: &[u8]) -> Verdict {
        let findings = module::inspect_for(bytes, &self.signatures);
        self.conclude(Kind::Module, &findings)
    }

    /// A watched module with its work counted and a switch to end it: see [`module::instrument`].
    pub fn instrument_module(bytes: &[u8], name: &[u8]) -> Option<Vec<u8>> {
        module::instrument(bytes, name)
    }

    /// Judges a script. A module inside it is judged as a module; the worse verdict counts.
    pub fn inspect_script(&self, text: &[u8]) -> Verdict {
        self.script_findings(text).1
    }

    /// The facts of a script, with the verdict.
    pub fn script_findings(&self, text: &[u8]) -> (Findings, Verdict) {
        let script = self
            .script
            .get_or_init(|| ScriptInspector::new(self.signatures()));
        let found = script.inspect(self.signatures(), text);
        let mut script = found.script;
        let mut worst = Verdict::default();
        for (offset, findings) in found.modules {
            let mut verdict = self.conclude(Kind::Module, &findings);
            let name = match verdict.outcome {
                Outcome::Allow => continue,
                // The module is judged again when it is compiled; until then a library that
                // offers a password hash among others is no more than that.
                Outcome::Watch if only_password_hash(&verdict) => continue,
                Outcome::Watch => "embedded.watched",
                Outcome::Block => "embedded.miner",
            };
            let place = Place {
                function: None,
                offset: Some(offset),
            };
            script.add(Fact {
                name: Cow::Borrowed(name),
                count: 1,
                place,
                detail: verdict.family.clone().into_owned(),
            });
            if (verdict.outcome, verdict.confidence) > (worst.outcome, worst.confidence) {
                for evidence in &mut verdict.evidence {
                    evidence.place = place;
                }
                worst = verdict;
            }
        }
        let mut verdict = self.conclude(Kind::Script, &script);
        if (worst.outcome, worst.confidence) > (verdict.outcome, verdict.confidence) {
            core::mem::swap(&mut verdict, &mut worst);
        }
        verdict.evidence.append(&mut worst.evidence);
        verdict.weightiest_first();
        verdict.not_inspected = verdict.not_inspected.or(worst.not_inspected);
        (script, verdict)
    }

    /// Judges a shader's source.
    pub fn inspect_shader(&self, text: &[u8]) -> Verdict {
        self.conclude(Kind::Shader, &self.shader_findings(text))
    }

    /// The facts of a shader's source.
    pub fn shader_findings(&self, text: &[u8]) -> Findings {
        let shader = self
            .shader
            .get_or_init(|| ShaderInspector::new(self.signatures()));
        shader.inspect(self.signatures(), text)
    }

    /// Takes a message of a conversation into account and judges the conversation so far. `now` is
    /// in milliseconds from any fixed time.
    pub fn inspect_message<'c>(
        &self,
        talk: &'c mut Conversation,
        direction: Direction,
        message: &[u8],
        now: f64,
    ) -> &'c Verdict {
        let traffic = self
            .traffic
            .get_or_init(|| TrafficInspector::new(self.signatures()));
        traffic.message(self.signatures(), talk, direction, message, now);
        talk.verdict()
    }
}

/// Whether all that speaks for a verdict is that a module holds a password hash.
fn only_password_hash(verdict: &Verdict) -> bool {
    let mut speaking = verdict.evidence.iter().filter(|e| e.weight > 0);
    speaking.all(|e| matches!(&*e.signature, "module.argon2" | "module.scrypt"))
}
