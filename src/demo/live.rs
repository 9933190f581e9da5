//! The fleet that goes on writing, in the time of the caller's clock.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crate::domain::time::{Span, Ts};

use super::events::{Event, Events, PlanWrite};
use super::heed::{Heed, kept};
use super::history::{lock_path, log_path, parent, plan_path, stamp};
use super::world::{Member, World};
use super::{Incident, Spec};

/// The longest sleep before the clock is asked again: a clock that jumps is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_millis(500);

/// Agents that write on their schedules. Ends when stopped or dropped, within 100 ms.
#[derive(Debug)]
pub struct Live {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: Mutex<bool>,
    wake: Condvar,
    incidents: Mutex<Vec<Incident>>,
}

impl Live {
    /// Goes on behind `spec.until` in `dir`, where [`write`](super::write) has been. `now` is the fleet's clock and
    /// `factor` how many of its seconds pass in one real second; what lies between `until` and now is written at once.
    pub fn start(
        dir: &Path,
        spec: &Spec,
        factor: f64,
        now: impl Fn() -> Ts + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let world = Arc::new(World::new(*spec));
        let hand = Hand {
            dir: dir.to_owned(),
            world: Arc::clone(&world),
        };
        let known = Arc::clone(&shared);
        let thread = Builder::new()
            .name("demo-fleet".to_owned())
            .spawn(move || {
                let mut heed = Heed::default();
                for (at, agent, event) in Events::resumed(world) {
                    if !known.sleep_until(at, factor, &now) {
                        break;
                    }
                    heed.step(&hand.dir, &hand.world, at)?;
                    match event {
                        Event::Incident(incident) => known.note(incident),
                        event => {
                            hand.write(at, agent, &event)?;
                        }
                    }
                }
                Ok(())
            })?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// What has gone wrong since the start, in order.
    pub fn incidents(&self) -> Vec<Incident> {
        self.shared
            .incidents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the fleet and says whether it could write until then.
    pub fn stop(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        *self
            .shared
            .stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the simulated fleet panicked")))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Nobody is left to tell; `stop` is the way to learn of a failure.
        let _ = self.end();
    }
}

impl Shared {
    /// False when it was told to stop.
    fn sleep_until(&self, at: Ts, factor: f64, now: &impl Fn() -> Ts) -> bool {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if *stopped {
                return false;
            }
            let left = at - now();
            if left.0 <= 0 {
                return true;
            }
            let real =
                Duration::from_secs_f64((left.0 as f64 / 1_000.0 / factor.max(0.001)).min(60.0));
            let nap = real.clamp(Duration::from_millis(1), LONGEST_SLEEP);
            stopped = self
                .wake
                .wait_timeout(stopped, nap)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn note(&self, incident: Incident) {
        self.incidents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(incident);
    }
}

/// Writes at once what the fleet writes behind `after` up to `until`, in `dir` where the history ends before it, with the
/// file times of the simulated writes. What has gone wrong meanwhile comes back, in order.
pub fn play(dir: &Path, spec: &Spec, after: Ts, until: Ts) -> io::Result<Vec<Incident>> {
    let world = Arc::new(World::new(*spec));
    let hand = Hand {
        dir: dir.to_owned(),
        world: Arc::clone(&world),
    };
    let mut incidents = Vec::new();
    let mut heed = Heed::default();
    let events = Events::from(world, after + Span(1));
    for (at, agent, event) in events.take_while(|(at, ..)| *at <= until) {
        heed.step(&hand.dir, &hand.world, at)?;
        let written = hand.write(at, agent, &event)?;
        if let Some(path) = written.filter(|path| path.is_file()) {
            stamp(&path, at)?;
        }
        if let Event::Incident(incident) = event {
            incidents.push(incident);
        }
    }
    Ok(incidents)
}

/// Writes as real agents do: one `write()` a line, documents by temp file and rename.
struct Hand {
    dir: PathBuf,
    world: Arc<World>,
}

impl Hand {
    /// The file that was written into.
    fn write(&self, at: Ts, agent: usize, event: &Event) -> io::Result<Option<PathBuf>> {
        let member: &Member = &self.world.members[agent];
        let folder = self.dir.join(&member.name);
        let path = match event {
            Event::Append { log, .. } => folder.join(log_path(member, *log, at)),
            Event::Plan(write) => folder.join(plan_path(member, write)),
            Event::Insights(_) => folder.join("INSIGHTS.md"),
            Event::Document { name, .. } | Event::LinkOut { name } => folder.join(name),
            Event::Lock { resource, .. } | Event::Unlock { resource } => {
                folder.join(lock_path(resource))
            }
            Event::Rotate => folder.join("heartbeat.jsonl"),
            Event::Incident(_) => return Ok(None),
        };
        match event {
            Event::Append { bytes, .. } => append(&path, bytes)?,
            Event::Plan(write) => self.plan(&path, write)?,
            Event::Insights(text) | Event::Document { text, .. } => replace(&path, text)?,
            Event::Lock { text, .. } => take_lock(&path, text)?,
            Event::Unlock { .. } => absent_is_fine(fs::remove_file(&path))?,
            Event::Rotate => {
                absent_is_fine(fs::rename(&path, folder.join("heartbeat.jsonl.1")))?;
            }
            Event::LinkOut { name } => {
                absent_is_fine(fs::remove_file(&path))?;
                std::os::unix::fs::symlink(Path::new("../../elsewhere").join(name), &path)?;
            }
            Event::Incident(_) => {}
        }
        Ok(Some(path))
    }

    /// A torn plan is one that was written in place by an agent that died.
    fn plan(&self, path: &Path, write: &PlanWrite) -> io::Result<()> {
        let text = write.text(&self.world);
        if write.torn {
            return fs::write(path, text);
        }
        replace_seen(path, |standing| {
            Ok(kept(&text, standing.unwrap_or_default()))
        })
    }
}

pub(super) fn append(path: &Path, bytes: &str) -> io::Result<()> {
    parent(path)?;
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)?
        .write_all(bytes.as_bytes())
}

pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    parent(path)?;
    let temp = path.with_extension("tmp");
    fs::write(&temp, text)?;
    fs::rename(&temp, path)
}

/// As [`replace`], with a text that is made of what stands there, if anything does. As a careful agent it looks again right
/// before it renames, and reads first what came meanwhile.
pub(super) fn replace_seen(
    path: &Path,
    mut make: impl FnMut(Option<&str>) -> io::Result<String>,
) -> io::Result<()> {
    parent(path)?;
    let temp = path.with_extension("tmp");
    // What was torn may end within a letter.
    let read = || match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let mut standing = read()?;
    loop {
        fs::write(&temp, make(standing.as_deref())?)?;
        let now = read()?;
        if now == standing {
            return fs::rename(&temp, path);
        }
        standing = now;
    }
}

/// Made with `O_EXCL`; what a dead run left behind is taken over.
fn take_lock(path: &Path, text: &str) -> io::Result<()> {
    parent(path)?;
    absent_is_fine(fs::remove_file(path))?;
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

fn absent_is_fine(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_while_a_text_was_made_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = folder.path().join("schedule.json");
        fs::write(&plan, "a").expect("a plan");
        let mut times = 0;
        replace_seen(&plan, |standing| {
            times += 1;
            if times == 1 {
                replace(&plan, "an order")?;
            }
            Ok(format!("{} and mine", standing.unwrap_or_default()))
        })
        .expect("it is written");
        let found = fs::read_to_string(&plan).expect("a plan");
        assert_eq!((found.as_str(), times), ("an order and mine", 2));
    }
}
