//! Runs the program with `shim.c` between it and the C library.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::LazyLock,
};

use super::super::support::{Dir, Output, Run, require};

/// The library, compiled once for each run of the tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join("shim.so");
    // Other runs may use the same folder: a rename never shows half a library.
    let compiled = folder.join(format!("shim-{}.so", process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/shim.c");
    let output = Command::new("cc")
        .args(["-Wall", "-O1", "-shared", "-fPIC", "-o"])
        .args([&compiled, &source])
        .output()
        .expect("there is a cc");
    assert!(
        output.status.success(),
        "cannot compile {}: {}",
        source.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::rename(compiled, &library).expect("the folder is ours");
    library
});

/// A directory with the file `log`, and faults that meet who reads it or writes the results.
pub(super) struct Faults {
    pub(super) dir: Dir,
    settings: Vec<(&'static str, String)>,
}

impl Faults {
    /// None if there is no C compiler.
    pub(super) fn of(log: impl AsRef<[u8]>) -> Option<Faults> {
        require("cc").then(|| {
            let dir = Dir::with_log(log);
            let file = dir.path().join("log");
            Faults {
                settings: vec![("SHIM_FILE", file.to_string_lossy().into_owned())],
                dir,
            }
        })
    }

    /// Sets a variable that `shim.c` explains.
    pub(super) fn set(mut self, name: &'static str, value: impl ToString) -> Faults {
        self.settings.retain(|(other, _)| *other != name);
        self.settings.push((name, value.to_string()));
        self
    }

    /// A run that meets these faults.
    pub(super) fn on(&self, mut run: Run) -> Run {
        for (name, value) in &self.settings {
            run = run.env(name, value);
        }
        run.env("LD_PRELOAD", &LIBRARY.to_string_lossy())
            .env("SHIM_REPORT", &self.report().to_string_lossy())
    }

    /// Runs it to its end; each of these kinds of faults must have been injected (letters, see `shim.c`).
    #[track_caller]
    pub(super) fn output(&self, run: Run, injected: &str) -> Output {
        let _ = fs::remove_file(self.report());
        let output = self.on(run).output();
        let report = fs::read_to_string(self.report()).unwrap_or_default();
        for kind in injected.chars() {
            assert!(
                report.contains(kind),
                "no fault of kind {kind} was injected, only {report:?}\n{output}"
            );
        }
        output
    }

    /// As [`Faults::output`], for `logscan ARGS` with arguments as `words` splits them.
    #[track_caller]
    pub(super) fn logscan(&self, args: &str, injected: &str) -> Output {
        self.output(self.dir.logscan(args), injected)
    }

    fn report(&self) -> PathBuf {
        self.dir.path().join("report")
    }
}
