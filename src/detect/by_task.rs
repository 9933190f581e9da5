//! Runs by the task they name: put in order once, asked many times.

use super::runs::Run;
use crate::domain::id::TaskId;
use crate::plan::quick::ByName;

/// The runs of every task named in a log, as places among the runs.
#[derive(Debug, Default)]
pub struct ByTask<'a> {
    /// By name, ascending.
    tasks: Vec<OfTask<'a>>,
    /// Task after task, of each in the order of their first lines.
    runs: Vec<u32>,
    places: ByName<'a, u32>,
}

#[derive(Debug)]
struct OfTask<'a> {
    id: &'a TaskId,
    from: u32,
    to: u32,
}

impl<'a> ByTask<'a> {
    pub fn of(runs: &[Run<'a>]) -> Self {
        let mut places: ByName<'a, u32> = ByName::default();
        let mut tasks: Vec<OfTask<'a>> = Vec::new();
        // How many there are of each, and of which each is.
        let mut named: Vec<(u32, u32)> = Vec::with_capacity(runs.len());
        for (at, run) in runs.iter().enumerate() {
            let Some(id) = run.task() else {
                continue;
            };
            let next = tasks.len() as u32;
            let place = *places.entry(id.as_str()).or_insert(next);
            if place == next {
                tasks.push(OfTask { id, from: 0, to: 0 });
            }
            tasks[place as usize].to += 1;
            named.push((place, at as u32));
        }
        let mut order: Vec<u32> = (0..tasks.len() as u32).collect();
        order.sort_unstable_by_key(|&place| tasks[place as usize].id);
        let mut end = 0;
        for &place in &order {
            let task = &mut tasks[place as usize];
            let many = task.to;
            (task.from, task.to) = (end, end);
            end += many;
        }
        let mut sorted = vec![0; named.len()];
        for (place, run) in named {
            let task = &mut tasks[place as usize];
            sorted[task.to as usize] = run;
            task.to += 1;
        }
        tasks.sort_unstable_by_key(|task| task.from);
        for (place, task) in tasks.iter().enumerate() {
            places.insert(task.id.as_str(), place as u32);
        }
        Self {
            tasks,
            runs: sorted,
            places,
        }
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
        self.tasks.iter().map(|task| (task.id, self.runs_of(task)))
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
        assert!(by_task.get("d").is_empty());
    }
}
