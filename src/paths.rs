//! Where config and state live: XDG, with the environment's last word, and `~`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// What the environment says about places. Read once, in `main`; everything else takes it as a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub home: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, else `~/.config`.
    pub config_home: Option<PathBuf>,
    /// `$XDG_STATE_HOME`, else `~/.local/state`.
    pub state_home: Option<PathBuf>,
    /// `$ROUNDS_CONFIG`
    pub config: Option<PathBuf>,
    /// `$ROUNDS_STATE_DIR`
    pub state_dir: Option<PathBuf>,
    /// The current folder.
    pub here: PathBuf,
}

impl Places {
    /// Reads the environment.
    pub fn read() -> Self {
        let xdg = Xdg::new().ok();
        let named = |name: &str| -> Option<PathBuf> {
            let value: OsString = std::env::var_os(name)?;
            (!value.is_empty()).then(|| PathBuf::from(value))
        };
        Self {
            home: xdg.as_ref().map(|xdg| xdg.home_dir().to_owned()),
            config_home: xdg.as_ref().map(BaseStrategy::config_dir),
            state_home: xdg.as_ref().and_then(BaseStrategy::state_dir),
            config: named("ROUNDS_CONFIG"),
            state_dir: named("ROUNDS_STATE_DIR"),
            here: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        }
    }

    /// Where the config is written and looked for when nobody says otherwise.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.config
            .clone()
            .or_else(|| Some(self.config_home.as_ref()?.join("rounds/config.toml")))
    }

    /// The state folder: what the command line says, else the environment, else the config, else XDG.
    pub fn state_dir(&self, asked: Option<&Path>, configured: Option<&Path>) -> Option<PathBuf> {
        asked
            .map(Path::to_owned)
            .or_else(|| self.state_dir.clone())
            .or_else(|| configured.map(Path::to_owned))
            .or_else(|| Some(self.state_home.as_ref()?.join("rounds")))
    }
}

/// A path as the operator wrote it: `~` and `~/…` are the home folder. `~name` is not understood (`None`), nor `~` without
/// a home.
pub fn expand(text: &str, home: Option<&Path>) -> Option<PathBuf> {
    match text.strip_prefix('~') {
        None => Some(PathBuf::from(text)),
        Some("") => home.map(Path::to_owned),
        Some(rest) => Some(home?.join(rest.strip_prefix('/')?)),
    }
}

/// The opposite of [`expand`], for people.
pub fn shorten(path: &Path, home: Option<&Path>) -> String {
    let within = home.and_then(|home| path.strip_prefix(home).ok());
    let text = match within {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    };
    crate::domain::text::clean(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tilde_is_home_and_nothing_else() {
        let home = Path::new("/home/me");
        assert_eq!(expand("~", Some(home)), Some(home.to_owned()));
        assert_eq!(expand("~/a/b", Some(home)), Some(home.join("a/b")));
        assert_eq!(expand("/x/~", Some(home)), Some(PathBuf::from("/x/~")));
        assert_eq!(expand("~other/a", Some(home)), None);
        assert_eq!(expand("~/a", None), None);
        assert_eq!(shorten(&home.join("a"), Some(home)), "~/a");
        assert_eq!(shorten(home, Some(home)), "~");
    }

    #[test]
    fn the_command_line_comes_first_and_xdg_last() {
        let mut places = Places {
            state_home: Some("/xdg".into()),
            ..Places::default()
        };
        assert_eq!(places.state_dir(None, None), Some("/xdg/rounds".into()));
        assert_eq!(
            places.state_dir(None, Some(Path::new("/conf"))),
            Some("/conf".into())
        );
        places.state_dir = Some("/env".into());
        assert_eq!(
            places.state_dir(None, Some(Path::new("/conf"))),
            Some("/env".into())
        );
        assert_eq!(
            places.state_dir(Some(Path::new("/arg")), None),
            Some("/arg".into())
        );
    }
}
