#![no_main]
#[path = "../checks/instrument.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::instrument(data));
