//! The engine for the extension's background page.
