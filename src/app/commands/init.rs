//! `driftline init`: writes a `driftline.toml` in which every key is explained.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::app::cli::InitArgs;
use crate::app::context::Context;
use crate::app::error::AppError;
use crate::app::exit_codes::ExitStatus;
use crate::app::settings::{CONFIG_NAME, new_config};
use crate::app::trust::{ConfigFile, UserTrust};
use crate::files::AcceptedKinds;
use crate::report::sanitize;

/// What is said where no contact was given.
const CONTACT_ADVICE: &str = "No contact is set: write contact = \"YOU@YOUR-SITE\" under [network], so that \
                              the operator of a crawled host can reach you.";

/// Remembers that this user made the file, so that it may set what its user writes into it.
fn record_as_own(path: &Path) {
    let trust = UserTrust::from_environment(&std::env::vars_os().collect::<Vec<_>>());
    let Some(records) = trust.records() else { return };
    let recorded =
        ConfigFile::read(path, AcceptedKinds::Files).and_then(|file| records.record_made_here(&file));
    // Without the record some settings ask for `driftline trust`, which says why it fails.
    if let Err(error) = recorded {
        tracing::info!("{}: {error}", records.folder().display());
    }
}

/// Writes `driftline.toml` into the folder, or the file of `--config`; an existing file is never
/// overwritten.
pub fn run_command(context: &Context, args: &InitArgs) -> Result<ExitStatus, AppError> {
    if !args.dir.is_dir() {
        let what = format!("folder {}", args.dir.display());
        return Err(AppError::NotFound { what, hint: "create the folder first".to_owned() });
    }
    let (path, next) = match &context.global.config {
        Some(path) => (path.clone(), format!("driftline run --config {}", path.display())),
        None => (args.dir.join(CONFIG_NAME), format!("driftline run {}", args.dir.display())),
    };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => AppError::Exists { path: path.clone() },
        _ => AppError::Write { path: path.clone(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
    file.write_all(new_config(args.contact.as_ref()).as_bytes()).map_err(failed)?;
    drop(file);
    record_as_own(&path);

    let mut out = context.open_output()?;
    let said = format!("Wrote {}, with every key and its default. Next: {next}", path.display());
    let written = writeln!(out, "{}", sanitize::one_line(&said)).and_then(|()| match &args.contact {
        Some(_) => Ok(()),
        None => writeln!(out, "{CONTACT_ADVICE}"),
    });
    written.map_err(|error| out.write_error(error))?;
    out.finish()?;
    Ok(ExitStatus::Clean)
}
