//! Compiles our own `.proto` files without a `protoc` on the machine.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(["wechaty/puppet.proto"], ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("wechaty.bin"), descriptors.encode_to_vec())?;
    let wants = |feature: &str| env::var_os(feature).is_some();
    tonic_prost_build::configure()
        .disable_comments(["."])
        .build_client(wants("CARGO_FEATURE_CLIENT"))
        .build_server(wants("CARGO_FEATURE_SERVER"))
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}
