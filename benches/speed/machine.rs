//! What the machine does at this hour, by work that has nothing to do with rounds: a shared machine runs at two thirds of its
//! speed in some hours, and a figure of such an hour is to be told from one that rounds has made worse.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::table::{median, ms};

const HASHED: usize = 16 << 20;
/// As many numbers as are jumped through: more than any cache holds.
const PLACES: usize = (64 << 20) / size_of::<u32>();
const JUMPS: u32 = 1 << 18;
const TIMES: usize = 7;
/// A thread waits so long before it is woken that its processor rests.
const REST: Duration = Duration::from_millis(20);

/// Prints what the machine does now.
pub fn tell() {
    let bytes = vec![7_u8; HASHED];
    let hashed = often(|| {
        black_box(Sha256::digest(&bytes));
    });
    let next = jumps();
    let jumped = often(|| {
        let mut at = 0;
        for _ in 0..JUMPS {
            at = next[at as usize];
        }
        black_box(at);
    });
    println!(
        "the machine now: 16 MB hashed in {}, a jump through 64 MB in {} ns, a thread woken in {} us",
        ms(hashed),
        (jumped / JUMPS).as_nanos(),
        woken().as_micros()
    );
}

fn often(mut work: impl FnMut()) -> Duration {
    let took = (0..TIMES).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    median(took.collect())
}

/// One way through all places in no order that a processor could foresee.
fn jumps() -> Vec<u32> {
    let mut order: Vec<u32> = (0..PLACES as u32).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..PLACES).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
    let mut next = vec![0; PLACES];
    for (at, to) in order.iter().zip(order.iter().cycle().skip(1)) {
        next[*at as usize] = *to;
    }
    next
}

/// From one thread's word until another one, that waits for it, has taken it.
fn woken() -> Duration {
    let (say, hear) = mpsc::sync_channel::<Instant>(1);
    let (answer, answers) = mpsc::sync_channel(1);
    let waiting = thread::spawn(move || {
        for said in hear {
            if answer.send(said.elapsed()).is_err() {
                return;
            }
        }
    });
    let took = (0..TIMES).map_while(|_| {
        thread::sleep(REST);
        say.send(Instant::now()).ok()?;
        answers.recv().ok()
    });
    let took = median(took.collect());
    drop(say);
    waiting.join().expect("a thread that waits");
    took
}
