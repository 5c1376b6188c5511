//! Reads the costs from GetProcessTimes and from the counters of memory.

use std::time::Duration;

use windows_sys::Win32::{
    Foundation::FILETIME,
    System::Threading::{GetCurrentProcess, GetProcessTimes},
};

use super::memory::page_faults;
use crate::sys::Usage;

/// Returns the counters of this process. All page faults count as minor, because Windows does not
/// tell the kinds apart.
pub(crate) fn of_this_process() -> Usage {
    let zero = FILETIME {
        dwLowDateTime: 0,
        dwHighDateTime: 0,
    };
    let [mut created, mut ended, mut system, mut user] = [zero; 4];
    // SAFETY: it has no preconditions.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the handle is valid, and so are the four places for writes.
    let done = unsafe {
        GetProcessTimes(
            process,
            &raw mut created,
            &raw mut ended,
            &raw mut system,
            &raw mut user,
        )
    };
    match done {
        0 => Usage::default(),
        _ => Usage {
            user: duration(user),
            system: duration(system),
            minor_faults: page_faults(),
            major_faults: 0,
        },
    }
}

/// Returns zeros: Windows adds up nothing for children.
pub(crate) fn of_children() -> Usage {
    Usage::default()
}

fn duration(time: FILETIME) -> Duration {
    let ticks = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(ticks.saturating_mul(100))
}
