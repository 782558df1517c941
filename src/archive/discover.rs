//! Finds the files that belong to the archive.

use std::fs::FileType;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::ArchiveError;
use super::ignore_rules::{IgnoreRules, SkippedFile};
use crate::model::ArticleId;

/// The files below a folder that are articles, as globs with the syntax of `.gitignore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatterns {
    /// A file must match at least one of these.
    pub include: Vec<String>,
    /// A file must match none of these.
    pub exclude: Vec<String>,
}

impl Default for FilePatterns {
    fn default() -> Self {
        Self {
            include: vec!["**/*.md".into(), "**/*.markdown".into(), "**/*.mdx".into()],
            exclude: Vec::new(),
        }
    }
}

/// A file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFile {
    /// The identity of its article.
    pub id: ArticleId,
    /// Its path.
    pub path: PathBuf,
    /// Whether the user named it, and not a folder above it. A pipe is read only then.
    pub named: bool,
}

/// The files of an archive, sorted by identity.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
    files: Vec<ArchiveFile>,
    skipped: Vec<SkippedFile>,
}

impl Archive {
    /// Finds the articles in `paths`, each of which is a file or a folder.
    ///
    /// Folders are walked recursively; `.gitignore` is respected, hidden files are skipped and symbolic
    /// links are not followed. A file that is named itself is taken even if no pattern matches it. What has
    /// the name of an article and is, or leads to, a device, a pipe or a socket is among the files too, so
    /// that reading it says so.
    /// Identities are relative to `root` for files below it, and to the named path otherwise.
    ///
    /// # Errors
    /// A path does not exist, a folder cannot be listed, or a pattern is not a glob.
    pub fn open(paths: &[PathBuf], root: &Path, rules: &FilePatterns) -> Result<Self, ArchiveError> {
        let root = absolute_path(root)?;
        let (mut files, mut skipped) = (Vec::new(), Vec::new());
        for path in paths {
            let meta = std::fs::metadata(path).map_err(|source| match source.kind() {
                std::io::ErrorKind::NotFound => ArchiveError::NotFound { path: path.clone() },
                _ => ArchiveError::Read { path: path.clone(), source },
            })?;
            let named = absolute_path(path)?;
            if meta.is_dir() {
                skipped.extend(walk_folder(&named, &root, rules, &mut files)?);
            } else {
                let base = named.parent().unwrap_or(&named).to_path_buf();
                files.push(ArchiveFile {
                    id: article_id_for(&named, &root, &base),
                    path: named,
                    named: true,
                });
            }
        }
        files.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.path.cmp(&b.path)));
        files.dedup_by(|a, b| a.path == b.path);
        disambiguate_ids(&mut files);
        Ok(Self { root, files, skipped })
    }

    /// The absolute path of the folder that identities are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files, sorted by identity.
    pub fn files(&self) -> &[ArchiveFile] {
        &self.files
    }

    /// Files of patterns (`.gitignore`) that were not read because of what they are.
    pub fn skipped(&self) -> impl Iterator<Item = ArchiveError> {
        self.skipped
            .iter()
            .map(|file| ArchiveError::Skipped { path: file.path.clone(), reason: file.reason.clone() })
    }
}

/// Gives files their whole path as identity where two folders outside of the root hold files of the same
/// name.
fn disambiguate_ids(files: &mut [ArchiveFile]) {
    let twins: Vec<bool> = (0..files.len())
        .map(|i| {
            let same = |j: usize| files.get(j).map(|f| &f.id) == files.get(i).map(|f| &f.id);
            (i > 0 && same(i - 1)) || (i + 1 < files.len() && same(i + 1))
        })
        .collect();
    for (file, twin) in files.iter_mut().zip(&twins) {
        if *twin {
            file.id = ArticleId::new(path_with_slashes(&file.path));
        }
    }
    if twins.contains(&true) {
        files.sort_by(|a, b| a.id.cmp(&b.id));
    }
}

/// Adds the articles below a folder, and returns the files of patterns that were not read.
fn walk_folder(
    folder: &Path,
    root: &Path,
    rules: &FilePatterns,
    files: &mut Vec<ArchiveFile>,
) -> Result<Vec<SkippedFile>, ArchiveError> {
    let wanted = build_globs(folder, &rules.include, false)?;
    let unwanted = build_globs(folder, &rules.exclude, false)?;
    let ignored = Arc::new(IgnoreRules::for_walk(folder));
    let mut walker = WalkBuilder::new(folder);
    let used = Arc::clone(&ignored);
    // The crate would open files of patterns without a check.
    walker.standard_filters(false).hidden(true).follow_links(false).filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !used.leave_out(entry.path(), is_folder)
    });
    for entry in walker.build() {
        let entry = entry.map_err(|error| ArchiveError::Read {
            path: folder.to_path_buf(),
            source: error.into_io_error().unwrap_or_else(|| std::io::Error::other("cannot be listed")),
        })?;
        if !entry.file_type().is_some_and(|kind| is_taken(kind, entry.path())) {
            continue;
        }
        let path = entry.into_path();
        // The override reports a match as "whitelist". Without patterns it reports no match at all.
        let takes = wanted.matched(&path, false).is_whitelist() || wanted.is_empty();
        if takes && !unwanted.matched(&path, false).is_whitelist() {
            files.push(ArchiveFile { id: article_id_for(&path, root, folder), path, named: false });
        }
    }
    Ok(ignored.take_skipped())
}

/// Whether an entry is a file, or what takes the place of one and is to be named: a device, a pipe, a socket,
/// or a link to one. Links to files and folders are left out, because what they lead to is in the archive
/// itself or does not belong to it.
fn is_taken(kind: FileType, path: &Path) -> bool {
    let is_usual = |kind: FileType| kind.is_file() || kind.is_dir();
    if kind.is_symlink() {
        return std::fs::metadata(path).is_ok_and(|target| !is_usual(target.file_type()));
    }
    !kind.is_dir()
}

fn build_globs(folder: &Path, patterns: &[String], insensitive: bool) -> Result<Override, ArchiveError> {
    let mut builder = OverrideBuilder::new(folder);
    let wrong = |pattern: &str, reason: String| ArchiveError::Pattern { pattern: pattern.to_owned(), reason };
    builder.case_insensitive(insensitive).map_err(|error| wrong("", error.to_string()))?;
    for pattern in patterns {
        add_glob(&mut builder, pattern).map_err(|reason| wrong(pattern, reason))?;
    }
    builder.build().map_err(|error| wrong(&patterns.join(" "), error.to_string()))
}

/// Checks a pattern of [`FilePatterns`].
///
/// # Errors
/// Why the pattern is not a glob.
pub fn check_file_pattern(pattern: &str) -> Result<(), String> {
    add_glob(&mut OverrideBuilder::new("."), pattern)
}

fn add_glob(builder: &mut OverrideBuilder, pattern: &str) -> Result<(), String> {
    // "!" inverts a pattern in `.gitignore`, which would be ambiguous beside `exclude`.
    if pattern.starts_with('!') {
        return Err("must not start with \"!\"; use include and exclude".to_owned());
    }
    builder.add(pattern).map(drop).map_err(|error| match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
    })
}

fn article_id_for(path: &Path, root: &Path, base: &Path) -> ArticleId {
    let relative = path.strip_prefix(root).or_else(|_| path.strip_prefix(base)).unwrap_or(path);
    ArticleId::new(path_with_slashes(relative))
}

fn path_with_slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::ParentDir => Some("..".to_owned()),
            _ => None,
        })
        .collect();
    let lead = if path.is_absolute() { "/" } else { "" };
    format!("{lead}{}", parts.join("/"))
}

/// The absolute path, with `.` and `..` resolved by name. Symbolic links are not resolved, so that
/// identities are the paths that the user sees.
fn absolute_path(path: &Path) -> Result<PathBuf, ArchiveError> {
    let full = std::path::absolute(path)
        .map_err(|source| ArchiveError::Read { path: path.to_path_buf(), source })?;
    let mut out = PathBuf::new();
    for part in full.components() {
        if part == Component::ParentDir {
            out.pop();
        } else if part != Component::CurDir {
            out.push(part);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::archive::{MAX_ARTICLE, ReadRules, read_article};

    fn ids(archive: &Archive) -> Vec<&str> {
        archive.files().iter().map(|file| file.id.as_str()).collect()
    }

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b/2.md", "b/1.md", "a.markdown", "c.mdx", "a.txt", "drafts/x.md", "out/y.md"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "text").unwrap();
        }
        std::fs::write(dir.path().join(".gitignore"), "drafts/\n").unwrap();
        dir
    }

    #[test]
    fn walks_in_order_with_ignore_files_and_rules() {
        let dir = tree();
        let rules = FilePatterns { exclude: vec!["out/**".into()], ..FilePatterns::default() };
        let archive = Archive::open(&[dir.path().to_path_buf()], dir.path(), &rules).unwrap();
        assert_eq!(ids(&archive), ["a.markdown", "b/1.md", "b/2.md", "c.mdx"]);
    }

    #[test]
    fn identities_are_relative_to_the_root_or_to_what_was_named() {
        let dir = tree();
        let named = [dir.path().join("b"), dir.path().join("b/../b/1.md")];
        let rules = FilePatterns::default();
        let below = Archive::open(&named, dir.path(), &rules).unwrap();
        assert_eq!(ids(&below), ["b/1.md", "b/2.md"]);
        let elsewhere = tempfile::tempdir().unwrap();
        let outside = Archive::open(&named, elsewhere.path(), &rules).unwrap();
        assert_eq!(ids(&outside), ["1.md", "2.md"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_only_looks_like_an_article_is_taken_so_that_it_is_named() {
        let dir = tree();
        let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.md")).status().unwrap();
        assert!(made.success());
        std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero.md")).unwrap();
        std::os::unix::fs::symlink("a.markdown", dir.path().join("link.md")).unwrap();
        std::fs::File::create(dir.path().join("huge.md")).unwrap().set_len(MAX_ARTICLE + 1).unwrap();
        let rules = FilePatterns { include: vec!["*.md".into()], ..FilePatterns::default() };
        let archive = Archive::open(&[dir.path().to_path_buf()], dir.path(), &rules).unwrap();
        let read = ReadRules::embedded().unwrap();
        let errors: Vec<String> = archive
            .files()
            .iter()
            .filter_map(|file| read_article(file, &read).err())
            .map(|error| error.to_string())
            .collect();
        let said = |name: &str, reason: &str| {
            format!("{}: skipped, since it is {reason}", dir.path().join(name).display())
        };
        assert_eq!(
            errors,
            [
                said("huge.md", "larger than 64 MiB"),
                said("pipe.md", "a pipe, not a file"),
                said("zero.md", "a device, not a file"),
            ]
        );
        assert!(!ids(&archive).contains(&"link.md"));
    }

    #[test]
    fn missing_files_and_wrong_patterns_are_reported() {
        let dir = tree();
        let rules = FilePatterns::default();
        let missing = Archive::open(&[dir.path().join("none")], dir.path(), &rules);
        assert!(matches!(missing, Err(ArchiveError::NotFound { .. })));
        let rules = FilePatterns { include: vec!["a{".into()], ..rules };
        let wrong = Archive::open(&[dir.path().to_path_buf()], dir.path(), &rules);
        assert!(matches!(wrong, Err(ArchiveError::Pattern { pattern, .. }) if pattern == "a{"));
    }
}
