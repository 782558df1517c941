//! Finds the files that belong to the archive.

use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::ArchiveError;
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
}

/// The files of an archive, sorted by identity.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
    files: Vec<ArchiveFile>,
}

impl Archive {
    /// Finds the articles in `paths`, each of which is a file or a folder.
    ///
    /// Folders are walked recursively; `.gitignore` is respected, hidden files are skipped and symbolic
    /// links are not followed. A file that is named itself is taken even if no pattern matches it.
    /// Identities are relative to `root` for files below it, and to the named path otherwise.
    ///
    /// # Errors
    /// A path does not exist, a folder cannot be listed, or a pattern is not a glob.
    pub fn open(paths: &[PathBuf], root: &Path, rules: &FilePatterns) -> Result<Self, ArchiveError> {
        let root = absolute_path(root)?;
        let mut files = Vec::new();
        for path in paths {
            let meta = std::fs::metadata(path).map_err(|source| match source.kind() {
                std::io::ErrorKind::NotFound => ArchiveError::NotFound { path: path.clone() },
                _ => ArchiveError::Read { path: path.clone(), source },
            })?;
            let named = absolute_path(path)?;
            if meta.is_dir() {
                walk_folder(&named, &root, rules, &mut files)?;
            } else {
                let base = named.parent().unwrap_or(&named).to_path_buf();
                files.push(ArchiveFile { id: article_id_for(&named, &root, &base), path: named });
            }
        }
        files.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.path.cmp(&b.path)));
        files.dedup_by(|a, b| a.path == b.path);
        disambiguate_ids(&mut files);
        Ok(Self { root, files })
    }

    /// The absolute path of the folder that identities are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files, sorted by identity.
    pub fn files(&self) -> &[ArchiveFile] {
        &self.files
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

fn walk_folder(
    folder: &Path,
    root: &Path,
    rules: &FilePatterns,
    files: &mut Vec<ArchiveFile>,
) -> Result<(), ArchiveError> {
    let wanted = build_globs(folder, &rules.include, false)?;
    let unwanted = build_globs(folder, &rules.exclude, false)?;
    let mut walker = WalkBuilder::new(folder);
    // A folder that was exported from git keeps its .gitignore but not its .git.
    walker.require_git(false).follow_links(false);
    for entry in walker.build() {
        let entry = entry.map_err(|error| ArchiveError::Read {
            path: folder.to_path_buf(),
            source: error.into_io_error().unwrap_or_else(|| std::io::Error::other("cannot be listed")),
        })?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.into_path();
        // The override reports a match as "whitelist". Without patterns it reports no match at all.
        let takes = wanted.matched(&path, false).is_whitelist() || wanted.is_empty();
        if takes && !unwanted.matched(&path, false).is_whitelist() {
            files.push(ArchiveFile { id: article_id_for(&path, root, folder), path });
        }
    }
    Ok(())
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
