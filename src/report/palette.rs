//! The colours of text reports and diffs: red for what is lost, yellow for what is in doubt.

use anstyle::{AnsiColor, Style};

/// The styles of a report. All of them are empty where colours are off.
#[derive(Clone, Copy)]
pub(in crate::report) struct Palette {
    color: bool,
}

impl Palette {
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    pub fn has_color(self) -> bool {
        self.color
    }

    fn style(self, style: Style) -> Style {
        if self.color { style } else { Style::new() }
    }

    fn foreground(self, color: AnsiColor) -> Style {
        self.style(Style::new().fg_color(Some(color.into())))
    }

    fn bold_foreground(self, color: AnsiColor) -> Style {
        self.style(Style::new().bold().fg_color(Some(color.into())))
    }

    pub fn bold(self) -> Style {
        self.style(Style::new().bold())
    }

    pub fn dimmed(self) -> Style {
        self.style(Style::new().dimmed())
    }

    /// Something is lost: a dead link, a missing file.
    pub fn loss(self) -> Style {
        self.bold_foreground(AnsiColor::Red)
    }

    /// Something is in doubt: drift, a failure, an interrupted run.
    pub fn doubt(self) -> Style {
        self.bold_foreground(AnsiColor::Yellow)
    }

    /// Something is well again.
    pub fn recovery(self) -> Style {
        self.bold_foreground(AnsiColor::Green)
    }

    pub fn removed_line(self) -> Style {
        self.foreground(AnsiColor::Red)
    }

    pub fn added_line(self) -> Style {
        self.foreground(AnsiColor::Green)
    }

    pub fn moved_line(self) -> Style {
        self.foreground(AnsiColor::Cyan)
    }

    /// The changed characters inside a removed line.
    pub fn removed_span(self) -> Style {
        self.style(self.removed_line().invert())
    }

    /// The changed characters inside an added line.
    pub fn added_span(self) -> Style {
        self.style(self.added_line().invert())
    }
}

/// Puts a text between the escape sequences of a style.
pub(in crate::report) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
