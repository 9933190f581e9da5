//! Runs by the task they name: put in order once, asked many times.

use std::hash::BuildHasherDefault;

use super::runs::Run;
use crate::domain::id::TaskId;
use crate::plan::quick::ByName;

/// The runs of every task named in a log, as places among the runs.
#[derive(Debug, Default)]
pub struct ByTask<'a> {
    /// In the order of their first lines.
    tasks: Vec<OfTask<'a>>,
    /// Places in `tasks`, by name.
    by_name: Vec<u32>,
    /// Task after task, of each in the order of their first lines.
    runs: Vec<u32>,
    /// Of every run the place of its task in `tasks`.
    of_run: Vec<Option<u32>>,
    places: ByName<'a, u32>,
    most: usize,
}

#[derive(Debug)]
struct OfTask<'a> {
    id: &'a TaskId,
    from: u32,
    to: u32,
}

impl<'a> ByTask<'a> {
    pub fn of(runs: &[Run<'a>]) -> Self {
        let some = runs.len().min(64);
        let mut found = Self {
            tasks: Vec::with_capacity(some),
            of_run: Vec::with_capacity(runs.len()),
            places: ByName::with_capacity_and_hasher(some, BuildHasherDefault::default()),
            ..Self::default()
        };
        // First how many there are of each.
        let mut near = 0;
        for run in runs {
            let place = run.task().map(|id| found.place_of(id, near));
            near = place.map_or(near, |place| place as usize + 1);
            if let Some(place) = place {
                found.tasks[place as usize].to += 1;
            }
            found.of_run.push(place);
        }
        found.sort();
        found
    }

    fn place_of(&mut self, id: &'a TaskId, near: usize) -> u32 {
        if let Some(place) = self.find(id, near) {
            return place as u32;
        }
        let next = self.tasks.len() as u32;
        self.places.insert(id.as_str(), next);
        self.tasks.push(OfTask { id, from: 0, to: 0 });
        next
    }

    /// Tasks mostly come in one order, day after day and in plans: each is looked for where it would be then.
    fn find(&self, id: &TaskId, near: usize) -> Option<usize> {
        let near = if near < self.tasks.len() { near } else { 0 };
        match self.tasks.get(near) {
            Some(guess) if guess.id == id => Some(near),
            Some(_) | None => self.places.get(id.as_str()).map(|&place| place as usize),
        }
    }

    /// From how many to which.
    fn sort(&mut self) {
        let tasks = &mut self.tasks;
        let mut end = 0;
        for task in &mut *tasks {
            let many = task.to;
            (task.from, task.to) = (end, end);
            end += many;
            self.most = self.most.max(many as usize);
        }
        self.runs = vec![0; end as usize];
        for (run, place) in self.of_run.iter().enumerate() {
            if let Some(place) = place {
                let task = &mut tasks[*place as usize];
                self.runs[task.to as usize] = run as u32;
                task.to += 1;
            }
        }
        self.by_name = (0..tasks.len() as u32).collect();
        let id = |place: &u32| tasks[*place as usize].id;
        self.by_name.sort_unstable_by_key(id);
    }

    /// Runs of the task that has most of them.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A number for the task of a run, below the count of tasks; runs without a task have none.
    pub fn of_run(&self, run: usize) -> Option<u32> {
        self.of_run[run]
    }

    pub fn count(&self) -> usize {
        self.tasks.len()
    }

    /// As [`get`](Self::get), of one task after another: `near` is where the next is looked for first.
    pub fn get_near(&self, task: &TaskId, near: &mut usize) -> &[u32] {
        let Some(at) = self.find(task, *near) else {
            return &[];
        };
        *near = at + 1;
        self.runs_of(&self.tasks[at])
    }

    /// The runs of a task, in the order of their first lines.
    pub fn get(&self, task: &str) -> &[u32] {
        let Some(&place) = self.places.get(task) else {
            return &[];
        };
        self.runs_of(&self.tasks[place as usize])
    }

    /// Every task with its runs, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'a TaskId, &[u32])> {
        let named = self.by_name.iter();
        let named = named.map(|&place| &self.tasks[place as usize]);
        named.map(|task| (task.id, self.runs_of(task)))
    }

    fn runs_of(&self, task: &OfTask<'_>) -> &[u32] {
        &self.runs[task.from as usize..task.to as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::runs::pair;
    use crate::domain::facts::Beat;
    use crate::domain::heartbeat::RunStatus;
    use crate::domain::time::Ts;

    #[test]
    fn tasks_come_by_name_and_their_runs_in_order() {
        let names = ["b", "", "a", "b", "c", "a", "b"];
        let beats: Vec<Beat> = names
            .iter()
            .enumerate()
            .map(|(at, name)| Beat {
                at: Ts(at as i64),
                status: RunStatus::Ok,
                task: Some(*name)
                    .filter(|name| !name.is_empty())
                    .map(TaskId::from),
                ..Beat::default()
            })
            .collect();
        let runs = pair(&beats);
        let by_task = ByTask::of(&runs);
        let told: Vec<(&str, &[u32])> = by_task.iter().map(|(id, at)| (id.as_str(), at)).collect();
        let [a, b, c]: [&[u32]; 3] = [&[2, 5], &[0, 3, 6], &[4]];
        assert_eq!(told, [("a", a), ("b", b), ("c", c)]);
        assert_eq!(by_task.get("b"), b);
        let mut near = 0;
        for (name, runs) in [("b", b), ("a", a), ("c", c), ("b", b), ("d", &[]), ("c", c)] {
            assert_eq!(by_task.get_near(&name.into(), &mut near), runs, "{name}");
        }
        assert!(by_task.get("d").is_empty());
    }
}
