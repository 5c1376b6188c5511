//! No disk fails on demand. So the tests raise the exception by hand, as the system would raise it.

use std::{fs::File, io::Write, sync::Barrier, thread};

use windows_sys::Win32::System::Diagnostics::Debug::RaiseException;

use super::*;
use crate::sys::{
    PrivateMap, SharedMap,
    guard::{faults, opt_out, tests::in_child},
    windows::map::tests::has_crashed,
};

/// STATUS_DEVICE_DATA_ERROR: the error behind an in-page error.
const DISK_ERROR: usize = 0xC000_009C;

fn mapped(pages: usize) -> (File, PrivateMap) {
    let mut file = tempfile::tempfile().unwrap();
    let bytes = vec![b'x'; pages * page_bytes()];
    file.write_all(&bytes).unwrap();
    let map = PrivateMap::open(&file, 0, bytes.len() as u64).unwrap();
    (file, map)
}

/// Raises the exception, as if the page at `place` could not be read.
fn raise_at(place: *const u8) {
    let parameters = [READ, place.expose_provenance(), DISK_ERROR];
    // SAFETY: the parameters are alive for the call.
    unsafe {
        RaiseException(
            EXCEPTION_IN_PAGE_ERROR.cast_unsigned(),
            0,
            3,
            parameters.as_ptr(),
        )
    };
}

#[test]
fn a_page_that_cannot_be_read_makes_zeros_of_its_mapping_and_all_of_it_is_lost() {
    let (_file, map) = mapped(40);
    let (_other, whole) = mapped(2);
    assert_eq!(map.lost_from(), None);
    let before = faults();
    raise_at(&raw const map.bytes()[10 * page_bytes()]);
    assert!(faults() > before);
    assert_eq!(map.lost_from(), Some(0));
    assert!(map.bytes().iter().all(|&byte| byte == 0));
    map.release(0..map.bytes().len());
    assert_eq!(map.bytes()[5], 0);
    assert!(whole.bytes().iter().all(|&byte| byte == b'x'));
    assert_eq!(whole.lost_from(), None);
    drop(map);
    let (_next, next) = mapped(40);
    assert!(next.bytes().iter().all(|&byte| byte == b'x'));
    assert_eq!(next.lost_from(), None);
}

#[test]
fn many_threads_may_meet_it_at_once() {
    const THREADS: usize = 8;
    for _ in 0..20 {
        let (_file, map) = mapped(64);
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            for nth in 0..THREADS {
                let (map, barrier) = (&map, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    if nth % 2 == 0 {
                        raise_at(&raw const map.bytes()[nth * 8 * page_bytes()]);
                    }
                    for page in map.bytes().chunks(page_bytes()) {
                        assert!(matches!(page[nth], 0 | b'x'));
                    }
                });
            }
        });
        assert_eq!(map.lost_from(), Some(0));
    }
}

#[test]
fn a_board_that_cannot_be_read_ends_the_process_with_a_message() {
    let name = "sys::windows::in_page::tests::\
                a_board_that_cannot_be_read_ends_the_process_with_a_message";
    let Some(output) = in_child(name) else {
        let file = tempfile::tempfile().unwrap();
        let map = SharedMap::create(&file, 1000).unwrap();
        raise_at(map.words().as_ptr().cast());
        return;
    };
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("a mapped file cannot be read any more"),
        "{output:?}"
    );
}

#[test]
fn an_exception_in_a_program_that_opted_out_still_crashes() {
    let name = "sys::windows::in_page::tests::\
                an_exception_in_a_program_that_opted_out_still_crashes";
    let Some(output) = in_child(name) else {
        assert!(opt_out(), "nothing is installed yet");
        let (_file, map) = mapped(1);
        return raise_at(map.bytes().as_ptr());
    };
    assert!(has_crashed(output.status), "{output:?}");
}

#[test]
fn an_exception_elsewhere_still_crashes() {
    let name = "sys::windows::in_page::tests::an_exception_elsewhere_still_crashes";
    let Some(output) = in_child(name) else {
        let (_file, _map) = mapped(1);
        return raise_at([0u8; 10].as_ptr());
    };
    assert!(has_crashed(output.status), "{output:?}");
}
