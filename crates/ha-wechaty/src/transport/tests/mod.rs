//! The transport against scripted peers.
