//! See `ha_wechaty_fuzz::config`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| ha_wechaty_fuzz::config::environment(input));
