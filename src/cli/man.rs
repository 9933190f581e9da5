//! `rounds man`: the manual page, from the same definition as the help.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use super::args::Args;
use super::{Exit, Failure, answer};
use crate::ui::command::COMMANDS;

pub fn run() -> Result<Exit, Failure> {
    answer(&page()?)?;
    Ok(Exit::Done)
}

/// The whole page in roff: rounds itself, then every command in a section of its own.
///
/// # Errors
/// None in practice: the page is written to memory.
pub fn page() -> Result<String, Failure> {
    let mut command = Args::command().disable_help_flag(true);
    command.build();
    let mut roff = Vec::new();
    let man = clap_mangen::Man::new(command.clone())
        .section("1")
        .source("rounds");
    man.render(&mut roff)?;
    let mut page = String::from_utf8_lossy(&roff).into_owned();
    for sub in command.get_subcommands() {
        let _ = writeln!(page, ".SH \"ROUNDS {}\"", sub.get_name().to_uppercase());
        page.push_str(&part(sub)?);
    }
    keys(&mut page);
    page.push_str(FILES);
    Ok(page)
}

/// The control room's commands with their keys, from its registry.
fn keys(page: &mut String) {
    page.push_str(".SH KEYS\nCommands of the control room by name, with their keys; [ui.keys] of the config replaces them.\n");
    for spec in COMMANDS {
        let keys: Vec<String> = spec.keys.iter().map(|key| roff(key)).collect();
        let (name, help) = (roff(spec.name), roff(spec.help));
        let _ = writeln!(page, ".TP\n\\fB{name}\\fR  {}\n{help}", keys.join(", "));
    }
}

/// Text as roff shows it: no backslash, hyphen or leading dot is taken for a command.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.chars().next() {
        Some('.' | '\'') => format!("\\&{text}"),
        _ => text,
    }
}

/// Synopsis, description and own options of one command.
fn part(sub: &Command) -> Result<String, Failure> {
    let mut own = sub.clone().disable_help_flag(true);
    let shared: Vec<clap::Id> = own
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .map(|arg| arg.get_id().clone())
        .collect();
    for id in shared {
        own = own.mut_arg(id, |arg| arg.hide(true));
    }
    let man = clap_mangen::Man::new(own);
    let mut roff = Vec::new();
    man.render_description_section(&mut roff)?;
    man.render_options_section(&mut roff)?;
    man.render_extra_section(&mut roff)?;
    let text = String::from_utf8_lossy(&roff).into_owned();
    Ok(text.replace(".SH ", ".SS "))
}

const FILES: &str = "\
.SH FILES
.TP
\\fI~/.config/rounds/config.toml\\fR
The config; \\fBrounds init \\-\\-print\\fR prints a commented example with every key.
.TP
\\fI~/.local/state/rounds\\fR
The mirror (which can be deleted), the ledger and versions of plans (which should not).
.SH ENVIRONMENT
.TP
\\fBROUNDS_CONFIG\\fR, \\fBROUNDS_STATE_DIR\\fR
The config file and the state folder.
.TP
\\fBNO_COLOR\\fR
No colour, unless \\fB\\-\\-color always\\fR.
.TP
\\fBTZ\\fR
The zone of the screen, unless the config names one.
";
