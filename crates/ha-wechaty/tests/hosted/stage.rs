//! A gateway whose Node and npm are scripts, and the hosts that they pretend to be.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use ha_wechaty::{
    Config, Gateway,
    admin::{AccountStatus, Status},
    config::{AccountConfig, Hosted},
};
use ha_wechaty_sim::{Phone, World};
use ha_wechaty_testkit::{
    SELF,
    program::{Signal, signal},
    quick, wait,
};
use serde_json::Value;
use tempfile::TempDir;

/// Says what it was asked for, and makes what the gateway looks for.
const NPM: &str = r#"#!/bin/sh
echo "$*" >> FOLDER/npm.log
cp package.json FOLDER/package.json
if [ -e FOLDER/npm.fails ]; then cat FOLDER/npm.fails >&2; exit 1; fi
if grep -q no-such-puppet package.json; then
  [ -e FOLDER/npm.ponders ] && echo it ponders >> FOLDER/npm.log
  while [ -e FOLDER/npm.ponders ]; do sleep 0.01; done
  echo 'npm error code E404' >&2
  exit 1
fi
case "$1" in
install) echo '{"packages":{"":{},"node_modules/a":{},"node_modules/b":{}}}' > package-lock.json ;;
ci)
  mkdir -p node_modules/wechaty-puppet-mock node_modules/wechaty-puppet-padlocal node_modules/wechaty-puppet-service
  echo 'npm http fetch GET 200 https://registry.invalid/a.tgz 1ms' >&2
  while [ -e FOLDER/npm.waits ]; do sleep 0.01; done
  echo 'npm http fetch GET 200 https://registry.invalid/b.tgz 1ms' >&2 ;;
esac
"#;

/// Writes down what it hears, and says what the test writes into its pipe.
const NODE: &str = r#"#!/bin/sh
if [ "$1" = --version ]; then cat FOLDER/node.version; exit; fi
mkfifo "FOLDER/says.$$"
echo "$*" > "FOLDER/arguments.$$"
while read -r said; do
  [ "$said" = die ] && kill -9 $$
  printf '%s\n' "$said"
done < "FOLDER/says.$$" &
while read -r line; do
  printf '%s\n' "$line" >> "FOLDER/heard.$$"
  case "$line" in '{"type":"close"}') [ -e FOLDER/node.hangs ] || exit 0 ;; esac
done
while [ -e FOLDER/node.hangs ]; do sleep 0.01; done
"#;

pub(crate) struct Stage {
    pub(crate) world: World,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let stage = Self { world: World::new(42), folder: tempfile::tempdir().expect("a folder") };
        stage.write("node.version", "v20.0.0");
        for (name, text) in [("npm", NPM), ("node", NODE)] {
            stage.write(name, &text.replace("FOLDER", &stage.path("").display().to_string()));
            fs::set_permissions(stage.path(name), fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        stage
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is ours");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// A team of accounts with a puppet each that runs here.
    pub(crate) fn config(&self, accounts: &[&str]) -> Config {
        let mut config = quick(SELF);
        config.host.data_dir = Some(self.path("data"));
        config.host.node = self.path("node");
        config.host.npm = self.path("npm");
        for name in accounts {
            config.accounts.push(AccountConfig::new(
                *name,
                Hosted::new("wechaty-puppet-mock".parse().expect("a package")),
            ));
        }
        config
    }

    /// Waits for a condition.
    pub(crate) async fn until<T>(&self, what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
        wait::until_some(what, condition).await
    }

    /// Waits for a host of this account that is none of `before`, and has its order.
    pub(crate) async fn host(&self, account: &str, before: &[&Host]) -> Host {
        let memory = format!("/{account}/");
        self.until("a host is started", async || {
            self.hosts().into_iter().find(|host| {
                host.order["memory"].as_str().is_some_and(|path| path.contains(&memory))
                    && before.iter().all(|other| other.pid != host.pid)
            })
        })
        .await
    }

    /// All hosts that ever had an order.
    fn hosts(&self) -> Vec<Host> {
        let files = fs::read_dir(self.folder.path()).expect("it is ours");
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| {
                let pid = name.strip_prefix("heard.")?.to_owned();
                let heard = self.read(&name);
                let order =
                    serde_json::from_str(heard.lines().next().filter(|_| heard.ends_with('\n'))?).ok()?;
                Some(Host { pid, order, folder: self.path("") })
            })
            .collect()
    }

    /// A host with a simulated phone as its puppet service.
    pub(crate) async fn serving(&self, account: &str, before: &[&Host]) -> (Host, Phone) {
        let host = self.host(account, before).await;
        let token = host.order["serviceToken"].as_str().expect("a token").to_owned();
        let phone = self.world.phone(account).token(&token).tls(false).serve().await.expect("a port");
        host.say(format!(r#"{{"type":"serving","port":{}}}"#, phone.addr().port()));
        (host, phone)
    }

    /// What is said of an account, as soon as it has all of these parts.
    pub(crate) async fn told(&self, gateway: &Gateway, account: usize, parts: &[&str]) -> AccountStatus {
        let mut last = String::new();
        let told = self.until("it is told", async || {
            let status = status(gateway).await.accounts.remove(account);
            last = format!("{}: {}", status.phase, status.text);
            parts.iter().all(|part| last.contains(part)).then_some(status)
        });
        told.await
    }

    pub(crate) async fn until_available(&self, gateway: &Gateway, count: usize) {
        self.until("accounts are available", async || {
            (gateway.routing().available().len() == count).then_some(())
        })
        .await;
    }
}

pub(crate) async fn status(gateway: &Gateway) -> Status {
    ha_wechaty_testkit::status(gateway.admin_addr().expect("an admin's port")).await
}

/// What pretends to be a host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) pid: String,
    /// The order to open.
    pub(crate) order: Value,
    folder: PathBuf,
}

impl Host {
    /// Has it say a line; `die` is its death instead.
    pub(crate) fn say(&self, line: impl AsRef<[u8]>) {
        let pipe = self.folder.join(format!("says.{}", self.pid));
        // The reader ends with the last writer, so this stays open as long as the host lives.
        let mut pipe = File::options().read(true).write(true).open(pipe).expect("it reads");
        pipe.write_all(&[line.as_ref(), b"\n"].concat()).expect("it reads");
        std::mem::forget(pipe);
    }

    /// What it heard besides its first order.
    pub(crate) fn heard(&self) -> Vec<String> {
        let heard = fs::read_to_string(self.folder.join(format!("heard.{}", self.pid))).expect("it heard");
        heard.lines().skip(1).map(str::to_owned).collect()
    }

    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.folder.join(format!("arguments.{}", self.pid))).expect("it was started")
    }

    /// Whether its process is there.
    pub(crate) fn lives(&self) -> bool {
        // A zombie has no command line.
        fs::read(Path::new("/proc").join(&self.pid).join("cmdline")).is_ok_and(|line| !line.is_empty())
    }

    pub(crate) fn kill(&self) {
        signal(self.pid.parse().expect("a number"), Signal::KILL);
    }
}
