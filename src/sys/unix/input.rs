//! Waits for bytes that may never come, or for a wish to stop.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsFd, AsRawFd, RawFd},
};

use crate::sys::Stop;

/// What a wait can watch beside its input: a pipe, because `poll` can wait for it. A byte is
/// written when a stop is asked for. The stop is never taken back, so nobody reads the byte.
#[derive(Debug)]
pub(crate) struct Wake {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Wake {
    pub(crate) fn new() -> io::Result<Wake> {
        let (reader, writer) = io::pipe()?;
        Ok(Wake { reader, writer })
    }

    /// Ends waits, from now on. One call is enough, and a signal handler may make it.
    pub(crate) fn wake(&self) {
        // The pipe is empty and its reader is alive, so this neither blocks nor fails.
        let _ = (&self.writer).write(b"!");
    }

    /// Returns the pipe into which a signal handler writes a byte. It need not block if the pipe is
    /// full.
    #[cfg(feature = "cli")]
    pub(crate) fn pipe(&self) -> io::Result<PipeWriter> {
        self.writer.try_clone()
    }
}

/// Reads from `file` as soon as there is something. Returns `None` if a stop is asked for before
/// that.
pub(crate) fn read_unless_stopped(
    mut file: &File,
    buffer: &mut [u8],
    stop: Option<&Stop>,
) -> io::Result<Option<usize>> {
    match wait_for_input(file, stop) {
        Awaited::Input => file.read(buffer).map(Some),
        Awaited::Stop => Ok(None),
    }
}

/// Makes a pipe as wide as anyone may make it, so that its writer and its reader wait for each
/// other less often. A search of a stream takes 0.8 of the time then (2026-11). Anything that is
/// not a pipe is left alone. So is a pipe that is wider, and one whose owner has 64 MiB in pipes
/// already (pipe-user-pages-soft in pipe(7)): an owner of that much gets narrow pipes from then on.
/// Systems other than Linux widen pipes by themselves, or not at all.
pub(crate) fn widen_pipe(pipe: &impl AsFd) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let fd = pipe.as_fd().as_raw_fd();
        // SAFETY: the descriptor is open while it is borrowed, and the call only asks.
        let bytes = unsafe { libc::fcntl(fd, libc::F_GETPIPE_SZ) };
        if (1..PIPE_BYTES).contains(&bytes) {
            // SAFETY: as above; the call takes a number and has no other precondition.
            unsafe { libc::fcntl(fd, libc::F_SETPIPE_SZ, PIPE_BYTES) };
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = pipe;
}

/// The width that a process may ask for without privileges, unless /proc/sys/fs/pipe-max-size says
/// otherwise: pipe(7).
#[cfg(any(target_os = "linux", target_os = "android"))]
const PIPE_BYTES: libc::c_int = 1 << 20;

/// How a wait for input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// A read would return at once, with bytes, with the end, or with an error.
    Input,
    /// A stop has been asked for.
    Stop,
}

/// Waits until a read from `file` would return at once, or a stop is asked for.
fn wait_for_input(file: &File, stop: Option<&Stop>) -> Awaited {
    // poll ignores a negative descriptor.
    let stop = stop.map_or(-1, |stop| stop.wake().reader.as_raw_fd());
    let mut asked = [readable(file.as_raw_fd()), readable(stop)];
    loop {
        // SAFETY: `asked` is two valid pollfds, alive for the call.
        let ready = unsafe { libc::poll(asked.as_mut_ptr(), 2, -1) };
        if ready < 0 && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted {
            continue;
        }
        return match asked[1].revents {
            // If poll has failed, the read that follows tells the reason.
            0 => Awaited::Input,
            _ => Awaited::Stop,
        };
    }
}

fn readable(fd: RawFd) -> libc::pollfd {
    libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    }
}

/// Returns whether a read from `file` would return at once, with bytes or with its end.
pub(crate) fn input_ready(file: &File) -> bool {
    let mut asked = readable(file.as_raw_fd());
    // SAFETY: `asked` is one valid pollfd, alive for the call; with a timeout of 0 poll does not
    // block.
    let ready = unsafe { libc::poll(&raw mut asked, 1, 0) };
    ready > 0
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_widened_and_what_is_none_or_wider_is_left_alone() {
        let (reader, _writer) = io::pipe().unwrap();
        let bytes = || {
            // SAFETY: the descriptor is open; the call only asks.
            unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_GETPIPE_SZ) }
        };
        let set = |bytes: libc::c_int| {
            // SAFETY: the descriptor is open; the call takes a number.
            unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETPIPE_SZ, bytes) }
        };
        let made_with = bytes();
        // The system may refuse, and then mostly refuses again. But what others have in pipes
        // changes all the time.
        let is_as_the_system_likes = (0..1000).any(|_| {
            set(made_with);
            widen_pipe(&reader);
            match (bytes(), set(PIPE_BYTES)) {
                (PIPE_BYTES, _) => true,
                (widened, -1) => widened == made_with,
                _ => false,
            }
        });
        assert!(is_as_the_system_likes, "it is left as it was made");
        if set(2 * PIPE_BYTES) == 2 * PIPE_BYTES {
            widen_pipe(&reader);
            assert_eq!(bytes(), 2 * PIPE_BYTES);
        }
        widen_pipe(&tempfile::tempfile().unwrap());
    }
}
