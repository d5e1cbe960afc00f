//! Who the team is: keys `name` and `self_id`, in no table.

use super::Effect;
use crate::reader::Keys;

/// When another name, or another id, counts.
pub(crate) const EFFECT: Effect = Effect::AtNextStart;

/// Reads both, and says what must hold of them.
pub(crate) fn keys(keys: &mut Keys<'_>, name: &mut String, self_id: &mut String) {
    keys.set("name", name);
    match keys.get("self_id") {
        Some(id) => *self_id = id,
        None if keys.has("name") || keys.has("self_id") => self_id.clone_from(name),
        None => {}
    }
    let (key, remedy) = match keys.has("self_id") {
        true => ("self_id", "; choose another"),
        false => ("name", ", since it is the team's contact id; choose another, or set self_id"),
    };
    if name.is_empty() {
        keys.report("name", "is empty; give the team a name");
    }
    if self_id.is_empty() {
        keys.report(key, format!("must not be empty{remedy}"));
    } else if self_id.contains('~') {
        keys.report(key, format!("must not contain '~', which marks ids that one account owns{remedy}"));
    } else if self_id.chars().any(|c| c.is_whitespace() || c.is_control()) {
        keys.report(key, format!("must not contain spaces{remedy}"));
    }
}
