#![no_main]
#[path = "../checks/bundle.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    checks::bundle(data);
});
