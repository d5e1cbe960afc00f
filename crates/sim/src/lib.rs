//! A simulated WeChat; it must never be linked into `serve`.
