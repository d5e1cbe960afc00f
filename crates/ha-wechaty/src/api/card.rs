//! What a message may carry besides text and files: links, mini programs, places.

use ha_wechaty_wire::puppet;

/// A link with its preview.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// let link = UrlLink { description: "what is new".into(), ..UrlLink::new("https://example.com/", "News") };
/// let said: Sayable = link.into();
/// # drop(said);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UrlLink {
    /// Where it leads.
    pub url: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// The URL of its picture.
    pub thumbnail_url: String,
}

impl UrlLink {
    /// A link with a title.
    pub fn new(url: impl Into<String>, title: impl Into<String>) -> Self {
        Self { url: url.into(), title: title.into(), ..Self::default() }
    }
}

/// A mini program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the fields are WeChat's own, and mean what they mean there")]
pub struct MiniProgram {
    pub appid: String,
    pub username: String,
    pub page_path: String,
    pub title: String,
    pub description: String,
    pub icon_url: String,
    pub share_id: String,
    pub thumb_url: String,
    pub thumb_key: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Location {
    /// Its latitude, in degrees.
    pub latitude: f64,
    /// Its longitude, in degrees.
    pub longitude: f64,
    /// How exact that is, in metres.
    pub accuracy: f32,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub address: String,
}

/// Both sides have the same fields.
macro_rules! same_fields {
    ($ours:ident, $theirs:ty: $($field:ident),*) => {
        impl From<$ours> for $theirs {
            fn from(it: $ours) -> Self {
                Self { $($field: it.$field),* }
            }
        }

        impl From<$theirs> for $ours {
            fn from(it: $theirs) -> Self {
                Self { $($field: it.$field),* }
            }
        }
    };
}

same_fields!(UrlLink, puppet::UrlLinkPayload: url, title, description, thumbnail_url);
same_fields!(
    MiniProgram, puppet::MiniProgramPayload:
    appid, username, page_path, title, description, icon_url, share_id, thumb_url, thumb_key
);
same_fields!(Location, puppet::LocationPayload: latitude, longitude, accuracy, name, address);
