//! Lines that were damaged: whatever they are, nothing panics, and what was remembered of a line
//! before changes nothing.

use super::{
    basis,
    table::{LINES, unmarked},
};
use crate::record::time::TimeReader;

/// Reads `line` with a reader that remembers others, and with one that does not.
#[track_caller]
fn check(reader: &mut TimeReader, fresh: &TimeReader, line: &[u8]) {
    let got = reader.time_and_place(line);
    let want = fresh.clone().time_and_place(line);
    assert_eq!(got, want, "{}", String::from_utf8_lossy(line));
    if let Some((_, place)) = got {
        assert!(place.start < place.end && place.end <= line.len());
    }
}

#[test]
fn every_prefix_and_every_change_of_a_byte_is_read_as_without_memory() {
    for &(marked, ..) in LINES {
        let (line, _) = unmarked(marked);
        let line = line.as_bytes();
        let fresh = TimeReader::learn(line, basis()).expect("there is a time");
        let mut reader = fresh.clone();
        for end in 0..=line.len() {
            reader.time_of(line);
            check(&mut reader, &fresh, &line[..end]);
        }
        let mut changed = line.to_owned();
        for at in 0..line.len() {
            for byte in [0, b' ', b'0', b'9', b':', b'-', b'A', b'z', b'[', 0xff]
                .into_iter()
                .chain((0..8).map(|bit| line[at] ^ (1 << bit)))
            {
                changed[at] = byte;
                reader.time_of(line);
                check(&mut reader, &fresh, &changed);
            }
            changed[at] = line[at];
        }
    }
}

#[test]
fn damaged_samples_are_learned_from_without_a_panic() {
    for &(marked, ..) in LINES {
        let (line, _) = unmarked(marked);
        let line = line.as_bytes();
        for end in 0..line.len() {
            TimeReader::learn(&line[..end], basis());
            TimeReader::learn(&line[end..], basis());
        }
        let mut changed = line.to_owned();
        for at in 0..line.len() {
            for byte in [0, b'9', b':', b'[', b'"', 0xff] {
                changed[at] = byte;
                TimeReader::learn(&changed, basis());
            }
            changed[at] = line[at];
        }
    }
}

#[test]
fn lines_of_one_format_are_read_with_the_reader_of_another() {
    let lines: Vec<String> = LINES
        .iter()
        .map(|(marked, ..)| unmarked(marked).0)
        .collect();
    for sample in &lines {
        let fresh = TimeReader::learn(sample.as_bytes(), basis()).expect("there is a time");
        let mut reader = fresh.clone();
        for line in &lines {
            check(&mut reader, &fresh, line.as_bytes());
        }
    }
}
