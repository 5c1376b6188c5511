//! Threads that the system refuses to start: there are fewer then, and the results are the same.

use std::process::Command;

use super::{
    super::{record::skip, support::Dir},
    shim::Faults,
};

/// More than eight chunks of lines, every tenth of them a hit.
fn log() -> String {
    (0..300_000)
        .map(|nth| match nth % 10 {
            0 => format!("{nth} ERROR cannot connect\n"),
            _ => format!("{nth} all is well\n"),
        })
        .collect()
}

#[test]
fn fewer_threads_give_the_same_results_and_are_told() {
    let Some(faults) = Faults::of(log()) else {
        return;
    };
    let commands = [
        "-n ERROR log --chunk-size=100000",
        "--no-mmap -c ERROR log --chunk-size=100000",
        "templates log",
    ];
    for command in commands {
        let want = faults.dir.logscan(&format!("{command} -j1")).output();
        want.code_is(0);
        // Eight are wanted: of those that start, none are used but by halves.
        for (can_start, used) in [(0, 1), (1, 1), (3, 2), (7, 4)] {
            let faults = Faults::of(log())
                .expect("there was one before")
                .set("SHIM_THREADS", can_start);
            let output = faults.logscan(&format!("{command} -j8"), "t");
            output.code_is(0);
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&want.stdout),
                "{command}, {can_start}"
            );
            let verb = if used == 1 { "is" } else { "are" };
            assert_eq!(
                String::from_utf8_lossy(&output.stderr),
                format!(
                    "logscan: 8 threads could not be started (Resource temporarily unavailable): {used} {verb} used; \
                     the results are the same\n"
                ),
                "{command}, {can_start}"
            );
        }
    }
}

#[test]
fn a_limit_of_address_space_gives_fewer_threads_and_the_same_results() {
    // The program itself takes some 20 MiB, and a thread 96 at the most.
    const LIMIT_KIB: u32 = 400_000;
    let dir = Dir::with_log(log());
    let want = dir.logscan("-c ERROR log -j1").output();
    let program = env!("CARGO_BIN_EXE_logscan");
    let limited = format!("ulimit -v {LIMIT_KIB} || exit 77; exec '{program}' -c ERROR log -j16");
    let output = Command::new("sh")
        .args(["-c", &limited])
        .current_dir(dir.path())
        .output()
        .expect("there is a sh");
    if output.status.code() == Some(77) {
        skip("needs a shell and a system that know ulimit -v");
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, want.stdout, "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.starts_with("logscan: 16 threads could not be started (the limit of address space"),
        "{output:?}"
    );
}
