//! A terminal control room for one person who runs a fleet of AI agents on schedules.
//!
//! A *watcher* marks paths as changed; one *keeper* thread reads them, mirrors them into SQLite, judges, and publishes
//! immutable [`Fleet`](domain::fleet::Fleet) snapshots; a *reader* answers questions about history; the *screen* turns
//! snapshots into frames, and keys into orders and questions. Everything between is pure functions over plain data.
//!
//! ```text
//! agents' files ──notify──▶ Inbox ──▶ keeper ──▶ watch<Arc<Fleet>> ──▶ screen ──▶ frame
//!        │                              ▲ │                               │
//!        └───────sweep, read────────────┘ │      ◀── Order ── Reply ──▶   │
//!                                         ▼                               │
//!              mirror.db   seen.jsonl   versions/   ledger.jsonl          │
//!                  │                                                      │
//!                  └──────────────▶ reader   ◀── Query ── Page ──▶────────┘
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`domain`] | the words of the field as values; pure |
//! | [`parse`] | bytes to values and diagnostics; pure, never fails |
//! | [`plan`] | schedules to slots; pure |
//! | [`detect`] | facts, moment and policy to verdicts; pure |
//! | [`ops`] | an order to a plan with its sentence, its difference and its confirmation; pure |
//! | [`view`] | a snapshot as rows and sentences; pure |
//! | [`report`] | the same as text, Markdown and JSON; pure |
//! | [`config`], [`paths`] | what the operator says, and where things lie |
//! | [`sys`] | clock, files, locks, mounts: the machine, with portable fallbacks |
//! | [`store`] | the mirror, the ledger, the versions |
//! | [`apply`] | carrying out what the operator ordered |
//! | [`watch`] | finding files, noticing changes, telling generations of a file apart |
//! | [`keeper`] | the one owner of the mirror |
//! | [`reader`] | pages of history and boards of the past |
//! | [`ui`] | the screen |
//! | [`cli`] | one file a command |
//! | [`demo`] | a simulated fleet that misbehaves |
//!
//! `docs/ARCHITECTURE.md` says why; `tests/architecture.rs` holds it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod apply;
pub mod cli;
pub mod config;
pub mod demo;
pub mod detect;
pub mod domain;
pub mod keeper;
pub mod ops;
pub mod parse;
pub mod paths;
pub mod plan;
pub mod reader;
pub mod report;
pub mod store;
pub mod sys;
pub mod ui;
pub mod view;
pub mod watch;
