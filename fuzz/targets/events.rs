//! See `ha_wechaty_fuzz::events`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| ha_wechaty_fuzz::events::challenge(input));
