//! `rounds watch` from outside: hooks, digest, ping, what it remembers, and which config it takes commands from.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use rounds::domain::time::Ts;

struct Place(tempfile::TempDir);

impl Place {
    /// One agent whose last run failed, and a config with this `[watch]`.
    fn new(watch: &str) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(place.path("fleet/social")).expect("made");
        place.line(5, "failed");
        let config = place.path(".config/rounds/config.toml");
        fs::create_dir_all(config.parent().expect("a parent")).expect("made");
        fs::write(&config, format!("zone = \"UTC\"\n[watch]\n{watch}")).expect("written");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A run of `replies`, so many minutes ago.
    fn line(&self, minutes: i64, status: &str) {
        let now = rounds::sys::clock::Clock::System.now();
        let at = Ts(now.0 - minutes * 60_000).rfc3339();
        let line = format!(
            "{{\"ts\":\"{at}\",\"run_id\":\"{status}-{minutes}\",\"task\":\"replies\",\"status\":\"{status}\",\"msg\":\"HTTP 500\"}}\n"
        );
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("fleet/social/heartbeat.jsonl"));
        log.expect("open")
            .write_all(line.as_bytes())
            .expect("written");
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rounds"));
        command
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn watch(&self) -> Watch {
        let mut child = self
            .command("watch fleet --json --state-dir state")
            .spawn()
            .expect("it starts");
        let out = child.stdout.take().expect("piped");
        Watch {
            child,
            lines: BufReader::new(out).lines(),
        }
    }
}

struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    /// The next alert.
    fn next(&mut self) -> serde_json::Value {
        let line = self.lines.next().expect("a line").expect("read");
        let alert = serde_json::from_str(&line).expect("JSON");
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schema/alert.json");
        let schema = serde_json::from_slice(&fs::read(schema).expect("a schema")).expect("JSON");
        assert!(jsonschema::is_valid(&schema, &alert), "{alert}");
        alert
    }

    fn end(mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.is_ok_and(|status| status.success()));
        assert_eq!(self.child.wait().expect("it ends").code(), Some(0));
    }
}

/// Reads a FIFO's next line: waits for whoever writes it.
fn fifo(path: &Path) -> BufReader<fs::File> {
    BufReader::new(
        fs::File::options()
            .read(true)
            .write(true)
            .open(path)
            .expect("open"),
    )
}

fn make_fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()));
}

fn line_of(from: &mut BufReader<fs::File>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("read");
    line
}

#[test]
fn a_hook_is_run_for_a_finding_and_for_its_end_and_a_restart_repeats_nothing() {
    let place = Place::new("hook = [\"sh\", \"-c\", \"cat >> $HOME/hooked\"]\n");
    let mut watch = place.watch();
    let raised = watch.next();
    assert_eq!(
        (&raised["event"], &raised["kind"]),
        (&"raised".into(), &"failed".into())
    );
    watch.end();
    let mut watch = place.watch();
    place.line(0, "ok");
    let cleared = watch.next();
    assert_eq!(cleared["event"], "cleared", "and it was not raised again");
    assert_eq!(cleared["id"], raised["id"]);
    watch.end();
    let hooked = fs::read_to_string(place.path("hooked")).expect("the hook ran");
    let events: Vec<&str> = hooked
        .lines()
        .map(|line| {
            let is = |word: &str| line.contains(&format!("\"event\":\"{word}\""));
            if is("raised") { "raised" } else { "cleared" }
        })
        .collect();
    assert_eq!(events, ["raised", "cleared"]);
    let kept = fs::metadata(place.path("state")).expect("kept");
    assert_eq!(kept.permissions().mode() & 0o777, 0o700);
}

#[test]
fn digest_and_ping_are_run() {
    let place = Place::new(
        "digest_at = \"00:00\"\ndigest = [\"sh\", \"-c\", \"head -n 1 > $HOME/digest\"]\nping = [\"sh\", \"-c\", \"echo ping > $HOME/ping\"]\n",
    );
    for name in ["digest", "ping"] {
        make_fifo(&place.path(name));
    }
    let (mut digest, mut ping) = (fifo(&place.path("digest")), fifo(&place.path("ping")));
    let mut watch = place.watch();
    assert_eq!(watch.next()["event"], "raised");
    assert_eq!(line_of(&mut ping), "ping\n");
    let now = rounds::sys::clock::Clock::System.now();
    if now.0.rem_euclid(86_400_000) < 11 * 3_600_000 {
        assert!(line_of(&mut digest).starts_with("standup"));
    }
    watch.end();
}

#[test]
fn commands_are_taken_only_from_a_config_that_nobody_else_can_write() {
    let place = Place::new("hook = [\"cat\"]\n");
    let config = place.path(".config/rounds/config.toml");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o666)).expect("set");
    let refused = place.command("watch fleet").output().expect("it runs");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        said.contains("names commands") && said.contains("chmod"),
        "{said}"
    );
}

#[test]
fn units_name_this_program_and_these_places() {
    let place = Place::new("");
    for (manager, sign) in [
        ("systemd", "ExecStart="),
        ("launchd", "<key>ProgramArguments</key>"),
    ] {
        let line = format!("watch fleet --state-dir state --print-unit {manager}");
        let printed = place.command(&line).output().expect("it runs");
        let text = String::from_utf8_lossy(&printed.stdout).into_owned();
        let folder = place.path("fleet").display().to_string();
        assert!(text.contains(sign) && text.contains(&folder), "{text}");
        assert!(text.contains("--state-dir"), "{text}");
        assert!(!place.path("state").exists(), "nothing is begun");
    }
}
