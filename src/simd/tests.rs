//! Checks that every instruction set of this machine finds what a plain loop finds.

use super::*;

/// Returns tables that let at least these bytes pass, each byte as one of three alternatives.
fn halves(offset: usize, bytes: &[u8]) -> Halves {
    let mut halves = Halves {
        offset,
        low: [0; 16],
        high: [0; 16],
    };
    for (nth, byte) in bytes.iter().enumerate() {
        halves.low[usize::from(byte & 15)] |= 1 << (nth % 3);
        halves.high[usize::from(byte >> 4)] |= 1 << (nth % 3);
    }
    halves
}

/// Returns whether a position passes, tested one byte after the other.
fn passes(tests: &KernelTests, bytes: &[u8]) -> bool {
    let bits = |halves: &Halves| {
        let byte = usize::from(bytes[halves.offset]);
        halves.low[byte & 15] & halves.high[byte >> 4]
    };
    match tests {
        KernelTests::Equal(pair) => pair
            .iter()
            .all(|equal| bytes[equal.offset] | equal.ignored == equal.byte),
        KernelTests::Alternatives(all, count) => {
            let possible = all[..*count].iter().map(bits);
            possible.fold(u8::MAX, |common, bits| common & bits) != 0
        }
        KernelTests::Rows(all, count) => all[..*count].iter().all(|halves| bits(halves) != 0),
    }
}

#[test]
fn each_instruction_set_finds_the_positions_that_a_plain_loop_finds() {
    let bytes: Vec<u8> = (0..3000_u32)
        .map(|n| b"abcdeABCDE01289.\xff"[(n.wrapping_mul(n ^ 0x9e37_79b9) >> 13) as usize % 17])
        .collect();
    let equal = |offset, byte| Equal {
        offset,
        ignored: 0,
        byte,
    };
    let letter = |offset, byte| Equal {
        offset,
        ignored: 0x20,
        byte,
    };
    let all = [
        halves(2, b"aB0\xff"),
        halves(0, b"b1eA.C2d"),
        halves(4, b"acE89b0D"),
    ];
    let mut kernels = vec![
        KernelTests::Equal([equal(0, b'a'), equal(0, b'a')]),
        KernelTests::Equal([equal(3, b'a'), equal(0, 0xff)]),
        KernelTests::Equal([letter(1, b'a'), letter(2, b'c')]),
    ];
    for count in 1..=TESTS_MAX {
        kernels.push(KernelTests::Alternatives(all, count));
        kernels.push(KernelTests::Rows(all, count));
    }
    for (tests, level) in kernels.iter().flat_map(|tests| {
        InstructionSet::all()
            .into_iter()
            .map(move |level| (tests, level))
    }) {
        for (from, length) in [(0, 3000), (7, 3000), (0, 300), (250, 300), (3, 50), (0, 20)] {
            let bytes = &bytes[..length];
            let kernel = Kernel::new(*tests, 5).at_level(level);
            let mut got = Vec::new();
            let end = kernel.scan(bytes, from, &mut |at| {
                got.push(at);
                Some(at + 1)
            });
            let end = end.expect("no visit ends it");
            let positions = from..end;
            let want: Vec<usize> = positions
                .filter(|&at| passes(tests, &bytes[at..]))
                .collect();
            assert_eq!(got, want, "{level:?} {tests:?} from {from} of {length}");
            let last = (length + 1).saturating_sub(5);
            assert!(end == last || end == from, "ended at {end} of {last}");
            assert!(
                length < 1000 || end == last && !want.is_empty(),
                "{tests:?}"
            );
        }
    }
}

#[test]
fn bytes_are_counted_however_many_there_are() {
    for length in [0_usize, 1, 31, 32, 33, 127, 128, 1000, 40_000] {
        for step in [1, 3, 100] {
            let bytes: Vec<u8> = (0..length).map(|n| u8::from(n % step == 0)).collect();
            for level in InstructionSet::all() {
                let got = level.count(&bytes, 1);
                assert_eq!(got, length.div_ceil(step), "{level:?} {length} {step}");
            }
        }
    }
}

#[test]
fn a_byte_is_found_wherever_it_is() {
    for length in [0, 1, 127, 128, 129, 300] {
        let mut bytes = vec![b'.'; length];
        assert_eq!(find_near(&bytes, b'x'), None);
        for at in (0..length).rev() {
            bytes[at] = b'x';
            assert_eq!(find_near(&bytes, b'x'), Some(at), "of {length}");
        }
    }
}
