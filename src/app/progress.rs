//! Shows the progress of a run: a display on a terminal, a line every ten seconds elsewhere, nothing with
//! `-q`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::telemetry;
use crate::report::sanitize;
use crate::report::text::{format_count, format_counted, format_duration};

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressMode {
    /// A display that is redrawn in place.
    Display,
    /// A line at intervals of [`LINE_INTERVAL`].
    Lines,
    /// Nothing.
    Silent,
}

impl ProgressMode {
    /// Chooses the mode by `-q` and by whether standard error is a terminal.
    pub fn for_stderr(quiet: bool) -> Self {
        match (quiet, telemetry::stderr_is_terminal()) {
            (true, _) => Self::Silent,
            (false, true) => Self::Display,
            (false, false) => Self::Lines,
        }
    }
}

/// The interval between lines where standard error is not a terminal.
pub const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// The interval between redraws of the display.
const REDRAW_INTERVAL: Duration = Duration::from_millis(100);

/// The time over which the rate is measured.
const RATE_WINDOW: Duration = Duration::from_secs(30);

/// The display with colours, and without.
const COLORED: &str = "{bar:24.green/black.bright} {percent:>3}%  {msg}";
const PLAIN: &str = "{bar:24} {percent:>3}%  {msg}";

/// The number of recent verdicts that the display shows.
const SHOWN_VERDICTS: usize = 3;

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgressState {
    /// Pages that have a verdict.
    pub done: u64,
    /// Pages that are due in this run, including those that are done.
    pub total: u64,
    /// Hosts with a request under way.
    pub hosts_active: usize,
    /// Hosts with due pages that have to wait, for a rate limit or a Retry-After.
    pub hosts_waiting: usize,
}

/// The progress of one run. All methods may be called from any task.
#[derive(Debug)]
pub struct Progress {
    mode: ProgressMode,
    bar: ProgressBar,
    inner: Mutex<DisplayState>,
}

#[derive(Debug)]
struct DisplayState {
    /// Numbers of pages done with their times, oldest first, within the window.
    samples: VecDeque<(Instant, u64)>,
    verdicts: VecDeque<String>,
    last_shown: Option<Instant>,
    state: ProgressState,
}

impl Progress {
    /// Starts to show a run with this total number of pages.
    pub fn new(total: u64, mode: ProgressMode) -> Self {
        let bar = match mode {
            ProgressMode::Display => telemetry::shared_screen().add(ProgressBar::new(total)),
            ProgressMode::Lines | ProgressMode::Silent => ProgressBar::hidden(),
        };
        let plain = anstream::AutoStream::choice(&std::io::stderr()) == anstream::ColorChoice::Never;
        let template = if plain { PLAIN } else { COLORED };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars(if plain { "━╸ " } else { "━╸━" }));
        }
        let inner = DisplayState {
            samples: VecDeque::new(),
            verdicts: VecDeque::new(),
            // The first line waits for an interval, because a short run needs no line.
            last_shown: Some(Instant::now()),
            state: ProgressState { total, ..ProgressState::default() },
        };
        Self { mode, bar, inner: Mutex::new(inner) }
    }

    /// Updates the state of the run. The call is cheap enough for every page.
    pub fn update_state(&self, state: ProgressState) {
        if let Some(line) = self.update_at(state, Instant::now()) {
            telemetry::write_line(&format!("driftline: {line}"));
        }
    }

    /// Adds a verdict such as `dead http-404 https://…` to the display, which shows the most recent ones.
    pub fn add_verdict(&self, line: &str) {
        if self.mode != ProgressMode::Display {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.verdicts.push_back(sanitize::one_line(line).into_owned());
        while inner.verdicts.len() > SHOWN_VERDICTS {
            inner.verdicts.pop_front();
        }
    }

    /// Removes the display.
    pub fn remove_display(&self) {
        if self.mode == ProgressMode::Display {
            self.bar.finish_and_clear();
            telemetry::shared_screen().remove(&self.bar);
        }
    }

    /// Redraws the display if it is due, or returns the line that is due.
    fn update_at(&self, state: ProgressState, now: Instant) -> Option<String> {
        if self.mode == ProgressMode::Silent {
            return None;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.add_sample(state, now);
        let pause = if self.mode == ProgressMode::Display { REDRAW_INTERVAL } else { LINE_INTERVAL };
        let due = inner.last_shown.is_none_or(|last| now.saturating_duration_since(last) >= pause);
        if !due && state.done < state.total {
            return None;
        }
        if self.mode == ProgressMode::Lines {
            if !due {
                return None;
            }
            inner.last_shown = Some(now);
            return Some(inner.status_line());
        }
        inner.last_shown = Some(now);
        let mut message = inner.status_line();
        for verdict in &inner.verdicts {
            message.push_str("\n  ");
            message.push_str(&sanitize::shorten_text(verdict, 100));
        }
        drop(inner);
        self.bar.set_length(state.total);
        self.bar.set_position(state.done);
        self.bar.set_message(message);
        None
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.remove_display();
    }
}

impl DisplayState {
    fn add_sample(&mut self, state: ProgressState, now: Instant) {
        self.state = state;
        // At most one sample a second is kept, so that the list stays short at any rate.
        let fresh = self
            .samples
            .back()
            .is_some_and(|&(at, _)| now.saturating_duration_since(at) < Duration::from_secs(1));
        if !fresh {
            self.samples.push_back((now, state.done));
        }
        while self.samples.len() > 1
            && self.samples.front().is_some_and(|&(at, _)| now.saturating_duration_since(at) > RATE_WINDOW)
        {
            self.samples.pop_front();
        }
    }

    /// The number of pages a second over the window; `None` while there are too few samples.
    fn pages_per_second(&self) -> Option<f64> {
        let (&(start, before), &(end, after)) = (self.samples.front()?, self.samples.back()?);
        let seconds = end.saturating_duration_since(start).as_secs_f64();
        (seconds >= 1.0).then(|| after.saturating_sub(before) as f64 / seconds)
    }

    fn status_line(&self) -> String {
        let ProgressState { done, total, hosts_active, hosts_waiting } = self.state;
        let mut parts = vec![
            format!("{} of {} pages", format_count(done), format_count(total)),
            format!("{} active", format_counted(hosts_active as u64, "host")),
        ];
        if hosts_waiting > 0 {
            parts.push(format!("{hosts_waiting} waiting"));
        }
        if let Some(rate) = self.pages_per_second() {
            parts.push(format!("{rate:.1}/s"));
            if rate > 0.0 && done < total {
                #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
                let left = (total.saturating_sub(done) as f64 / rate) as i64;
                parts.push(format!("about {} left", format_duration(left)));
            }
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn state(done: u64) -> ProgressState {
        ProgressState { done, total: 4_000, hosts_active: 35, hosts_waiting: 2 }
    }

    #[test]
    fn without_a_terminal_a_line_comes_every_ten_seconds() {
        let progress = Progress::new(4_000, ProgressMode::Lines);
        let start = Instant::now();
        let lines: Vec<(u64, String)> = (0..=40)
            .filter_map(|second| {
                let now = start + Duration::from_secs(second) + Duration::from_millis(1);
                progress.update_at(state(second * 10), now).map(|line| (second, line))
            })
            .collect();
        let seconds: Vec<u64> = lines.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [10, 20, 30, 40]);
        assert_eq!(lines[0].1, "100 of 4,000 pages, 35 hosts active, 2 waiting, 10.0/s, about 6m 30s left");
    }

    #[test]
    fn the_rate_is_that_of_the_last_half_minute() {
        let progress = Progress::new(4_000, ProgressMode::Lines);
        let start = Instant::now();
        for second in 0..100 {
            progress.update_at(state(second * 10), start + Duration::from_secs(second));
        }
        for second in 100..200 {
            progress.update_at(state(1_000 + second - 100), start + Duration::from_secs(second));
        }
        let rate = progress.inner.lock().unwrap().pages_per_second().unwrap();
        assert!((rate - 1.0).abs() < 0.05, "{rate}");
        assert!(progress.inner.lock().unwrap().samples.len() < 40);
    }

    #[test]
    fn at_the_start_there_is_no_rate_to_go_by() {
        let progress = Progress::new(10, ProgressMode::Display);
        progress.update_at(state(0), Instant::now());
        let inner = progress.inner.lock().unwrap();
        assert_eq!(inner.pages_per_second(), None);
        assert_eq!(inner.status_line(), "0 of 4,000 pages, 35 hosts active, 2 waiting");
    }

    #[test]
    fn the_last_verdicts_stay_and_are_clean() {
        let progress = Progress::new(10, ProgressMode::Display);
        for n in 0..5 {
            progress.add_verdict(&format!("alive {n}\u{1b}[2J\n"));
        }
        let verdicts: Vec<String> = progress.inner.lock().unwrap().verdicts.iter().cloned().collect();
        assert_eq!(verdicts, ["alive 2 ", "alive 3 ", "alive 4 "]);
    }

    #[test]
    fn both_templates_are_sound() {
        for template in [COLORED, PLAIN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn silence_is_silent() {
        let progress = Progress::new(10, ProgressMode::Silent);
        assert_eq!(progress.update_at(state(1), Instant::now() + LINE_INTERVAL * 2), None);
        assert_eq!(ProgressMode::for_stderr(true), ProgressMode::Silent);
    }
}
