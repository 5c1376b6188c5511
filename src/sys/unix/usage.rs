//! Reads the costs from getrusage(2).

use std::{mem::MaybeUninit, time::Duration};

use crate::sys::Usage;

/// Returns the counters of this process.
pub(crate) fn of_this_process() -> Usage {
    usage_of(libc::RUSAGE_SELF)
}

/// Returns the counters of all children that have ended and been waited for.
pub(crate) fn of_children() -> Usage {
    usage_of(libc::RUSAGE_CHILDREN)
}

fn usage_of(whom: libc::c_int) -> Usage {
    let mut raw = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `raw` is valid for writes of one rusage; an invalid `whom` is an error.
    let failed = unsafe { libc::getrusage(whom, raw.as_mut_ptr()) } != 0;
    if failed {
        return Usage::default();
    }
    // SAFETY: all-zero bytes are a valid rusage (integers only), and getrusage has filled it in.
    let raw = unsafe { raw.assume_init() };
    Usage {
        user: duration(raw.ru_utime),
        system: duration(raw.ru_stime),
        minor_faults: u64::try_from(raw.ru_minflt).unwrap_or(0),
        major_faults: u64::try_from(raw.ru_majflt).unwrap_or(0),
    }
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
