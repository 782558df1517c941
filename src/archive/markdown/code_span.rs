//! Measures the backticks that delimit code spans (`CommonMark` 0.31, 6.1).

/// A longer run of backticks is text. Searching for the end of runs of any length would take quadratic
/// time.
pub(super) const LONGEST_TICKS: usize = 64;

/// The number of consecutive bytes from `at` on that are `mark`.
pub(super) fn run_length(bytes: &[u8], at: usize, mark: u8) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| byte == mark).count()
}
