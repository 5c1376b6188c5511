//! Rounds in which another process shortens, regrows, rewrites, renames or unlinks a log while it
//! is being searched.
//!
//! Kind A only takes bytes away. The output must be that for the first `searched_to` bytes of the
//! log, and that for the whole log if nothing was noted. Kind B also puts other bytes there.
//! Nothing may crash, hang or panic, and a shrink that was seen is noted. The output must begin
//! with that for the first `complete_to` bytes, which are known to be of the log as it was.
//! `complete_to` is no more than the shortest length that the log has had.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use fastrand::Rng;
use logscan::{
    Context, Matcher, Note, Patterns, Progress, ReadMode, Scan, Sink, Source, Workers, guard, scan,
    sink::{Count, Counted, Json, Layout, Listing, Text},
};

/// The totals of the rounds so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// How many rounds were run.
    pub(crate) rounds: u64,
    /// In how many rounds a loss was seen.
    pub(crate) losses: u64,
    /// In how many rounds a SIGBUS was taken.
    pub(crate) faults: u64,
    /// In how many rounds a change without a loss was seen: a file that was rewritten or renamed.
    pub(crate) changes: u64,
}

/// Runs the process that changes files. It obeys lines on its standard input and answers each with
/// a line. The name of the file stands behind a tab, because it may contain spaces.
pub(crate) fn obey() -> io::Result<()> {
    for line in io::stdin().lines() {
        let line = line?;
        let (order, path) = line.split_once('\t').unwrap_or_default();
        let words: Vec<&str> = order.split(' ').collect();
        // An order may fail because another order has come before it. That does not matter.
        let _ = match words[..] {
            ["cut", length] => open(path).and_then(|file| file.set_len(number(length))),
            ["regrow", low, high] => open(path).and_then(|mut file| {
                file.set_len(number(low))?;
                file.write_all(b"1 ERROR of the new file\n2 INFO of the new file\n")?;
                file.set_len(number(high))
            }),
            ["rewrite"] => fs::metadata(path).and_then(|metadata| {
                let bytes = vec![b'#'; usize::try_from(metadata.len()).unwrap_or(0)];
                open(path).and_then(|mut file| file.write_all(&bytes))
            }),
            ["replace"] => fs::rename(path, format!("{path}.1"))
                .and_then(|()| fs::write(path, "ERROR in another file\n")),
            ["unlink"] => fs::remove_file(path),
            _ => Err(io::Error::other("no such order")),
        };
        let mut out = io::stdout();
        writeln!(out, "\ndone")?;
        out.flush()?;
    }
    Ok(())
}

fn number(word: &str) -> u64 {
    word.parse().unwrap_or(0)
}

fn open(path: &str) -> io::Result<File> {
    File::options().write(true).open(path)
}

/// The other end of [`obey`].
struct Writer {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// How many orders have not been answered.
    pending: u32,
}

impl Writer {
    fn start(mut command: Command) -> Writer {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the writing process starts");
        let orders = child.stdin.take().expect("its input is a pipe");
        let answers = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        Writer {
            child,
            orders,
            answers,
            pending: 0,
        }
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("the writing process lives");
        self.pending += 1;
    }

    /// Waits until all orders have been carried out.
    fn wait(&mut self) {
        let mut line = String::new();
        while self.pending > 0 {
            line.clear();
            let read = self.answers.read_line(&mut line);
            assert!(read.is_ok_and(|read| read > 0), "the writing process lives");
            self.pending -= u32::from(line == "done\n");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The buffer into which a sink prints.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The buffer into which a sink prints, and the order that changes the log at the first write.
struct Cutting {
    printed: Shared,
    log: File,
    cut: Option<u64>,
}

impl Write for Cutting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(cut) = self.cut.take() {
            self.log.set_len(cut)?;
        }
        self.printed.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The output format of a search.
#[derive(Clone, Copy, Debug)]
enum Format {
    Lines,
    Context,
    Inverted,
    Count,
    Json,
}

const FORMATS: [Format; 5] = [
    Format::Lines,
    Format::Context,
    Format::Inverted,
    Format::Count,
    Format::Json,
];

/// The patterns: one is searched for by a regex for whole blocks, one by a regex that looks
/// forwards and backwards, and one by a regex that looks only at lines with rare bytes in them.
const PATTERNS: [&str; 3] = [
    "ERROR|INFO.*xx$",
    "[0-9]+ *ERROR x+$",
    "(^|[0-9])7 [A-Z]+ x*xxxx$",
];

/// One search.
#[derive(Clone, Copy, Debug)]
struct Search {
    pattern: &'static str,
    format: Format,
    mode: ReadMode,
    threads: usize,
    chunk_bytes: usize,
}

/// The results of a search.
struct Answer {
    printed: Vec<u8>,
    notes: Vec<Note>,
}

impl Answer {
    /// Returns up to where the results are known to be complete, and where they end, if something
    /// was lost.
    fn shrank(&self) -> Option<(usize, usize)> {
        let at = |offset: u64| usize::try_from(offset).expect("the log is in memory");
        self.notes.iter().find_map(|note| match *note {
            Note::Shrank {
                to,
                complete_to,
                searched_to,
                ..
            } => {
                assert!(complete_to <= to.min(searched_to), "{note:?}");
                Some((at(complete_to), at(searched_to)))
            }
            _ => None,
        })
    }

    fn saw_change(&self) -> bool {
        self.notes
            .iter()
            .any(|note| matches!(note, Note::Rewritten | Note::Renamed))
    }
}

impl Search {
    fn run(&self, source: &mut Source, progress: &Progress) -> Answer {
        let printed = Shared::default();
        self.run_into(source, progress, Box::new(printed.clone()), &printed)
    }

    /// Searches with output to `writer`, which passes it on to `printed`.
    fn run_into(
        &self,
        source: &mut Source,
        progress: &Progress,
        writer: Box<dyn Write + Send>,
        printed: &Shared,
    ) -> Answer {
        let matcher = Matcher::new(&Patterns::new(self.pattern)).expect("it is a pattern");
        let layout = Layout {
            separator: Some(b"--".to_vec()),
            ..Layout::default()
        };
        let mut sink: Box<dyn Sink> = match self.format {
            Format::Lines | Format::Context | Format::Inverted => {
                Box::new(Text::new(layout, matcher.clone(), writer))
            }
            Format::Count => {
                let listing = Listing::default();
                Box::new(Count::new(Counted::Lines, listing, matcher.clone(), writer))
            }
            Format::Json => Box::new(Json::new(matcher.clone(), None, writer)),
        };
        let context = match self.format {
            Format::Context => Context::Lines {
                before: 3,
                after: 2,
            },
            _ => Context::None,
        };
        let scan = Scan {
            context,
            invert: matches!(self.format, Format::Inverted),
            line_numbers: true,
            chunk_bytes: Some(self.chunk_bytes),
            ..Scan::new(matcher)
        };
        let workers = Workers::new(self.threads);
        let summary = scan::run(&scan, source, &workers, progress, sink.as_mut())
            .expect("writing to memory does not fail");
        assert!(summary.error.is_none(), "{:?}", summary.error);
        let mut printed = std::mem::take(&mut *printed.0.lock().expect("no panic"));
        if matches!(self.format, Format::Json) {
            // If there is a note, the first message stands before an empty list too. The last
            // message holds times and notes.
            let messages = printed.split_inclusive(|&byte| byte == b'\n');
            printed = messages
                .filter(|message| !message.starts_with(b"{\"type\":\"begin\""))
                .filter(|message| !message.starts_with(b"{\"type\":\"end\""))
                .flatten()
                .copied()
                .collect();
        }
        Answer {
            printed,
            notes: summary.notes,
        }
    }

    /// Returns what must be printed for these bytes.
    fn expect(&self, log: &[u8], path: &Path) -> Vec<u8> {
        let whole = Search {
            threads: 1,
            chunk_bytes: log.len().max(1),
            ..*self
        };
        let mut source = Source::from_bytes(path, log.to_vec());
        whole.run(&mut source, &Progress::new()).printed
    }
}

/// A folder for files, a process that changes them, and the totals.
pub(crate) struct Rounds {
    folder: tempfile::TempDir,
    writer: Arc<Mutex<Writer>>,
    rng: Rng,
    /// The totals of the rounds so far.
    pub(crate) totals: Totals,
}

/// Returns a log of numbered lines of random lengths. Some contain ERROR, and sometimes the last
/// line has no LF.
fn log(rng: &mut Rng, bytes: usize) -> Vec<u8> {
    let mut log = Vec::with_capacity(bytes);
    let mut number = 0;
    while log.len() < bytes {
        number += 1;
        let level = if rng.u8(..8) == 0 { "ERROR" } else { "INFO" };
        let padding = "x".repeat(rng.usize(..120));
        writeln!(log, "{number} {level} {padding}").expect("writing to memory");
    }
    if rng.bool() {
        log.pop();
    }
    log
}

impl Rounds {
    /// Creates rounds. They are the same for the same seed, except for what two processes do at the
    /// same time. `writer` starts a process that calls [`obey`].
    pub(crate) fn new(seed: u64, writer: Command) -> Rounds {
        Rounds {
            folder: tempfile::tempdir().expect("a temporary folder"),
            writer: Arc::new(Mutex::new(Writer::start(writer))),
            rng: Rng::with_seed(seed),
            totals: Totals::default(),
        }
    }

    /// Runs one round of either kind, chosen at random.
    pub(crate) fn run(&mut self) {
        match self.rng.u8(..4) {
            0 => self.regrow(),
            1 => self.shorten_two(),
            _ => self.shorten(),
        }
    }

    fn search(&mut self) -> Search {
        Search {
            pattern: PATTERNS[self.rng.usize(..PATTERNS.len())],
            format: FORMATS[self.rng.usize(..FORMATS.len())],
            mode: [ReadMode::Map, ReadMode::Map, ReadMode::Read][self.rng.usize(..3)],
            threads: [1, 2, 2, 4, 7][self.rng.usize(..5)],
            chunk_bytes: [1 << 12, 5000, 1 << 14, 1 << 16][self.rng.usize(..4)],
        }
    }

    fn file(&self, name: &str, log: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        let mut file = File::create(&path).expect("a file in a temporary folder");
        file.write_all(log).expect("room for a small file");
        // The time is long ago, so that a change has another time however coarse the clock is.
        let past = SystemTime::now() - Duration::from_secs(3600);
        file.set_modified(past).expect("the file is ours");
        path
    }

    /// Returns a progress that sends `order` when this many bytes are done. It then waits until the
    /// order is carried out, or does not wait.
    fn order_at(&mut self, bytes: u64, order: String) -> Progress {
        let writer = Arc::clone(&self.writer);
        let waits = self.rng.bool();
        let sent = AtomicU64::new(0);
        Progress::with_callback(move |progress| {
            if progress.bytes_done() >= bytes && sent.fetch_add(1, Ordering::Relaxed) == 0 {
                let mut writer = writer.lock().expect("no panic");
                writer.order(&order);
                if waits {
                    writer.wait();
                }
            }
        })
    }

    fn wait(&self) {
        self.writer.lock().expect("no panic").wait();
    }

    fn settle(&mut self, answer: &Answer, faults_before: u64) {
        let faulted = guard::faults() > faults_before;
        self.totals.rounds += 1;
        self.totals.losses += u64::from(answer.shrank().is_some());
        self.totals.faults += u64::from(faulted);
        self.totals.changes += u64::from(answer.saw_change());
    }

    /// Returns a log, the file that it is in, and a search for it.
    fn one_log(&mut self) -> (Vec<u8>, PathBuf, Search) {
        let bytes = self.rng.usize(1 << 14..1 << 18);
        let log = log(&mut self.rng, bytes);
        let path = self.file("app.log", &log);
        (log, path, self.search())
    }

    /// Runs kind A with one search.
    fn shorten(&mut self) {
        let (log, path, search) = self.one_log();
        let name = path.display();
        let length = log.len() as u64;
        let order = match self.rng.u8(..8) {
            0 => format!("replace\t{name}"),
            1 => format!("unlink\t{name}"),
            _ => format!("cut {}\t{name}", self.rng.u64(..length)),
        };
        let progress = self.order_at(self.rng.clone().u64(..length), order.clone());
        let before = guard::faults();
        let mut source = Source::open(&path, search.mode).expect("the file is there");
        let answer = search.run(&mut source, &progress);
        self.wait();
        check(&search, &log, &path, &answer, &order);
        self.settle(&answer, before);
    }

    /// Runs kind A with two searches at once, of two files, or of one file that is mapped twice.
    fn shorten_two(&mut self) {
        let bytes = self.rng.usize(1 << 14..1 << 17);
        let log = log(&mut self.rng, bytes);
        let length = log.len() as u64;
        let searches = [self.search(), self.search()];
        let names = [["one.log", "two.log"], ["one.log", "one.log"]][self.rng.usize(..2)];
        let paths = names.map(|name| self.file(name, &log));
        let order = format!("cut {}\t{}", self.rng.u64(..length), paths[1].display());
        let progress = [
            Progress::new(),
            self.order_at(self.rng.clone().u64(..length), order.clone()),
        ];
        let before = guard::faults();
        let mut sources = [0, 1]
            .map(|nth| Source::open(&paths[nth], searches[nth].mode).expect("the file is there"));
        let answers = std::thread::scope(|scope| {
            let [one, two] = &mut sources;
            let [progress_of_one, progress_of_two] = &progress;
            let other = scope.spawn(|| searches[0].run(one, progress_of_one));
            let answer = searches[1].run(two, progress_of_two);
            [other.join().expect("no panic in the other search"), answer]
        });
        self.wait();
        for nth in [0, 1] {
            check(&searches[nth], &log, &paths[nth], &answers[nth], &order);
        }
        let [one, two] = answers;
        let worse = if one.shrank().is_some() { one } else { two };
        self.settle(&worse, before);
    }

    /// Runs kind B.
    fn regrow(&mut self) {
        let (log, path, search) = self.one_log();
        let name = path.display();
        let length = log.len() as u64;
        let is_rewritten = self.rng.bool();
        let order = if is_rewritten {
            format!("rewrite\t{name}")
        } else {
            let low = self.rng.u64(..length);
            format!("regrow {low} {}\t{name}", self.rng.u64(low..2 * length))
        };
        let progress = self.order_at(self.rng.clone().u64(..length), order.clone());
        let before = guard::faults();
        let mut source = Source::open(&path, search.mode).expect("the file is there");
        let answer = search.run(&mut source, &progress);
        self.wait();
        check_beginning(&search, &log, &path, &answer, &order);
        if guard::faults() > before {
            assert!(
                answer.shrank().is_some(),
                "{search:?} {order}: a shrink was seen and not noted: {:?}",
                answer.notes
            );
        }
        self.settle(&answer, before);
    }

    /// Checks that the orders to the other process do what they say.
    pub(crate) fn check_that_orders_are_carried_out(&mut self) {
        let path = self.file("app.log", b"0123456789");
        let order = format!("cut 3\t{}", path.display());
        self.writer.lock().expect("no panic").order(&order);
        self.wait();
        assert_eq!(fs::read(&path).expect("the file is there"), b"012");
    }

    /// Cuts a log of a thousand chunks to nothing when the first chunk has been searched. The
    /// faults must be those of the chunks in hand, two per worker, and not those of all that is
    /// lost.
    pub(crate) fn count_faults_of_a_large_cut(&mut self) {
        const CHUNK_BYTES: usize = 16 << 10;
        let log = log(&mut self.rng, 1024 * CHUNK_BYTES);
        for threads in [1, 2, 7] {
            let search = Search {
                pattern: PATTERNS[0],
                format: Format::Lines,
                mode: ReadMode::Map,
                threads,
                chunk_bytes: CHUNK_BYTES,
            };
            let path = self.file("app.log", &log);
            let file = File::options()
                .write(true)
                .open(&path)
                .expect("it is there");
            let progress = Progress::with_callback(move |_| {
                file.set_len(0).expect("a file can be cut");
            });
            let before = guard::faults();
            let mut source = Source::open(&path, search.mode).expect("the file is there");
            let answer = search.run(&mut source, &progress);
            check(
                &search,
                &log,
                &path,
                &answer,
                "cut to 0 after the first chunk",
            );
            let faults = guard::faults() - before;
            let pages = (CHUNK_BYTES / 4096 + 2) as u64;
            let most = 2 * threads as u64 * pages;
            assert!(
                (1..=most).contains(&faults),
                "{threads} threads: {faults} faults"
            );
        }
    }

    /// Cuts the log while the output of one large chunk is being delivered piece by piece.
    pub(crate) fn while_delivering(&mut self) {
        let log = log(&mut self.rng, 12 << 20);
        for format in [Format::Lines, Format::Context, Format::Json] {
            for (threads, chunk_bytes) in [(1, 16 << 20), (2, 16 << 20), (2, 6 << 20)] {
                for cut in [0, 3 << 20, 5 << 20, 8 << 20, (10 << 20) + 12_345] {
                    let search = Search {
                        pattern: PATTERNS[0],
                        format,
                        mode: ReadMode::Map,
                        threads,
                        chunk_bytes,
                    };
                    let path = self.file("app.log", &log);
                    let printed = Shared::default();
                    let writer = Cutting {
                        printed: printed.clone(),
                        log: File::options()
                            .write(true)
                            .open(&path)
                            .expect("it is there"),
                        cut: Some(cut),
                    };
                    let before = guard::faults();
                    let mut source = Source::open(&path, search.mode).expect("the file is there");
                    let progress = Progress::new();
                    let answer =
                        search.run_into(&mut source, &progress, Box::new(writer), &printed);
                    check(
                        &search,
                        &log,
                        &path,
                        &answer,
                        &format!("cut to {cut} at the first write"),
                    );
                    self.settle(&answer, before);
                }
            }
        }
    }

    /// Cuts the log from the callback of every chunk, to every kind of length, on every path.
    pub(crate) fn at_every_chunk(&mut self) {
        let log = log(&mut self.rng, 40 << 10);
        for format in FORMATS {
            for mode in [ReadMode::Map, ReadMode::Read] {
                for threads in [1, 2, 7] {
                    let search = Search {
                        pattern: PATTERNS[0],
                        format,
                        mode,
                        threads,
                        chunk_bytes: 4 << 10,
                    };
                    self.at_every_chunk_of(&search, &log);
                }
            }
        }
    }

    fn at_every_chunk_of(&mut self, search: &Search, log: &[u8]) {
        let length = log.len() as u64;
        for done in (0..length).step_by(search.chunk_bytes) {
            for cut in [0, done / 2, done, done + 100, done + 5000, length - 1] {
                let cut = cut.min(length - 1);
                let path = self.file("app.log", log);
                let file = File::options()
                    .write(true)
                    .open(&path)
                    .expect("it is there");
                let progress = Progress::with_callback(move |progress| {
                    if progress.bytes_done() > done {
                        file.set_len(cut).expect("a file can be cut");
                    }
                });
                let before = guard::faults();
                let mut source = Source::open(&path, search.mode).expect("the file is there");
                let answer = search.run(&mut source, &progress);
                let what = format!("cut to {cut} when more than {done} were done");
                check(search, log, &path, &answer, &what);
                self.settle(&answer, before);
            }
        }
    }
}

/// Checks that the output is what the bytes up to the place in the note give, or what all bytes
/// give if there is no note.
fn check(search: &Search, log: &[u8], path: &Path, answer: &Answer, what: &str) {
    let searched_to = answer
        .shrank()
        .map_or(log.len(), |(_, searched_to)| searched_to);
    let want = search.expect(&log[..searched_to], path);
    if answer.printed != want {
        differ(search, answer, &want, what);
    }
}

/// Checks that the output begins with what those bytes give that are known to be of the log as it
/// was.
fn check_beginning(search: &Search, log: &[u8], path: &Path, answer: &Answer, what: &str) {
    let Some((complete_to, _)) = answer.shrank() else {
        return;
    };
    // A line that reaches beyond that place may have lost its end, and a number has no beginning.
    let lines = log[..complete_to].iter().rposition(|&byte| byte == b'\n');
    let want = match search.format {
        Format::Count => Vec::new(),
        _ => search.expect(&log[..lines.map_or(0, |newline| newline + 1)], path),
    };
    if !answer.printed.starts_with(&want) {
        differ(search, answer, &want, what);
    }
}

fn differ(search: &Search, answer: &Answer, want: &[u8], what: &str) -> ! {
    let same = answer.printed.iter().zip(want).take_while(|(a, b)| a == b);
    let at = same.count();
    panic!(
        "{search:?} {what}: notes {:?}\nprinted and expected differ at {at} of {} and {}:\n{:?}\n{:?}",
        answer.notes,
        answer.printed.len(),
        want.len(),
        String::from_utf8_lossy(&answer.printed[at..(at + 80).min(answer.printed.len())]),
        String::from_utf8_lossy(&want[at..(at + 80).min(want.len())]),
    );
}
