//! Turns sled's errors and panics into [`StoreError`].
//!
//! sled 0.34.7 panics on some damaged data. Such a panic is caught where sled was called and reported once as
//! an error. The panic message that Rust prints by default is suppressed, because it would repeat that.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

use crate::store::StoreError;
use crate::store::db::folder::database_folder;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that may panic inside sled. A panic is returned as its message, and is not printed.
pub(in crate::store) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // sled's own threads read ahead. What they find is found again by the thread that waits for them.
            let of_sled = std::thread::current().name().is_some_and(|name| name.starts_with("sled"));
            if GUARDED.get() || of_sled { tracing::debug!("{info}") } else { before(info) }
        }));
    });
    let outer = GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    done.map_err(|panic| match panic_message(panic.as_ref()) {
        message if message.contains("Corruption") => DAMAGED.to_owned(),
        message => format!("sled panicked: {message}"),
    })
}

const DAMAGED: &str = "sled found damaged data";

/// Runs something that calls sled; its panics and errors become errors of the store.
pub(in crate::store) fn guard_sled<T>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, sled::Error>,
) -> Result<T, StoreError> {
    match catch_panic(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(convert_error(dir, error)),
        Err(reason) => Err(StoreError::Database { path: dir.to_owned(), reason }),
    }
}

/// The message of a caught panic.
pub(in crate::store) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

/// The message of an error of sled, without details of sled's internals.
pub(in crate::store) fn error_text(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => DAMAGED.to_owned(),
        other => other.to_string(),
    }
}

fn convert_error(dir: &Path, error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(source) => {
            // sled keeps only the kind of an error that it reports a second time.
            let source = match source.kind() {
                kind @ (std::io::ErrorKind::StorageFull | std::io::ErrorKind::FileTooLarge)
                    if source.raw_os_error().is_none() =>
                {
                    std::io::Error::from(kind)
                }
                _ => source,
            };
            StoreError::Io { path: database_folder(dir), source }
        }
        other => StoreError::Database { path: dir.to_owned(), reason: error_text(&other) },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn a_panic_and_damage_are_said_in_plain_words() {
        let said = |work: fn() -> Result<(), sled::Error>| match guard_sled(Path::new("store"), work) {
            Err(StoreError::Database { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(|| panic!("odd")), "sled panicked: odd");
        assert_eq!(said(|| panic!("Err value: Corruption {{ at: None, bt: () }}")), DAMAGED);
        assert_eq!(said(|| Err(sled::Error::Corruption { at: None, bt: () })), DAMAGED);
        assert!(!GUARDED.get());
    }
}
