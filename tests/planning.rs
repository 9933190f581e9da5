//! Plans that rounds makes: whatever stands in the backlogs, no plan breaks capacity, spacing, windows or dependencies,
//! and none has a warning of its own. Read back through the reader of plans, as an agent would read them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;
use rounds::domain::action::Tier;
use rounds::domain::facts::PlanVersion;
use rounds::domain::finding::Severity;
use rounds::domain::id::{AgentId, FileId, TaskId};
use rounds::domain::schedule::{Limit, Quiet, Schedule};
use rounds::domain::task::Task;
use rounds::domain::text::Untrusted;
use rounds::domain::time::{ClockTime, Day, Span, Ts, Zone};
use rounds::parse::{self, Context, vocabulary::Vocabulary};
use rounds::plan::ahead::{self, Ask, Fire};
use rounds::plan::calendar::{Calendar, Window};
use rounds::plan::expand::{self, Began};
use rounds::plan::lint::between::{Booking, clashes};
use rounds::plan::lint::{self, DayAhead, spent};
use rounds::plan::make::{Desk, Given, Made, Origin, Page, Placed, Why, Wish, make, text};
use rounds::plan::quick::ByName;
use rounds::plan::quiet;

fn day() -> Day {
    // Clocks go forward in Berlin and Kyiv.
    Day::new(2026, 3, 29).expect("a day")
}

/// What a case is made of: small numbers, so that everything collides.
#[derive(Clone, Debug)]
struct Draw {
    agents: usize,
    zones: Vec<u8>,
    limits: Vec<u8>,
    quiet: bool,
    hours: bool,
    tasks: Vec<(u8, u8, u8, u8, u8, u8)>,
    fixed: Vec<(u8, u8)>,
    seed: u64,
}

fn draw() -> impl Strategy<Value = Draw> {
    (
        1_usize..5,
        prop::collection::vec(0_u8..3, 5),
        prop::collection::vec(0_u8..12, 5),
        any::<bool>(),
        any::<bool>(),
        prop::collection::vec(
            (0_u8..5, 0_u8..200, 0_u8..4, 0_u8..12, 0_u8..24, 0_u8..40),
            0..40,
        ),
        prop::collection::vec((0_u8..5, 0_u8..24), 0..4),
        any::<u64>(),
    )
        .prop_map(
            |(agents, zones, limits, quiet, hours, tasks, fixed, seed)| Draw {
                agents,
                zones,
                limits,
                quiet,
                hours,
                tasks,
                fixed,
                seed,
            },
        )
}

fn clock(hour: u32) -> ClockTime {
    ClockTime(hour * 3_600)
}

fn desk(draw: &Draw, at: usize) -> Desk {
    let zone = ["UTC", "Europe/Kyiv", "America/New_York"][usize::from(draw.zones[at])];
    let zone = Zone::parse(zone).expect("a zone");
    let limit = |action: &str, most: u8| Limit {
        action: Untrusted::from(action),
        most: u32::from(most),
    };
    Desk {
        agent: AgentId::from(format!("agent{at}").as_str()),
        zone,
        day: day(),
        window: Window::new(zone.start_of(day()), zone.end_of(day())),
        limits: vec![
            limit("post", draw.limits[at] / 2),
            limit("tasks", draw.limits[at]),
        ],
        quiet: if draw.quiet {
            vec![Quiet {
                from: clock(22),
                to: clock(7),
            }]
        } else {
            Vec::new()
        },
        hours: if draw.hours {
            vec![Quiet {
                from: clock(8),
                to: clock(17),
            }]
        } else {
            Vec::new()
        },
        spacing: Some(Span::mins(30)),
        grace: None,
        fixed: Vec::new(),
        done: vec![TaskId::from("done-before")],
        kept: None,
    }
}

fn wishes(draw: &Draw, desks: &[Desk]) -> Vec<Wish> {
    let one = |(n, &(agent, est, res, after, hour, rest)): (usize, &(u8, u8, u8, u8, u8, u8))| {
        let desk = &desks[usize::from(agent) % desks.len()];
        let mut task = Task::named(TaskId::from(format!("t{n}").as_str()));
        task.estimate = (est > 20).then(|| Span::mins(i64::from(est)));
        task.tier = [None, Some(Tier::Mutating), Some(Tier::ReadOnly)][usize::from(rest) % 3];
        if res > 0 {
            task.resources
                .push(Untrusted::from(["devto", "crm", "x"][usize::from(res) - 1]));
        }
        task.uses = vec![Limit {
            action: Untrusted::from("post"),
            most: u32::from(rest % 3),
        }];
        task.depends_on = match after {
            0..=4 => vec![TaskId::from(
                format!("t{}", (n + usize::from(after)) % 7).as_str(),
            )],
            5 => vec![TaskId::from("done-before")],
            6 => vec![TaskId::from("nowhere")],
            _ => Vec::new(),
        };
        task.priority = (rest > 8).then(|| i64::from(rest % 5));
        task.jitter = Span::mins(i64::from(rest % 4) * 4);
        let at = desk.zone.at(day(), clock(u32::from(hour)));
        Wish {
            task,
            agent: desk.agent.clone(),
            origin: Origin::Backlog,
            not_before: (hour % 3 == 0).then_some(at),
            deadline: (hour % 5 == 1).then_some(at),
            members: Vec::new(),
        }
    };
    draw.tasks.iter().enumerate().map(one).collect()
}

/// Slots of a standing plan that every desk may have.
fn fixed(draw: &Draw, desks: &mut [Desk]) -> Vec<Task> {
    let mut all = Vec::new();
    for (n, &(agent, hour)) in draw.fixed.iter().enumerate() {
        let at = usize::from(agent) % desks.len();
        let desk = &mut desks[at];
        let mut task = Task::named(TaskId::from(format!("fixed{n}").as_str()));
        task.schedule = Some(Schedule::Cron {
            expr: Untrusted::from(format!("30 {hour} * * *")),
            zone: None,
        });
        task.estimate = Some(Span::mins(20));
        task.resources = vec![Untrusted::from("devto")];
        let calendar = Calendar::new(desk.zone, desk.window);
        for slot in expand::slots(&task, &calendar, desk.window, Began::default()) {
            if !ahead_is_quiet(desk, slot) {
                desk.fixed.push(Given {
                    task: task.clone(),
                    at: slot,
                });
            }
        }
        all.push(task);
    }
    all
}

fn ahead_is_quiet(desk: &Desk, at: Ts) -> bool {
    rounds::plan::owed::is_quiet(desk.zone, &desk.quiet, at)
}

fn case(draw: &Draw) -> (Vec<Desk>, Vec<Wish>, Made) {
    let mut desks: Vec<Desk> = (0..draw.agents).map(|at| desk(draw, at)).collect();
    fixed(draw, &mut desks);
    let wishes = wishes(draw, &desks);
    let made = make(&desks, &wishes, draw.seed);
    (desks, wishes, made)
}

/// The plan of a desk as its agent reads it.
fn read_back(desk: &Desk, made: &Made, seed: u64) -> PlanVersion {
    let placed: Vec<&Placed> = made
        .placed
        .iter()
        .filter(|one| one.wish.agent == desk.agent)
        .collect();
    let made_at = desk.window.from - Span::hours(1);
    let text = text(&Page {
        desk,
        placed: &placed,
        carried: &[],
        generated: made_at,
        seed,
    });
    let vocabulary = Vocabulary::default();
    let ctx = Context {
        path: "schedule/2026-03-29.json",
        zone: Zone::UTC,
        modified: made_at,
        vocabulary: &vocabulary,
    };
    let (plan, doubts) = parse::plan(text.as_bytes(), &ctx);
    assert!(doubts.is_empty(), "{doubts:?}\n{text}");
    assert_eq!(plan.tasks.len(), placed.len());
    assert_eq!((plan.date, plan.zone), (Some(desk.day), Some(desk.zone)));
    PlanVersion {
        plan: Arc::new(plan),
        file: FileId(1),
        known: made_at,
        hash: String::new(),
    }
}

fn fires<'a>(version: &'a [PlanVersion], desk: &Desk) -> Vec<Fire<'a>> {
    let starts = ByName::default();
    ahead::fires(
        version,
        &Ask {
            within: Window::new(desk.zone.start_of(desk.day), desk.zone.end_of(desk.day)),
            now: desk.window.from,
            zone: desk.zone,
            quiet: &[],
            starts: &starts,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("ROUNDS_LARGE").is_some() { 20_000 } else { 400 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_plan_breaks_what_it_was_given(draw in draw()) {
        let (desks, wishes, made) = case(&draw);
        prop_assert_eq!(made.placed.len() + made.left.len(), wishes.len());
        for desk in &desks {
            let mine: Vec<&Placed> = made.placed.iter().filter(|one| one.wish.agent == desk.agent).collect();
            let closed = quiet::stretches(desk.zone, &desk.quiet, desk.window);
            for one in &mine {
                let length = one.wish.task.estimate.unwrap_or_default();
                let (from, to) = (one.at - one.jitter, one.at + one.jitter + length);
                prop_assert!(from >= desk.window.from && to <= desk.window.to);
                prop_assert!(closed.iter().all(|(a, b)| to <= *a || from >= *b), "in quiet hours");
                prop_assert!(one.wish.not_before.is_none_or(|at| from >= at));
                prop_assert!(one.wish.deadline.is_none_or(|at| to <= at));
                if !desk.hours.is_empty() {
                    let work = quiet::stretches(desk.zone, &desk.hours, desk.window);
                    prop_assert!(work.iter().any(|(a, b)| from >= *a && to <= *b), "outside working hours");
                }
                for on in &one.wish.task.depends_on {
                    let before = made.placed.iter().filter(|other| other.wish.task.id == *on);
                    for before in before {
                        let end = before.at + before.jitter + before.wish.task.estimate.unwrap_or_default();
                        prop_assert!(from >= end, "began before {} was over", on);
                    }
                }
                for other in &mine {
                    let others = (other.at - other.jitter, other.at + other.jitter + other.wish.task.estimate.unwrap_or_default());
                    prop_assert!(one.wish.task.id == other.wish.task.id || to <= others.0 || from >= others.1, "two at once");
                }
            }
            for limit in &desk.limits {
                let stands = desk.fixed.iter().map(|given| &given.task);
                let before = spent(stands.clone(), limit.action.exact());
                let all = spent(stands.chain(mine.iter().map(|one| &one.wish.task)), limit.action.exact());
                prop_assert!(all <= limit.most.max(before), "{} of {}", all, limit.most);
            }
        }
    }

    #[test]
    fn no_plan_has_a_warning_of_its_own(draw in draw()) {
        let (desks, _, made) = case(&draw);
        let versions: Vec<[PlanVersion; 1]> = desks.iter().map(|desk| [read_back(desk, &made, draw.seed)]).collect();
        let mut bookings: BTreeMap<&AgentId, Vec<Booking>> = BTreeMap::new();
        for (desk, version) in desks.iter().zip(&versions) {
            let fires = fires(version, desk);
            prop_assert_eq!(fires.len(), version[0].plan.tasks.len(), "each has one slot");
            let of_plan = fires.iter().filter_map(|fire| Booking::of(fire, desk.spacing));
            let mut mine: Vec<Booking> = of_plan.collect();
            // What stands already is compared with it, too.
            mine.extend(desk.fixed.iter().filter_map(|given| {
                Booking::of(&Fire { task: &given.task, version: &version[0], at: given.at, quiet: false }, desk.spacing)
            }));
            bookings.insert(&desk.agent, mine);
            let issues = lint::own(&DayAhead {
                day: desk.day,
                window: desk.window,
                zone: desk.zone,
                quiet: quiet::stretches(desk.zone, &desk.quiet, desk.window),
                versions: vec![&version[0]],
                fires,
            });
            let warned: Vec<&str> = issues.iter().filter(|i| i.severity > Severity::Info).map(|i| i.says.as_str()).collect();
            prop_assert!(warned.is_empty(), "{:?}", warned);
        }
        let all: Vec<(&AgentId, &Booking)> = bookings.iter().flat_map(|(agent, list)| list.iter().map(move |b| (*agent, b))).collect();
        for clash in clashes(&all) {
            let of_ours = [clash.first.1, clash.second.1].iter().any(|b| !b.task.as_str().starts_with("fixed"));
            prop_assert!(!of_ours, "{} {} and {} {}", clash.first.0, clash.first.1.task, clash.second.0, clash.second.1.task);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_plan(draw in draw()) {
        prop_assert_eq!(case(&draw).2, case(&draw).2);
    }
}

#[test]
fn what_does_not_fit_is_left_with_the_reason_that_is_in_the_way() {
    let draw = Draw {
        agents: 2,
        zones: vec![0; 5],
        limits: vec![8; 5],
        quiet: false,
        hours: false,
        tasks: Vec::new(),
        fixed: Vec::new(),
        seed: 1,
    };
    let desks: Vec<Desk> = (0..2).map(|at| desk(&draw, at)).collect();
    let wish = |id: &str, change: &dyn Fn(&mut Wish)| {
        let mut wish = Wish {
            task: Task::named(TaskId::from(id)),
            agent: desks[0].agent.clone(),
            origin: Origin::Backlog,
            not_before: None,
            deadline: None,
            members: Vec::new(),
        };
        change(&mut wish);
        wish
    };
    let after =
        |on: &'static str| move |wish: &mut Wish| wish.task.depends_on.push(TaskId::from(on));
    let posts = |n: u32| {
        move |wish: &mut Wish| {
            wish.task.uses.push(Limit {
                action: Untrusted::from("post"),
                most: n,
            });
        }
    };
    let wishes = [
        wish("long", &|wish| wish.task.estimate = Some(Span::hours(23))),
        wish("posts", &posts(4)),
        wish("one-more", &posts(1)),
        wish("egg", &after("hen")),
        wish("hen", &after("egg")),
        wish("orphan", &after("nobody")),
        wish("waits", &after("one-more")),
        wish("soon", &|wish| {
            wish.deadline = Some(desks[0].window.from + Span::mins(5));
        }),
        wish("stranger", &|wish| wish.agent = AgentId::from("nobody")),
    ];
    let made = make(&desks, &wishes, 7);
    let why: BTreeMap<&str, String> = made
        .left
        .iter()
        .map(|left| (left.task.as_str(), left.why.says(Zone::UTC)))
        .collect();
    assert_eq!(
        why.get("long").unwrap(),
        "nine tenths of the agent's waking hours are given away"
    );
    assert_eq!(
        why.get("one-more").unwrap(),
        "the limit of 4 post is used up"
    );
    assert_eq!(
        why.get("hen").unwrap(),
        "it waits for egg, which waits for it"
    );
    assert_eq!(
        why.get("orphan").unwrap(),
        "it waits for nobody, which nobody plans"
    );
    assert_eq!(
        why.get("waits").unwrap(),
        "it waits for one-more, which is not planned"
    );
    assert!(
        why.get("soon")
            .unwrap()
            .starts_with("no room before its deadline")
    );
    assert_eq!(why.get("stranger").unwrap(), "there is no agent nobody");
    assert_eq!(made.placed.len(), 1);
    let full = made.left.iter().find(|left| left.task.as_str() == "long");
    assert!(matches!(full.unwrap().why, Why::Full));
}

/// 50 agents, 40 tasks each. The figure is printed. The bound of the small run is for a loaded machine and
/// unoptimised code; the large run wants `--release` and holds the second.
#[test]
fn a_large_fleet_is_planned_within_a_second() {
    let draw = Draw {
        agents: 50,
        zones: (0..50).map(|n| n % 3).collect(),
        limits: vec![250; 50],
        quiet: true,
        hours: false,
        tasks: Vec::new(),
        fixed: Vec::new(),
        seed: 7,
    };
    let desks: Vec<Desk> = (0..50).map(|at| desk(&draw, at)).collect();
    let mut all = Vec::new();
    for n in 0..2_000_usize {
        let mut task = Task::named(TaskId::from(format!("t{n}").as_str()));
        task.estimate = Some(Span::mins(5));
        task.resources = vec![Untrusted::from(format!("r{}", n % 100))];
        task.priority = Some((n % 3) as i64);
        all.push(Wish {
            task,
            agent: desks[n % 50].agent.clone(),
            origin: Origin::Backlog,
            not_before: None,
            deadline: None,
            members: Vec::new(),
        });
    }
    let begun = Instant::now();
    let made = make(&desks, &all, 7);
    let texts: usize = desks
        .iter()
        .map(|desk| read_back(desk, &made, 7).plan.tasks.len())
        .sum();
    let took = begun.elapsed();
    println!(
        "planning: {} of 2000 tasks of 50 agents placed in {took:?}, seed 7",
        made.placed.len()
    );
    assert_eq!(texts, made.placed.len());
    assert!(made.placed.len() > 1_500, "{}", made.placed.len());
    let goal = if std::env::var_os("ROUNDS_LARGE").is_some() {
        1.0
    } else {
        5.0
    };
    assert!(took.as_secs_f64() < goal, "{took:?}");
}
