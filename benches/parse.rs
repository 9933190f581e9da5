//! Reading speed of every reader on its own formats, and the memory that a large file takes: `cargo bench --bench parse`. Each reader must read 60 MB a
//! second at least, in time of the processor, so that what else the machine does says little; the program must read a file of any size within
//! 64 MB. The files are 24 MB each, 300 MB with `ROUNDS_LARGE=1`. It ends with 1 where one misses.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use rounds::domain::time::{Ts, Zone};
use rounds::parse::vocabulary::Vocabulary;
use rounds::parse::{self, Chunk, Context, Reader};
use rustix::time::{ClockId, clock_gettime};

#[path = "parse/formats.rs"]
mod formats;

use formats::{FORMATS, Format};

/// Megabytes a second that every reader must reach.
const LEAST: f64 = 60.0;
/// What the program may hold at most while it reads a file, in bytes.
const MOST_HELD: u64 = 64_000_000;
/// Each format is read this often; the fastest time counts.
const ROUNDS: u32 = 25;
/// What is read at once.
const SAMPLE: usize = 1 << 20;

fn main() -> ExitCode {
    let large = std::env::var_os("ROUNDS_LARGE").is_some();
    let size = if large { 300 } else { 24 } << 20;
    let folder = tempfile::tempdir().expect("a folder");
    let mut missed = 0;
    println!(
        "{:<28} {:>10}  least  {:>10}  most",
        "format", "MB/s", "peak MB"
    );
    for format in FORMATS {
        let speed = speed(format);
        let peak = format
            .path_of_log()
            .map(|name| peak(folder.path(), name, format, size));
        let held = peak.map_or_else(
            || "whole".to_owned(),
            |peak| format!("{:.0}", peak as f64 / 1e6),
        );
        let good = speed >= LEAST && peak.is_none_or(|peak| peak <= MOST_HELD);
        missed += u32::from(!good);
        let mark = if good { "" } else { "  missed" };
        println!(
            "{:<28} {speed:>10.0}  {LEAST:>5.0}  {held:>10}  {:>4}{mark}",
            format.name,
            MOST_HELD / 1_000_000
        );
    }
    println!(
        "whole: of at most 4 MiB, a larger one is refused; files of {} MiB, {missed} missed",
        size >> 20
    );
    ExitCode::from(u8::from(missed > 0))
}

fn speed(format: &Format) -> f64 {
    let vocabulary = Vocabulary::default();
    let context = Context {
        path: format.path,
        zone: Zone::UTC,
        modified: Ts(1_774_692_907_000),
        vocabulary: &vocabulary,
    };
    let text = format.text(SAMPLE);
    let records = read(format.reader, text.as_bytes(), &context);
    assert!(
        records >= text.len() / 2_000,
        "{}: {records} records",
        format.name
    );
    let fastest = (0..ROUNDS).map(|_| {
        let from = processor_time();
        black_box(read(format.reader, black_box(text.as_bytes()), &context));
        processor_time().saturating_sub(from)
    });
    let fastest = fastest
        .min()
        .unwrap_or_default()
        .max(Duration::from_nanos(1));
    text.len() as f64 / fastest.as_secs_f64() / 1e6
}

/// Reads as the program does, and says how much was found.
fn read(reader: Reader, bytes: &[u8], context: &Context<'_>) -> usize {
    match reader {
        Reader::Plan => {
            let (plan, _) = parse::plan(bytes, context);
            plan.tasks.len()
        }
        Reader::CronStore => {
            let (store, _) = parse::store(bytes, context);
            store.plans.iter().map(|plan| plan.tasks.len()).sum()
        }
        Reader::Json
        | Reader::Wal
        | Reader::Snapshot
        | Reader::Text
        | Reader::Markdown
        | Reader::Insights => {
            let mut records = 0;
            parse::each(reader, Chunk::whole(bytes), context, |record| {
                records += usize::from(record.len > 0);
            });
            records
        }
        Reader::Lock | Reader::LifeSign | Reader::Tracking | Reader::Document => 0,
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The most memory that the program held while it read one large file of the format, in bytes.
fn peak(folder: &Path, name: &str, format: &Format, size: usize) -> u64 {
    let path = folder.join(name);
    let sample = format.text(SAMPLE);
    let mut file = BufWriter::new(File::create(&path).expect("a file"));
    for _ in 0..size / sample.len() {
        file.write_all(sample.as_bytes()).expect("written");
    }
    drop(file);
    let mut child = Command::new(env!("CARGO_BIN_EXE_rounds"))
        .arg("doctor")
        .arg(&path)
        .env("ROUNDS_STATE_DIR", folder.join("state"))
        .env("HOME", folder)
        .env_remove("ROUNDS_CONFIG")
        .env_remove("XDG_CONFIG_HOME")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("rounds starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("rounds is waited for").is_none() {
        peak = peak.max(high_water(&fs::read_to_string(&status).unwrap_or_default()));
        std::thread::park_timeout(Duration::from_millis(2));
    }
    fs::remove_file(&path).expect("removed");
    peak
}

/// The highest resident size that a process's status tells of, in bytes; 0 where it tells of none.
fn high_water(status: &str) -> u64 {
    let kb = status.lines().find_map(|line| {
        let number = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?;
        number.parse::<u64>().ok()
    });
    kb.unwrap_or(0) * 1_024
}
