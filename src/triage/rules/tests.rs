//! Every rule matches its examples, and what is wrong with others is said.

use super::*;
use crate::mutants::Mutator;

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
        for pattern in rule.patterns() {
            let bytes = pattern.check(&rule.name).unwrap();
            assert!(bytes < PATTERN_BYTES_MAX, "{}: {bytes}", rule.name);
        }
    }
}

#[test]
fn a_pattern_that_is_too_large_when_compiled_is_refused() {
    for large in [
        "(?:a{1000}){1000}",
        r"(?u:\w{100}){20}",
        "(?:[ab]{500}|c){500}",
    ] {
        for field in ["pattern", "also", "lead", "until", "through"] {
            let rule = RULE.replace("pattern = ", &format!("{field} = '{large}'\npattern = "));
            let rule = match field {
                "pattern" => rule.replacen("pattern = '^BOOM", "# '^BOOM", 1),
                _ => rule,
            };
            let error = Rules::default().with(&rule).unwrap_err().to_string();
            assert!(
                error.contains("in the rule mine: compiled it has more than"),
                "{error}"
            );
        }
    }
}

#[test]
fn rules_that_take_too_much_memory_together_are_refused() {
    let rule = |nth: usize| RULE.replace("mine", &format!("mine-{nth}"));
    let large = |nth| rule(nth).replace("'^BOOM", "'(?u:\\w{5})^BOOM");
    let text: String = (0..1000).map(large).collect();
    let error = Rules::default().with(&text).unwrap_err().to_string();
    assert!(error.contains("the patterns have more than"), "{error}");
    let long = rule(0).replace(
        "\"BOOM\"]",
        &format!("\"BOOM\", \"{}\"]", "x".repeat(LITERALS_BYTES_MAX)),
    );
    let error = Rules::embedded().with(&long).unwrap_err().to_string();
    assert!(
        error.contains("the literals in needs have more than"),
        "{error}"
    );
    let many: String = (0..=RULES_MAX).map(rule).collect();
    let error = Rules::default().with(&many).unwrap_err().to_string();
    assert!(error.contains("there are more than 4096 rules"), "{error}");
}

/// Files of rules that are nearly right: each is refused for a reason, or can be used.
#[test]
fn mutants_of_rules_are_refused_or_used() {
    let embedded: Vec<String> = EMBEDDED
        .split("\n\n[[rule]]")
        .skip(1)
        .map(|rule| format!("[[rule]]{rule}"))
        .collect();
    let mut samples = vec![RULE.to_owned(), Rules::example()];
    samples.extend(embedded);
    let mut mutator = Mutator::new(20);
    let (mut used, mut refused) = (0, 0);
    for _ in 0..1500 {
        let mutant = mutator.mutant(&samples);
        let text = String::from_utf8_lossy(&mutant);
        match Rules::default().with(&text) {
            Ok(rules) => {
                let matching = rules
                    .examples()
                    .filter(|(_, wanted, _, is_match)| wanted == is_match)
                    .count();
                used += usize::from(matching > 0);
                for rule in rules.iter() {
                    rule.capture(b"BOOM in a.x:3: bad", b"BOOM");
                    assert!(rule.lines_max <= BLOCK_LINES_MAX);
                }
            }
            Err(error) => {
                assert!(error.to_string().len() > "cannot use the rules: ".len());
                refused += 1;
            }
        }
    }
    assert!(used > 100 && refused > 100, "{used} {refused}");
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
    let line = b"BOOM in a.x:3: bad \xff";
    let got = rules.get(0).capture(line, line);
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
