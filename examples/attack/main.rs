//! Attacks logscan while it searches: logs are cut, regrown, rewritten, punched, replaced and
//! rotated, searches are killed, and system calls fail. Every byte that was ever in a log is known,
//! so lost, doubled and invented lines are counted.
//!
//! ```text
//! cargo build --release
//! cargo run --release --example attack -- --rounds 10000 [--seed 1] [FOLDER...]
//! cargo run --release --example attack -- --round 17 [--seed 1] [FOLDER...]
//! cargo run --release --example attack -- --library --rounds 10000 [--seed 1]
//! ```
//! `--no-mmap` is for file systems on which a mapping promises nothing, such as FUSE.
//!
//! The first command runs the built program on the file system of each folder, and prints a table
//! of the results. The second command repeats one round and tells its story. The third command
//! attacks the library at each of its steps: see `library.rs`.
//!
//! `tests/it/attack.rs` and `tests/attack.rs` run some of these rounds as tests.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program to run by hand"
)]

mod batches;
mod library;
#[cfg(unix)] // On Windows a file that is mapped cannot be cut.
mod program;
#[cfg(unix)]
#[path = "../../tests/it/faults/compiled.rs"]
mod shim;

use std::{env, process::ExitCode};

const USAGE: &str = "usage: attack [--library] [--no-mmap] [--rounds NUMBER | --round NUMBER] [--seed NUMBER] [FOLDER...]";

/// The wishes of the command line.
struct Wanted {
    first: u64,
    rounds: u64,
    seed: u64,
    folders: Vec<String>,
    of_library: bool,
    without_mapping: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(done) = batches::child(&words) {
        return done;
    }
    let Some(wanted) = wanted(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match wanted.of_library {
        true => batches::supervise(wanted.rounds, wanted.seed),
        false => attack(&wanted),
    }
}

fn wanted(words: &[&str]) -> Option<Wanted> {
    let mut wanted = Wanted {
        first: 0,
        rounds: 10_000,
        seed: 1,
        folders: Vec::new(),
        of_library: false,
        without_mapping: false,
    };
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        match word {
            "--library" => wanted.of_library = true,
            "--no-mmap" => wanted.without_mapping = true,
            "--rounds" => wanted.rounds = words.next()?.parse().ok()?,
            "--round" => {
                wanted.first = words.next()?.parse().ok()?;
                wanted.rounds = 1;
            }
            "--seed" => wanted.seed = words.next()?.parse().ok()?,
            _ if word.starts_with('-') => return None,
            folder => wanted.folders.push(folder.into()),
        }
    }
    Some(wanted)
}

#[cfg(not(unix))]
fn attack(_: &Wanted) -> ExitCode {
    eprintln!("only with --library on this system");
    ExitCode::from(2)
}

#[cfg(unix)]
fn attack(wanted: &Wanted) -> ExitCode {
    let own = env::current_exe().expect("the path of this program");
    let program = own
        .parent()
        .and_then(|folder| folder.parent())
        .map(|folder| folder.join("logscan"));
    let Some(program) = program.filter(|program| program.exists()) else {
        eprintln!(
            "there is no logscan beside the folder of this program: cargo build --release makes it"
        );
        return ExitCode::from(2);
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let shim = scratch.path().join("shim.so");
    let shim = match shim::compile(&shim) {
        Ok(()) => Some(shim),
        Err(why) => {
            eprintln!("no faults of system calls: {why}");
            None
        }
    };
    let default = vec![env::temp_dir().to_string_lossy().into_owned()];
    let folders = match wanted.folders.is_empty() {
        true => &default,
        false => &wanted.folders,
    };
    let mut faults = 0;
    for folder in folders {
        let place = tempfile::tempdir_in(folder).expect("a folder that can be written");
        let arena = program::Arena {
            program: program.clone(),
            folder: place.path().into(),
            shim: shim.clone(),
            seed: wanted.seed,
            reading: match wanted.without_mapping {
                true => program::Reading::WithoutMapping,
                false => program::Reading::Any,
            },
            log_bytes_max: LOG_BYTES_MAX,
        };
        let tally = rounds(&arena, wanted);
        println!("{folder}\n{tally}\n");
        faults += tally.faults();
    }
    match faults {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The largest log. It is so large that a search takes longer than it takes to change the log.
#[cfg(unix)]
const LOG_BYTES_MAX: usize = 4 << 20;

/// Runs the rounds that are wanted, and tells the stories of those that went wrong.
#[cfg(unix)]
fn rounds(arena: &program::Arena, wanted: &Wanted) -> program::Tally {
    let mut tally = program::Tally::default();
    for nth in wanted.first..wanted.first + wanted.rounds {
        let verdict = arena.round(nth).expect("the folder can be written");
        if verdict.outcome.is_fault() || wanted.rounds == 1 {
            let (outcome, kind) = (verdict.outcome, verdict.kind);
            eprintln!("round {nth}, {kind}: {outcome:?}\n{}\n", verdict.story);
        }
        tally.add(&verdict);
    }
    tally
}
