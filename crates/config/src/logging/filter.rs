//! Which lines of the log are heard.

use tracing_subscriber::{
    EnvFilter,
    filter::{Directive, LevelFilter},
};

/// What speaks with anybody, token or not: what they say of a peer that breaks the protocol, that peer has written. Below
/// an error they are heard only if they are named.
const CHATTY: [&str; 4] = ["h2", "hyper", "hyper_util", "rustls"];

/// What lets through what was asked for.
///
/// # Errors
/// It is no level, and no filter. A word alone would be a filter too, for a part of that name, which silences all
/// others; nobody means that.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    super::check(text)?;
    let filter = EnvFilter::try_new(text).map_err(|error| {
        format!(
            "{text:?} is no filter of the log ({error}); write a level, or one like ha_wechaty=debug,info"
        )
    })?;
    Ok(quiet(text).fold(filter, EnvFilter::add_directive))
}

/// What is to be heard less of than a filter asks for.
fn quiet(text: &str) -> impl Iterator<Item = Directive> {
    let parts = || text.split(',').map(str::trim);
    let is_loud =
        parts().filter_map(|part| part.parse::<LevelFilter>().ok()).any(|it| it > LevelFilter::ERROR);
    let is_named = move |target: &str| {
        parts().any(|part| part.split(['=', '[', ':']).next().is_some_and(|named| named.trim() == target))
    };
    let quiet = CHATTY.into_iter().filter(move |target| is_loud && !is_named(target));
    quiet.filter_map(|target| format!("{target}=error").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_with_anybody_is_not_heard_unless_it_is_named() {
        let quiet = |text: &str| -> Vec<String> { super::quiet(text).map(|it| it.to_string()).collect() };
        assert_eq!(quiet("info"), ["h2=error", "hyper=error", "hyper_util=error", "rustls=error"]);
        assert_eq!(quiet("debug, ha_wechaty=trace").len(), 4);
        assert_eq!(quiet("info,h2=warn,hyper::proto=info"), ["hyper_util=error", "rustls=error"]);
        for soft in ["off", "error", "ha_wechaty=debug", "h2=trace"] {
            assert!(quiet(soft).is_empty(), "{soft} asks for no more of them");
        }
    }

    #[test]
    fn what_stands_in_brackets_is_read_here() {
        for text in ["info", "5", "warn,ha_wechaty=trace", "[span]=debug"] {
            assert!(filter(text).is_ok(), "{text}");
        }
        let why = filter("[span=debug").map(|_| ()).expect_err("it does not end");
        assert!(why.contains("is no filter of the log"), "{why}");
        assert!(filter("loud").is_err(), "what is refused there is refused here");
    }
}
