//! See `ha_wechaty_fuzz::callback`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| ha_wechaty_fuzz::callback::challenge(input));
