//! A board of any content. It is read, or it is refused and left untouched. A search goes on from
//! it, or says why it does not.

#![no_main]

use std::fs;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use logscan::{
    EachLine, Matcher, Patterns, Progress, ReadMode, Scan, Workers,
    board::{Board, BoardView, Digest, End, Search, Start, When, go_on},
};
use xxhash_rust::xxh3::xxh3_64;

/// The places of the checksums, and the bytes that they cover: `src/board/layout.rs`.
const HEADER_BYTES: usize = 504;
const SLOTS_AT: [usize; 4] = [1024, 1536, 2048, 2560];
const SLOT_BYTES: usize = 13 * 8;

const LOG: &[u8] = b"an x\nnone\nx again\nhalf an x";

#[derive(Arbitrary, Debug)]
struct Case {
    patches: Vec<(u16, Vec<u8>)>,
    length: Option<u16>,
    fits: bool,
}

fuzz_target!(|case: Case| check(&case));

fn check(case: &Case) {
    let folder = tempfile::tempdir().expect("the temp directory is writable");
    let (path, log) = (folder.path().join("board"), folder.path().join("log"));
    fs::write(&log, LOG).expect("the temp directory is writable");
    let patterns = Patterns::new("x");
    let scan = Scan::new(Matcher::new(&patterns).expect("a letter is a pattern"));
    let start = Start {
        digest: Digest::of(&patterns, &scan),
        name: "log".into(),
        search: "x".into(),
        workers: 1,
        inputs: 1,
        keeps_checkpoints: true,
    };
    let board = Board::create(&path, &start).expect("a new board can be made");
    board.finish(End::Finished, 0).expect("and left");
    let changed = changed(case, fs::read(&path).expect("it was made"));
    fs::write(&path, &changed).expect("it is ours");
    if let Ok(view) = BoardView::open(&path) {
        let _ = view.snapshot();
    }
    let Ok(mut board) = Board::reopen(&path, &start) else {
        assert_eq!(
            fs::read(&path).expect("it is there"),
            changed,
            "it is left untouched"
        );
        return;
    };
    let mut lines = 0;
    let mut sink = EachLine::new(|_| {
        lines += 1;
        Ok(())
    });
    let search = Search {
        scan: &scan,
        path: &log,
        mode: ReadMode::Read,
        raw: false,
        workers: &Workers::new(1),
        progress: &Progress::new(),
        when: When::Delivered,
        on_note: &|_| {},
    };
    let searched = go_on(&search, &mut board, &mut sink).expect("the log can be read");
    assert!(searched.summary.error.is_none(), "{:?}", searched.summary);
    assert!(lines <= 2, "the last line is not complete");
}

fn changed(case: &Case, mut board: Vec<u8>) -> Vec<u8> {
    for (at, bytes) in &case.patches {
        for (place, byte) in board.iter_mut().skip(usize::from(*at)).zip(bytes) {
            *place = *byte;
        }
    }
    if case.fits {
        let sum = xxh3_64(&board[..HEADER_BYTES]).to_ne_bytes();
        board[HEADER_BYTES..HEADER_BYTES + 8].copy_from_slice(&sum);
        for at in SLOTS_AT {
            let end = at + SLOT_BYTES;
            let sum = xxh3_64(&board[at..end]).to_ne_bytes();
            board[end..end + 8].copy_from_slice(&sum);
        }
    }
    board.resize(case.length.map_or(board.len(), usize::from), 0);
    board
}
