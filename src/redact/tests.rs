//! What is a secret and what only looks like one, in text of all kinds; and that neither the cuts
//! between writes nor the form of a text make a difference.
//!
//! The oracle is naive: whoever wrote a line knows the secret in it, and replaces the text.

#[path = "../../tests/redact/corpus.rs"]
mod corpus;

use proptest::prelude::*;

use self::corpus::{lookalikes, secrets};
use super::*;

fn redactor() -> Redactor {
    Redactor::new(&RedactOptions::default()).unwrap()
}

/// Redacts a text as if it were the first one. The sieve is made once.
fn redacted_by(redactor: &mut Redactor, text: &str) -> String {
    redactor.names = Pseudonyms::new(None, NUMBERED_MAX);
    redactor.text(text)
}

fn redacted(text: &str) -> String {
    redactor().text(text)
}

fn redacted_as(markup: Markup, text: &str) -> String {
    let (mut out, mut redactor) = (Vec::new(), redactor());
    let mut stream = RedactStream::new(markup);
    stream
        .push(&mut redactor, text.as_bytes(), &mut out)
        .unwrap();
    stream.finish(&mut redactor, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[track_caller]
fn check(text: &str, want: &str) {
    assert_eq!(redacted(text), want, "{text}");
    // What has been redacted stays.
    assert_eq!(redacted(want), want, "again: {text}");
}

#[test]
fn all_secrets_of_the_corpus_are_replaced_and_nothing_else() {
    let (mut wrong, mut redactor) = (Vec::new(), redactor());
    for sample in secrets() {
        let got = redacted_by(&mut redactor, &sample.line);
        if got != sample.redacted {
            wrong.push(format!(
                "{}\n  got  {got}\n  want {}",
                sample.line, sample.redacted
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_looks_like_a_secret_stays() {
    let mut redactor = redactor();
    let changed: Vec<String> = lookalikes()
        .into_iter()
        .map(|line| (redacted_by(&mut redactor, &line), line))
        .filter(|(got, line)| got != line)
        .map(|(got, line)| format!("{line}\n  got {got}"))
        .collect();
    assert!(
        changed.is_empty(),
        "{} changed:\n{}",
        changed.len(),
        changed.join("\n")
    );
}

/// A way to write a line into a text of another kind.
type Form = fn(&str) -> String;

#[test]
fn no_form_of_a_line_hides_a_secret_or_makes_one() {
    let forms: [(&str, Form); 9] = [
        ("after a header", |line| {
            format!("2026-11-20T09:02:35.392Z [4007] INFO svc.core: {line}")
        }),
        ("with a name and a number", |line| {
            format!("app.log:12:{line}")
        }),
        ("as context", |line| format!("app.log-12-{line}")),
        ("in JSON", |line| {
            serde_json::json!({"n": 1, "msg": line, "z": "x"}).to_string()
        }),
        ("in JSON in JSON", |line| {
            let inner = serde_json::json!({"msg": format!("a\n{line}\nb")}).to_string();
            serde_json::json!({"log": inner}).to_string()
        }),
        ("behind a colour", |line| {
            format!("\x1b[32mINFO\x1b[0m {line}\x1b[0m")
        }),
        ("behind a line end in JSON", |line| {
            format!(
                "{{\"text\":\"x\\n{}\"}}",
                serde_json::to_string(line).unwrap().trim_matches('"')
            )
        }),
        ("in a bar", |line| format!("     38     x1 | {line}")),
        ("with CR", |line| format!("{line}\r\n")),
    ];
    let (mut wrong, mut redactor) = (Vec::new(), redactor());
    for (name, form) in forms {
        for sample in secrets() {
            let (got, want) = (
                redacted_by(&mut redactor, &form(&sample.line)),
                form(&sample.redacted),
            );
            if got != want {
                wrong.push(format!(
                    "{name}: {}\n  got  {got}\n  want {want}",
                    form(&sample.line)
                ));
            }
        }
        for line in lookalikes() {
            let (got, want) = (redacted_by(&mut redactor, &form(&line)), form(&line));
            if got != want {
                wrong.push(format!("{name}, no secret: {want}\n  got  {got}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn html_and_markdown_stay_what_they_are() {
    let html = "<p>ann&#64;example.org &amp; 10.0.0.7</p>\n";
    assert_eq!(
        redacted_as(Markup::Html, html),
        "<p>&lt;email:1&gt; &amp; &lt;ip:1&gt;</p>\n"
    );
    let markdown = "ann@&#8203;example.org\n```text\n10.0.0.7\n```\n10.0.0.7\n";
    assert_eq!(
        redacted_as(Markup::Markdown, markdown),
        "&lt;email:1&gt;\n```text\n<ip:1>\n```\n&lt;ip:1&gt;\n"
    );
}

#[test]
fn a_secret_has_one_pseudonym_however_it_is_written() {
    check(
        "ann@example.org ANN@Example.org ann%40example.org ann\\u0040example.org a\x1b[31mnn@ex\x1b[mample.org",
        "<email:1> <email:1> <email:1> <email:1> <email:1>\x1b[31m\x1b[m",
    );
    check(
        "2001:DB8:0::1 2001:db8::1 010.000.000.007 10.0.0.7",
        "<ip:1> <ip:1> <ip:2> <ip:2>",
    );
    check("4111 1111 1111 1111 4111111111111111", "<card:1> <card:1>");
}

#[test]
fn addresses_stand_beside_names_and_numbers() {
    check("12:2001:db8::7:1: x", "12:<ip:1>: x");
    check("a.log:2001:db8::7:1", "a.log:<ip:1>");
    check("web.feed:7:2001:db8::7:1", "web.feed:7:<ip:1>");
    check("7:2001:db8:1:2:3:4:5:6", "7:<ip:1>");
    check(
        "[2001:db8::7:1]:443 10.0.0.7:80: x",
        "[<ip:1>]:443 <ip:2>:80: x",
    );
    check("a%2010.0.0.7%20b", "a%20<ip:1>%20b");
}

#[test]
fn paths_of_windows_are_found_whatever_their_slashes_are() {
    check(r"C:\Users\nina\x", r"C:\Users\<user:1>\x");
    check(
        r"C:\\Users\\nina\\x C:/Users/nina/x",
        r"C:\\Users\\<user:1>\\x C:/Users/<user:1>/x",
    );
    check(
        r"D:\Users\Nina B\x, c:\users\bob",
        r"D:\Users\<user:1>\x, c:\users\<user:2>",
    );
}

#[test]
fn quotes_may_be_doubled_and_an_address_may_be_a_name() {
    check(
        "1,\"DB_PASSWORD=\"\"abc1\"\" x\",2",
        "1,\"DB_PASSWORD=\"\"<secret:1>\"\" x\",2",
    );
    check("{\"password\":\"\",\"n\":1}", "{\"password\":\"\",\"n\":1}");
    check("ann@example.org.log", "<email:1>.log");
}

#[test]
fn a_number_in_json_becomes_a_string() {
    check(
        "{\"pan\": 4111111111111111, \"n\": 1}",
        "{\"pan\": \"<card:1>\", \"n\": 1}",
    );
    check(
        r#"{"log":"{\"pan\":4111111111111111}"}"#,
        r#"{"log":"{\"pan\":<card:1>}"}"#,
    );
}

const KEY_LINE: &str = "MIIEowIBAAKCAQEAx7Lm0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";

#[test]
fn each_line_of_a_private_key_is_replaced_behind_what_stands_before_it() {
    let begin = format!("-----BEGIN RSA {} KEY-----", "PRIVATE");
    let end = format!("-----END RSA {} KEY-----", "PRIVATE");
    check(
        &format!(
            "a:1:{begin}\na:2:{KEY_LINE}\na-3-{KEY_LINE}x\na:4:Ab+d==\na:5:{end}\na:6:started\n"
        ),
        &format!("a:1:{begin}\na:2:<key:1>\na-3-<key:2>\na:4:<key:3>\na:5:{end}\na:6:started\n"),
    );
    check(
        &format!("{{\"k\":\"{begin}\\n{KEY_LINE}\\nAb==\\n{end}\\n\"}}"),
        &format!("{{\"k\":\"{begin}\\n<key:1>\\n{end}\\n\"}}"),
    );
    // The hits of a search need not have the end.
    check(
        &format!("{begin}\nINFO started\nINFO a/b/c\nINFO c\n"),
        &format!("{begin}\nINFO started\nINFO a/b/c\nINFO c\n"),
    );
}

#[test]
fn a_match_in_a_message_has_the_pseudonym_of_what_it_is_a_part_of() {
    let message = |line: &str, matches: &[(&str, usize, usize)]| {
        let matches: Vec<String> = matches
            .iter()
            .map(|(text, start, end)| {
                format!("{{\"match\":{{\"text\":\"{text}\"}},\"start\":{start},\"end\":{end}}}")
            })
            .collect();
        format!(
            "{{\"type\":\"match\",\"data\":{{\"path\":{{\"text\":\"a\"}},\"lines\":{{\"text\":\"{line}\"}},\"line_number\":1,\"absolute_offset\":0,\"submatches\":[{}]}}}}\n",
            matches.join(",")
        )
    };
    check(
        &message(
            "\\u00e9\\\"password=hunter2\\\"\\n",
            &[
                ("hunt", 12, 16),
                ("word=hunter2\\\"", 7, 20),
                ("\\u00e9", 0, 2),
            ],
        ),
        &message(
            "\\u00e9\\\"password=<secret:1>\\\"\\n",
            &[
                ("<secret:1>", 12, 16),
                ("word=<secret:1>\\\"", 7, 20),
                ("\\u00e9", 0, 2),
            ],
        ),
    );
}

#[test]
fn bytes_in_base64_are_looked_at() {
    let message = |bytes: &[u8]| {
        format!(
            "{{\"type\":\"context\",\"data\":{{\"lines\":{{\"bytes\":\"{}\"}}}}}}\n",
            STANDARD.encode(bytes)
        )
    };
    check(
        &message(b"\xff ann@example.org\n"),
        &message(b"\xff <email:1>\n"),
    );
    check(&message(b"\xff nothing\n"), &message(b"\xff nothing\n"));
}

#[test]
fn patterns_say_what_else_is_secret() {
    let patterns = ["order-\\d+", "name=(\\w+)"].map(str::to_owned).to_vec();
    let options = RedactOptions {
        patterns,
        key: None,
    };
    let mut redactor = Redactor::new(&options).unwrap();
    assert_eq!(
        redactor.text("order-12 name=ann order-12 name=bob 10.0.0.7\n"),
        "<redacted:1> name=<redacted:2> <redacted:1> name=<redacted:3> <ip:1>\n"
    );
    let wrong = RedactOptions {
        patterns: vec!["(".into()],
        key: None,
    };
    assert!(Redactor::new(&wrong).is_err());
}

fn in_pieces(redactor: &mut Redactor, text: &[u8], lengths: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    redactor.names = Pseudonyms::new(None, NUMBERED_MAX);
    let mut stream = RedactStream::new(Markup::None);
    let mut rest = text;
    for length in lengths.iter().cycle() {
        let (piece, behind) = rest.split_at((*length).min(rest.len()));
        stream.push(redactor, piece, &mut out).unwrap();
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    stream.finish(redactor, &mut out).unwrap();
    out
}

#[test]
fn a_line_longer_than_a_window_hides_nothing_and_is_the_same_however_it_comes() {
    let (samples, mut redactor) = (secrets(), redactor());
    let mut line = String::new();
    while line.len() < 5 * LONG_LINE_BYTES / 2 {
        for sample in &samples {
            line += &sample.line.replace('\n', " ");
            line += " | ";
        }
    }
    line += "\nnext ann@example.org\n";
    let whole = in_pieces(&mut redactor, line.as_bytes(), &[line.len()]);
    for lengths in [
        &[LONG_LINE_BYTES][..],
        &[LONG_LINE_BYTES + 1],
        &[65_536],
        &[999_983, 17],
    ] {
        assert!(
            in_pieces(&mut redactor, line.as_bytes(), lengths) == whole,
            "{lengths:?}"
        );
    }
    let text = String::from_utf8(whole).unwrap();
    for sample in &samples {
        // Short names are parts of other words.
        let is_there = sample.secret.len() > 8 && text.contains(&sample.secret);
        assert!(!is_there, "{}", sample.line);
    }
}

#[test]
fn a_secret_longer_than_a_window_is_replaced_to_its_end() {
    let long = "a1".repeat(LONG_LINE_BYTES);
    check(&format!("x api_key={long} y\n"), "x api_key=<token:1> y\n");
    let message = format!("{{\"bytes\":\"{}\"}}\n", "QUFB".repeat(LONG_LINE_BYTES / 2));
    let want = format!("{{\"bytes\":\"{}\"}}\n", STANDARD.encode(CUT_BYTES));
    check(&message, &want);
}

/// Text of the corpus, and of what could confuse a reader of it.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let samples = secrets();
    let words = prop_oneof![
        (0..samples.len()).prop_map(move |nth| samples[nth].line.clone().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..12),
        "[0-9a-f:.@ =\\\\\"%&;\\-/\x1b\\[m\n]{0,24}".prop_map(String::into_bytes),
        Just(b"\n".to_vec()),
    ];
    prop::collection::vec(words, 0..8).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn the_output_does_not_depend_on_the_cuts(
        text in any_text(),
        lengths in prop::collection::vec(1_usize..40, 1..5),
    ) {
        let mut redactor = redactor();
        prop_assert_eq!(in_pieces(&mut redactor, &text, &[text.len().max(1)]), in_pieces(&mut redactor, &text, &lengths));
    }

    #[test]
    fn the_sieve_leaves_no_secret_out(text in any_text()) {
        let redactor = redactor();
        for line in text.split(|byte| matches!(byte, b'\n' | 0)) {
            let next = SecretPlaces::default().next(&redactor.sieve, line, 0);
            let parts = redactor.secrets(line, &mut pem::KeyState::Outside);
            prop_assert!(next < line.len() || parts.is_empty(), "{:?} {:?}", line.escape_ascii().to_string(), parts);
        }
    }

    #[test]
    fn text_without_a_secret_is_unchanged(text in "[a-z ,.!?()\n]{0,200}") {
        prop_assert_eq!(redacted(&text), text);
    }
}

#[test]
fn a_quote_inside_of_a_secret_does_not_end_it() {
    for (line, want) in [
        (
            r#"{"password":"hunter2xyz\"rest99","a":1}"#,
            r#"{"password":"<secret:1>","a":1}"#,
        ),
        (
            r#"password="abc1\"def ghi" next"#,
            r#"password="<secret:1>" next"#,
        ),
        (
            r#"{"password":"a\"b secret"}"#,
            r#"{"password":"<secret:1>"}"#,
        ),
    ] {
        assert_eq!(redacted(line), want);
    }
}
