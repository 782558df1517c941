//! Refuses to write a result over an article that is read, or in the place of the store.

use std::path::{Path, PathBuf};

use super::cli::{Cli, Command};
use super::error::AppError;
use super::settings::Settings;
use super::stage_settings::archive_rules;
use super::trust::resolve_folder;
use crate::archive::Archive;

/// Checks the files that a command is to write, before it does anything. What is no regular file is checked
/// when it is opened.
pub fn check_output_places(cli: &Cli, settings: &Settings, root: &Path) -> Result<(), AppError> {
    for place in places_of(cli) {
        if takes_place_of_store(place, &settings.store.dir) {
            return Err(AppError::Usage(format!(
                "{}: the store belongs there; name another place for the result",
                place.display()
            )));
        }
        if is_article(place, cli, settings, root) {
            return Err(AppError::Usage(format!(
                "{}: this is a file that is read as an article; name another one for the result, or remove it \
                 first where it may be replaced",
                place.display()
            )));
        }
    }
    Ok(())
}

/// The files that a command writes.
fn places_of(cli: &Cli) -> Vec<&Path> {
    let mut places: Vec<&Path> = cli.global.output.as_deref().into_iter().collect();
    if let Command::Export(args) = &cli.command {
        let named = [&args.format.warc, &args.format.wacz];
        places
            .extend(named.into_iter().flatten().map(PathBuf::as_path).filter(|path| *path != Path::new("-")));
    }
    places
}

/// Whether a path is that of the store, lies in it, or lies above it.
fn takes_place_of_store(place: &Path, store: &Path) -> bool {
    let (place, store) = (resolve_place(place), resolve_place(store));
    place.starts_with(&store) || store.starts_with(&place)
}

/// The path without links, as far as it exists.
fn resolve_place(path: &Path) -> PathBuf {
    let existing = std::fs::canonicalize(path).or_else(|_| resolve_folder(path));
    existing.or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// Whether a file is there that the command reads, or that belongs to the archive.
fn is_article(place: &Path, cli: &Cli, settings: &Settings, root: &Path) -> bool {
    let Ok(found) = std::fs::canonicalize(place) else { return false };
    if !found.is_file() {
        return false;
    }
    let mut read = named_files(&cli.command);
    if read.is_empty() {
        read.push(root.to_owned());
    }
    // What cannot be listed is reported by the command itself.
    let Ok(archive) = Archive::open(&read, root, &archive_rules(settings)) else { return false };
    archive.files().iter().any(|file| std::fs::canonicalize(&file.path).is_ok_and(|path| path == found))
}

/// The files and folders that a command line names to be read.
fn named_files(command: &Command) -> Vec<PathBuf> {
    let named = match command {
        Command::Links(args) => args.paths.clone(),
        Command::Run(args) | Command::Check(args) => args.paths.clone(),
        Command::Text(args) => args.files.clone(),
        Command::Diff(args) => {
            std::iter::once(PathBuf::from(&args.first)).chain(args.second.clone()).collect()
        }
        _ => Vec::new(),
    };
    named.into_iter().filter(|path| path.exists()).collect()
}
