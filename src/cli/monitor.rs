//! `logscan monitor`: shows how far scans in other processes are, by their boards.
//!
//! This is the one poller: a board can be looked at, but it calls nobody.

mod json;
mod screen;

use std::{
    ffi::OsString,
    io::Write,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::{ArgAction, Parser, ValueHint};
use logscan::{
    Error, Name,
    board::{BoardView, Snapshot, Status},
};

use self::screen::Pace;
use super::{exit::Exit, messages::say, surroundings::Surroundings};

/// How often a screen is drawn. That is often enough to look alive, and seldom enough to be read.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// How long a board is waited for that does not exist yet, because its search has just been started
/// in the background.
const APPEARS_WITHIN: Duration = Duration::from_secs(5);

/// How often a board is looked at while its end is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const EXAMPLES: &str = "\
Examples:
  logscan --board /dev/shm/scan ERROR huge.log > errors &
  logscan monitor /dev/shm/scan             a bar, until the search ends
  logscan monitor --once /var/tmp/*.board   one line for each, and done
  logscan monitor --wait /dev/shm/scan      wait, and exit as the search does

To search for the word itself: logscan -e monitor FILE...";

/// Show how far searches in other processes are
#[derive(Debug, Parser)]
#[command(
    name = "logscan monitor",
    bin_name = "logscan monitor",
    disable_help_flag = true,
    term_width = 80,
    override_usage = "logscan monitor [OPTIONS] <BOARD>...",
    after_help = EXAMPLES
)]
pub(crate) struct MonitorArgs {
    /// Print one line for each board, and end
    ///
    /// If standard output is no terminal, it does so without this flag too.
    #[arg(long, conflicts_with = "wait")]
    once: bool,
    /// Print a JSON object for each board
    ///
    /// It prints one line for each, with a schema number, and ends. With --wait it does so when the
    /// searches have ended.
    #[arg(long)]
    json: bool,
    /// Wait until the searches have ended
    ///
    /// The exit status is that of the search. With several searches it is the highest, and 2 if one
    /// was killed or its board is damaged. A board that is not there yet is waited for, up to five
    /// seconds.
    #[arg(long)]
    wait: bool,
    /// Print this help
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
    /// What --board named for the searches
    #[arg(value_name = "BOARD", required = true, value_hint = ValueHint::FilePath, help_heading = None, hide_short_help = true)]
    boards: Vec<PathBuf>,
}

/// Parses `words`, the first of which is `monitor`.
pub(crate) fn parse(words: &[OsString]) -> Result<MonitorArgs, clap::Error> {
    MonitorArgs::try_parse_from(words)
}

/// Does what `args` ask for.
pub(crate) fn run(args: &MonitorArgs, surroundings: &Surroundings) -> Result<Exit> {
    let mut trouble = false;
    let mut views = Vec::new();
    let is_live = surroundings.stdout_is_terminal && !args.once && !args.json;
    let begun = Instant::now();
    for path in &args.boards {
        while (args.wait || is_live)
            && BoardView::is_awaited(path)
            && begun.elapsed() < APPEARS_WITHIN
        {
            thread::sleep(LOOK_EVERY);
        }
        match BoardView::open(path) {
            Ok(view) => views.push(view),
            Err(error) => {
                say(error);
                trouble = true;
            }
        }
    }
    let mut watch = Watch {
        views,
        paces: Vec::new(),
        drawn_lines: 0,
    };
    let snapshots = match (is_live, args.wait) {
        (true, _) => watch.until_the_end(DRAW_EVERY, surroundings)?,
        (false, true) => watch.until_the_end_unseen()?,
        (false, false) => watch.look()?,
    };
    match (args.json, is_live) {
        (true, _) => print(&json::lines(&snapshots))?,
        (false, true) => {}
        (false, false) => print(&watch.summary(&snapshots))?,
    }
    Ok(match (trouble, args.wait) {
        (true, _) => Exit::Trouble,
        (false, true) => snapshots
            .iter()
            .map(|(path, shot)| exit_of(path, shot))
            .max_by_key(|exit| exit.status())
            .unwrap_or(Exit::Success),
        (false, false) => Exit::Success,
    })
}

/// Returns how a search has ended, by its board. It is trouble if the search could not say it, or
/// if the board says what cannot be.
fn exit_of(path: &Path, snapshot: &Snapshot) -> Exit {
    let Some(status) = snapshot.exit_status else {
        return Exit::Trouble;
    };
    Exit::of_search(status).unwrap_or_else(|| {
        say(format!(
            "{} says that its search ended with exit status {status}, and none does: something else has written to it; \
             run the search again",
            Name(path)
        ));
        Exit::Trouble
    })
}

/// The boards that are watched, and what has been drawn of them.
struct Watch {
    views: Vec<BoardView>,
    /// The speed of each scan in the last seconds.
    paces: Vec<Pace>,
    /// How many lines of the terminal were drawn last.
    drawn_lines: usize,
}

/// The name of a board, and what the board says.
type NamedBoard = (PathBuf, Snapshot);

impl Watch {
    fn look(&mut self) -> Result<Vec<NamedBoard>, Error> {
        let mut snapshots = Vec::new();
        self.paces.resize_with(self.views.len(), Pace::default);
        for (view, pace) in self.views.iter().zip(&mut self.paces) {
            let snapshot = view.snapshot()?;
            pace.add(&snapshot);
            snapshots.push((view.path().to_path_buf(), snapshot));
        }
        Ok(snapshots)
    }

    fn until_the_end_unseen(&mut self) -> Result<Vec<NamedBoard>, Error> {
        loop {
            let snapshots = self.look()?;
            if have_ended(&snapshots) {
                return Ok(snapshots);
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Draws until all scans have ended. Ctrl-C leaves the screen as it is.
    fn until_the_end(
        &mut self,
        every: Duration,
        surroundings: &Surroundings,
    ) -> Result<Vec<NamedBoard>, Error> {
        loop {
            let snapshots = self.look()?;
            let size = screen::Size::of_terminal();
            let style = match surroundings.color_is_welcome {
                true => screen::ScreenStyle::Colored,
                false => screen::ScreenStyle::Plain,
            };
            let lines = screen::draw(&snapshots, &self.paces, size, style);
            print(&screen::over(&lines, self.drawn_lines))?;
            self.drawn_lines = lines.len();
            if have_ended(&snapshots) {
                return Ok(snapshots);
            }
            thread::sleep(every);
        }
    }

    fn summary(&self, snapshots: &[NamedBoard]) -> String {
        let lines = snapshots.iter().zip(&self.paces);
        lines
            .map(|((path, shot), pace)| screen::line(path, shot, pace) + "\n")
            .collect()
    }
}

fn have_ended(snapshots: &[NamedBoard]) -> bool {
    snapshots.iter().all(|(_, shot)| !shot.status.is_running())
}

/// Returns the status in one word, for people and for programs.
fn word(status: Status) -> &'static str {
    match status {
        Status::Running => "running",
        Status::Stalled => "stalled",
        Status::Finished => "finished",
        Status::Interrupted => "interrupted",
        Status::Failed => "failed",
        Status::Crashed | Status::Rebooted => "crashed",
    }
}

/// Prints a text. Nothing in the names and patterns of a board acts on the terminal, because
/// [`screen`] has replaced it.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = logscan::terminal_stdout();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })
}
