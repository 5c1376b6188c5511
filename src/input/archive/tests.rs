//! Archives that are nearly right.

use std::io::Write as _;

use super::*;
use crate::mutants::Mutator;

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in members {
        let mut header = [0; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        tar.extend(header);
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Returns the text of all members, and how many errors there are.
fn read(bytes: &[u8]) -> (Vec<u8>, u64) {
    let options = ArchiveOptions {
        decoding: Decoding::default(),
        small_bytes_max: Some(1000),
        leaves_out: false,
        files_max: 1000,
        wants: &|_, _| MemberUse::Read,
        stop: None,
    };
    let mut source = Source::from_bytes("a".as_ref(), bytes.to_vec());
    let (mut text, mut wrong) = (Vec::new(), 0);
    if !source.is_archive(None) {
        return (text, 1);
    }
    let Ok(mut archives) = Archives::open(source, options) else {
        return (text, 1);
    };
    while let Some(member) = archives.next() {
        match member {
            ArchiveMember::Small(_, bytes) => text.extend(bytes),
            ArchiveMember::Text(source) => {
                let mut reader = source.into_text().unwrap().reader;
                let is_whole = reader.read_to_end(&mut text).is_ok();
                wrong += u64::from(!is_whole);
                drop(reader);
                archives.go_on(is_whole);
            }
            ArchiveMember::LeftOut(..) | ArchiveMember::Failed(..) => wrong += 1,
        }
    }
    (text, wrong)
}

/// Archives that are nearly right cause no panic and no hang, and each member that is there comes
/// once.
#[test]
fn mutants_of_archives_are_read_or_refused() {
    let lines = b"error: x\nfine\n".repeat(200);
    let members: [(&str, &[u8]); 4] = [
        ("1.log", &lines),
        ("job/2.log", b"fine\n"),
        ("empty", b""),
        ("job/3.log", &lines[..900]),
    ];
    let (tar, zip) = (tar_of(&members), zip_of(&members));
    let text: Vec<u8> = members
        .iter()
        .flat_map(|(_, bytes)| bytes.to_vec())
        .collect();
    let want = text.len();
    for archive in [&tar, &zip] {
        let (got, wrong) = read(archive);
        assert!((got.len(), wrong) == (want, 0), "{} {wrong}", got.len());
    }
    let mut mutator = Mutator::new(22);
    let samples = [tar_of(&[("in.zip", &zip), ("log", &lines)]), tar, zip];
    let (mut right, mut refused) = (0, 0);
    for _ in 0..1500 {
        let (_, wrong) = read(&mutator.mutant(&samples));
        right += u64::from(wrong == 0);
        refused += u64::from(wrong > 0);
    }
    assert!(right > 100 && refused > 100, "{right} {refused}");
    // Each sample is cut anywhere.
    for sample in &samples {
        let (whole, _) = read(sample);
        for cut in (0..sample.len()).step_by(97) {
            let (got, _) = read(&sample[..cut]);
            assert!(whole.starts_with(&got), "{cut}");
        }
    }
}
