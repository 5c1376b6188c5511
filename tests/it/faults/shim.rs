//! Runs the program with `shim.c` between it and the C library.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process,
    sync::LazyLock,
};

use super::super::{
    record::skip,
    support::{Dir, Output, Run, require},
};
use super::compiled;

/// The library, compiled once for each run of the tests.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tempfile::tempdir().expect("the temp directory is writable");
    let built = folder.path().join("shim.so");
    if let Err(why) = compiled::compile(&built) {
        panic!("{why}");
    }
    // Other runs may use the same folder: a rename never shows half a library.
    let library = kept.join("shim.so");
    let copy = kept.join(format!("shim-{}.so", process::id()));
    match fs::copy(&built, &copy).and_then(|_| fs::rename(&copy, &library)) {
        Ok(()) => Library::Kept(library),
        Err(_) => Library::Held(fs::read(built).expect("it was just written")),
    }
});

/// Where the compiled library is.
enum Library {
    /// In the target folder, of which we know that programs may be run there.
    Kept(PathBuf),
    /// In memory, because the target folder is only for reading.
    Held(Vec<u8>),
}

/// The library for the loader, in the directory of the run: a full path may have spaces in it,
/// which end a name there.
const PRELOADED: &str = "./shim.so";

/// What `shim.c` and the tests count with.
const PAGE: &str = "4 kB";

/// A directory with the file `log`, and faults that meet who reads it or writes the results.
pub(super) struct Faults {
    pub(super) dir: Dir,
    settings: Vec<(&'static str, String)>,
}

impl Faults {
    /// None, and the test is skipped, if there is no C compiler or the system has large pages.
    pub(super) fn of(log: impl AsRef<[u8]>) -> Option<Faults> {
        if !is_usable() {
            return None;
        }
        let dir = Dir::with_log(log);
        let preloaded = dir.path().join(PRELOADED);
        match &*LIBRARY {
            Library::Kept(library) => symlink(library, preloaded),
            Library::Held(library) => fs::write(preloaded, library),
        }
        .expect("the temp directory is writable");
        let file = dir.path().join("log");
        Some(Faults {
            settings: vec![("SHIM_FILE", file.to_string_lossy().into_owned())],
            dir,
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
        run.env("LD_PRELOAD", PRELOADED)
            .env("SHIM_REPORT", &self.report().to_string_lossy())
    }

    /// Runs it to its end; each of these kinds of faults must have been injected (letters, see
    /// `shim.c`).
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

/// Whether faults can be injected; otherwise a part of the test is skipped.
fn is_usable() -> bool {
    if !require("cc") {
        return false;
    }
    let page = page_size();
    if page != PAGE {
        skip(&format!("needs pages of {PAGE}, and these are {page}"));
    }
    page == PAGE
}

/// The library as a file, for who runs the program in a way of their own; if there is none, a part
/// of the test is skipped.
pub(crate) fn library() -> Option<PathBuf> {
    if !is_usable() {
        return None;
    }
    match &*LIBRARY {
        Library::Kept(library) => Some(library.clone()),
        Library::Held(_) => {
            skip("faults of system calls: the target folder cannot be written");
            None
        }
    }
}

/// As the kernel says it of our own memory.
fn page_size() -> String {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let size = maps
        .lines()
        .find_map(|line| line.strip_prefix("KernelPageSize:"));
    size.map_or(PAGE, str::trim).into()
}
