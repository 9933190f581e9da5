use super::*;
use crate::domain::time::Zone;
use crate::view::fixture;

fn at(minutes: i64) -> Ts {
    Ts(0) + Span::mins(minutes)
}

fn bar(due: i64, jitter: i64, run: Option<(i64, Option<i64>)>) -> SlotBar {
    SlotBar {
        task: TaskId::from("t"),
        name: String::new(),
        mark: if run.is_some() { Mark::Ok } else { Mark::Wait },
        state: TaskState::Done,
        due: at(due),
        jitter: Span::mins(jitter),
        estimate: Some(Span::mins(20)),
        run: run.map(|(from, to)| (at(from), to.map(at))),
    }
}

fn lane_of(slots: Vec<SlotBar>) -> Lane {
    Lane {
        agent: AgentId::from("a"),
        name: "a".to_owned(),
        mark: Mark::Ok,
        done: 0,
        planned: 0,
        bars: Vec::new(),
        slots,
    }
}

fn drawn(lane: &Lane, columns: u16, now: i64) -> String {
    let scale = Scale {
        from: at(0),
        cell: Span::mins(10),
        columns,
    };
    let ink = |cell: Cell| match cell.ink {
        Ink::Empty => ' ',
        Ink::Window => '.',
        Ink::Ran => '=',
        Ink::Over => '#',
        Ink::Due => 'D',
    };
    cells(lane, &scale, at(now)).into_iter().map(ink).collect()
}

#[test]
fn windows_runs_and_what_runs_for_too_long() {
    assert_eq!(
        drawn(&lane_of(vec![bar(50, 20, None)]), 10, 0),
        "   ..D..  "
    );
    let ran = lane_of(vec![bar(20, 0, Some((25, Some(64))))]);
    assert_eq!(drawn(&ran, 10, 90), "  D=###   ");
    let runs = lane_of(vec![bar(20, 0, Some((30, None)))]);
    assert_eq!(drawn(&runs, 10, 79), "  D==###  ", "until now");
    assert!(runs.slots[0].is_over(at(79)) && !runs.slots[0].is_over(at(50)));
    assert_eq!(runs.slots[0].length(at(79)).as_deref(), Some("49m of 20m"));
    let outside = lane_of(vec![bar(500, 5, None), bar(95, 30, None)]);
    assert_eq!(drawn(&outside, 10, 0), "      ...D", "cut at the edge");
}

#[test]
fn the_worse_of_two_in_one_cell_is_seen() {
    let mut failed = bar(22, 0, None);
    failed.mark = Mark::Fail;
    let lane = lane_of(vec![failed, bar(24, 0, None)]);
    let scale = Scale {
        from: at(0),
        cell: Span::mins(10),
        columns: 5,
    };
    assert_eq!(cells(&lane, &scale, at(0))[2].mark, Some(Mark::Fail));
}

#[test]
fn a_day_fills_its_columns_also_when_the_clock_changes() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    for (day, hours) in [
        ((2026, 3, 29), 23),
        ((2026, 3, 28), 24),
        ((2026, 10, 25), 25),
    ] {
        let day = crate::domain::time::Day::new(day.0, day.1, day.2).unwrap();
        let scale = Scale::day(zone, zone.start_of(day), 100);
        assert_eq!(scale.cell.0, hours * Span::HOUR.0 / 100);
        let labels = scale.hours(zone);
        assert_eq!(labels[0], (0, "00".to_owned()));
        assert!(
            labels.windows(2).all(|pair| pair[1].0 >= pair[0].0 + 3),
            "{labels:?}"
        );
    }
    let close = Scale::around(
        zone.start_of(crate::domain::time::Day::new(2026, 3, 28).unwrap()),
        Span::hours(2),
        120,
    );
    assert_eq!(close.cell, Span::MINUTE);
    assert_eq!(close.hours(zone).len(), 2);
}

#[test]
fn every_slot_stands_in_one_column_and_equal_ones_are_folded() {
    let fleet = fixture::fleet();
    let columns = columns(&fleet);
    let all: u32 = columns.iter().map(|column| slots(column)).sum();
    let tasks: usize = fleet.agents.iter().map(|agent| agent.tasks.len()).sum();
    assert_eq!(all as usize, tasks);
    assert_eq!(columns[0][0].mark, Mark::Gap, "the worst comes first");
    let mut twice = fleet.clone();
    let agent = &mut twice.agents[0];
    let mut more = AgentView::clone(agent);
    more.tasks = vec![more.tasks[0].clone(), more.tasks[0].clone()];
    *agent = std::sync::Arc::new(more);
    let folded = super::columns(&twice);
    assert!(
        folded
            .iter()
            .flatten()
            .any(|card| card.name().ends_with("×2"))
    );
}
