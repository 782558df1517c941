//! Finds the file of the archive to which a link leads.

use std::path::{Component, Path, PathBuf};

use super::archive_files::{LocalFiles, PathKind};
use super::fragment;
use crate::citation::link_target::LinkTarget;
use crate::citation::percent_decoding::percent_decode;

/// File endings and index files that are tried for a path that is not a file itself, as site generators map
/// URLs to files (Hugo, Jekyll, Docusaurus, Obsidian, plain folders).
const FILES: [&str; 3] = [".md", ".markdown", ".mdx"];

const INDEXES: [&str; 6] =
    ["index.md", "_index.md", "README.md", "readme.md", "index.html", "index.markdown"];

/// Folders below the root to which a root-relative URL may refer.
const ROOTS: [&str; 6] = ["", "content", "docs", "static", "public", "assets"];

/// Folders in which notes keep their images.
const ATTACHMENTS: [&str; 6] = ["attachments", "_attachments", "assets", "images", "files", "media"];

/// Resolves a relative or root-relative destination that has already been repaired.
pub(in crate::citation) fn resolve_local_target(
    destination: &str,
    article: &Path,
    files: &LocalFiles,
) -> LinkTarget {
    let root = files.root();
    let end = destination.find(['?', '#']).unwrap_or(destination.len());
    let written = destination.get(..end).unwrap_or_default();
    let decoded = percent_decode(written).into_owned();
    let base = article.parent().unwrap_or(root);
    // Docusaurus writes "@site/" for the root.
    let rooted = decoded.strip_prefix('/').or_else(|| decoded.strip_prefix("@site/"));
    let candidates: Vec<PathBuf> = if written.is_empty() {
        vec![article.to_path_buf()]
    } else if let Some(rooted) = rooted {
        let post = jekyll_post_name(rooted).map(|name| root.join("_posts").join(name));
        ROOTS.iter().map(|folder| root.join(folder).join(rooted)).chain(post).collect()
    } else {
        // The name of a file may itself look like percent-encoding.
        let as_written = (decoded != written).then(|| base.join(written));
        // A page with a URL of its own ("a.md" as "a/") resolves its links in that folder.
        let own_folder = base.join(article.file_stem().unwrap_or_default()).join(&decoded);
        std::iter::once(base.join(&decoded)).chain(as_written).chain(std::iter::once(own_folder)).collect()
    };
    let found =
        candidates.iter().map(|path| normalize_path(path)).find_map(|path| find_existing(&path, files));
    let found = found.or_else(|| find_attachment(&decoded, base, files));
    let fragment = destination
        .split_once('#')
        .map(|(_, fragment)| percent_decode(fragment).into_owned())
        .unwrap_or_default();
    let place = fragment.is_empty()
        || found.as_ref().is_none_or(|file| {
            fragment::has_fragment(file, &fragment, || files.fragments_of(file, &fragment))
        });
    let exists = found.is_some() && place;
    let shown = found.or_else(|| candidates.first().map(|path| normalize_path(path))).unwrap_or_default();
    let path = shown.strip_prefix(root).unwrap_or(&shown).to_string_lossy().replace('\\', "/");
    // If the file exists but not the fragment, the fragment is shown, because that is what is missing.
    let path = if place { path } else { format!("{path}#{fragment}") };
    LinkTarget::Local { path, exists }
}

/// The file name of a post whose URL contains its date: "2020/01/02/b.html" (Jekyll's default).
fn jekyll_post_name(rooted: &str) -> Option<String> {
    let mut parts = rooted.trim_end_matches('/').rsplit('/');
    let (name, day, month, year) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    (number(year, 4) && number(month, 2) && number(day, 2)).then(|| format!("{year}-{month}-{day}-{name}"))
}

/// Finds an image or another attachment by its name, as Obsidian does.
fn find_attachment(name: &str, base: &Path, files: &LocalFiles) -> Option<PathBuf> {
    let (stem, end) = name.rsplit_once('.')?;
    if stem.is_empty() || name.contains('/') || ["md", "markdown", "mdx", "html"].contains(&end) {
        return None;
    }
    let folders =
        [base, files.root()].into_iter().flat_map(|folder| ATTACHMENTS.map(|name| folder.join(name)));
    folders.map(|folder| folder.join(name)).find(|path| files.is_file(path))
}

fn find_existing(path: &Path, files: &LocalFiles) -> Option<PathBuf> {
    match files.path_kind(path) {
        Some(PathKind::File) => return Some(path.to_path_buf()),
        Some(PathKind::Folder) => {
            // A folder counts as existing, with or without an index file.
            let index = INDEXES.iter().map(|name| path.join(name)).find(|index| files.is_file(index));
            return index.or_else(|| Some(path.to_path_buf()));
        }
        None => {}
    }
    let name = path.file_name()?.to_string_lossy();
    let stem = name.strip_suffix(".html").unwrap_or(&name);
    FILES.iter().map(|end| path.with_file_name(format!("{stem}{end}"))).find(|file| files.is_file(file))
}

/// Resolves `.` and `..` by name.
fn normalize_path(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn files_are_found_as_their_writers_meant() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in ["a/one.md", "a/中 文.md", "b/README.md", "content/posts/two.md", "a/100%.md"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "# First part").unwrap();
        }
        let article = root.join("a/one.md");
        let case = |written: &str| match resolve_local_target(written, &article, &LocalFiles::below(root)) {
            LinkTarget::Local { path, exists } => (path, exists),
            other => panic!("{other:?}"),
        };
        assert_eq!(case("one.md"), ("a/one.md".into(), true));
        assert_eq!(case("#part"), ("a/one.md#part".into(), false));
        assert_eq!(case("#first-part"), ("a/one.md".into(), true));
        assert_eq!(case("%E4%B8%AD%20%E6%96%87.md?x#first-part"), ("a/中 文.md".into(), true));
        for name in ["_posts/2020-01-02-b.md", "posts/a.md", "posts/c.md", "assets/p.png"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let post = root.join("posts/a.md");
        let from_post = |written: &str| match resolve_local_target(written, &post, &LocalFiles::below(root)) {
            LinkTarget::Local { path, exists } => (path, exists),
            other => panic!("{other:?}"),
        };
        assert_eq!(from_post("../c/"), ("posts/c.md".into(), true));
        assert_eq!(from_post("/2020/01/02/b.html"), ("_posts/2020-01-02-b.md".into(), true));
        assert_eq!(from_post("@site/posts/c.md"), ("posts/c.md".into(), true));
        assert_eq!(from_post("p.png"), ("assets/p.png".into(), true));
        assert_eq!(from_post("#top"), ("posts/a.md".into(), true));
        assert_eq!(case("100%.md"), ("a/100%.md".into(), true));
        assert_eq!(case("../b/"), ("b/README.md".into(), true));
        assert_eq!(case("/posts/two/"), ("content/posts/two.md".into(), true));
        assert_eq!(case("one.html"), ("a/one.md".into(), true));
        assert!(!case("One.md").1);
        assert!(!case("../../../none.md").1);
        assert_eq!(case("gone.md"), ("a/gone.md".into(), false));
    }
}
