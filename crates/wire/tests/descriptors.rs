//! Our protos are the community's and the living fork's together, name for name and number for number: compared with the
//! `.proto` files of the npm packages `wechaty-grpc` and `@juzi/wechaty-grpc`, which `cargo xtask test` installs.
#![allow(missing_docs, clippy::expect_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use prost_reflect::{Cardinality, DescriptorPool};
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver},
};

/// Whose protos are compared.
const COMMUNITY: &str = "wechaty-grpc";
const JUZI: &str = "@juzi/wechaty-grpc";

/// Where an npm package has its protos.
fn package(name: &str) -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../interop/ts");
    let folder = std::env::var_os("HA_WECHATY_INTEROP").map_or_else(|| PathBuf::from(default), PathBuf::from);
    let package = folder.join("node_modules").join(name).join("dist/esm/proto");
    assert!(
        package.is_dir(),
        "{} is not there: run `cargo xtask test`, which installs it",
        package.display()
    );
    package
}

/// The package's files. Their HTTP annotations need files of other packages and say nothing of names and
/// numbers: they are passed over.
struct Npm(PathBuf);

impl FileResolver for Npm {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        let annotations = ["google/api/annotations.proto", "protoc-gen-openapiv2/options/annotations.proto"];
        if annotations.contains(&name) {
            return File::from_source(name, "syntax = \"proto3\";");
        }
        let path = self.0.join(name);
        let source = fs::read_to_string(&path).map_err(|_| Error::file_not_found(name))?;
        File::from_source(name, &without_options(&source))
    }

    fn resolve_path(&self, path: &Path) -> Option<String> {
        path.strip_prefix(&self.0).ok().and_then(Path::to_str).map(str::to_owned)
    }
}

/// Drops `option (…) = { … };`.
fn without_options(source: &str) -> String {
    let (mut kept, mut rest) = (String::new(), source);
    while let Some(start) = rest.find("option (") {
        kept.push_str(&rest[..start]);
        let mut depth = 0;
        let end = rest[start..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ';' && depth == 0
        });
        rest = &rest[start + end.expect("an option ends") + 1..];
    }
    kept + rest
}

fn theirs(name: &str) -> DescriptorPool {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Npm(package(name)));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).open_file("wechaty/puppet.proto").expect("the package's protos compile");
    compiler.descriptor_pool()
}

fn ours() -> DescriptorPool {
    DescriptorPool::decode(ha_wechaty_wire::DESCRIPTORS).expect("our descriptors")
}

/// All that is on the wire, a line each.
fn lines(pool: &DescriptorPool) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    let is_wechatys = |name: &str| name.starts_with("wechaty.");
    for message in pool.all_messages().filter(|it| is_wechatys(it.full_name())) {
        lines.insert(format!("message {}", message.full_name()), String::new());
        for field in message.fields() {
            let sort = field.kind();
            let named = sort.as_message().map(|it| it.full_name().to_owned());
            let named = named.or_else(|| sort.as_enum().map(|it| it.full_name().to_owned()));
            let kind = named.unwrap_or_else(|| format!("{sort:?}"));
            let list = field.cardinality() == Cardinality::Repeated;
            let oneof = field.containing_oneof().map(|it| it.name().to_owned());
            let presence = field.supports_presence();
            let text = format!("{} {kind} list={list} presence={presence} {oneof:?}", field.number());
            lines.insert(format!("field {}.{}", message.full_name(), field.name()), text);
        }
    }
    for item in pool.all_enums().filter(|it| is_wechatys(it.full_name())) {
        for value in item.values() {
            lines.insert(format!("enum {}.{}", item.full_name(), value.name()), value.number().to_string());
        }
    }
    for service in pool.services().filter(|it| is_wechatys(it.full_name())) {
        for rpc in service.methods() {
            let streams = (rpc.is_client_streaming(), rpc.is_server_streaming());
            let (input, output) = (rpc.input(), rpc.output());
            let text = format!("{} {} {streams:?}", input.full_name(), output.full_name());
            lines.insert(format!("rpc {}.{}", service.full_name(), rpc.name()), text);
        }
    }
    lines
}

/// What of the fork's is not in ours, and why: no server of either generation writes this enum's numbers into the field that
/// it is the type of, and ours are the community's. What is written is in `MessageType` of this crate.
fn is_excused(line: &str) -> bool {
    line.starts_with("enum wechaty.puppet.MessageType.")
}

#[test]
fn every_line_of_either_generation_is_ours_and_every_line_of_ours_is_one_of_theirs() {
    let (ours, community, juzi) = (lines(&ours()), lines(&theirs(COMMUNITY)), lines(&theirs(JUZI)));
    let mut differing = Vec::new();
    for (name, theirs) in [(COMMUNITY, &community), (JUZI, &juzi)] {
        for (line, text) in theirs {
            if ours.get(line) != Some(text) && !(name == JUZI && is_excused(line)) {
                differing.push(format!("{name}: {line}: ours {:?}, theirs {text:?}", ours.get(line)));
            }
        }
    }
    let nobodys = ours.keys().filter(|line| !community.contains_key(*line) && !juzi.contains_key(*line));
    differing.extend(nobodys.map(|line| format!("{line} is nobody's")));
    assert!(differing.is_empty(), "{differing:#?}");
    let rpcs = |lines: &BTreeMap<String, String>| lines.keys().filter(|key| key.starts_with("rpc ")).count();
    assert_eq!((rpcs(&community), rpcs(&juzi), rpcs(&ours)), (61, 114, 121));
    assert!(community.len() > 400 && juzi.len() > 800, "{} and {} lines", community.len(), juzi.len());
}
