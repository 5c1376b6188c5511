//! Attacks the built program. Logs are written, cut, regrown, replaced and rotated while the
//! program searches them; the program is killed, and its system calls fail. The attack knows every
//! byte that was ever in a log, and so knows which output is allowed.

mod chain;
mod faults;
mod judge;
mod log;
mod outcome;
mod query;
mod reports;
mod rotated;
mod run;
mod text;

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use fastrand::Rng;

pub(crate) use self::outcome::{Outcome, Tally, Verdict};
use self::{
    chain::{End, Link},
    faults::Fault,
    judge::Opening,
    log::{Change, Kind, Log},
    query::Query,
    reports::Report,
    rotated::{EVENTS, Event, Rotated},
    run::{Ended, Pipe, Plan},
};

/// The place and the conditions of rounds.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    /// The program under attack.
    pub(crate) program: PathBuf,
    /// A folder on the file system to attack on.
    pub(crate) folder: PathBuf,
    /// The library that makes system calls fail: see `tests/it/faults/shim.c`.
    pub(crate) shim: Option<PathBuf>,
    /// The seed. Rounds are the same for the same seed, except for what two processes do at the
    /// same time.
    pub(crate) seed: u64,
    /// How logs may be read.
    pub(crate) reading: Reading,
    /// The size of the largest log.
    pub(crate) log_bytes_max: usize,
}

/// How logs may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    Any,
    /// Without mappings, for file systems on which a mapping promises nothing, such as FUSE.
    WithoutMapping,
}

impl Arena {
    /// Returns a query as it may be asked here.
    fn allowed(&self, query: Query) -> Query {
        match self.reading {
            Reading::Any => query,
            Reading::WithoutMapping => query.read_only(),
        }
    }

    /// Runs one round.
    pub(crate) fn round(&self, nth: u64) -> io::Result<Verdict> {
        let mut rng = Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(nth));
        let folder = self.folder.join(format!("round-{nth}"));
        fs::create_dir(&folder)?;
        let verdict = match rng.u8(..16) {
            0..=3 => self.chain(&folder, &mut rng),
            4 => self.report(&folder, &mut rng),
            5 if self.shim.is_some() => self.fail(&folder, &mut rng),
            6 => self.watch(&folder, &mut rng),
            _ => self.search(&folder, &mut rng),
        };
        fs::remove_dir_all(&folder)?;
        verdict
    }

    fn new_log(&self, folder: &Path, rng: &mut Rng) -> io::Result<Log> {
        let kind = match rng.u8(..8) {
            0 => Kind::Link,
            _ => Kind::File,
        };
        // Small logs are more frequent than large ones.
        let most = self.log_bytes_max >> rng.u8(..5);
        Log::new(folder, rng.usize(most / 8..most), kind)
    }

    /// Attacks a search of a log that changes meanwhile.
    fn search(&self, folder: &Path, rng: &mut Rng) -> io::Result<Verdict> {
        let mut log = self.new_log(folder, rng)?;
        let query = self.allowed(Query::random(rng));
        let plan = Plan {
            args: query.args(),
            ..Plan::default()
        };
        let moment = Moment::random(query.prints_lines(), rng);
        let attacked = self.attack(&mut log, plan, moment, rng)?;
        let judged = judge::search(&query, &log, &attacked.ended, attacked.opening);
        Ok(attacked.verdict(query.name(), judged))
    }

    /// Attacks a report on a log that changes meanwhile.
    fn report(&self, folder: &Path, rng: &mut Rng) -> io::Result<Verdict> {
        let mut log = self.new_log(folder, rng)?;
        let report = [Report::Templates, Report::Triage][rng.usize(..2)];
        let plan = Plan {
            args: report.args(),
            ..Plan::default()
        };
        let moment = Moment::random(false, rng);
        let attacked = self.attack(&mut log, plan, moment, rng)?;
        let judged = report.judge(&log, &attacked.ended);
        Ok(attacked.verdict(report.name(), judged))
    }

    /// Attacks a search that others watch.
    fn watch(&self, folder: &Path, rng: &mut Rng) -> io::Result<Verdict> {
        let mut log = self.new_log(folder, rng)?;
        let query = self.allowed(Query::lines(rng));
        let mut args = query.args();
        args.extend(["--board", "board"].map(String::from));
        let plan = Plan {
            args,
            ..Plan::default()
        };
        let moment = Moment::Printed(rng.usize(1..100_000));
        let attacked = self.attack(&mut log, plan, moment, rng)?;
        let mut judged = judge::search(&query, &log, &attacked.ended, attacked.opening);
        let waited = self.monitor(folder, "--wait")?;
        if !judged.0.is_fault() && waited.code != attacked.ended.code {
            let why = format!("monitor --wait: {:?} {}", waited.code, waited.stderr);
            judged = (Outcome::Status, why);
        }
        let watched = attacked.watched.iter().chain([&waited]);
        for monitor in watched {
            if let Some(bad) = judge::ended_badly(monitor) {
                judged = bad;
            }
        }
        Ok(attacked.verdict("monitor", judged))
    }

    fn monitor(&self, folder: &Path, how: &str) -> io::Result<Ended> {
        let plan = Plan {
            args: ["monitor", how, "board"].map(String::from).into(),
            ..Plan::default()
        };
        Ok(run::start(&self.program, folder, plan)?.end())
    }

    /// Attacks a search whose system calls fail.
    fn fail(&self, folder: &Path, rng: &mut Rng) -> io::Result<Verdict> {
        let shim = self.shim.as_ref().expect("whoever calls it has one");
        symlink(shim, folder.join(faults::LIBRARY))?;
        let log = self.new_log(folder, rng)?;
        let query = self.allowed(Query::lines(rng));
        let fault = Fault::random(&log, rng);
        let plan = Plan {
            args: query.args(),
            env: fault.env(&log),
            ..Plan::default()
        };
        let story = format!("{:?} {fault:?}", plan.args);
        let ended = run::start(&self.program, folder, plan)?.end();
        let judged = fault.judge(&query, &log, &ended);
        let attacked = Attacked {
            story,
            ended,
            opening: Opening::Known,
            watched: None,
        };
        Ok(attacked.verdict("faults", judged))
    }

    /// Runs the program, and changes the log meanwhile.
    fn attack(
        &self,
        log: &mut Log,
        plan: Plan,
        moment: Moment,
        rng: &mut Rng,
    ) -> io::Result<Attacked> {
        let folder = log.path().with_file_name("");
        let changes = changes(rng);
        let plan = Plan {
            read_first: moment.read_first(),
            output: [Pipe::Pipe, Pipe::Socket][rng.usize(..2)],
            ..plan
        };
        let is_watched = plan.args.iter().any(|arg| arg == "--board");
        let story = format!("{:?} {moment:?} {changes:?}", plan.args);
        let running = run::start(&self.program, &folder, plan)?;
        let opening = moment.wait(&running, &log.path());
        for change in changes {
            log.change(change, rng)?;
            if rng.bool() {
                thread::sleep(Duration::from_micros(rng.u64(..500)));
            }
        }
        let watched = match is_watched {
            true => Some(self.monitor(&folder, "--once")?),
            false => None,
        };
        Ok(Attacked {
            story,
            ended: running.end(),
            opening,
            watched,
        })
    }
}

/// A run that was attacked and has ended.
struct Attacked {
    story: String,
    ended: Ended,
    opening: Opening,
    /// The output of a monitor meanwhile.
    watched: Option<Ended>,
}

impl Attacked {
    fn verdict(self, kind: &'static str, (outcome, why): judge::Judged) -> Verdict {
        let Ended { code, stderr, .. } = &self.ended;
        Verdict {
            outcome,
            kind,
            story: format!("{}\n{why}\n{code:?} {stderr}", self.story),
            kills: 0,
            repeated: 0,
        }
    }
}

/// The largest number of searches in a chain, before those that end it.
const LINKS_MAX: usize = 10;

/// Searches that go on where others have ended, and what has happened so far.
struct Chain {
    query: Query,
    log: Rotated,
    links: Vec<Link>,
    story: String,
    kills: u64,
    /// The largest number of bytes that are written at once.
    most: usize,
}

/// Whether a search of a chain is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peace {
    Kept,
    Broken,
}

impl Arena {
    /// Attacks searches that go on where others have ended, or were killed, while the log is
    /// written and rotated.
    fn chain(&self, folder: &Path, rng: &mut Rng) -> io::Result<Verdict> {
        if let Some(shim) = &self.shim {
            symlink(shim, folder.join(faults::LIBRARY))?;
        }
        let mut chain = Chain {
            log: Rotated::new(folder, rng)?,
            query: Query::lines(rng),
            links: Vec::new(),
            story: String::new(),
            kills: 0,
            most: self.log_bytes_max >> rng.u8(2..8),
        };
        let count = rng.usize(2..=LINKS_MAX);
        // Mostly the first search ends by itself, so that it is known from which line on all lines
        // must come.
        let is_primed = rng.u8(..4) > 0;
        if is_primed {
            chain.log.happen(Event::Append, chain.most, rng)?;
        }
        for nth in 0..count + 2 {
            let peace = match nth >= count || nth == 0 && is_primed {
                true => Peace::Kept,
                false => Peace::Broken,
            };
            if let Err(wrong) = self.link(folder, &mut chain, peace, rng)? {
                return Ok(chain.verdict(wrong, 0));
            }
        }
        let (judged, repeated) = chain::judge(&chain.query, &chain.log, &chain.links);
        Ok(chain.verdict(judged, repeated))
    }

    /// Runs one search of a chain. Returns what is wrong with it by itself, if anything is.
    fn link(
        &self,
        folder: &Path,
        chain: &mut Chain,
        peace: Peace,
        rng: &mut Rng,
    ) -> io::Result<Result<(), judge::Judged>> {
        let query = self.allowed(chain.query.otherwise(rng));
        let is_attacked = peace == Peace::Broken;
        let end = match rng.u8(..10) {
            _ if !is_attacked => End::ByItself,
            0..=4 => End::Killed,
            5 => End::Terminated,
            6 if self.shim.is_some() => End::Unwritable(faults::WRITE_ERRORS[rng.usize(..3)]),
            _ => End::ByItself,
        };
        if is_attacked {
            chain.happen(rng)?;
        }
        let moment = Moment::random(query.prints_lines(), rng);
        let plan = Plan {
            args: chain::args(&query),
            env: match end {
                End::Unwritable(errno) => faults::unwritable(errno, rng.usize(..chain.most)),
                End::ByItself | End::Killed | End::Terminated => Vec::new(),
            },
            read_first: moment.read_first().filter(|_| is_attacked),
            ..Plan::default()
        };
        chain.story += &format!("search: {end:?} {moment:?} {:?}\n", plan.args);
        chain.log.search_begins();
        let mut running = run::start(&self.program, folder, plan)?;
        if is_attacked {
            moment.wait(&running, &chain.log.path());
            chain.happen(rng)?;
        }
        match end {
            End::Killed => running.kill(),
            End::Terminated => chain::terminate(running.id()),
            End::ByItself | End::Unwritable(_) => {}
        }
        let ended = running.end();
        chain.log.search_ends();
        let Ended {
            code,
            signal,
            stderr,
            ..
        } = &ended;
        chain.story += &format!("  {code:?} {signal:?} {stderr}\n");
        chain.kills += u64::from(signal.is_some());
        Ok(Link::of(&query, &chain.log, &ended, end).map(|link| chain.links.push(link)))
    }
}

impl Chain {
    /// Makes some changes to the log.
    fn happen(&mut self, rng: &mut Rng) -> io::Result<()> {
        for event in events(rng) {
            self.story += &format!("  {event:?}\n");
            self.log.happen(event, self.most, rng)?;
        }
        Ok(())
    }

    fn verdict(self, (outcome, why): judge::Judged, repeated: u64) -> Verdict {
        Verdict {
            outcome,
            kind: "--continue",
            story: self.story + &why,
            kills: self.kills,
            repeated,
        }
    }
}

fn events(rng: &mut Rng) -> Vec<Event> {
    let count = [0, 0, 1, 1, 2, 3][rng.usize(..6)];
    (0..count)
        .map(|_| EVENTS[rng.usize(..EVENTS.len())])
        .collect()
}

/// The moment at which a run is attacked.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// This many microseconds after it was started.
    Started(u64),
    /// After it was seen to have opened its log.
    Opened(u64),
    /// When it has printed this many bytes, and as many more as it can without a reader.
    Printed(usize),
}

impl Moment {
    fn random(prints_lines: bool, rng: &mut Rng) -> Moment {
        // Short times more often than long ones.
        let delay = rng.u64(0..20_000) >> rng.u8(..8);
        match rng.u8(..8) {
            0 | 1 => Moment::Started(delay),
            2..=4 if prints_lines => {
                let most = 2 << rng.u8(..20);
                Moment::Printed(rng.usize(1..most))
            }
            _ => Moment::Opened(delay),
        }
    }

    fn read_first(self) -> Option<usize> {
        match self {
            Moment::Printed(bytes) => Some(bytes),
            Moment::Started(_) | Moment::Opened(_) => None,
        }
    }

    /// Waits for the moment. Returns whether it is certain that the log had been opened by then.
    fn wait(self, running: &run::Running, log: &Path) -> Opening {
        let (delay, is_certain) = match self {
            Moment::Started(delay) => (delay, false),
            Moment::Opened(delay) => (delay, running.wait_until_open(log)),
            Moment::Printed(_) => (0, running.wait_for_output()),
        };
        if delay > 0 {
            thread::sleep(Duration::from_micros(delay));
        }
        match is_certain {
            true => Opening::Known,
            false => Opening::Unknown,
        }
    }
}

/// Returns the changes of a log, one after another.
fn changes(rng: &mut Rng) -> Vec<Change> {
    let count = [1, 1, 1, 2, 3][rng.usize(..5)];
    (0..count)
        .map(|_| Change::ALL[rng.usize(..Change::ALL.len())])
        .collect()
}
