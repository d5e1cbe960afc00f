//! The bot on the stock Rust SDK, `interop/rust`: a workspace of its own, with a lock of its own, so that what the SDK needs of 2021 is
//! none of ours.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    run::{must, root},
    steps::cargo,
};

/// Builds it, which takes long for the first time only; where it is.
pub(crate) fn build() -> Result<PathBuf> {
    let target = root().join("target/interop-rust");
    let mut build = cargo();
    build.args([
        "build",
        "--quiet",
        "--locked",
        "--manifest-path",
        "interop/rust/Cargo.toml",
        "--target-dir",
    ]);
    // What is asked of our own code is not asked of the SDK's, and it runs here.
    let ours = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"];
    must(ours.iter().fold(build.arg(&target), |build, it| build.env_remove(it)))?;
    Ok(target.join("debug/rust-bot"))
}
