//! What was measured, beside what was promised.

use std::time::Duration;

/// Rows in the order in which they were measured; each is printed when it is known, and all of them at the end.
#[derive(Default)]
pub struct Table(Vec<Row>);

struct Row {
    what: String,
    figure: String,
    goal: String,
    met: bool,
}

impl Table {
    pub fn row(&mut self, what: &str, figure: String, goal: &str, met: bool) {
        let row = Row {
            what: what.to_owned(),
            figure,
            goal: goal.to_owned(),
            met,
        };
        row.print();
        self.0.push(row);
    }

    pub fn time(&mut self, what: &str, took: Duration, goal: Duration) {
        let met = took > Duration::ZERO && took <= goal;
        let goal = format!("<= {} ms", goal.as_micros() as f64 / 1e3);
        self.row(what, ms(took), &goal, met);
    }

    pub fn megabytes(&mut self, what: &str, bytes: u64, goal: u64) {
        let figure = format!("{:.1} MB", bytes as f64 / 1e6);
        self.row(
            what,
            figure,
            &format!("<= {goal} MB"),
            bytes <= goal * 1_000_000,
        );
    }

    pub fn print(&self) {
        println!("\n{:<58} {:>16} {:>14}", "what", "figure", "goal");
        for row in &self.0 {
            row.print();
        }
        let met = self.0.iter().filter(|row| row.met).count();
        println!(
            "{met} of {} met; docs/ARCHITECTURE.md says of each other what it costs and why",
            self.0.len()
        );
    }
}

impl Row {
    fn print(&self) {
        let Self {
            what, figure, goal, ..
        } = self;
        let met = if self.met { "met" } else { "MISSED" };
        println!("{what:<58} {figure:>16} {goal:>14}  {met}");
    }
}

pub fn ms(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1e3)
}

/// The value below which this many of a hundred lie.
pub fn part<T: Ord + Copy + Default>(values: &mut [T], percent: usize) -> T {
    values.sort();
    let at = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or_default()
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    part(&mut times, 50)
}
