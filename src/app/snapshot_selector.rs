//! Reads how the command line names a snapshot: by position, id, date or time.

use jiff::Timestamp;
use jiff::civil;

use super::error::AppError;
use crate::model::UrlKey;
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

impl SnapshotSelector {
    /// Reads `local`, `first`, `latest`, a snapshot's id, a date (the end of that day, UTC) or an
    /// RFC 3339 time.
    pub fn parse_text(text: &str) -> Result<Self, AppError> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        let day = text.parse::<civil::Date>().ok().and_then(|day| {
            let end = day.at(23, 59, 59, 999_000_000);
            jiff::tz::TimeZone::UTC.to_timestamp(end).ok()
        });
        match (text, day) {
            ("local", _) => Ok(Self::Local),
            ("first", _) => Ok(Self::First),
            ("latest", _) => Ok(Self::Latest),
            (_, Some(end)) => Ok(Self::At(end)),
            _ => Err(AppError::Usage(format!(
                "invalid time \"{text}\"; expected local, first, latest, a date or a snapshot id"
            ))),
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
            Self::First => store.read_snapshots(key)?.into_iter().next(),
            Self::Latest => store.read_snapshots(key)?.into_iter().next_back(),
            Self::At(time) => store.read_snapshots(key)?.into_iter().rfind(|snapshot| snapshot.at() <= *time),
        })
    }
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
        assert!(SnapshotSelector::parse_text("yesterday-ish").is_err());
        let id = SnapshotId { url: UrlKey::from_bytes([7; 16]), at_ms: 1_700_000_000_000 };
        assert_eq!(SnapshotSelector::parse_text(&id.to_string()).unwrap(), SnapshotSelector::Id(id));
    }
}
