//! Times that only a line's start tells: without a year, as syslog writes them, or as a number of seconds.

use crate::domain::time::{Day, Ts, Zone};

use super::super::timestamp::{self, Found, scan};
use super::super::vocabulary::Vocabulary;

/// The years a bare number at the start of a line may name, in seconds: any other is an id or an amount.
const NUMBERS: std::ops::Range<i64> = 1_420_070_400..2_208_988_800;
/// Stands in for the year that a line does not say. It has a 29th of February.
const SOME_YEAR: i32 = 2_000;
/// `1774692907 text`, `[1774692907.25] text`, `1774692907123 text`: the time and where the text begins.
pub(super) fn number(line: &str) -> Option<(Found, usize)> {
    let from = line.len() - line.trim_start_matches(['[', '(']).len();
    let body = &line[from..];
    let whole = body.bytes().take_while(u8::is_ascii_digit).count();
    if from > 1 || !matches!(whole, 10 | 13) {
        return None;
    }
    let fraction = body[whole..].strip_prefix('.').map_or(0, |rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 { 0 } else { digits + 1 }
    });
    let end = whole + fraction;
    let parted = body[end..].starts_with([' ', '\t', ']', ')', '|', ',']);
    let at = timestamp::epoch(&body[..end]).filter(|_| parted)?;
    NUMBERS
        .contains(&(at.0 / 1_000))
        .then(|| (found(at), from + end))
}

fn found(at: Ts) -> Found {
    let day = Zone::UTC.day_of(at);
    let clock = (at - Zone::UTC.start_of(day)).0;
    Found {
        day: Some(day),
        clock: u32::try_from(clock).ok(),
        zone: Some(Zone::UTC),
        ..Found::default()
    }
}

/// `Mar 28 06:30:01 box brief[332]: text`: the time in some year, and the text behind the names of machine and program.
pub(super) fn without_year<'a>(line: &'a str, vocabulary: &Vocabulary) -> Option<(Found, &'a str)> {
    let month = timestamp::month(line.get(..3)?)?;
    let rest = line[3..].strip_prefix(' ')?.trim_start_matches(' ');
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let day = rest.get(..digits)?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(' ')?;
    let (clock, end) = scan(rest, vocabulary)?;
    let with_seconds = rest.get(5..6) == Some(":") && clock.clock.is_some();
    let text = &rest[end..];
    let whole = with_seconds && clock.day.is_none() && text.starts_with([' ', ',', ':']);
    let found = Found {
        day: Day::new(SOME_YEAR, month, day),
        ..clock
    };
    (whole && found.day.is_some()).then(|| {
        (
            found,
            behind_program(text.trim_start_matches([' ', ',', ':'])),
        )
    })
}

/// `box brief[332]: text`: the text.
fn behind_program(text: &str) -> &str {
    let Some((sender, said)) = text.split_once(": ") else {
        return text;
    };
    let names = sender.split(' ').count() == 2 && !sender.contains(['=', '"', '(']);
    if names { said } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_start_of_a_line_are_times_only_where_they_can_be() {
        let at = |line| number(line).map(|(found, end)| (found.day.map(|d| d.to_string()), end));
        assert_eq!(at("1774692907 ok"), Some((Some("2026-03-28".into()), 10)));
        assert_eq!(
            at("[1774692907.25] ok"),
            Some((Some("2026-03-28".into()), 14))
        );
        assert_eq!(
            at("1774692907123 ok"),
            Some((Some("2026-03-28".into()), 13))
        );
        for line in [
            "1774692907",
            "177469290 x",
            "9774692907 x",
            "0612345678 x",
            "1774692907123456789 x",
            "((1774692907 x",
        ] {
            assert_eq!(at(line), None, "{line}");
        }
    }

    #[test]
    fn names_of_machine_and_program_are_no_text() {
        let v = Vocabulary::default();
        let text = |line| without_year(line, &v).map(|(_, text)| text);
        assert_eq!(
            text("Mar  8 06:30:01 box brief[3]: error: no"),
            Some("error: no")
        );
        assert_eq!(
            text("Mar 28 06:30:01 INFO ready: yes, it is"),
            Some("yes, it is")
        );
        assert_eq!(
            text("Mar 28 06:30:01 all three of them: done"),
            Some("all three of them: done")
        );
        for line in [
            "Mar 28 text",
            "May 3 people came",
            "Mar 28 06:30 x",
            "Mar 32 06:30:01 x",
        ] {
            assert_eq!(text(line), None, "{line}");
        }
    }
}
