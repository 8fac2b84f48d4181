#![no_main]
#[path = "../checks/lists.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::list(data));
