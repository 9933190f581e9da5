//! Editing the real file: a private copy, an editor, a preview, and the careful protocol of every other order. No write of the
//! agent is lost, no draft is, and an undo gives every byte back.

mod fleet;
mod terminal;
mod visit;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use fleet::{Place, append, beat, now};
use rounds::domain::id::AgentId;
use rounds::domain::time::Span;
use rounds::ops::{Begin, Landed, Request, Verb, Wanted};
use rounds::ui::caps::Caps;
use visit::Visit;

/// Two tasks that only read, and one that sends mail.
fn fleet() -> (Place, String) {
    let place = Place::new();
    append(&place.log(), beat(0, now()));
    let at = |hours: i64| (now() + Span::hours(hours)).rfc3339();
    let plan = format!(
        "{{\"agent\":\"social\",\"tz\":\"UTC\",\"generated\":\"{}\",\n \"tasks\":[\n  \
         {{\"id\":\"digest\",\"title\":\"Digest\",\"due\":\"{}\",\"tier\":\"read-only\",\"x\": 1.50}},\n  \
         {{\"id\":\"links\",\"title\":\"Links\",\"due\":\"{}\",\"tier\":\"read-only\"}},\n  \
         {{\"id\":\"mail\",\"title\":\"Mail\",\"due\":\"{}\",\"tier\":\"mutating\",\"reversible\":false,\"key\":\"m\"}}]}}\n",
        at(0),
        at(1),
        at(2),
        at(3)
    );
    fs::write(place.agent().join("schedule.json"), &plan).expect("a plan");
    (place, plan)
}

fn plan_of(place: &Place) -> String {
    fs::read_to_string(place.agent().join("schedule.json")).expect("read")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// `rounds edit social … --with` this text.
fn edit(place: &Place, text: &str, more: &[&str]) -> (i32, String) {
    let with = place.dir.path().join("new");
    fs::write(&with, text).expect("the new text");
    let with = with.display().to_string();
    let args = [&["edit", "social", "--with", with.as_str()], more].concat();
    let output = place.command(&args).output().expect("rounds runs");
    (output.status.code().unwrap_or(-1), said(&output))
}

fn undo(place: &Place) -> (i32, String) {
    let output = place.command(&["undo", "social", "--yes"]).output();
    let output = output.expect("rounds runs");
    (output.status.code().unwrap_or(-1), said(&output))
}

#[test]
fn an_edit_is_written_and_taken_back_to_the_byte() {
    let (place, plan) = fleet();
    let new = plan.replace("\"Digest\"", "\"Digest of the week\"");
    let (code, said) = edit(&place, &new, &["--dry-run"]);
    assert_eq!((code, plan_of(&place)), (0, plan.clone()), "{said}");
    assert!(said.contains("changes digest (read-only)"), "{said}");
    assert!(
        said.contains("Digest of the week"),
        "the difference: {said}"
    );
    let (code, said) = edit(&place, &new, &[]);
    assert_eq!((code, plan_of(&place)), (1, plan.clone()), "no yes: {said}");
    let (code, said) = edit(&place, &new, &["--yes"]);
    assert_eq!((code, plan_of(&place)), (0, new), "{said}");
    let (code, said) = undo(&place);
    assert_eq!((code, plan_of(&place)), (0, plan), "{said}");
    let ledger = place.command(&["ledger", "verify"]).output().expect("runs");
    assert!(ledger.status.success(), "{}", self::said(&ledger));
}

#[test]
fn an_undo_never_takes_away_what_the_agent_wrote_after() {
    let (place, plan) = fleet();
    let new = plan.replace("\"Digest\"", "\"Digest of the week\"");
    assert_eq!(edit(&place, &new, &["--yes"]).0, 0);
    let later = new.replace("\"Links\"", "\"Links, done\"");
    fs::write(place.agent().join("schedule.json"), &later).expect("the agent writes");
    let (code, said) = undo(&place);
    assert_eq!((code, plan_of(&place)), (1, later), "{said}");
    assert!(said.contains("was written since"), "{said}");
}

#[test]
fn what_sends_mail_wants_a_reason_and_its_code() {
    let (place, plan) = fleet();
    let new = plan.replace("\"Mail\"", "\"Mail to all\"");
    let (code, said) = edit(&place, &new, &["--yes"]);
    assert_eq!((code, plan_of(&place)), (1, plan.clone()), "{said}");
    assert!(said.contains("--reason"), "{said}");
    let why = ["--reason", "asked for by the board"];
    let (_, said) = edit(&place, &new, &[&why[..], &["--dry-run"]].concat());
    assert!(said.contains("mail (mutating, irreversible)"), "{said}");
    let (code, said) = edit(&place, &new, &[&why[..], &["--yes"]].concat());
    assert_eq!(
        (code, plan_of(&place)),
        (1, plan),
        "yes is not enough: {said}"
    );
}

#[test]
fn what_is_as_it_was_is_not_written() {
    let (place, plan) = fleet();
    let (code, said) = edit(&place, &plan, &["--yes"]);
    assert_eq!(code, 1);
    assert!(said.contains("nothing was changed in the editor"), "{said}");
    assert!(
        !place.agent().join(".rounds").exists(),
        "nothing was touched"
    );
}

#[test]
fn what_is_no_json_any_more_names_its_place_and_the_draft_is_kept() {
    let (place, plan) = fleet();
    let new = plan.replace("\"title\":\"Links\",", "\"title\":\"Links\",,");
    let (code, said) = edit(&place, &new, &["--yes"]);
    assert_eq!((code, plan_of(&place)), (1, plan.clone()), "{said}");
    assert!(said.contains("line 4, column"), "{said}");
    assert!(said.contains("your draft is kept"), "{said}");
    let kept = place.command(&["kept", "social"]).output().expect("runs");
    let kept = self::said(&kept);
    assert!(
        kept.contains("your draft, which is not in the file"),
        "{kept}"
    );
}

#[test]
fn a_draft_that_could_not_be_written_is_taken_up_where_it_was_left() {
    let (place, plan) = fleet();
    let new = plan.replace("\"title\":\"Links\",", "\"title\":\"Links\",,");
    let (draft, path) = drafted(&place, &new);
    let refused = write(&place, &draft).expect_err("no JSON");
    assert!(refused.contains("line 4, column"), "{refused}");
    let rounds = place.open();
    let copies = rounds.copies(&social()).expect("listed");
    assert!(copies.iter().any(|copy| copy.name == draft), "{copies:?}");
    let again = rounds.draft(&social(), &Wanted::Plan, Begin::TakeUp);
    let again = again.expect("it is there");
    assert_eq!((again.again, &again.path), (true, &path));
    let mode = fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "private");
    let anew = rounds.draft(&social(), &Wanted::Plan, Begin::Anew);
    let anew = anew.expect("another").path;
    assert_eq!(fs::read_to_string(anew).expect("read"), plan);
    fs::write(&path, new.replace(",,", ",\"uses\":{},")).expect("mended");
    assert_eq!(write(&place, &draft), Ok(Landed::Done));
    assert!(plan_of(&place).contains("\"uses\":{}"));
}

#[test]
fn what_breaks_the_contract_is_told_with_its_place() {
    let (place, plan) = fleet();
    let new = plan.replacen("\"due\":\"2", "\"due\":\"soon 2", 1);
    let (code, said) = edit(&place, &new, &["--yes"]);
    assert_eq!((code, plan_of(&place)), (1, plan), "{said}");
    assert!(
        said.contains("break the contract: line 3, column"),
        "{said}"
    );
}

#[test]
fn logs_locks_and_files_of_others_are_not_edited() {
    let (place, _) = fleet();
    fs::create_dir_all(place.agent().join("locks")).expect("a folder");
    fs::write(
        place.agent().join("locks/site.lock"),
        "{\"holder\":\"social\"}",
    )
    .expect("a lock");
    fs::write(place.agent().join("INSIGHTS.md"), "# INSIGHTS\n").expect("insights");
    for (file, why) in [
        ("heartbeat.jsonl", "only its agent appends to it"),
        ("locks/site.lock", "is a lock"),
        ("../../config.toml", "has no file"),
        ("nothing.json", "has no file"),
    ] {
        let (code, said) = edit(&place, "x", &[file, "--yes"]);
        assert_ne!(code, 0, "{file}");
        assert!(said.contains(why), "{file}: {said}");
    }
    let (code, said) = edit(
        &place,
        "# INSIGHTS\n\n## 2026-03-29\n",
        &["INSIGHTS.md", "--yes"],
    );
    assert_eq!(code, 0, "{said}");
    let output = place.command(&["--read-only", "edit", "social"]).output();
    assert!(
        said_of(&output).contains("read-only"),
        "{}",
        said_of(&output)
    );
}

fn said_of(output: &std::io::Result<Output>) -> String {
    said(output.as_ref().expect("rounds runs"))
}

fn social() -> AgentId {
    AgentId::from("social")
}

/// A draft with this text, made before the agent writes again.
fn drafted(place: &Place, text: &str) -> (String, PathBuf) {
    let draft = place.open().draft(&social(), &Wanted::Plan, Begin::Anew);
    let draft = draft.expect("it may be edited");
    fs::write(&draft.path, text).expect("written");
    (draft.name, draft.path)
}

fn write(place: &Place, draft: &str) -> Result<Landed, String> {
    let mut rounds = place.open();
    let request = Request {
        draft: Some(draft.to_owned()),
        ..Request::new(rounds.new_op(), Verb::Edit, social())
    };
    let plan = rounds
        .would(&request)
        .map_err(|refusal| refusal.to_string())?;
    let carried = rounds.carry(plan).map_err(|refusal| refusal.to_string())?;
    Ok(carried.landed)
}

#[test]
fn what_the_agent_wrote_meanwhile_stays() {
    let (place, plan) = fleet();
    let (draft, _) = drafted(
        &place,
        &plan.replace("\"Digest\"", "\"Digest of the week\""),
    );
    let theirs = plan.replace("\"id\":\"mail\",", "\"id\":\"mail\",\"status\":\"done\",");
    fs::write(place.agent().join("schedule.json"), &theirs).expect("the agent writes");
    assert_eq!(write(&place, &draft), Ok(Landed::Done));
    let both = theirs.replace("\"Digest\"", "\"Digest of the week\"");
    assert_eq!(plan_of(&place), both);
    let begun = place.open().draft(&social(), &Wanted::Plan, Begin::TakeUp);
    assert!(
        !begun.expect("another").again,
        "what is written is no draft any more"
    );
}

#[test]
fn where_both_changed_the_same_place_both_are_kept() {
    let (place, plan) = fleet();
    let (draft, path) = drafted(
        &place,
        &plan.replace("\"Digest\"", "\"Digest of the week\""),
    );
    let theirs = plan.replace("\"Digest\"", "\"Weekly digest\"");
    fs::write(place.agent().join("schedule.json"), &theirs).expect("the agent writes");
    let refused = write(&place, &draft).expect_err("nobody can tell which");
    assert!(refused.contains("both changed line 3"), "{refused}");
    assert!(refused.contains(&draft), "{refused}");
    assert_eq!(plan_of(&place), theirs);
    assert!(
        fs::read_to_string(path)
            .expect("kept")
            .contains("Digest of the week")
    );
}

#[test]
fn in_the_room_e_edits_the_plan_of_the_row() {
    let (place, plan) = fleet();
    let mut visit = Visit::open(place.setup(), (80, 24), Caps::FULL);
    visit.press("E");
    assert!(visit.answer(Duration::from_secs(20)), "a draft");
    let draft = visit.drafts.pop().expect("the screen goes to the editor");
    assert_eq!(fs::read_to_string(&draft.path).expect("a copy"), plan);
    let new = plan.replace("\"Links\"", "\"Links of today\"");
    fs::write(&draft.path, &new).expect("edited");
    visit.edited(draft);
    assert!(visit.answer(Duration::from_secs(20)), "a preview");
    let shown = visit.text();
    assert!(shown.contains("Links of today"), "the difference: {shown}");
    assert_eq!(plan_of(&place), plan, "the default is no");
    visit.press("y");
    assert!(visit.answer(Duration::from_secs(20)), "an outcome");
    assert_eq!(plan_of(&place), new);
    visit.press("u");
    assert!(
        visit.answer(Duration::from_secs(20)),
        "a preview of the undo"
    );
    visit.press("y");
    assert!(visit.answer(Duration::from_secs(20)), "an outcome");
    assert_eq!(plan_of(&place), plan);
    visit.close();
}
