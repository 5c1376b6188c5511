//! Conditions against a naive evaluation of serde_json's values.

use std::time::SystemTime;

use proptest::prelude::*;
use serde_json::Value;

use super::json::{any_object, choices, written};
use crate::{
    Matcher, Patterns,
    fields::{Condition, FieldFormat},
    scan::TimeSetting,
};

fn setting() -> TimeSetting {
    TimeSetting::utc(SystemTime::UNIX_EPOCH)
}

fn matcher(condition: &str) -> Matcher {
    let condition =
        Condition::parse(condition, &setting()).unwrap_or_else(|error| panic!("{error}"));
    let all = Matcher::new(&Patterns::new("")).unwrap();
    all.filtered(condition.into_filter(FieldFormat::Auto, None))
}

#[track_caller]
fn assert_meets(condition: &str, line: &str, want: bool) {
    let got = matcher(condition).finder().is_match(line.as_bytes());
    assert_eq!(got, want, "{condition} of {line}");
}

#[test]
fn values_are_compared_as_what_they_look_like() {
    let line = r#"{"status":503,"n":"42","big":9007199254740993,"name":"Bob","ok":true,"none":null,"took":"1.7s","took_ms":1500,"size":"12MB","bytes":20000000,"ts":"2026-11-20T14:02:05Z","at":1795183325,"lvl":"Warning","path":"/api/x y","tags":["a"]}"#;
    for (condition, want) in [
        ("status>=500", true),
        ("status<500", false),
        ("status=503.0", true),
        ("status!=503", false),
        ("n>41.5", true),
        ("n=42", true),
        ("n=\"42\"", true),
        ("n=\"42.0\"", false),
        ("big>9007199254740992", true),
        ("name=Bob", true),
        ("name=bob", false),
        ("name=i bob", true),
        ("name=i'bob'", true),
        ("name!=i bob", false),
        ("name<C", true),
        ("name>5", false),
        ("name!=5", true),
        ("ok=true", true),
        ("none=null", true),
        ("exists(none)", true),
        ("exists(nothing)", false),
        ("nothing=1", false),
        ("nothing!=1", false),
        ("not nothing=1", true),
        ("nothing?=1", true),
        ("not nothing?=1", false),
        ("status?>=600", false),
        ("took>1.5s", true),
        ("took>1700ms", false),
        ("took>=1700ms", true),
        ("took_ms>=1.5s", true),
        ("took_ms<1.5s", false),
        ("size>10MB", true),
        ("size>10MiB", true),
        ("size>12MB", false),
        ("bytes>10MB", true),
        ("ts>=2026-11-20", true),
        ("ts>=\"2026-11-20 14:02:06\"", false),
        ("ts=2026-11-20T14:02:05+00:00", true),
        ("at<2026-11-21", true),
        ("lvl>=warn", true),
        ("lvl>=error", false),
        ("lvl=warn", false),
        ("path~^/api", true),
        ("path!~health", true),
        ("path=\"/api/x y\"", true),
        ("nothing!~x", false),
        ("tags[0]=a", true),
        ("status>=500 and name=Bob", true),
        ("status>=500 and name=Eve or ok=true", true),
        ("status>=500 and (name=Eve or ok=false)", false),
        ("not (status>=500 and name=Eve)", true),
        ("NOT status>=500 OR name~(o|x)b", true),
        ("path~(a(p)i)", true),
    ] {
        assert_meets(condition, line, want);
    }
}

#[test]
fn what_is_wrong_is_said_with_a_caret_below_it() {
    for (text, column, reason) in [
        ("", 0, "a condition is missing"),
        ("status", 6, "put quotes around it: --where 'status>=500'"),
        ("status 500", 7, "a comparison is missing behind status"),
        ("status>=", 8, "a value is missing"),
        ("status>>500", 7, "needs quotes"),
        ("status>=500 path=x", 12, "only 'and' or 'or'"),
        ("(status>=500", 0, "not closed"),
        ("status>=500)", 11, "was not opened"),
        ("a=\"x", 2, "this quote is not closed"),
        ("é=1 and b", 9, "a comparison is missing behind b"),
        ("exists err", 7, "exists(err)"),
        ("a~(", 2, "unclosed group"),
        ("and a=1", 4, "a comparison is missing behind and"),
    ] {
        let error = Condition::parse(text, &setting()).unwrap_err();
        assert_eq!(error.column, column, "{error}");
        assert!(error.reason.contains(reason), "{error}");
        let shown = error.to_string();
        let caret = shown.lines().last().unwrap();
        assert_eq!(caret.chars().count(), column + 3, "{shown}");
    }
    let deep = "(".repeat(1000);
    assert!(Condition::parse(&deep, &setting()).is_err());
}

#[test]
fn named_groups_of_the_pattern_are_fields() {
    let matcher = Matcher::new(&Patterns::new(r"took (?P<ms>\d+) ms")).unwrap();
    let condition = Condition::parse("ms>100", &setting()).unwrap();
    let filter = condition.into_filter(FieldFormat::Auto, Some(matcher.clone()));
    let mut finder = matcher.filtered(filter).finder();
    assert!(finder.is_match(b"job took 250 ms"));
    assert!(!finder.is_match(b"job took 25 ms"));
    assert!(!finder.is_match(b"ms=250"));
}

/// A comparison of a field, as text and as a naive evaluation.
#[derive(Clone, Debug)]
enum Naive {
    Compare(&'static str, &'static str, &'static str),
    Exists(&'static str),
    Not(Box<Naive>),
    And(Box<Naive>, Box<Naive>),
    Or(Box<Naive>, Box<Naive>),
}

fn any_condition() -> impl Strategy<Value = Naive> {
    let name = || prop::sample::select(vec!["a", "b", "user.id", "c[0]", "user", "\"a b\"", "é"]);
    let operator = prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let value = prop::sample::select(vec![
        "0", "7", "-3.5", "abc", "true", "null", "\"x y\"", "\"\"", "zé",
    ]);
    let leaf = prop_oneof![
        4 => (name(), operator, value).prop_map(|(name, operator, value)| Naive::Compare(name, operator, value)),
        1 => name().prop_map(Naive::Exists),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let pair = || (inner.clone(), inner.clone()).prop_map(|(a, b)| (Box::new(a), Box::new(b)));
        prop_oneof![
            inner.clone().prop_map(|node| Naive::Not(Box::new(node))),
            pair().prop_map(|(a, b)| Naive::And(a, b)),
            pair().prop_map(|(a, b)| Naive::Or(a, b)),
        ]
    })
}

impl Naive {
    fn text(&self) -> String {
        match self {
            Naive::Compare(name, operator, value) => format!("{name}{operator}{value}"),
            Naive::Exists(name) => format!("exists({name})"),
            Naive::Not(node) => format!("not ({})", node.text()),
            Naive::And(a, b) => format!("({}) and ({})", a.text(), b.text()),
            Naive::Or(a, b) => format!("({} or {})", a.text(), b.text()),
        }
    }

    fn is_met(&self, object: &Value) -> bool {
        match self {
            Naive::Exists(name) => lookup(object, name).is_some(),
            Naive::Not(node) => !node.is_met(object),
            Naive::And(a, b) => a.is_met(object) && b.is_met(object),
            Naive::Or(a, b) => a.is_met(object) || b.is_met(object),
            Naive::Compare(name, operator, want) => {
                let Some(value) = lookup(object, name) else {
                    return false;
                };
                let text = match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let is_quoted = want.starts_with('"');
                let want = want.trim_matches('"');
                // Numbers of JSON are as Rust has them, but for `inf` and the like.
                let number = |text: &str| -> Option<f64> {
                    let is_number = text
                        .bytes()
                        .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                    text.parse().ok().filter(|_| is_number && !text.is_empty())
                };
                let ordering = match (number(want).filter(|_| !is_quoted), number(&text)) {
                    (None, _) => Some(text.as_str().cmp(want)),
                    (Some(want), Some(number)) => number.partial_cmp(&want),
                    (Some(_), None) if matches!(*operator, "=" | "!=") => {
                        Some(text.as_str().cmp(want))
                    }
                    (Some(_), None) => None,
                };
                match *operator {
                    "=" => ordering.is_some_and(std::cmp::Ordering::is_eq),
                    "!=" => !ordering.is_some_and(std::cmp::Ordering::is_eq),
                    "<" => ordering.is_some_and(std::cmp::Ordering::is_lt),
                    "<=" => ordering.is_some_and(std::cmp::Ordering::is_le),
                    ">" => ordering.is_some_and(std::cmp::Ordering::is_gt),
                    _ => ordering.is_some_and(std::cmp::Ordering::is_ge),
                }
            }
        }
    }
}

fn lookup<'v>(object: &'v Value, name: &str) -> Option<&'v Value> {
    match name {
        "user.id" => object.get("user")?.get("id"),
        "c[0]" => object.get("c")?.get(0),
        name => object.get(name.trim_matches('"')),
    }
}

#[test]
fn conditions_are_met_by_the_lines_that_a_naive_evaluation_names() {
    let objects = prop::collection::vec(any_object(), 1..12);
    proptest!(ProptestConfig::with_cases(600), |(objects in objects, condition in any_condition(), seed in any::<u64>())| {
        let mut log = String::new();
        let mut want = Vec::new();
        for object in &objects {
            let start = log.len();
            written(object, &mut choices(seed), &mut log);
            log.push('\n');
            if condition.is_met(object) {
                want.push((start, log.len()));
            }
        }
        let text = condition.text();
        let matcher = matcher(&text);
        let mut got = Vec::new();
        let block = log.as_bytes();
        // The engine looks for texts that must be there first.
        matcher.finder().hits(block, false, |hit| {
            got.push((hit.start(block), hit.end));
            std::ops::ControlFlow::Continue(())
        });
        prop_assert_eq!(&got, &want, "{} in {}", text, log);
        let mut finder = matcher.finder();
        for (line, object) in log.lines().zip(&objects) {
            prop_assert_eq!(finder.is_match(line.as_bytes()), condition.is_met(object), "{} of {}", text, line);
        }
    });
}

#[test]
fn a_prefilter_finds_texts_that_are_written_with_escapes() {
    for (condition, want) in [
        ("level=error", 3),
        ("level=i ERROR", 4),
        ("level=error and n=1", 1),
        ("level=error or level=fatal", 4),
    ] {
        let log = "{\"level\":\"error\",\"n\":1}\n{\"level\":\"\\u0065rror\"}\n{\"level\":\"ERROR\"}\n{\"level\":\"info\"}\n\
                   level=error\n{\"level\":\"fatal\"}\n";
        let mut count = 0;
        matcher(condition)
            .finder()
            .hits(log.as_bytes(), false, |_| {
                count += 1;
                std::ops::ControlFlow::Continue(())
            });
        assert_eq!(count, want, "{condition}");
    }
}
