//! What keeps `rounds watch` running: a unit for systemd, a property list for launchd. Printed, never installed.

use std::path::{Path, PathBuf};

use crate::cli::args::{Args, Manager};
use crate::cli::{Failure, Surroundings};

/// The text for this manager, for the same places and files as this command.
pub fn text(
    manager: Manager,
    roots: &[PathBuf],
    args: &Args,
    here: &Surroundings,
) -> Result<String, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("where rounds itself lies is not known: {error}")))?;
    let mut words = vec![shown(&program)?, "watch".to_owned()];
    let full = |path: &Path| shown(&here.places.here.join(path));
    for root in roots {
        words.push(full(root)?);
    }
    let options = [
        ("--config", &args.global.config),
        ("--state-dir", &args.global.state_dir),
    ];
    for (option, path) in options {
        if let Some(path) = path {
            words.push(option.to_owned());
            words.push(full(path)?);
        }
    }
    Ok(match manager {
        Manager::Systemd => systemd(&words),
        Manager::Launchd => launchd(&words),
    })
}

fn shown(path: &Path) -> Result<String, Failure> {
    let text = path
        .to_str()
        .filter(|text| !text.contains(char::is_control));
    text.map(str::to_owned).ok_or_else(|| {
        Failure::new("a path that is not plain text cannot stand in a unit")
            .remedy("a path of letters, digits and signs")
    })
}

fn systemd(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| systemd_word(word)).collect();
    format!(
        "# ~/.config/systemd/user/rounds.service\n\
         # then: systemctl --user enable --now rounds\n\
         # and, so that it goes on when you are logged out: loginctl enable-linger\n\
         [Unit]\n\
         Description=rounds watches the agents\n\
         \n\
         [Service]\n\
         ExecStart={}\n\
         Restart=always\n\
         RestartSec=10\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        words.join(" ")
    )
}

/// A word as systemd reads it back: quoted, and nothing in it stands for anything.
fn systemd_word(word: &str) -> String {
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn launchd(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("    <string>{}</string>\n", xml(word)))
        .collect();
    let words = words.concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- ~/Library/LaunchAgents/rounds.plist\n     \
         then: launchctl bootstrap gui/$UID ~/Library/LaunchAgents/rounds.plist -->\n\
         <plist version=\"1.0\">\n\
         <dict>\n  \
         <key>Label</key><string>rounds</string>\n  \
         <key>ProgramArguments</key>\n  \
         <array>\n{words}  </array>\n  \
         <key>RunAtLoad</key><true/>\n  \
         <key>KeepAlive</key><true/>\n\
         </dict>\n\
         </plist>\n"
    )
}

fn xml(word: &str) -> String {
    let word = word.replace('&', "&amp;");
    word.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_itself() {
        assert_eq!(systemd_word(r#"/a b/50%$x"\"#), r#""/a b/50%%$$x\"\\""#);
        assert_eq!(xml("a<b>&c"), "a&lt;b&gt;&amp;c");
        let words = ["/bin/rounds".to_owned(), "watch".to_owned()];
        assert!(systemd(&words).contains("ExecStart=\"/bin/rounds\" \"watch\"\n"));
        assert!(
            launchd(&words).contains("<string>/bin/rounds</string>\n    <string>watch</string>")
        );
    }
}
