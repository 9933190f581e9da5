//! `<resource>.lock`: who holds what. The name is the resource; the content may be JSON, a bare pid, or empty.

use crate::domain::heartbeat::Process;
use crate::domain::lock::Lock;
use crate::domain::text::Untrusted;
use crate::domain::time::Span;

use super::Context;
use super::diagnostic::{Diagnostic, DiagnosticKind};
use super::json::Source;
use super::members::Members;
use super::plan_file::documents;
use super::report::{Advice, Reporter};

const TOO_LONG: Advice = Advice {
    expected: "a lock of at most 64 KiB",
    remedy: "write holder, run, epoch and times, nothing else",
};
const NO_OBJECT: Advice = Advice {
    expected: "{\"holder\",\"run_id\",\"epoch\",\"acquired\",\"renewed\",\"ttl_s\"}",
    remedy: "write the lock as a JSON object",
};
const MOST_BYTES: usize = 64 * 1024;

/// Reads a lock. None where the file is half written: the holder is not known then, and the diagnostics say so.
pub(super) fn read(bytes: &[u8], ctx: &Context<'_>) -> (Option<Lock>, Vec<Diagnostic>) {
    let mut reporter = Reporter::new(bytes, 0, 1);
    if bytes.len() > MOST_BYTES {
        reporter.say(DiagnosticKind::Oversize, 0, TOO_LONG);
        return (None, reporter.out);
    }
    let file = ctx.path.rsplit('/').next().unwrap_or(ctx.path);
    let mut lock = Lock {
        resource: Untrusted::from(file.strip_suffix(".lock").unwrap_or(file)),
        holder: None,
        run: None,
        epoch: None,
        acquired: None,
        renewed: None,
        ttl: None,
        process: None,
    };
    // An empty lock or one that holds a process id is held, by nobody who gave a name.
    if bytes
        .iter()
        .all(|b| b.is_ascii_whitespace() || b.is_ascii_digit())
    {
        return (Some(lock), reporter.out);
    }
    let source = Source::new(bytes);
    let tapes = documents(bytes, &mut reporter);
    let Some(root) = tapes.last().map(|tape| tape.root(&source)) else {
        return (None, reporter.out);
    };
    if !root.is_object() {
        reporter.say(DiagnosticKind::WrongType, root.span().0, NO_OBJECT);
        return (Some(lock), reporter.out);
    }
    let m = Members::of(root);
    lock.holder = m.text(&["holder", "by", "agent", "owner"]);
    lock.run = m.run(&["runid", "run", "sessionid"]);
    lock.epoch = m.count(&["epoch"]);
    lock.acquired = m.at(
        &[
            "acquired",
            "acquiredat",
            "since",
            "at",
            "ts",
            "created",
            "createdat",
        ],
        ctx,
    );
    lock.renewed = m.at(&["renewed", "renewedat"], ctx);
    lock.ttl = m
        .span(&["ttls", "ttl", "leases"], Span::SECOND)
        .or_else(|| m.span(&["ttlms"], Span(1)));
    lock.process = m.small(&["pid"]).map(|pid| Process {
        pid,
        started: m.at(&["pidstarted"], ctx),
        host: m.text(&["host", "hostname"]),
    });
    (Some(lock), reporter.out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{Ts, Zone};
    use crate::parse::vocabulary::Vocabulary;

    fn lock(text: &str) -> (Option<Lock>, Vec<Diagnostic>) {
        let vocabulary = Vocabulary::default();
        let ctx = Context {
            path: "locks/linkedin.lock",
            zone: Zone::UTC,
            modified: Ts(0),
            vocabulary: &vocabulary,
        };
        read(text.as_bytes(), &ctx)
    }

    #[test]
    fn a_lock_of_the_contract() {
        let (lock, diagnostics) = lock(
            r#"{"holder":"social","run_id":"r","epoch":3,"acquired":"2026-03-28T10:00:00Z","renewed":"2026-03-28T10:05:00Z","ttl_s":60}"#,
        );
        let lock = lock.unwrap();
        assert_eq!(lock.resource.exact(), "linkedin");
        assert_eq!(lock.holder.unwrap().exact(), "social");
        assert_eq!((lock.epoch, lock.ttl), (Some(3), Some(Span::secs(60))));
        assert_eq!(
            lock.renewed.unwrap() - lock.acquired.unwrap(),
            Span::mins(5)
        );
        assert!(diagnostics.is_empty());
    }

    #[test]
    fn an_empty_lock_and_a_bare_pid_are_held_by_nobody_known() {
        for text in ["", "4312\n"] {
            let (lock, diagnostics) = lock(text);
            assert_eq!(lock.unwrap().holder, None);
            assert!(diagnostics.is_empty());
        }
    }

    #[test]
    fn a_half_written_lock_is_none_and_says_so() {
        let (lock, diagnostics) = lock(r#"{"holder":"so"#);
        assert_eq!(lock, None);
        assert!(diagnostics[0].kind.is_damage());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[{}\":,a-z0-9 \n\\[\\]]{0,40}") {
            let _ = lock(&text);
        }
    }
}
