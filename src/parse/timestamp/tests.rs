use super::*;

fn frame(vocabulary: &Vocabulary) -> Frame<'_> {
    Frame {
        zone: Zone::parse("Europe/Kyiv").unwrap(),
        day: Day::new(2026, 3, 28),
        vocabulary,
    }
}

fn read(text: &str) -> Option<(String, Surety)> {
    let vocabulary = Vocabulary::default();
    stamp(text, &frame(&vocabulary)).map(|s| (s.at.rfc3339(), s.surety))
}

#[test]
fn every_form_of_the_contract_is_read() {
    use Surety::{About, AssumedZone, DayOnly, Exact};
    for (text, at, surety) in [
        ("2026-03-28T10:15:07+02:00", "2026-03-28T08:15:07Z", Exact),
        ("2026-03-28T10:15:07+0200", "2026-03-28T08:15:07Z", Exact),
        ("2026-03-28 10:15:07Z", "2026-03-28T10:15:07Z", Exact),
        (
            "2026-03-28T10:15:07.123456789Z",
            "2026-03-28T10:15:07.123Z",
            Exact,
        ),
        ("2026-03-28T10:15:07,5Z", "2026-03-28T10:15:07.500Z", Exact),
        ("2026-03-28T10:15:07", "2026-03-28T08:15:07Z", AssumedZone),
        (
            "2026-03-28T10:15:07.621770",
            "2026-03-28T08:15:07.621Z",
            AssumedZone,
        ),
        ("2026-03-28 10:15", "2026-03-28T08:15:00Z", AssumedZone),
        ("2026-03-28 10:15 UTC", "2026-03-28T10:15:00Z", Exact),
        ("2026-03-28 10:15:07 GMT+3", "2026-03-28T07:15:07Z", Exact),
        (
            "2026-03-28 10:15 America/New_York",
            "2026-03-28T14:15:00Z",
            Exact,
        ),
        ("2026-03-28 10:15 CET", "2026-03-28T08:15:00Z", AssumedZone),
        ("20260328T101507Z", "2026-03-28T10:15:07Z", Exact),
        ("2026/03/28 10:15:07", "2026-03-28T08:15:07Z", AssumedZone),
        (
            "Sat Mar 28 10:15:07 UTC 2026",
            "2026-03-28T10:15:07Z",
            Exact,
        ),
        (
            "Sat Mar 28 10:15:07 2026",
            "2026-03-28T08:15:07Z",
            AssumedZone,
        ),
        (
            "Sat 28 Mar 2026 10:15:07 AM UTC",
            "2026-03-28T10:15:07Z",
            Exact,
        ),
        (
            "Sat, 28 Mar 2026 10:15:07 +0200",
            "2026-03-28T08:15:07Z",
            Exact,
        ),
        ("28/Mar/2026:10:15:07 +0000", "2026-03-28T10:15:07Z", Exact),
        ("1774692907", "2026-03-28T10:15:07Z", Exact),
        ("1774692907.25", "2026-03-28T10:15:07.250Z", Exact),
        ("1774692907123", "2026-03-28T10:15:07.123Z", Exact),
        ("1774692907123456", "2026-03-28T10:15:07.123Z", Exact),
        ("1774692907123456789", "2026-03-28T10:15:07.123Z", Exact),
        ("2026-03-28", "2026-03-27T22:00:00Z", DayOnly),
        ("23:34", "2026-03-28T21:34:00Z", AssumedZone),
        ("09:09 UTC", "2026-03-28T09:09:00Z", Exact),
        ("24:00", "2026-03-28T22:00:00Z", AssumedZone),
        ("7:05 pm", "2026-03-28T17:05:00Z", AssumedZone),
        ("22:30–01:30", "2026-03-28T20:30:00Z", AssumedZone),
        ("~08:00", "2026-03-28T06:00:00Z", About),
        ("~08:00 UTC", "2026-03-28T08:00:00Z", About),
    ] {
        assert_eq!(read(text), Some((at.to_owned(), surety)), "{text}");
    }
}

#[test]
fn what_is_no_time_is_none() {
    for text in [
        "",
        "soon",
        "12",
        "2026",
        "1:2",
        "25:00",
        "10:61",
        "2026-13-01",
        "2026-02-30T10:00:00Z",
        "may 3",
        "v1.2.3",
        "2026-03-28T10:15:07+02:00 and more",
        "99999999999999999999",
        "::",
        "12:345",
        "10:00:00:00",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn daylight_saving_gap_and_overlap_take_the_earlier_valid_instant() {
    assert_eq!(read("2026-03-29 03:30").unwrap().0, "2026-03-29T01:00:00Z");
    assert_eq!(read("2026-10-25 03:30").unwrap().0, "2026-10-25T00:30:00Z");
}

#[test]
fn a_zone_word_of_the_config_is_exact() {
    let vocabulary = Vocabulary::default().extend(&super::super::vocabulary::Extra {
        zones: vec![("CST".into(), Zone::Fixed(8 * 3_600))],
        ..Default::default()
    });
    let found = stamp("2026-03-28 10:15 CST", &frame(&vocabulary)).unwrap();
    assert_eq!(
        (found.at.rfc3339().as_str(), found.surety),
        ("2026-03-28T02:15:00Z", Surety::Exact)
    );
}

#[test]
fn a_time_at_the_start_of_a_line_says_where_it_ends() {
    let vocabulary = Vocabulary::default();
    for (line, rest) in [
        ("2026-03-28T10:15:07Z === START", " === START"),
        ("2026-03-28 10:15:07] INFO done", "] INFO done"),
        ("10:15 UTC** | Build", "** | Build"),
        ("2026-03-28 | id | title", " | id | title"),
        ("2026-03-28 Done with it", " Done with it"),
        ("10:15 Zebra fed", " Zebra fed"),
    ] {
        let (_, end) = scan(line, &vocabulary).unwrap();
        assert_eq!(&line[end..], rest, "{line}");
    }
}

#[test]
fn lengths() {
    for (text, millis) in [
        ("3960m", 237_600_000),
        ("0:04:12", 252_000),
        ("04:12", 252_000),
        ("1h30m", 5_400_000),
        ("2 h", 7_200_000),
        ("250ms", 250),
        ("1.5", 1_500),
        ("-237m", -14_220_000),
    ] {
        assert_eq!(length(text), Some(Span(millis)), "{text}");
    }
    for text in ["", "m", "1x", "1:2:3:4", "--1", "1e400"] {
        assert_eq!(length(text), None, "{text}");
    }
}

#[test]
fn days_in_file_names() {
    for (name, day) in [
        ("heartbeat/2026-03-28.jsonl", Some((2026, 3, 28))),
        ("logs/monitor-20260308.log", Some((2026, 3, 8))),
        ("2026_03_28.md", Some((2026, 3, 28))),
        ("run-123456789.log", None),
        ("heartbeat.jsonl", None),
    ] {
        assert_eq!(
            day_in_name(name),
            day.and_then(|(y, m, d)| Day::new(y, m, d)),
            "{name}"
        );
    }
}

#[test]
fn ranges_take_any_dash() {
    assert_eq!(
        range("22:30–01:30"),
        Some((ClockTime(81_000), ClockTime(5_400)))
    );
    assert_eq!(
        range("23:00-07:00"),
        Some((ClockTime(82_800), ClockTime(25_200)))
    );
    assert_eq!(range("23:00"), None);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}|[0-9:T ~+\\-a-zA-Z/.,\u{2013}é]{0,40}") {
        let vocabulary = Vocabulary::default();
        let frame = frame(&vocabulary);
        let _ = stamp(&text, &frame);
        let _ = length(&text);
        let _ = range(&text);
        let _ = day_in_name(&text);
        if let Some((_, end)) = scan(&text, &vocabulary) {
            proptest::prop_assert!(text.is_char_boundary(end));
        }
    }

    #[test]
    fn the_fast_way_agrees_with_the_calendar(seconds in 0_i64..4_000_000_000, offset in -14_i32..=14) {
        let text = Zone::Fixed(offset * 3_600).rfc3339(Ts(seconds * 1_000));
        proptest::prop_assert_eq!(exact(text.as_bytes()), Some(Ts(seconds * 1_000)));
    }
}

#[test]
fn a_day_without_a_year_is_the_last_one_there_was() {
    let day = |text| Day::parse(text).expect("a day");
    let placed = |text, modified| in_last_year(day(text), day(modified)).map(|day| day.to_string());
    for (written, modified, placed_on) in [
        ("2000-03-28", "2026-03-30", "2026-03-28"),
        ("2000-04-01", "2026-03-30", "2026-04-01"),
        ("2000-11-21", "2026-03-30", "2025-11-21"),
        ("2000-02-29", "2026-03-30", "2024-02-29"),
    ] {
        assert_eq!(placed(written, modified).as_deref(), Some(placed_on));
    }
}

#[test]
fn times_in_the_names_of_files_of_one_run() {
    let at = |name| time_in_name(name).map(|found| (found.day.map(|d| d.to_string()), found.clock));
    let expected = || Some((Some("2026-03-28".to_owned()), Some(36_907_000)));
    for name in [
        "2026-03-28_101507.md",
        "runs/2026-03-28T10-15-07.log",
        "run-20260328-101507.json",
        "brief_2026-03-28_10-15-07_ok.md",
    ] {
        assert_eq!(at(name), expected(), "{name}");
    }
    for name in [
        "2026-03-28.md",
        "2026-03-28-notes.md",
        "2026-03-28-7.md",
        "run-20260328-991507.md",
        "101507.md",
        "2026-03-28-12345.md",
    ] {
        assert_eq!(at(name), None, "{name}");
    }
}

#[test]
fn weeks_stand_for_their_monday() {
    let monday = |text| week_in(text).map(|day| day.to_string());
    for text in [
        "2026-W13",
        "Week 13, 2026",
        "KW 13 / 2026",
        "2026 week 13: replies",
        "retro-2026-w13.md",
    ] {
        assert_eq!(monday(text).as_deref(), Some("2026-03-23"), "{text}");
    }
    for text in [
        "Week 13",
        "2026",
        "2026-03-28",
        "in 2026 we had 13 of them",
        "Week 60, 2026",
    ] {
        assert_eq!(monday(text), None, "{text}");
    }
}
