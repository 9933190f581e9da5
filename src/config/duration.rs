//! Lengths of time as people write them: `45s`, `30m`, `2h`, `1h30m`, `7d`, `2w`.

use crate::domain::time::Span;

/// Reads a length of time. Every number needs its unit; nothing else is accepted, so that `30` is never guessed at.
pub fn parse(text: &str) -> Option<Span> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        total = total.checked_add(number.checked_mul(unit(&after[..letters])?)?)?;
        rest = after[letters..].trim_start();
    }
    Some(Span(total))
}

fn unit(word: &str) -> Option<i64> {
    let span = match word {
        "s" | "sec" | "secs" | "second" | "seconds" => Span::SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => Span::MINUTE,
        "h" | "hour" | "hours" => Span::HOUR,
        "d" | "day" | "days" => Span::DAY,
        "w" | "week" | "weeks" => Span::DAY.times(7),
        _ => return None,
    };
    Some(span.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_single_and_joined_units() {
        assert_eq!(parse("45s"), Some(Span::secs(45)));
        assert_eq!(parse("30m"), Some(Span::mins(30)));
        assert_eq!(parse("1h30m"), Some(Span::mins(90)));
        assert_eq!(parse(" 2 hours "), Some(Span::hours(2)));
        assert_eq!(parse("2w"), Some(Span::days(14)));
        assert_eq!(parse("0s"), Some(Span::ZERO));
    }

    #[test]
    fn refuses_what_it_would_have_to_guess() {
        for text in [
            "",
            "30",
            "m",
            "1.5h",
            "-5m",
            "5x",
            "5m!",
            "99999999999999w",
            "5м",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn reads_back_what_a_span_shows() {
        for span in [
            Span::secs(45),
            Span::mins(15),
            Span::mins(125),
            Span::days(3),
        ] {
            assert_eq!(parse(&span.to_string()), Some(span));
        }
    }
}
