//! `--board`: uses the board of a command, if it has one.

use std::{fmt::Write as _, path::Path};

use anyhow::Result;
use logscan::{
    CaseMode, Error, Extent, Matcher, Name, Patterns, Scan, Sink, Summary, Syntax, Workers,
    board::{self, Board, Digest, End, Searched, Start},
};

use super::{args::SearchArgs, exit::Exit, is_closed_pipe, messages::say, plan::SearchPlan};

/// The board of a command, or none.
#[derive(Debug, Default)]
pub(crate) struct CommandBoard {
    board: Option<Board>,
    usage: BoardUse,
}

/// The use that a command makes of its board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum BoardUse {
    /// It only shows how far the command is.
    #[default]
    Progress,
    /// It leaves checkpoints, and searches all of the file.
    Checkpoints,
    /// It leaves checkpoints, and goes on from the last one.
    GoesOn,
}

/// A board on which a search leaves checkpoints.
pub(crate) struct CheckpointBoard<'a> {
    board: &'a mut Board,
    usage: BoardUse,
}

impl CommandBoard {
    /// Returns the board of a search, if it has one. It is a new one, or the one that the last
    /// search has left.
    pub(crate) fn of_search(
        args: &SearchArgs,
        plan: &SearchPlan,
        patterns: &Patterns,
        scan: &Scan,
    ) -> Result<CommandBoard> {
        let Some(path) = &args.messages.board else {
            return Ok(CommandBoard::default());
        };
        let is_plain = args.results.last.is_none()
            && args.input.byte_range.is_none()
            && args.template.is_none();
        let usage = match &plan.inputs.files[..] {
            _ if args.continues => BoardUse::GoesOn,
            [file] if is_plain && is_regular(file) => BoardUse::Checkpoints,
            _ => BoardUse::Progress,
        };
        let start = Start {
            digest: Digest::of(patterns, scan),
            name: name_of(&plan.inputs.files),
            search: search_of(patterns, scan),
            workers: Workers::new(plan.inputs.threads).threads(),
            inputs: plan.inputs.files.len(),
            keeps_checkpoints: usage != BoardUse::Progress,
        };
        let board = match usage {
            BoardUse::GoesOn => Board::reopen(path, &start)?,
            BoardUse::Checkpoints | BoardUse::Progress => Board::create(path, &start)?,
        };
        Ok(CommandBoard {
            board: Some(board),
            usage,
        })
    }

    /// Returns the board of another command. It only shows how far the command is.
    pub(crate) fn of_progress(
        path: Option<&Path>,
        command: &str,
        files: &[impl AsRef<Path>],
        threads: usize,
    ) -> Result<CommandBoard> {
        let Some(path) = path else {
            return Ok(CommandBoard::default());
        };
        let files: Vec<_> = files
            .iter()
            .map(|file| file.as_ref().to_path_buf())
            .collect();
        let start = Start {
            digest: Digest::of(
                &Patterns::default(),
                &Scan::new(Matcher::new(&Patterns::default())?),
            ),
            name: name_of(&files),
            search: command.into(),
            workers: Workers::new(threads).threads(),
            inputs: files.len().max(1),
            keeps_checkpoints: false,
        };
        Ok(CommandBoard {
            board: Some(Board::create(path, &start)?),
            usage: BoardUse::Progress,
        })
    }

    /// Returns the board, for the counters.
    pub(crate) fn board(&self) -> Option<&Board> {
        self.board.as_ref()
    }

    /// Returns the board, if checkpoints are left on it.
    pub(crate) fn with_checkpoints(&mut self) -> Option<CheckpointBoard<'_>> {
        let usage = self.usage;
        let board = self
            .board
            .as_mut()
            .filter(|_| usage != BoardUse::Progress)?;
        Some(CheckpointBoard { board, usage })
    }

    /// Counts an input as done.
    pub(crate) fn input_done(&self, summary: &Summary) {
        if let Some(board) = &self.board {
            board.input_done(summary.notes.len());
        }
    }

    /// Writes on the board how the command ended, and returns how it did. `stats` asks for a
    /// message on how long the disk took.
    pub(crate) fn finish(self, done: Result<Exit>, stats: bool) -> Result<Exit> {
        let Some(board) = self.board else {
            return done;
        };
        let is_closed =
            |error: &anyhow::Error| error.downcast_ref::<Error>().is_some_and(is_closed_pipe);
        let (end, status) = match &done {
            Ok(exit @ Exit::Signal(_)) => (End::Interrupted, exit.status()),
            Ok(exit) => (End::Finished, exit.status()),
            Err(error) if is_closed(error) => (End::Interrupted, Exit::ClosedPipe.status()),
            Err(_) => (End::Failed, Exit::Trouble.status()),
        };
        let finished = board.finish(end, status);
        if let Ok((_, synced_in)) = &finished
            && stats
        {
            say(format!(
                "board: on the disk in {:.4} s",
                synced_in.as_secs_f64()
            ));
        }
        match (done, finished) {
            (Ok(_), Err(error)) => Err(error.into()),
            (done, _) => done,
        }
    }
}

impl CheckpointBoard<'_> {
    /// Searches all of the file, or what is new in it.
    pub(crate) fn search(
        self,
        search: &board::Search<'_>,
        sink: &mut dyn Sink,
    ) -> Result<Searched, Error> {
        match self.usage {
            BoardUse::GoesOn => board::go_on(search, self.board, sink),
            BoardUse::Checkpoints | BoardUse::Progress => board::search(search, self.board, sink),
        }
    }
}

fn is_regular(file: &Path) -> bool {
    file != Path::new("-") && std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file())
}

fn name_of(files: &[std::path::PathBuf]) -> String {
    files
        .first()
        .map_or(String::new(), |file| Name(file).to_string())
}

/// Returns a search for people, in the words of the command line.
fn search_of(patterns: &Patterns, scan: &Scan) -> String {
    let mut text = String::new();
    let mut flag = |is_set: bool, flag: &str| {
        if is_set {
            text.push_str(flag);
            text.push(' ');
        }
    };
    flag(patterns.syntax == Syntax::Fixed, "-F");
    flag(patterns.case == CaseMode::Insensitive, "-i");
    flag(patterns.case == CaseMode::Smart, "-S");
    flag(patterns.extent == Extent::Word, "-w");
    flag(patterns.extent == Extent::Line, "-x");
    flag(scan.invert, "-v");
    let shown = |pattern: &Vec<u8>| format!("'{}'", String::from_utf8_lossy(pattern));
    let all: Vec<String> = patterns.patterns.iter().map(shown).collect();
    text.push_str(&all.join(" or "));
    for and in &patterns.and {
        let _ = write!(text, " --and {}", shown(and));
    }
    for not in &patterns.not {
        let _ = write!(text, " --not {}", shown(not));
    }
    text
}
