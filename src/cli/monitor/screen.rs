//! Writes what boards say, for people: a few lines for each board on a terminal, one line
//! elsewhere. The code is pure, except that it asks for the terminal's size.

use std::{
    collections::VecDeque,
    path::Path,
    time::{Duration, Instant},
};

use indicatif::{DecimalBytes, FormattedDuration, HumanCount};
use logscan::board::{Snapshot, Status};

use super::{NamedBoard, word};
use crate::cli::messages::on_one_line;

/// The time over which speeds are measured.
const PACE_OVER: Duration = Duration::from_secs(3);

/// How many workers get a line of their own.
const LANES_SHOWN: usize = 8;

/// How many columns a bar has.
const BAR_COLUMNS: usize = 32;

/// How many columns the narrowest terminal has that is drawn for.
const COLUMNS_MIN: usize = 40;

/// The style of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScreenStyle {
    Plain,
    Colored,
}

/// The size of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Size {
    /// Returns the size of the terminal, or 80 x 24 if it does not say.
    pub(super) fn of_terminal() -> Size {
        let size = terminal_size::terminal_size();
        let (columns, rows) = size.map_or((80, 24), |(width, height)| (width.0, height.0));
        Size {
            columns: usize::from(columns).max(COLUMNS_MIN),
            rows: usize::from(rows).max(2),
        }
    }
}

/// The speed of a scan in the last seconds.
#[derive(Debug, Default)]
pub(super) struct Pace {
    samples: VecDeque<Reading>,
}

#[derive(Clone, Debug)]
struct Reading {
    at: Instant,
    bytes: u64,
    hits: u64,
    lanes: Vec<u64>,
}

/// Speeds per second.
struct Speeds {
    bytes: f64,
    hits: f64,
    lanes: Vec<f64>,
}

impl Pace {
    pub(super) fn add(&mut self, shot: &Snapshot) {
        self.add_at(Instant::now(), shot);
    }

    fn add_at(&mut self, at: Instant, shot: &Snapshot) {
        if self
            .samples
            .back()
            .is_some_and(|last| last.bytes > shot.bytes_done)
        {
            // This is another input, or another search.
            self.samples.clear();
        }
        let is_old = |sample: &Reading| at.duration_since(sample.at) > PACE_OVER;
        while self.samples.len() > 1 && self.samples.front().is_some_and(is_old) {
            self.samples.pop_front();
        }
        self.samples.push_back(Reading {
            at,
            bytes: shot.bytes_done,
            hits: shot.hits,
            lanes: shot.lanes.clone(),
        });
    }

    /// Returns the speeds of the last seconds. If only the whole input is known, or the scan has
    /// ended, returns the speeds over the whole input.
    fn speeds(&self, shot: &Snapshot) -> Speeds {
        let first = match (self.samples.front(), self.samples.len()) {
            (Some(first), 2..) if shot.status.is_running() => first.clone(),
            _ => {
                return Speeds {
                    bytes: per_second(shot.bytes_done, shot.input_for),
                    hits: per_second(shot.hits, shot.input_for),
                    lanes: shot
                        .lanes
                        .iter()
                        .map(|&bytes| per_second(bytes, shot.input_for))
                        .collect(),
                };
            }
        };
        let time = self
            .samples
            .back()
            .map_or(Duration::ZERO, |last| last.at - first.at);
        let before = first.lanes.iter().copied().chain(std::iter::repeat(0));
        Speeds {
            bytes: per_second(shot.bytes_done.saturating_sub(first.bytes), time),
            hits: per_second(shot.hits.saturating_sub(first.hits), time),
            lanes: shot
                .lanes
                .iter()
                .zip(before)
                .map(|(&now, before)| per_second(now.saturating_sub(before), time))
                .collect(),
        }
    }
}

/// Returns a board on one line.
pub(super) fn line(path: &Path, shot: &Snapshot, pace: &Pace) -> String {
    let speeds = pace.speeds(shot);
    let mut parts = vec![told(shot)];
    parts.push(progress(shot));
    if shot.bytes_done > 0 {
        parts.push(format!("{}/s", bytes(speeds.bytes)));
    }
    parts.extend(time(shot, &speeds));
    parts.push(hits(shot, &speeds));
    if let Some(saved) = shot.saved.filter(|_| !shot.status.is_running()) {
        parts.push(format!("checkpoint at byte {}", HumanCount(saved.offset)));
    }
    format!(
        "{}: {}",
        on_one_line(&path.to_string_lossy()),
        parts.join(", ")
    )
}

/// Returns the lines of all boards, as many as fit.
pub(super) fn draw(
    snapshots: &[NamedBoard],
    paces: &[Pace],
    size: Size,
    style: ScreenStyle,
) -> Vec<String> {
    let mut lines = Vec::new();
    for ((path, shot), pace) in snapshots.iter().zip(paces) {
        if snapshots.len() > 1 {
            let gap = if lines.is_empty() {
                None
            } else {
                Some(String::new())
            };
            lines.extend(gap);
            lines.push(cut(&on_one_line(&path.to_string_lossy()), size.columns));
        }
        lines.extend(block(shot, pace, size, style));
    }
    // If not everything fits, lines that have scrolled out at the top could not be drawn over.
    let room = size.rows - 1;
    if lines.len() > room {
        lines = snapshots
            .iter()
            .zip(paces)
            .map(|((path, shot), pace)| cut(&line(path, shot, pace), size.columns))
            .collect();
    }
    if lines.len() > room {
        let left = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(format!("and {left} more"));
    }
    lines
}

/// Returns the text that puts `lines` over the `drawn` lines above the cursor.
pub(super) fn over(lines: &[String], drawn: usize) -> String {
    let mut text = String::new();
    if drawn > 0 {
        text.push_str(&format!("\x1b[{drawn}A"));
    }
    for line in lines {
        text.push_str(&format!("\r\x1b[K{line}\n"));
    }
    // There may have been more lines before.
    text.push_str("\x1b[J");
    text
}

fn block(shot: &Snapshot, pace: &Pace, size: Size, style: ScreenStyle) -> Vec<String> {
    let speeds = pace.speeds(shot);
    let columns = size.columns;
    let mut title = on_one_line(&shot.name);
    if shot.inputs > 1 {
        let nth = shot.inputs_done.saturating_add(1).min(shot.inputs);
        title.push_str(&format!(" (input {nth} of {})", shot.inputs));
    }
    title.push_str(&format!("  {}", on_one_line(&shot.search)));
    let mut lines = vec![cut(&title, columns)];
    let mut state = progress(shot);
    if shot.bytes_done > 0 {
        state.push_str(&format!("  {}/s", bytes(speeds.bytes)));
    }
    if let Some(time) = time(shot, &speeds) {
        state.push_str(&format!("  {time}"));
    }
    let bar = match part(shot) {
        Some(part) => format!("{}  ", bar(part)),
        None => String::new(),
    };
    // If both do not fit, the bar is left out first.
    let bar = match 2 + bar.chars().count() + state.chars().count() <= columns {
        true => bar,
        false => String::new(),
    };
    let told_text = cut(&told(shot), columns - 2);
    lines.push(format!("  {}", painted(&told_text, shot.status, style)));
    lines.push(cut(&format!("  {bar}{state}"), columns));
    let mut found = hits(shot, &speeds);
    if shot.notes > 0 {
        found.push_str(&format!("  {} notes", HumanCount(shot.notes)));
    }
    if let Some(saved) = &shot.saved {
        found.push_str(&format!(
            "  checkpoint at byte {}",
            HumanCount(saved.offset)
        ));
    }
    lines.push(cut(&format!("  {found}"), columns));
    if shot.status.is_running() {
        lines.extend(lanes(&speeds.lanes).map(|lane| cut(&lane, columns)));
    }
    lines
}

/// Returns a bar for each worker. Its length is the worker's speed relative to the fastest.
fn lanes(speeds: &[f64]) -> impl Iterator<Item = String> {
    let fastest = speeds.iter().copied().fold(0.0, f64::max);
    let digits = speeds.len().saturating_sub(1).to_string().len();
    let shown = match speeds.len() > LANES_SHOWN {
        true => LANES_SHOWN - 1,
        false => speeds.len(),
    };
    let rest = &speeds[shown..];
    let rest = (!rest.is_empty()).then(|| {
        format!(
            "  {} more workers: {}/s",
            rest.len(),
            bytes(rest.iter().sum())
        )
    });
    let lines: Vec<String> = speeds[..shown]
        .iter()
        .enumerate()
        .map(|(nth, &speed)| {
            let part = if fastest > 0.0 { speed / fastest } else { 0.0 };
            format!("  worker {nth:>digits$} {}  {}/s", bar(part), bytes(speed))
        })
        .collect();
    lines.into_iter().chain(rest)
}

/// Returns the state of the scan, in words.
fn told(shot: &Snapshot) -> String {
    let state = word(shot.status);
    let process = shot.process_id;
    match shot.status {
        Status::Running => format!("{state}, process {process}"),
        Status::Stalled => format!(
            "{state}: process {process} has done nothing for {}; it is stopped, or waits for its input or for a reader",
            FormattedDuration(whole_seconds(shot.silent_for))
        ),
        Status::Finished | Status::Interrupted | Status::Failed => {
            format!("{state}, exit status {}", shot.exit_status.unwrap_or(2))
        }
        Status::Crashed => format!("{state}: process {process} was killed"),
        Status::Rebooted => format!("{state}: the machine was started again"),
    }
}

fn progress(shot: &Snapshot) -> String {
    match part(shot) {
        Some(part) if shot.bytes_done < shot.bytes_total => format!(
            "{:.1} % of {}",
            // 100.0 % is only for a scan that is done.
            (part * 100.0).min(99.9),
            DecimalBytes(shot.bytes_total)
        ),
        _ => DecimalBytes(shot.bytes_done).to_string(),
    }
}

/// Returns how long the scan will take, or has taken.
fn time(shot: &Snapshot, speeds: &Speeds) -> Option<String> {
    let left = shot.bytes_total.saturating_sub(shot.bytes_done);
    match shot.status {
        Status::Running if left > 0 && speeds.bytes > 0.0 => {
            let seconds = (float(left) / speeds.bytes).min(1e9);
            Some(format!(
                "ETA {}",
                FormattedDuration(whole_seconds(Duration::from_secs_f64(seconds)))
            ))
        }
        Status::Running | Status::Stalled => None,
        _ if shot.input_for < Duration::from_secs(60) => {
            Some(format!("in {:.2} s", shot.input_for.as_secs_f64()))
        }
        _ => Some(format!(
            "in {}",
            FormattedDuration(whole_seconds(shot.input_for))
        )),
    }
}

fn hits(shot: &Snapshot, speeds: &Speeds) -> String {
    let hits = HumanCount(shot.hits);
    let noun = if shot.hits == 1 { "hit" } else { "hits" };
    match shot.status {
        Status::Running => format!("{hits} {noun} ({}/s)", whole(speeds.hits)),
        _ => format!("{hits} {noun}"),
    }
}

/// Returns how much of the input has been searched, from 0 to 1, if its length is known.
fn part(shot: &Snapshot) -> Option<f64> {
    let total = Some(shot.bytes_total).filter(|&total| total > 0)?;
    Some((float(shot.bytes_done) / float(total)).min(1.0))
}

fn bar(part: f64) -> String {
    let columns = 8 * BAR_COLUMNS;
    let eighths = (1..=columns)
        .filter(|&at| float_of(at) <= part * float_of(columns))
        .count();
    let mut bar = "█".repeat(eighths / 8);
    if let Some(last) = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(eighths % 8) {
        bar.push_str(last);
    }
    let gap = BAR_COLUMNS - bar.chars().count();
    bar + &"·".repeat(gap)
}

fn painted(text: &str, status: Status, style: ScreenStyle) -> String {
    let color = match status {
        Status::Running => "32",
        Status::Finished => "1",
        Status::Stalled | Status::Interrupted => "33",
        Status::Failed | Status::Crashed | Status::Rebooted => "31",
    };
    match style {
        ScreenStyle::Plain => text.into(),
        ScreenStyle::Colored => format!("\x1b[{color}m{text}\x1b[m"),
    }
}

/// Returns the first columns of a line that has no colours yet.
fn cut(line: &str, columns: usize) -> String {
    match line.chars().count() > columns {
        true => line.chars().take(columns - 1).chain(['…']).collect(),
        false => line.into(),
    }
}

/// Returns a number without a fraction, in groups of three digits.
fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    digits
        .parse()
        .map_or(digits, |number| HumanCount(number).to_string())
}

fn whole_seconds(time: Duration) -> Duration {
    Duration::from_secs(time.as_secs())
}

fn bytes(per_second: f64) -> String {
    let steps = ["B", "kB", "MB", "GB", "TB"];
    let mut value = per_second;
    let mut nth = 0;
    while value >= 1000.0 && nth + 1 < steps.len() {
        value /= 1000.0;
        nth += 1;
    }
    match nth {
        0 => format!("{value:.0} {}", steps[nth]),
        _ => format!("{value:.2} {}", steps[nth]),
    }
}

fn per_second(number: u64, time: Duration) -> f64 {
    match time.is_zero() {
        true => 0.0,
        false => float(number) / time.as_secs_f64(),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures for people, shown with three digits"
)]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a number of columns")]
fn float_of(columns: usize) -> f64 {
    columns as f64
}

#[cfg(test)]
mod tests;
