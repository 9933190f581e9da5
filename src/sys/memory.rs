//! How the allocator divides memory, and what goes back that is not used any more.
//!
//! An allocator keeps what was freed for the next who asks. After a bulk load nobody asks for so much again. And of the
//! program's own pages most are needed for its start only: a room that watches runs a few of them.

/// A heap for each thread that works while others do, where the allocator has several, and no more: a dozen threads that
/// mostly wait would leave holes in every one. Two that shared a heap waited for each other at every allocation: a cold first
/// frame came after 20 ms instead of 15.
///
/// And what is free at the end of a heap is given back, however large the pieces were that a bulk load took. The allocator
/// would learn from those to keep as much: a minute after a cold load of 50 agents a room held 17 to 31 MB, now 16 to 19.
pub fn divide() {
    platform::divide();
}

/// Gives unused memory back to the system, where the allocator can.
pub fn release() {
    platform::release();
}

/// Lets go of the program's own pages, where the system can: they are the file's, so whoever needs one again finds it in the
/// system's cache. Worth it whenever a room falls quiet.
pub fn release_program() {
    platform::release_program();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "mallopt, malloc_trim and madvise have no safe wrapper; what they are given is explained where they are called"
)]
mod platform {
    use std::sync::OnceLock;
    use std::{env, fs};

    use super::unwritten;
    use crate::sys::together;

    /// Of the screen, the log file, the reader, the keeper and whoever hears signals; helpers come besides.
    const HEAPS: libc::c_int = 5;
    /// So many free bytes may stay at the end of a heap. With 256 KiB a room held 15 MB after that load, but what a new line
    /// takes was given back and asked for again each time: 5 % of its way to the screen. 4 MiB are no faster.
    const KEPT: libc::c_int = 1 << 20;
    /// What is larger lies in no heap, and goes back as a whole.
    const LARGE: libc::c_int = 1 << 20;

    pub fn divide() {
        let helpers = libc::c_int::try_from(together::more_hands()).unwrap_or_default();
        let settings = [
            (libc::M_ARENA_MAX, HEAPS + helpers),
            (libc::M_TRIM_THRESHOLD, KEPT),
            (libc::M_MMAP_THRESHOLD, LARGE),
        ];
        for (setting, value) in settings {
            // SAFETY: both arguments are integers, and the allocator takes its own locks.
            unsafe {
                libc::mallopt(setting, value);
            }
        }
    }

    pub fn release() {
        // SAFETY: the argument is an integer, and the allocator takes its own locks.
        unsafe {
            libc::malloc_trim(0);
        }
    }

    /// Where the program lies: the same for its whole life.
    fn program() -> &'static [(usize, usize)] {
        static PLACES: OnceLock<Vec<(usize, usize)>> = OnceLock::new();
        PLACES.get_or_init(|| {
            let maps = fs::read_to_string("/proc/self/maps").ok();
            let places = maps.zip(env::current_exe().ok());
            places.map_or_else(Vec::new, |(maps, program)| {
                unwritten(&maps, &program.to_string_lossy())
            })
        })
    }

    pub fn release_program() {
        for &(from, to) in program() {
            // SAFETY: nothing was ever written to these pages, so the file has what they hold, and a page that is used
            // again is read from there.
            unsafe {
                libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_DONTNEED);
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod platform {
    pub fn divide() {}

    pub fn release() {}

    pub fn release_program() {}
}

/// Where a program's code and constants lie in memory, by the system's table of its mappings. The loader writes into other
/// parts of the file, and protects some of those afterwards, so that not every part that cannot be written now is as in
/// the file: code is, and so is what begins the file.
#[cfg(any(test, all(target_os = "linux", target_env = "gnu")))]
fn unwritten(maps: &str, program: &str) -> Vec<(usize, usize)> {
    let range = |line: &str| {
        let mut words = line.splitn(6, ' ');
        let (place, rights, offset) = (words.next()?, words.next()?, words.next()?);
        let file = words.nth(2)?.trim_start();
        let begins_the_file = offset.bytes().all(|digit| digit == b'0');
        let as_in_file = rights == "r-xp" || (rights == "r--p" && begins_the_file);
        if !as_in_file || file != program {
            return None;
        }
        let (from, to) = place.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        Some((number(from)?, number(to)?))
    };
    maps.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_wrote_is_let_go() {
        let maps = "\
55d0c0000000-55d0c0100000 r--p 00000000 fe:00 123                        /home/ada/my bin/rounds
55d0c0100000-55d0c0300000 r-xp 00100000 fe:00 123                        /home/ada/my bin/rounds
55d0c0300000-55d0c0310000 r--p 00300000 fe:00 123                        /home/ada/my bin/rounds
55d0c0310000-55d0c0320000 rw-p 00310000 fe:00 123                        /home/ada/my bin/rounds
55d0c1000000-55d0c1100000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000100000 r-xp 00026000 fe:00 456                        /usr/lib/libc.so.6
7f0000100000-7f0000200000 rw-p 00000000 00:00 0
";
        let found = unwritten(maps, "/home/ada/my bin/rounds");
        let code = [
            (0x55d0_c000_0000, 0x55d0_c010_0000),
            (0x55d0_c010_0000, 0x55d0_c030_0000),
        ];
        assert_eq!(found, code);
    }

    /// Kilobytes of the mapping that begins at an address.
    #[cfg(target_os = "linux")]
    fn resident(smaps: &str, from: usize) -> u64 {
        let begin = format!("{from:x}-");
        let mut mine = smaps.lines().skip_while(|line| !line.starts_with(&begin));
        let held = mine.find_map(|line| line.strip_prefix("Rss:"));
        let number = held.and_then(|held| held.trim().strip_suffix(" kB"));
        number
            .and_then(|number| number.trim().parse().ok())
            .expect("a mapping")
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_holds_less_of_itself_and_goes_on() {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap();
        let program = std::env::current_exe().unwrap();
        let own = unwritten(&read("maps"), &program.to_string_lossy());
        assert!(!own.is_empty());
        let held = || -> u64 {
            own.iter()
                .map(|(from, _)| resident(&read("smaps"), *from))
                .sum()
        };
        let before = held();
        release_program();
        let after = held();
        assert!(after < before, "{before} kB, then {after} kB");
    }
}
