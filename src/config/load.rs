//! From text to [`Config`]: every table, every key, every mistake.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file;
use super::keys::{self, GLYPHS, GROUNDS, Section};
use super::model::{AgentConfig, Background, Config, Glyphs};
use super::problem::{ConfigErrors, Problem, Warning};
use super::suggest::nearest;
use super::value::{Desk, Value};
use crate::domain::id::AgentId;
use crate::domain::policy::{Overrides, Source, Sourced};
use crate::domain::text;
use crate::domain::time::{Span, Zone};
use crate::parse::vocabulary::{Extra, Vocabulary};

impl Config {
    /// Reads a config file. `home` is what `~` stands for.
    ///
    /// # Errors
    /// Every mistake of the file at once, each with line, column, what was found, what is allowed and a remedy.
    pub fn load(
        path: &Path,
        system_zone: Zone,
        home: Option<&Path>,
    ) -> Result<(Self, Vec<Warning>), ConfigErrors> {
        let text = file::read(path)?;
        let (mut config, mut warnings) = Self::parse(&text, path, system_zone, home)?;
        config.file = Some(path.to_owned());
        let exposed = file::exposure(path);
        if (!config.acts.is_empty() || config.watch.runs_something())
            && let Some(exposed) = &exposed
        {
            let found = format!("it names commands, and {}", exposed.sentence);
            let remedy = "only you may be able to write it: chown it to you, and chmod go-w it";
            return Err(ConfigErrors::whole(path, found, remedy.to_owned()));
        }
        warnings.extend(exposed);
        Ok((config, warnings))
    }

    /// As [`load`](Self::load), on text: `path` is only named in messages.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(
        text: &str,
        path: &Path,
        system_zone: Zone,
        home: Option<&Path>,
    ) -> Result<(Self, Vec<Warning>), ConfigErrors> {
        let mut loader = Loader {
            desk: Desk {
                text,
                home,
                problems: Vec::new(),
                warnings: Vec::new(),
            },
            config: Self::default_for(system_zone),
            words: Extra::default(),
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        let mut line = 0;
        for error in errors {
            // One mistake derails the rest of its line; only the first says what is wrong.
            let (at, _) = loader.desk.place(error.span().map_or(0, |span| span.start));
            if at != line {
                loader.syntax(error.span(), error.message());
            }
            line = at;
        }
        // What the parser recovered after a syntax error is not what was written: only clean documents are read on.
        if loader.desk.problems.is_empty() {
            loader.top(document.get_ref());
        }
        loader.finish(path)
    }
}

/// A file on its way to a config.
pub(super) struct Loader<'a> {
    pub(super) desk: Desk<'a>,
    config: Config,
    pub(super) words: Extra,
}

impl Loader<'_> {
    fn syntax(&mut self, span: Option<Range<usize>>, message: &str) {
        let remedy = if message.contains("duplicate") {
            "keep one of the two"
        } else if message.contains("string") || message.contains("quote") {
            "close the quotes, and write texts in \"quotes\""
        } else {
            "a line is `key = value`, `[table]` or `# comment`; texts stand in \"quotes\""
        };
        let found = text::clean(message).into_owned();
        self.desk.problem(
            span.unwrap_or(0..0),
            "",
            found,
            String::new(),
            remedy.to_owned(),
        );
    }

    fn finish(self, path: &Path) -> Result<(Config, Vec<Warning>), ConfigErrors> {
        let Desk {
            mut problems,
            mut warnings,
            ..
        } = self.desk;
        if !problems.is_empty() {
            problems.sort_by_key(|problem: &Problem| (problem.line, problem.column));
            return Err(ConfigErrors {
                file: path.to_owned(),
                problems,
            });
        }
        warnings.sort_by_key(|warning| warning.line);
        let mut config = self.config;
        config.vocabulary = Vocabulary::default().extend(&self.words);
        Ok((config, warnings))
    }

    fn top(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            match name {
                "roots" => self.config.roots = self.desk.paths(name, value).unwrap_or_default(),
                "ignore" => self.config.ignore = self.desk.globs(name, value).unwrap_or_default(),
                "zone" => {
                    if let Some(zone) = self.desk.zone(name, value) {
                        self.config.policy.zone = Sourced::new(zone, Source::Fleet);
                    }
                }
                "state_dir" => self.config.state_dir = self.desk.path(name, value),
                "read_only" => self.config.read_only = self.desk.flag(name, value).unwrap_or(false),
                "fleet" => self.table(name, value, Self::fleet),
                "agents" => self.table(name, value, Self::agents),
                "act" => self.table(name, value, |loader, table| {
                    loader.config.acts.fleet = loader.acts(Section::Act, "act", table);
                }),
                "precheck" => self.table(name, value, |loader, table| {
                    loader.config.acts.fleet_checks = loader.checks("precheck", table);
                }),
                "words" => self.table(name, value, Self::words),
                "zones" => self.table(name, value, Self::zones),
                "retention" => self.table(name, value, Self::retention),
                "watch" => self.table(name, value, |loader, table| {
                    loader.config.watch = loader.watch(table);
                }),
                "ui" => self.table(name, value, Self::ui),
                _ => self.unknown(
                    Section::Top,
                    "",
                    key,
                    &[
                        "fleet",
                        "agents",
                        "act",
                        "precheck",
                        "words",
                        "zones",
                        "retention",
                        "watch",
                        "ui",
                    ],
                ),
            }
        }
    }

    pub(super) fn table(
        &mut self,
        name: &str,
        value: &Value<'_>,
        read: impl FnOnce(&mut Self, &DeTable<'_>),
    ) {
        if let DeValue::Table(table) = value.get_ref() {
            return read(self, table);
        }
        let remedy = format!("write [{name}] on a line of its own and its keys beneath");
        let found = format!("found {}", value.get_ref().type_str());
        self.desk
            .problem(value.span(), name, found, "a table".to_owned(), remedy);
    }

    fn fleet(&mut self, table: &DeTable<'_>) {
        let mut all = Overrides::default();
        for (key, value) in table {
            let path = format!("fleet.{}", key.get_ref());
            if !self.threshold(&path, key.get_ref(), value, &mut all) {
                self.unknown(Section::Fleet, "fleet", key, &[]);
            }
        }
        // Not paused is what everybody is.
        all.paused = all.paused.filter(|paused| *paused);
        self.doubt_grace(table, &all, "fleet");
        self.config.policy.fleet = all;
    }

    /// Reads one threshold; `false` where the key is none.
    fn threshold(
        &mut self,
        path: &str,
        name: &str,
        value: &Value<'_>,
        into: &mut Overrides,
    ) -> bool {
        let desk = &mut self.desk;
        match name {
            "cadence" => {
                into.cadence = desk.duration(path, value);
                if into.cadence.is_some_and(|every| every < Span::secs(10)) {
                    let sentence = format!(
                        "{}: files are swept every 2 s; a rhythm under 10s alarms by chance",
                        text::clean(path)
                    );
                    desk.warn(value.span(), sentence);
                }
            }
            "grace" => into.grace = desk.duration(path, value),
            "lease" => into.lease = desk.duration(path, value),
            "longest_run" => into.longest_run = desk.duration(path, value),
            "spacing" => into.spacing = desk.duration(path, value),
            "quiet" => into.quiet = desk.quiet(path, value).unwrap_or_default(),
            "paused" => into.paused = desk.flag(path, value),
            _ => return false,
        }
        true
    }

    fn doubt_grace(&mut self, table: &DeTable<'_>, read: &Overrides, path: &str) {
        let (Some(grace), Some(cadence)) = (read.grace, read.cadence) else {
            return;
        };
        let Some(value) = table.get("grace").filter(|_| grace > cadence) else {
            return;
        };
        let sentence = format!(
            "{}: a grace of {grace} is longer than the cadence of {cadence}: a missed slot is noticed after the next one",
            text::clean(path)
        );
        self.desk.warn(value.span(), sentence);
    }

    fn agents(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = format!("agents.{}", key.get_ref());
            let id = AgentId::new(key.get_ref().as_ref());
            self.table(&path, value, |loader, table| loader.agent(&path, id, table));
        }
    }

    fn agent(&mut self, path: &str, id: AgentId, table: &DeTable<'_>) {
        let mut own = Overrides::default();
        let mut agent = AgentConfig {
            id: id.clone(),
            folder: None,
            logs: Vec::new(),
            plans: Vec::new(),
            life_signs: Vec::new(),
        };
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = format!("{path}.{name}");
            match name {
                "folder" => agent.folder = self.desk.path(&full, value),
                "logs" => agent.logs = self.desk.globs(&full, value).unwrap_or_default(),
                "plans" => agent.plans = self.desk.globs(&full, value).unwrap_or_default(),
                "life_signs" => {
                    agent.life_signs = self.desk.globs(&full, value).unwrap_or_default();
                }
                "zone" => own.zone = self.desk.zone(&full, value),
                "act" => self.table(&full, value, |loader, table| {
                    let acts = loader.acts(Section::AgentAct, &full, table);
                    loader.config.acts.agents.insert(id.clone(), acts);
                }),
                "precheck" => self.table(&full, value, |loader, table| {
                    let checks = loader.checks(&full, table);
                    loader.config.acts.agent_checks.insert(id.clone(), checks);
                }),
                _ if self.threshold(&full, name, value, &mut own) => {}
                _ => self.unknown(Section::Agent, path, key, &["act", "precheck"]),
            }
        }
        self.doubt_grace(table, &own, path);
        self.config.policy.agents.insert(id, own);
        self.config.agents.push(agent);
    }

    fn retention(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "versions" => {
                    if let Some(keep) = self.desk.duration("retention.versions", value) {
                        self.config.retention.versions = keep;
                    }
                }
                _ => self.unknown(Section::Retention, "retention", key, &[]),
            }
        }
    }

    fn ui(&mut self, table: &DeTable<'_>) {
        let glyphs = [Glyphs::Auto, Glyphs::Unicode, Glyphs::Ascii];
        let grounds = [Background::Auto, Background::Dark, Background::Light];
        for (key, value) in table {
            let desk = &mut self.desk;
            let ui = &mut self.config.ui;
            match key.get_ref().as_ref() {
                "glyphs" => {
                    ui.glyphs = desk
                        .one_of("ui.glyphs", value, GLYPHS, &glyphs)
                        .unwrap_or_default();
                }
                "background" => {
                    ui.background = desk
                        .one_of("ui.background", value, GROUNDS, &grounds)
                        .unwrap_or_default();
                }
                "synchronized_updates" => {
                    ui.synchronized_updates =
                        desk.flag("ui.synchronized_updates", value).unwrap_or(true);
                }
                "plain" => ui.plain = desk.flag("ui.plain", value).unwrap_or(false),
                "mouse" => ui.mouse = desk.flag("ui.mouse", value).unwrap_or(false),
                "bell" => ui.bell = desk.flag("ui.bell", value).unwrap_or(false),
                "notify" => ui.notify = desk.flag("ui.notify", value).unwrap_or(false),
                "theme" => self.table("ui.theme", value, Self::ui_theme),
                "keys" => self.table("ui.keys", value, Self::ui_keys),
                _ => self.unknown(Section::Ui, "ui", key, &["theme", "keys"]),
            }
        }
    }

    fn ui_theme(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = format!("ui.theme.{}", key.get_ref());
            if let Some(style) = self.desk.text(&path, value) {
                self.config
                    .ui
                    .theme
                    .insert(key.get_ref().to_string(), style);
            }
        }
    }

    fn ui_keys(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = format!("ui.keys.{}", key.get_ref());
            if let Some(keys) = self.desk.keys(&path, value) {
                self.config.ui.keys.insert(key.get_ref().to_string(), keys);
            }
        }
    }

    /// An unknown key: what is allowed here, what was probably meant, or where it belongs.
    pub(super) fn unknown(
        &mut self,
        section: Section,
        path: &str,
        key: &Spanned<toml::de::DeString<'_>>,
        tables: &[&'static str],
    ) {
        let name: &str = key.get_ref();
        let top_of_words = section == Section::Top && path == "words";
        let own = keys::of(section)
            .map(|key| key.name)
            .filter(|_| !top_of_words);
        let allowed: Vec<&str> = own.chain(tables.iter().copied()).collect();
        let elsewhere = || {
            let at = keys::KEYS
                .iter()
                .find(|known| known.name == name && known.section != section)?;
            Some(match at.section {
                Section::Top => format!("`{name}` belongs before the first table"),
                other => format!("`{name}` belongs in [{}]", other.header()),
            })
        };
        let remedy = match nearest(name, allowed.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => elsewhere()
                .unwrap_or_else(|| "remove it; docs/configuration.md lists every key".to_owned()),
        };
        let full = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        self.desk.problem(
            key.span(),
            &full,
            "unknown key".to_owned(),
            allowed.join(", "),
            remedy,
        );
    }
}
