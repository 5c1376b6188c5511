//! Everything that talks to the operating system, and the only unsafe code.
//!
//! What is above this layer sees safe functions with the same meaning on every platform.
#![allow(
    unsafe_code,
    reason = "the one place for it: every block says what makes it sound"
)]

mod cache;
mod clock;
mod file;
mod lock;
mod map;
mod memory;
mod shared;
pub mod sigbus;
pub(crate) mod simd;
mod stop;
mod usage;

pub(crate) use self::cache::{Cached, cached, evict};
pub(crate) use self::clock::{boot_id, monotonic_ns};
pub(crate) use self::file::{
    Awaited, Change, FileId, Stamp, has_length, input_ready, is_bad_spot, is_symbolic_link,
    length_of, open, open_regular, open_shared, position, read_at, seek, stdin_file, stdout_id,
    wait_for_input, write_at,
};
pub(crate) use self::lock::{Locked, is_locked, try_lock};
pub(crate) use self::map::PrivateMap;
pub(crate) use self::memory::{peak_resident_bytes, private_bytes, reset_peak};
pub(crate) use self::sigbus::page_bytes;
pub use self::{
    shared::{SharedMap, SharedView},
    stop::{Stop, signal_is_ignored},
    usage::Usage,
};
