//! What goes wrong outside of the program: unreadable sectors, files that cannot be opened, full
//! devices, logs that are cut, moved or rewritten while they are searched.
//!
//! Errors of the disk and of the kernel are injected by `shim.c`, which needs a C compiler;
//! `LOGSCAN_REQUIRE=cc` makes its absence a failure.

/// Logs that are moved, replaced, rewritten, appended to or cut during the search.
mod changes;
/// Compiles the library that injects faults.
mod compiled;
/// Parts of a file that cannot be read: the rest is searched.
mod gaps;
/// Inputs that cannot be opened, asked or mapped, that fail altogether, or that read in odd ways.
mod inputs;
/// Standard outputs that are full, broken or slow.
mod outputs;
/// Runs the program with injected faults.
mod shim;
/// Threads that cannot be started.
mod threads;

pub(crate) use shim::library;
