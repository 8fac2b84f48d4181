#![no_main]
#[path = "../checks/command.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::subscriptions(data));
