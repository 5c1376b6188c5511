//! How wide the terminal is.

use std::{io, mem::MaybeUninit, os::fd::AsRawFd};

/// How many columns the terminal on standard output has; none if it is no terminal, or does not know.
pub fn terminal_columns() -> Option<usize> {
    let mut raw = MaybeUninit::<libc::winsize>::zeroed();
    let stdout = io::stdout().as_raw_fd();
    // SAFETY: `raw` is valid for writes of one winsize, which is what TIOCGWINSZ writes; on a descriptor that is no
    // terminal it writes nothing and is an error.
    let failed = unsafe { libc::ioctl(stdout, libc::TIOCGWINSZ, raw.as_mut_ptr()) } != 0;
    if failed {
        return None;
    }
    // SAFETY: all-zero bytes are a valid winsize (integers only), and the call has filled it in.
    let size = unsafe { raw.assume_init() };
    Some(usize::from(size.ws_col)).filter(|&columns| columns > 0)
}
