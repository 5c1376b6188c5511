//! The progress bar on standard error.
//!
//! The bar has no thread of its own. The workers move it on after each chunk, through
//! [`Progress`]'s callback. So a search that waits for its input shows no new rate until something
//! comes.
//!
//! The bar leaves its line as it found it. It goes when its input has been searched, with or
//! without an error, and at the first chunk after a Ctrl-C. With `--progress=always` results may
//! come to the same terminal. They are written through [`Bar::above`], which takes the bar away for
//! each of them.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle, TermLike};
use logscan::{Name, Progress, Stop, board::Board};

use super::messages::{on_one_line, say};

/// How long a search takes before its bar is shown. A faster search is over before anybody has read
/// the bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the bar is drawn per second. indicatif draws as often on a terminal.
const DRAWS_PER_SECOND: u8 = 20;

const WITH_TOTAL: &str =
    "{wide_msg} {bar:24} {percent:>3}% of {decimal_total_bytes} {decimal_bytes_per_sec} ETA {eta}";
const WITH_STEPS: &str = "{wide_msg} {bar:24} {percent:>3}% {elapsed}";
const WITHOUT_TOTAL: &str = "{wide_msg} {decimal_bytes} {decimal_bytes_per_sec} {elapsed}";

/// Tells when a bar is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// The bar is never shown.
    Never,
    /// The bar is shown when the search takes more than half a second.
    IfSlow,
    /// The bar is shown from the first chunk on, even if standard error is no terminal.
    AtOnce,
}

/// The bar, one for all inputs, and the counters that drive it.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    /// Whether a result stands on the bar's line, and has not ended. Then nothing is drawn there.
    /// It is written and read under the lock of the bar, so `Relaxed` is enough.
    is_line_taken: Arc<AtomicBool>,
    counters: Progress,
}

impl Bar {
    /// Creates a bar that shows nothing yet, and counters with which `stop` ends the search.
    pub(crate) fn new(show: Show, stop: &Arc<Stop>) -> Bar {
        let is_line_taken = Arc::default();
        let bar = match show {
            Show::Never => Bar {
                bar: None,
                is_line_taken,
                counters: Progress::new(),
            },
            Show::IfSlow | Show::AtOnce => {
                let taken = Arc::clone(&is_line_taken);
                let target = move || on_stderr(Arc::clone(&taken));
                let patience = match show {
                    Show::IfSlow => PATIENCE,
                    Show::Never | Show::AtOnce => Duration::ZERO,
                };
                Bar {
                    is_line_taken,
                    ..Bar::drawn_on(target, patience, stop)
                }
            }
        };
        Bar {
            counters: bar.counters.with_stop(Arc::clone(stop)),
            ..bar
        }
    }

    /// Creates a bar that stays hidden until `patience` is over. indicatif draws whenever anything
    /// about a bar changes.
    fn drawn_on(
        target: impl Fn() -> ProgressDrawTarget + Send + Sync + 'static,
        patience: Duration,
        stop: &Arc<Stop>,
    ) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
            .with_finish(ProgressFinish::AndClear);
        let begun = Instant::now();
        let moved = bar.clone();
        let stop = Arc::clone(stop);
        // The first worker that comes late enough sets this. It is `Relaxed` because the bar has a
        // lock of its own.
        let is_shown = AtomicBool::new(false);
        let counters = Progress::with_callback(move |counters| {
            if stop.is_requested() {
                // After a second Ctrl-C there would be no time to clear the bar.
                moved.finish_and_clear();
                return;
            }
            if begun.elapsed() < patience {
                return;
            }
            if !is_shown.swap(true, Ordering::Relaxed) {
                moved.set_draw_target(target());
            }
            advance(&moved, counters);
        });
        Bar {
            bar: Some(bar),
            is_line_taken: Arc::default(),
            counters,
        }
    }

    /// Returns a writer of results, above the bar if both are on a terminal.
    pub(crate) fn above(&self, writer: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        match &self.bar {
            Some(bar) if io::stdout().is_terminal() => Box::new(Above {
                bar: bar.clone(),
                is_line_taken: Arc::clone(&self.is_line_taken),
                writer,
            }),
            _ => writer,
        }
    }

    /// Returns the bar with counters that others see on a board.
    pub(crate) fn on(self, board: Option<&Board>) -> Bar {
        match board {
            Some(board) => Bar {
                counters: board.show(self.counters),
                ..self
            },
            None => self,
        }
    }

    /// Returns the counters, for [`logscan::scan::run()`].
    pub(crate) fn counters(&self) -> &Progress {
        &self.counters
    }

    /// Starts again for the next input.
    pub(crate) fn begin(&self, name: &str) {
        if let Some(bar) = &self.bar {
            bar.reset();
            bar.unset_length();
            bar.set_style(style(WITHOUT_TOTAL));
            bar.set_message(on_one_line(name));
        }
    }

    /// Shows that a small file has been searched, and how many are done.
    pub(crate) fn passes(&self, path: &Path, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_message(on_one_line(&nth(&Name(path).to_string(), done)));
        }
    }

    /// Prints a message while the search goes on. The bar makes room for it.
    pub(crate) fn say(&self, message: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(message)),
            None => say(message),
        }
    }

    /// Takes the bar off the screen, so that something else can be written there.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Returns the text for one of several files, with the number of files that are done.
pub(crate) fn nth(name: &str, done: u64) -> String {
    match done {
        0 => name.to_owned(),
        1 => format!("{name} (1 file done)"),
        done => format!("{name} ({done} files done)"),
    }
}

/// A writer of results to the terminal that has the bar. The bar is taken away for each of them,
/// and comes back behind a line that has ended.
struct Above {
    bar: ProgressBar,
    is_line_taken: Arc<AtomicBool>,
    writer: Box<dyn Write + Send>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| {
            self.writer.write_all(bytes)?;
            self.writer.flush()?;
            if let Some(&last) = bytes.last() {
                self.is_line_taken.store(last != b'\n', Ordering::Relaxed);
            }
            Ok(bytes.len())
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bar of work that goes in steps and takes as long as it is allowed to. Nothing is drawn
/// during a step, because steps are measurements.
#[derive(Debug)]
pub(crate) struct StepBar {
    bar: Option<ProgressBar>,
}

/// How many parts a bar of steps has.
const PARTS: u32 = 1000;

impl StepBar {
    /// Creates a bar that shows nothing yet.
    pub(crate) fn new(show: Show) -> StepBar {
        let target = match show {
            Show::Never => return StepBar { bar: None },
            Show::IfSlow | Show::AtOnce => on_stderr(Arc::default()),
        };
        let bar = ProgressBar::with_draw_target(Some(u64::from(PARTS)), target)
            .with_finish(ProgressFinish::AndClear);
        bar.set_style(style(WITH_STEPS));
        StepBar { bar: Some(bar) }
    }

    /// Shows the next step, and how much of all has been done, from 0 to 1.
    pub(crate) fn step(&self, next: &str, done: f64) {
        if let Some(bar) = &self.bar {
            let parts = (0..PARTS).take_while(|&part| f64::from(part) < done * f64::from(PARTS));
            bar.set_message(on_one_line(next));
            bar.set_position(parts.count() as u64);
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn advance(bar: &ProgressBar, counters: &Progress) {
    let total = Some(counters.bytes_total()).filter(|&bytes| bytes > 0);
    if total.is_some() && bar.length() != total {
        bar.set_style(style(WITH_TOTAL));
        bar.set_length(counters.bytes_total());
    }
    bar.set_position(counters.bytes_done());
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("both templates are tested")
        .progress_chars("=> ")
}

/// Returns a target that draws on standard error, whatever it is. indicatif's own target draws
/// nothing into a file or a pipe, and draws as wide as the terminal.
fn on_stderr(is_line_taken: Arc<AtomicBool>) -> ProgressDrawTarget {
    ProgressDrawTarget::term_like_with_hz(Box::new(Stderr { is_line_taken }), DRAWS_PER_SECOND)
}

/// Standard error, treated as a terminal, whatever it is.
#[derive(Debug)]
struct Stderr {
    is_line_taken: Arc<AtomicBool>,
}

/// How many columns the bar has if no terminal tells its width.
const COLUMNS: u16 = 80;

/// How many columns are left free behind the bar. A terminal shows two `^C` and the cursor there.
/// At the end of the line they would go on in the next line, and that line would be cleared in
/// place of the bar's.
const FREE_COLUMNS: u16 = 5;

impl Stderr {
    fn write(&self, text: &str) -> io::Result<()> {
        match self.is_line_taken.load(Ordering::Relaxed) {
            true => Ok(()),
            false => io::stderr().lock().write_all(text.as_bytes()),
        }
    }

    fn escape(&self, count: usize, command: char) -> io::Result<()> {
        if count == 0 {
            Ok(())
        } else {
            self.write(&format!("\x1b[{count}{command}"))
        }
    }
}

impl TermLike for Stderr {
    /// Returns the width of the bar. A bar wider than the terminal would have several lines, and
    /// only one of them would be cleared.
    fn width(&self) -> u16 {
        let columns =
            terminal_size::terminal_size_of(io::stderr()).map_or(COLUMNS, |(width, _)| width.0);
        columns.saturating_sub(FREE_COLUMNS).max(1)
    }

    fn move_cursor_up(&self, count: usize) -> io::Result<()> {
        self.escape(count, 'A')
    }

    fn move_cursor_down(&self, count: usize) -> io::Result<()> {
        self.escape(count, 'B')
    }

    fn move_cursor_right(&self, count: usize) -> io::Result<()> {
        self.escape(count, 'C')
    }

    fn move_cursor_left(&self, count: usize) -> io::Result<()> {
        self.escape(count, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

#[cfg(test)]
mod tests {
    use logscan::{EachLine, Matcher, Patterns, Scan, Source, Summary, Workers, scan};

    use super::*;

    #[test]
    fn the_templates_are_ones_that_indicatif_understands() {
        style(WITH_TOTAL);
        style(WITHOUT_TOTAL);
        style(WITH_STEPS);
    }

    #[test]
    fn a_name_is_one_line_without_control_characters() {
        assert_eq!(
            on_one_line("a\x1b[31m\nb\r\n\u{e9}"),
            "a\\x1b[31m?b??\u{e9}"
        );
    }

    fn no_stop() -> Arc<Stop> {
        Arc::new(Stop::new().unwrap())
    }

    /// Searches nine bytes. Returns where the bar stands then.
    fn search_nine_bytes(bar: &Bar, mut source: Source) -> (u64, Option<u64>) {
        bar.begin("log");
        let scan = Scan::new(Matcher::new(&Patterns::new("a")).unwrap());
        let mut sink = EachLine::new(|_| Ok(()));
        scan::run(
            &scan,
            &mut source,
            &Workers::new(2),
            bar.counters(),
            &mut sink,
        )
        .and_then(Summary::into_result)
        .unwrap();
        let drawn = bar.bar.as_ref().unwrap();
        (drawn.position(), drawn.length())
    }

    #[test]
    fn the_bar_follows_each_input_from_its_start() {
        let bar = Bar::drawn_on(ProgressDrawTarget::hidden, Duration::ZERO, &no_stop());
        let file = || Source::from_bytes("log".as_ref(), b"aa\nbb\naa\n".to_vec());
        assert_eq!(search_nine_bytes(&bar, file()), (9, Some(9)));
        assert_eq!(search_nine_bytes(&bar, file()), (9, Some(9)));
        let stream = Source::from_reader("log".as_ref(), &b"aa\nbb\naa\n"[..]);
        assert_eq!(search_nine_bytes(&bar, stream), (9, None));
    }

    #[test]
    fn a_quick_search_moves_no_bar() {
        let bar = Bar::drawn_on(ProgressDrawTarget::hidden, Duration::MAX, &no_stop());
        let file = Source::from_bytes("log".as_ref(), b"aa\nbb\naa\n".to_vec());
        assert_eq!(search_nine_bytes(&bar, file), (0, None));
    }
}
