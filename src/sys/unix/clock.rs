//! A clock that all processes of a machine share and that nobody sets. It also says which run of
//! the machine its times belong to.

use std::fs;

/// Returns the time of CLOCK_MONOTONIC in nanoseconds. It is the same in every process and
/// container of this machine, except for those with a time namespace of their own. It counts from
/// about the machine's start, without the time that the machine slept.
pub(crate) fn monotonic_ns() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for writes of one timespec. The clock is there on every system, so it
    // cannot fail.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds * 1_000_000_000 + nanos
}

/// Returns a random number that each start of the machine draws (random(4)), as two halves, or 0 if
/// the system has none.
pub(crate) fn boot_id() -> [u64; 2] {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let half = |from: usize| {
        let digits = digits.get(from..from + 16)?;
        u64::from_str_radix(digits, 16).ok()
    };
    match (half(0), half(16)) {
        (Some(high), Some(low)) => [high, low],
        _ => [0, 0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_does_not_go_back() {
        let first = monotonic_ns();
        assert!(first > 0);
        assert!(monotonic_ns() >= first);
    }

    #[test]
    fn the_boot_id_stays_the_same() {
        assert_eq!(boot_id(), boot_id());
        if cfg!(target_os = "linux") {
            assert_ne!(boot_id(), [0, 0]);
        }
    }
}
