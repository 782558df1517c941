//! Reads `.gitignore` and `.ignore` files for the walk over an archive.
//!
//! The `ignore` crate matches the patterns, but it opens the files without a check and would wait for ever
//! for a pipe, or read a device until memory ends. So the files are read here, by the same rules: the nearest
//! folder's file wins, then `.ignore` wins over `.gitignore`, and this over `.git/info/exclude` and the user's
//! own file (gitignore(5)). Folders above the archive count too, whether or not there is a repository.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

use crate::files::{AcceptedKinds, FileError, read_limited};

/// The most that is read of one file of patterns. Long ones have some thousand lines.
const MAX_RULES: u64 = 1 << 20;

/// The patterns that apply in a folder and below it.
pub(super) struct IgnoreRules {
    /// The folder as the walk names it.
    named: PathBuf,
    /// The same without symbolic links, because the folders above it are those of the place itself.
    real: PathBuf,
    user: Gitignore,
    folders: Mutex<HashMap<PathBuf, Arc<FolderRules>>>,
    skipped: Mutex<Vec<SkippedFile>>,
}

/// A file of patterns that was not read.
#[derive(Clone, Debug)]
pub(super) struct SkippedFile {
    pub(super) path: PathBuf,
    /// What it is, as in "it is a device, not a file".
    pub(super) reason: String,
}

/// The patterns in the files of one folder, and those of the folders above.
struct FolderRules {
    above: Option<Arc<FolderRules>>,
    /// In the order in which they win: `.ignore`, `.gitignore`, `.git/info/exclude`.
    sources: [Gitignore; 3],
}

impl IgnoreRules {
    /// The rules for a walk over `folder`.
    pub(super) fn for_walk(folder: &Path) -> Self {
        Self {
            named: folder.to_owned(),
            real: std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
            user: Gitignore::global().0,
            folders: Mutex::default(),
            skipped: Mutex::default(),
        }
    }

    /// Whether the patterns leave out this file or folder, which lies below the folder of the walk.
    pub(super) fn leave_out(&self, path: &Path, is_folder: bool) -> bool {
        let Ok(below) = path.strip_prefix(&self.named) else { return false };
        let path = self.real.join(below);
        let Some(rules) = path.parent().map(|folder| self.rules_in(folder)) else { return false };
        for source in 0..3 {
            let mut folder = Some(&rules);
            while let Some(rules) = folder {
                let found: Match<&Glob> = rules
                    .sources
                    .get(source)
                    .map_or(Match::None, |patterns| patterns.matched(&path, is_folder));
                if !found.is_none() {
                    return found.is_ignore();
                }
                folder = rules.above.as_ref();
            }
        }
        self.user.matched(&path, is_folder).is_ignore()
    }

    /// The files of patterns that were not read, with the reason.
    pub(super) fn take_skipped(&self) -> Vec<SkippedFile> {
        std::mem::take(&mut *self.skipped.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rules_in(&self, folder: &Path) -> Arc<FolderRules> {
        let known = self.folders.lock().unwrap_or_else(PoisonError::into_inner).get(folder).map(Arc::clone);
        if let Some(known) = known {
            return known;
        }
        let above = folder.parent().map(|above| self.rules_in(above));
        let sources = [
            self.read_patterns(folder, &folder.join(".ignore")),
            self.read_patterns(folder, &folder.join(".gitignore")),
            self.find_repository(folder)
                .map_or_else(Gitignore::empty, |git| self.read_patterns(folder, &git.join("info/exclude"))),
        ];
        let rules = Arc::new(FolderRules { above, sources });
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.to_owned(), Arc::clone(&rules));
        rules
    }

    /// The repository of a working tree, which a file `.git` may name (gitrepository-layout(5)).
    fn find_repository(&self, folder: &Path) -> Option<PathBuf> {
        let git = folder.join(".git");
        if std::fs::metadata(&git).ok()?.is_dir() {
            return Some(git);
        }
        let named = self.read_text(&git)?;
        let named = folder.join(named.strip_prefix("gitdir:")?.trim());
        match self.read_text(&named.join("commondir")) {
            Some(common) => Some(named.join(common.trim())),
            None => Some(named),
        }
    }

    fn read_patterns(&self, folder: &Path, path: &Path) -> Gitignore {
        let Some(text) = self.read_text(path) else { return Gitignore::empty() };
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // A pattern that is no glob matches nothing, as in git.
            if let Err(error) = builder.add_line(Some(path.to_owned()), line) {
                tracing::debug!("{}: {error}", path.display());
            }
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    /// The text of a file, if there is one. What is no file or too large is recorded.
    fn read_text(&self, path: &Path) -> Option<String> {
        let error = match read_limited(path, MAX_RULES, AcceptedKinds::Files) {
            Ok(bytes) => return Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(FileError::Io(error)) => {
                let kind = error.kind();
                if !matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                    tracing::debug!("{}: {error}", path.display());
                }
                return None;
            }
            Err(error) => error,
        };
        let skipped = SkippedFile { path: path.to_owned(), reason: error.to_string() };
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).push(skipped);
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use ignore::WalkBuilder;

    use super::*;

    /// A tree in which every kind of file of patterns says something.
    fn write_tree(root: &Path) {
        let files = [
            (".gitignore", "\u{feff}/top.md\n*.log\nbuilt/\n!kept.log\nsub/deep/*.tmp\n[broken\n"),
            (".ignore", "notes/*.md\n!notes/a.md\n"),
            (".git/info/exclude", "excluded.md\nkept.log\n"),
            ("sub/.gitignore", "!top.md\n/only-here.md\nlist.log\n!x.log\n"),
            ("sub/.ignore", "*.bak\n"),
            ("other/.git/info/exclude", "inner.md\n"),
            ("top.md", ""),
            ("kept.log", ""),
            ("a.log", ""),
            ("excluded.md", ""),
            ("built/x.md", ""),
            ("notes/a.md", ""),
            ("notes/b.md", ""),
            ("sub/top.md", ""),
            ("sub/x.log", ""),
            ("sub/only-here.md", ""),
            ("sub/deep/only-here.md", ""),
            ("sub/deep/a.tmp", ""),
            ("sub/deep/a.bak", ""),
            ("sub/built/y.md", ""),
            ("other/inner.md", ""),
            ("other/top.md", ""),
        ];
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    fn walk(builder: &WalkBuilder) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = builder.build().map(|entry| entry.unwrap().into_path()).collect();
        found.sort();
        found
    }

    #[test]
    fn the_same_files_are_left_out_as_by_the_crate() {
        let dir = tempfile::tempdir().unwrap();
        write_tree(dir.path());
        for start in ["", "sub", "sub/deep", "other", "notes"] {
            let start = dir.path().join(start);
            let expected = walk(WalkBuilder::new(&start).require_git(false));
            let rules = Arc::new(IgnoreRules::for_walk(&start));
            let used = Arc::clone(&rules);
            let found = walk(WalkBuilder::new(&start).standard_filters(false).hidden(true).filter_entry(
                move |entry| {
                    let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
                    entry.depth() == 0 || !used.leave_out(entry.path(), is_folder)
                },
            ));
            assert_eq!(found, expected);
            assert!(rules.take_skipped().is_empty());
        }
        let all = walk(WalkBuilder::new(dir.path()).require_git(false));
        assert!(all.contains(&dir.path().join("sub/top.md")) && !all.contains(&dir.path().join("top.md")));
    }

    #[cfg(unix)]
    #[test]
    fn devices_pipes_and_huge_files_are_named_and_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("sub");
        std::fs::create_dir(&sub).unwrap();
        std::fs::write(sub.join("a.md"), "").unwrap();
        std::os::unix::fs::symlink("/dev/zero", dir.path().join(".gitignore")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(sub.join(".ignore")).status().unwrap();
        assert!(made.success());
        std::fs::File::create(sub.join(".gitignore")).unwrap().set_len(MAX_RULES + 1).unwrap();
        let rules = IgnoreRules::for_walk(&sub);
        assert!(!rules.leave_out(&sub.join("a.md"), false));
        let said = rules.take_skipped();
        let expected = [
            (dir.path().join(".gitignore"), "it is a device, not a file"),
            (sub.join(".ignore"), "it is a pipe, not a file"),
            (sub.join(".gitignore"), "it is larger than 1 MiB"),
        ];
        for (path, reason) in expected {
            let is_named = said.iter().any(|file| file.path == path && file.reason == reason);
            assert!(is_named, "{}: {reason}: {said:?}", path.display());
        }
    }
}
