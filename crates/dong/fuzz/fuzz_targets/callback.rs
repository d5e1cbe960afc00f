//! The whole of what is answered to a request. Each input meets a site of its own, so that a crash can be repeated.

#![no_main]

use ha_wechaty_dong_fuzz::{challenge, site};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| challenge(&site(), input));
