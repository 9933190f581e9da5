//! Where the keys go.

/// Where the keys go. Overlays that take text have their own few keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Standup,
    Sprint,
    Retro,
    Queue,
    /// An agent's page, a task's, or a case in full.
    Detail,
    /// What a week was for one agent.
    WeekPage,
    Log,
    /// What was ordered.
    Ledger,
    /// Help and why: a page to read.
    Reading,
    /// A few things to choose from.
    Menu,
    /// One problem of the rounds.
    Walk,
    /// What one agent has learned.
    Insights,
    Palette,
    Filter,
    /// What an order would do, and whether it is to be done.
    Preview,
    /// A text of the operator's own.
    Editor,
}

impl Place {
    pub const ALL: [Self; 16] = [
        Self::Standup,
        Self::Sprint,
        Self::Retro,
        Self::Queue,
        Self::Detail,
        Self::WeekPage,
        Self::Log,
        Self::Ledger,
        Self::Reading,
        Self::Menu,
        Self::Walk,
        Self::Insights,
        Self::Palette,
        Self::Filter,
        Self::Preview,
        Self::Editor,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Standup => "standup",
            Self::Sprint => "sprint",
            Self::Retro => "retro",
            Self::Queue => "queue",
            Self::Detail => "detail",
            Self::WeekPage => "week of an agent",
            Self::Log => "log",
            Self::Ledger => "ledger",
            Self::Reading => "help and why",
            Self::Menu => "menu",
            Self::Walk => "rounds",
            Self::Insights => "insights",
            Self::Palette => "palette",
            Self::Filter => "filter",
            Self::Preview => "preview",
            Self::Editor => "editor",
        }
    }

    /// Keys are letters of a text here.
    pub fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Palette | Self::Filter | Self::Preview | Self::Editor
        )
    }

    /// A paste goes in, too. It never confirms anything.
    pub fn takes_paste(self) -> bool {
        self.takes_text() && self != Self::Preview
    }
}
