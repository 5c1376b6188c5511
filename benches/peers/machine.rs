//! What the figures were measured on.

use std::{fs, thread};

use crate::report::Machine;

/// What the system says; "unknown" where it does not.
pub(crate) fn describe() -> Machine {
    Machine {
        cpu: field("/proc/cpuinfo", "model name"),
        cores: cores(),
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
            .map_or("unknown".into(), |text| text.trim().into()),
        memory: format!("{} of memory", field("/proc/meminfo", "MemTotal")),
    }
}

/// How many threads are used for `--threads 0`.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.split_once(':'))
        .map(|(_, value)| value.trim().into());
    value.unwrap_or_else(|| "unknown".into())
}
