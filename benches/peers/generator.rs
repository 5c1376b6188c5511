//! Generates the log: lines of an application, of an access log and of a distributed file system,
//! from a fixed seed.
//!
//! It promises the same bytes for the same length, everywhere. The shares are chosen so that every
//! row of `rows.rs` has something to find: 88 % of the lines are INFO, 6 % DEBUG, 4 % WARN, 2 %
//! ERROR. It imitates logs, and does not favour the way in which any tool searches. Nothing in
//! logscan may be tuned to it, and `--corpus` measures real logs beside it.

use std::io::{self, Write};

/// The last line of every log, for the row that stops at the first hit.
pub(crate) const LAST_LINE: &str =
    "2026-12-01T00:00:00.000Z [4001] INFO com.example.gateway: terminal checkpoint reached\n";

/// How many different users a log has.
const USERS: u64 = 4_000;
/// How many words the row with a list of words searches for.
const LISTED_WORDS: u64 = 1_000;
/// How many of the words are users; the others are nowhere in the log.
const LISTED_USERS: u64 = 100;

const SERVICES: [&str; 6] = ["auth", "billing", "search", "mailer", "gateway", "api"];
const SYLLABLES: [&str; 16] = [
    "ba", "co", "di", "fen", "gar", "hul", "jo", "kim", "lor", "mat", "ne", "pol", "ri", "sun",
    "tev", "wy",
];
/// The status codes: 404 and 5xx are a few per cent, as in a healthy service.
const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 301, 304, 304, 403, 404, 502,
];

/// Writes a log to `log` that has at least `length` bytes, and less than one line more. Returns its
/// length.
pub(crate) fn generate(length: u64, log: &mut dyn Write) -> io::Result<u64> {
    let mut generator = Generator {
        random: Random(0x9E37_79B9_7F4A_7C15),
        clock_ms: 9 * 3_600_000,
    };
    let mut written = 0;
    let mut line = Vec::with_capacity(512);
    while written + (LAST_LINE.len() as u64) < length {
        line.clear();
        generator.line(&mut line)?;
        log.write_all(&line)?;
        written += line.len() as u64;
    }
    log.write_all(LAST_LINE.as_bytes())?;
    Ok(written + LAST_LINE.len() as u64)
}

/// Returns the words of the row with a list of words, one per line. A tenth of them are users of
/// the log.
pub(crate) fn words() -> String {
    let mut words = String::new();
    for nth in 0..LISTED_WORDS {
        let number = match nth < LISTED_USERS {
            true => nth * (USERS / LISTED_USERS),
            false => USERS + nth,
        };
        words.push_str(&user(number));
        words.push('\n');
    }
    words
}

/// Returns a name that reads like one. It has four syllables, so there are 65,536 names.
fn user(number: u64) -> String {
    // An odd factor mixes the names, so that neighbours begin differently.
    let mixed = number.wrapping_mul(40_503) % 65_536;
    (0..4)
        .map(|nth| SYLLABLES[pick(mixed >> (4 * nth), SYLLABLES.len())])
        .collect()
}

fn pick(number: u64, choices: usize) -> usize {
    usize::try_from(number % choices as u64).expect("it is less than a usize")
}

/// A random number generator: xorshift64*, Vigna 2016.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[pick(self.next(), choices.len())]
    }
}

struct Generator {
    random: Random,
    clock_ms: u64,
}

impl Generator {
    fn line(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.clock_ms += self.random.below(20);
        let level = match self.random.below(100) {
            0..88 => "INFO",
            88..94 => "DEBUG",
            94..98 => "WARN",
            _ => "ERROR",
        };
        match self.random.below(100) {
            0..45 => self.application(level, out),
            45..75 => self.access(level, out),
            _ => self.blocks(level, out),
        }
    }

    fn stamp(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let seconds = self.clock_ms / 1000;
        write!(
            out,
            "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}Z [{}] ",
            20 + seconds / 86_400 % 10,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            self.clock_ms % 1000,
            4000 + self.random.below(32)
        )
    }

    fn application(&mut self, level: &str, out: &mut Vec<u8>) -> io::Result<()> {
        self.stamp(out)?;
        let random = &mut self.random;
        write!(out, "{level} com.example.{}: ", random.of(&SERVICES))?;
        let about = About {
            id: random.next() & 0xFFFF_FFFF,
            number: random.below(10_000),
            name: user(random.below(USERS)),
        };
        match (level, random.below(20)) {
            ("ERROR", kind) => about.error(kind, out),
            ("WARN", kind @ 0..10) => about.warning(kind, out),
            (_, kind) => about.event(kind, out),
        }
    }

    fn access(&mut self, level: &str, out: &mut Vec<u8>) -> io::Result<()> {
        self.stamp(out)?;
        let random = &mut self.random;
        let (verb, service) = (
            random.of(&["GET", "GET", "GET", "POST", "PUT"]),
            random.of(&SERVICES),
        );
        writeln!(
            out,
            "{level} access: 10.{}.{}.{} \"{verb} /v1/{service}/{} HTTP/1.1\" {} {} 0.{:03} \"Mozilla/5.0 (X11; Linux x86_64)\"",
            random.below(256),
            random.below(256),
            random.below(256),
            random.below(100_000),
            random.of(&STATUSES),
            random.below(70_000),
            random.below(1000),
        )
    }

    fn blocks(&mut self, level: &str, out: &mut Vec<u8>) -> io::Result<()> {
        let seconds = self.clock_ms / 1000;
        let random = &mut self.random;
        write!(
            out,
            "2611{:02} {:02}{:02}{:02} {} {level} dfs.",
            20 + seconds / 86_400 % 10,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            random.below(30_000)
        )?;
        let sign = random.of(&["", "-"]);
        let block = random.next() * 32_768 + random.below(32_768);
        let (first, second) = (random.below(256), random.below(256));
        match random.below(4) {
            0 => writeln!(
                out,
                "DataNode$DataXceiver: Receiving block blk_{sign}{block} src: /10.250.{first}.{second}:{} dest: /10.251.{second}.{first}:50010",
                1024 + random.below(60_000)
            ),
            1 => writeln!(
                out,
                "DataNode$PacketResponder: PacketResponder {} for block blk_{sign}{block} terminating",
                random.below(3)
            ),
            2 => writeln!(
                out,
                "FSNamesystem: BLOCK* NameSystem.addStoredBlock: blockMap updated: 10.250.{first}.{second}:50010 is added to blk_{sign}{block} size 67108864"
            ),
            _ => writeln!(
                out,
                "DataBlockScanner: Verification succeeded for blk_{sign}{block}"
            ),
        }
    }
}

/// The subject of a line of an application.
struct About {
    id: u64,
    number: u64,
    name: String,
}

impl About {
    fn error(&self, kind: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let About { id, number, .. } = self;
        match kind {
            0..8 => {
                let (net, host) = (number % 16, id % 255);
                writeln!(
                    out,
                    "request {id:08x} failed: connection reset by 10.0.{net}.{host}"
                )
            }
            8..10 => writeln!(out, "query took {number} ms, deadlock detected"),
            10 => {
                let worker = id % 32;
                writeln!(
                    out,
                    "panic in worker {worker}: index {number} out of bounds"
                )
            }
            _ => writeln!(
                out,
                "cannot write /var/lib/store/{id:08x}: no space left on device"
            ),
        }
    }

    fn warning(&self, kind: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let About { id, number, name } = self;
        match kind {
            0..6 => writeln!(
                out,
                "login of {name} failed, attempt {} of 5",
                1 + number % 5
            ),
            _ => writeln!(out, "slow request {id:08x}: {number} ms, upstream error"),
        }
    }

    fn event(&self, kind: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let About { id, number, name } = self;
        match kind {
            0..3 => {
                let (net, host) = (number % 16, id % 255);
                writeln!(out, "user {name} logged in from 192.168.{net}.{host}")
            }
            3 => {
                let [a, b, c, d] = [number % 100, id % 1000, number / 100, id / 1000 % 1000];
                writeln!(out, "booked {a:02}.{b:03}.{c:02}.{d:03} for {name}")
            }
            4 => {
                let (tries, failed) = (number % 9, id % 3);
                writeln!(out, "retried {tries} times, {failed} failed, 0 errors left")
            }
            5..9 => {
                let entries = id % 100_000;
                writeln!(
                    out,
                    "cache \u{201c}{name}\u{201d} hit ratio 0.{number:04}, {entries} entries"
                )
            }
            _ => {
                let queue = id % 40;
                writeln!(
                    out,
                    "request {id:08x} took {number} ms, queue length {queue}"
                )
            }
        }
    }
}
