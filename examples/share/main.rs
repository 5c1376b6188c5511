//! Three processes exchange numbers through a file that each of them maps: a parent, its child, and
//! a stranger that only knows the file's name.
//!
//! ```text
//! cargo run --example share
//! ```
//! No process may hold a lock that another one waits for, because a killed process would keep it.
//! So there are only atomics. Each has the ordering that it needs and no more:
//!
//! | number | who writes | ordering | why |
//! |---|---|---|---|
//! | `ARRIVED` | each process, once | `Relaxed` | it only tells how many there are, and publishes nothing |
//! | `COUNT` | each process, often | `Relaxed` | adding is atomic in any ordering, so no addition is lost |
//! | `GREETING` | the parent | `Relaxed` | `GREETED`, which is stored behind it, publishes it |
//! | `GREETED` | the parent, once | `Release`, read with `Acquire` | a process that sees it sees the greeting too |
//! | `DONE` | each process, once | `AcqRel`, read with `Acquire` | a process that sees 3 sees all additions: in a row of read-modify-writes, each one passes on what those before it published |

#![expect(clippy::print_stdout, reason = "a program to run by hand")]

use std::{
    env,
    fs::OpenOptions,
    io,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use logscan::{SharedMap, SharedView};

const ARRIVED: usize = 0;
const COUNT: usize = 1;
const GREETING: usize = 2;
const GREETED: usize = 3;
const DONE: usize = 4;
const NUMBERS: usize = 5;

/// How many processes there are, and how often each of them counts.
const PROCESSES: u64 = 3;
const TIMES: u64 = 1000;

/// The longest wait, longer than the work takes on the slowest machine. Without the others no
/// process should wait for ever.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => parent(),
        ["child", path] => {
            // The stranger outlives its parent, this child, and so is no relative of the first
            // process any more.
            itself(&["stranger", path]).spawn()?;
            take_part("child", Path::new(path))
        }
        ["stranger", path] => take_part("stranger", Path::new(path)),
        _ => Err(io::Error::other("usage: share")),
    }
}

fn parent() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("numbers");
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    let map = SharedMap::create(&file, NUMBERS)?;
    let numbers = map.words();
    let path_text = path.to_string_lossy();
    let mut child = itself(&["child", &path_text]).spawn()?;
    wait_until(|| numbers[ARRIVED].load(Ordering::Relaxed) == PROCESSES - 1)?;
    numbers[GREETING].store(u64::from(std::process::id()), Ordering::Relaxed);
    numbers[GREETED].store(1, Ordering::Release);
    count(numbers);
    wait_until(|| numbers[DONE].load(Ordering::Acquire) == PROCESSES)?;
    // Nobody writes any more, and from here on this process cannot write.
    let view = map.seal()?;
    println!("parent counted to {} with the others", view.load(COUNT));
    child.wait()?;
    Ok(())
}

/// Runs the process that only knows the file's name.
fn take_part(name: &str, path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let map = SharedMap::open(&file)?;
    let numbers = map.words();
    // A process that only looks maps the file so that the processor does not let it write.
    let view = SharedView::open(&file)?;
    numbers[ARRIVED].fetch_add(1, Ordering::Relaxed);
    wait_until(|| numbers[GREETED].load(Ordering::Acquire) == 1)?;
    let greeting = numbers[GREETING].load(Ordering::Relaxed);
    assert_ne!(greeting, 0, "the greeting was stored before GREETED");
    count(numbers);
    wait_until(|| view.load(DONE) == PROCESSES)?;
    println!("{name} counted to {} with the others", view.load(COUNT));
    Ok(())
}

fn count(numbers: &[AtomicU64]) {
    for _ in 0..TIMES {
        numbers[COUNT].fetch_add(1, Ordering::Relaxed);
    }
    numbers[DONE].fetch_add(1, Ordering::AcqRel);
}

fn wait_until(is_so: impl Fn() -> bool) -> io::Result<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::yield_now();
    }
    Ok(())
}

fn itself(words: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("the path of this program"));
    command.args(words);
    command
}
