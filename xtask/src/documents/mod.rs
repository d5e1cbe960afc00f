//! The documents of the checkout: what they lead to is there.
//!
//! | module | what it holds |
//! |---|---|
//! | `markdown` | what is in a document: links, words in code, headings |
//! | `links` | every link leads to a file, and to a heading of it; every document is led to |
//! | `paths` | every file and folder that a document names is there |
//! | `metrics` | every metric that a document names is kept |
//! | `runbook` | what there is to do is a heading of the runbook |
//! | `words` | the types in the table of words are there |

mod links;
mod markdown;
mod metrics;
mod paths;
mod runbook;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::{
    names,
    run::say,
    tree::{files, text},
};
use markdown::Document;

/// Documents that tell of what was, and so may name what is no more.
const HISTORY: [&str; 1] = ["CHANGELOG.md"];

/// Rules and dashboards for those who watch gateways.
const OPS: &str = "ops";

/// Where numbers are kept.
const RECORDS: &str = "crates/team/src/state/records";

/// Has the table of words.
const MAP: &str = "ARCHITECTURE.md";

/// Reads all documents.
pub(crate) fn prove() -> Result<()> {
    let files = files("")?;
    let documents = files.iter().filter(|path| is_document(path));
    let documents: Vec<(PathBuf, Document)> =
        documents.map(|path| Ok((path.clone(), Document::read(&text(path)?)))).collect::<Result<_>>()?;
    let mut wrong = links::faults(&documents, &files);
    let sources = files.iter().filter(|path| is_source(path));
    let sources: Vec<String> = sources.map(|path| text(path)).collect::<Result<_>>()?;
    for (path, document) in documents.iter().filter(|(path, _)| !is_history(path)) {
        wrong.extend(paths::faults(path, document, &files));
        wrong.extend(metrics::faults(path, document, &sources));
    }
    let manual = text(Path::new(runbook::RUNBOOK))?;
    for path in files.iter().filter(|path| path.starts_with(OPS)) {
        let told = text(path)?;
        wrong.extend(metrics::faults_of(path, &told, &sources));
        wrong.extend(runbook::astray(path, &told, &manual));
    }
    let records = files.iter().filter(|path| is_source(path) && path.starts_with(RECORDS));
    let records: Vec<String> = records.map(|path| text(path)).collect::<Result<_>>()?;
    wrong.extend(metrics::untold(&text(Path::new(metrics::TABLE))?, &records));
    let words = words::faults(&text(Path::new(MAP))?, &names::definitions()?);
    wrong.extend(words.into_iter().map(|why| format!("{MAP}, words: {why}")));
    let remedies = text(Path::new(runbook::LIST))?;
    for edition in &runbook::EDITIONS {
        wrong.extend(runbook::faults(edition, &text(Path::new(edition.path))?, &remedies));
    }
    ensure!(wrong.is_empty(), "what documents lead to must be there:\n{}", wrong.join("\n"));
    say(&format!("{} documents lead to what is there", documents.len()));
    Ok(())
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "md")
}

fn is_source(path: &Path) -> bool {
    path.starts_with("crates") && path.extension().is_some_and(|it| it == "rs")
}

fn is_history(path: &Path) -> bool {
    HISTORY.iter().any(|it| path == Path::new(it))
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_checkout_holds_to_it() {
        super::prove().expect("documents");
    }
}
