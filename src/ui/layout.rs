//! Where things stand, for every size of terminal.
//!
//! ```text
//! 80×24              120×40                  200×50
//! tabs               tabs                    tabs
//! pulse              pulse                   pulse
//! list               list      │ page        list        │ page    │ log
//! needs you          needs you               needs you
//! under the cursor
//! hints              hints                   hints
//! ```
//!
//! Below 14 lines the tabs go, below 6 the hints; what is left says the truth in one line.

use ratatui::layout::Rect;

/// From this width the agent's page stands beside the list.
pub const PAGE_FROM: u16 = 100;
/// From this width the log stands beside both.
pub const LOG_FROM: u16 = 160;

/// How the same views are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Tables and pages side by side, with rules, bars and signs.
    #[default]
    Grid,
    /// One fact a line from top to bottom, for those who hear the screen.
    Lines,
}

/// The frame that every pane shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    pub tabs: Option<Rect>,
    pub pulse: Rect,
    pub body: Rect,
    /// A line for the progress of the mirror, while there is any.
    pub progress: Option<Rect>,
    pub foot: Option<Rect>,
}

/// Whether the mirror is being filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Shown,
    Hidden,
}

pub fn screen(width: u16, height: u16, progress: Progress) -> Screen {
    let mut rest = Rect::new(0, 0, width, height);
    let take_top = |rest: &mut Rect| {
        let line = Rect {
            height: rest.height.min(1),
            ..*rest
        };
        rest.y += line.height;
        rest.height -= line.height;
        line
    };
    let tabs = (height >= 14).then(|| take_top(&mut rest));
    let pulse = take_top(&mut rest);
    let foot = (height >= 6).then(|| take_bottom(&mut rest));
    let progress = (progress == Progress::Shown && rest.height > 2).then(|| take_bottom(&mut rest));
    Screen {
        tabs,
        pulse,
        body: rest,
        progress,
        foot,
    }
}

/// The frame of [`Form::Lines`]: the header, the list or page, and what was said last.
pub fn lines(width: u16, height: u16) -> Screen {
    let mut rest = Rect::new(0, 0, width, height);
    let pulse = Rect {
        height: height.min(1),
        ..rest
    };
    rest.y += pulse.height;
    rest.height -= pulse.height;
    let foot = (height >= 3).then(|| take_bottom(&mut rest));
    Screen {
        tabs: None,
        pulse,
        body: rest,
        progress: None,
        foot,
    }
}

fn take_bottom(rest: &mut Rect) -> Rect {
    rest.height -= 1;
    Rect {
        y: rest.y + rest.height,
        height: 1,
        ..*rest
    }
}

/// What the standup pane would like to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Rows with nothing folded.
    pub rows: usize,
    /// Rows with everything folded that may be.
    pub least: usize,
    /// Lines of the calls for a person.
    pub calls: usize,
}

/// The parts of the standup pane. `list` includes its line of column names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub list: Rect,
    pub digest: Option<Rect>,
    /// What happened to the agent under the cursor.
    pub block: Option<Rect>,
    pub page: Option<Rect>,
    pub log: Option<Rect>,
}

impl Board {
    /// Rows of the list, without its column names.
    pub fn rows(&self) -> usize {
        usize::from(self.list.height.saturating_sub(1))
    }
}

/// Lines of the digest under its title where the list has none to spare.
const MOST_CALLS: u16 = 8;
/// The block under the list: a title and what happened.
const BLOCK: u16 = 5;
const MOST_BLOCK: u16 = 9;

pub fn board(body: Rect, wants: Wants) -> Board {
    let beside = body.width >= PAGE_FROM && body.height >= 8;
    let room = body.height.saturating_sub(1);
    let rows = clip(wants.rows);
    let least = clip(wants.least).min(room * 3 / 5).max(room.min(3));
    let spare = room - least.min(room);
    let called = if wants.calls == 0 {
        0
    } else {
        clip(wants.calls).min(most_calls(room, rows, beside)) + 1
    };
    let digest = if spare >= 2 { called.min(spare) } else { 0 };
    let block = if beside || spare - digest < 3 {
        0
    } else {
        BLOCK.min(spare - digest)
    };
    let free = (room - digest - block).saturating_sub(rows);
    let block = if block > 0 {
        (block + free).min(MOST_BLOCK)
    } else {
        0
    };
    let list = body.height - digest - block;
    let mut board = split(
        Rect {
            height: list,
            ..body
        },
        beside,
    );
    let mut y = body.y + list;
    let mut section = |height: u16| {
        let part = Rect { y, height, ..body };
        y += height;
        (height > 0).then_some(part)
    };
    board.digest = section(digest);
    board.block = section(block);
    board
}

/// The digest grows into what the list leaves empty, up to half of the screen.
fn most_calls(room: u16, rows: u16, beside: bool) -> u16 {
    let block = if beside { 0 } else { BLOCK };
    let empty = room.saturating_sub(rows.saturating_add(block + 1));
    empty.min(room / 2).max(MOST_CALLS)
}

/// A list and what is under its cursor: beneath it, or beside it where there is room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    pub list: Rect,
    pub detail: Rect,
}

impl Desk {
    /// A list so many rows high, and what is under its cursor beneath it.
    pub fn beneath(body: Rect, high: u16) -> Self {
        Self {
            list: Rect {
                height: high,
                ..body
            },
            detail: Rect {
                y: body.y + high,
                height: body.height - high,
                ..body
            },
        }
    }

    /// A list that has the whole body, and a page that has it in turn.
    pub fn in_turn(body: Rect) -> Self {
        Self {
            list: body,
            detail: body,
        }
    }
}

/// `list` includes one line above its rows, `detail` one for its title. Neither is given more than it has lines for while the
/// other wants them.
pub fn desk(body: Rect, rows: usize, lines: usize) -> Desk {
    if body.width >= PAGE_FROM && body.height >= 8 {
        let wide = (body.width * 55 / 100).max(58);
        let (list, detail) = (
            Rect {
                width: wide,
                ..body
            },
            Rect {
                x: body.x + wide,
                width: body.width - wide,
                ..body
            },
        );
        return Desk { list, detail };
    }
    let wanted = clip(rows.saturating_add(1));
    let most = (body.height * 3 / 5).max(body.height.saturating_sub(clip(lines.saturating_add(1))));
    let mut high = wanted.min(most).max(body.height.min(2));
    if body.height - high < 3 {
        high = body.height;
    }
    Desk::beneath(body, high)
}

fn clip(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

fn split(area: Rect, beside: bool) -> Board {
    if !beside {
        return Board {
            list: area,
            ..Board::default()
        };
    }
    let list = if area.width >= LOG_FROM {
        area.width / 2
    } else {
        (area.width * 55 / 100).max(58)
    };
    let mut rest = Rect {
        x: area.x + list,
        width: area.width - list,
        ..area
    };
    let log = (area.width >= LOG_FROM).then(|| {
        let width = rest.width / 2;
        rest.width -= width;
        Rect {
            x: rest.x + rest.width,
            width,
            ..rest
        }
    });
    Board {
        list: Rect {
            width: list,
            ..area
        },
        page: Some(rest),
        log,
        ..Board::default()
    }
}

/// The place of a window in the middle of the screen, no larger than it however small that is.
pub fn centred(screen: (u16, u16), (wide, high): (u16, u16)) -> Rect {
    let (wide, high) = (wide.min(screen.0), high.min(screen.1));
    Rect {
        x: (screen.0 - wide) / 2,
        y: (screen.1 - high) / 2,
        width: wide,
        height: high,
    }
}

/// The first visible line of a list that moves by whole screens.
pub fn paged(at: usize, height: usize) -> usize {
    at - at % height.max(1)
}

/// The first visible line so that `at` can be seen, moving as little as possible from `top`.
pub fn scrolled(top: usize, at: usize, height: usize, count: usize) -> usize {
    let last_top = count.saturating_sub(height);
    let top = if at < top {
        at
    } else if height > 0 && at >= top + height {
        at + 1 - height
    } else {
        top
    };
    top.min(last_top)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_usual_terminal_has_room_for_everything_that_matters() {
        let screen = screen(80, 24, Progress::Hidden);
        let board = board(
            screen.body,
            Wants {
                rows: 14,
                least: 7,
                calls: 4,
            },
        );
        assert!(board.rows() >= 7, "{board:?}");
        assert_eq!(board.digest.map(|area| area.height), Some(5));
        assert!(board.block.is_some_and(|area| area.height >= 4));
        assert_eq!(board.page, None);
    }

    #[test]
    fn scrolling_moves_no_more_than_needed() {
        assert_eq!(scrolled(0, 3, 5, 10), 0);
        assert_eq!(scrolled(0, 5, 5, 10), 1);
        assert_eq!(scrolled(4, 2, 5, 10), 2);
        assert_eq!(scrolled(9, 9, 5, 10), 5);
        assert_eq!(scrolled(3, 0, 5, 0), 0);
    }

    proptest! {
        #[test]
        fn parts_lie_within_the_screen_and_never_overlap(
            width in 0_u16..260, height in 0_u16..80, rows in 0_usize..2000, least in 0_usize..2000, calls in 0_usize..50,
        ) {
            for progress in [Progress::Shown, Progress::Hidden] {
                let screen = screen(width, height, progress);
                let board = board(screen.body, Wants { rows, least: least.min(rows), calls });
                let whole = Rect::new(0, 0, width, height);
                let parts: Vec<Rect> = [screen.tabs, Some(screen.pulse), screen.progress, screen.foot,
                    Some(board.list), board.digest, board.block, board.page, board.log]
                    .into_iter().flatten().filter(|part| !part.is_empty()).collect();
                for (i, part) in parts.iter().enumerate() {
                    prop_assert_eq!(part.intersection(whole), *part);
                    for other in &parts[i + 1..] {
                        prop_assert!(!part.intersects(*other), "{:?} {:?}", part, other);
                    }
                }
            }
        }
    }
}
