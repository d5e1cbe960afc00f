//! See `ha_wechaty_fuzz::gateway::discovery`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| ha_wechaty_fuzz::gateway::discovery::answered(input));
