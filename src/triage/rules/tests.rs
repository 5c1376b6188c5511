//! Every rule matches its examples, and what is wrong with others is said.

use super::*;

#[test]
fn every_rule_matches_its_examples_and_rejects_its_counterexamples() {
    let rules = Rules::embedded();
    let wrong: Vec<String> = rules
        .examples()
        .filter(|(_, wanted, _, is_match)| wanted != is_match)
        .map(|(name, wanted, text, _)| {
            let verb = if wanted { "does not match" } else { "matches" };
            format!("{name} {verb}: {text}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rules.len() > 150, "the rules are there");
}

#[test]
fn all_patterns_of_all_rules_compile() {
    for rule in Rules::embedded().iter() {
        for pattern in [&rule.lead, &rule.also, &rule.until, &rule.through]
            .into_iter()
            .flatten()
        {
            // Panics if it does not.
            let _ = pattern.is_match(b"\0");
        }
    }
}

const RULE: &str = r#"
[[rule]]
name = "mine"
family = "test"
priority = 90
pattern = '^BOOM in (?P<file>\S+):(?P<line>\d+): (?P<message>.*)'
needs = ["BOOM"]
matches = ["BOOM in a.x:3: bad"]
rejects = ["boom"]
"#;

#[test]
fn rules_can_be_added_and_replaced() {
    let rules = Rules::default().with(RULE).unwrap();
    assert_eq!(rules.len(), 1);
    let rules = rules.with(&RULE.replace("90", "10")).unwrap();
    assert_eq!((rules.len(), rules.get(0).priority), (1, 10));
    let got = rules.get(0).capture(b"BOOM in a.x:3: bad \xff");
    let want = Captured {
        file: Some("a.x".into()),
        line: Some(3),
        message: Some("bad \u{fffd}".into()),
    };
    assert_eq!(got, want);
}

#[test]
fn what_is_wrong_with_rules_is_said() {
    for (change, to, want) in [
        ("[[rule]]", "[[rules]]", "unknown field `rules`"),
        ("priority = 90", "", "missing field `priority`"),
        ("needs = [\"BOOM\"]", "needs = []", "mine: needs literals"),
        (
            "rejects = [\"boom\"]",
            "rejects = []",
            "mine: needs an example",
        ),
        ("(?P<file>", "(?P<file", "in the rule mine"),
        ("family", "famly", "unknown field `famly`"),
    ] {
        let error = Rules::default()
            .with(&RULE.replace(change, to))
            .unwrap_err()
            .to_string();
        assert!(error.contains(want), "{change}: {error}");
    }
}
