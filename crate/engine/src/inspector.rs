//! [`Inspector`]: the one door for modules, scripts, shaders and messages.

use crate::module;
use crate::signature::{Kind, LoadError, SignatureSet};
use crate::verdict::{Findings, Verdict};

/// Judges things by the signatures it was given.
#[derive(Clone, Debug, Default)]
pub struct Inspector {
    signatures: SignatureSet,
}

impl Inspector {
    /// An inspector with these signatures.
    pub const fn new(signatures: SignatureSet) -> Self {
        Self { signatures }
    }

    /// An inspector with a compiled set of signatures.
    ///
    /// # Errors
    /// The bytes are not a whole set of this version.
    pub fn load(signatures: &[u8]) -> Result<Self, LoadError> {
        SignatureSet::from_bytes(signatures).map(Self::new)
    }

    /// The signatures it judges by.
    pub const fn signatures(&self) -> &SignatureSet {
        &self.signatures
    }

    /// What the signatures conclude from facts that were found elsewhere.
    pub fn conclude(&self, kind: Kind, findings: &Findings) -> Verdict {
        self.signatures.conclude(kind, findings)
    }

    /// Judges a WebAssembly module.
    pub fn inspect_module(&self, bytes: &[u8]) -> Verdict {
        self.conclude(Kind::Module, &module::inspect(bytes))
    }
}
