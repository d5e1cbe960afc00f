//! As much of `reqwest` as the Rust SDK names. It asks nobody: whoever looks for an endpoint here finds none.

/// There is no answer.
#[derive(Debug)]
pub struct Error;

/// What an answer would be.
#[derive(Debug)]
pub enum Response {}

/// Finds nobody.
///
/// # Errors
/// Always.
pub async fn get(_url: &str) -> Result<Response, Error> {
    Err(Error)
}

impl Response {
    /// What the answer says.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn json<T: serde::de::DeserializeOwned>(self) -> Result<T, Error> {
        match self {}
    }
}
