//! The fields of an event's payload, as peers really write them: an odd one costs itself and not the event.
//!
//! A text may come as a number, a number as a text, a list as its only item, and anything as `null` or not at all.

use serde_json::{Map, Number, Value};

use crate::text;

/// No clock shows a later time: in milliseconds, the end of the year 9999.
const LATEST: i64 = 253_402_300_799_999;

/// The fields of one payload.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a payload. What is no JSON, or no object, has no fields; the error says which.
    pub(super) fn read(json: &str) -> Result<Self, String> {
        let read = serde_json::from_str(json).or_else(|error| match text::in_json(json) {
            std::borrow::Cow::Owned(mended) => serde_json::from_str(&mended),
            std::borrow::Cow::Borrowed(_) => Err(error),
        });
        match read {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(String::from("it is no object")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A text without which the event is about nothing.
    pub(super) fn needed(&mut self, key: &str) -> Result<String, String> {
        self.text(key).filter(|text| !text.is_empty()).ok_or_else(|| format!("it has no {key}"))
    }

    /// A text; `None` if there is none.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        as_text(self.take(key))
    }

    /// A text that says something, whatever it was: of an object, its JSON.
    pub(super) fn words(&mut self, key: &str) -> Option<String> {
        match self.take(key) {
            Value::Null => None,
            it @ (Value::Array(_) | Value::Object(_)) => Some(it.to_string()),
            it @ (Value::Bool(_) | Value::Number(_) | Value::String(_)) => as_text(it),
        }
    }

    /// A list of texts. Items that are none are left out.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        let value = self.take(key);
        let items = if let Value::Array(items) = value { items } else { vec![value] };
        items.into_iter().filter_map(as_text).filter(|text| !text.is_empty()).collect()
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &str) -> Option<i64> {
        match self.take(key) {
            Value::Number(number) => whole(&number),
            Value::String(text) => text.trim().parse().ok().and_then(|number| whole(&number)),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Yes or no; no where nothing is said.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.take(key) {
            Value::Bool(it) => it,
            Value::Number(number) => number.as_f64().is_some_and(|it| it != 0.0),
            Value::String(text) => matches!(text.trim(), "true" | "1"),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        }
    }

    /// A moment, as a count of seconds or milliseconds, whichever its teller counts; a date as JavaScript writes
    /// it becomes milliseconds. Zero is what those say who don't know.
    pub(super) fn time(&mut self, key: &str) -> Option<i64> {
        let time = match self.take(key) {
            Value::Number(number) => whole(&number),
            Value::String(text) => {
                let text = text.trim();
                let number = text.parse().ok().and_then(|number| whole(&number));
                number.or_else(|| milliseconds(text))
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        time.filter(|time| (1..=LATEST).contains(time))
    }

    fn take(&mut self, key: &str) -> Value {
        self.0.get_mut(key).map(Value::take).unwrap_or_default()
    }
}

fn as_text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Some providers count in fractions; beyond the range it is the range's end.
fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().map(|it| it as i64))
}

/// A date of RFC 3339, in milliseconds; without a zone it is taken for one of UTC.
fn milliseconds(date: &str) -> Option<i64> {
    let zone = date.rfind(['+', '-']).filter(|at| *at >= "1970-01-01T00:00:00".len());
    let (date, ahead) = match zone.and_then(|at| date.split_at_checked(at)) {
        Some((date, zone)) => (date, minutes(zone)?),
        None => (date, 0),
    };
    let time = humantime::parse_rfc3339_weak(date).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()?.checked_sub(ahead * 60_000)
}

/// By how many minutes a zone like `+08:00` is ahead of UTC.
fn minutes(zone: &str) -> Option<i64> {
    let (sign, digits) = zone.split_at_checked(1)?;
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let minutes = i64::from(hours.parse::<u16>().ok()?) * 60 + i64::from(minutes.parse::<u16>().ok()?);
    Some(if sign == "-" { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(json: &str) -> Option<i64> {
        Fields::read(&format!("{{\"timestamp\":{json}}}")).expect("an object").time("timestamp")
    }

    #[test]
    fn a_time_is_read_however_it_is_written() {
        for (json, expected) in [
            ("1700000000", Some(1_700_000_000)),
            ("1700000000123", Some(1_700_000_000_123)),
            ("1700000000.9", Some(1_700_000_000)),
            ("\"1700000000123\"", Some(1_700_000_000_123)),
            ("\" 1700000000 \"", Some(1_700_000_000)),
            ("\"2023-11-14T22:13:20.123Z\"", Some(1_700_000_000_123)),
            ("\"2023-11-14T22:13:20Z\"", Some(1_700_000_000_000)),
            ("\"2023-11-15T06:13:20.123+08:00\"", Some(1_700_000_000_123)),
            ("\"2023-11-14T17:13:20-0500\"", Some(1_700_000_000_000)),
            ("\"2023-11-14 22:13:20\"", Some(1_700_000_000_000)),
            ("null", None),
            ("0", None),
            ("-5", None),
            ("1e300", None),
            ("\"\"", None),
            ("\"just now\"", None),
            ("\"2023-99-14T22:13:20Z\"", None),
            ("\"2023-11-14T22:13:20+9223372036854775807:00\"", None),
            ("\"2023-11-14T22:13:20-妈00\"", None),
            ("{}", None),
            ("true", None),
        ] {
            assert_eq!(time(json), expected, "{json}");
        }
        assert_eq!(Fields::default().time("timestamp"), None);
    }

    #[test]
    fn an_odd_value_is_taken_for_what_it_can_be() {
        let json = r#"{"n":7,"t":"x","null":null,"b":false,"list":["a",null,3,{},""],"one":"a","o":{"k":1},"s":"4"}"#;
        let fields = || Fields::read(json).expect("an object");
        let text = |key| fields().text(key);
        assert_eq!(["n", "t", "b"].map(text), ["7", "x", "false"].map(|it| Some(it.to_owned())));
        assert_eq!(["null", "none", "o", "list"].map(text), [const { None }; 4]);
        assert_eq!(fields().words("o").as_deref(), Some(r#"{"k":1}"#));
        assert_eq!(fields().list("list"), ["a", "3"]);
        assert_eq!(fields().list("one"), ["a"]);
        assert!(["null", "none", "o"].iter().all(|key| fields().list(key).is_empty()));
        assert_eq!(["n", "s", "t", "null"].map(|key| fields().number(key)), [Some(7), Some(4), None, None]);
    }

    #[test]
    fn half_an_emoji_in_a_field_is_a_replacement() {
        let mut fields = Fields::read(r#"{"newTopic":"x\ud83d"}"#).expect("an object");
        assert_eq!(fields.text("newTopic").as_deref(), Some("x\u{fffd}"));
        assert!(Fields::read(r#"{"a":"\ud83d""#).is_err());
    }
}
