//! The command line as a page of the documentation.

use std::fmt::Write as _;

use clap::CommandFactory;

use super::args::Args;

/// Columns of help on the page, whatever terminal it is made on.
const WIDTH: usize = 100;

/// The help of rounds and of every command, in Markdown.
pub fn markdown() -> String {
    let mut command = Args::command().term_width(WIDTH);
    command.build();
    let mut page =
        String::from("# Command line\n\nThis page is what `--help` says; a test compares.\n");
    section(&mut page, "rounds", &command.render_long_help().to_string());
    for sub in command.get_subcommands_mut() {
        let title = format!("rounds {}", sub.get_name());
        let help = sub.clone().term_width(WIDTH).render_long_help().to_string();
        section(&mut page, &title, &help);
    }
    page
}

fn section(page: &mut String, title: &str, help: &str) {
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(page, "\n## {title}\n\n```text\n{}\n```\n", help.join("\n"));
}
