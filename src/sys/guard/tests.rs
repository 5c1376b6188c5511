//! Tests of the handler run in a child process: a handler belongs to the whole process, and some of
//! these tests kill it.

use std::{
    env,
    ffi::OsStr,
    process::{Command, Output},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The variable that tells a child that it is one.
const IS_CHILD: &str = "LOGSCAN_TEST_IS_CHILD";

/// Runs the test of that name again, alone in a new process, and returns how that ended. Returns
/// `None` in the new process.
pub(crate) fn in_child(test: &str) -> Option<Output> {
    in_child_with(test, IS_CHILD, OsStr::new("1"))
}

/// Does what [`in_child`] does, with one more variable in the environment.
pub(crate) fn in_child_with(test: &str, name: &str, value: &OsStr) -> Option<Output> {
    if env::var_os(IS_CHILD).is_some() {
        return None;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(IS_CHILD, "1")
        .env(name, value)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        stdout.contains("running 1 test"),
        "no test is called {test}"
    );
    Some(output)
}

/// How long every fault takes, in milliseconds. It makes the handler slower than it is on any
/// machine. Tests set it in processes of their own. Relaxed is enough: it is set before the first
/// fault.
static FAULT_MS: AtomicU64 = AtomicU64::new(0);

#[cfg(all(unix, feature = "templates"))]
/// Makes every fault of this process take this long.
pub(crate) fn slow_down(fault_ms: u64) {
    FAULT_MS.store(fault_ms, Ordering::Relaxed);
}

/// Waits for as long as a test wants. A signal handler may call it: nanosleep(2) is allowed there.
pub(super) fn be_slow() {
    std::thread::sleep(Duration::from_millis(FAULT_MS.load(Ordering::Relaxed)));
}
