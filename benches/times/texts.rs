//! The log, in two forms: the same lines as plain text and as logfmt, from a fixed seed.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

/// How long a line is on average, in bytes, with its share of stack traces.
const LINE_BYTES: u64 = 104;

/// The log is of five days, of which this is the first: 2026-11-20T00:00:00Z.
const FIRST_MS: u64 = 1_795_132_800_000;
const DAYS: u64 = 5;
const DAY_MS: u64 = 86_400_000;

/// The window that is asked for: five minutes in the middle.
pub(crate) const FROM: &str = "2026-11-22T12:00:00";
pub(crate) const UNTIL: &str = "2026-11-22T12:05:00";

/// One line of so many is an error.
const ERROR_ONE_IN: u64 = 50;

/// What is below every fourth error in plain text.
const TRACE: &str = "\
java.lang.IllegalStateException: order is closed
\tat com.example.Orders.close(Orders.java:51)
\tat com.example.Api.post(Api.java:12)
";

/// Writes about `bytes` of plain text to `plain`, and the same lines to `logfmt`.
pub(crate) fn write(bytes: u64, plain: &Path, logfmt: &Path) -> io::Result<()> {
    let mut plain = BufWriter::with_capacity(1 << 20, File::create(plain)?);
    let mut logfmt = BufWriter::with_capacity(1 << 20, File::create(logfmt)?);
    let lines = (bytes / LINE_BYTES).max(1);
    let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
    for nth in 0..lines {
        // xorshift64*, Vigna 2016.
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        let number = random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        // No line has the time at which the window ends: some tools count it, some do not.
        let time = stamp((FIRST_MS + nth * (DAYS * DAY_MS / lines)) | 1);
        let worker = number % 16;
        let level = match number % ERROR_ONE_IN {
            0 => "ERROR",
            1..5 => "WARN",
            _ => "INFO",
        };
        let message = match number % 3 {
            0 => format!("order {number} was paid in {} ms", number % 977),
            1 => format!("GET /api/orders/{number} took {} ms", number % 313),
            _ => format!("block {number} of 67108864 bytes was sent"),
        };
        writeln!(
            plain,
            "{time} {level} [worker-{worker}] com.example.shop: {message}"
        )?;
        writeln!(
            logfmt,
            "time={time} level={} thread=worker-{worker} msg=\"{message}\"",
            level.to_ascii_lowercase()
        )?;
        if level == "ERROR" && number.is_multiple_of(4) {
            plain.write_all(TRACE.as_bytes())?;
        }
    }
    for file in [plain, logfmt] {
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Returns a moment of these five days as ISO 8601 has it.
fn stamp(ms: u64) -> String {
    let in_log = ms - FIRST_MS;
    let (day, of_day) = (20 + in_log / DAY_MS, in_log % DAY_MS);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, ms) = (of_day / 1000 % 60, of_day % 1000);
    format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}
