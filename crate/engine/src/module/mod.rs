//! WebAssembly inspection: the facts that a module's bytes show.

use crate::verdict::Findings;

/// The facts that a module shows.
pub fn inspect(_bytes: &[u8]) -> Findings {
    Findings::default()
}
