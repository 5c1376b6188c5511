//! The cost of a scan for the system: processor time and page faults of this process.

use std::time::Duration;

use super::platform;

/// Counters of this process since it began. Subtract two of them to get the cost of what lies
/// between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time in user mode, all threads together.
    pub user: Duration,
    /// Time in the kernel, all threads together.
    pub system: Duration,
    /// Page faults that were served without I/O. Windows does not tell the kinds apart, so there
    /// these are all page faults.
    pub minor_faults: u64,
    /// Page faults that had to wait for the disk; 0 on Windows.
    pub major_faults: u64,
}

impl Usage {
    /// Returns the counters as they are now. All are zero where the system does not tell.
    pub fn now() -> Usage {
        platform::of_this_process()
    }

    /// Returns the counters of all children that have ended and been waited for. All are zero on
    /// Windows, which keeps none.
    pub(crate) fn of_children() -> Usage {
        platform::of_children()
    }

    /// Returns the cost between `earlier` and `self`.
    pub fn since(self, earlier: Usage) -> Usage {
        Usage {
            user: self.user.saturating_sub(earlier.user),
            system: self.system.saturating_sub(earlier.system),
            minor_faults: self.minor_faults.saturating_sub(earlier.minor_faults),
            major_faults: self.major_faults.saturating_sub(earlier.major_faults),
        }
    }
}

#[cfg(all(test, unix))] // Wine does not count them.
mod tests {
    use super::*;

    #[test]
    fn touching_new_memory_counts_page_faults() {
        let before = Usage::now();
        // This is more than 32 MiB, which glibc always maps anew. Less may be memory that another
        // test has touched and freed.
        let pages = vec![1u8; 40 << 20];
        assert!(pages.iter().step_by(4096).all(|&b| b == 1));
        assert!(Usage::now().since(before).minor_faults > 0);
    }
}
