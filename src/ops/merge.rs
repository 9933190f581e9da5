//! Three versions of one text become one: what two writers changed of the same base, where they did not change the same place.

use std::ops::Range;

/// Pieces that may differ between two versions: beyond, they are not versions of one text any more.
const MOST_DIFFERENT: usize = 1_500;

/// Why two versions cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clash {
    /// Both changed the base here: a line of it, from 1.
    At(u32),
    /// They have too little in common.
    TooDifferent,
}

/// A stretch of the base, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk<'a> {
    pub(super) base: Range<usize>,
    pub(super) new: Vec<&'a [u8]>,
}

impl Hunk<'_> {
    /// Whose order in the result would be a guess, or which change the same.
    fn clashes(&self, other: &Self) -> bool {
        let (a, b) = (&self.base, &other.base);
        if a.is_empty() || b.is_empty() {
            return a.start <= b.end && b.start <= a.end;
        }
        a.start < b.end && b.start < a.end
    }
}

/// Everything that `one` and `other` changed of `base`.
///
/// # Errors
/// They changed the same place in different ways, or have too little in common.
pub fn merge(base: &[u8], one: &[u8], other: &[u8]) -> Result<Vec<u8>, Clash> {
    let pieces = pieces(base);
    let (ones, others) = (self::pieces(one), self::pieces(other));
    let mut hunks = hunks(&pieces, &ones)?;
    for hunk in self::hunks(&pieces, &others)? {
        if hunks.contains(&hunk) {
            continue;
        }
        if hunks.iter().any(|known| known.clashes(&hunk)) {
            let before = pieces[..hunk.base.start].concat();
            return Err(Clash::At(line_at(&before)));
        }
        hunks.push(hunk);
    }
    hunks.sort_by_key(|hunk| (hunk.base.start, hunk.base.end));
    let (mut out, mut at) = (Vec::with_capacity(one.len().max(other.len())), 0);
    for hunk in &hunks {
        out.extend(pieces[at..hunk.base.start].concat());
        out.extend(hunk.new.concat());
        at = hunk.base.end;
    }
    out.extend(pieces[at..].concat());
    Ok(out)
}

/// Lines, and members of JSON within a line: the smallest parts that are changed as a whole.
pub(super) fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let (mut from, mut quoted, mut escaped) = (0, false, false);
    for (at, byte) in text.iter().enumerate() {
        let ends = match byte {
            b'\n' => {
                quoted = false;
                true
            }
            b'"' if !escaped => {
                quoted = !quoted;
                false
            }
            b',' | b'{' | b'}' | b'[' | b']' => !quoted,
            _ => false,
        };
        escaped = quoted && *byte == b'\\' && !escaped;
        if ends {
            pieces.push(&text[from..=at]);
            from = at + 1;
        }
    }
    if from < text.len() {
        pieces.push(&text[from..]);
    }
    pieces
}

fn line_at(before: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

pub(super) fn hunks<'a>(base: &[&[u8]], new: &[&'a [u8]]) -> Result<Vec<Hunk<'a>>, Clash> {
    let head = base.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = base.len().min(new.len()) - head;
    let ends = base.iter().rev().zip(new.iter().rev());
    let tail = ends.take(rest).take_while(|(a, b)| a == b).count();
    let middle = common(&base[head..base.len() - tail], &new[head..new.len() - tail])
        .ok_or(Clash::TooDifferent)?;
    let mut hunks = Vec::new();
    let (mut x, mut y) = (head, head);
    let end = (base.len() - tail, new.len() - tail);
    for (next_x, next_y) in middle
        .into_iter()
        .map(|(x, y)| (x + head, y + head))
        .chain([end])
    {
        if (x, y) != (next_x, next_y) {
            hunks.push(Hunk {
                base: x..next_x,
                new: new[y..next_y].to_vec(),
            });
        }
        (x, y) = (next_x + 1, next_y + 1);
    }
    Ok(hunks)
}

/// Places that two lists have in common, in order: the longest such list (Myers).
fn common(a: &[&[u8]], b: &[&[u8]]) -> Option<Vec<(usize, usize)>> {
    let most = (a.len() + b.len()).min(MOST_DIFFERENT);
    let middle = most + 1;
    let mut furthest = vec![0_usize; 2 * most + 3];
    let mut trace = Vec::new();
    for steps in 0..=most {
        trace.push(furthest[middle - steps..=middle + steps].to_vec());
        for k in (middle - steps..=middle + steps).step_by(2) {
            let down =
                k == middle - steps || (k != middle + steps && furthest[k - 1] < furthest[k + 1]);
            let mut x = if down {
                furthest[k + 1]
            } else {
                furthest[k - 1] + 1
            };
            let mut y = (x + middle).checked_sub(k)?;
            while x < a.len() && y < b.len() && a[x] == b[y] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[k] = x;
            if x >= a.len() && y >= b.len() {
                return Some(walk_back(&trace, (a.len(), b.len())));
            }
        }
    }
    None
}

/// The pairs on the way that was found, from the traces of each step.
fn walk_back(trace: &[Vec<usize>], end: (usize, usize)) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (end.0 as isize, end.1 as isize);
    let mut pairs = Vec::new();
    for steps in (1..trace.len() as isize).rev() {
        let row = &trace[steps as usize];
        // The row holds diagonals -steps..=steps, as they were before this step.
        let at = |k: isize| {
            let found = usize::try_from(k + steps).ok().and_then(|at| row.get(at));
            found.map_or(-1, |x| *x as isize)
        };
        let k = x - y;
        let down = k == -steps || (k != steps && at(k - 1) < at(k + 1));
        let before = if down { k + 1 } else { k - 1 };
        let (from_x, from_y) = (at(before), at(before) - before);
        while x > from_x
            && y > from_y
            && (x, y) != (from_x + isize::from(!down), from_y + isize::from(down))
        {
            (x, y) = (x - 1, y - 1);
            pairs.push((x as usize, y as usize));
        }
        (x, y) = (from_x, from_y);
    }
    while x > 0 && y > 0 {
        (x, y) = (x - 1, y - 1);
        pairs.push((x as usize, y as usize));
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn merged(base: &str, one: &str, other: &str) -> Result<String, Clash> {
        merge(base.as_bytes(), one.as_bytes(), other.as_bytes())
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn what_two_changed_in_different_places_becomes_one() {
        assert_eq!(
            merged("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\ne\n"),
            Ok("A\nb\nc\nD\ne\n".to_owned())
        );
        // Within one line of JSON too, a comma in a string being none.
        assert_eq!(
            merged(
                r#"{"a":1,"t":"x, {y","b":2}"#,
                r#"{"a":9,"t":"x, {y","b":2}"#,
                r#"{"a":1,"t":"x, {z","b":2}"#
            ),
            Ok(r#"{"a":9,"t":"x, {z","b":2}"#.to_owned())
        );
        assert_eq!(
            merged("a\nb\n", "x\nb\n", "x\nb\n"),
            Ok("x\nb\n".to_owned())
        );
    }

    #[test]
    fn what_two_changed_in_one_place_is_a_clash_with_its_line() {
        assert_eq!(
            merged("a\nb\nc\n", "a\nx\nc\n", "a\ny\nc\n"),
            Err(Clash::At(2))
        );
        // Which of two insertions comes first would be a guess.
        assert_eq!(
            merged("a\nb\n", "a\nx\nb\n", "a\ny\nb\n"),
            Err(Clash::At(2))
        );
        let (many, others) = ("x\n".repeat(2_000), "y\n".repeat(2_000));
        assert_eq!(merged(&many, &others, &many), Err(Clash::TooDifferent));
    }

    proptest! {
        #[test]
        fn a_version_and_its_base_merge_to_the_version(
            base in "[ab,{}\"\\\\\n]{0,40}",
            one in "[ab,{}\"\\\\\n]{0,40}",
        ) {
            prop_assert_eq!(merged(&base, &one, &base), Ok(one.clone()));
            prop_assert_eq!(merged(&base, &base, &one), Ok(one.clone()));
            prop_assert_eq!(merged(&base, &one, &one), Ok(one));
        }
    }
}
