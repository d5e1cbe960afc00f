//! What is told, in each receiver's format, within the sizes that it takes.
//!
//! | file | whose |
//! |---|---|
//! | `json` | a program's: an event for each alarm (`docs/webhooks.md`) |
//! | `wecom`, `dingtalk`, `feishu` | robots of groups |
//! | `slack` | incoming webhooks of Slack |

pub(crate) mod dingtalk;
pub(crate) mod feishu;
pub(crate) mod json;
pub(crate) mod slack;
pub(crate) mod wecom;

use std::time::Duration;

use serde_json::Value;

use crate::error::TellError;

/// A frequency limit without a word about how long it lasts.
const A_MINUTE: Duration = Duration::from_secs(60);

/// What a robot's answer says: its code, and its words. Robots answer 200 whatever became of it.
fn verdict(body: &[u8], code: &[&str], words: &[&str]) -> Result<(), (i64, String)> {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else {
        return Err((-1, String::from("its answer is none of a robot's")));
    };
    match code.iter().find_map(|key| answer.get(*key)?.as_i64()) {
        Some(0) => Ok(()),
        Some(code) => {
            let words = words.iter().find_map(|key| answer.get(*key)?.as_str()).unwrap_or_default();
            Err((code, format!("error {code}: {words}")))
        }
        None => Err((-1, String::from("its answer has no code of a robot's"))),
    }
}

fn refused(cause: String, remedy: impl Into<String>, retry_after: Option<Duration>) -> TellError {
    TellError::Refused { cause, remedy: remedy.into(), retry_after }
}
