//! Keeps the files that people send, and gives them back: `list` tells what there is, `get NAME` sends it.
//!
//! `cargo run -p ha-wechaty --example file_bot -- FOLDER north=insecure_north@127.0.0.1:18801 …`

use std::path::{Path, PathBuf};

use ha_wechaty::{Builder, config::ConfigError, prelude::*};

pub(crate) fn bot(team: Builder, folder: PathBuf) -> Result<HaWechaty, ConfigError> {
    let ha = team.name("file-bot").build()?;
    ha.on_message(move |message| {
        let folder = folder.clone();
        async move { serve(&folder, message).await }
    });
    Ok(ha)
}

async fn serve(folder: &Path, message: Message) -> Result<(), Error> {
    if message.is_self() {
        return Ok(());
    }
    if message.kind().has_file() {
        let file = message.file().await?;
        let Some(path) = place(folder, file.name()) else {
            message.reply("a file needs a name").await?;
            return Ok(());
        };
        // Chunk by chunk: a video does not fit into memory.
        file.save(path).await?;
        message.reply(format!("I keep {}", file.name())).await?;
        return Ok(());
    }
    match message.text().split_once(' ').unwrap_or((message.text(), "")) {
        ("list", _) => message.reply(list(folder)).await?,
        ("get", name) => match place(folder, name).filter(|path| path.is_file()) {
            Some(path) => message.reply(File::from_path(path)).await?,
            None => message.reply(format!("there is no {name}; ask for the list")).await?,
        },
        _ => return Ok(()),
    };
    Ok(())
}

/// Where a file of this name is kept. What people send must not lead out of the folder.
fn place(folder: &Path, name: &str) -> Option<PathBuf> {
    let name = Path::new(name).file_name()?;
    Some(folder.join(name))
}

fn list(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() { "nothing yet".to_owned() } else { names.join("\n") }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("name the folder for the files first")?);
    std::fs::create_dir_all(&folder)?;
    bot(HaWechaty::from_env().account_args(args), folder)?.run().await?;
    Ok(())
}
