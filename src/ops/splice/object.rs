//! One task's object: which of its members is read as what, and the patch that changes it.

use super::style::Style;
use super::{NotSpliceable, tape_of};
use crate::domain::id::TaskId;
use crate::ops::edit::{Cut, Member, Raw, Touched, Write};
use crate::parse::json::{Kind, Node, Source, Tape};
use crate::parse::task_names;
use crate::parse::vocabulary::folded;

/// A key and its value.
#[derive(Clone, Copy)]
struct Pair<'t> {
    key: Node<'t>,
    value: Node<'t>,
}

impl Pair<'_> {
    fn from(&self) -> usize {
        self.key.span().0
    }

    fn to(&self) -> usize {
        self.value.span().1
    }
}

pub(super) struct Object<'t> {
    bytes: &'t [u8],
    start: usize,
    end: usize,
    pairs: Vec<Pair<'t>>,
}

/// Bytes that take the place of others.
pub(super) struct Patch {
    pub from: usize,
    pub to: usize,
    pub bytes: String,
    pub touched: Touched,
}

impl<'t> Object<'t> {
    pub fn at(
        tape: &'t mut Tape,
        source: &'t Source<'t>,
        start: usize,
        task: &TaskId,
    ) -> Result<Self, NotSpliceable> {
        tape_of(tape, source.bytes, start)?;
        let node = tape.root(source);
        if !node.is_object() {
            return Err(NotSpliceable::NoObject);
        }
        let (start, end) = node.span();
        let object = Self {
            bytes: source.bytes,
            start,
            end,
            pairs: node
                .fields()
                .map(|(key, value)| Pair { key, value })
                .collect(),
        };
        let named = object.visible(task_names::NAMES);
        // Counted names (`#3`) move when another task comes or goes; the name in a map does not.
        let own = named.map_or_else(
            || !task.as_str().starts_with('#'),
            |at| object.pairs[at].value.verbatim() == task.as_str(),
        );
        if own {
            Ok(object)
        } else {
            Err(NotSpliceable::Nameless)
        }
    }

    fn name(&self, at: usize) -> String {
        folded(&self.pairs[at].key.verbatim()).into_owned()
    }

    /// What a reader sees under the first of these names that says something; of equal names the last one counts.
    fn visible(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let says = |at: &usize| self.name(*at) == *name && !self.pairs[*at].value.is_empty();
            (0..self.pairs.len()).rev().find(says)
        })
    }

    /// The last of this name, whatever it says: what every reader takes.
    fn last(&self, name: &str) -> Option<usize> {
        (0..self.pairs.len())
            .rev()
            .find(|at| self.name(*at) == name)
    }

    fn names(member: Member) -> &'static [&'static str] {
        match member {
            Member::Status => task_names::STATUS,
            Member::Attempt => task_names::ATTEMPT,
            Member::Claim => &["claim"],
            Member::Held => &["held"],
            Member::Flag => &["flag"],
            Member::LastOp => &["lastop"],
            Member::Due => &["due"],
        }
    }

    /// The pair that stands for a member: the one a reader sees, else an empty one of the contract's name.
    fn place(&self, member: Member) -> Option<usize> {
        let names = Self::names(member);
        match self.visible(names) {
            Some(at) => self.last(&self.name(at)),
            None => self.last(names[0]),
        }
    }

    /// What a member holds, as it is written.
    pub fn value(&self, member: Member) -> Option<Raw> {
        self.place(member).map(|at| self.raw(at))
    }

    /// From its key to the end of its value.
    pub fn span(&self, member: Member) -> Option<(usize, usize)> {
        let pair = self.pairs[self.place(member)?];
        Some((pair.from(), pair.to()))
    }

    fn raw(&self, at: usize) -> Raw {
        let (from, to) = self.pairs[at].value.span();
        Raw::taken(String::from_utf8_lossy(&self.bytes[from..to]).into_owned())
    }

    fn text(&self, from: usize, to: usize) -> Result<String, NotSpliceable> {
        let text = std::str::from_utf8(&self.bytes[from..to]);
        text.map(str::to_owned).map_err(|_| NotSpliceable::Damaged)
    }

    /// The patch that makes a member what it should be; nothing where it is that already.
    pub fn write(&self, member: Member, write: &Write) -> Result<Option<Patch>, NotSpliceable> {
        match write {
            Write::Set(raw) => self.set(member, raw).map(Some),
            Write::Exactly(raw) => self.exactly(member, raw).map(Some),
            Write::Remove => self.remove(member),
            Write::PutBack(cut) => self.put_back(member, cut).map(Some),
        }
    }

    fn set(&self, member: Member, raw: &Raw) -> Result<Patch, NotSpliceable> {
        let Some(at) = self.place(member) else {
            // A time of its own beside a rule, or beside a time of another name, would be read by rounds alone.
            if member == Member::Due {
                return Err(NotSpliceable::Foreign(member));
            }
            return Ok(self.insert(member, raw));
        };
        let value = self.pairs[at].value;
        let own = self.name(at) == Self::names(member)[0];
        let fits = match (member, value.kind()) {
            (Member::Status, Kind::Bool(_)) => {
                return Ok(match as_flag(raw) {
                    Some(flag) => self.replace(member, at, flag.to_owned()),
                    None if own => self.replace(member, at, raw.text().to_owned()),
                    None => self.fill(member, raw),
                });
            }
            (Member::Status, kind) => matches!(kind, Kind::Text { .. }) || value.is_empty(),
            (Member::Due, kind) => matches!(kind, Kind::Text { .. }),
            (Member::Held, _) => true,
            // A list of attempts under another name stays; ours is read before it.
            (Member::Attempt, _) if !own && value.count().is_none() => {
                return Ok(self.fill(member, raw));
            }
            (Member::Attempt, _) => value.count().is_some() || value.is_empty(),
            (Member::Claim | Member::Flag | Member::LastOp, kind) => {
                kind == Kind::Object || value.is_empty()
            }
        };
        if !fits {
            return Err(NotSpliceable::Foreign(member));
        }
        let style = Style::of(self);
        let (from, to) = value.span();
        let was = &self.bytes[from..to];
        let spread = if value.kind() == Kind::Object && !value.is_empty() {
            was.contains(&b'\n')
        } else {
            style.spreads
        };
        Ok(self.replace(member, at, style.render(raw, spread)))
    }

    fn exactly(&self, member: Member, raw: &Raw) -> Result<Patch, NotSpliceable> {
        match self.place(member) {
            Some(at) => Ok(self.replace(member, at, raw.text().to_owned())),
            None => self.put_in(member, raw.text().to_owned(), raw),
        }
    }

    fn replace(&self, member: Member, at: usize, bytes: String) -> Patch {
        let (from, to) = self.pairs[at].value.span();
        let before = self.raw(at);
        Patch {
            from,
            to,
            touched: Touched {
                member,
                before: Some(before.clone()),
                after: Some(Raw::taken(bytes.clone())),
                back: Write::Exactly(before),
            },
            bytes,
        }
    }

    /// Under the contract's own name, where another name holds what is not ours.
    fn fill(&self, member: Member, raw: &Raw) -> Patch {
        match self.last(Self::names(member)[0]) {
            Some(at) => self.replace(member, at, raw.text().to_owned()),
            None => self.insert(member, raw),
        }
    }

    /// A new member behind the last one, spaced like the others.
    fn insert(&self, member: Member, raw: &Raw) -> Patch {
        let style = Style::of(self);
        let value = style.render(raw, style.spreads);
        self.behind_last(member, &style, value)
    }

    fn put_in(&self, member: Member, value: String, raw: &Raw) -> Result<Patch, NotSpliceable> {
        if raw.text().is_empty() {
            return Err(NotSpliceable::Misread);
        }
        Ok(self.behind_last(member, &Style::of(self), value))
    }

    fn behind_last(&self, member: Member, style: &Style, value: String) -> Patch {
        let at = self.pairs.last().map_or(self.start + 1, Pair::to);
        let gap = if self.pairs.is_empty() {
            ""
        } else {
            style.gap.as_str()
        };
        Patch {
            from: at,
            to: at,
            bytes: format!("{gap}\"{}\"{}{value}", member.word(), style.colon),
            touched: Touched {
                member,
                before: None,
                after: Some(Raw::taken(value)),
                back: Write::Remove,
            },
        }
    }

    fn remove(&self, member: Member) -> Result<Option<Patch>, NotSpliceable> {
        let Some(at) = self.place(member) else {
            return Ok(None);
        };
        let name = self.name(at);
        if (0..self.pairs.len())
            .filter(|at| self.name(*at) == name)
            .count()
            > 1
        {
            return Err(NotSpliceable::Twice(member));
        }
        let own = self.pairs[at];
        let (from, to, after) = if at > 0 {
            let before = self.pairs[at - 1];
            let (from, to) = before.key.span();
            let key = self.text(from + 1, to - 1)?;
            (before.to(), own.to(), Some(key))
        } else if let Some(next) = self.pairs.get(1) {
            (own.from(), next.from(), None)
        } else {
            (self.start + 1, own.to(), None)
        };
        let equal = |pair: &&Pair<'_>| {
            after
                .as_ref()
                .is_some_and(|key| pair.key.raw() == key.as_bytes())
        };
        let nth = self.pairs[..at]
            .iter()
            .filter(equal)
            .count()
            .saturating_sub(1);
        let cut = Cut {
            bytes: self.text(from, to)?,
            value: self.raw(at),
            after,
            nth,
        };
        Ok(Some(Patch {
            from,
            to,
            bytes: String::new(),
            touched: Touched {
                member,
                before: Some(cut.value.clone()),
                after: None,
                back: Write::PutBack(cut),
            },
        }))
    }

    fn put_back(&self, member: Member, cut: &Cut) -> Result<Patch, NotSpliceable> {
        if self.place(member).is_some() {
            return self.exactly(member, &cut.value);
        }
        let at = match &cut.after {
            Some(after) => {
                let equal = |pair: &&Pair<'_>| pair.key.raw() == after.as_bytes();
                self.pairs.iter().filter(equal).nth(cut.nth).map(Pair::to)
            }
            // The first of several has its comma behind it, the only one has none.
            None if cut.bytes.trim_end().ends_with(',') => self.pairs.first().map(Pair::from),
            None => self.pairs.is_empty().then_some(self.start + 1),
        };
        let Some(at) = at else {
            return self.exactly(member, &cut.value);
        };
        Ok(Patch {
            from: at,
            to: at,
            bytes: cut.bytes.clone(),
            touched: Touched {
                member,
                before: None,
                after: Some(cut.value.clone()),
                back: Write::Remove,
            },
        })
    }

    /// The bytes between two members, at the end of the object.
    pub(super) fn gaps(&self) -> impl Iterator<Item = &'t [u8]> {
        let ends = self
            .pairs
            .windows(2)
            .map(|two| (two[0].to(), two[1].from()));
        let bytes = self.bytes;
        ends.map(move |(from, to)| &bytes[from..to])
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The bytes between the brace and the first member.
    pub(super) fn lead(&self) -> &'t [u8] {
        let end = self.pairs.first().map_or(self.start + 1, Pair::from);
        &self.bytes[self.start + 1..end]
    }

    /// The bytes between the last member and the brace.
    pub(super) fn tail(&self) -> &'t [u8] {
        let from = self.pairs.last().map_or(self.start + 1, Pair::to);
        &self.bytes[from..self.end - 1]
    }

    /// The bytes between the last key and its value.
    pub(super) fn colon(&self) -> &'t [u8] {
        self.pairs.last().map_or(b": ", |pair| {
            &self.bytes[pair.key.span().1..pair.value.span().0]
        })
    }

    /// Whether objects and lists inside are spread over lines; nothing where there are none.
    pub(super) fn inner_spreads(&self) -> Option<bool> {
        let mut inner = self
            .pairs
            .iter()
            .filter(|pair| matches!(pair.value.kind(), Kind::Object | Kind::Array))
            .filter(|pair| !pair.value.is_empty())
            .map(|pair| self.bytes[pair.value.span().0..pair.to()].contains(&b'\n'));
        let first = inner.next()?;
        Some(inner.fold(first, |one, other| one || other))
    }
}

/// A status as the yes or no that some fleets write.
fn as_flag(raw: &Raw) -> Option<&'static str> {
    match raw.text() {
        "\"done\"" => Some("true"),
        "\"pending\"" => Some("false"),
        _ => None,
    }
}
