//! Lines of every format with the fields that they have, and everything against naive oracles.

mod conditions;
mod groups;
mod json;

use std::sync::Arc;

use super::read::{AllFields, FieldFormat, FieldReader, LineFields};

/// Returns the names and texts of all fields of `line`, in a log with this head.
fn fields_of(head: &[u8], format: FieldFormat, line: &[u8]) -> Vec<(String, String)> {
    let none: Arc<[Box<[u8]>]> = Arc::new([]);
    let mut reader = FieldReader::new(&none, format, None);
    reader.head(head);
    let mut all = AllFields::default();
    let _ = reader.read_all(line, &mut all);
    let mut buffer = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = all.iter();
    fields
        .map(|(name, value)| (text(name), text(value.text(line, &mut buffer))))
        .collect()
}

#[track_caller]
fn assert_fields(head: &str, line: &str, want: &[(&str, &str)]) {
    let got = fields_of(head.as_bytes(), FieldFormat::Auto, line.as_bytes());
    let got: Vec<(&str, &str)> = got.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(got, want, "{line}");
    // Each field is found by its name as well.
    for (name, text) in want {
        let names: Arc<[Box<[u8]>]> = Arc::new([name.as_bytes().into()]);
        let mut reader = FieldReader::new(&names, FieldFormat::Auto, None);
        reader.head(head.as_bytes());
        assert_eq!(reader.read(line.as_bytes()), LineFields::Read);
        let value = reader.values()[0];
        assert!(value.is_there(), "{name} in {line}");
        assert_eq!(
            value.text(line.as_bytes(), &mut Vec::new()),
            text.as_bytes(),
            "{name} in {line}"
        );
    }
}

#[test]
fn json_has_its_keys_through_objects_and_arrays() {
    let line =
        r#"{"a":1,"b":{"c":"x","d.e":true},"f":[{"g":null},2],"h":[],"i":{}, "j" : -1.5e3 }"#;
    let want = [
        ("a", "1"),
        ("b.c", "x"),
        ("b.d.e", "true"),
        ("f[0].g", "null"),
        ("j", "-1.5e3"),
    ];
    assert_fields(line, line, &want);
}

#[test]
fn a_name_finds_elements_of_arrays_and_objects_as_a_whole() {
    let line = br#"{"f":[{"g":7},[1,"two"]],"o":{"x":1}}"#;
    for (name, want) in [
        ("f[1][1]", Some("two")),
        ("f[0]", Some(r#"{"g":7}"#)),
        ("f", Some(r#"[{"g":7},[1,"two"]]"#)),
        ("o", Some(r#"{"x":1}"#)),
        ("f[2]", None),
        ("f[0].h", None),
        ("o.x.y", None),
        ("", None),
    ] {
        let names: Arc<[Box<[u8]>]> = Arc::new([name.as_bytes().into()]);
        let mut reader = FieldReader::new(&names, FieldFormat::Auto, None);
        assert_eq!(reader.read(line), LineFields::Read);
        let value = reader.values()[0];
        let got = value.is_there().then(|| value.raw(line));
        assert_eq!(got, want.map(str::as_bytes), "{name}");
    }
}

#[test]
fn logfmt_and_pairs_in_messages_have_their_keys() {
    let line = r#"level=info msg="got \"it\"" took=12ms ok=true empty= path=/a?x=1&y=2"#;
    let want = [
        ("level", "info"),
        ("msg", "got \"it\""),
        ("took", "12ms"),
        ("ok", "true"),
        ("empty", ""),
        ("path", "/a?x=1&y=2"),
    ];
    assert_fields(
        "",
        line,
        &want[..5]
            .iter()
            .copied()
            .chain([want[5]])
            .collect::<Vec<_>>(),
    );
    let message = "sent mail (to=a@b.c, size=12), see [id=7] a=1,b=2;c=3 x == y =z k='two words'";
    let want = [
        ("message", message),
        ("to", "a@b.c"),
        ("size", "12"),
        ("id", "7"),
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
        ("k", "two words"),
    ];
    let got = fields_of(b"", FieldFormat::Auto, message.as_bytes());
    let got: Vec<(&str, &str)> = got.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(got, want);
}

#[test]
fn headers_have_what_the_first_lines_taught() {
    let head = "2026-11-20 14:02:05,123 INFO  [main] app.Disk: 5 % free, took=3ms\n\
                2026-11-20 14:02:06,001 WARN  [pool-1] app.Net: slow peer=10.0.0.1\n\
                2026-11-20 14:02:07,001 ERROR [main] app.Net: lost peer=10.0.0.2\n";
    let want = [
        ("time", "2026-11-20 14:02:05,123"),
        ("level", "INFO"),
        ("thread", "main"),
        ("component", "app.Disk"),
        ("message", "5 % free, took=3ms"),
        ("took", "3ms"),
    ];
    assert_fields(head, head.lines().next().unwrap(), &want);
    let syslog = "Nov 20 14:02:05 web1 sshd[812]: Failed password for root\n\
                  Nov 20 14:02:06 web1 cron[9]: job done rc=0\n\
                  Nov 20 14:02:09 web2 sshd[813]: Accepted key\n";
    let want = [
        ("time", "Nov 20 14:02:06"),
        ("host", "web1"),
        ("pid", "9"),
        ("component", "cron"),
        ("message", "job done rc=0"),
        ("rc", "0"),
    ];
    assert_fields(syslog, syslog.lines().nth(1).unwrap(), &want);
}

#[test]
fn json_behind_a_header_and_behind_a_collector_is_read() {
    let head = "2026-11-20T14:02:05Z INFO {\"a\":1}\n2026-11-20T14:02:06Z WARN {\"a\":2}\n\
                2026-11-20T14:02:07Z INFO {\"a\":3}\n";
    let fields = fields_of(
        head.as_bytes(),
        FieldFormat::Auto,
        head.lines().nth(1).unwrap().as_bytes(),
    );
    assert!(fields.contains(&("a".into(), "2".into())), "{fields:?}");
    assert!(
        fields.contains(&("level".into(), "WARN".into())),
        "{fields:?}"
    );
    let compose: String = (0..8)
        .map(|nth| format!("web-1  | {{\"a\":{nth}}}\n"))
        .collect();
    let fields = fields_of(compose.as_bytes(), FieldFormat::Auto, b"web-1  | {\"a\":7}");
    assert_eq!(fields, [("a".to_owned(), "7".to_owned())]);
}

#[test]
fn access_logs_have_the_parts_of_the_request() {
    let line = r#"10.0.0.7 - bob [20/Nov/2026:14:02:05 +0000] "GET /a?b=1 HTTP/1.1" 200 512 "-" "curl/8 \"x\"" 0.012 rt=0.010"#;
    let want = [
        ("ip", "10.0.0.7"),
        ("user", "bob"),
        ("time", "20/Nov/2026:14:02:05 +0000"),
        ("method", "GET"),
        ("path", "/a"),
        ("query", "b=1"),
        ("protocol", "HTTP/1.1"),
        ("request", "GET /a?b=1 HTTP/1.1"),
        ("status", "200"),
        ("bytes", "512"),
        ("agent", "curl/8 \"x\""),
        ("duration", "0.012"),
        ("rt", "0.010"),
    ];
    assert_fields(line, line, &want);
    let common = r#"::1 - - [20/Nov/2026:14:02:05 +0000] "\x16\x03" 400 -"#;
    let want = [
        ("ip", "::1"),
        ("time", "20/Nov/2026:14:02:05 +0000"),
        ("request", "\\x16\\x03"),
        ("status", "400"),
    ];
    assert_fields(common, common, &want);
    let host =
        r#"shop.example:443 10.0.0.7 - - [20/Nov/2026:14:02:05 +0000] "GET / HTTP/2.0" 304 0"#;
    let got = fields_of(host.as_bytes(), FieldFormat::Auto, host.as_bytes());
    assert_eq!(got[1], ("host".into(), "shop.example:443".into()));
}

#[test]
fn cef_and_leef_have_their_columns_and_keys() {
    let cef = r"<134>1 Nov 20 14:02:05 fw CEF:0|Acme|Wall|1.0|100|Deny \| drop|5|src=10.0.0.1 msg=wrong password a\=b suser=bob";
    let want = [
        ("cefVersion", "0"),
        ("deviceVendor", "Acme"),
        ("deviceProduct", "Wall"),
        ("deviceVersion", "1.0"),
        ("deviceEventClassId", "100"),
        ("name", "Deny | drop"),
        ("severity", "5"),
        ("src", "10.0.0.1"),
        ("msg", "wrong password a=b"),
        ("suser", "bob"),
    ];
    let got = fields_of(b"", FieldFormat::Auto, cef.as_bytes());
    let got: Vec<(&str, &str)> = got.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(got[got.len() - want.len()..], want);
    for leef in [
        "LEEF:2.0|Acme|Wall|1|login|^|src=10.0.0.1^usrName=b c",
        "LEEF:2.0|Acme|Wall|1|login|x5E|src=10.0.0.1^usrName=b c",
        "LEEF:1.0|Acme|Wall|1|login|src=10.0.0.1\tusrName=b c",
    ] {
        let got = fields_of(b"", FieldFormat::Auto, leef.as_bytes());
        assert!(got.contains(&("eventId".into(), "login".into())), "{got:?}");
        assert!(got.contains(&("usrName".into(), "b c".into())), "{got:?}");
    }
}

#[test]
fn rows_of_tables_have_the_names_of_the_first_line() {
    for head in [
        "ip,status,\"the note\"\n",
        "ip\tstatus\tthe note\n",
        "ip;status;the note\n",
    ] {
        let delimiter = head.as_bytes()[2] as char;
        let row = ["10.0.0.1", "500", "\"two \"\"words\"\"\""].join(&delimiter.to_string());
        let got = fields_of(head.as_bytes(), FieldFormat::Table, row.as_bytes());
        let want = [
            ("ip", "10.0.0.1"),
            ("status", "500"),
            ("the note", "two \"words\""),
        ];
        let want = want.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(got, want, "{head}");
    }
    let none: Arc<[Box<[u8]>]> = Arc::new([b"b".as_slice().into()]);
    let mut reader = FieldReader::new(&none, FieldFormat::Table, None);
    reader.head(b"a,b\n1,2\n");
    for (row, want, value) in [
        ("a,b", LineFields::Names, None),
        ("1,2", LineFields::Read, Some("2")),
        ("1,", LineFields::Read, None),
        ("1,\"\"", LineFields::Read, Some("")),
        ("1", LineFields::NotValid, None),
        ("1,2,3", LineFields::NotValid, None),
        ("1,\"open", LineFields::NotValid, None),
        ("1,\"x\"y", LineFields::NotValid, None),
    ] {
        assert_eq!(reader.read(row.as_bytes()), want, "{row}");
        let found = reader.values()[0];
        let text = found.is_there().then(|| found.raw(row.as_bytes()));
        assert_eq!(text, value.map(str::as_bytes), "{row}");
    }
}

#[test]
fn any_bytes_are_lines_of_any_format() {
    use proptest::prelude::*;
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        ":",
        ",",
        "=",
        " ",
        "a",
        "é",
        "\\u00",
        "1",
        "-",
        "CEF:",
        "LEEF:2",
        "|",
        "\t",
        "\n",
        "10.0.0.1 - - [20/Nov/2026:14:02:05 +0000] \"",
        "\" 200 5",
        "'",
        "(",
        ")",
        "\u{0}",
        "true",
        "nul",
        "1e",
        "{\"a\":",
        "a=",
    ]);
    let line = prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat());
    proptest!(ProptestConfig::with_cases(1000), |(head in line.clone(), line in line)| {
        for format in [FieldFormat::Auto, FieldFormat::Table] {
            let all = fields_of(head.as_bytes(), format, line.as_bytes());
            // What is listed is found by its name, but for a name that is there twice.
            for (name, text) in &all {
                let names: Arc<[Box<[u8]>]> = Arc::new([name.as_bytes().into()]);
                let mut reader = FieldReader::new(&names, format, None);
                reader.head(head.as_bytes());
                reader.read(line.as_bytes());
                let value = reader.values()[0];
                let is_once = all.iter().filter(|(other, _)| other == name).count() == 1;
                let is_plain = !name.is_empty() && !name.contains(['.', '[']);
                if is_once && is_plain && value.form != super::read::ValueForm::Nested {
                    prop_assert!(value.is_there(), "{name:?} in {line:?}");
                    let line = line.split('\n').next().unwrap_or("");
                    let mut buffer = Vec::new();
                    let found = String::from_utf8_lossy(value.text(line.as_bytes(), &mut buffer));
                    prop_assert_eq!(&found, text, "{:?} in {:?}", name, line);
                }
            }
        }
    });
}
