//! How reading goes on behind what cannot be read.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::store::journal::scan::next_member;

/// How reading goes on behind a place that holds no record.
pub(super) enum Resumed {
    /// Nothing but zeros stands there: some writers fill blocks up.
    Ended,
    /// Zeros, and then this place.
    Padding(u64),
    /// The next place that holds a record, if there is one.
    Damaged(Option<u64>),
}

/// What stands at `at`, where no record could be read.
pub(super) fn resumed(path: &Path, file: &mut File, at: u64) -> io::Result<Resumed> {
    file.seek(SeekFrom::Start(at))?;
    let mut zeros = 0;
    for byte in BufReader::new(&*file).bytes() {
        match byte? {
            0 => zeros += 1,
            _ if zeros > 0 => return Ok(Resumed::Padding(at + zeros)),
            0x1f => return Ok(Resumed::Damaged(next_member(path, at.saturating_add(1))?)),
            // In a plain file a page may hold what looks like a record, so none is looked for.
            _ => return Ok(Resumed::Damaged(None)),
        }
    }
    Ok(Resumed::Ended)
}
