//! Runs `logscan` and other programs in a directory of their own, and says everything about a run
//! that went wrong.
//!
//! A failure shows the command (ready to paste into a shell), the directory with its files, the
//! status and both outputs. Every run has a deadline, so that a hang is a failure too.

use std::{
    env,
    fmt::{self, Write as _},
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::record::skip;

/// Only a guard against hangs: nothing here takes a hundredth of it, unless the machine has a
/// hundred things to do.
pub(crate) const HANG: Duration = Duration::from_secs(600);

/// How often a running program is looked at.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// The program under test.
pub(crate) const LOGSCAN: &str = env!("CARGO_BIN_EXE_logscan");

/// The commands beside a search.
pub(crate) const COMMANDS: [&str; 7] = [
    "compare",
    "digest",
    "generate",
    "mcp",
    "monitor",
    "templates",
    "triage",
];

/// How much of an output a failure shows.
const SHOWN_BYTES: usize = 4000;

/// Whether an outside program is there, or one that can do what is named behind it. If it is not,
/// the test is skipped and should return; if `LOGSCAN_REQUIRE` (a list with commas) names the
/// program, it must be there.
pub(crate) fn require(tool: &str) -> bool {
    let lack = lack_of(tool);
    let required = env::var("LOGSCAN_REQUIRE").unwrap_or_default();
    if let Some(lack) = &lack {
        assert!(
            !required
                .split(',')
                .any(|name| Some(name.trim()) == tool.split(' ').next()),
            "LOGSCAN_REQUIRE={required}, but {tool}: {lack}"
        );
        skip(&format!("needs {tool}: {lack}"));
    }
    lack.is_none()
}

/// What a program lacks to be used.
fn lack_of(tool: &str) -> Option<String> {
    let program = tool.split(' ').next().unwrap_or(tool);
    // Files, and no programs: one that bash sources, and one that is in the repository only, not in
    // the crate.
    let file = match tool {
        "bash-completion" => Some(Path::new("/usr/share/bash-completion/bash_completion").into()),
        "repository" => Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")),
        _ => None,
    };
    if let Some(file) = file {
        let is_there = file.exists();
        return (!is_there).then(|| format!("there is no {}", file.display()));
    }
    if tool == "mcp" {
        let lack = || "Python has no package mcp (pip install mcp)".to_owned();
        let imported = output_of(&mcp_python(), &["-c", "import mcp"]);
        return imported.is_none().then(lack);
    }
    // Neither of these two knows --version.
    let shows_itself: &[&str] = match program {
        "dash" => &["-c", "true"],
        "busybox" => &["true"],
        _ => &["--version"],
    };
    let Some(version) = output_of(program, shows_itself) else {
        return Some("it is not there, or does not work".into());
    };
    let kind = match tool {
        "grep" => "GNU grep",
        "script" => "util-linux",
        // Whose messages the tests know.
        "rg --json" => "ripgrep 15.",
        _ => "",
    };
    if !version.contains(kind) {
        let first = version.lines().next().unwrap_or_default();
        let kind = kind.trim_end_matches('.');
        return Some(format!("it must be {kind}, and this is {first}"));
    }
    let has_terminal = || output_of(tool, &["-qec", "true", NOTHING]).is_some();
    (tool == "script" && !has_terminal()).then(|| "it gets no terminal here".into())
}

/// A Python that has the package `mcp`, if there is one.
pub(crate) fn mcp_python() -> String {
    env::var("LOGSCAN_MCP_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// What a program that went well has printed.
fn output_of(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = || String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(text)
}

/// A device with nothing in it.
pub(crate) const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// What the system says of a file that is not there.
pub(crate) fn no_such_file() -> String {
    let error = fs::File::open("no such file").expect_err("there is none");
    logscan::Reason(&error).to_string()
}

/// A directory for one test, gone afterwards.
pub(crate) struct Dir(tempfile::TempDir);

impl Dir {
    pub(crate) fn new() -> Dir {
        Dir(tempfile::tempdir().expect("the temp directory is writable"))
    }

    /// A directory with one file, `log`.
    pub(crate) fn with_log(log: impl AsRef<[u8]>) -> Dir {
        let dir = Dir::new();
        dir.file("log", log);
        dir
    }

    /// Writes a file, and makes the folders that lead to it. Returns its path.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        let folder = path.parent().expect("it is below the temp directory");
        fs::create_dir_all(folder).expect("the temp directory is writable");
        fs::write(&path, bytes).expect("the temp directory is writable");
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// `logscan` with arguments as [`words`] splits them.
    pub(crate) fn logscan(&self, args: &str) -> Run {
        Run::new(LOGSCAN, self.path()).args(&words(args))
    }

    /// GNU grep with arguments as [`words`] splits them.
    pub(crate) fn grep(&self, args: &str) -> Run {
        Run::new("grep", self.path()).args(&words(args))
    }

    /// Another program, which finds the program under test as `logscan`.
    #[cfg(unix)]
    pub(crate) fn program(&self, name: &str) -> Run {
        Run::new(name, self.path())
    }

    /// A shell script in which `logscan` is the program under test, with a terminal for all three
    /// streams. Its output is everything that the terminal got. Needs `script`, see [`require`].
    pub(crate) fn on_terminal(&self, script: &str) -> Run {
        let mut run = Run::new("script", self.path()).args(&["-qec", script, "/dev/null"]);
        run.command.env("SHELL", "/bin/sh");
        run.input = Input::Open;
        run
    }

    /// A shell script in which `logscan` is the program under test.
    pub(crate) fn sh(&self, script: &str) -> Run {
        sh_in(self.path(), script)
    }
}

/// A shell script in which `logscan` is the program under test, run in `cwd`.
pub(crate) fn sh_in(cwd: &Path, script: &str) -> Run {
    Run::new("sh", cwd).args(&["-c", script])
}

/// A program of examples/, run in `cwd`. `cargo test` builds them, but `cargo test --test it` alone
/// does not: then the test is skipped and should return.
pub(crate) fn example(name: &str, cwd: &Path) -> Option<Run> {
    let file = format!("examples/{name}{}", env::consts::EXE_SUFFIX);
    let program = Path::new(LOGSCAN).with_file_name(file);
    if !program.exists() {
        skip(&format!("needs the example {name}, which is not built"));
        return None;
    }
    Some(Run::new(&program.to_string_lossy(), cwd))
}

/// The words between spaces; `''` stands for an empty argument.
pub(crate) fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace()
        .map(|word| if word == "''" { "" } else { word })
        .collect()
}

/// Where a run's standard input comes from.
enum Input {
    Null,
    /// A pipe with nothing in it, which stays open: at its end `script` would type a Ctrl-D.
    Open,
    Pipe(Vec<u8>),
    File(PathBuf),
}

/// A program about to be run.
pub(crate) struct Run {
    command: Command,
    input: Input,
}

impl Run {
    fn new(program: &str, cwd: &Path) -> Run {
        let mut command = Command::new(program);
        let folder = Path::new(LOGSCAN)
            .parent()
            .expect("the program is in a folder");
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&path));
        command
            .current_dir(cwd)
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .env("LOGSCAN_CONFIG", ""); // none, whatever is in the home of who runs the tests
        let path = env::join_paths(folders).expect("no folder has a separator in its name");
        command.env("PATH", path);
        for name in [
            "GREP_COLORS",
            "GREP_COLOR",
            "NO_COLOR",
            "COLUMNS",
            "POSIXLY_CORRECT",
        ] {
            command.env_remove(name);
        }
        Run {
            command,
            input: Input::Null,
        }
    }

    pub(crate) fn arg(mut self, arg: &str) -> Run {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Run {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Run {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Run {
        self.command.env_remove(name);
        self
    }

    /// The standard input is a pipe with these bytes.
    pub(crate) fn pipe(mut self, bytes: impl AsRef<[u8]>) -> Run {
        self.input = Input::Pipe(bytes.as_ref().to_vec());
        self
    }

    /// The standard input is a regular file.
    pub(crate) fn stdin_file(mut self, path: &Path) -> Run {
        self.input = Input::File(path.into());
        self
    }

    /// The command as a shell would take it, and where.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("cd {} && ", quoted(&self.cwd().to_string_lossy()));
        text.push_str(&quoted(&self.command.get_program().to_string_lossy()));
        for arg in self.command.get_args() {
            let _ = write!(text, " {}", quoted(&arg.to_string_lossy()));
        }
        match &self.input {
            Input::Null | Input::Open => {}
            Input::File(path) => {
                let _ = write!(text, " < {}", path.display());
            }
            Input::Pipe(bytes) => {
                let start = &bytes[..bytes.len().min(SHOWN_BYTES)];
                let _ = write!(text, "   # stdin is a pipe with {:?}", Text(start));
            }
        }
        text
    }

    fn cwd(&self) -> &Path {
        self.command
            .get_current_dir()
            .expect("it was set in Run::new")
    }

    /// Starts it, for tests that talk to a running program. Standard input is a pipe if it was
    /// never given.
    pub(crate) fn start(mut self) -> Child {
        let shown = self.shown();
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Input::File(path) = &self.input {
            self.command
                .stdin(fs::File::open(path).expect("a test wrote it"));
        }
        self.command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {shown}: {error}"))
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn output(mut self) -> Output {
        let (shown, cwd) = (self.shown(), self.cwd().to_path_buf());
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let bytes = match &self.input {
            Input::Null => {
                self.command.stdin(Stdio::null());
                None
            }
            Input::Open => {
                self.command.stdin(Stdio::piped());
                None
            }
            Input::File(path) => {
                self.command
                    .stdin(fs::File::open(path).expect("a test wrote it"));
                None
            }
            Input::Pipe(bytes) => {
                self.command.stdin(Stdio::piped());
                Some(bytes.clone())
            }
        };
        let mut child = match self.command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("cannot start {shown}: {error}"),
        };
        if let Some(bytes) = bytes {
            let mut stdin = child.stdin.take().expect("it is piped");
            // A program that has seen enough closes the pipe: no concern of ours.
            thread::spawn(move || drop(stdin.write_all(&bytes)));
        }
        let stdout = read_all(child.stdout.take().expect("it is piped"));
        let stderr = read_all(child.stderr.take().expect("it is piped"));
        let (Ok(stdout), Ok(stderr)) = (stdout.recv_timeout(HANG), stderr.recv_timeout(HANG))
        else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("still running after {HANG:?}: {shown}");
        };
        let status = child.wait().expect("it is our child");
        Output {
            shown,
            cwd,
            code: status.code(),
            status: status.to_string(),
            stdout,
            stderr,
        }
    }
}

fn read_all(mut from: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for a program that is about to end.
#[track_caller]
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status;
        }
        assert!(begun.elapsed() < HANG, "the program does not end");
        thread::sleep(POLL);
    }
}

/// Looks again and again until there is what is waited for.
#[cfg(unix)]
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < HANG, "it did not come");
        thread::yield_now();
    }
}

/// Sends a signal, and waits until the program has taken it or ended, where /proc tells.
#[cfg(unix)]
pub(crate) fn send(child: &Child, signal: &str) {
    let pid = child.id();
    // The program may have ended by now; then there is nobody to send it to.
    Command::new("sh")
        .args(["-c", &format!("kill -{signal} {pid} 2>&-")])
        .status()
        .expect("there is a shell");
    wait_for(|| {
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else {
            return Some(());
        };
        let has_taken = signals(&status, "ShdPnd:").unwrap_or(0) == 0;
        (has_taken || status.contains("State:\tZ")).then_some(())
    });
}

/// Whether a program that is started here gets SIGINT and SIGTERM, as far as /proc tells. If it
/// does not, as behind nohup or in the background of a script, the test is skipped and should
/// return.
#[cfg(unix)]
pub(crate) fn signals_arrive() -> bool {
    const INT_AND_TERM: u64 = 1 << 1 | 1 << 14;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let are_ignored = signals(&status, "SigIgn:").unwrap_or(0) & INT_AND_TERM != 0;
    if are_ignored {
        skip("needs SIGINT and SIGTERM, which are ignored here");
    }
    !are_ignored
}

/// A set of signals from a file such as /proc/self/status.
#[cfg(unix)]
fn signals(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// What comes out of a pipe, as it comes.
pub(crate) fn chunks_of(mut stdout: ChildStdout) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stdout.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Ends the program if the test ends first.
pub(crate) struct KillOnDrop(pub(crate) Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a run gave.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) shown: String,
    cwd: PathBuf,
    status: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn stdout_is(&self, want: impl AsRef<[u8]>) -> &Output {
        let want = want.as_ref();
        assert!(self.stdout == want, "want stdout:\n{}\n{self}", Block(want));
        self
    }

    #[track_caller]
    pub(crate) fn code_is(&self, want: i32) -> &Output {
        assert!(self.code == Some(want), "want exit status {want}\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn stderr_is_empty(&self) -> &Output {
        assert!(self.stderr.is_empty(), "want nothing on stderr\n{self}");
        self
    }

    /// The standard output is one of these: for what depends on the machine.
    #[track_caller]
    #[cfg(unix)]
    pub(crate) fn stdout_is_one_of(&self, wants: &[&str]) -> &Output {
        assert!(
            wants.iter().any(|want| self.stdout == want.as_bytes()),
            "want one of {wants:?}\n{self}"
        );
        self
    }

    /// The text occurs in stderr, whatever its case.
    #[track_caller]
    pub(crate) fn stderr_has(&self, want: &str) -> &Output {
        let stderr = String::from_utf8_lossy(&self.stderr).to_lowercase();
        assert!(
            stderr.contains(&want.to_lowercase()),
            "want on stderr: {want}\n{self}"
        );
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "command: {}", self.shown)?;
        write!(f, "files:  ")?;
        let mut names: Vec<_> = fs::read_dir(&self.cwd)
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        names.sort_by_key(fs::DirEntry::file_name);
        for entry in names.iter().take(20) {
            let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
            write!(
                f,
                " {} ({bytes} bytes)",
                entry.file_name().to_string_lossy()
            )?;
        }
        writeln!(f, "\n{}", self.status)?;
        write!(
            f,
            "stdout:\n{}\nstderr:\n{}",
            Block(&self.stdout),
            Block(&self.stderr)
        )
    }
}

/// Bytes line by line, each quoted, so that a CR, a NUL or a missing newline can be seen.
pub(crate) struct Block<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(SHOWN_BYTES)];
        for line in shown.split_inclusive(|&byte| byte == b'\n') {
            writeln!(f, "  {:?}", Text(line))?;
        }
        if shown.len() < self.0.len() {
            writeln!(f, "  ... and {} bytes more", self.0.len() - shown.len())?;
        }
        Ok(())
    }
}

/// Bytes as a quoted string: text where it is, escapes elsewhere.
struct Text<'a>(&'a [u8]);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for part in self.0.utf8_chunks() {
            write!(f, "{}", part.valid().escape_debug())?;
            write!(f, "{}", part.invalid().escape_ascii())?;
        }
        f.write_str("\"")
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// By which path the bytes of one file reach the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Mapped,
    Read,
    Pipe,
    StdinFile,
    /// As one of several small files, which are searched together. No flag may ask for anything
    /// that takes a file out of them, so there is no size of chunks.
    Small,
}

/// One way to do the same search: nothing of it may show in the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) path: Via,
    pub(crate) chunk_bytes: &'static str,
    pub(crate) threads: &'static str,
}

impl Way {
    /// Every path with every chunk size, and a number of threads that changes from one to the next.
    /// Then a file as users name it, without flags about how it is read.
    pub(crate) fn all() -> impl Iterator<Item = Way> {
        let small = Way {
            path: Via::Small,
            chunk_bytes: "1M",
            threads: "2",
        };
        let paths = [Via::Mapped, Via::Read, Via::Pipe, Via::StdinFile];
        let chunks = ["1", "7", "64K"];
        let threads = ["1", "2", "7"];
        let ways = paths.into_iter().enumerate().flat_map(move |(p, path)| {
            chunks
                .into_iter()
                .enumerate()
                .map(move |(c, chunk_bytes)| Way {
                    path,
                    chunk_bytes,
                    threads: threads[(p + c) % 3],
                })
        });
        ways.chain([small])
    }

    /// `logscan ARGS FILE` in this way. With a pipe, or with standard input, there is no file name
    /// to be shown.
    pub(crate) fn run(self, dir: &Dir, args: &[&str], file: &str) -> Run {
        let flags = ["-j", self.threads, "--chunk-size", self.chunk_bytes];
        let flags = match self.path {
            Via::Small => &flags[..2],
            _ => &flags,
        };
        let run = dir.logscan("").args(flags).args(args);
        let path = dir.path().join(file);
        match self.path {
            Via::Mapped => run.arg("--mmap").arg(file),
            Via::Read => run.arg("--no-mmap").arg(file),
            Via::Pipe => run.pipe(fs::read(path).expect("a test wrote it")),
            Via::StdinFile => run.stdin_file(&path),
            Via::Small => run.arg(file),
        }
    }
}

/// `logscan ARGS log` gives these bytes and this status, in every way to read the file. Arguments
/// as [`words`].
#[track_caller]
pub(crate) fn check(dir: &Dir, args: &str, want: impl AsRef<[u8]>, code: i32) {
    check_args(dir, &words(args), want, code);
}

/// As [`check`], for arguments with spaces in them.
#[track_caller]
pub(crate) fn check_args(dir: &Dir, args: &[&str], want: impl AsRef<[u8]>, code: i32) {
    for way in Way::all() {
        way.run(dir, args, "log")
            .output()
            .stdout_is(want.as_ref())
            .code_is(code);
    }
}

/// Every way gives the same output, stderr and status: returns them.
#[track_caller]
pub(crate) fn same_in_every_way(dir: &Dir, args: &str) -> Output {
    let mut first: Option<Output> = None;
    for way in Way::all() {
        let output = way.run(dir, &words(args), "log").output();
        let Some(first) = &first else {
            first = Some(output);
            continue;
        };
        let nameless = |output: &Output| {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            text.replace("(standard input)", "log")
                .replace("<stdin>", "log")
                .replace(" -:", " log:")
        };
        assert!(
            first.stdout == output.stdout
                && first.code == output.code
                && nameless(first) == nameless(&output),
            "two ways differ:\n{first}\n\n{output}"
        );
    }
    first.expect("there is more than one way")
}

/// `text` as one member of gzip.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("there is room");
    encoder.finish().expect("there is room")
}

/// The bytes with a fixed look of chance: lines over a small alphabet, with rare odd bytes.
pub(crate) fn random_log(seed: u64, lines: usize) -> Vec<u8> {
    let mut random = Random(seed);
    let words: [&[u8]; 12] = [
        b"ERROR",
        b"error",
        b"warn",
        b"a",
        b"ab",
        b"abab",
        b"x1",
        b"foo_bar",
        b"foo-bar",
        b" ",
        b"\xc3\xa9",
        b":",
    ];
    let mut log = Vec::new();
    for _ in 0..lines {
        for _ in 0..random.below(9) {
            log.extend_from_slice(words[random.below(words.len())]);
            if random.below(3) == 0 {
                log.push(b' ');
            }
        }
        log.push(b'\n');
    }
    log
}

/// A small generator of numbers (xorshift), the same on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 33) % limit as u64).expect("it is below a usize")
    }
}

/// Whether a large file may be mapped without `--mmap` where the file of a search with `--stats`
/// lies: not on an overlay, for instance, on which a mapping and reads may differ.
pub(crate) fn maps_by_itself(output: &Output) -> bool {
    !String::from_utf8_lossy(&output.stderr).contains("a mapping and reads may differ")
}
