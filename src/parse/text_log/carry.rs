//! What a text log hands from chunk to chunk: the day in force, the last clock, and the run that is open.

use crate::domain::heartbeat::RunStatus;
use crate::domain::time::{Day, Ts};

use super::super::Carry;
use super::super::marker::worse;
use super::limited;

/// Longest sign that is carried, in bytes: the whole stays under 256.
const MOST_SIGN: usize = 140;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub day: Option<Day>,
    /// Milliseconds since midnight of the last entry.
    pub clock: Option<u32>,
    /// The days run backwards: what is new stands above.
    pub newest_first: bool,
    /// The times are bare numbers.
    pub numbers: bool,
    /// When the open run started.
    pub open: Option<Ts>,
    /// The end of the last run that had a start, and a hash of its text: printed again it ends nothing.
    pub ended: Option<(Ts, u64)>,
    /// The worst sign since then, and the line that carried it.
    pub worst: RunStatus,
    pub sign: String,
}

impl State {
    pub fn of(carry: &Carry) -> Self {
        let mut state = Self::default();
        let mut rest = carry.0.as_str();
        while let Some((key, tail)) = rest.split_once('=') {
            if key == "sign" {
                tail.clone_into(&mut state.sign);
                break;
            }
            let (value, next) = tail.split_once(' ').unwrap_or((tail, ""));
            match key {
                "day" => state.day = Day::parse(value),
                "clock" => state.clock = value.parse().ok(),
                "order" => state.newest_first = value == "new",
                "form" => state.numbers = value == "number",
                "open" => state.open = value.parse().ok().map(Ts),
                "ended" => state.ended = ended(value),
                "worst" => state.worst = status(value),
                _ => {}
            }
            rest = next;
        }
        state
    }

    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.day.map(|day| format!("day={day}")));
        parts.extend(self.clock.map(|clock| format!("clock={clock}")));
        if self.newest_first {
            parts.push("order=new".to_owned());
        }
        if self.numbers {
            parts.push("form=number".to_owned());
        }
        if let (None, Some((at, hash))) = (self.open, self.ended) {
            parts.push(format!("ended={}:{hash:x}", at.0));
        }
        if let Some(open) = self.open {
            parts.push(format!("open={}", open.0));
            parts.push(format!("worst={}", self.worst.word()));
            if !self.sign.is_empty() {
                parts.push(format!("sign={}", self.sign));
            }
        }
        parts.join(" ")
    }

    /// Starts anew with the sign of one entry.
    pub fn begin(&mut self, status: RunStatus, sign: &str) {
        self.worst = status;
        self.sign = limited(sign, MOST_SIGN);
    }

    /// Takes the sign of an entry into the open run.
    pub fn worsen(&mut self, status: RunStatus, sign: &str) {
        if self.open.is_none() {
            self.begin(status, sign);
            return;
        }
        let worst = worse(self.worst, status);
        if worst != self.worst {
            self.worst = worst;
            self.sign = limited(sign, MOST_SIGN);
        }
    }
}

fn ended(value: &str) -> Option<(Ts, u64)> {
    let (at, hash) = value.split_once(':')?;
    Some((Ts(at.parse().ok()?), u64::from_str_radix(hash, 16).ok()?))
}

fn status(word: &str) -> RunStatus {
    RunStatus::ALL
        .into_iter()
        .find(|s| s.word() == word)
        .unwrap_or_default()
}
