//! How a program that holds the team itself is told of what happens.

/// How a program that holds the team itself is told of what happens. Key `library`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Library {
    /// How many events may wait in one stream, or for one callback, before all others wait too.
    pub queue: usize,
    /// How many runs of one callback may be under way at once.
    pub callbacks: usize,
}

impl Default for Library {
    fn default() -> Self {
        Self { queue: 256, callbacks: 64 }
    }
}
