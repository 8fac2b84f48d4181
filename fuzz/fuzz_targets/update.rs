#![no_main]
#[path = "../checks/update.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::update(data));
