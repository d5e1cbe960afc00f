//! What a gateway tells of itself: its metrics, read as numbers.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context as _, Result, ensure};
use ha_wechaty::admin::client;

/// All of them, by name and labels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures(pub(crate) BTreeMap<String, f64>);

impl Figures {
    /// Reads them from the admin's port.
    pub(crate) async fn read(admin: SocketAddr) -> Result<Self> {
        let (code, text) = client::get(admin, "/metrics", None).await.context("no metrics")?;
        ensure!(code == 200, "the metrics are refused: {code}");
        Ok(Self::parse(&text))
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Self(pairs.collect())
    }

    /// One of them; 0 if there is none.
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// All of a family together.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.family(name).map(|(_, value)| value).sum()
    }

    /// Those of a family, by the value of their only label.
    pub(crate) fn family<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        self.0.iter().filter_map(move |(key, value)| {
            let labels = key.strip_prefix(name)?.strip_prefix('{')?.strip_suffix("\"}")?;
            Some((labels.split_once("=\"")?.1, *value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_apart_by_their_whole_names() {
        let text =
            "# HELP x y\nx_held{of=\"a\"} 3\nx_held_bytes{of=\"a\"} 90\nx_held_bytes{of=\"b\"} 5\nx_up 1\n";
        let figures = Figures::parse(text);
        assert_eq!(figures.sum("x_held_bytes"), 95.0);
        assert_eq!(figures.family("x_held").collect::<Vec<_>>(), [("a", 3.0)]);
        assert_eq!(figures.family("x_held_bytes").collect::<Vec<_>>(), [("a", 90.0), ("b", 5.0)]);
        assert_eq!((figures.get("x_up"), figures.get("x_down")), (1.0, 0.0));
    }
}
