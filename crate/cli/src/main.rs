//! The `nomine` command.
fn main() {}
