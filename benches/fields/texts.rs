//! The logs, from a fixed seed: the same kind of requests as lines of JSON and as an access log with
//! the seconds of each request behind. It also keeps what is true of them.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

/// The logs are of one day, and have about so many lines in a second.
const LINES_PER_SECOND: u64 = 1000;

const PATHS_COUNT: u32 = 24;
const SERVICES: [&str; 6] = ["auth", "billing", "search", "mailer", "gateway", "api"];
const PATHS: [&str; PATHS_COUNT as usize] = [
    "/",
    "/health",
    "/login",
    "/logout",
    "/metrics",
    "/search",
    "/api/v1/cart",
    "/api/v1/cart/items",
    "/api/v1/checkout",
    "/api/v1/coupons",
    "/api/v1/customers",
    "/api/v1/invoices",
    "/api/v1/orders",
    "/api/v1/orders/recent",
    "/api/v1/payments",
    "/api/v1/payments/refunds",
    "/api/v1/products",
    "/api/v1/products/similar",
    "/api/v1/reviews",
    "/api/v1/shipments",
    "/api/v2/orders",
    "/api/v2/products",
    "/static/app.js",
    "/static/style.css",
];
const METHODS: [&str; 8] = ["GET", "GET", "GET", "GET", "GET", "POST", "PUT", "DELETE"];
const STATUSES: [u32; 8] = [200, 200, 200, 200, 201, 204, 304, 404];
const FAILURES: [u32; 4] = [500, 502, 503, 504];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15",
    "curl/8.15.0",
    "kube-probe/1.33",
];

/// What is true of the log of JSON lines.
#[derive(Default)]
pub(crate) struct JsonTruth {
    pub(crate) lines: u64,
    pub(crate) errors: u64,
    /// How many requests failed, of each path.
    pub(crate) failed: BTreeMap<&'static str, u64>,
    pub(crate) bytes: u64,
    pub(crate) duration_us: u64,
}

/// What is true of the access log: how long the requests of each path took, in milliseconds.
#[derive(Default)]
pub(crate) struct AccessTruth {
    pub(crate) lines: u64,
    pub(crate) durations_ms: BTreeMap<&'static str, Vec<u32>>,
}

/// A request.
struct Request {
    nth: u64,
    is_error: bool,
    service: &'static str,
    host: u32,
    method: &'static str,
    path: &'static str,
    status: u32,
    duration_us: u32,
    bytes: u32,
    trace: u64,
    user: u32,
}

/// Makes requests.
struct Requests {
    random: u64,
    nth: u64,
}

impl Requests {
    fn new() -> Requests {
        Requests {
            random: 0x9E37_79B9_7F4A_7C15,
            nth: 0,
        }
    }

    fn number(&mut self) -> u32 {
        // xorshift64*, Vigna 2016.
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        (self.random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.number() as usize % items.len()]
    }

    fn next(&mut self) -> Request {
        self.nth += 1;
        // Three of a hundred fail, and one of these three is an error.
        let kind = self.number() % 100;
        let status = match kind {
            0..3 => self.one_of(&FAILURES),
            _ => self.one_of(&STATUSES),
        };
        // Some paths are more frequent than others, and each has its own times.
        let place = (self.number() % PATHS_COUNT).min(self.number() % PATHS_COUNT);
        let share = u128::from(self.number() % (1 << 16));
        let slow_us = ((share.pow(6) * 3_000_000) >> 96) as u32;
        Request {
            nth: self.nth,
            is_error: kind == 0,
            service: self.one_of(&SERVICES),
            host: self.number() % 40,
            method: self.one_of(&METHODS),
            path: PATHS[place as usize],
            status,
            duration_us: 900 + place * 1700 + slow_us,
            bytes: 120 + self.number() % 50_000,
            trace: (u64::from(self.number()) << 32) | u64::from(self.number()),
            user: self.number() % 200_000,
        }
    }
}

impl Request {
    /// Returns hour, minute, second and millisecond of the day.
    fn clock(&self) -> (u64, u64, u64, u64) {
        let ms = self.nth * 1000 / LINES_PER_SECOND % 86_400_000;
        (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    }

    fn level(&self) -> &'static str {
        match (self.is_error, self.nth % 16) {
            (true, _) => "error",
            (_, 0) => "warn",
            (_, 1..4) => "debug",
            _ => "info",
        }
    }

    fn write_message(&self, to: &mut impl Write) -> io::Result<()> {
        let user = self.user;
        match self.nth % 5 {
            0 => write!(to, "order {} of user {user} was paid", self.trace >> 40),
            1 => write!(to, "cache miss for key user:{user}:cart, read from replica"),
            2 => write!(to, r#"template \"invoice\" was rendered for {user}"#),
            3 if self.nth.is_multiple_of(50) => {
                write!(to, "second try after a temporary error, user {user}")
            }
            _ => write!(to, "request done"),
        }
    }

    fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        let (hour, minute, second, ms) = self.clock();
        write!(
            to,
            r#"{{"ts":"2026-11-22T{hour:02}:{minute:02}:{second:02}.{ms:03}Z","level":"{}","service":"{}","host":"web-{:02}","msg":""#,
            self.level(),
            self.service,
            self.host
        )?;
        self.write_message(to)?;
        writeln!(
            to,
            r#"","method":"{}","path":"{}","status":{},"duration_ms":{}.{:03},"bytes":{},"trace_id":"{:016x}","user":{{"id":{},"ip":"10.{}.{}.{}"}}}}"#,
            self.method,
            self.path,
            self.status,
            self.duration_us / 1000,
            self.duration_us % 1000,
            self.bytes,
            self.trace,
            self.user,
            self.user >> 16,
            self.user >> 8 & 0xFF,
            self.user & 0xFF
        )
    }

    fn write_access(&self, to: &mut impl Write) -> io::Result<()> {
        let (hour, minute, second, _) = self.clock();
        let ms = self.duration_us / 1000;
        writeln!(
            to,
            r#"10.{}.{}.{} - - [22/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] "{} {} HTTP/1.1" {} {} "https://shop.example.com/" "{}" {}.{:03}"#,
            self.user >> 16,
            self.user >> 8 & 0xFF,
            self.user & 0xFF,
            self.method,
            self.path,
            self.status,
            self.bytes,
            AGENTS[(self.user % 4) as usize],
            ms / 1000,
            ms % 1000
        )
    }
}

/// Writes at least `length` bytes of JSON lines to `path`.
pub(crate) fn write_json(length: u64, path: &Path) -> io::Result<JsonTruth> {
    let mut truth = JsonTruth::default();
    write(length, path, |request, line| {
        truth.lines += 1;
        truth.errors += u64::from(request.is_error);
        if request.status >= 500 {
            *truth.failed.entry(request.path).or_default() += 1;
        }
        truth.bytes += u64::from(request.bytes);
        truth.duration_us += u64::from(request.duration_us);
        request.write_json(line)
    })?;
    Ok(truth)
}

/// Writes at least `length` bytes of an access log to `path`.
pub(crate) fn write_access(length: u64, path: &Path) -> io::Result<AccessTruth> {
    let mut truth = AccessTruth::default();
    write(length, path, |request, line| {
        truth.lines += 1;
        let durations_ms = truth.durations_ms.entry(request.path).or_default();
        durations_ms.push(request.duration_us / 1000);
        request.write_access(line)
    })?;
    truth
        .durations_ms
        .values_mut()
        .for_each(|d| d.sort_unstable());
    Ok(truth)
}

fn write(
    length: u64,
    path: &Path,
    mut line_of: impl FnMut(&Request, &mut Vec<u8>) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(64 << 10, File::create(path)?);
    let mut requests = Requests::new();
    let mut line = Vec::with_capacity(512);
    let mut written = 0;
    while written < length {
        line.clear();
        line_of(&requests.next(), &mut line)?;
        file.write_all(&line)?;
        written += line.len() as u64;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}
