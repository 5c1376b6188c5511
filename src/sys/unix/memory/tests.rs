//! Checks the counters of this process.

use super::*;

#[test]
fn memory_in_use_is_resident_and_private() {
    let bytes = vec![1u8; 64 << 20];
    // Other tests run at the same time, so only this much is certain.
    assert!(private_bytes().unwrap() >= 60 << 20);
    assert!(peak_resident_bytes().unwrap() >= 60 << 20);
    assert!(bytes.iter().all(|&byte| byte == 1));
}

#[test]
fn an_unknown_field_is_none() {
    assert_eq!(status_field("NoSuchField:"), None);
}
