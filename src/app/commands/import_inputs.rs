//! Lists the files that `driftline import` is to read: files as they are, folders by the files in them.

use std::path::{Path, PathBuf};

/// How deep folders in folders are searched.
const MAX_DEPTH: u32 = 16;
/// The ends of the names that capture files have; another compression may follow.
const CAPTURE_NAMES: [&str; 3] = [".warc", ".arc", ".wacz"];

/// The files of a command line. A folder gives its capture files in order of their names, those of its
/// folders included; where it holds none it is kept, so that it is reported.
pub(super) fn list_inputs(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut inputs = Vec::new();
    for path in paths {
        let before = inputs.len();
        if path.is_dir() {
            add_folder(path, 0, &mut inputs);
            if inputs.len() > before {
                continue;
            }
        }
        inputs.push(path.clone());
    }
    inputs
}

/// Adds the capture files of a folder. Links to folders are not followed.
fn add_folder(folder: &Path, depth: u32, inputs: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        inputs.push(folder.to_owned());
        return;
    };
    let mut entries: Vec<_> = entries.flatten().map(|entry| (entry.path(), entry.file_type())).collect();
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    for (path, kind) in entries {
        match kind {
            Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => add_folder(&path, depth + 1, inputs),
            _ if has_capture_name(&path) && path.is_file() => inputs.push(path),
            _ => {}
        }
    }
}

fn has_capture_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    CAPTURE_NAMES.iter().any(|end| name.ends_with(end) || name.contains(&format!("{end}.")))
}
