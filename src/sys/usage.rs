//! What a scan cost the system: processor time and page faults of this process.

use std::{mem::MaybeUninit, time::Duration};

/// Counters of this process since it began. Subtract two to get the cost of what lies between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time in user mode, all threads together.
    pub user: Duration,
    /// Time in the kernel, all threads together.
    pub system: Duration,
    /// Page faults served without I/O.
    pub minor_faults: u64,
    /// Page faults that had to wait for the disk.
    pub major_faults: u64,
}

impl Usage {
    /// The counters as they are now; all zero where the system does not say.
    pub fn now() -> Usage {
        Usage::of(libc::RUSAGE_SELF)
    }

    /// The counters of all children that have ended and been waited for.
    pub(crate) fn of_children() -> Usage {
        Usage::of(libc::RUSAGE_CHILDREN)
    }

    fn of(whom: libc::c_int) -> Usage {
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

    /// What was spent between `earlier` and `self`.
    pub fn since(self, earlier: Usage) -> Usage {
        Usage {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
            minor_faults: self.minor_faults.saturating_sub(earlier.minor_faults),
            major_faults: self.major_faults.saturating_sub(earlier.major_faults),
        }
    }
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_new_memory_counts_page_faults() {
        let before = Usage::now();
        // More than 32 MiB, which glibc always maps anew: less may be memory that another test has touched and freed.
        let pages = vec![1u8; 40 << 20];
        assert!(pages.iter().step_by(4096).all(|&b| b == 1));
        assert!(Usage::now().since(before).minor_faults > 0);
    }
}
