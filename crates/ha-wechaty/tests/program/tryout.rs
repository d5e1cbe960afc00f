//! `ha-wechaty try`, where it can't; what it does with Node and npm is in `interop/ts/tests/try.test.js`.

use super::cli::{Folder, output, text};

#[test]
fn without_node_it_says_what_to_install_and_leaves_nothing_behind() {
    let folder = Folder::new();
    let mut command = folder.program(&["try", "--listen", "127.0.0.1:0"]);
    let tried = output(command.env("PATH", folder.root()).env("TMPDIR", folder.root()));
    let said = text(&tried.stderr);
    assert_eq!(tried.status.code(), Some(1), "{said}");
    assert!(said.starts_with("ha-wechaty try: node can't be run"), "{said}");
    assert!(
        said.contains("install Node 18 or newer (https://nodejs.org, or `apt install nodejs npm`)"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(folder.root()).expect("it is ours").count(), 0);
}
