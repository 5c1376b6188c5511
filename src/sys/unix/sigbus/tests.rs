//! Tests of the handler run in a child process: a handler belongs to the whole process, and some of
//! these tests kill it.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::process::ExitStatusExt,
    process::{ExitStatus, Output},
    sync::Barrier,
    thread,
};

use memmap2::Mmap;

use super::*;
use crate::sys::{
    PrivateMap,
    guard::{Guarded, MAPPINGS_MAX, faults, opt_out, tests::in_child},
    page_bytes,
};

/// Returns a file of `pages` pages of `x`, and its mapping.
fn mapped(pages: usize) -> (File, PrivateMap) {
    let mut file = tempfile::tempfile().unwrap();
    let bytes = vec![b'x'; pages * page_bytes()];
    file.write_all(&bytes).unwrap();
    let map = PrivateMap::open(&file, 0, bytes.len() as u64).unwrap();
    (file, map)
}

#[test]
fn a_cut_file_reads_as_zeros_behind_the_cut_and_the_place_is_known() {
    let page_bytes = page_bytes();
    let (file, map) = mapped(8);
    assert_eq!(map.lost_from(), None);
    file.set_len(3 * page_bytes as u64 + 10).unwrap();
    let (left, lost) = map.bytes().split_at(3 * page_bytes + 10);
    assert!(left.iter().all(|&byte| byte == b'x'));
    let before = faults();
    assert!(lost.iter().all(|&byte| byte == 0));
    assert_eq!(map.lost_from(), Some(4 * page_bytes));
    assert!(faults() > before, "a fault was taken");
}

#[test]
fn each_mapping_knows_its_own_faults() {
    let page_bytes = page_bytes();
    let (cut, lost) = mapped(4);
    let (_whole, kept) = mapped(4);
    cut.set_len(0).unwrap();
    assert_eq!(lost.bytes()[2 * page_bytes], 0);
    assert_eq!(lost.lost_from(), Some(2 * page_bytes));
    assert_eq!(lost.bytes()[0], 0);
    assert_eq!(lost.lost_from(), Some(0), "the lowest fault counts");
    assert!(kept.bytes().iter().all(|&byte| byte == b'x'));
    assert_eq!(kept.lost_from(), None);
}

#[test]
fn a_mapping_from_the_middle_of_a_page_knows_where_it_lost_bytes() {
    let page_bytes = page_bytes();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![b'x'; 4 * page_bytes]).unwrap();
    let map = PrivateMap::open(&file, 100, 4 * page_bytes as u64 - 100).unwrap();
    file.set_len(page_bytes as u64).unwrap();
    assert_eq!(map.bytes().last(), Some(&0));
    assert_eq!(map.lost_from(), Some(3 * page_bytes - 100));
}

#[test]
fn a_slot_is_used_again_and_forgets_the_last_fault() {
    for _ in 0..3 * MAPPINGS_MAX {
        let (file, map) = mapped(1);
        assert_eq!(map.lost_from(), None);
        file.set_len(0).unwrap();
        assert_eq!(map.bytes()[0], 0);
        assert_eq!(map.lost_from(), Some(0));
    }
}

/// The text that a handler of the tests writes before it ends the process.
const FOREIGN: &[u8] = b"a foreign fault";

/// The exit status with which it ends the process.
const FOREIGN_STATUS: c_int = 42;

#[track_caller]
fn assert_killed(output: &Output) {
    assert_eq!(output.status.signal(), Some(libc::SIGBUS), "{output:?}");
}

/// Returns whether a process was killed because it wrote to memory that it may only read.
pub(crate) fn killed_by_bad_write(status: ExitStatus) -> bool {
    status.signal() == Some(libc::SIGSEGV)
}

/// Prevents a core file of a test that is going to die.
pub(crate) fn without_core_file() {
    let limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is complete.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const limit) };
    assert_eq!(done, 0);
}

fn install_handler(flags: c_int, handler: usize) {
    // SAFETY: all zeros is a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: `action` is complete, and its handler is what the flags say.
    let done = unsafe { libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut()) };
    assert_eq!(done, 0);
}

fn raise_sigbus() {
    // SAFETY: no preconditions.
    let sent = unsafe { libc::raise(libc::SIGBUS) };
    assert_eq!(sent, 0);
}

/// Reads a page that its file no longer has, in a mapping that is not guarded.
fn fault_elsewhere() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"x").unwrap();
    // SAFETY: private to the test, which is about what happens when the file is cut.
    let map = unsafe { Mmap::map(&file) }.unwrap();
    file.set_len(0).unwrap();
    let _ = std::hint::black_box(map[0]);
}

/// Takes a fault in a guarded mapping.
fn fault_in_guarded() {
    let (file, map) = mapped(1);
    file.set_len(0).unwrap();
    assert_eq!(map.bytes()[0], 0);
    assert_eq!(map.lost_from(), Some(0));
}

extern "C" fn tell_and_end(_: c_int, _: *mut siginfo_t, _: *mut c_void) {
    // SAFETY: the bytes are static; write is async-signal-safe.
    let _ = unsafe { libc::write(libc::STDOUT_FILENO, FOREIGN.as_ptr().cast(), FOREIGN.len()) };
    // SAFETY: _exit is async-signal-safe.
    unsafe { libc::_exit(FOREIGN_STATUS) };
}

extern "C" fn plainly_tell_and_end(_: c_int) {
    tell_and_end(0, ptr::null_mut(), ptr::null_mut());
}

extern "C" fn spoil_errno(_: c_int, _: *mut siginfo_t, _: *mut c_void) {
    set_errno(99);
}

fn set_errno(errno: c_int) {
    // SAFETY: the address of this thread's errno is valid for as long as the thread runs.
    unsafe { errno_place().write(errno) };
}

fn errno() -> Option<c_int> {
    io::Error::last_os_error().raw_os_error()
}

#[test]
fn a_signal_that_was_sent_kills() {
    let Some(output) = in_child("sys::unix::sigbus::tests::a_signal_that_was_sent_kills") else {
        without_core_file();
        fault_in_guarded();
        let _map = mapped(1);
        // SAFETY: no preconditions.
        let pid = unsafe { libc::getpid() };
        // SAFETY: as above.
        unsafe { libc::kill(pid, libc::SIGBUS) };
        // The signal may be delivered to another thread.
        loop {
            thread::park();
        }
    };
    assert_killed(&output);
}

#[test]
fn a_fault_in_a_mapping_of_somebody_else_kills() {
    let name = "sys::unix::sigbus::tests::a_fault_in_a_mapping_of_somebody_else_kills";
    let Some(output) = in_child(name) else {
        without_core_file();
        fault_in_guarded();
        return fault_elsewhere();
    };
    assert_killed(&output);
}

#[test]
fn a_fault_in_a_mapping_that_is_no_longer_guarded_kills() {
    let name = "sys::unix::sigbus::tests::a_fault_in_a_mapping_that_is_no_longer_guarded_kills";
    let Some(output) = in_child(name) else {
        without_core_file();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"x").unwrap();
        // SAFETY: private to the test, which is about what happens when the file is cut.
        let map = unsafe { Mmap::map(&file) }.unwrap();
        drop(Guarded::new(map.as_ptr(), map.len(), Protection::ReadOnly));
        file.set_len(0).unwrap();
        let _ = std::hint::black_box(map[0]);
        return;
    };
    assert_killed(&output);
}

#[test]
fn a_handler_that_was_there_first_gets_foreign_faults_and_only_these() {
    let name = "sys::unix::sigbus::tests::a_handler_that_was_there_first_gets_foreign_faults_and_only_these";
    let Some(output) = in_child(name) else {
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = tell_and_end;
        install_handler(libc::SA_SIGINFO, handler as usize);
        fault_in_guarded();
        return fault_elsewhere();
    };
    assert_eq!(output.status.code(), Some(FOREIGN_STATUS), "{output:?}");
    assert!(output.stdout.ends_with(FOREIGN), "{output:?}");
}

#[test]
fn a_plain_handler_that_was_there_first_gets_foreign_faults() {
    let name = "sys::unix::sigbus::tests::a_plain_handler_that_was_there_first_gets_foreign_faults";
    let Some(output) = in_child(name) else {
        let handler: extern "C" fn(c_int) = plainly_tell_and_end;
        install_handler(0, handler as usize);
        fault_in_guarded();
        return fault_elsewhere();
    };
    assert_eq!(output.status.code(), Some(FOREIGN_STATUS), "{output:?}");
    assert!(output.stdout.ends_with(FOREIGN), "{output:?}");
}

#[test]
fn where_the_signal_was_ignored_one_that_is_sent_stays_so_and_a_fault_kills() {
    let name = "sys::unix::sigbus::tests::\
                where_the_signal_was_ignored_one_that_is_sent_stays_so_and_a_fault_kills";
    let Some(output) = in_child(name) else {
        without_core_file();
        install_handler(0, libc::SIG_IGN);
        fault_in_guarded();
        raise_sigbus();
        println!("survived");
        return fault_elsewhere();
    };
    assert_killed(&output);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("survived"), "{output:?}");
}

#[test]
fn a_program_that_opted_out_is_killed_by_a_cut() {
    let name = "sys::unix::sigbus::tests::a_program_that_opted_out_is_killed_by_a_cut";
    let Some(output) = in_child(name) else {
        without_core_file();
        assert!(opt_out(), "nothing is installed yet");
        return fault_in_guarded();
    };
    assert_killed(&output);
}

#[test]
fn errno_is_kept() {
    let Some(output) = in_child("sys::unix::sigbus::tests::errno_is_kept") else {
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = spoil_errno;
        install_handler(libc::SA_SIGINFO, handler as usize);
        let (file, map) = mapped(1);
        file.set_len(0).unwrap();
        set_errno(libc::EDOM);
        let byte = std::hint::black_box(map.bytes()[0]);
        assert_eq!((byte, errno()), (0, Some(libc::EDOM)), "of a fault of ours");
        raise_sigbus();
        assert_eq!(errno(), Some(libc::EDOM), "of one that went on");
        return;
    };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn many_threads_may_fault_at_once() {
    const THREADS: usize = 8;
    let page_bytes = page_bytes();
    for _ in 0..20 {
        let shared = mapped(16);
        let own: Vec<_> = (0..THREADS).map(|_| mapped(4)).collect();
        let whole = mapped(4);
        shared.0.set_len(5 * page_bytes as u64).unwrap();
        for (file, _) in &own {
            file.set_len(page_bytes as u64).unwrap();
        }
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            for (nth, (_, map)) in own.iter().enumerate() {
                let (shared, whole, barrier) = (&shared.1, &whole.1, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    // Each thread begins at another page.
                    let pages = (0..16).map(|page| (page + 2 * nth) % 16);
                    for page in pages {
                        let want = if page < 5 { b'x' } else { 0 };
                        assert_eq!(shared.bytes()[page * page_bytes + 1], want);
                        assert_eq!(whole.bytes()[page % 4 * page_bytes], b'x');
                    }
                    assert_eq!(map.bytes()[page_bytes], 0);
                    assert_eq!(map.bytes()[page_bytes - 1], b'x');
                    assert_eq!(map.lost_from(), Some(page_bytes));
                });
            }
        });
        assert_eq!(shared.1.lost_from(), Some(5 * page_bytes));
        assert_eq!(whole.1.lost_from(), None);
    }
}
