//! Defines the exit codes, on which scripts rely.

use std::process::ExitCode;

/// How the program ended. The numbers must not change, because scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: nothing needs attention.
    Clean,
    /// 1: it could not do its job: input or output, the store, the network entirely down.
    Failed,
    /// 2: findings that the `fail_on` policy names.
    Findings,
    /// 3: wrong usage or configuration.
    Usage,
    /// 130: interrupted; the store and the partial report are whole.
    Interrupted,
}

impl ExitStatus {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed => 1,
            Self::Findings => 2,
            Self::Usage => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
