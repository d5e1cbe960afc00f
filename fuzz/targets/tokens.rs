//! See `ha_wechaty_fuzz::tokens`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| ha_wechaty_fuzz::tokens::challenge(input));
