//! One run of the program. It can be stopped at its output and killed, and no wait for it is
//! without a limit.

use std::{
    fs,
    io::{self, Read},
    os::unix::{net::UnixStream, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use wait4::Wait4;

/// A run that takes this long hangs. A run takes milliseconds, unless the machine has a thousand
/// things to do.
const HANG: Duration = Duration::from_secs(600);

/// How long a run may take to open its log. After that it is taken for a run that will not open it,
/// and the attack comes all the same.
const OPENS_WITHIN: Duration = Duration::from_millis(300);

/// How often the code looks whether an open file is mapped as well.
const MAPS_WITHIN: u32 = 10;

/// The command to run.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(&'static str, String)>,
    /// After this many bytes of output nobody reads on until the attack has come.
    pub(crate) read_first: Option<usize>,
    /// The kind of pipe for the output.
    pub(crate) output: Pipe,
}

/// The kind of pipe for the output of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Pipe {
    #[default]
    Pipe,
    /// A socket, which holds less before the program has to wait.
    Socket,
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    /// The exit status; `None` if a signal ended the run.
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// The most memory of the run, or of the process that started it.
    pub(crate) peak_bytes: u64,
    pub(crate) hung: bool,
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    began: Instant,
    reached: Receiver<usize>,
    go_on: Option<Sender<()>>,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

/// Starts the program in a folder.
pub(crate) fn start(program: &Path, folder: &Path, plan: Plan) -> io::Result<Running> {
    let mut command = Command::new(program);
    command
        .args(&plan.args)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("LOGSCAN_CONFIG", "")
        .envs(plan.env)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let (mut child, stdout): (Child, Box<dyn Read + Send>) = match plan.output {
        Pipe::Pipe => {
            let mut child = command.stdout(Stdio::piped()).spawn()?;
            let stdout = child.stdout.take().expect("it is piped");
            (child, Box::new(stdout))
        }
        Pipe::Socket => {
            let (ours, theirs) = UnixStream::pair()?;
            command.stdout(Stdio::from(std::os::fd::OwnedFd::from(theirs)));
            let child = command.spawn()?;
            (child, Box::new(ours))
        }
    };
    // The command holds the other end of the socket, so without this nobody would ever see the end
    // of the output.
    drop(command);
    let (reached_from, reached) = mpsc::channel();
    let (go_on, goes_on) = mpsc::channel();
    let stderr = child.stderr.take().expect("it is piped");
    Ok(Running {
        child,
        began: Instant::now(),
        reached,
        go_on: Some(go_on),
        stdout: read(stdout, plan.read_first, reached_from, goes_on),
        stderr: read(stderr, None, mpsc::channel().0, mpsc::channel().1),
    })
}

/// Reads to the end, and stops after this many bytes until the attack has come.
fn read(
    mut from: impl Read + Send + 'static,
    first: Option<usize>,
    reached: Sender<usize>,
    goes_on: Receiver<()>,
) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(first) = first {
            let _ = from.by_ref().take(first as u64).read_to_end(&mut bytes);
            let _ = reached.send(bytes.len());
            // The wait ends when the other end is dropped.
            let _ = goes_on.recv();
        }
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

impl Running {
    /// Waits until the run has opened this file, or has mapped it if it maps files, or has ended,
    /// or takes too long. Returns whether the file was seen to be mapped: then the state of the
    /// file at its opening is known.
    pub(crate) fn wait_until_open(&self, file: &Path) -> bool {
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.into());
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let is_open = || {
            let entries = fs::read_dir(process.join("fd")).ok()?;
            let mut targets = entries.flatten().map(|entry| fs::read_link(entry.path()));
            Some(targets.any(|target| target.is_ok_and(|target| target == file)))
        };
        let is_mapped = || {
            let maps = fs::read_to_string(process.join("maps")).unwrap_or_default();
            maps.contains(&*file.to_string_lossy())
        };
        while self.began.elapsed() < OPENS_WITHIN {
            match is_open() {
                None => return false, // It has ended, or there is no such folder on this system.
                Some(false) if self.child_has_ended() => return false,
                Some(false) => thread::yield_now(),
                Some(true) => return (0..MAPS_WITHIN).any(|_| is_mapped()),
            }
        }
        false
    }

    /// Returns whether only the exit status is left of the run.
    fn child_has_ended(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        let state = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.chars().next());
        matches!(state, None | Some('Z' | 'X'))
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until as much output has been read as the plan says, or all of it. Returns whether
    /// there was any.
    pub(crate) fn wait_for_output(&self) -> bool {
        self.reached.recv_timeout(HANG).is_ok_and(|read| read > 0)
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Reads everything, and waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.go_on.take());
        let stdout = self.stdout.recv_timeout(HANG);
        let stderr = self.stderr.recv_timeout(HANG);
        let hung = stdout.is_err() || stderr.is_err();
        if hung {
            let _ = self.child.kill();
        }
        let used = self.child.wait4().expect("it is our child");
        Ended {
            stdout: stdout.unwrap_or_default(),
            stderr: String::from_utf8_lossy(&stderr.unwrap_or_default()).into_owned(),
            code: used.status.code(),
            signal: used.status.signal(),
            peak_bytes: used.rusage.maxrss,
            hung,
        }
    }
}
