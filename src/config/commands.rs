//! The operator's own commands: `[act]` and `[precheck]`. Argument vectors, never a line for a shell.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeString, DeTable};

use super::keys::{Kind, Section};
use super::load::Loader;
use super::value::Value;
use crate::domain::act::{ActKind, CheckFor, Command};
use crate::domain::action::Tier;
use crate::domain::id::TaskId;
use crate::domain::text;
use crate::domain::time::Span;

/// After this long a command is ended, where the config says nothing.
const TIMEOUT: Span = Span::secs(30);
/// What stands for something in an argument of `[act]`.
const OF_ACTS: &[&str] = &["agent", "task", "job", "pid", "run"];
/// And of `[precheck]`.
const OF_CHECKS: &[&str] = &["agent", "task", "job", "key", "step"];
/// Longest a command may take: rounds waits for its answer.
const LONGEST: Span = Span::mins(10);

/// Commands of one table, with the time they may take.
struct Table<K> {
    commands: BTreeMap<K, Vec<String>>,
    timeout: Span,
}

impl<K: Ord> Table<K> {
    fn new() -> Self {
        Self {
            commands: BTreeMap::new(),
            timeout: TIMEOUT,
        }
    }

    fn finish(self) -> BTreeMap<K, Command> {
        let timeout = self.timeout;
        let each = self.commands.into_iter();
        each.map(|(key, argv)| (key, Command { argv, timeout }))
            .collect()
    }
}

impl Loader<'_> {
    pub(super) fn acts(
        &mut self,
        section: Section,
        path: &str,
        table: &DeTable<'_>,
    ) -> BTreeMap<ActKind, Command> {
        let mut read = Table::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = format!("{path}.{name}");
            let kind = ActKind::ALL.into_iter().find(|kind| kind.word() == name);
            match kind {
                Some(kind) => {
                    if let Some(argv) = self.argv(&full, value, OF_ACTS) {
                        read.commands.insert(kind, argv);
                    }
                }
                None if name == "timeout" => read.timeout = self.timeout(&full, value),
                None => self.unknown(section, path, key, &[]),
            }
        }
        read.finish()
    }

    pub(super) fn checks(
        &mut self,
        path: &str,
        table: &DeTable<'_>,
    ) -> BTreeMap<CheckFor, Command> {
        let mut read = Table::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = format!("{path}.{name}");
            if name == "timeout" {
                read.timeout = self.timeout(&full, value);
                continue;
            }
            let Some(what) = self.check_for(&full, key) else {
                continue;
            };
            if let Some(argv) = self.argv(&full, value, OF_CHECKS) {
                read.commands.insert(what, argv);
            }
        }
        read.finish()
    }

    /// A task's name, `tier:mutating`, or `*`.
    fn check_for(&mut self, full: &str, key: &Spanned<DeString<'_>>) -> Option<CheckFor> {
        let name: &str = key.get_ref();
        let Some(tier) = name.strip_prefix("tier:") else {
            return Some(match name {
                "*" => CheckFor::Any,
                task => CheckFor::Task(TaskId::from(task)),
            });
        };
        let tiers = [Tier::ReadOnly, Tier::AppendOnly, Tier::Mutating];
        if let Some(known) = tiers.into_iter().find(|known| known.word() == tier) {
            return Some(CheckFor::Tier(known));
        }
        self.desk.problem(
            key.span(),
            full,
            format!("no such tier: {}", text::clean_within(tier, 40)),
            "tier:read-only, tier:append-only, tier:mutating".to_owned(),
            "write one of these, or the name of a task".to_owned(),
        );
        None
    }

    fn timeout(&mut self, full: &str, value: &Value<'_>) -> Span {
        let read = self.desk.duration(full, value).unwrap_or(TIMEOUT);
        if read > LONGEST || read < Span::SECOND {
            self.desk.problem(
                value.span(),
                full,
                format!("{read} is no time to wait for a command"),
                format!("1s to {LONGEST}"),
                "let the command start the work and return; the work may take longer".to_owned(),
            );
        }
        read
    }

    fn argv(&mut self, full: &str, value: &Value<'_>, allowed: &[&str]) -> Option<Vec<String>> {
        let mut argv = self.desk.argv(full, value)?;
        let known = argv.iter().flat_map(|argument| places(argument));
        let wrong = known
            .into_iter()
            .find(|place| !allowed.contains(place))
            .map(str::to_owned);
        if let Some(place) = wrong {
            let list: Vec<String> = allowed.iter().map(|name| format!("{{{name}}}")).collect();
            self.desk.problem(
                value.span(),
                full,
                format!("{{{}}} stands for nothing", text::clean_within(&place, 40)),
                list.join(", "),
                "use one of these; braces that mean themselves cannot be written".to_owned(),
            );
            return None;
        }
        let program = argv.first()?;
        if !places(program).is_empty() || (program.contains('/') && !is_full(program)) {
            self.desk.problem(
                value.span(),
                full,
                format!(
                    "{} is no program by its full path or its name",
                    text::clean_within(program, 60)
                ),
                Kind::Argv.words(),
                "name the program itself first: its name, or its path from / or ~/".to_owned(),
            );
            return None;
        }
        if program.starts_with("~/")
            && let Some(path) = crate::paths::expand(program, self.desk.home)
        {
            argv[0] = path.to_string_lossy().into_owned();
        }
        Some(argv)
    }
}

fn is_full(program: &str) -> bool {
    program.starts_with('/') || program.starts_with("~/")
}

/// The names in braces of an argument.
fn places(argument: &str) -> Vec<&str> {
    let opened = argument.split('{').skip(1);
    opened
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
}
