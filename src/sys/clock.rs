//! The one clock. Everything else is handed its moments.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::{Span, Ts};

/// Really elapsed since a file's modification time; nothing for a time to come.
pub fn age(modified: SystemTime) -> Duration {
    wall().duration_since(modified).unwrap_or_default()
}

/// Nanoseconds of the real clock: they tell processes apart that get the same number one after the other.
pub fn nanos() -> u128 {
    let elapsed = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    elapsed.as_nanos()
}

/// A name that nothing else has: a ULID, its time as given, the rest random.
pub fn ulid(at: Ts) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut random = [0_u8; 10];
    let read = std::fs::File::open("/dev/urandom").and_then(|mut file| {
        use std::io::Read;
        file.read_exact(&mut random)
    });
    if read.is_err() {
        // Without a source of randomness: two operations of one process never begin in the same nanosecond.
        let unlike = nanos() ^ (u128::from(std::process::id()) << 60);
        random.copy_from_slice(&unlike.to_le_bytes()[..10]);
    }
    let mut number = (u128::from(at.0.unsigned_abs()) & 0xffff_ffff_ffff) << 80;
    for (place, byte) in random.iter().enumerate() {
        number |= u128::from(*byte) << (8 * place);
    }
    (0..26)
        .rev()
        .map(|place| char::from(LETTERS[(number >> (5 * place)) as usize & 31]))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine for the time"
)]
fn wall() -> SystemTime {
    SystemTime::now()
}

/// Where `now` comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    /// The simulated fleet's clock: it started at the real time and runs faster.
    Accelerated {
        origin: Ts,
        factor: u32,
    },
    /// Always the same moment: a board of the past, and tests.
    Fixed(Ts),
    /// Moved by hand, in milliseconds since 1970: a simulated fleet that is played a piece at a time.
    Moved(&'static AtomicI64),
}

fn real_now() -> Ts {
    let elapsed = wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ts(elapsed.as_millis() as i64)
}

impl Clock {
    /// A clock that starts now and runs `factor` times as fast (1 to 10,000).
    pub fn accelerated(factor: u32) -> Self {
        match factor {
            0 | 1 => Self::System,
            factor => Self::Accelerated {
                origin: real_now(),
                factor: factor.min(10_000),
            },
        }
    }

    pub fn now(&self) -> Ts {
        match self {
            Self::Fixed(at) => *at,
            Self::Moved(at) => Ts(at.load(Ordering::Relaxed)),
            Self::System | Self::Accelerated { .. } => self.of_file(real_now()),
        }
    }

    /// A moment of the real clock, such as a file's modification time, on this clock.
    pub fn of_file(&self, real: Ts) -> Ts {
        match self {
            Self::Accelerated { origin, factor } if real > *origin => {
                *origin + (real - *origin).times(i64::from(*factor))
            }
            Self::System | Self::Accelerated { .. } | Self::Fixed(_) | Self::Moved(_) => real,
        }
    }

    /// How long to really wait for a span of this clock.
    pub fn real(&self, span: Span) -> Duration {
        match self {
            Self::Accelerated { factor, .. } => span.to_std() / *factor,
            Self::System | Self::Fixed(_) | Self::Moved(_) => span.to_std(),
        }
    }

    /// A really elapsed span, on this clock.
    pub fn span_of(&self, real: Duration) -> Span {
        let span = Span(i64::try_from(real.as_millis()).unwrap_or(i64::MAX));
        match self {
            Self::Accelerated { factor, .. } => span.times(i64::from(*factor)),
            Self::System | Self::Fixed(_) | Self::Moved(_) => span,
        }
    }

    /// The real instant at which this clock will show `at`.
    pub fn instant_of(&self, at: Ts) -> Instant {
        Instant::now() + self.real(at - self.now())
    }
}
