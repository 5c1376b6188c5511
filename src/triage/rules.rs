//! What a failure looks like, tool by tool: `rules.toml`, and what users add to it.
//!
//! A rule is data: a name, a pattern over the visible text of one line, how much weight it has, how
//! the failure goes on below that line, and two lists of examples which a test runs. Every rule
//! names literals of which each line that it can match contains one (`needs`); one pass of an
//! Aho-Corasick automaton over a log finds the lines where any rule can match at all, and only
//! those are looked at.
//!
//! Of several rules that match a line the one with the highest priority counts. A rule with the
//! severity `noise` makes its line no candidate: so `0 errors` is kept from the rule for words like
//! "error".

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use regex::bytes::{Regex, RegexBuilder};
use regex_automata::{
    Input,
    meta::{self, Cache},
    nfa::thompson::NFA,
    util::syntax,
};
use serde::Deserialize;

use super::place::SOURCE_LINE_MAX;
use crate::error::Error;

/// The rules that come with logscan.
const EMBEDDED: &str = include_str!("rules.toml");

/// A block never has more lines than this, whatever a rule says.
pub(crate) const BLOCK_LINES_MAX: usize = 400;

/// How many lines a block has at most if its rule does not say.
const BLOCK_LINES: usize = 60;

/// A line that only follows from a failure is not taken for one, whatever words it has.
const SYMPTOM_PRECEDENCE: u8 = 90;

/// The family of noise that stands below a failure and says what could be done about it.
const ADVICE_FAMILY: &str = "advice";

/// Noise with this precedence or more matches only lines of a known form as a whole.
const PROGRESS_PRECEDENCE: u8 = 98;

/// Rules are numbered by 16 bits.
const RULES_MAX: usize = 4096;

/// How much memory the automaton of a pattern may take, and those of all patterns of a file of rules
/// together. What is compiled for them takes two to three times as much. The largest of logscan's
/// own takes less than a fifth of the first.
const PATTERN_BYTES_MAX: usize = 1 << 20;
const PATTERNS_BYTES_MAX: usize = 64 << 20;

/// How long all literals of all rules may be together. The automata that look for them have a state
/// for each byte at worst, of a KiB. Those of logscan's own rules have a tenth.
const LITERALS_BYTES_MAX: usize = 64 << 10;

/// What a match of a rule stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The build cannot go on: no memory, no runner, no disk.
    Fatal,
    /// Something has failed.
    Error,
    /// It may have.
    Warning,
    /// It follows from another failure, as `make: *** [all] Error 2` does.
    Symptom,
    /// The line only looks like a failure.
    Noise,
}

impl Severity {
    /// Its name, as in rules.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Symptom => "symptom",
            Severity::Noise => "noise",
        }
    }
}

/// How a failure goes on below its first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BlockExtent {
    /// It does not.
    #[default]
    Line,
    /// With lines that are indented deeper, also behind a blank line, and with stack frames.
    Indent,
    /// Up to the next blank line.
    Block,
    /// Up to two blank lines, or to the line that ends it.
    Section,
}

/// Which of several lines counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pick {
    /// The first one.
    #[default]
    First,
    /// The last one.
    Last,
}

/// One rule, as in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    family: String,
    #[serde(default = "error_severity")]
    severity: Severity,
    priority: u8,
    precedence: Option<u8>,
    pattern: String,
    needs: Vec<String>,
    /// Whether the pattern is matched against the line as it is in the file, with its colours.
    #[serde(default)]
    raw: bool,
    #[serde(default)]
    extent: BlockExtent,
    /// Lines directly above that belong to the block.
    lead: Option<String>,
    /// Lines that belong to the block besides those that `extent` takes.
    also: Option<String>,
    /// The first line that does not.
    until: Option<String>,
    /// The last line that does.
    through: Option<String>,
    /// The line of the block that says it best, if that is not the one that the rule matched.
    headline: Option<String>,
    #[serde(default)]
    headline_is: Pick,
    /// A line of the block without which the next rule that matches counts.
    sign: Option<String>,
    /// A line of the block with which it is none.
    unless: Option<String>,
    /// Whether the lines of the block name tests that failed and passed in the end.
    #[serde(default)]
    forgives: bool,
    /// Whether each line of the block that `headline` matches names a test that failed.
    #[serde(default)]
    lists: bool,
    lines_max: Option<usize>,
    matches: Vec<String>,
    rejects: Vec<String>,
}

fn error_severity() -> Severity {
    Severity::Error
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    rule: Vec<Written>,
}

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) severity: Severity,
    pub(crate) priority: u8,
    /// Of the rules that match a line the one with the highest counts.
    precedence: u8,
    needs: Vec<String>,
    /// Whether the pattern is matched against the line with its colours.
    pub(crate) is_raw: bool,
    pub(crate) extent: BlockExtent,
    pub(crate) lines_max: usize,
    pub(crate) lead: Option<Pattern>,
    pub(crate) also: Option<Pattern>,
    pub(crate) until: Option<Pattern>,
    pub(crate) through: Option<Pattern>,
    pub(crate) headline: Option<Pattern>,
    pub(crate) headline_is: Pick,
    pub(crate) sign: Option<Pattern>,
    pub(crate) unless: Option<Pattern>,
    pub(crate) forgives: bool,
    pub(crate) lists: bool,
    pattern: Pattern,
    /// The pattern again, for a pass over a log: each worker has a cache of its own for it.
    searched: OnceLock<meta::Regex>,
    matches: Vec<String>,
    rejects: Vec<String>,
}

/// A regular expression over bytes, compiled when it is first needed: of some hundred, a log needs
/// a few.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    fn new(rule: &str, text: String) -> Result<Pattern, Error> {
        // Parsing costs little and says what is wrong with it; compiling costs more.
        regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(&text)
            .map_err(|error| Error::Pattern {
                pattern: text.clone(),
                reason: format!("in the rule {rule}: {error}"),
            })?;
        Ok(Pattern {
            text,
            compiled: OnceLock::new(),
        })
    }

    fn regex(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            // Pattern::check has limited it.
            RegexBuilder::new(&self.text)
                .unicode(false)
                .size_limit(usize::MAX)
                .dfa_size_limit(PATTERN_CACHE_BYTES)
                .build()
                .expect(
                    "patterns of users are checked by Pattern::check, and logscan's own by a test",
                )
        })
    }

    /// How much memory its automaton takes, which the regex crate does not tell.
    fn check(&self, rule: &str) -> Result<usize, Error> {
        let automaton = NFA::compiler()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .configure(
                NFA::config()
                    .utf8(false)
                    .nfa_size_limit(Some(PATTERN_BYTES_MAX)),
            )
            .build(&self.text);
        match automaton {
            Ok(automaton) => Ok(automaton.memory_usage()),
            Err(error) => Err(Error::Pattern {
                pattern: self.text.clone(),
                reason: match error.size_limit() {
                    Some(limit) => format!(
                        "in the rule {rule}: compiled it has more than {limit} bytes; shorten its repetitions"
                    ),
                    None => format!("in the rule {rule}: {error}"),
                },
            }),
        }
    }

    /// Whether it matches anywhere in a line.
    pub(crate) fn is_match(&self, line: &[u8]) -> bool {
        self.regex().is_match(line)
    }
}

/// The memory of one lazy DFA. Rules are small.
const PATTERN_CACHE_BYTES: usize = 256 << 10;

/// What a rule captured of its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u64>,
    pub(crate) message: Option<String>,
}

/// A rule with this priority or more is sure of itself.
pub(crate) const SURE_PRIORITY: u8 = 70;

/// All rules, the highest priority first.
///
/// A clone is cheap: it has the same rules, and not a copy of them.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Arc<Vec<Rule>>,
}

impl Rules {
    /// The rules that come with logscan.
    ///
    /// ```
    /// assert!(logscan::triage::Rules::embedded().len() > 100);
    /// ```
    ///
    /// # Panics
    /// Never: a test reads them.
    pub fn embedded() -> Rules {
        read(EMBEDDED)
            .and_then(|rules| Rules::default().and(rules))
            .expect("the embedded rules are tested")
    }

    /// What a rule is made of, with an example: the text at the top of `rules.toml`.
    pub fn manual() -> String {
        let lines = EMBEDDED
            .lines()
            .skip(2)
            .map_while(|line| line.strip_prefix('#'));
        lines.fold(String::new(), |text, line| {
            text + line.strip_prefix(' ').unwrap_or(line) + "\n"
        })
    }

    /// The example of [`Rules::manual`], which is a whole file of rules.
    pub fn example() -> String {
        let manual = Rules::manual();
        let mut lines = manual.lines().skip_while(|line| *line != "For example");
        lines.next();
        lines.fold(String::new(), |text, line| text + line.trim_start() + "\n")
    }

    /// These rules and those of a TOML text; of two with the same name the new one counts.
    ///
    /// # Errors
    /// [`Error::Rules`] if the text is not what is documented at the top of `rules.toml`, or there
    /// is too much of it; [`Error::Pattern`] if a pattern is no regular expression, or too large a
    /// one.
    pub fn with(self, text: &str) -> Result<Rules, Error> {
        let rules = read(text)?;
        let mut bytes = 0;
        for rule in &rules {
            for pattern in rule.patterns() {
                bytes += pattern.check(&rule.name)?;
            }
            if bytes > PATTERNS_BYTES_MAX {
                return Err(Error::Rules {
                    reason: format!(
                        "compiled, the patterns have more than {PATTERNS_BYTES_MAX} bytes; shorten their repetitions"
                    ),
                });
            }
        }
        self.and(rules)
    }

    /// These rules and others.
    fn and(self, rules: Vec<Rule>) -> Result<Rules, Error> {
        let mut all = Arc::unwrap_or_clone(self.rules);
        let mut place_of: HashMap<String, usize> = all
            .iter()
            .enumerate()
            .map(|(at, rule)| (rule.name.clone(), at))
            .collect();
        for rule in rules {
            match place_of.get(&rule.name) {
                Some(&at) => all[at] = rule,
                None => {
                    place_of.insert(rule.name.clone(), all.len());
                    all.push(rule);
                }
            }
        }
        if all.len() > RULES_MAX {
            return Err(Error::Rules {
                reason: format!("there are more than {RULES_MAX} rules"),
            });
        }
        let literals = all.iter().flat_map(Rule::literals);
        if literals.map(|literal| literal.len()).sum::<usize>() > LITERALS_BYTES_MAX {
            return Err(Error::Rules {
                reason: format!(
                    "the literals in needs have more than {LITERALS_BYTES_MAX} bytes; shorter ones do as well"
                ),
            });
        }
        // Stable, so of equal ones the one that was written first comes first.
        all.sort_by_key(|rule| std::cmp::Reverse(rule.precedence));
        Ok(Rules {
            rules: Arc::new(all),
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Each rule with its examples: whether it should match, the text, and whether it does.
    pub fn examples(&self) -> impl Iterator<Item = (&str, bool, &str, bool)> {
        self.rules.iter().flat_map(|rule| {
            let matches = rule.matches.iter().map(|text| (true, text));
            let rejects = rule.rejects.iter().map(|text| (false, text));
            matches.chain(rejects).map(|(wanted, text)| {
                let mut lines = text.lines();
                let is_match = lines.any(|line| {
                    rule.has_literal(line) && rule.searched().is_match(line.as_bytes())
                });
                (rule.name.as_str(), wanted, text.as_str(), is_match)
            })
        })
    }

    /// The examples that rules match, of all rules but those about colours and those that say that
    /// a line is nothing.
    #[cfg(test)]
    pub(crate) fn own_examples(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules
            .iter()
            .filter(|rule| !rule.is_raw && rule.severity != Severity::Noise)
            .flat_map(|rule| {
                let examples = rule.matches.iter();
                examples.map(|text| (rule.name.as_str(), text.as_str()))
            })
    }

    /// The rule that counts for a line if rule `nth` does not; none if that says that the line is
    /// nothing.
    pub(crate) fn next(&self, nth: u16, line: &[u8]) -> Option<u16> {
        let from = usize::from(nth) + 1;
        let (at, rule) = (from..)
            .zip(&self.rules[from..])
            .find(|(_, rule)| rule.matches(line))?;
        (rule.severity != Severity::Noise)
            .then(|| u16::try_from(at).expect("there are at most RULES_MAX rules"))
    }

    /// Whether a line only says that something else has failed.
    pub(crate) fn is_symptom(&self, line: &[u8]) -> bool {
        self.matches_any(line, |rule| rule.severity == Severity::Symptom)
    }

    /// Whether a line only says that something else has failed, or what could be done about it.
    pub(crate) fn is_wrapper(&self, line: &[u8]) -> bool {
        self.matches_any(line, |rule| {
            rule.severity == Severity::Symptom || rule.family == ADVICE_FAMILY
        })
    }

    /// Whether a line is one of progress or of a passing test, in a form that is known as a whole.
    pub(crate) fn is_progress(&self, line: &[u8]) -> bool {
        self.matches_any(line, |rule| {
            rule.severity == Severity::Noise && rule.precedence >= PROGRESS_PRECEDENCE
        })
    }

    fn matches_any(&self, line: &[u8], is_asked: impl Fn(&Rule) -> bool) -> bool {
        self.rules
            .iter()
            .any(|rule| is_asked(rule) && rule.matches(line))
    }

    pub(crate) fn get(&self, nth: u16) -> &Rule {
        &self.rules[usize::from(nth)]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }
}

/// The rules of a TOML text.
fn read(text: &str) -> Result<Vec<Rule>, Error> {
    let file: RulesFile = toml::from_str(text).map_err(|error| Error::Rules {
        reason: error.to_string(),
    })?;
    file.rule.into_iter().map(Rule::new).collect()
}

impl Default for Rules {
    /// No rules.
    fn default() -> Rules {
        Rules {
            rules: Arc::default(),
        }
    }
}

impl Rule {
    fn new(written: Written) -> Result<Rule, Error> {
        let name = written.name;
        let wrong = |reason: &str| Error::Rules {
            reason: format!("{name}: {reason}"),
        };
        if written.needs.is_empty() || written.needs.iter().any(|literal| literal.len() < 2) {
            return Err(wrong("needs literals of two bytes or more"));
        }
        if written.matches.is_empty() || written.rejects.is_empty() {
            return Err(wrong("needs an example that matches and one that does not"));
        }
        let optional =
            |text: Option<String>| text.map(|text| Pattern::new(&name, text)).transpose();
        Ok(Rule {
            pattern: Pattern::new(&name, written.pattern)?,
            searched: OnceLock::new(),
            lead: optional(written.lead)?,
            also: optional(written.also)?,
            until: optional(written.until)?,
            through: optional(written.through)?,
            headline: optional(written.headline)?,
            headline_is: written.headline_is,
            sign: optional(written.sign)?,
            unless: optional(written.unless)?,
            forgives: written.forgives,
            lists: written.lists,
            family: written.family,
            severity: written.severity,
            priority: written.priority,
            precedence: written.precedence.unwrap_or(match written.severity {
                Severity::Symptom => SYMPTOM_PRECEDENCE,
                _ => written.priority,
            }),
            needs: written.needs,
            is_raw: written.raw,
            extent: written.extent,
            lines_max: written
                .lines_max
                .unwrap_or(BLOCK_LINES)
                .min(BLOCK_LINES_MAX),
            matches: written.matches,
            rejects: written.rejects,
            name,
        })
    }

    /// All its patterns.
    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let others = [
            &self.lead,
            &self.also,
            &self.until,
            &self.through,
            &self.headline,
            &self.sign,
            &self.unless,
        ];
        others.into_iter().flatten().chain([&self.pattern])
    }

    /// Whether this is noise whose block holds no candidates: the output of passing tests, a list
    /// of flaky ones.
    pub(crate) fn is_aside(&self) -> bool {
        self.severity == Severity::Noise && self.extent != BlockExtent::Line
    }

    /// Whether the rule matches a visible line. For a few lines; the pass over a log has its own
    /// way.
    fn matches(&self, line: &[u8]) -> bool {
        let has = |literal: String| memchr::memmem::find(line, literal.as_bytes()).is_some();
        !self.is_raw && self.literals().any(has) && self.searched().is_match(line)
    }

    fn searched(&self) -> &meta::Regex {
        self.searched.get_or_init(|| {
            meta::Regex::builder()
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .configure(
                    meta::Regex::config()
                        .utf8_empty(false)
                        .nfa_size_limit(None)
                        .hybrid_cache_capacity(PATTERN_CACHE_BYTES),
                )
                .build(&self.pattern.text)
                .expect("it is as small as the plain pattern, which was checked")
        })
    }

    fn has_literal(&self, text: &str) -> bool {
        let line = format!("{text}\n");
        self.literals().any(|literal| line.contains(&literal))
    }

    /// The literals that a pass over a log looks for. For a pattern that does not care for case
    /// these are in small letters, in capitals, with a capital first, and as written: spelling as
    /// `eRRor` is not worth the time.
    pub(crate) fn literals(&self) -> impl Iterator<Item = String> {
        let has_cases = self.pattern.text.contains("(?i");
        self.needs.iter().flat_map(move |literal| {
            let mut cases = vec![literal.clone()];
            if has_cases {
                let small = literal.to_ascii_lowercase();
                let mut title = small.clone();
                if let Some(first) = title.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                cases.extend([literal.to_ascii_uppercase(), title, small]);
                cases.sort_unstable();
                cases.dedup();
            }
            cases
        })
    }

    /// What a line of a list says about a test that failed, if the rule is about such a list.
    pub(crate) fn listed(&self, line: &[u8]) -> Option<String> {
        let headline = self.headline.as_ref().filter(|_| self.lists)?;
        headline.capture(line).message
    }

    /// What the named groups hold, `file`, `line` and `message`: those of the headline's pattern,
    /// if the rule has one that matches, and otherwise those of the rule's own. The place may also
    /// stand in the line that the rule matched, and so may the name of what failed: `test_x:
    /// KeyError: 1`.
    pub(crate) fn capture(&self, headline: &[u8], matched: &[u8]) -> Captured {
        let own = self.pattern.capture(matched);
        match &self.headline {
            Some(pattern) if pattern.is_match(headline) => {
                let said = pattern.capture(headline);
                let message = match (own.message, said.message) {
                    (Some(own), Some(said)) if own != said => Some(format!("{own}: {said}")),
                    (own, said) => said.or(own),
                };
                Captured {
                    file: said.file.or(own.file),
                    line: said.line.or(own.line),
                    message,
                }
            }
            _ => own,
        }
    }
}

impl Pattern {
    fn capture(&self, line: &[u8]) -> Captured {
        // Most patterns name no group, and need not be compiled for it.
        if !self.text.contains('<') {
            return Captured::default();
        }
        let Some(captures) = self.regex().captures(line) else {
            return Captured::default();
        };
        let text = |name| {
            let group = captures.name(name)?;
            let text = String::from_utf8_lossy(group.as_bytes()).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        Captured {
            file: text("file"),
            line: text("line")
                .and_then(|digits| digits.parse().ok())
                .filter(|&line| line <= SOURCE_LINE_MAX),
            message: text("message"),
        }
    }
}

/// The compiled patterns' scratch memory of one worker.
#[derive(Debug, Default)]
pub(crate) struct Caches {
    caches: Vec<Option<Cache>>,
}

impl Rules {
    /// Whether rule `nth` matches a line.
    pub(crate) fn is_match(&self, nth: u16, line: &[u8], caches: &mut Caches) -> bool {
        let at = usize::from(nth);
        if caches.caches.len() <= at {
            caches.caches.resize_with(self.rules.len(), || None);
        }
        let regex = self.rules[at].searched();
        let cache = caches.caches[at].get_or_insert_with(|| regex.create_cache());
        regex
            .search_half_with(cache, &Input::new(line).earliest(true))
            .is_some()
    }
}

#[cfg(test)]
mod tests;
