//! The team as a pure state machine; it must never do IO, read a clock or draw randomness of its own.
#![no_std]
