use super::*;
use crate::domain::finding::FindingKind;
use crate::domain::fleet::TaskView;
use crate::view::Mark;
use crate::view::fixture;

fn text(lines: &[Line]) -> String {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line.label, line.text))
        .collect();
    lines.join("\n")
}

#[test]
fn the_page_opens_with_what_is_wrong_and_every_entry_has_its_place() {
    let fleet = fixture::fleet();
    let agent = fleet.agent(&"publisher".into()).unwrap();
    let page = page(&fleet, agent, None, fleet.at);
    assert_eq!(page[0].kind, Kind::Entry(Mark::Fail));
    assert!(page[0].locus.is_some());
    let text = text(&page);
    for told in [
        "SMTP 451",
        "7 planned: 5 done",
        "every 30m (learned from 20 gaps)",
        "heartbeat.jsonl 1.3 MB",
    ] {
        assert!(text.contains(told), "{told} in\n{text}");
    }
}

#[test]
fn a_timeline_replaces_the_events() {
    let fleet = fixture::fleet();
    let agent = fleet.agent(&"social".into()).unwrap();
    let rows = fixture::log(4);
    let text = text(&page(&fleet, agent, Some(&rows), fleet.at));
    assert!(text.contains("×"), "equal beats are folded:\n{text}");
    assert!(!text.contains("as planned"));
}

#[test]
fn why_answers_for_healthy_agents_too() {
    let fleet = fixture::fleet();
    let agent = fleet.agent(&"social".into()).unwrap();
    let text = text(&why(&fleet, agent, fleet.at));
    assert!(text.contains("expected every 30m"), "{text}");
    assert!(
        text.contains("without news this changes at 07:41"),
        "{text}"
    );
}

#[test]
fn many_tasks_of_a_quiet_state_share_a_line() {
    let fleet = fixture::fleet();
    let mut agent = (**fleet.agent(&"social".into()).unwrap()).clone();
    let task = agent.tasks[0].clone();
    agent.tasks = (0..9)
        .map(|n| TaskView {
            id: format!("reply-{n}").as_str().into(),
            ..task.clone()
        })
        .collect();
    let text = text(&page(&fleet, &agent, None, fleet.at));
    assert!(text.contains("9 done: reply-0, reply-1"), "{text}");
}

#[test]
fn what_no_run_proves_is_not_simply_done() {
    let fleet = fixture::fleet();
    let mut agent = (**fleet.agent(&"social".into()).unwrap()).clone();
    let before = text(&page(&fleet, &agent, None, fleet.at));
    assert!(!before.contains("unproven"), "{before}");
    agent.tasks[0].run = None;
    let after = text(&page(&fleet, &agent, None, fleet.at));
    assert!(after.contains("morning done (unproven)"), "{after}");
    assert!(
        after.contains("(1 unproven: no run is on record)"),
        "{after}"
    );
}

#[test]
fn open_gaps_of_yesterday_are_told_beside_today() {
    let mut fleet = fixture::fleet();
    let gap = fleet
        .findings
        .iter()
        .find(|found| found.kind == FindingKind::SkippedSilently);
    let mut gap = Finding::clone(gap.unwrap());
    gap.since = fixture::at(0, 0) - crate::domain::time::Span::HOUR;
    fleet.findings.push(std::sync::Arc::new(gap));
    let agent = fleet.agent(&"drafter".into()).unwrap();
    let text = text(&page(&fleet, agent, None, fleet.at));
    assert!(text.contains("; +1 gap of yesterday"), "{text}");
}

#[test]
fn damage_is_named() {
    let fleet = fixture::fleet();
    let agent = fleet.agent(&"drafter".into()).unwrap();
    let text = text(&page(&fleet, agent, None, fleet.at));
    assert!(text.contains("1 damaged, last: line 212 torn"), "{text}");
}
