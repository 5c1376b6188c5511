//! Fields of JSON against serde_json.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use crate::fields::read::{FieldFormat, FieldReader, LineFields};

/// Any value, not too large.
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,6}",
        "\\PC{0,4}",
        prop::sample::select(vec![
            "\"",
            "\\",
            "\n\t",
            "\u{0}\u{1f}",
            "\u{7f}",
            "é😀",
            "/",
            "a\"b"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000i64..1000).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has none", |real| real.is_finite())
            .prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_key(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

pub(super) fn any_key() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "user", "id", "é", "a b", "x\"y"])
        .prop_map(str::to_owned)
}

pub(super) fn any_object() -> impl Strategy<Value = Value> {
    prop::collection::vec((any_key(), any_value()), 0..6)
        .prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

/// Writes a value with blanks and with escapes that are not needed, as `choices` say.
pub(super) fn written(value: &Value, choices: &mut dyn FnMut(usize) -> usize, out: &mut String) {
    let blank = |choices: &mut dyn FnMut(usize) -> usize, out: &mut String| {
        out.push_str(["", "", "", " ", "\t "][choices(5)]);
    };
    match value {
        Value::String(text) => string(text, choices, out),
        Value::Array(list) => {
            out.push('[');
            for (nth, value) in list.iter().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                blank(choices, out);
                written(value, choices, out);
                blank(choices, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (nth, (key, value)) in fields.iter().enumerate() {
                out.push_str(if nth > 0 { "," } else { "" });
                blank(choices, out);
                string(key, choices, out);
                blank(choices, out);
                out.push(':');
                blank(choices, out);
                written(value, choices, out);
                blank(choices, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

fn string(text: &str, choices: &mut dyn FnMut(usize) -> usize, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        let needs = c < ' ' || matches!(c, '"' | '\\');
        match (needs, choices(8)) {
            (_, 0) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            (false, 1) if c == '/' => out.push_str("\\/"),
            (false, _) => out.push(c),
            (true, _) => {
                let quoted = serde_json::to_string(&c).expect("a character is a string");
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
        }
    }
    out.push('"');
}

/// Numbers from a seed, for choices.
pub(super) fn choices(seed: u64) -> impl FnMut(usize) -> usize {
    let mut random = fastrand::Rng::with_seed(seed);
    move |below| random.usize(..below)
}

/// Every path to a value, as names are written, with the value.
fn paths(value: &Value, name: &str, found: &mut Vec<(String, Value)>) {
    if !name.is_empty() {
        found.push((name.to_owned(), value.clone()));
    }
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if name.is_empty() { "" } else { "." };
                paths(value, &format!("{name}{dot}{key}"), found);
            }
        }
        Value::Array(list) => {
            for (nth, value) in list.iter().enumerate() {
                paths(value, &format!("{name}[{nth}]"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_value_of_an_object_is_found_by_its_path() {
    proptest!(ProptestConfig::with_cases(600), |(object in any_object(), seed in any::<u64>())| {
        let mut line = String::new();
        written(&object, &mut choices(seed), &mut line);
        prop_assert_eq!(&serde_json::from_str::<Value>(&line).unwrap(), &object);
        let mut wanted = Vec::new();
        paths(&object, "", &mut wanted);
        // A path that can be read in two ways is not looked at: an empty key, or the same twice.
        wanted.retain(|(name, _)| !name.starts_with('.') && !name.contains("..") && !name.ends_with('.'));
        let mut names: Vec<Box<[u8]>> = wanted.iter().map(|(name, _)| name.as_bytes().into()).collect();
        names.push(b"nothing.of[3].it".as_slice().into());
        let names: Arc<[Box<[u8]>]> = names.into();
        let mut reader = FieldReader::new(&names, FieldFormat::Auto, None);
        prop_assert_eq!(reader.read(line.as_bytes()), LineFields::Read);
        for (nth, (name, value)) in wanted.iter().enumerate() {
            let found = reader.values()[nth];
            prop_assert!(found.is_there(), "{} in {}", name, line);
            let mut buffer = Vec::new();
            let text = String::from_utf8(found.text(line.as_bytes(), &mut buffer).to_vec()).unwrap();
            match value {
                Value::String(want) => prop_assert_eq!(&text, want, "{} in {}", name, line),
                want => prop_assert_eq!(&serde_json::from_str::<Value>(&text).unwrap(), want),
            }
        }
        prop_assert!(!reader.values()[wanted.len()].is_there());
    });
}

#[test]
fn a_line_is_valid_if_serde_json_takes_it() {
    let none: Arc<[Box<[u8]>]> = Arc::new([b"a".as_slice().into()]);
    let cases = ProptestConfig::with_cases(3000);
    proptest!(cases, |(object in any_object(), seed in any::<u64>(), at in any::<prop::sample::Index>(), byte in 0_usize..24)| {
        let mut line = String::new();
        written(&object, &mut choices(seed), &mut line);
        let mut line = line.into_bytes();
        let other = b"\"\\{}[]:, \t0-.eEu1tfn\x01\x7fx/"[byte];
        let at = at.index(line.len());
        match seed % 3 {
            0 => line[at] = other,
            1 => line.insert(at, other),
            _ => { line.remove(at); }
        }
        if std::str::from_utf8(&line).is_err() {
            return Ok(());
        }
        let is_valid = serde_json::from_slice::<Value>(&line).is_ok_and(|value| value.is_object());
        let is_blank = line.trim_ascii().is_empty();
        // serde_json refuses numbers that no f64 can hold, and halves of surrogate pairs.
        let text = String::from_utf8_lossy(&line).to_lowercase();
        let has_exponent = text.as_bytes().windows(2).any(|two| two[0].is_ascii_digit() && two[1] == b'e');
        if text.contains("\\ud") || has_exponent {
            return Ok(());
        }
        let mut reader = FieldReader::new(&none, FieldFormat::Auto, None);
        reader.head(b"{\"a\":1}\n");
        let got = reader.read(&line);
        prop_assert_eq!(got == LineFields::Read, is_valid || is_blank, "{}", text);
    });
}

#[test]
fn deep_nesting_is_not_valid_and_does_not_end_the_program() {
    let none: Arc<[Box<[u8]>]> = Arc::new([b"a".as_slice().into()]);
    let mut reader = FieldReader::new(&none, FieldFormat::Auto, None);
    reader.head(b"{\"a\":1}\n");
    for (depth, want) in [(100, LineFields::Read), (100_000, LineFields::NotValid)] {
        let line = format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(reader.read(line.as_bytes()), want);
    }
}
