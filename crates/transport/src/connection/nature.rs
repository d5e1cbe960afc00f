//! What a call is to its connection, which looks at no path.

/// What a call is to its connection. The request says it by an extension (`tonic::Request::extensions_mut`); one that
/// does not only asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Nature {
    /// It asks, and is answered in a while.
    #[default]
    Asks,
    /// It says something to people. Such calls have a queue of their own, that bounds them.
    Says,
    /// It listens, and would not end by itself: its service has to hear that nobody reads any more.
    Listens,
}

impl Nature {
    /// Whether a bot that has given up too many calls may make no more of them.
    pub(super) fn is_bounded_here(self) -> bool {
        match self {
            Self::Asks | Self::Listens => true,
            Self::Says => false,
        }
    }

    /// Whether it ends by itself, whoever reads it.
    pub(super) fn ends(self) -> bool {
        match self {
            Self::Asks | Self::Says => true,
            Self::Listens => false,
        }
    }
}
