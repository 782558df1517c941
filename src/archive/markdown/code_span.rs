//! The backticks of code spans (`CommonMark` 0.31, 6.1).

/// A longer run of backticks is text: looking for its end would take time for each length of run.
pub(super) const LONGEST_TICKS: usize = 64;

/// How many bytes from `at` on are `mark`.
pub(super) fn run_length(bytes: &[u8], at: usize, mark: u8) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|&&byte| byte == mark).count()
}
