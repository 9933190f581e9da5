//! What a parser could not read, or read with a doubt. Parsers never fail: they say so here.

use crate::domain::text::Untrusted;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosticKind {
    /// Cut off in the middle: the writer died, or still writes.
    Torn,
    /// Not what the format allows.
    Invalid,
    /// A valid value with something left over behind it.
    Trailing,
    /// Over a limit of size, depth or count.
    Oversize,
    NulBytes,
    InvalidUtf8,
    /// A status word that is in no list; kept, never counted as ok.
    UnknownStatus,
    /// A time without a zone: the agent's, the fleet's or the system's was taken.
    AssumedZone,
    /// A time that cannot be read.
    BadTime,
    /// A field the contract requires is missing.
    MissingField,
    /// A field has another type than the contract's.
    WrongType,
    /// An id that occurs twice.
    DuplicateId,
}

impl DiagnosticKind {
    /// Whether something of the file was lost, so that the file counts as damaged. The others are doubts.
    pub fn is_damage(self) -> bool {
        matches!(
            self,
            Self::Torn
                | Self::Invalid
                | Self::Trailing
                | Self::Oversize
                | Self::NulBytes
                | Self::InvalidUtf8
        )
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Torn => "torn",
            Self::Invalid => "invalid",
            Self::Trailing => "trailing",
            Self::Oversize => "oversize",
            Self::NulBytes => "nul",
            Self::InvalidUtf8 => "utf8",
            Self::UnknownStatus => "unknown status",
            Self::AssumedZone => "assumed zone",
            Self::BadTime => "bad time",
            Self::MissingField => "missing field",
            Self::WrongType => "wrong type",
            Self::DuplicateId => "duplicate id",
        }
    }
}

/// One finding of a parser: where, what was found, what was expected, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub kind: DiagnosticKind,
    /// Byte offset in the file.
    pub offset: u64,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// At most 120 characters of what stands there.
    pub found: Untrusted,
    /// `"status" to be one of running, ok, partial, skipped, failed`
    pub expected: String,
    /// `write the line with one write() and a final newline`
    pub remedy: String,
}
