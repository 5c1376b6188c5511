//! Bytes that begin like compressed data, or like UTF-16. Any number of workers finds the same
//! lines, and reports the same errors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Source, Workers, scan};

/// The first bytes of members, and no bytes.
const MAGICS: [&[u8]; 8] = [
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46",
    b"BZh11AY&SY",
    b"\x04\x22\x4d\x18\x64\x40\xa7",
    b"\xff\xfe",
    b"\xfe\xff",
    b"",
];

fuzz_target!(|case: (u8, &[u8])| {
    let (nth, bytes) = case;
    let magic = MAGICS[usize::from(nth) % MAGICS.len()];
    let encoded = [magic, bytes].concat();
    let scan = Scan::new(Matcher::new(&Patterns::new(".")).expect("it is a pattern"));
    let answer = |threads| {
        let mut lines = Vec::new();
        let mut sink = EachLine::new(|line| {
            lines.push(line.bytes.to_vec());
            Ok(())
        });
        let mut source = Source::from_bytes("log".as_ref(), encoded.clone());
        let workers = Workers::new(threads);
        let ran = scan::run(&scan, &mut source, &workers, &Progress::new(), &mut sink);
        let said = match ran {
            Ok(summary) => summary.into_result().map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        (lines, said)
    };
    assert_eq!(answer(1), answer(3));
});
