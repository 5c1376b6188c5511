//! The parts that differ on Unix: Linux, macOS, and other systems as far as they are like these.

mod board;
mod cache;
mod clock;
mod file;
mod input;
mod machine;
mod map;
mod memory;
mod sigbus;
#[cfg(feature = "cli")]
mod signals;
#[cfg(feature = "cli")]
mod terminal;
mod usage;

#[cfg(test)]
pub(crate) use self::file::of_pipe as file_of_pipe;
#[cfg(test)]
pub(super) use self::sigbus::tests::{killed_by_bad_write, without_core_file};
pub(crate) use self::{
    board::{Locked, SharedFile, is_symbolic_link},
    cache::{advise_sequential, cached, evict},
    clock::{boot_id, monotonic_ns},
    file::{
        is_bad_spot, length_of, name_of, new_private, open, open_regular, position, read_some_at,
        seek, stdin_file, stdout_id,
    },
    input::{input_ready, read_unless_stopped, widen_pipe},
    machine::{file_system, huge_pages, kernel, memory_bytes, processor},
    map::{auto_maps, page_bytes},
    memory::{address_bytes_left, peak_resident_bytes, private_bytes, reset_peak},
};
pub(super) use self::{
    input::Wake,
    map::{MappedRegion, give_back, map_private, protect, region, reserve},
    sigbus::install_fault_handler,
    usage::{of_children, of_this_process},
};
#[cfg(feature = "cli")]
pub use self::{
    signals::Signals,
    terminal::{stdout_is_pipe, terminal_stdout, wide_stdout},
};
