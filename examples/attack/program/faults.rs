//! Attacks the system calls of a search, with the library in `tests/it/faults/shim.c`.

use fastrand::Rng;

use super::{
    judge::{self, Judged, Said},
    log::Log,
    outcome::Outcome,
    query::{Answer, Query},
    run::Ended,
};

/// The system call that fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Reads and writes are interrupted and give less than was asked for. That must make no
    /// difference.
    Interrupted,
    /// The results cannot be written behind this many bytes, with this error.
    Write { errno: i32, after: usize },
    /// A part of the log cannot be read.
    Read { from: usize, to: usize },
}

/// The disk is full, the disk is bad, the reader is gone.
pub(crate) const WRITE_ERRORS: [i32; 3] = [28, 5, EPIPE];

const EPIPE: i32 = 32;

/// The library by its name in the folder of the run. A full path may contain spaces, and a space
/// ends a name there.
pub(crate) const LIBRARY: &str = "./shim.so";
const PRELOAD: &str = "LD_PRELOAD";

/// The size of a page that `shim.c` assumes.
const PAGE_BYTES: usize = 4096;

impl Fault {
    pub(crate) fn random(log: &Log, rng: &mut Rng) -> Fault {
        let length = log.bodies[0].now().len();
        match rng.u8(..3) {
            0 => Fault::Interrupted,
            1 => Fault::Write {
                errno: WRITE_ERRORS[rng.usize(..WRITE_ERRORS.len())],
                after: rng.usize(..length),
            },
            _ => {
                let page = rng.usize(..=length / PAGE_BYTES);
                let pages = rng.usize(1..20);
                Fault::Read {
                    from: page * PAGE_BYTES,
                    to: (page + pages) * PAGE_BYTES,
                }
            }
        }
    }

    pub(crate) fn env(self, log: &Log) -> Vec<(&'static str, String)> {
        let mut env = vec![
            (PRELOAD, LIBRARY.to_string()),
            ("SHIM_FILE", log.path().to_string_lossy().into_owned()),
        ];
        match self {
            Fault::Interrupted => env.extend([
                ("SHIM_READ_EINTR", "3".into()),
                ("SHIM_READ_SHORT", "20000".into()),
                ("SHIM_WRITE_EINTR", "3".into()),
                ("SHIM_WRITE_SHORT", "7000".into()),
            ]),
            Fault::Write { errno, after } => env = unwritable(errno, after),
            Fault::Read { from, to } => env.push(("SHIM_BAD", format!("{from}-{to}"))),
        }
        env
    }

    /// Judges a search of a log that nobody has changed.
    pub(crate) fn judge(self, query: &Query, log: &Log, ended: &Ended) -> Judged {
        let held = log.bodies[0].now();
        match self {
            Fault::Interrupted => judge::search(query, log, ended, judge::Opening::Known),
            Fault::Write { errno, after } => {
                if let Some(bad) = judge::ended_badly(ended) {
                    return bad;
                }
                // Without a fault the search prints this.
                let whole = query.printed(held);
                if whole.len() <= after {
                    return judge::search(query, log, ended, judge::Opening::Known);
                }
                let is_as_it_should_be = match ended.code {
                    Some(2) => !ended.stderr.is_empty(),
                    // A reader that stops reading wants no more.
                    Some(0) => errno == EPIPE && ended.stderr.is_empty(),
                    _ => false,
                };
                if !is_as_it_should_be {
                    let why = format!("status {:?}, and it said {:?}", ended.code, ended.stderr);
                    return (Outcome::Status, why);
                }
                match whole.starts_with(&ended.stdout) {
                    true if ended.stdout.len() == after => (Outcome::Refused, String::new()),
                    true => (
                        Outcome::Lost,
                        format!("{} of {after} bytes", ended.stdout.len()),
                    ),
                    false => (
                        Outcome::Invented,
                        "it is no beginning of the results".into(),
                    ),
                }
            }
            Fault::Read { from, to } => {
                let said = judge::said(&ended.stderr);
                if !said.contains(&Said::Unreadable) {
                    return judge::search(query, log, ended, judge::Opening::Known);
                }
                if let Some(bad) = judge::ended_badly(ended) {
                    return bad;
                }
                if ended.code != Some(2) {
                    return (Outcome::Status, format!("status {:?}", ended.code));
                }
                around_hole(query, held, from..to, &ended.stdout)
            }
        }
    }
}

/// Returns the variables that make the program fail to write with this error, behind this many
/// bytes.
pub(crate) fn unwritable(errno: i32, after: usize) -> Vec<(&'static str, String)> {
    vec![
        (PRELOAD, LIBRARY.to_string()),
        ("SHIM_WRITE_ERRNO", errno.to_string()),
        ("SHIM_WRITE_AFTER", after.to_string()),
    ]
}

/// Checks that all lines outside of the hole are there, and no others.
fn around_hole(query: &Query, log: &[u8], hole: std::ops::Range<usize>, printed: &[u8]) -> Judged {
    let want = query.naive(log);
    let (Answer::Records(want), Ok(Answer::Records(got))) = (want, query.parse(printed)) else {
        return (Outcome::Invented, "no lines".into());
    };
    let mut got = got.into_iter().peekable();
    for record in want {
        let end = record.offset + record.text.len() + 1;
        let is_there = got
            .next_if(|other| (other.offset, &other.text) == (record.offset, &record.text))
            .is_some();
        let is_apart = end <= hole.start || record.offset > hole.end;
        if !is_there && is_apart {
            return (Outcome::Lost, format!("the line at {}", record.offset));
        }
    }
    match got.next() {
        None => (Outcome::Noted, String::new()),
        Some(record) => (Outcome::Invented, format!("at {}", record.offset)),
    }
}
