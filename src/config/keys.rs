//! Every key of `config.toml`, once: what it holds, what happens without it, an example. The example file, the reference
//! in `docs/configuration.md`, the list of allowed keys and "did you mean" all come from this table.

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Top,
    /// `[fleet]`: thresholds of every agent.
    Fleet,
    /// `[agents.NAME]`: what is particular to one agent.
    Agent,
    /// `[act]`: the operator's own commands, for every agent.
    Act,
    /// `[agents.NAME.act]`: and for one of them.
    AgentAct,
    /// `[precheck]`: how to ask whether something was done, for every agent.
    PreCheck,
    /// `[agents.NAME.precheck]`: and for one of them.
    AgentPreCheck,
    /// `[words.status]`: more status words, by class.
    StatusWords,
    /// `[words.fields]`: more names of fields, by meaning.
    FieldWords,
    /// `[zones]`: zone words of the agents' logs.
    Zones,
    Retention,
    /// `[watch]`: what `rounds watch` runs.
    Watch,
    Ui,
    /// `[ui.theme]`: styles of parts of the screen.
    UiTheme,
    /// `[ui.keys]`: keys of commands.
    UiKeys,
}

impl Section {
    pub const ALL: [Self; 15] = [
        Self::Top,
        Self::Fleet,
        Self::Agent,
        Self::Act,
        Self::AgentAct,
        Self::PreCheck,
        Self::AgentPreCheck,
        Self::StatusWords,
        Self::FieldWords,
        Self::Zones,
        Self::Retention,
        Self::Watch,
        Self::Ui,
        Self::UiTheme,
        Self::UiKeys,
    ];

    /// As it stands in the file, without brackets; empty for the keys before the first table.
    pub fn header(self) -> &'static str {
        match self {
            Self::Top => "",
            Self::Fleet => "fleet",
            Self::Agent => "agents.NAME",
            Self::Act => "act",
            Self::AgentAct => "agents.NAME.act",
            Self::PreCheck => "precheck",
            Self::AgentPreCheck => "agents.NAME.precheck",
            Self::StatusWords => "words.status",
            Self::FieldWords => "words.fields",
            Self::Zones => "zones",
            Self::Retention => "retention",
            Self::Watch => "watch",
            Self::Ui => "ui",
            Self::UiTheme => "ui.theme",
            Self::UiKeys => "ui.keys",
        }
    }

    /// What the table is for.
    pub fn about(self) -> &'static str {
        match self {
            Self::Top => "Where to look.",
            Self::Fleet => {
                "Thresholds of every agent. What an agent declares itself (in its plan or its records) comes after what \
                 stands here; what stands under [agents.NAME] comes before it."
            }
            Self::Agent => {
                "One table for each agent that needs one. An agent of this name that is found anyway is adjusted; with \
                 `folder` it is added. Globs are relative to the agent's folder."
            }
            Self::Act => {
                "Your own commands, for what no file can do: start and stop runs, and reach agents that have no plan file. \
                 Each is a list of arguments that no shell reads; {agent}, {task}, {job}, {pid} and {run} stand for what is \
                 operated on. They are run only when you order it. A config that names commands must be yours and \
                 writable by nobody else."
            }
            Self::AgentAct => "Commands of one agent; they come before those of [act].",
            Self::PreCheck => {
                "How to ask the world whether something was done, before it is asked for again: exit status 0 means it is \
                 there, 1 that it is not, anything else that nobody knows. By the task's name, by \"tier:mutating\", or \"*\". \
                 {key}, {step}, {task}, {job} and {agent} stand for what is asked about."
            }
            Self::AgentPreCheck => "Pre-checks of one agent; they come before those of [precheck].",
            Self::StatusWords => {
                "More status words, for agents that write in their own words. Compared in lower case without punctuation."
            }
            Self::FieldWords => {
                "More names of fields, for agents that write their own JSON. Camel and snake case are one name."
            }
            Self::Zones => {
                "Zone words that occur in the agents' times and are not names of the zone database. UTC and GMT+n are \
                 always understood."
            }
            Self::Retention => {
                "How long rounds keeps what it has seen. The ledger is kept for ever."
            }
            Self::Watch => {
                "What `rounds watch` runs: argument vectors, given to no shell, one at a time. A config that names commands \
                 must be yours and writable by nobody else."
            }
            Self::Ui => "The control room.",
            Self::UiTheme => {
                "Styles by meaning: a colour (0 to 255, #rrggbb or a name such as red), and any of bold, dim, italic, \
                 underlined, reversed. The parts are fail, gap, down, stale, skip, late, run, ok, flag, paused, unknown, and \
                 text, quiet, title, here, key, cursor, away, toast."
            }
            Self::UiKeys => {
                "Keys of commands, by the command's name as `rounds man` lists it: one key, or several. All mistakes are \
                 reported at once when the control room starts."
            }
        }
    }

    /// Any name is a key of this table.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::Zones | Self::UiTheme | Self::UiKeys | Self::PreCheck | Self::AgentPreCheck
        )
    }
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Path,
    Paths,
    /// Relative patterns: `*` within a name, `**` over folders, `?` one character.
    Globs,
    Zone,
    Flag,
    Duration,
    Quiet,
    Words,
    OneOf(&'static [&'static str]),
    Text,
    Keys,
    /// A program and its arguments.
    Argv,
    /// A time of day.
    Clock,
}

impl Kind {
    /// For messages and the reference.
    pub fn words(self) -> String {
        match self {
            Self::Path => "a path in quotes; `~` is your home".to_owned(),
            Self::Paths => "a list of paths in quotes; `~` is your home".to_owned(),
            Self::Globs => {
                "a list of patterns such as \"logs/*.jsonl\", relative and without `..`".to_owned()
            }
            Self::Zone => "a zone such as \"Europe/Kyiv\", \"UTC\" or \"+02:00\"".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Duration => {
                "a length of time with its unit, such as \"45s\", \"30m\", \"2h\" or \"7d\""
                    .to_owned()
            }
            Self::Quiet => "a list of windows such as [[\"23:00\", \"07:00\"]]".to_owned(),
            Self::Words => "a list of words in quotes".to_owned(),
            Self::OneOf(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", quoted.join(", "))
            }
            Self::Text => "a text in quotes".to_owned(),
            Self::Clock => "a time of day such as \"07:00\"".to_owned(),
            Self::Argv => {
                "a list of a program and its arguments, such as [\"launchctl\", \"kickstart\", \"{job}\"]".to_owned()
            }
            Self::Keys => "a key such as \"ctrl-r\", or a list of keys".to_owned(),
        }
    }
}

/// What holds while a key is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// As if this had been written (a TOML value).
    Value(&'static str),
    /// Something that depends on the place or on the agent, in words.
    Words(&'static str),
}

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub section: Section,
    pub name: &'static str,
    pub kind: Kind,
    pub absent: Absent,
    /// A TOML value that loads.
    pub example: &'static str,
    pub about: &'static str,
}

const fn key(
    section: Section,
    name: &'static str,
    kind: Kind,
    absent: Absent,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key {
        section,
        name,
        kind,
        absent,
        example,
        about,
    }
}

use Absent::{Value, Words};
use Kind::{
    Argv, Clock, Duration, Flag, Globs, Keys, OneOf, Path, Paths, Quiet, Text, Words as WordList,
    Zone,
};
use Section::{
    Act, Agent, AgentAct, AgentPreCheck, FieldWords, Fleet, PreCheck, Retention, StatusWords, Top,
    Ui, UiKeys, UiTheme, Watch, Zones,
};

/// Severities that somebody is needed for.
pub const LEAST: &[&str] = &["warning", "critical"];

/// Glyph sets of the control room.
pub const GLYPHS: &[&str] = &["auto", "unicode", "ascii"];
pub const GROUNDS: &[&str] = &["auto", "dark", "light"];

#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key(Top, "roots", Paths, Words("the folder rounds is started in"), r#"["~/agents"]"#,
        "Folders in which agents live. A path on the command line replaces them."),
    key(Top, "ignore", Globs, Value("[]"), r#"["drafts/**"]"#,
        "Files that are not read, relative to a root. Backups, temporary files, `node_modules` and `.git` never are."),
    key(Top, "zone", Zone, Words("the machine's zone"), r#""Europe/Kyiv""#,
        "Zone of the screen, and of times that name none where the agent declares no zone."),
    key(Top, "state_dir", Path, Words("$XDG_STATE_HOME/rounds"), r#""~/.local/state/rounds""#,
        "Where rounds keeps its mirror, ledger and versions. $ROUNDS_STATE_DIR and --state-dir come before it."),
    key(Top, "read_only", Flag, Value("false"), "false",
        "Never write anything but rounds' own state."),

    key(Fleet, "cadence", Duration, Words("the longest gap between slots, else learned from the last 20 beats"), r#""30m""#,
        "The rhythm expected of an agent: late after two of it in silence, stale after three."),
    key(Fleet, "grace", Duration, Words("25 % of the interval between 5m and 60m, else 15m"), r#""15m""#,
        "How long after a slot a start is still in time."),
    key(Fleet, "lease", Duration, Words("3 usual gaps between 90s and 1h"), r#""30m""#,
        "How long a claim lives without a sign of its run."),
    key(Fleet, "longest_run", Duration, Words("15m for read-only tasks, 30m for others, or 3 times what is usual"), r#""40m""#,
        "The longest a run takes before it counts as stuck or unfinished."),
    key(Fleet, "spacing", Duration, Words("only overlaps and gaps under 60s count"), r#""30m""#,
        "The least gap between two agents' work on one resource."),
    key(Fleet, "quiet", Quiet, Value("[]"), r#"[["23:00", "07:00"]]"#,
        "Hours in which nothing is due and silence does not count. An end before its start lies on the next day."),
    key(Fleet, "paused", Flag, Value("false"), "false",
        "The whole fleet rests: nothing is due, nothing is red."),

    key(Agent, "folder", Path, Words("where it was found"), r#""~/agents/social""#,
        "The agent's folder; needed for an agent that is not found by itself."),
    key(Agent, "logs", Globs, Words("recognised by path and content"), r#"["logs/*.jsonl"]"#,
        "Files read as logs."),
    key(Agent, "plans", Globs, Words("recognised by path and content"), r#"["plan/today.json"]"#,
        "Files read as plans."),
    key(Agent, "life_signs", Globs, Words("none"), r#"["cache/last-run"]"#,
        "Files whose modification time is a sign of life. Nothing else of them is read."),
    key(Agent, "zone", Zone, Words("what its plan declares, else the fleet's"), r#""Europe/Kyiv""#,
        "Zone of its times that name none."),
    key(Agent, "cadence", Duration, Words("[fleet]"), r#""2h""#, "As in [fleet]."),
    key(Agent, "grace", Duration, Words("[fleet]"), r#""20m""#, "As in [fleet]."),
    key(Agent, "lease", Duration, Words("[fleet]"), r#""30m""#, "As in [fleet]."),
    key(Agent, "longest_run", Duration, Words("[fleet]"), r#""2h""#, "As in [fleet]."),
    key(Agent, "spacing", Duration, Words("[fleet]"), r#""45m""#, "As in [fleet]."),
    key(Agent, "quiet", Quiet, Words("[fleet]"), r#"[["22:00", "08:30"]]"#, "As in [fleet]."),
    key(Agent, "paused", Flag, Words("[fleet]"), "true", "As in [fleet]."),

    key(Act, "run", Argv, Words("refused, with this line named"), r#"["openclaw", "cron", "run", "{job}"]"#,
        "Starts a run: of a task, or of the agent where no task is named."),
    key(Act, "stop", Argv, Words("refused, with this line named"), r#"["kill", "{pid}"]"#,
        "Ends the run that is on."),
    key(Act, "retry", Argv, Words("refused, with this line named"), r#"["again", "{task}"]"#,
        "Asks for a task again, where the agent has no plan file to write to."),
    key(Act, "reclaim", Argv, Words("refused, with this line named"), r#"["free", "{task}"]"#,
        "Takes a task from a run that is gone, where there is no plan file."),
    key(Act, "hold", Argv, Words("refused, with this line named"), r#"["pause", "{task}"]"#,
        "Holds a task, or the agent, where there is no plan file."),
    key(Act, "release", Argv, Words("refused, with this line named"), r#"["resume", "{task}"]"#,
        "The counterpart of `hold`."),
    key(Act, "timeout", Duration, Value(r#""30s""#), r#""30s""#,
        "After this long a command is ended."),

    key(AgentAct, "run", Argv, Words("[act]"), r#"["openclaw", "cron", "run", "{job}"]"#,
        "As in [act]."),
    key(AgentAct, "stop", Argv, Words("[act]"), r#"["kill", "{pid}"]"#,
        "As in [act]."),
    key(AgentAct, "retry", Argv, Words("[act]"), r#"["again", "{task}"]"#,
        "As in [act]."),
    key(AgentAct, "reclaim", Argv, Words("[act]"), r#"["free", "{task}"]"#,
        "As in [act]."),
    key(AgentAct, "hold", Argv, Words("[act]"), r#"["pause", "{task}"]"#,
        "As in [act]."),
    key(AgentAct, "release", Argv, Words("[act]"), r#"["resume", "{task}"]"#,
        "As in [act]."),
    key(AgentAct, "timeout", Duration, Words("30s"), r#""10s""#,
        "As in [act]."),

    key(PreCheck, "TASK", Argv, Words("nobody can tell: what is unknown is not asked for again"), r#"["mail-was-sent", "{key}"]"#,
        "How to ask whether that task, or one of its steps, was done."),
    key(PreCheck, "timeout", Duration, Value(r#""30s""#), r#""30s""#,
        "After this long the answer is unknown."),

    key(AgentPreCheck, "TASK", Argv, Words("[precheck]"), r#"["mail-was-sent", "--to", "{key}"]"#,
        "As in [precheck]."),
    key(AgentPreCheck, "timeout", Duration, Words("30s"), r#""10s""#,
        "As in [precheck]."),

    key(StatusWords, "ok", WordList, Value("[]"), r#"["shipped"]"#, "Ended well."),
    key(StatusWords, "partial", WordList, Value("[]"), r#"["half"]"#, "Ended with something missing."),
    key(StatusWords, "skipped", WordList, Value("[]"), r#"["passed over"]"#, "Had nothing to do, or was not allowed to."),
    key(StatusWords, "failed", WordList, Value("[]"), r#"["kaput"]"#, "Ended badly."),
    key(StatusWords, "running", WordList, Value("[]"), r#"["in flight"]"#, "Has begun."),
    key(StatusWords, "pending", WordList, Value("[]"), r#"["someday"]"#, "Not begun yet."),
    key(StatusWords, "review", WordList, Value("[]"), r#"["proofreading"]"#, "Done, and waits for its reviewer."),
    key(StatusWords, "blocked", WordList, Value("[]"), r#"["ask me"]"#, "Waits for a human or for something outside."),
    key(StatusWords, "off", WordList, Value("[]"), r#"["retired"]"#, "Not meant to run."),

    key(FieldWords, "ts", WordList, Value("[]"), r#"["written_at"]"#, "When the line was written."),
    key(FieldWords, "agent", WordList, Value("[]"), r#"["worker"]"#, "Who wrote it."),
    key(FieldWords, "run_id", WordList, Value("[]"), r#"["execution"]"#, "The run's id."),
    key(FieldWords, "task", WordList, Value("[]"), r#"["ticket"]"#, "The task."),
    key(FieldWords, "started", WordList, Value("[]"), r#"["began"]"#, "When the run began."),
    key(FieldWords, "ended", WordList, Value("[]"), r#"["closed_at"]"#, "When the run ended."),
    key(FieldWords, "duration_ms", WordList, Value("[]"), r#"["took_ms"]"#, "How long it took, in milliseconds."),
    key(FieldWords, "duration_s", WordList, Value("[]"), r#"["took"]"#, "How long it took, in seconds or as `3960m` or `0:04:12`."),
    key(FieldWords, "status", WordList, Value("[]"), r#"["verdict"]"#, "How it ended."),
    key(FieldWords, "ok", WordList, Value("[]"), r#"["went_well"]"#, "A flag that is true when it ended well."),
    key(FieldWords, "is_error", WordList, Value("[]"), r#"["went_badly"]"#, "A flag that is true when it ended badly."),
    key(FieldWords, "level", WordList, Value("[]"), r#"["loudness"]"#, "The level of a log line; `error` counts as failed."),
    key(FieldWords, "event", WordList, Value("[]"), r#"["happening"]"#, "What kind of line it is."),
    key(FieldWords, "due", WordList, Value("[]"), r#"["planned_for"]"#, "The slot it serves."),
    key(FieldWords, "next", WordList, Value("[]"), r#"["wake_at"]"#, "When it is due next."),
    key(FieldWords, "did", WordList, Value("[]"), r#"["shipped"]"#, "What was done: a list or a count."),
    key(FieldWords, "session_key", WordList, Value("[]"), r#"["session_name"]"#, "Names the agent as `agent:NAME:…`."),
    key(FieldWords, "skipped", WordList, Value("[]"), r#"["ignored"]"#, "What was skipped: a list or a count."),
    key(FieldWords, "failed", WordList, Value("[]"), r#"["broken"]"#, "What failed: a list or a count."),
    key(FieldWords, "stages", WordList, Value("[]"), r#"["phases"]"#, "Stages, each with a status of its own."),
    key(FieldWords, "msg", WordList, Value("[]"), r#"["comment"]"#, "A line for people."),
    key(FieldWords, "error", WordList, Value("[]"), r#"["complaint"]"#, "The error's text."),
    key(FieldWords, "delivery_error", WordList, Value("[]"), r#"["bounce"]"#, "An error in delivering the result of a run that went well."),
    key(FieldWords, "error_type", WordList, Value("[]"), r#"["error_class"]"#, "The kind of error."),
    key(FieldWords, "resource", WordList, Value("[]"), r#"["touches"]"#, "What was touched."),
    key(FieldWords, "epoch", WordList, Value("[]"), r#"["fence"]"#, "The claim epoch the run works under."),
    key(FieldWords, "pid", WordList, Value("[]"), r#"["process"]"#, "The process behind the run."),
    key(FieldWords, "pid_started", WordList, Value("[]"), r#"["process_start"]"#, "When that process began."),
    key(FieldWords, "host", WordList, Value("[]"), r#"["machine"]"#, "The machine it ran on."),
    key(FieldWords, "model", WordList, Value("[]"), r#"["llm"]"#, "The model that was used."),
    key(FieldWords, "tokens_in", WordList, Value("[]"), r#"["prompt_tokens_total"]"#, "Tokens read."),
    key(FieldWords, "tokens_out", WordList, Value("[]"), r#"["answer_tokens_total"]"#, "Tokens written."),
    key(FieldWords, "cost_usd", WordList, Value("[]"), r#"["price"]"#, "What it cost, in US dollars."),
    key(FieldWords, "usage", WordList, Value("[]"), r#"["token_report"]"#, "An object with counts of tokens."),

    key(Zones, "NAME", Zone, Words("unknown words are flagged"), r#""Europe/Kyiv""#,
        "What a zone word in a log means."),

    key(Retention, "versions", Duration, Value(r#""90d""#), r#""90d""#,
        "Versions of plans, INSIGHTS and tracking files."),

    key(Watch, "hook", Argv, Words("findings are only written to standard output"), r#"["/home/op/bin/page-me"]"#,
        "Run for every finding that begins to need somebody and when it is over, with `rounds.alert/1` as JSON on standard input. Tried again after 10s, 1m, 5m and 15m; 30 times in 10 minutes at most."),
    key(Watch, "min", OneOf(LEAST), Value(r#""warning""#), r#""critical""#,
        "The least severity that the hook is run for."),
    key(Watch, "digest", Argv, Words("no digest"), r#"["mail", "-s", "rounds", "op"]"#,
        "Run once a day with the standup as text on standard input."),
    key(Watch, "digest_at", Clock, Value(r#""07:00""#), r#""06:30""#,
        "When, in the zone of the screen."),
    key(Watch, "ping", Argv, Words("no ping"), r#"["curl", "-fsS", "https://example.org/ping/rounds"]"#,
        "Run while rounds sees and judges: whoever expects it and does not get it knows that rounds has died or is blind."),
    key(Watch, "ping_every", Duration, Value(r#""5m""#), r#""5m""#,
        "How often."),
    key(Watch, "timeout", Duration, Value(r#""30s""#), r#""30s""#,
        "After it one of these commands is ended, with everything it started."),

    key(Ui, "glyphs", OneOf(GLYPHS), Value(r#""auto""#), r#""auto""#,
        "Status signs and borders; `auto` takes ASCII where the locale is not UTF-8."),
    key(Ui, "background", OneOf(GROUNDS), Value(r#""auto""#), r#""light""#,
        "What the terminal writes on; `auto` goes by `COLORFGBG`, and without it takes colours that can be read on both."),
    key(Ui, "synchronized_updates", Flag, Value("true"), "true",
        "Frames appear whole. Switch off for terminals that show the markers."),
    key(Ui, "plain", Flag, Value("false"), "true",
        "The control room and the reports for screen readers, as with `--plain`: one fact a line in words, no borders, bars or columns."),
    key(Ui, "mouse", Flag, Value("false"), "true",
        "A click moves the cursor or opens a pane, a second one opens what is under it, the wheel scrolls; no click begins or confirms an order. Selecting text in the terminal then wants shift."),
    key(Ui, "bell", Flag, Value("false"), "true",
        "The terminal's bell when a new critical finding is told, twice a minute at most."),
    key(Ui, "notify", Flag, Value("false"), "true",
        "A notification of the terminal (OSC 9) with the finding's sentence, as often as the bell."),

    key(UiTheme, "PART", Text, Words("the built-in style"), r#""166 reversed""#,
        "Style of that part; it replaces the built-in one."),

    key(UiKeys, "COMMAND", Keys, Words("the command's own keys"), r#"["ctrl-r", "f5"]"#,
        "Keys of that command; they replace its own."),
];

/// The keys of one table.
pub fn of(section: Section) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.section == section)
}
