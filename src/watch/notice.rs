//! Notifications of changed folders. They only ever insert a path into a set: nothing here parses, blocks or fills up.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// What a notification said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Changed(PathBuf),
    /// Something was lost, or the event names no path: look at everything.
    LookAtAll,
}

/// Watches folders, never files: a file's watch goes deaf after the first rename over it.
pub struct Notices {
    watcher: Option<RecommendedWatcher>,
    watched: HashSet<PathBuf>,
    /// Why there are no notifications, or not for every folder.
    pub refused: Option<String>,
}

impl Notices {
    /// Begins with no folder. `tell` is called on notify's own thread.
    pub fn begin(tell: impl Fn(Notice) + Send + 'static) -> Self {
        let watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
                Ok(event) => translate(event, &tell),
                Err(error) => {
                    tracing::warn!(%error, "a notification was lost");
                    tell(Notice::LookAtAll);
                }
            });
        match watcher {
            Ok(watcher) => Self {
                watcher: Some(watcher),
                watched: HashSet::new(),
                refused: None,
            },
            Err(error) => Self::none(format!("no notifications: {error}")),
        }
    }

    /// Works by the sweep alone.
    pub fn none(why: String) -> Self {
        Self {
            watcher: None,
            watched: HashSet::new(),
            refused: Some(why),
        }
    }

    /// Adds a folder. A refusal is kept and the sweep covers the folder.
    pub fn watch(&mut self, folder: &Path) {
        let Some(watcher) = self.watcher.as_mut() else {
            return;
        };
        if self.watched.contains(folder) {
            return;
        }
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_path_buf());
            }
            Err(error) => {
                self.refused = Some(refusal(&error));
            }
        }
    }

    /// Forgets a folder that is gone, so that it is watched anew when it comes back.
    pub fn forget(&mut self, folder: &Path) {
        if self.watched.remove(folder)
            && let Some(watcher) = self.watcher.as_mut()
            && let Err(error) = watcher.unwatch(folder)
        {
            tracing::debug!(%error, "a removed folder was no longer watched");
        }
    }

    pub fn count(&self) -> usize {
        self.watched.len()
    }

    pub fn is_live(&self) -> bool {
        self.watcher.is_some() && self.refused.is_none()
    }
}

fn refusal(error: &notify::Error) -> String {
    let hint = match error.kind {
        notify::ErrorKind::MaxFilesWatch => " (raise fs.inotify.max_user_watches)",
        _ => "",
    };
    format!("not notified about every folder, sweeping instead: {error}{hint}")
}

fn translate(event: notify::Event, tell: &impl Fn(Notice)) {
    if event.need_rescan() || event.paths.is_empty() {
        tell(Notice::LookAtAll);
        return;
    }
    match event.kind {
        // Being read, by us or by anybody, is no change; a writer that closes is.
        EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write) => return,
        EventKind::Access(_)
        | EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => {}
    }
    for path in event.paths {
        tell(Notice::Changed(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the system says when it has no watch left, and when a folder went away, is one path: the rest stays watched.
    #[test]
    fn a_refused_folder_is_said_and_left_to_the_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let mut notices = Notices::begin(|_| {});
        notices.watch(folder.path());
        assert!(notices.is_live(), "{:?}", notices.refused);
        notices.watch(&folder.path().join("gone"));
        assert!(!notices.is_live(), "the header says poll");
        assert_eq!(notices.count(), 1);
        let said = notices.refused.unwrap();
        assert!(said.contains("sweeping instead"), "{said}");
    }

    #[test]
    fn the_limit_of_watches_is_named_with_its_remedy() {
        let error = notify::Error::new(notify::ErrorKind::MaxFilesWatch);
        assert!(refusal(&error).contains("raise fs.inotify.max_user_watches"));
    }
}
