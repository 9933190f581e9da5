//! What live agents make of an operator's orders: what was written into a task stays there, and what was asked for again is
//! taken up and done, with the same keys.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::domain::time::{Day, Span, Ts};

use super::events::Log;
use super::history::log_path;
use super::live::{append, replace_seen};
use super::roster::PlanHabit;
use super::world::{Member, World};

/// From taking a task up to having done it.
const WORKS: Span = Span::mins(2);
/// Orders after which the task is the agent's to do.
const ASKS: [&str; 3] = ["retry", "reclaim", "release"];

/// Every order that was taken up, by its id.
#[derive(Debug, Default)]
pub(super) struct Heed {
    jobs: BTreeMap<String, Job>,
}

#[derive(Debug)]
struct Job {
    agent: usize,
    task: String,
    plan: PathBuf,
    run: String,
    began: Ts,
    done: bool,
}

impl Heed {
    /// Looks at what the operator wrote, and goes on with what was taken up. Agents that no order reached are not looked at.
    pub(super) fn step(&mut self, dir: &Path, world: &World, at: Ts) -> io::Result<()> {
        for (agent, member) in world.members.iter().enumerate() {
            let folder = dir.join(&member.name);
            for plan in plans_of(&folder, member, at) {
                let Ok(text) = fs::read_to_string(&plan) else {
                    continue;
                };
                for (op, task) in asked(&text) {
                    if self.jobs.contains_key(&op) {
                        continue;
                    }
                    let job = Job {
                        agent,
                        task,
                        plan: plan.clone(),
                        run: format!("01H{}", op.get(op.len().saturating_sub(8)..).unwrap_or(&op)),
                        began: at,
                        done: false,
                    };
                    begin(&folder, member, &job, at)?;
                    self.jobs.insert(op, job);
                }
            }
        }
        let due = |job: &&mut Job| !job.done && at >= job.began + WORKS;
        for job in self.jobs.values_mut().filter(due) {
            let member = &world.members[job.agent];
            finish(&dir.join(&member.name), member, job, at)?;
            job.done = true;
        }
        Ok(())
    }
}

/// The plans that an order can be in, where an operator wrote into the agent's folder: shortly after midnight that of the
/// day before is still worked off.
fn plans_of(folder: &Path, member: &Member, at: Ts) -> Vec<PathBuf> {
    if !folder.join(".rounds").exists() {
        return Vec::new();
    }
    match member.role.plan {
        PlanHabit::DayFiles => {
            let today = member.zone.day_of(at);
            let days = [today.plus(-1), today].into_iter();
            let named = |day: Day| folder.join(format!("schedule/{day}.json"));
            days.map(named).collect()
        }
        PlanHabit::Current | PlanHabit::Standing => vec![folder.join("schedule.json")],
        PlanHabit::None => Vec::new(),
    }
}

/// A line of a plan that holds one task: the object, and what stands behind it.
fn task_line(line: &str) -> Option<(Value, &str)> {
    let text = line.trim_start();
    if !text.starts_with("{\"id\":") {
        return None;
    }
    let (object, behind) = ["]}", ","]
        .into_iter()
        .find_map(|end| Some((text.strip_suffix(end)?, end)))
        .unwrap_or((text, ""));
    Some((serde_json::from_str(object).ok()?, behind))
}

fn id_of(task: &Value) -> Option<&str> {
    task.get("id")?.as_str()
}

/// What the agent is about to write, with every task that the operator wrote into as it stands on the disk.
pub(super) fn kept(new: &str, standing: &str) -> String {
    let tasks = standing.lines().filter_map(task_line);
    let ordered: BTreeMap<String, Value> = tasks
        .filter(|(task, _)| task.get("last_op").is_some())
        .filter_map(|(task, _)| Some((id_of(&task)?.to_owned(), task)))
        .collect();
    if ordered.is_empty() {
        return new.to_owned();
    }
    with_tasks(new, |task| ordered.get(id_of(task)?).cloned())
}

/// The text with the tasks that `change` gives another form to.
fn with_tasks(text: &str, change: impl Fn(&Value) -> Option<Value>) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        let changed = task_line(bare).and_then(|(task, behind)| Some((change(&task)?, behind)));
        match changed {
            Some((task, behind)) => {
                let end = if bare.len() < line.len() { "\n" } else { "" };
                out.push_str("  ");
                out.push_str(&task.to_string());
                out.push_str(behind);
                out.push_str(end);
            }
            None => out.push_str(line),
        }
    }
    out
}

/// Tasks that the operator wants done: the order's id and the task's.
fn asked(text: &str) -> Vec<(String, String)> {
    let tasks = text.lines().filter_map(task_line);
    let wanted = tasks.filter_map(|(task, _)| {
        let order = task.get("last_op")?;
        let free = task.get("held").is_none_or(Value::is_null);
        let asks = ASKS.contains(&order.get("verb")?.as_str()?);
        let waits = task.get("status")?.as_str()? == "pending";
        let op = order.get("id")?.as_str()?.to_owned();
        (free && asks && waits).then(|| Some((op, id_of(&task)?.to_owned())))?
    });
    wanted.collect()
}

/// Claims the task under the epoch it has, and says that a run began.
fn begin(folder: &Path, member: &Member, job: &Job, at: Ts) -> io::Result<()> {
    let task = rewrite(job, |task| {
        let epoch = epoch(task);
        task["status"] = json!("running");
        task["claim"] = json!({"by": member.name, "run": job.run, "at": member.zone.rfc3339(at),
            "epoch": epoch, "lease_s": 1_800});
    })?;
    beat(folder, member, job, at, &task, json!({"status": "running"}))
}

/// Does the steps that were asked for, says so, and books it.
fn finish(folder: &Path, member: &Member, job: &Job, at: Ts) -> io::Result<()> {
    let wal = folder.join("wal.jsonl");
    for step in open_steps(&fs::read_to_string(&wal).unwrap_or_default(), &job.task) {
        for status in ["intended", "done"] {
            let mut line = step.clone();
            line["ts"] = json!(member.zone.rfc3339(at));
            line["run_id"] = json!(job.run);
            line["status"] = json!(status);
            append(&wal, &format!("{line}\n"))?;
        }
    }
    let task = rewrite(job, |task| task["status"] = json!("done"))?;
    let said = json!({"status": "ok", "did": [format!("{} done, as the operator asked", job.task)],
        "msg": "done, as the operator asked"});
    beat(folder, member, job, at, &task, said)
}

/// Steps of a task that were intended and never done, under the keys they had.
fn open_steps(wal: &str, task: &str) -> Vec<Value> {
    let lines = wal
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut steps: Vec<Value> = Vec::new();
    for line in lines.filter(|line: &Value| line["task"] == task) {
        steps.retain(|step| step["key"] != line["key"]);
        if line["status"] != "done" {
            steps.push(line);
        }
    }
    steps
}

fn epoch(task: &Value) -> u64 {
    let claim = task.get("claim").and_then(|claim| claim.get("epoch"));
    claim.and_then(Value::as_u64).unwrap_or(1)
}

/// Writes one task anew, as agents do: the whole file, by rename.
fn rewrite(job: &Job, change: impl Fn(&mut Value)) -> io::Result<Value> {
    let changed = |task: &Value| {
        (id_of(task) == Some(&job.task)).then(|| {
            let mut task = task.clone();
            change(&mut task);
            task
        })
    };
    let mut mine = Value::Null;
    replace_seen(&job.plan, |standing| {
        let new = with_tasks(standing.ok_or(io::ErrorKind::NotFound)?, changed);
        let mut tasks = new.lines().filter_map(task_line).map(|(task, _)| task);
        let found = tasks.find(|task| id_of(task) == Some(&job.task));
        mine = found.unwrap_or(Value::Null);
        Ok(new)
    })?;
    Ok(mine)
}

fn beat(
    folder: &Path,
    member: &Member,
    job: &Job,
    at: Ts,
    task: &Value,
    said: Value,
) -> io::Result<()> {
    let mut line = json!({"ts": member.zone.rfc3339(at), "agent": member.name, "run_id": job.run,
        "task": job.task, "due": task["due"], "started": member.zone.rfc3339(job.began),
        "epoch": epoch(task)});
    if let (Value::Object(line), Value::Object(said)) = (&mut line, said) {
        line.extend(said);
        line.retain(|_, value| !value.is_null());
    }
    let path = folder.join(log_path(member, Log::Heartbeat, at));
    append(&path, &format!("{line}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "{\"agent\":\"a\",\n \"tasks\":[\n  {\"id\":\"x\",\"status\":\"pending\",\"last_op\":{\"id\":\"01A\",\"verb\":\"retry\"}},\n  {\"id\":\"y\",\"status\":\"done\"}]}\n";

    #[test]
    fn what_the_operator_wrote_stays_and_the_rest_is_the_agents() {
        let new = "{\"agent\":\"a\",\n \"tasks\":[\n  {\"id\":\"x\",\"status\":\"failed\"},\n  {\"id\":\"y\",\"status\":\"failed\"}]}\n";
        let kept = kept(new, PLAN);
        assert_eq!(kept, PLAN.replace("\"done\"}]", "\"failed\"}]"));
        assert_eq!(super::kept(new, new), new);
    }

    #[test]
    fn only_what_is_asked_for_and_free_is_taken_up() {
        assert_eq!(asked(PLAN), [("01A".to_owned(), "x".to_owned())]);
        let held = PLAN.replace("\"pending\"", "\"pending\",\"held\":{\"why\":\"w\"}");
        assert!(asked(&held).is_empty());
        assert!(asked(&PLAN.replace("retry", "skip")).is_empty());
    }

    #[test]
    fn a_step_is_open_until_its_key_is_done() {
        let wal = "{\"task\":\"x\",\"key\":\"k1\",\"status\":\"intended\"}\n{\"task\":\"x\",\"key\":\"k1\",\"status\":\"done\"}\n\
                   {\"task\":\"x\",\"key\":\"k2\",\"status\":\"intended\"}\n{\"task\":\"y\",\"key\":\"k3\",\"status\":\"intended\"}\n";
        let open = open_steps(wal, "x");
        assert_eq!(open.len(), 1);
        assert_eq!(open[0]["key"], "k2");
    }
}
