//! Reads how the command line names a snapshot: by position, id, date or time.

use jiff::Timestamp;
use jiff::civil;

use super::error::AppError;
use crate::model::{CanonicalUrl, UrlKey, clock};
use crate::store::{Snapshot, SnapshotId, SnapshotStore};

/// Selects a snapshot of a page, or its local copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotSelector {
    /// The archive's own copy.
    Local,
    /// The oldest snapshot.
    First,
    /// The newest snapshot.
    Latest,
    /// The snapshot with this id.
    Id(SnapshotId),
    /// The newest snapshot of this time or before.
    At(Timestamp),
}

/// The snapshots of a URL, oldest first, without those that are dated in the future, unless there are no
/// others.
fn believed_snapshots(store: &dyn SnapshotStore, key: UrlKey) -> Result<Vec<Snapshot>, AppError> {
    let mut snapshots = store.read_snapshots(key)?;
    let is_believed = |snapshot: &Snapshot| !clock::is_in_future(snapshot.at());
    if snapshots.iter().any(is_believed) {
        snapshots.retain(is_believed);
    }
    Ok(snapshots)
}

impl SnapshotSelector {
    /// Reads `--from` or `--to` of `diff`: `local`, or what [`SnapshotSelector::parse_at`] reads.
    pub fn parse_side(option: &'static str, text: &str) -> Result<Self, AppError> {
        let expected = "local, first, latest, a date, a time or a snapshot id";
        let invalid = || AppError::InvalidTime { option, text: text.to_owned(), expected, command: "diff" };
        if text == "local" { Ok(Self::Local) } else { Self::parse_text(text).ok_or_else(invalid) }
    }

    /// Reads `--at` of `show`: `first`, `latest`, a snapshot's id, a date (the end of that day, UTC) or
    /// an RFC 3339 time.
    pub fn parse_at(text: &str) -> Result<Self, AppError> {
        Self::parse_text(text).ok_or_else(|| AppError::InvalidTime {
            option: "--at",
            text: text.to_owned(),
            expected: "first, latest, a date, a time or a snapshot id",
            command: "show",
        })
    }

    fn parse_text(text: &str) -> Option<Self> {
        if let Ok(id) = text.parse() {
            return Some(Self::Id(id));
        }
        if let Ok(time) = text.parse() {
            return Some(Self::At(time));
        }
        let day = text.parse::<civil::Date>().ok().and_then(|day| {
            let end = day.at(23, 59, 59, 999_000_000);
            jiff::tz::TimeZone::UTC.to_timestamp(end).ok()
        });
        match (text, day) {
            ("first", _) => Some(Self::First),
            ("latest", _) => Some(Self::Latest),
            (_, Some(end)) => Some(Self::At(end)),
            _ => None,
        }
    }

    /// Finds the selected snapshot of a URL; `None` for [`SnapshotSelector::Local`].
    pub fn find_snapshot(
        &self,
        store: &dyn SnapshotStore,
        key: UrlKey,
    ) -> Result<Option<Snapshot>, AppError> {
        Ok(match self {
            Self::Local => None,
            // The id is that of another page's snapshot.
            Self::Id(id) if id.url != key => None,
            Self::Id(id) => store.read_snapshot(*id)?,
            Self::First => believed_snapshots(store, key)?.into_iter().next(),
            Self::Latest => believed_snapshots(store, key)?.into_iter().next_back(),
            Self::At(time) => store.read_snapshots(key)?.into_iter().rfind(|snapshot| snapshot.at() <= *time),
        })
    }

    /// Explains why [`SnapshotSelector::find_snapshot`] found nothing.
    ///
    /// # Errors
    /// The store could not be read.
    pub fn explain_missing(
        &self,
        store: &dyn SnapshotStore,
        url: &CanonicalUrl,
    ) -> Result<AppError, AppError> {
        let first = store.read_snapshots(url.key())?.into_iter().next();
        let hint = format!("`driftline history {url} -v` lists its snapshots");
        Ok(match (self, first) {
            (Self::At(time), Some(first)) => AppError::NotFound {
                what: format!(
                    "snapshot of {url} at or before {}; the first is of {}",
                    format_time(*time),
                    format_time(first.at())
                ),
                hint,
            },
            (Self::Id(id), Some(_)) => {
                AppError::NotFound { what: format!("snapshot of {url} with the id {id}"), hint }
            }
            _ => AppError::NotFound {
                what: format!("snapshot of {url}"),
                hint: "`driftline run PATH` stores one of each page that answers".to_owned(),
            },
        })
    }
}

/// Formats a time as the commands show it, in UTC.
pub fn format_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_day_means_its_end() {
        let end = "2026-01-31T23:59:59.999Z".parse().unwrap();
        assert_eq!(SnapshotSelector::parse_text("2026-01-31").unwrap(), SnapshotSelector::At(end));
        assert_eq!(SnapshotSelector::parse_text("latest").unwrap(), SnapshotSelector::Latest);
        assert!(matches!(
            SnapshotSelector::parse_text("2026-01-31T03:00:00Z").unwrap(),
            SnapshotSelector::At(_)
        ));
        assert!(SnapshotSelector::parse_text("yesterday-ish").is_none());
        assert_eq!(SnapshotSelector::parse_side("--to", "local").unwrap(), SnapshotSelector::Local);
        let error = SnapshotSelector::parse_side("--from", "2020").unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.hint().unwrap().as_str()),
            (
                "--from: invalid time \"2020\"; expected local, first, latest, a date, a time or a snapshot id",
                "such as --from 2020-06-30; see `driftline help diff`"
            )
        );
        let id = SnapshotId { url: UrlKey::from_bytes([7; 16]), at_ms: 1_700_000_000_000 };
        assert_eq!(SnapshotSelector::parse_text(&id.to_string()).unwrap(), SnapshotSelector::Id(id));
    }
}
