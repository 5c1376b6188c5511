//! Boards, and searches that go on where others have ended, also through rotations.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;

use super::*;
use crate::{
    Limit, Note,
    input::ReadMode,
    matcher::{Matcher, Patterns},
    mutants::Mutator,
    scan::{Render, Scan, Sink, Summary, Workers},
};

/// Boards that are nearly whole, with checksums that fit and without. Each is refused and left as
/// it was, or a search goes on from it. That search finds no line twice and no line that is not
/// there.
#[test]
fn mutants_of_boards_are_refused_or_gone_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let (path, log) = (dir.path().join("board"), dir.path().join("log"));
    let (scan, start) = start("x");
    fs::write(&log, "x 1\nno\nx 2\nx 3\nhalf an x").unwrap();
    let board = Board::create(&path, &start).unwrap();
    drop(board.finish(End::Finished, 0).unwrap());
    let fresh = fs::read(&path).unwrap();
    go_on_from(&path, &start, &scan, &log).unwrap();
    let samples = [fresh, fs::read(&path).unwrap()];
    let mut mutator = Mutator::new(24);
    let (mut gone_on, mut refused) = (0, 0);
    for nth in 0..800 {
        let mut mutant = mutator.mutant(&samples);
        if nth % 2 == 0 {
            fit_checksums(&mut mutant);
        }
        if nth % 4 < 3 {
            mutant.resize(samples[0].len(), 0);
        }
        fs::write(&path, &mutant).unwrap();
        if let Ok(shot) = BoardView::open(&path).and_then(|view| view.snapshot()) {
            assert!(shot.lanes.len() <= layout::LANES);
        }
        match go_on_from(&path, &start, &scan, &log) {
            Ok(text) => {
                let lines = ["1:x 1\n", "3:x 2\n", "4:x 3\n"];
                let found: Vec<&str> = text.split_inclusive('\n').collect();
                let numbers_aside =
                    |line: &str| line.split_once(':').map(|(_, text)| text.to_owned());
                let wanted: Vec<_> = lines[lines.len() - found.len()..]
                    .iter()
                    .map(|line| numbers_aside(line))
                    .collect();
                let got: Vec<_> = found.iter().map(|line| numbers_aside(line)).collect();
                assert_eq!(got, wanted);
                gone_on += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains("board"), "{error}");
                assert_eq!(fs::read(&path).unwrap(), mutant, "it is left untouched");
                refused += 1;
            }
        }
    }
    assert!(gone_on > 100 && refused > 100, "{gone_on} {refused}");
}

/// Makes the checksums fit what a board says.
fn fit_checksums(board: &mut Vec<u8>) {
    board.resize(layout::BOARD_BYTES, 0);
    let header = (0, layout::HEADER_BYTES / 8);
    let slots = layout::SLOTS_AT.map(|at| (at, layout::SLOT_WORDS));
    for (at, words) in slots.into_iter().chain([header]) {
        let (start, end) = (at * 8, (at + words - 1) * 8);
        let sum = xxhash_rust::xxh3::xxh3_64(&board[start..end]);
        board[end..end + 8].copy_from_slice(&sum.to_ne_bytes());
    }
}

/// Returns what a search that goes on from a board delivers.
fn go_on_from(path: &Path, start: &Start, scan: &Scan, log: &Path) -> Result<String, Error> {
    let mut board = Board::reopen(path, start)?;
    let search = Search {
        scan,
        path: log,
        mode: ReadMode::Read,
        raw: false,
        workers: &Workers::new(1),
        progress: &Progress::new(),
        when: When::Delivered,
        on_note: &|_| {},
    };
    let mut sink = Collect::default();
    let searched = go_on(&search, &mut board, &mut sink)?;
    assert!(searched.summary.error.is_none(), "{:?}", searched.summary);
    board.finish(End::Finished, 0)?;
    Ok(String::from_utf8(sink.text).unwrap())
}

fn start(pattern: &str) -> (Scan, Start) {
    let patterns = Patterns::new(pattern);
    let scan = Scan::new(Matcher::new(&patterns).unwrap());
    let start = Start {
        digest: Digest::of(&patterns, &scan),
        name: "log".into(),
        search: format!("'{pattern}'"),
        workers: 2,
        inputs: 1,
        keeps_checkpoints: true,
    };
    (scan, start)
}

/// A sink that collects what is delivered. It may fail at the end.
#[derive(Default)]
struct Collect {
    text: Vec<u8>,
    fails_at_end: bool,
    meanwhile: Option<Meanwhile>,
}

/// Something that happens while a search runs, when a certain number of bytes has been delivered.
struct Meanwhile {
    after_bytes: usize,
    happens: Box<dyn FnMut() + Send>,
    /// Whether the search is killed then. Nothing of it is called any more after that.
    kills: bool,
}

struct Numbered;

impl Render for Numbered {
    fn lines(&mut self, lines: &crate::Lines<'_>, out: &mut crate::Out<'_>) -> Result<(), Error> {
        for line in lines.iter() {
            let number = line
                .line_number
                .map_or("?".into(), |number| number.to_string());
            out.write(format!("{number}:").as_bytes())?;
            out.write(line.line.haystack)?;
            out.write(b"\n")?;
        }
        Ok(())
    }
}

impl Sink for Collect {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(Numbered))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.text.extend_from_slice(rendered);
        let text_bytes = self.text.len();
        if let Some(mut meanwhile) = self.meanwhile.take_if(|it| text_bytes >= it.after_bytes) {
            (meanwhile.happens)();
            if meanwhile.kills {
                return Err(Error::Write {
                    source: io::ErrorKind::Other.into(),
                });
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &Summary) -> Result<(), Error> {
        match self.fails_at_end {
            true => Err(Error::Write {
                source: io::ErrorKind::BrokenPipe.into(),
            }),
            false => Ok(()),
        }
    }
}

/// How one search in a series is done.
#[derive(Clone, Copy, Debug)]
struct How {
    mode: ReadMode,
    chunk_bytes: usize,
    threads: usize,
    line_numbers: bool,
    first: Option<u64>,
    when: When,
}

/// Longer than all lines here, but for one test.
const LINE_BYTES_MAX: usize = 1000;

const PLAIN: How = How {
    mode: ReadMode::Read,
    chunk_bytes: 64,
    threads: 2,
    line_numbers: true,
    first: None,
    when: When::Delivered,
};

/// Searches the new lines for those with an x, as `logscan --continue` does.
fn go(folder: &Path, how: How) -> (String, Vec<Note>) {
    let went = go_while(folder, how, None);
    assert!(!went.was_killed);
    assert_eq!(went.notes, went.notes_at_end, "each note is said once");
    (went.text, went.notes)
}

/// The results of a search that may have been killed.
struct Went {
    text: String,
    /// The notes as they were said.
    notes: Vec<Note>,
    notes_at_end: Vec<Note>,
    was_killed: bool,
}

/// Does the same while something else happens.
fn go_while(folder: &Path, how: How, meanwhile: Option<Meanwhile>) -> Went {
    let (scan, start) = start("x");
    let mut board = Board::reopen(&folder.join("board"), &start).unwrap();
    let progress = board.show(Progress::new());
    let mut sink = Collect {
        meanwhile,
        ..Collect::default()
    };
    let scan = Scan {
        chunk_bytes: Some(how.chunk_bytes),
        line_numbers: how.line_numbers,
        limit: how.first.map_or(Limit::All, Limit::First),
        max_line_bytes: LINE_BYTES_MAX,
        ..scan
    };
    let said = Mutex::new(Vec::new());
    let search = Search {
        scan: &scan,
        path: &folder.join("log"),
        mode: how.mode,
        raw: false,
        workers: &Workers::new(how.threads),
        progress: &progress,
        when: how.when,
        on_note: &|note| said.lock().unwrap().push(note.clone()),
    };
    let searched = go_on(&search, &mut board, &mut sink);
    drop(progress);
    let notes_at_end = match &searched {
        Ok(searched) => {
            assert!(searched.summary.error.is_none(), "{:?}", searched.summary);
            searched.summary.notes.clone()
        }
        Err(Error::Write { .. }) => Vec::new(),
        Err(error) => panic!("{error}"),
    };
    if searched.is_ok() {
        board.finish(End::Finished, 0).unwrap();
    }
    Went {
        text: String::from_utf8(sink.text).unwrap(),
        notes: said.into_inner().unwrap(),
        notes_at_end,
        was_killed: searched.is_err(),
    }
}

fn append(path: &Path, text: &str) {
    let mut options = OpenOptions::new();
    let mut file = options.append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_board_says_what_becomes_of_its_scan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    let (_, start) = start("x");
    let board = Board::create(&path, &start).unwrap();
    let view = BoardView::open(&path).unwrap();
    let shot = view.snapshot().unwrap();
    assert_eq!((shot.status, shot.exit_status), (Status::Running, None));
    assert_eq!((shot.name.as_str(), shot.search.as_str()), ("log", "'x'"));
    assert_eq!(shot.process_id, u64::from(std::process::id()));
    assert_eq!(shot.lanes, [0, 0]);
    let (sealed, _) = board.finish(End::Interrupted, 130).unwrap();
    for view in [&view, &sealed, &BoardView::open(&path).unwrap()] {
        let shot = view.snapshot().unwrap();
        assert_eq!(shot.status, Status::Interrupted);
        assert_eq!(shot.exit_status, Some(130));
    }
    // The next scan is seen through a view of the one before.
    drop(Board::create(&path, &start).unwrap());
    let shot = view.snapshot().unwrap();
    assert_eq!((shot.status, shot.exit_status), (Status::Failed, Some(2)));
}

#[test]
fn a_board_in_use_is_refused_with_the_process_that_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    let (_, start) = start("x");
    let board = Board::create(&path, &start).unwrap();
    for refused in [Board::create(&path, &start), Board::reopen(&path, &start)] {
        let why = refused.unwrap_err().to_string();
        let id = std::process::id();
        assert!(
            why.contains(&format!("process {id}; wait for its end")),
            "{why}"
        );
    }
    drop(board);
    Board::reopen(&path, &start).unwrap();
}

#[test]
fn the_counters_of_a_scan_are_on_its_board() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x\ny\n".repeat(1000)).unwrap();
    let (scan, start) = start("x");
    let path = folder.path().join("board");
    let mut board = Board::create(&path, &start).unwrap();
    let progress = board.show(Progress::new());
    let scan = Scan {
        chunk_bytes: Some(100),
        ..scan
    };
    let setting = Search {
        scan: &scan,
        path: &log,
        mode: ReadMode::Map,
        raw: false,
        workers: &Workers::new(2),
        progress: &progress,
        when: When::Delivered,
        on_note: &|_| {},
    };
    let searched = search(&setting, &mut board, &mut Collect::default()).unwrap();
    assert!(!searched.summary.has_trouble());
    let shot = BoardView::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(
        (shot.bytes_total, shot.bytes_done, shot.hits),
        (4000, 4000, 1000)
    );
    assert_eq!(shot.lanes.iter().sum::<u64>(), 4000);
    assert_eq!((progress.bytes_done(), progress.hits()), (4000, 1000));
    let saved = shot.saved.unwrap();
    assert_eq!((saved.offset, saved.hits), (4000, 1000));
    // The mapping cannot be made read-only while the counters are in use.
    assert!(board.finish(End::Finished, 0).is_err());
    let shot = BoardView::open(&path).unwrap().snapshot().unwrap();
    assert_eq!(shot.status, Status::Finished);
}

#[test]
#[cfg(unix)] // On Windows nobody can cut what is mapped.
fn a_board_that_is_cut_short_kills_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    let (_, start) = start("x");
    let mut board = Board::create(&path, &start).unwrap();
    let view = BoardView::open(&path).unwrap();
    let progress = board.show(Progress::new());
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    progress.begin(10);
    progress.advance(0, 10, 1);
    board.save(Saved::default());
    drop(progress);
    let why = board.finish(End::Finished, 0).unwrap_err().to_string();
    assert!(why.contains("cut it short"), "{why}");
    assert!(view.snapshot().is_err());
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    // After that the file is no board, so a new one may be made.
    Board::reopen(&path, &start).unwrap();
}

#[test]
fn a_maker_that_was_killed_leaves_what_the_next_can_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    let (_, start) = start("x");
    drop(Board::create(&path, &start).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    bytes[..layout::HEADER_BYTES].fill(0);
    for bytes in [Vec::new(), vec![0; layout::BOARD_BYTES], bytes] {
        fs::write(&path, bytes).unwrap();
        drop(Board::reopen(&path, &start).unwrap());
    }
    for other in [&b"\0"[..], &[0; 100], &[0; 30_000], b"a log\n"] {
        fs::write(&path, other).unwrap();
        let why = Board::create(&path, &start).unwrap_err().to_string();
        assert!(why.ends_with("it is not a board of logscan's"), "{why}");
        assert_eq!(fs::read(&path).unwrap(), other, "it is left untouched");
    }
}

#[test]
fn another_search_is_refused_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    drop(Board::create(&path, &start("x").1).unwrap());
    let why = Board::reopen(&path, &start("y").1).unwrap_err().to_string();
    assert!(
        why.contains("of another search, for 'x': the patterns are not the same"),
        "{why}"
    );
    let (_, mut inverted) = start("x");
    let scan = Scan {
        invert: true,
        ..start("x").0
    };
    inverted.digest = Digest::of(&Patterns::new("x"), &scan);
    let why = Board::reopen(&path, &inverted).unwrap_err().to_string();
    assert!(why.contains("--invert-match is not the same"), "{why}");
    // It is allowed to begin anew.
    drop(Board::create(&path, &start("y").1).unwrap());
    drop(Board::reopen(&path, &start("y").1).unwrap());
}

#[test]
fn a_scan_that_could_not_be_continued_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board");
    let (_, start) = start("x");
    let without = Start {
        keeps_checkpoints: false,
        ..start.clone()
    };
    drop(Board::create(&path, &without).unwrap());
    let why = Board::reopen(&path, &start).unwrap_err().to_string();
    assert!(why.contains("cannot be continued"), "{why}");
}

#[test]
fn what_is_printed_at_the_end_is_delivered_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x\n".repeat(1000)).unwrap();
    let (scan, start) = start("x");
    let path = folder.path().join("board");
    for (when, fails_at_end, want) in [
        (When::Ended, true, 0),
        (When::Ended, false, 2000),
        (When::Delivered, true, 2000),
    ] {
        let mut board = Board::create(&path, &start).unwrap();
        let scan = Scan {
            chunk_bytes: Some(10),
            ..scan.clone()
        };
        let setting = Search {
            scan: &scan,
            path: &log,
            mode: ReadMode::Read,
            raw: false,
            workers: &Workers::new(2),
            progress: &Progress::new(),
            when,
            on_note: &|_| {},
        };
        let mut sink = Collect {
            fails_at_end,
            ..Collect::default()
        };
        let done = search(&setting, &mut board, &mut sink);
        assert_eq!(done.is_err(), fails_at_end);
        assert_eq!(
            board.saved().unwrap().offset,
            want,
            "{when:?} {fails_at_end}"
        );
    }
}

#[test]
fn a_half_written_line_is_left_and_a_search_from_the_start_searches_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x 1\nx ha").unwrap();
    assert_eq!(go(folder.path(), PLAIN).0, "1:x 1\n");
    assert_eq!(go(folder.path(), PLAIN).0, "");
    append(&log, "lf\n");
    assert_eq!(go(folder.path(), PLAIN).0, "2:x half\n");

    append(&log, "x 3\nx four");
    let (scan, start) = start("x");
    let path = folder.path().join("board");
    let mut board = Board::create(&path, &start).unwrap();
    let mut sink = Collect::default();
    let scan = Scan {
        line_numbers: true,
        ..scan
    };
    let setting = Search {
        scan: &scan,
        path: &log,
        mode: ReadMode::Read,
        raw: false,
        workers: &Workers::new(1),
        progress: &Progress::new(),
        when: When::Delivered,
        on_note: &|_| {},
    };
    let searched = search(&setting, &mut board, &mut sink).unwrap();
    assert!(!searched.summary.has_trouble());
    assert_eq!(sink.text, b"1:x 1\n2:x half\n3:x 3\n4:x four\n");
    board.finish(End::Finished, 0).unwrap();
    append(&log, "th\n");
    assert_eq!(go(folder.path(), PLAIN).0, "4:x fourth\n");
}

#[test]
fn what_is_gone_is_said_to_be_gone_and_what_was_written_since_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x old\nhalf").unwrap();
    go(folder.path(), PLAIN);
    fs::remove_file(&log).unwrap();
    fs::write(&log, "x new\n").unwrap();
    let (text, notes) = go(folder.path(), PLAIN);
    assert_eq!(text, "1:x new\n");
    let gone = Note::LogGone {
        searched_to: 6,
        unsearched: 4,
    };
    assert_eq!(notes, [gone]);
    assert_eq!(go(folder.path(), PLAIN), (String::new(), Vec::new()));
}

#[test]
fn a_gap_between_generations_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let at = |name: &str| folder.path().join(name);
    fs::write(&log, "x 1\n").unwrap();
    go(folder.path(), PLAIN);
    append(&log, "x 2\n");
    fs::rename(&log, at("log.3")).unwrap();
    // This file has a format that is not decoded, whatever its name says.
    fs::write(at("log.2.gz"), b"PK\x03\x04 and so on").unwrap();
    fs::write(at("log.1"), "x 4\n").unwrap();
    fs::write(&log, "x 5\n").unwrap();
    let (text, notes) = go(folder.path(), PLAIN);
    assert_eq!(text, "2:x 2\n1:x 4\n1:x 5\n");
    let (compressed, missed) = (notes[0].to_string(), notes[1].to_string());
    assert!(
        !notes[0].is_trouble() && compressed.contains("log.2.gz"),
        "{compressed}"
    );
    assert!(
        notes[1].is_trouble() && missed.contains("log.2.gz was not searched"),
        "{missed}"
    );
    assert_eq!(notes.len(), 2);
}

#[test]
fn a_limit_leaves_the_next_search_behind_the_last_hit_and_not_behind_its_context() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), "x 1\nx 2\n-\nx 3\nx 4\n-\n").unwrap();
    let two = How {
        first: Some(2),
        ..PLAIN
    };
    assert_eq!(go(folder.path(), two).0, "1:x 1\n2:x 2\n");
    assert_eq!(go(folder.path(), two).0, "4:x 3\n5:x 4\n");
    assert_eq!(go(folder.path(), two).0, "");
}

/// Copies `log` to `log.1` and empties it.
fn copy_and_truncate(log: &Path) {
    fs::copy(log, log.with_file_name("log.1")).unwrap();
    truncate(log);
}

fn truncate(log: &Path) {
    let file = OpenOptions::new().write(true).open(log).unwrap();
    file.set_len(0).unwrap();
}

fn lines_from(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("{n} x\n")).collect()
}

#[test]
fn a_search_that_is_killed_at_its_first_line_has_said_which_log_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, lines_from(1, 50)).unwrap();
    for how in [
        PLAIN,
        How {
            when: When::Ended,
            ..PLAIN
        },
    ] {
        let _ = fs::remove_file(folder.path().join("board"));
        let killed = go_while(
            folder.path(),
            how,
            Some(Meanwhile {
                after_bytes: 1,
                happens: Box::new(|| ()),
                kills: true,
            }),
        );
        assert!(killed.was_killed);
    }
    copy_and_truncate(&log);
    append(&log, &lines_from(51, 10));
    let (text, notes) = go(
        folder.path(),
        How {
            line_numbers: false,
            ..PLAIN
        },
    );
    assert_eq!(text.replace("?:", ""), lines_from(1, 60));
    assert_eq!(notes, []);
}

#[test]
fn a_log_that_was_empty_is_found_again_when_it_has_been_copied_and_truncated() {
    for older in [
        None,
        Some(("log.1", "x old\n")),
        Some(("log.1", "")),
        Some(("log.1.gz", "gz")),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "").unwrap();
        if let Some((name, text)) = older {
            fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(
            go(folder.path(), PLAIN),
            (String::new(), Vec::new()),
            "{older:?}"
        );
        if let Some((name, _)) = older {
            let back = name.replace('1', "2");
            fs::rename(folder.path().join(name), folder.path().join(back)).unwrap();
        }
        append(&log, "x 1\nx 2\n");
        copy_and_truncate(&log);
        append(&log, "x 3\n");
        let (text, notes) = go(folder.path(), PLAIN);
        assert_eq!(text, "1:x 1\n2:x 2\n1:x 3\n", "{older:?}");
        assert!(!notes.iter().any(Note::is_trouble), "{older:?} {notes:?}");
        assert_eq!(go(folder.path(), PLAIN).0, "", "{older:?}");
    }
}

#[test]
fn a_copy_that_is_being_made_is_not_searched_beside_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let (log, first) = (folder.path().join("log"), folder.path().join("log.1"));
    fs::write(&log, lines_from(1, 5)).unwrap();
    go(folder.path(), PLAIN);
    fs::rename(&log, folder.path().join("log.2")).unwrap();
    let text = lines_from(6, 2000);
    fs::write(&log, &text).unwrap();
    // This is as much as `cp` has written so far.
    fs::write(&first, &text[..8192]).unwrap();
    let without_numbers = How {
        line_numbers: false,
        ..PLAIN
    };
    let (found, notes) = go(folder.path(), without_numbers);
    assert_eq!(found.replace("?:", ""), text);
    assert_eq!(notes, []);
    fs::write(&first, &text).unwrap();
    truncate(&log);
    append(&log, "x last\n");
    assert_eq!(go(folder.path(), without_numbers).0, "?:x last\n");
}

#[test]
fn a_checkpoint_is_never_made_of_two_logs() {
    for mode in [ReadMode::Map, ReadMode::Read] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let lines = lines_from(1, 500);
        fs::write(&log, &lines).unwrap();
        let next = lines_from(1001, 2000);
        let (rotated, new) = (log.clone(), next.clone());
        let rotate = move || {
            copy_and_truncate(&rotated);
            append(&rotated, &new);
        };
        let how = How {
            mode,
            line_numbers: false,
            ..PLAIN
        };
        let first = go_while(
            folder.path(),
            how,
            Some(Meanwhile {
                after_bytes: 1000,
                happens: Box::new(rotate),
                kills: false,
            }),
        );
        let (second, notes) = go(folder.path(), how);
        // The search goes on in the copy, though the log was longer when the first search ended
        // than when it began.
        assert_eq!(notes, [], "{mode:?} {:?}", first.notes);
        let found: BTreeSet<&str> = first.text.lines().chain(second.lines()).collect();
        for line in lines.lines().chain(next.lines()) {
            assert!(
                found.contains(format!("?:{line}").as_str()),
                "{mode:?} lost {line}"
            );
        }
    }
}

#[test]
fn a_log_that_was_emptied_and_written_anew_until_it_was_longer_is_noted() {
    for (mode, when) in [
        (ReadMode::Map, When::Delivered),
        (ReadMode::Read, When::Delivered),
        (ReadMode::Read, When::Ended),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, lines_from(1, 500)).unwrap();
        let written = log.clone();
        let write_anew = move || {
            truncate(&written);
            append(&written, &lines_from(1001, 2000));
        };
        let how = How {
            mode,
            when,
            ..PLAIN
        };
        let meanwhile = Meanwhile {
            after_bytes: 1000,
            happens: Box::new(write_anew),
            kills: false,
        };
        let went = go_while(folder.path(), how, Some(meanwhile));
        assert_eq!(went.notes, went.notes_at_end);
        assert!(
            matches!(went.notes[..], [Note::Rewritten | Note::Shrank { .. }]),
            "{mode:?} {when:?} {:?}",
            went.notes
        );
    }
}

#[test]
fn an_empty_log_among_those_that_were_rotated_is_no_place_to_go_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("log"), "x 1\n").unwrap();
    go(folder.path(), PLAIN);
    fs::rename(at("log"), at("log.2")).unwrap();
    fs::write(at("log.1"), "").unwrap();
    fs::write(at("log"), "x 2\n").unwrap();
    let (_, start) = start("x");
    let board = Board::reopen(&at("board"), &start).unwrap();
    let resumed = resume::since(board.saved().unwrap(), &at("log"), ReadMode::Read, false).unwrap();
    let from: Vec<u64> = resumed
        .parts
        .iter()
        .map(|part| part.identity.head_bytes)
        .collect();
    assert_eq!(from, [4, 4], "the heads of what is searched");
    drop(board);
    assert_eq!(go(folder.path(), PLAIN), ("1:x 2\n".into(), Vec::new()));
}

#[test]
fn what_was_lost_is_said_before_a_search_can_be_killed_behind_it() {
    let kill_at_once = || Meanwhile {
        after_bytes: 1,
        happens: Box::new(|| ()),
        kills: true,
    };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    fs::write(&log, "x old\n").unwrap();
    go(folder.path(), PLAIN);
    fs::remove_file(&log).unwrap();
    fs::write(&log, lines_from(1, 100)).unwrap();
    let killed = go_while(folder.path(), PLAIN, Some(kill_at_once()));
    assert!(killed.was_killed);
    assert!(
        matches!(killed.notes[..], [Note::LogGone { .. }]),
        "{:?}",
        killed.notes
    );

    // One line is longer than the cap. A search that is killed behind it has said so, or the next
    // search does.
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let long = format!("x{}\n", "-".repeat(LINE_BYTES_MAX));
    fs::write(
        &log,
        format!("{}{long}{}", lines_from(1, 100), lines_from(101, 400)),
    )
    .unwrap();
    let mut kill_late = kill_at_once();
    kill_late.after_bytes = 3000;
    let how = How {
        threads: 1,
        ..PLAIN
    };
    let killed = go_while(folder.path(), how, Some(kill_late));
    assert!(killed.was_killed && killed.text.contains("x----"));
    assert_eq!(killed.notes, []);
    let (_, notes) = go(folder.path(), how);
    assert!(
        matches!(notes[..], [Note::LongLines { count: 1, .. }]),
        "{notes:?}"
    );
}

/// Something that happens to a log between two searches.
#[derive(Clone, Debug)]
enum Event {
    Append(usize),
    Half,
    Rename,
    CopyTruncate,
    /// Compresses the generations that have been searched.
    Compress,
    Search(How),
    /// A search during which the log is rotated and written, once a certain number of bytes has
    /// been delivered. It may be killed then.
    Disturbed {
        how: How,
        after_bytes: usize,
        rotation: Rotation,
        lines: usize,
        kills: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rotation {
    None,
    Rename,
    CopyTruncate,
}

fn how() -> impl Strategy<Value = How> {
    (
        prop_oneof![Just(ReadMode::Map), Just(ReadMode::Read)],
        1..200usize,
        1..4usize,
        any::<bool>(),
        prop_oneof![3 => Just(None), 1 => (1..4u64).prop_map(Some)],
        prop_oneof![Just(When::Delivered), Just(When::Ended)],
    )
        .prop_map(
            |(mode, chunk_bytes, threads, line_numbers, first, when)| How {
                mode,
                chunk_bytes,
                threads,
                line_numbers,
                first,
                when,
            },
        )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..40usize).prop_map(Event::Append),
        1 => Just(Event::Half),
        1 => Just(Event::Rename),
        1 => Just(Event::CopyTruncate),
        1 => Just(Event::Compress),
        4 => how().prop_map(Event::Search),
    ]
}

fn disturbed() -> impl Strategy<Value = Event> {
    let rotation = prop_oneof![
        Just(Rotation::None),
        Just(Rotation::Rename),
        Just(Rotation::CopyTruncate),
    ];
    (how(), 1..600usize, rotation, 0..200usize, any::<bool>()).prop_map(
        |(how, after_bytes, rotation, lines, kills)| Event::Disturbed {
            how: How {
                line_numbers: false,
                first: None,
                ..how
            },
            after_bytes,
            rotation,
            lines,
            kills,
        },
    )
}

/// A log that is written and rotated, and everything that was ever written to it.
struct Rotated {
    folder: tempfile::TempDir,
    /// The text of each generation, the oldest first. The last one is the log itself.
    generations: Vec<String>,
    /// Whether a generation has been compressed. Then its name has another ending.
    is_done: Vec<bool>,
    lines: usize,
}

impl Rotated {
    fn path(&self, back: usize) -> PathBuf {
        let name = match back {
            0 => "log".into(),
            _ if self.is_done[self.generations.len() - 1 - back] => format!("log.{back}.gz"),
            _ => format!("log.{back}"),
        };
        self.folder.path().join(name)
    }

    fn append(&mut self, text: &str) {
        append(&self.path(0), text);
        self.generations.last_mut().unwrap().push_str(text);
    }

    fn append_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.lines += 1;
            let n = self.lines;
            let mark = if n.is_multiple_of(3) { "" } else { "x" };
            self.append(&format!("line {n} {mark}\n"));
        }
    }

    /// Moves all generations but the log one back.
    fn shift(&mut self) {
        for back in (1..self.generations.len()).rev() {
            let from = self.path(back);
            let name = from.file_name().unwrap().to_str().unwrap();
            let to = name.replacen(&format!(".{back}"), &format!(".{}", back + 1), 1);
            fs::rename(&from, self.folder.path().join(to)).unwrap();
        }
    }

    fn rotate(&mut self, by: &Event) {
        self.shift();
        let (log, first) = (self.path(0), self.folder.path().join("log.1"));
        match by {
            Event::CopyTruncate => {
                fs::copy(&log, &first).unwrap();
                OpenOptions::new()
                    .write(true)
                    .open(&log)
                    .unwrap()
                    .set_len(0)
                    .unwrap();
            }
            _ => {
                fs::rename(&log, &first).unwrap();
                fs::write(&log, "").unwrap();
            }
        }
        self.generations.push(String::new());
        self.is_done.push(false);
    }

    /// Returns everything that should be found: number and text of the lines with an x, without a
    /// last line that is not complete.
    fn wanted(&self) -> Vec<(usize, String)> {
        let written = self
            .generations
            .iter()
            .rposition(|text| !text.is_empty())
            .unwrap_or(0);
        let mut wanted = Vec::new();
        for (nth, text) in self.generations.iter().enumerate() {
            let complete = match nth < written {
                true => text.len(),
                false => text.rfind('\n').map_or(0, |at| at + 1),
            };
            let lines = text[..complete].lines().zip(1..);
            wanted.extend(
                lines
                    .filter(|(line, _)| line.contains('x'))
                    .map(|(line, number)| (number, line.to_string())),
            );
        }
        wanted
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A log is searched again and again, as a cron job does it. However it is rotated in between,
    /// the searches together find every line once.
    #[test]
    fn searches_that_go_on_find_every_line_once(
        events in proptest::collection::vec(event(), 1..30),
    ) {
        let mut log = Rotated {
            folder: tempfile::tempdir().unwrap(),
            generations: vec![String::new()],
            is_done: vec![false],
            lines: 0,
        };
        // An empty log leaves nothing by which a copy of it could be recognised.
        log.append("x first\n");
        let mut found = Vec::new();
        let mut searched_to = 0;
        let last = [Event::Append(1), Event::Search(PLAIN)];
        let first = [Event::Search(PLAIN)];
        for event in first.iter().chain(&events).chain(&last) {
            match event {
                Event::Append(count) => log.append_lines(*count),
                // No two logs begin alike. A log that was copied and truncated could not be told
                // from its successor.
                Event::Half => {
                    log.lines += 1;
                    let half = format!("half of {} x ", log.lines);
                    log.append(&half);
                }
                Event::Rename | Event::CopyTruncate => log.rotate(event),
                Event::Compress => {
                    for nth in 0..searched_to {
                        let back = log.generations.len() - 1 - nth;
                        if !log.is_done[nth] {
                            let plain = log.path(back);
                            log.is_done[nth] = true;
                            fs::rename(plain, log.path(back)).unwrap();
                        }
                    }
                }
                Event::Disturbed { .. } => unreachable!("event() makes none"),
                Event::Search(how) => {
                    let (text, notes) = go(log.folder.path(), *how);
                    let trouble: Vec<&Note> = notes.iter().filter(|note| note.is_trouble()).collect();
                    prop_assert!(trouble.is_empty(), "{:?}", trouble);
                    found.extend(text.lines().map(String::from));
                    if how.first.is_none() {
                        let written = log.generations.iter().rposition(|text| !text.is_empty());
                        searched_to = written.unwrap_or(0);
                        prop_assert_eq!(found.len(), log.wanted().len());
                    }
                }
            }
        }
        let wanted = log.wanted();
        prop_assert_eq!(found.len(), wanted.len());
        for (got, (number, line)) in found.iter().zip(&wanted) {
            let (got_number, got_line) = got.split_once(':').unwrap();
            prop_assert_eq!(got_line, line);
            if got_number != "?" {
                prop_assert_eq!(got_number, number.to_string());
            }
        }
    }
}

proptest! {
    // Each search waits for the disk once, so there are few cases.
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Searches are killed, and logs are rotated under them. They find every line all the same.
    #[test]
    fn searches_that_are_killed_while_logs_are_rotated_lose_no_line(
        events in proptest::collection::vec(prop_oneof![2 => event(), 3 => disturbed()], 1..20),
    ) {
        let log = Arc::new(Mutex::new(Rotated {
            folder: tempfile::tempdir().unwrap(),
            generations: vec![String::new()],
            is_done: vec![false],
            lines: 0,
        }));
        let folder = log.lock().unwrap().folder.path().to_path_buf();
        fs::write(folder.join("log"), "").unwrap();
        let mut found = BTreeSet::new();
        let mut notes = Vec::new();
        let mut search = |how: How, meanwhile: Option<Meanwhile>| {
            let went = go_while(&folder, How { line_numbers: false, first: None, ..how }, meanwhile);
            found.extend(went.text.lines().map(|line| line.replacen("?:", "", 1)));
            notes.extend(went.notes);
        };
        search(PLAIN, None);
        for event in &events {
            match event {
                Event::Append(count) => log.lock().unwrap().append_lines(*count),
                Event::Half | Event::Compress => {}
                Event::Rename | Event::CopyTruncate => log.lock().unwrap().rotate(event),
                Event::Search(how) => search(*how, None),
                Event::Disturbed { how, after_bytes, rotation, lines, kills } => {
                    let (log, rotation, lines) = (Arc::clone(&log), *rotation, *lines);
                    let happens = move || {
                        let mut log = log.lock().unwrap();
                        match rotation {
                            Rotation::None => {}
                            Rotation::Rename => log.rotate(&Event::Rename),
                            Rotation::CopyTruncate => log.rotate(&Event::CopyTruncate),
                        }
                        log.append_lines(lines);
                    };
                    let meanwhile = Meanwhile {
                        after_bytes: *after_bytes,
                        happens: Box::new(happens),
                        kills: *kills,
                    };
                    search(*how, Some(meanwhile));
                }
            }
        }
        search(PLAIN, None);
        let wanted: BTreeSet<String> = log.lock().unwrap().wanted().into_iter().map(|(_, line)| line).collect();
        let lost: Vec<&String> = wanted.difference(&found).collect();
        prop_assert!(lost.is_empty(), "lost {:?}, said {:?}", lost, notes);
    }
}
