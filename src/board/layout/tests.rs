//! Boards as they should be, and as they may be found.

use proptest::prelude::*;

use super::*;
use crate::{
    matcher::{Matcher, Patterns},
    scan::Scan,
};

fn header() -> BoardHeader {
    let patterns = Patterns::new("ERROR");
    BoardHeader {
        process_id: 4711,
        boot_id: [1, 2],
        begun_wall_ns: 3,
        begun_ns: 4,
        workers: 5,
        inputs: 6,
        keeps_checkpoints: true,
        digest: Digest::of(&patterns, &Scan::new(Matcher::new(&patterns).unwrap())),
        name: "app.log".into(),
        search: "'ERROR' --not x".into(),
    }
}

fn saved(sequence: u64) -> Saved {
    Saved {
        sequence,
        offset: 1000 + sequence,
        numbered_at: 900,
        numbered_lines: 10,
        hits: 3,
        identity: Identity {
            id: [7, 8],
            length: 2000,
            modified_ns: 9,
            head_bytes: 1000,
            head_hash: 11,
        },
        tail_hash: 12,
        saved_wall_ns: 13,
    }
}

#[track_caller]
fn is_refused(bytes: &[u8], file_bytes: usize, want: &str) {
    let why = BoardHeader::decode(bytes, to_u64(file_bytes)).unwrap_err();
    assert_eq!(why, want);
}

#[test]
fn a_header_is_read_as_it_was_written() {
    let header = header();
    assert_eq!(
        BoardHeader::decode(&header.encode(), to_u64(BOARD_BYTES)),
        Ok(header)
    );
}

#[test]
fn of_texts_that_are_too_long_the_telling_end_is_kept() {
    let long = BoardHeader {
        name: format!("{}/app.log", "é".repeat(200)),
        search: format!("'{}'", "ß".repeat(200)),
        ..header()
    };
    let read = BoardHeader::decode(&long.encode(), to_u64(BOARD_BYTES)).unwrap();
    assert_eq!(read.name, format!("{}/app.log", "é".repeat(76)));
    assert_eq!(read.search, format!("'{}", "ß".repeat(75)));
}

#[test]
fn what_is_no_board_or_another_is_said_to_be_so() {
    let bytes = header().encode();
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = bytes;
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    let whole = BOARD_BYTES;
    is_refused(b"", 0, "it is not a board of logscan's");
    is_refused(b"2026 ERROR a log\n", 17, "it is not a board of logscan's");
    is_refused(&bytes[..8], 8, "it is cut short: it has only 8 bytes");
    is_refused(&bytes[..100], 100, "it is cut short: it has only 100 bytes");
    is_refused(
        &bytes,
        whole - 1,
        "it is cut short: it has only 20479 bytes",
    );
    is_refused(
        &bytes,
        whole + 1,
        "it is damaged: there is more behind its end",
    );
    let swapped: Vec<u8> = bytes[8..16].iter().rev().copied().collect();
    let foreign = "it was written on a machine with the other byte order";
    is_refused(&changed(8, &swapped), whole, foreign);
    is_refused(
        &changed(8, b"x"),
        whole,
        "it is damaged: its byte order mark is wrong",
    );
    let future = "its layout has version 2, and this logscan knows version 1";
    is_refused(&changed(16, &2u64.to_ne_bytes()), whole, future);
    is_refused(
        &changed(24, &7u64.to_ne_bytes()),
        whole,
        "it is damaged: its length is wrong",
    );
    is_refused(
        &changed(200, b"?"),
        whole,
        "it is damaged: the checksum of its header is wrong",
    );
}

/// Returns four places with these checkpoints in them.
fn words(slots: [Option<Saved>; 4]) -> Vec<u64> {
    let mut words = vec![0; WORDS];
    for (at, saved) in SLOTS_AT.into_iter().zip(slots) {
        if let Some(saved) = saved {
            words[at..at + SLOT_WORDS].copy_from_slice(&saved.encode());
        }
    }
    words
}

#[test]
fn the_newest_checkpoint_is_found_wherever_it_is() {
    for at in 0..4 {
        let mut slots = [Some(saved(1)), None, Some(saved(2)), Some(saved(1))];
        slots[at] = Some(saved(9));
        let words = words(slots);
        assert_eq!(newest(|at| words[at]), Some(saved(9)));
        let synced = next_synced(|at| words[at]);
        assert_ne!(synced, at, "what is newest is not written over");
        assert!(synced >= 2);
    }
    assert_eq!(newest(|_| 0), None);
}

#[test]
fn a_kill_between_any_two_stores_leaves_the_checkpoint_before() {
    let old = words([Some(saved(6)), Some(saved(5)), None, None]);
    for stored in 0..=SLOT_WORDS {
        let mut words = old.clone();
        let at = SLOTS_AT[1];
        words[at..at + stored].copy_from_slice(&saved(7).encode()[..stored]);
        let want = if stored == SLOT_WORDS { 7 } else { 6 };
        let got = newest(|at| words[at]).unwrap();
        assert_eq!(got, saved(want), "{stored} of the stores were made");
    }
}

#[test]
fn a_checkpoint_with_any_bit_changed_is_none() {
    let words = saved(3).encode();
    for bit in 0..SLOT_WORDS * 64 {
        let mut changed = words;
        changed[bit / 64] ^= 1 << (bit % 64);
        assert_eq!(Saved::decode(&changed), None, "bit {bit}");
    }
    assert_eq!(Saved::decode(&words), Some(saved(3)));
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_they_are_a_header_or_not(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..HEADER_BYTES + 1),
        written in 0..HEADER_BYTES + 1,
        file_bytes in prop_oneof![Just(to_u64(BOARD_BYTES)), any::<u64>()],
    ) {
        // The bytes begin as a real header, so that they are read for some way.
        let real = header().encode();
        let written = written.min(bytes.len());
        bytes[..written].copy_from_slice(&real[..written]);
        let is_real = bytes == real && file_bytes == to_u64(BOARD_BYTES);
        prop_assert_eq!(BoardHeader::decode(&bytes, file_bytes).is_ok(), is_real);
    }

    #[test]
    fn a_header_with_a_byte_changed_is_none(at in 0..HEADER_BYTES, by in 1..=u8::MAX) {
        let mut bytes = header().encode();
        bytes[at] ^= by;
        prop_assert!(BoardHeader::decode(&bytes, to_u64(BOARD_BYTES)).is_err());
    }
}
