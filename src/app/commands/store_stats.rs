//! Writes the statistics of a store.

use std::io::{self, Write};

use crate::model::format_size;
use crate::report::sanitize;
use crate::report::text::format_counted;
use crate::store::StoreStats;

/// The number of hosts and runs that are listed.
const LISTED: usize = 15;

/// Writes statistics as text.
pub(super) fn write_stats(stats: &StoreStats, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{}, {}, {}, {}, {}",
        format_counted(stats.urls, "URL"),
        format_counted(stats.visits, "visit"),
        format_counted(stats.snapshots, "snapshot"),
        format_counted(stats.comparisons, "comparison"),
        format_counted(stats.runs, "run")
    )?;
    if let (Some(first), Some(last)) = (stats.first_capture, stats.last_capture) {
        let date = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        writeln!(out, "captured from {} to {}", date(first), date(last))?;
    }
    writeln!(out, "\ndatabase     {:>10}", format_size(stats.database_bytes))?;
    writeln!(out, "journal      {:>10}", format_size(stats.journal_bytes))?;
    if let Some(head) = &stats.head {
        writeln!(out, "  the last segment is {}", sanitize::one_line(head))?;
    }
    if stats.aside_bytes > 0 {
        writeln!(out, "quarantined  {:>10}", format_size(stats.aside_bytes))?;
    }
    writeln!(out, "\ncaptured     {:>10}", format_size(stats.captured_bytes))?;
    writeln!(
        out,
        "bodies       {:>10}  {} distinct, stored once: {:.1} times less",
        format_size(stats.bodies.plain_bytes),
        stats.bodies.count,
        stats.dedupe_ratio()
    )?;
    writeln!(
        out,
        "packed       {:>10}  {:.1} times less",
        format_size(stats.bodies.packed_bytes),
        stats.compression_ratio()
    )?;
    let other = stats.blobs.packed_bytes + stats.long_records.packed_bytes;
    writeln!(out, "link tables  {:>10}", format_size(other))?;
    if !stats.hosts.is_empty() {
        writeln!(out, "\n{:>10}  {:>9}  {:>7}  host", "captured", "snapshots", "URLs")?;
    }
    for host in stats.hosts.iter().take(LISTED) {
        let name = sanitize::one_line(&host.host);
        writeln!(
            out,
            "{:>10}  {:>9}  {:>7}  {name}",
            format_size(host.captured_bytes),
            host.snapshots,
            host.urls
        )?;
    }
    if stats.hosts.len() > LISTED {
        writeln!(out, "… and {} more hosts; --format json lists all", stats.hosts.len() - LISTED)?;
    }
    if !stats.by_run.is_empty() {
        writeln!(out, "\n{:>10}  {:>9}  {:>7}  run", "captured", "snapshots", "visits")?;
    }
    let first = stats.by_run.len().saturating_sub(LISTED);
    for run in stats.by_run.iter().skip(first) {
        writeln!(
            out,
            "{:>10}  {:>9}  {:>7}  {}",
            format_size(run.captured_bytes),
            run.snapshots,
            run.visits,
            run.run
        )?;
    }
    Ok(())
}
