#![no_main]
#[path = "../checks/inspection.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::signature_text(data));
