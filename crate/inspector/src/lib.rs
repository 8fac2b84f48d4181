//! The inspector that runs in pages and workers.
