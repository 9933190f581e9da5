//! One order on the table: what is asked, what is known, and the words for both.

use super::base::{Base, told};
use super::change::{Act, EditTask, FileRef, Refusal};
use super::edit::{Member, TaskEdit, Write};
use super::request::Request;
use super::scene::Scene;
use crate::detect::task_state::is_store;
use crate::domain::act::{ActKind, Command};
use crate::domain::facts::{FileState, PlanVersion};
use crate::domain::fleet::{TaskState, TaskView};
use crate::domain::id::TaskId;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::text::Untrusted;
use crate::domain::time::{Span, Ts};

/// For so long a refusal names whoever was faster.
const LATELY: Span = Span::mins(10);

/// An order and what it is decided from.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub request: &'a Request,
    pub scene: &'a Scene<'a>,
    pub now: Ts,
}

/// A task that an order is about.
#[derive(Clone)]
pub(super) struct Target<'a> {
    pub id: TaskId,
    pub task: &'a Task,
    /// The slot that is meant.
    pub view: &'a TaskView,
    pub version: &'a PlanVersion,
    pub file: FileRef,
}

/// How an order reaches a task.
pub(super) enum Route<'a> {
    /// It is written into the task in its plan.
    File(Target<'a>),
    /// There is no file that the agent reads: only the operator's own command reaches it.
    Command { view: Option<&'a TaskView> },
}

impl<'a> Route<'a> {
    pub fn view(&self) -> Option<&'a TaskView> {
        match self {
            Self::File(target) => Some(target.view),
            Self::Command { view, .. } => *view,
        }
    }
}

impl Target<'_> {
    /// The word this plan uses for a status: its own where it has one.
    pub fn status_word(&self, status: TaskStatus) -> String {
        let tasks = &self.version.plan.tasks;
        let own = status.word();
        let of_contract = tasks
            .iter()
            .any(|task| task.status == status && task.word.is_none());
        let foreign = tasks
            .iter()
            .filter(|task| task.status == status)
            .find_map(|task| task.word.as_ref());
        match foreign {
            Some(word) if !of_contract => word.exact().to_owned(),
            _ => own.to_owned(),
        }
    }

    /// The claim without a holder, under the next epoch; nothing where the task has no claim.
    pub fn freed(&self) -> Option<Write> {
        let claim = self.task.claim.as_ref()?;
        let next = claim.epoch.saturating_add(1);
        let freed = serde_json::json!({ "by": null, "epoch": next });
        Some(Write::Set(super::edit::Raw::of(&freed)))
    }

    pub fn edit(&self, edit: TaskEdit) -> EditTask {
        EditTask {
            file: self.file.clone(),
            task: self.id.clone(),
            edit,
            base: Base::of(self.task, &self.version.hash),
        }
    }
}

impl<'a> Desk<'a> {
    pub fn new(request: &'a Request, scene: &'a Scene<'a>, now: Ts) -> Self {
        Self {
            request,
            scene,
            now,
        }
    }

    pub fn verb(&self) -> &'static str {
        self.request.verb.word()
    }

    /// The task that is named.
    pub fn task_id(&self) -> Result<&'a TaskId, Refusal> {
        let task = self.request.task.as_ref();
        task.ok_or_else(|| Refusal::new(format!("`{}` needs a task", self.verb())))
    }

    pub fn reason(&self) -> Result<&'a str, Refusal> {
        let missing = || Refusal::new("a reason is needed").asking(super::change::Ask::Reason);
        self.request.reason().ok_or_else(missing)
    }

    /// Where the named task stands and how it is reached.
    pub fn route(&self) -> Result<Route<'a>, Refusal> {
        let id = self.task_id()?;
        self.route_to(id)
    }

    pub fn route_to(&self, id: &TaskId) -> Result<Route<'a>, Refusal> {
        let Some(view) = self.slot_of(id) else {
            let named = |task: Option<&TaskId>| task == Some(id);
            let facts = self.scene.facts;
            let known = facts.beats.iter().any(|beat| named(beat.task.as_ref()))
                || facts
                    .steps
                    .iter()
                    .any(|fact| named(fact.step.task.as_ref()));
            if known {
                return Ok(Route::Command { view: None });
            }
            return Err(Refusal::new(format!(
                "{} has no task {id}",
                self.request.agent
            )));
        };
        let file = self.scene.file(view.plan.file);
        if is_store(file.path.exact()) {
            return Ok(Route::Command { view: Some(view) });
        }
        // Of versions that became known at the same moment the last one counts.
        let versions = self.scene.facts.plans.iter();
        let version = versions
            .filter(|version| version.file == file.id && version.known <= self.now)
            .max_by_key(|version| version.known);
        let Some(version) = version else {
            return Err(Refusal::new(format!(
                "the plan of {id} is not known any more"
            )));
        };
        let mut same = version.plan.tasks.iter().filter(|task| task.id == *id);
        let Some(task) = same.next() else {
            let gone = format!("{id} is not in the newest version of {}", file.path);
            return Err(Refusal::new(gone));
        };
        if same.next().is_some() {
            let twice = format!("{} names {id} twice", file.path);
            return Err(Refusal::new(twice).but("give each task an id of its own"));
        }
        self.readable(&file)?;
        Ok(Route::File(Target {
            id: id.clone(),
            task,
            view,
            version,
            file,
        }))
    }

    fn readable(&self, file: &FileRef) -> Result<(), Refusal> {
        let Some(facts) = self.scene.facts.file(file.id) else {
            return Ok(());
        };
        let why = match facts.state {
            FileState::Good => return Ok(()),
            FileState::Torn { .. } => "does not parse; the last good reading is shown",
            FileState::Unreadable { .. } => "cannot be read",
            FileState::Gone { .. } => "is gone",
        };
        Err(Refusal::new(format!("{} {why}", file.path)).but("possible once it reads well again"))
    }

    /// Of several slots the one that is meant: the one that was named, else of today's the newest that has begun and needs
    /// something, else the newest that has begun. Yesterday's counts while none of today's has begun: a task that has
    /// done its work since is not asked to do it for yesterday.
    fn slot_of(&self, id: &TaskId) -> Option<&'a TaskView> {
        let view = self.scene.view;
        if let Some(slot) = self.request.slot {
            let mut mine = view.every_task().filter(|view| view.id == *id);
            return mine.find(|view| view.slot == Some(slot));
        }
        let mine = || view.tasks.iter().filter(|view| view.id == *id);
        let before = || view.other_days.iter().filter(|view| view.id == *id);
        let begun = |view: &&TaskView| view.slot.is_none_or(|at| at - view.jitter <= self.now);
        let needs = |view: &&TaskView| !is_settled(view.state);
        mine()
            .filter(|view| begun(view) && needs(view))
            .max_by_key(|view| view.slot)
            .or_else(|| mine().filter(begun).max_by_key(|view| view.slot))
            .or_else(|| before().filter(begun).max_by_key(|view| view.slot))
            .or_else(|| mine().chain(before()).min_by_key(|view| view.slot))
    }

    /// What another operator did to the task a moment ago: `uid 1001 on tty3 reclaimed this 3s ago`.
    pub fn who_was_faster(&self) -> Option<String> {
        let task = self.request.task.as_ref()?;
        let Ok(Route::File(target)) = self.route_to(task) else {
            return None;
        };
        let op = target.task.last_op.as_ref()?;
        let operator = self.scene.operator;
        let tty = op.tty.as_ref().map(Untrusted::exact);
        let mine = op.uid == Some(operator.uid) && tty == operator.tty.as_deref();
        let lately = op.at.is_some_and(|at| self.now - at < LATELY);
        (!mine && lately).then(|| told(op, self.now))
    }

    /// `14:02` today, else with its day, by the clock of the screen.
    pub fn when(&self, at: Ts) -> String {
        self.scene.policy.zone.value.told(at, self.now)
    }

    /// For a file of the agent, in its own zone.
    pub fn stamp(&self, at: Ts) -> String {
        self.scene.view.zone.value.rfc3339(at)
    }

    /// `uid 1000 on pts/3`, for a flag: not trusted more than any text of a file.
    pub fn who(&self) -> String {
        let operator = self.scene.operator;
        match &operator.tty {
            Some(tty) => format!("uid {} on {tty}", operator.uid),
            None => format!("uid {}", operator.uid),
        }
    }

    /// Closes an edit with who did it, which is also how a restarted rounds finds out that it took effect.
    pub fn signed(&self, edit: TaskEdit, steps: &[String]) -> TaskEdit {
        let operator = self.scene.operator;
        let mut op = serde_json::Map::new();
        op.insert("id".to_owned(), self.request.op.as_str().into());
        op.insert("verb".to_owned(), self.verb().into());
        op.insert("uid".to_owned(), operator.uid.into());
        if let Some(tty) = &operator.tty {
            op.insert("tty".to_owned(), tty.as_str().into());
        }
        op.insert("at".to_owned(), self.stamp(self.now).into());
        if !steps.is_empty() {
            op.insert("steps".to_owned(), steps.into());
        }
        edit.set(Member::LastOp, &op)
    }

    /// The operator's command for this, with its placeholders filled in.
    pub fn act(&self, kind: ActKind, task: Option<&TaskId>) -> Result<Act, Refusal> {
        let agent = &self.scene.facts.id;
        let Some(command) = self.scene.acts.command(agent, kind) else {
            return Err(self.no_act(kind));
        };
        let argv = fill(command, &self.names(task))?;
        Ok(Act {
            kind,
            argv,
            timeout: command.timeout,
        })
    }

    /// What may be put into an argument of a command.
    pub fn names(&self, task: Option<&TaskId>) -> Vec<(&'static str, String)> {
        let agent = self.scene.facts.id.as_str().to_owned();
        let task = task.map_or_else(String::new, |task| task.as_str().to_owned());
        vec![("agent", agent), ("task", task.clone()), ("job", task)]
    }

    pub fn no_act(&self, kind: ActKind) -> Refusal {
        let agent = &self.scene.facts.id;
        let why = match kind {
            ActKind::Run | ActKind::Stop => {
                format!("the config has no command to {} {agent}", kind.word())
            }
            ActKind::Retry | ActKind::Reclaim | ActKind::Hold | ActKind::Release => format!(
                "{agent} has no plan file to write to, and the config has no command to {} it",
                kind.word()
            ),
        };
        Refusal::new(why).but(format!(
            "add to the config, under [agents.{}.act]: {} = [\"COMMAND\", \"{{task}}\"]",
            toml_key(agent.as_str()),
            kind.word()
        ))
    }
}

/// A key of TOML as it has to be written.
pub(super) fn toml_key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare {
        name.to_owned()
    } else {
        format!(
            "\"{}\"",
            crate::domain::text::shown(name).replace(['"', '\\'], "?")
        )
    }
}

/// Fills placeholders of an argument vector. What stands in for them is an argument of a program: it may not begin like
/// an option, nor hold what no name holds.
pub(super) fn fill(command: &Command, names: &[(&str, String)]) -> Result<Vec<String>, Refusal> {
    let mut argv = Vec::with_capacity(command.argv.len());
    for argument in &command.argv {
        let mut filled = argument.clone();
        for (name, value) in names {
            let place = format!("{{{name}}}");
            if !filled.contains(&place) {
                continue;
            }
            let odd = value.is_empty()
                || value.len() > 256
                || value.chars().any(|c| c.is_control() || c == '{')
                || (value.starts_with('-') && filled.starts_with(&place));
            if odd {
                let why = format!("`{place}` of the command would be a text that is no name");
                return Err(Refusal::new(why).but("run the command by hand"));
            }
            filled = filled.replace(&place, value);
        }
        argv.push(filled);
    }
    Ok(argv)
}

/// Nothing can be asked for: it is over, or it is switched off.
pub(super) fn is_settled(state: TaskState) -> bool {
    match state {
        TaskState::Done | TaskState::Off | TaskState::Upcoming | TaskState::Due => true,
        TaskState::Blind
        | TaskState::Conflicted
        | TaskState::Failed
        | TaskState::Skipped
        | TaskState::Held
        | TaskState::PhantomClaim
        | TaskState::Orphaned
        | TaskState::Silent
        | TaskState::Stuck
        | TaskState::AwaitingAgent
        | TaskState::Review
        | TaskState::Running
        | TaskState::Claimed
        | TaskState::SkippedSilently
        | TaskState::Missed
        | TaskState::Late
        | TaskState::Unjudged => false,
    }
}

/// Some run works on it, or may.
pub(super) fn is_running(state: TaskState) -> bool {
    matches!(
        state,
        TaskState::Running | TaskState::Claimed | TaskState::Stuck
    )
}

/// Verbs that read-only rounds refuse, and all of them for a past moment: the one place where danger is switched off.
pub(super) fn allowed(request: &Request, scene: &Scene<'_>) -> Result<(), Refusal> {
    use super::scene::Mode;
    let writes = request.verb.is_dangerous() || request.letter.is_some();
    match scene.mode {
        Mode::Past => Err(Refusal::new("this is the board of a past moment").but("go back to now")),
        Mode::ReadOnly if writes => Err(Refusal::new("rounds is read-only here")
            .but("start it without --read-only, and without read_only = true in the config")),
        Mode::Watching(why) if writes => Err(Refusal::new(why)),
        Mode::Operating | Mode::ReadOnly | Mode::Watching(_) => Ok(()),
    }
}
