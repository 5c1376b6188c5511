//! Checks what passes and what is shown as text, however the input is cut.

use std::io::Write;

use proptest::prelude::*;
use regex_automata::meta::Regex;

use super::*;

/// Returns the output for blocks that are written one after another, each followed by a flush.
fn written<'a>(sgr: Sgr, blocks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut output = Vec::new();
    let mut escape = Escape::new(&mut output, sgr);
    for block in blocks {
        escape.write_all(block).unwrap();
        escape.flush().unwrap();
    }
    drop(escape);
    output
}

/// Returns the output for the whole input at once, line by line. It is written without a thought
/// for speed or memory.
fn naive(sgr: Sgr, input: &[u8]) -> Vec<u8> {
    let sequence = Regex::new(r"(?-u)\x1b\[[0-9;:]{0,64}m").unwrap();
    let mut output = Vec::new();
    for line in input.split_inclusive(|&byte| byte == b'\n') {
        let end: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        let text = &line[..line.len() - end.len()];
        let mut last: &[u8] = b"";
        let mut at = 0;
        if sgr != Sgr::Show {
            for found in sequence.find_iter(text) {
                naive_text(&text[at..found.start()], &mut output);
                at = found.end();
                if sgr == Sgr::Pass {
                    last = &text[found.range()];
                    output.extend_from_slice(last);
                }
            }
        }
        naive_text(&text[at..], &mut output);
        if last.iter().any(|byte| b"123456789:".contains(byte)) {
            output.extend_from_slice(b"\x1b[m");
        }
        output.extend_from_slice(end);
    }
    output
}

fn naive_text(text: &[u8], output: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c.is_control() && c != '\t' {
                true => write!(output, "\\x{:02x}", u32::from(c)).unwrap(),
                false if "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".contains(c) => {
                    write!(output, "\\u{:04x}", u32::from(c)).unwrap();
                }
                false => write!(output, "{c}").unwrap(),
            }
        }
        for &byte in chunk.invalid() {
            match byte < 0xA0 {
                true => write!(output, "\\x{byte:02x}").unwrap(),
                false => output.push(byte),
            }
        }
    }
}

#[track_caller]
fn check_with(sgr: Sgr, input: impl AsRef<[u8]>, want: impl AsRef<[u8]>) {
    let (input, want) = (input.as_ref(), want.as_ref());
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    assert_eq!(text(&naive(sgr, input)), text(want), "the oracle itself");
    assert_eq!(text(&written(sgr, [input])), text(want), "in one block");
    assert_eq!(
        text(&written(sgr, input.chunks(1))),
        text(want),
        "byte by byte"
    );
    for at in 0..input.len() {
        let (first, second) = input.split_at(at);
        assert_eq!(
            text(&written(sgr, [first, second])),
            text(want),
            "cut at {at}"
        );
    }
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, want: impl AsRef<[u8]>) {
    check_with(Sgr::Pass, input, want);
}

#[test]
fn text_passes() {
    check("", "");
    check("a line\twith a tab\n\nand one without an end", {
        "a line\twith a tab\n\nand one without an end"
    });
    check("é 日本 \u{a0} \u{10ffff}\n", "é 日本 \u{a0} \u{10ffff}\n");
    check("[31m \\x1b\n", "[31m \\x1b\n");
}

#[test]
fn control_characters_are_shown() {
    check("\0\x01\x07\x08\x0b\x0c\x1f\x7f\n", {
        "\\x00\\x01\\x07\\x08\\x0b\\x0c\\x1f\\x7f\n"
    });
}

#[test]
fn sequences_other_than_colours_are_shown() {
    check("\x1b]0;title\x07x\n", "\\x1b]0;title\\x07x\n");
    check("\x1b[2J\x1b[1;1Hx\n", "\\x1b[2J\\x1b[1;1Hx\n");
    check("\x1bP+q\x1b\\\n", "\\x1bP+q\\x1b\\\n");
    check("\x1b[>4;2m\n", "\\x1b[>4;2m\n");
    check("\x1b[?1m\x1b[ m\x1b[1 m\n", "\\x1b[?1m\\x1b[ m\\x1b[1 m\n");
    check("\x1b[3\n1m\n", "\\x1b[3\n1m\n");
    check("\x1b\x1b[31mx\x1b[m\n", "\\x1b\x1b[31mx\x1b[m\n");
    check("\x1b[\x1b[1\x1b[m\n", "\\x1b[\\x1b[1\x1b[m\n");
}

#[test]
fn a_carriage_return_passes_before_a_line_feed_only() {
    check("a\r\nb\r\n", "a\r\nb\r\n");
    check("10%\r20%\r\n", "10%\\x0d20%\r\n");
    check("a\r\r\n", "a\\x0d\r\n");
    check("a\r", "a\\x0d");
    check("a\r\x1b[m\n", "a\\x0d\x1b[m\n");
}

#[test]
fn control_characters_beyond_ascii_are_shown() {
    check("\u{80}\u{9b}31m\u{9f}\n", "\\x80\\x9b31m\\x9f\n");
    check(b"\x80\x9b31m\x9f\n", "\\x80\\x9b31m\\x9f\n");
    check("\u{97e5}\n", "\u{97e5}\n"); // E9 9F A5: the 9F belongs to a character
    check(b"\xc0\x9b\xe0\x82\x9b\n", b"\xc0\\x9b\xe0\\x82\\x9b\n");
    check(b"\xed\xa0\x80\n", b"\xed\xa0\\x80\n"); // half of a surrogate pair
    check(b"\xf0\x9f\x98x\n", b"\xf0\\x9f\\x98x\n");
}

#[test]
fn turns_of_the_writing_are_shown() {
    check("a\u{202e}b\u{202c}\n", "a\\u202eb\\u202c\n");
    check(
        "\u{2066}\u{2067}\u{2068}\u{2069}",
        "\\u2066\\u2067\\u2068\\u2069",
    );
    check("\u{202a}é\u{202b}\u{202d}", "\\u202aé\\u202b\\u202d");
    // Marks and joiners do not change the direction, and words of some languages need them.
    check("\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2029}", {
        "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2029}"
    });
    check(b"\xe2\x80", b"\xe2\\x80");
}

#[test]
fn other_bytes_that_are_not_utf8_pass() {
    check(
        b"\xa0\xff\xfe caf\xe9 \xc3\n",
        b"\xa0\xff\xfe caf\xe9 \xc3\n",
    );
    check(b"\xc2", b"\xc2");
}

#[test]
fn colours_pass_and_end_with_their_line() {
    check("\x1b[31mred\nplain\n", "\x1b[31mred\x1b[m\nplain\n");
    check("\x1b[31mred\r\n", "\x1b[31mred\x1b[m\r\n");
    check("\x1b[31mred\x1b[m\n", "\x1b[31mred\x1b[m\n");
    check("\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n");
    check("\x1b[31mred\x1b[0;0m\n", "\x1b[31mred\x1b[0;0m\n");
    check("\x1b[0;31mred\n", "\x1b[0;31mred\x1b[m\n");
    check("\x1b[38:2::1:2:3mx\n", "\x1b[38:2::1:2:3mx\x1b[m\n");
    check("\x1b[31mred", "\x1b[31mred\x1b[m");
}

#[test]
fn a_sequence_without_an_end_is_shown_at_the_end_of_the_output() {
    for start in ["\x1b", "\x1b[", "\x1b[3", "\x1b[31;"] {
        check(start, start.replace('\x1b', "\\x1b"));
    }
    check("\x1b[31mred\x1b[0", "\x1b[31mred\\x1b[0\x1b[m");
    check(b"\xf0\x9f", b"\xf0\\x9f");
}

#[test]
fn parameters_beyond_the_limit_are_text() {
    let longest = "1".repeat(SGR_PARAMETER_BYTES_MAX);
    check(
        format!("\x1b[{longest}mx"),
        format!("\x1b[{longest}mx\x1b[m"),
    );
    check(format!("\x1b[{longest}1mx"), format!("\\x1b[{longest}1mx"));
    check(format!("\x1b[{longest}"), format!("\\x1b[{longest}"));
}

#[test]
fn colours_can_be_stripped_or_shown() {
    let input = "\x1b[31mred\x1b[m \x1b[2J\x1b[1\n";
    check_with(Sgr::Strip, input, "red \\x1b[2J\\x1b[1\n");
    check_with(Sgr::Show, input, "\\x1b[31mred\\x1b[m \\x1b[2J\\x1b[1\n");
}

#[test]
fn what_stripping_joins_is_no_sequence() {
    check_with(Sgr::Strip, "\x1b\x1b[m[2J\n", "\\x1b[2J\n");
    check_with(Sgr::Strip, b"\xc2\x1b[m\x9b2J\n", b"\xc2\\x9b2J\n");
    check_with(Sgr::Strip, "a\r\x1b[m\n", "a\\x0d\n");
}

#[test]
fn long_stretches_pass_whole() {
    let long = "x".repeat(3 * COLLECTED_BYTES_MAX + 5);
    let input = format!("a\x07{long}\x1b[1m{long}\n\r{long}");
    let want = format!("a\\x07{long}\x1b[1m{long}\x1b[m\n\\x0d{long}");
    assert!(written(Sgr::Pass, [input.as_bytes()]) == want.as_bytes());
    let thousands = 7_000;
    assert!(written(Sgr::Pass, input.as_bytes().chunks(thousands)) == want.as_bytes());
}

#[test]
fn all_that_is_known_is_written_at_once() {
    let mut output = Vec::new();
    let mut escape = Escape::new(&mut output, Sgr::Pass);
    escape.write_all(b"a\x07b\x1b[3").unwrap();
    assert_eq!(*escape.writer, b"a\\x07b");
    escape.flush().unwrap();
    assert_eq!(*escape.writer, b"a\\x07b");
    escape.finish().unwrap();
    assert_eq!(*escape.writer, b"a\\x07b\\x1b[3");
    drop(escape);
    assert_eq!(output, b"a\\x07b\\x1b[3", "the end comes once");
}

/// A writer that accepts nothing.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn errors_of_the_inner_writer_come_back() {
    let mut escape = Escape::new(Full, Sgr::Pass);
    assert!(escape.write_all(b"a\n").is_err());
    assert!(escape.collected.is_empty(), "it is not written again");
    assert!(escape.write_all(b"\x1b").is_ok(), "nothing to write yet");
    assert!(escape.finish().is_err());
}

/// Returns bytes among which sequences, characters and line ends are frequent.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"\x1b".to_vec()),
        4 => Just(b"\x1b[".to_vec()),
        3 => "[0-9;:]{0,3}".prop_map(String::into_bytes),
        3 => Just(b"m".to_vec()),
        3 => Just(b"\x1b[31m".to_vec()),
        2 => Just(b"\x1b[0m".to_vec()),
        1 => "[0-9]{62,66}".prop_map(String::into_bytes),
        3 => Just(b"\n".to_vec()),
        3 => Just(b"\r".to_vec()),
        2 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        2 => prop::char::range('\u{80}', '\u{ff}').prop_map(|c| c.to_string().into_bytes()),
        1 => prop::char::range('\u{2028}', '\u{206a}').prop_map(|c| c.to_string().into_bytes()),
        4 => any::<u8>().prop_map(|byte| vec![byte]),
        1 => "[ -~]{10,40}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn any_sgr() -> impl Strategy<Value = Sgr> {
    prop_oneof![Just(Sgr::Pass), Just(Sgr::Strip), Just(Sgr::Show)]
}

/// Returns the first byte of a text for the terminal that could do more than set a colour.
fn first_active(sgr: Sgr, output: &[u8]) -> Option<usize> {
    let sequence = Regex::new(r"^(?-u)\x1b\[[0-9;:]{0,64}m").unwrap();
    let is_sgr = |at: usize| sgr == Sgr::Pass && sequence.is_match(&output[at..]);
    let control = output.iter().enumerate().position(|(at, byte)| match byte {
        b'\n' | b'\t' => false,
        b'\r' => output.get(at + 1) != Some(&b'\n'),
        b'\x1b' => !is_sgr(at),
        0..=0x1f | 0x7f => true,
        _ => false,
    });
    let beyond_ascii = output.utf8_chunks().any(|chunk| {
        let has_control = chunk
            .valid()
            .chars()
            .any(|c| ('\u{80}'..='\u{9f}').contains(&c));
        has_control
            || chunk
                .invalid()
                .iter()
                .any(|byte| (0x80..0xa0).contains(byte))
    });
    control.or(beyond_ascii.then_some(output.len()))
}

proptest! {
    #[test]
    fn any_split_gives_the_output_of_the_oracle(
        input in input(),
        sgr in any_sgr(),
        sizes in prop::collection::vec(1_usize..9, 1..40),
    ) {
        let mut blocks = Vec::new();
        let mut rest = input.as_slice();
        for &size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (block, behind) = rest.split_at(size.min(rest.len()));
            blocks.push(block);
            rest = behind;
        }
        let want = naive(sgr, &input);
        prop_assert_eq!(&written(sgr, [input.as_slice()]), &want);
        prop_assert_eq!(&written(sgr, blocks), &want);
    }

    #[test]
    fn nothing_in_the_output_acts_on_the_terminal(input in input(), sgr in any_sgr()) {
        let output = written(sgr, [input.as_slice()]);
        prop_assert_eq!(first_active(sgr, &output), None, "{}", output.escape_ascii());
    }

    #[test]
    fn no_colour_is_left_at_the_end_of_a_line(input in input()) {
        let output = written(Sgr::Pass, [input.as_slice()]);
        let sequence = Regex::new(r"(?-u)\x1b\[[0-9;:]*m").unwrap();
        for line in output.split(|&byte| byte == b'\n') {
            if let Some(last) = sequence.find_iter(line).last() {
                let parameters = &line[last.start() + 2..last.end() - 1];
                prop_assert!(parameters.iter().all(|byte| b"0;".contains(byte)));
            }
        }
    }
}
