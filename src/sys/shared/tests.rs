//! Some of these tests have a child process, because a mapping is partly a matter between
//! processes.

use std::{env, fs::OpenOptions, path::Path};

use super::*;
use crate::sys::{
    guard::tests::{in_child, in_child_with},
    platform::{killed_by_bad_write, without_core_file},
};

/// The variable that names to the child the file that it shares with its parent.
const SHARED: &str = "LOGSCAN_TEST_SHARED";

fn open(path: &Path) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .unwrap()
}

#[test]
fn numbers_stored_in_one_mapping_are_seen_in_the_other_and_in_the_file() {
    let file = tempfile::tempfile().unwrap();
    let one = SharedMap::create(&file, 1000).unwrap();
    let other = SharedMap::open(&file).unwrap();
    let view = SharedView::open(&file).unwrap();
    assert_eq!((other.words().len(), view.word_count()), (1000, 1000));
    one.words()[999].store(7, Ordering::Release);
    assert_eq!(other.words()[999].load(Ordering::Acquire), 7);
    assert_eq!(other.words()[999].fetch_add(1, Ordering::AcqRel), 7);
    assert_eq!(view.load(999), 8);
    one.flush().unwrap();
    let mut bytes = [0; 8];
    crate::sys::read_at(&file, &mut bytes, 999 * 8).unwrap();
    assert_eq!(u64::from_ne_bytes(bytes), 8);
}

#[test]
fn what_is_in_a_file_stays_when_it_is_made_longer() {
    let file = tempfile::tempfile().unwrap();
    let map = SharedMap::create(&file, 1).unwrap();
    map.words()[0].store(u64::MAX, Ordering::Relaxed);
    let longer = SharedMap::create(&file, 3).unwrap();
    let numbers: Vec<u64> = longer
        .words()
        .iter()
        .map(|word| word.load(Ordering::Relaxed))
        .collect();
    assert_eq!(numbers, [u64::MAX, 0, 0]);
}

#[test]
fn a_file_that_is_no_whole_numbers_is_not_mapped() {
    let file = tempfile::tempfile().unwrap();
    for length in [0, 1, 7, 9, 4097] {
        file.set_len(length).unwrap();
        for refused in [
            SharedMap::open(&file).map(drop),
            SharedMap::open_private(&file).map(drop),
            SharedView::open(&file).map(drop),
        ] {
            let error = refused.unwrap_err().to_string();
            assert_eq!(error, format!("{length} bytes are no whole 64-bit numbers"));
        }
    }
    assert!(SharedMap::create(&file, 0).is_err());
    assert!(SharedMap::create(&file, usize::MAX).is_err());
}

#[test]
fn a_sealed_mapping_shows_what_others_store() {
    let file = tempfile::tempfile().unwrap();
    let map = SharedMap::create(&file, 2).unwrap();
    let other = SharedMap::open(&file).unwrap();
    map.words()[0].store(1, Ordering::Relaxed);
    let view = map.seal().unwrap();
    other.words()[1].store(2, Ordering::Release);
    assert_eq!((view.load(0), view.load(1)), (1, 2));
}

/// Stores a 1 through a mapping that is only for reading.
fn store_through(view: &SharedView) {
    let place = view.map.as_ptr().cast_mut();
    // SAFETY: none: the test is that the processor does not let it happen.
    unsafe { place.write_volatile(1) };
}

#[test]
fn a_write_through_a_view_kills_who_tries() {
    let name = "sys::shared::tests::a_write_through_a_view_kills_who_tries";
    let Some(output) = in_child(name) else {
        without_core_file();
        let file = tempfile::tempfile().unwrap();
        let _map = SharedMap::create(&file, 1).unwrap();
        store_through(&SharedView::open(&file).unwrap());
        return;
    };
    assert!(killed_by_bad_write(output.status), "{output:?}");
}

#[test]
fn a_write_through_a_sealed_mapping_kills_who_tries() {
    let name = "sys::shared::tests::a_write_through_a_sealed_mapping_kills_who_tries";
    let Some(output) = in_child(name) else {
        without_core_file();
        let file = tempfile::tempfile().unwrap();
        let map = SharedMap::create(&file, 1).unwrap();
        map.words()[0].store(5, Ordering::Relaxed);
        store_through(&map.seal().unwrap());
        return;
    };
    assert!(killed_by_bad_write(output.status), "{output:?}");
}

#[test]
fn what_a_process_stores_in_a_private_mapping_no_other_sees() {
    let name = "sys::shared::tests::what_a_process_stores_in_a_private_mapping_no_other_sees";
    let folder = tempfile::tempdir().unwrap();
    let own_path = folder.path().join("private");
    let (path, is_child) = match env::var_os(SHARED) {
        Some(path) => (path.into(), true),
        None => (own_path, false),
    };
    let file = open(&path);
    let map = SharedMap::create(&file, 4).unwrap();
    let words = map.words();
    if !is_child {
        words[0].store(1, Ordering::Release);
    }
    let Some(output) = in_child_with(name, SHARED, path.as_os_str()) else {
        let private = SharedMap::open_private(&file).unwrap();
        let own = private.words();
        assert_eq!(
            own[0].load(Ordering::Acquire),
            1,
            "it begins as the file is"
        );
        own[0].store(100, Ordering::Release);
        own[1].fetch_add(100, Ordering::AcqRel);
        assert_eq!(
            (
                own[0].load(Ordering::Acquire),
                own[1].load(Ordering::Acquire)
            ),
            (100, 100)
        );
        assert_eq!(
            words[0].load(Ordering::Acquire),
            1,
            "the file stays as it is"
        );
        // The parent looks here.
        words[2].store(2, Ordering::Release);
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let numbers: Vec<u64> = words
        .iter()
        .map(|word| word.load(Ordering::Acquire))
        .collect();
    assert_eq!(numbers, [1, 0, 2, 0]);
}
