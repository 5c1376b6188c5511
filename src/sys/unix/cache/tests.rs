//! Gets files into the page cache and out of it.

use std::io::{Seek, SeekFrom, Write};

use super::*;

/// A distance that is larger than what a file system takes into the cache at once. That may be a
/// page of 2 MiB, or of 512 MiB where pages have 64 KiB.
const FAR: u64 = 2 << 30;

#[test]
fn what_was_just_written_is_in_the_cache_and_a_hole_is_not() {
    let mut file = tempfile::tempfile().unwrap();
    let page_bytes = crate::sys::page_bytes();
    let page = page_bytes as u64;
    file.write_all(&vec![b'x'; 3 * page_bytes + 1]).unwrap();
    let cached_pages = |file: &File, pages| cached(file, pages * page).unwrap().unwrap();
    assert_eq!(
        cached_pages(&file, 4),
        Cached {
            pages: 4,
            resident: 4
        }
    );
    let pages = FAR / page + 1;
    file.seek(SeekFrom::Start((pages - 1) * page)).unwrap();
    file.write_all(b"x").unwrap();
    let all = cached_pages(&file, pages);
    assert_eq!(all.pages, pages);
    assert!(all.resident >= 5 && all.share() < 1.0, "{all:?}");
}

#[test]
fn a_file_larger_than_one_call_is_counted_whole() {
    let mut file = tempfile::tempfile().unwrap();
    let page = crate::sys::page_bytes() as u64;
    let pages = (PAGES_PER_CALL as u64 * 2 + 3).max(FAR / page);
    file.seek(SeekFrom::Start(pages * page - 1)).unwrap();
    file.write_all(b"x").unwrap();
    let all = cached(&file, pages * page).unwrap().unwrap();
    assert_eq!(all.pages, pages);
    assert!((1..pages / 2).contains(&all.resident), "{all:?}");
}

#[test]
fn eviction_leaves_the_bytes_as_they_are() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"some bytes").unwrap();
    evict(&file).unwrap();
    let mut bytes = [0; 10];
    crate::sys::read_at(&file, &mut bytes, 0).unwrap();
    assert_eq!(&bytes, b"some bytes");
}

#[test]
fn capabilities_are_read_as_bits() {
    assert!(!has_capability(63), "there are only some 40");
}
