//! The types in `src/generated/` are those of our `.proto` files: made anew here, and compared.
//!
//! They stand in the repository, as tonic's own services do, so that nobody who builds HAWechaty builds a
//! compiler of protos first. After a change to a proto:
//!
//! ```text
//! UPDATE_GENERATED=1 cargo test -p ha-wechaty-wire --test generated
//! ```
#![allow(missing_docs, clippy::expect_used)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use prost::Message as _;

/// Everything that is made out of the protos: the messages, the client and the service (each behind its
/// feature), and the descriptors.
const FILES: [&str; 3] = ["wechaty.rs", "wechaty.puppet.rs", "wechaty.bin"];

fn generate(protos: &Path, into: &Path) {
    let descriptors = protox::compile(["wechaty/puppet.proto"], [protos]).expect("our protos compile");
    fs::write(into.join("wechaty.bin"), descriptors.encode_to_vec()).expect("descriptors are written");
    tonic_prost_build::configure()
        .disable_comments(["."])
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .out_dir(into)
        .compile_fds(descriptors)
        .expect("types are generated");
}

#[test]
fn what_is_generated_is_of_our_protos() {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().expect("a folder");
    generate(&package.join("proto"), fresh.path());

    let kept = package.join("src/generated");
    if env::var_os("UPDATE_GENERATED").is_some() {
        for name in FILES {
            fs::copy(fresh.path().join(name), kept.join(name)).expect("a file is replaced");
        }
    }
    let stale: Vec<&str> = FILES
        .into_iter()
        .filter(|name| fs::read(fresh.path().join(name)).ok() != fs::read(kept.join(name)).ok())
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} in crates/wire/src/generated are not what our protos say now: run\n    \
         UPDATE_GENERATED=1 cargo test -p ha-wechaty-wire --test generated\nand commit them"
    );
    let made = fs::read_dir(fresh.path()).expect("the folder").count();
    assert_eq!(made, FILES.len(), "another file is generated now: name it in FILES, and in lib.rs");
}
