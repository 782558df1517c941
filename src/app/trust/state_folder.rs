//! Finds the folder for what the program remembers about this user, outside of every archive.

use std::ffi::OsString;
use std::path::PathBuf;

/// `driftline` in the state folder of this user; `None` where the environment names none and the user has
/// no home.
///
/// The place is `XDG_STATE_HOME` (XDG Base Directory Specification 0.8, where a relative path is ignored),
/// else the customary one of the system.
pub fn find_state_folder(environment: &[(OsString, OsString)]) -> Option<PathBuf> {
    let variable = |wanted: &str| {
        let found = environment.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| PathBuf::from(value)).filter(|path| path.is_absolute())
    };
    if let Some(folder) = variable("XDG_STATE_HOME") {
        return Some(folder.join("driftline"));
    }
    if cfg!(windows) {
        return Some(variable("LOCALAPPDATA")?.join("driftline"));
    }
    let home = variable("HOME").or_else(std::env::home_dir).filter(|path| path.is_absolute())?;
    let customary = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
    Some(home.join(customary).join("driftline"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_state_folder_is_that_of_the_environment() {
        let of = |variables: &[(&str, &str)]| {
            let variables: Vec<(OsString, OsString)> =
                variables.iter().map(|&(name, value)| (name.into(), value.into())).collect();
            find_state_folder(&variables)
        };
        let given = of(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "/state")]);
        assert_eq!(given, Some("/state/driftline".into()));
        let relative = of(&[("HOME", "/home/a"), ("XDG_STATE_HOME", "state")]);
        assert!(relative.is_some_and(|path| path.starts_with("/home/a") && path.ends_with("driftline")));
    }
}
