//! Data is decoded from front to back and in units. The text and the reported damage are the same
//! in both ways, for every format.

use std::{io::Cursor, path::Path};

use proptest::prelude::*;

use super::{
    samples::{FORMATS, encode, encode_in_members, log},
    *,
};
use crate::input::{chunk::Buffers, format::Beginning, store::Store};

/// The text that was decoded, and the damage behind it.
type SampleText = (Vec<u8>, Option<Damage>);

fn all(mut read: impl FnMut(&mut [u8]) -> Result<usize, Damage>) -> SampleText {
    let mut text = Vec::new();
    let mut part = [0; 77];
    loop {
        match read(&mut part) {
            Ok(0) => return (text, None),
            Ok(count) => text.extend_from_slice(&part[..count]),
            Err(damage) => return (text, Some(damage)),
        }
    }
}

/// Decodes from front to back.
fn as_stream(encoded: &[u8]) -> SampleText {
    let format = Beginning::of(encoded).format;
    let encoded = Encoded::of_reader(Box::new(Cursor::new(encoded.to_vec())));
    // If its first bytes are damaged, the data is no member.
    let format = format.unwrap_or(Format::Tar);
    let mut decoder = Decoder::new(encoded, format, WINDOW_BYTES_MAX);
    all(|text| decoder.decode(text))
}

fn ahead_of(encoded: &[u8], format: Format) -> DecodeAhead {
    let length = to_u64(encoded.len());
    let file = FileInput::new(Store::Memory(encoded.to_vec()), 0, length, None);
    ahead(Arc::new(file), format, WINDOW_BYTES_MAX).expect("the format is decoded")
}

/// Decodes in units. As many as possible are decoded ahead, and the later ones first.
fn as_units(encoded: &[u8], format: Format) -> SampleText {
    let mut ahead = ahead_of(encoded, format);
    all(|text| {
        let jobs: Vec<DecodeJob> = std::iter::from_fn(|| ahead.next_job(&mut Buffers::default()))
            .take(9)
            .collect();
        jobs.into_iter().rev().for_each(DecodeJob::run);
        ahead.decode(text)
    })
}

#[track_caller]
fn check(encoded: &[u8], format: Format, want: &[u8]) {
    let want = (want.to_vec(), None);
    assert!(as_stream(encoded) == want, "{format} as a stream");
    assert!(as_units(encoded, format) == want, "{format} in units");
}

#[test]
fn every_format_gives_its_text_in_one_member_or_in_many() {
    let text = log(9000);
    for format in FORMATS {
        check(&encode(format, &text), format, &text);
        check(&encode(format, b""), format, b"");
        for member_bytes in [1000, 333, 8999, 9] {
            let text = &text[..text.len().min(member_bytes * 30)];
            check(&encode_in_members(format, text, member_bytes), format, text);
        }
    }
}

#[test]
fn no_part_is_decoded_twice_whoever_is_first() {
    let text = log(1 << 20);
    let blocks = |format| match format {
        Format::Xz => xz_in_blocks(&text, 300 << 10),
        format => encode(format, &text),
    };
    let formats = [Format::Xz, Format::Bzip2, Format::Lz4];
    for (format, encoded) in formats.map(|format| (format, blocks(format))) {
        let mut ahead = ahead_of(&encoded, format);
        let parts = std::iter::from_fn(|| ahead.next_job(&mut Buffers::default())).count();
        assert!(parts > 1, "{format}: {parts}");
        // The beginning of the data is looked at first, so the first part is decoded before other
        // workers come.
        for first_bytes in [0, 1, 2000, text.len() - 1] {
            let mut ahead = ahead_of(&encoded, format);
            let mut got = vec![0; first_bytes];
            if first_bytes > 0 {
                io::Read::read_exact(&mut ahead, &mut got).unwrap();
            }
            let (rest, damage) = all(|text| {
                let jobs = std::iter::from_fn(|| ahead.next_job(&mut Buffers::default()));
                let mut jobs: Vec<DecodeJob> = jobs.take(2).collect();
                jobs.drain(..).rev().for_each(DecodeJob::run);
                ahead.decode(text)
            });
            got.extend_from_slice(&rest);
            assert!(got == text && damage.is_none(), "{format} {first_bytes}");
            assert_eq!(
                ahead.units_made(),
                to_u64(parts),
                "{format} {first_bytes}: the whole is decoded at once, or parts twice"
            );
        }
    }
}

#[test]
fn zeros_behind_a_member_are_passed_over() {
    for format in FORMATS {
        let mut encoded = encode(format, b"one\n");
        encoded.extend_from_slice(&[0; 700]);
        check(&encoded, format, b"one\n");
        encoded.extend_from_slice(&encode(format, b"two\n"));
        check(&encoded, format, b"one\ntwo\n");
    }
}

#[test]
fn members_of_several_formats_are_one_text() {
    let encoded: Vec<u8> = FORMATS
        .into_iter()
        .flat_map(|format| encode(format, &log(500)))
        .collect();
    check(&encoded, Format::Gzip, &log(500).repeat(5));
}

#[test]
fn skippable_frames_have_no_text() {
    let skippable = b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc";
    let encoded = [&skippable[..], &encode(Format::Zstd, b"one\n"), skippable].concat();
    check(&encoded, Format::Zstd, b"one\n");
}

#[test]
fn what_follows_the_last_member_is_told() {
    for format in FORMATS {
        let text = log(2000);
        let encoded = encode(format, &text);
        for trailing in [&b"x"[..], b"plain text\n", b"\0\0\0tail"] {
            let at = to_u64(encoded.len())
                + trailing.iter().take_while(|&&byte| byte == 0).count() as u64;
            let encoded = [&encoded[..], trailing].concat();
            let want = Damage {
                kind: DamageKind::Trailing { file_offset: at },
                complete_to: to_u64(text.len()),
                checked_to: to_u64(text.len()),
            };
            assert_eq!(as_stream(&encoded), (text.clone(), Some(want.clone())));
            assert_eq!(as_units(&encoded, format), (text.clone(), Some(want)));
        }
    }
}

/// Checks that text from damaged data, and the reported damage, are honest.
#[track_caller]
fn is_honest(got: &SampleText, text: &[u8], what: &str) {
    let (decoded, damage) = got;
    let Some(damage) = damage else {
        assert!(decoded == text, "{what}: lost in silence");
        return;
    };
    assert_eq!(damage.complete_to, to_u64(decoded.len()), "{what}");
    assert!(damage.checked_to <= damage.complete_to, "{what}");
    let checked = crate::line::to_usize(damage.checked_to);
    assert!(
        text.get(..checked) == Some(&decoded[..checked]),
        "{what}: {damage}"
    );
}

#[test]
fn data_that_is_cut_anywhere_gives_a_prefix_and_says_so() {
    let text = log(1500);
    for format in FORMATS {
        let members = [encode(format, &text[..1000]), encode(format, &text[1000..])];
        let encoded = members.concat();
        for cut in 10..encoded.len() {
            let what = format!("{format} cut at {cut}");
            let encoded = &encoded[..cut];
            let got = as_stream(encoded);
            let units = as_units(encoded, format);
            assert!(got == units, "{what}: {:?} {:?}", got.1, units.1);
            if cut == members[0].len() {
                assert!(
                    got == (text[..1000].to_vec(), None),
                    "{what}: it is a shorter file"
                );
                continue;
            }
            is_honest(&got, &text, &what);
            assert!(text.starts_with(&got.0), "{what}: no prefix");
            let damage = got.1.unwrap_or_else(|| panic!("{what}: not told"));
            // Less than a magic number is left of the second member.
            let is_tail = cut > members[0].len() && cut < members[0].len() + 10;
            match damage.kind {
                DamageKind::CutShort => {}
                DamageKind::Trailing { .. } if is_tail => {}
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_flipped_bit_is_told_and_what_was_checked_before_it_is_right() {
    let text = log(1500);
    for format in FORMATS {
        let encoded = encode_in_members(format, &text, 700);
        for at in (0..encoded.len()).step_by(7) {
            for bit in [0, 3, 7] {
                let what = format!("{format} bit {bit} of byte {at}");
                let mut flipped = encoded.clone();
                flipped[at] ^= 1 << bit;
                let got = as_stream(&flipped);
                is_honest(&got, &text, &what);
                let units = as_units(&flipped, format);
                assert!(
                    units == got,
                    "{what}: {:?} in units, {:?} as a stream",
                    units.1,
                    got.1
                );
            }
        }
    }
}

#[test]
fn a_read_that_fails_is_told_with_its_place_in_the_file() {
    struct Bad(Cursor<Vec<u8>>);
    impl Read for Bad {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            match self.0.read(bytes)? {
                0 => Err(io::Error::other("bad disk")),
                read => Ok(read),
            }
        }
    }
    for format in FORMATS {
        let text = log(3000);
        let mut encoded = encode(format, &text);
        encoded.truncate(encoded.len() - 20);
        let length = to_u64(encoded.len());
        let encoded = Encoded::of_reader(Box::new(Bad(Cursor::new(encoded))));
        let mut decoder = Decoder::new(encoded, format, WINDOW_BYTES_MAX);
        let (decoded, damage) = all(|text| decoder.decode(text));
        assert!(text.starts_with(&decoded), "{format}");
        let want = DamageKind::Unreadable {
            file_offset: length,
            reason: "bad disk".into(),
        };
        assert_eq!(damage.map(|damage| damage.kind), Some(want), "{format}");
    }
}

#[test]
fn a_window_above_the_limit_is_refused_with_its_size() {
    for (format, least) in [(Format::Zstd, 2000), (Format::Xz, 1 << 20)] {
        let text = log(2000);
        let encoded = encode(format, &text);
        let decode = |window_bytes_max| {
            let encoded = Encoded::of_reader(Box::new(Cursor::new(encoded.clone())));
            let mut decoder = Decoder::new(encoded, format, window_bytes_max);
            all(|text| decoder.decode(text))
        };
        let (decoded, damage) = decode(1000);
        assert!(decoded.is_empty());
        let Some(DamageKind::TooLarge {
            window_bytes,
            window_bytes_max: 1000,
        }) = damage.map(|damage| damage.kind)
        else {
            panic!("{format} was decoded");
        };
        assert!(window_bytes >= least, "{format}: {window_bytes}");
        assert_eq!(decode(window_bytes), (text, None), "{format}");
    }
}

#[test]
fn what_looks_like_the_beginning_of_a_member_inside_of_one_costs_nothing_but_work() {
    // The text is stored and not compressed, so it stands in the member as it is.
    let mut text = Vec::new();
    for nth in 0..40 {
        text.extend_from_slice(format!("line {nth}\n").as_bytes());
        text.extend_from_slice(&encode(Format::Gzip, &log(100)));
    }
    let encoder = |level| {
        let mut encoder =
            flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
        io::Write::write_all(&mut encoder, &text).unwrap();
        encoder.finish().unwrap()
    };
    let encoded = encoder(0);
    check(&encoded, Format::Gzip, &text);
    check(
        &[&encoded[..], &encoder(6)].concat(),
        Format::Gzip,
        &text.repeat(2),
    );
}

/// Encodes xz in blocks, as `xz -T0` makes them.
fn xz_in_blocks(text: &[u8], block_bytes: u64) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.set_block_size(std::num::NonZeroU64::new(block_bytes));
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    io::Write::write_all(&mut encoder, text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn blocks_of_xz_are_parts_and_damage_in_one_is_told_as_from_front_to_back() {
    // The encoder makes no blocks that are smaller than its dictionary.
    let text = log(1 << 20);
    let encoded = xz_in_blocks(&text, 300 << 10);
    let mut ahead = ahead_of(&encoded, Format::Xz);
    let parts = std::iter::from_fn(|| ahead.next_job(&mut Buffers::default())).count();
    assert!(parts > 2, "{parts}");
    check(&encoded, Format::Xz, &text);
    let two = [&encoded[..], &encode(Format::Xz, b"more\n")].concat();
    check(&two, Format::Xz, &[&text[..], b"more\n"].concat());
    for at in (0..encoded.len()).step_by(encoded.len() / 30) {
        let mut flipped = encoded.clone();
        flipped[at] ^= 4;
        let got = as_stream(&flipped);
        is_honest(&got, &text, &format!("byte {at}"));
        assert!(as_units(&flipped, Format::Xz) == got, "byte {at}");
        let cut = &encoded[..at.max(10)];
        assert!(as_units(cut, Format::Xz) == as_stream(cut), "cut at {at}");
    }
}

#[test]
fn an_index_of_xz_that_is_damaged_is_told_though_each_block_is_right() {
    let text = log(1 << 20);
    let encoded = xz_in_blocks(&text, 300 << 10);
    for back in 1..40 {
        let mut flipped = encoded.clone();
        let at = flipped.len() - back;
        flipped[at] ^= 1;
        let got = as_stream(&flipped);
        assert!(got.1.is_some(), "{back} bytes before the end");
        assert!(
            as_units(&flipped, Format::Xz) == got,
            "{back} bytes before the end"
        );
    }
}

#[test]
fn the_legacy_format_of_lz4_ends_with_its_data() {
    // The block has literals only, as `lz4 -l` writes it (lz4_Frame_format.md, "Legacy frame").
    let encoded = b"\x02\x21\x4c\x18\x09\0\0\0\x80ERROR x\n";
    check(encoded, Format::Lz4, b"ERROR x\n");
    // Another frame of either kind may follow.
    let frame = encode(Format::Lz4, b"ERROR y\n");
    let both = [encoded.as_slice(), &frame].concat();
    check(&both, Format::Lz4, b"ERROR x\nERROR y\n");
    let all = [encoded.as_slice(), encoded, &frame].concat();
    check(&all, Format::Lz4, b"ERROR x\nERROR x\nERROR y\n");
    for cut in 5..encoded.len() {
        let (text, damage) = as_stream(&encoded[..cut]);
        assert!(text.is_empty() && damage.is_some(), "{cut}");
    }
}

#[test]
fn a_decoder_that_panics_is_told_and_nobody_waits_for_it() {
    let text = log(5000);
    let mut ahead = ahead_of(&encode(Format::Gzip, &text), Format::Gzip);
    let job = ahead
        .next_job(&mut Buffers::default())
        .expect("nothing has been decoded");
    drop(job);
    let (decoded, damage) = all(|text| ahead.decode(text));
    assert!(decoded.is_empty());
    assert!(matches!(
        damage.map(|damage| damage.kind),
        Some(DamageKind::Damaged { .. })
    ));
}

#[test]
fn a_character_that_has_come_is_not_waited_for() {
    /// A reader that gives one line, and that nobody should ask for more.
    struct Slow(Option<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let line = self
                .0
                .take()
                .expect("nobody asks for more before the line is out");
            bytes[..line.len()].copy_from_slice(&line);
            Ok(line.len())
        }
    }
    for format in FORMATS.into_iter().chain(UTF16) {
        let line = Slow(Some(encode(format, b"ERROR\n")));
        let encoded = Encoded::of_reader(Box::new(line));
        let mut decoder = Decoder::new(encoded, format, WINDOW_BYTES_MAX);
        let mut text = [0; 100];
        assert_eq!(decoder.decode(&mut text), Ok(6), "{format}");
        assert_eq!(&text[..6], b"ERROR\n");
    }
}

#[test]
fn blocks_of_bzip2_and_lz4_are_parts_and_damage_in_one_is_told_as_from_front_to_back() {
    let text = log(350_000);
    for format in [Format::Bzip2, Format::Lz4] {
        let encoded = encode(format, &text);
        check(&encoded, format, &text);
        check(&encoded.repeat(2), format, &text.repeat(2));
        for at in (0..encoded.len()).step_by(encoded.len() / 30) {
            let mut flipped = encoded.clone();
            flipped[at] ^= 4;
            let got = as_stream(&flipped);
            is_honest(&got, &text, &format!("{format} byte {at}"));
            assert!(as_units(&flipped, format) == got, "{format}: byte {at}");
            let cut = &encoded[..at.max(15)];
            assert!(
                as_units(cut, format) == as_stream(cut),
                "{format}: cut at {at}"
            );
        }
    }
}

#[test]
fn the_checksum_of_a_frame_of_lz4_counts_where_only_that_tells_of_damage() {
    let text = log(350_000);
    let frame = |info: lz4_flex::frame::FrameInfo| {
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        io::Write::write_all(&mut encoder, &text).unwrap();
        encoder.finish().unwrap()
    };
    let plain = lz4_flex::frame::FrameInfo::new();
    let encoded = frame(plain.clone().content_checksum(true));
    for back in 1..=4 {
        // Another frame follows, of which nothing counts.
        let mut flipped = encoded.repeat(2);
        flipped[encoded.len() - back] ^= 1;
        let got = as_stream(&flipped);
        assert!(got.1.is_some() && got.0 == text, "{back}");
        assert!(as_units(&flipped, Format::Lz4) == got, "{back}");
    }
    let sized = plain.clone().content_size(Some(to_u64(text.len())));
    let linked = plain.clone().block_mode(lz4_flex::frame::BlockMode::Linked);
    for info in [plain, sized, linked.clone(), linked.content_checksum(true)] {
        check(&frame(info).repeat(2), Format::Lz4, &text.repeat(2));
    }
}

/// Returns `frame` of LZ4 with another descriptor and the right checksum for it.
fn redescribed(frame: &[u8], descriptor_bytes: usize, change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut frame = frame.to_vec();
    let (descriptor, rest) = frame[4..].split_at_mut(descriptor_bytes);
    change(descriptor);
    rest[0] = twox_hash::XxHash32::oneshot(0, descriptor).to_le_bytes()[1];
    frame
}

#[test]
fn a_frame_of_lz4_that_is_not_as_it_should_be_is_told_as_from_front_to_back() {
    let text = log(350_000);
    let frame = |info| {
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        io::Write::write_all(&mut encoder, &text).unwrap();
        encoder.finish().unwrap()
    };
    let plain = frame(lz4_flex::frame::FrameInfo::new());
    let length = to_u64(text.len());
    let sized = frame(lz4_flex::frame::FrameInfo::new().content_size(Some(length)));
    let size = |size: u64| {
        redescribed(&sized, 10, move |descriptor| {
            descriptor[2..].copy_from_slice(&size.to_le_bytes());
        })
    };
    let flags = |at: usize, bits: u8| redescribed(&plain, 2, move |bytes| bytes[at] ^= bits);
    // Blocks have 4 MiB at most, and these have no text: one is stored, and one is compressed.
    let with_block = |block: &[u8]| [&plain[..7], block, &plain[7..]].concat();
    for (what, frame) in [
        ("a version", flags(0, 1 << 7)),
        ("a version", flags(0, 1 << 6)),
        ("a reserved flag", flags(0, 1 << 1)),
        ("reserved bits", flags(1, 1)),
        ("a reserved bit", flags(1, 1 << 7)),
        ("a block size", flags(1, 1 << 6)),
        ("more text", size(length + 1)),
        ("less text", size(length - 1)),
        ("an empty block", with_block(&[0, 0, 0, 0x80])),
        ("an empty block", with_block(&[1, 0, 0, 0, 0])),
    ] {
        for encoded in [frame.clone(), [&plain[..], &frame].concat()] {
            let got = as_stream(&encoded);
            assert!(got.1.is_some(), "{what}");
            assert!(
                as_units(&encoded, Format::Lz4) == got,
                "{what}: {:?}",
                got.1
            );
        }
    }
    check(&size(length), Format::Lz4, &text);
}

#[test]
fn short_members_are_put_together_and_take_little_memory() {
    let text = log(60_000);
    let unit_bytes = crate::line::to_usize(ahead::UNIT_BYTES_MIN);
    for format in FORMATS {
        for member_bytes in [3, 40, 200] {
            let text = &text[..text.len().min(member_bytes * 2000)];
            let encoded = encode_in_members(format, text, member_bytes);
            let mut ahead = ahead_of(&encoded, format);
            let (got, damage) = all(|text| {
                while let Some(job) = ahead.next_job(&mut Buffers::default()) {
                    job.run();
                }
                let kept = ahead.kept_bytes();
                assert!(
                    kept < 4 * ahead.waiting_bytes() + 100_000,
                    "{format}: {kept}"
                );
                ahead.decode(text)
            });
            assert!(got == text && damage.is_none(), "{format}");
            let units = crate::line::to_usize(ahead.units_made());
            assert!(
                units <= encoded.len() / unit_bytes + 2,
                "{format}: {units} units of {} bytes",
                encoded.len()
            );
        }
    }
}

#[test]
fn text_waits_only_up_to_a_limit() {
    let text = vec![b'x'; 3 * crate::line::to_usize(ahead::AHEAD_BYTES_MAX)];
    let encoded = encode_in_members(Format::Zstd, &text, text.len() / 2);
    let mut ahead = ahead_of(&encoded, Format::Zstd);
    while let Some(job) = ahead.next_job(&mut Buffers::default()) {
        job.run();
        let Ready::More(_) = ahead.ready() else {
            break;
        };
        if ahead.waiting_bytes() > ahead::AHEAD_BYTES_MAX + 1000 {
            // All workers wait for the first unit. It is taken before it is decoded further.
            break;
        }
    }
    assert!(ahead.waiting_bytes() < ahead::AHEAD_BYTES_MAX + (1 << 20));
}

proptest! {
    #[test]
    fn bytes_that_only_begin_like_compressed_data_do_no_harm(
        nth in 0..FORMATS.len(),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let format = FORMATS[nth];
        let encoded = [&encode(format, b"text\n")[..10], &bytes].concat();
        let (decoded, damage) = as_stream(&encoded);
        prop_assert!(damage.is_some_and(|damage| damage.complete_to == to_u64(decoded.len())));
        as_units(&encoded, format);
    }
}

#[test]
fn what_is_wrong_is_said_with_what_can_be_relied_on() {
    let said = |kind| {
        let damage = Damage {
            kind,
            complete_to: 90,
            checked_to: 40,
        };
        let path = Path::new("app.log.gz").into();
        crate::error::Error::Decode { path, damage }.to_string()
    };
    assert_eq!(
        said(DamageKind::CutShort),
        "app.log.gz: cut short: complete up to byte 90 of the text, from byte 40 on without its checksum"
    );
    assert_eq!(
        said(DamageKind::TooLarge {
            window_bytes: 1 << 30,
            window_bytes_max: 128 << 20
        }),
        "app.log.gz: decoding takes a window of 1024 MiB, and 128 MiB are allowed; --max-window 1024M allows it"
    );
}

#[test]
fn a_frame_that_needs_a_dictionary_is_told_and_the_text_before_it_is_there() {
    let text = log(1000);
    let dictionary = 0x0102_0304_u32;
    let number = dictionary.to_le_bytes();
    // The block says that it is the last one, and has no bytes (RFC 8878, 3.1.1.2).
    let zstd = [&b"\x28\xb5\x2f\xfd\x23"[..], &number, b"\0\x01\0\0"].concat();
    let lz4 = [&b"\x04\x22\x4d\x18\x61\x40"[..], &number, b"\0\0\0\0\0"].concat();
    for (format, frame) in [(Format::Zstd, zstd), (Format::Lz4, lz4)] {
        let encoded = [encode(format, &text), frame].concat();
        let got = as_stream(&encoded);
        assert!(got.0 == text, "{format}");
        let damage = got.1.clone().expect("the last frame cannot be decoded");
        assert_eq!(damage.kind, DamageKind::NeedsDictionary { dictionary });
        assert_eq!(damage.complete_to, to_u64(text.len()));
        assert_eq!(as_units(&encoded, format), got, "{format}");
        assert!(damage.to_string().contains("dictionary (number 16909060)"));
    }
}

const UTF16: [Format; 2] = [Format::Utf16Le, Format::Utf16Be];

#[test]
fn utf16_is_text_wherever_it_is_divided() {
    // The characters have one to four bytes, so that every border lies in each kind once.
    let mut text = String::new();
    for nth in 0..200 {
        text.push_str(["a", "é", "€", "😀", "plain ascii of a line\n", "\u{feff}"][nth * nth % 6]);
    }
    for format in UTF16 {
        for skipped in 0..60 {
            let text = &text[text.char_indices().nth(skipped).unwrap().0..];
            check(&encode(format, text.as_bytes()), format, text.as_bytes());
        }
        check(&encode(format, b""), format, b"");
    }
}

#[test]
fn surrogates_by_themselves_are_replaced_and_half_a_unit_is_told() {
    let units = [0xfeff, 0xd800, 0x41, 0xdc00, 0xd800, 0xd83d, 0xde00, 0xd83d];
    let text = "\u{fffd}A\u{fffd}\u{fffd}😀\u{fffd}".as_bytes();
    let little: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
    for (format, encoded) in UTF16.into_iter().zip([little, big]) {
        check(&encoded, format, text);
        // Some of these characters lie at borders of pieces.
        for filling in 0..60 {
            let filled = [encode(format, &vec![b'x'; filling]), encoded[2..].to_vec()].concat();
            let want = [&vec![b'x'; filling], text].concat();
            check(&filled, format, &want);
            let cut = &filled[..filled.len() - 1];
            let want_text = &want[..want.len() - 3];
            let got = as_stream(cut);
            assert_eq!(got.0, want_text, "{format} {filling}");
            let damage = got.1.clone().expect("half a unit is left");
            assert_eq!(damage.kind, DamageKind::CutShort);
            assert_eq!(damage.checked_to, to_u64(want_text.len()));
            assert_eq!(as_units(cut, format), got);
        }
    }
}
