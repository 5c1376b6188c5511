//! Everything that talks to the operating system, and the only unsafe code.
//!
//! What is above this layer sees safe functions with the same meaning on every platform.
#![allow(
    unsafe_code,
    reason = "the one place for it: every block says what makes it sound"
)]

mod cache;
mod file;
mod map;
mod memory;
pub mod sigbus;
pub(crate) mod simd;
mod stop;
mod terminal;
mod usage;

pub(crate) use self::cache::{Cached, cached, evict};
pub(crate) use self::file::{
    Awaited, Change, FileId, Stamp, has_length, input_ready, is_bad_spot, length_of, open,
    position, read_at, seek, stdin_file, stdout_id, wait_for_input,
};
pub(crate) use self::map::PrivateMap;
pub(crate) use self::memory::{peak_resident_bytes, private_bytes, reset_peak};
pub(crate) use self::sigbus::page_bytes;
pub use self::{
    stop::{Stop, signal_is_ignored},
    terminal::terminal_columns,
    usage::Usage,
};
