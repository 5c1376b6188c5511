//! All code that talks to the operating system, and the unsafe code that it needs.
//!
//! The layers above see safe functions that mean the same on every platform, and never ask which
//! platform it is. The files beside this one are the same everywhere. The differences are in
//! `unix/` and `windows/`, in files of the same names, and only these files differ between the
//! kinds of Unix:
//!
//! | concern | Unix | Windows |
//! |---|---|---|
//! | `board`: what processes share, its lock | a file, fcntl(2) | a file or a named mapping, LockFileEx |
//! | `cache`: what the system keeps of a file | mincore(2), posix_fadvise(2) on Linux | not told |
//! | `clock`: time that processes share | CLOCK_MONOTONIC | the unbiased interrupt time |
//! | `file`: opening, positional reads, identity | pread(2), stat(2) | ReadFile with an offset, shared for all |
//! | `input`: waiting for bytes or a stop | poll(2) and a pipe; pipes widened by fcntl(2) on Linux | CancelSynchronousIo and an event |
//! | `machine`: what is measured on | /proc and /sys on Linux | the registry |
//! | `map`: mappings, giving pages back | mmap(2), madvise(2) | MapViewOfFile, VirtualUnlock |
//! | `memory`, `usage`: what a scan cost | /proc on Linux, getrusage(2) | GetProcessMemoryInfo, GetProcessTimes |
//! | `signals`: Ctrl-C | SIGINT, SIGTERM | SetConsoleCtrlHandler |
//! | `terminal`: standard output | as it is; a pipe is widened on Linux | colours of a console by anstream, text only |
//! | faults in mappings | `sigbus` | `in_page` |
#![allow(
    unsafe_code,
    reason = "besides simd/ the one place for it: every block says what makes it sound"
)]

mod cache;
mod file;
pub mod guard;
mod map;
mod shared;
#[cfg(feature = "cli")]
mod signals;
mod stop;
#[cfg(unix)]
mod unix;
mod usage;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use self::unix as platform;
#[cfg(windows)]
use self::windows as platform;

#[cfg(test)]
pub(crate) use self::platform::file_of_pipe;
pub(crate) use self::{
    cache::Cached,
    file::{FileChange, FileInfo, Stamp, read_at},
    map::{PathTrial, PrivateMap},
    platform::{
        Locked, SharedFile, address_bytes_left, advise_sequential, auto_maps, boot_id, cached,
        evict, file_system, huge_pages, input_ready, is_bad_spot, is_symbolic_link, kernel,
        length_of, memory_bytes, monotonic_ns, name_of, new_private, open, open_regular,
        page_bytes, peak_resident_bytes, position, private_bytes, processor, read_some_at,
        read_unless_stopped, reset_peak, seek, stdin_file, stdout_id, widen_pipe,
    },
};
pub use self::{
    file::FileId,
    shared::{SharedMap, SharedView},
    stop::Stop,
    usage::Usage,
};
#[cfg(feature = "cli")]
pub use self::{
    platform::{Signals, stdout_is_pipe, terminal_stdout, wide_stdout},
    signals::Signal,
};
