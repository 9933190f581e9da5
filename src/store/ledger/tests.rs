use super::*;
use crate::domain::time::{Span, Zone};

fn ledger_of_three(state: &Path) -> Ledger {
    let ledger = Ledger::in_state(state);
    for n in 1..=3 {
        ledger
            .append(
                Ts(n),
                Who::default(),
                Deed::StandupDone { until: Ts(n * 10) },
            )
            .unwrap();
    }
    ledger
}

#[test]
fn the_latest_mark_counts() {
    let state = tempfile::tempdir().unwrap();
    let ledger = ledger_of_three(state.path());
    assert_eq!(ledger.standup_mark(Ts(99)).unwrap(), Some(Ts(30)));
    assert_eq!(ledger.verify().unwrap(), []);
}

#[test]
fn a_past_standup_counts_from_the_mark_of_its_time() {
    let state = tempfile::tempdir().unwrap();
    let ledger = ledger_of_three(state.path());
    let day = Ts(Span::DAY.0);
    for (at, until) in [(1, 1), (3, 3)] {
        let at = Ts(at * Span::DAY.0);
        let until = Ts(until * Span::DAY.0);
        let mark = Deed::StandupDone { until };
        ledger.append(at, Who::default(), mark).unwrap();
    }
    let force = |at: Ts| ledger.mark_in_force(Zone::UTC, at).unwrap();
    assert_eq!(force(day + Span(5)), day);
    assert_eq!(
        force(Ts(3 * Span::DAY.0)),
        day,
        "it counts up to the mark itself"
    );
    assert_eq!(force(Ts(3 * Span::DAY.0 + 1)), Ts(3 * Span::DAY.0));
    let none = tempfile::tempdir().unwrap();
    let none = Ledger::in_state(none.path());
    let noon = Ts(5 * Span::DAY.0) + Span::hours(12);
    assert_eq!(
        none.mark_in_force(Zone::UTC, noon).unwrap(),
        Ts(4 * Span::DAY.0)
    );
}

#[test]
fn change_removal_and_reordering_are_named_by_line() {
    let state = tempfile::tempdir().unwrap();
    let ledger = ledger_of_three(state.path());
    let path = state.path().join("ledger.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();

    std::fs::write(&path, text.replace("\"until\":20", "\"until\":21")).unwrap();
    assert_eq!(ledger.verify().unwrap()[0].line, 2);

    std::fs::write(&path, format!("{}\n{}\n", lines[0], lines[2])).unwrap();
    assert_eq!(ledger.verify().unwrap()[0].line, 2);

    std::fs::write(&path, format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2])).unwrap();
    assert_eq!(ledger.verify().unwrap()[0].line, 1);
}

#[test]
fn a_torn_last_line_is_closed_and_shown() {
    let state = tempfile::tempdir().unwrap();
    let ledger = ledger_of_three(state.path());
    let path = state.path().join("ledger.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"seq\":4,\"at\":");
    std::fs::write(&path, &text).unwrap();
    ledger
        .append(Ts(4), Who::default(), Deed::StandupDone { until: Ts(40) })
        .unwrap();
    assert_eq!(ledger.standup_mark(Ts(99)).unwrap(), Some(Ts(40)));
    let broken = ledger.verify().unwrap();
    assert_eq!(
        broken,
        [Broken {
            line: 4,
            what: "not a ledger entry".to_owned()
        }]
    );
}
