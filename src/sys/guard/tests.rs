//! What a handler does is a matter of the whole process, and some of it is to die: such tests run in a child.

use std::{
    env,
    ffi::OsStr,
    process::{Command, Output},
};

/// Says to the child that it is one.
const IS_CHILD: &str = "LOGSCAN_TEST_IS_CHILD";

/// Runs the test of that name again, alone in a new process, and says how that ended; `None` in that process.
pub(crate) fn in_child(test: &str) -> Option<Output> {
    in_child_with(test, IS_CHILD, OsStr::new("1"))
}

/// As [`in_child`], with a variable of the environment more.
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
