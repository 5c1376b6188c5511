//! Groups distinct masked lines into templates.
//!
//! What one line cannot tell, all lines together can: lines that are equal but for one token say
//! the same thing if that token takes many values, or if it is made of placeholders, or if the word
//! before it says that a name follows. Such lines are united, the token becomes `<*>`, and the same
//! is asked again of what has become of them, until nothing changes. All unions of a round are
//! found before any is made, so the result is a function of the set of lines: it does not depend on
//! their order.

mod language;
mod words;

use hashbrown::HashMap;

pub(crate) use self::words::hash;
use self::{
    language::{common, introduces_a_name, introduces_a_state, is_letter, makes_an_event, trimmed},
    words::{Shape, VARIABLE, Words, tokens_of},
};
use super::mask::{Kind, is_code};
use crate::scan::split_mix;

/// How many distinct words in one place make it a variable.
const VALUES_MIN: usize = 6;

/// The same for the first token, which is mostly what names the event.
const FIRST_VALUES_MIN: usize = 20;

/// Unions make lines more alike, so that more can be united; more rounds than this have never been
/// needed.
const ROUNDS_MAX: usize = 16;

/// A distinct masked line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distinct<'a> {
    /// The line.
    pub(crate) masked: &'a [u8],
    /// How many lines there are of it.
    pub(crate) count: u64,
}

/// Templates, and which of them each distinct line belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Groups {
    /// The masked text of each, in the order of those texts.
    pub(crate) templates: Vec<Vec<u8>>,
    /// For each line, the number of its template.
    pub(crate) of_line: Vec<usize>,
}

/// Groups lines, all different.
pub(crate) fn group(lines: &[Distinct<'_>]) -> Groups {
    let mut words = Words::default();
    let mut clusters: Vec<Cluster> = lines
        .iter()
        .enumerate()
        .map(|(nth, line)| Cluster {
            tokens: words.tokens(line.masked),
            lines: vec![nth],
            count: line.count,
        })
        .collect();
    clusters = unite_equal(clusters);
    // How many lines say something is known only when all else is united.
    for joins in [Joins::Values, Joins::Details, Joins::Values] {
        for _ in 0..ROUNDS_MAX {
            let before = clusters.len();
            clusters = unite_equal(round(clusters, &mut words, joins));
            if clusters.len() == before || joins == Joins::Details {
                break;
            }
        }
    }
    finish(clusters, lines)
}

/// What is united in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joins {
    /// What varies by how much it varies, or by what it looks like.
    Values,
    /// Words that differ in few lines: see [`is_detail`].
    Details,
}

fn finish(clusters: Vec<Cluster>, lines: &[Distinct<'_>]) -> Groups {
    let mut texts: Vec<(Vec<u8>, Cluster)> = clusters
        .into_iter()
        .map(|mut cluster| (text_of(&mut cluster, lines), cluster))
        .collect();
    texts.sort_by(|a, b| a.0.cmp(&b.0));
    let mut groups = Groups {
        templates: Vec::new(),
        of_line: vec![0; lines.len()],
    };
    for (text, cluster) in texts {
        if groups.templates.last() != Some(&text) {
            groups.templates.push(text);
        }
        for &line in &cluster.lines {
            groups.of_line[line] = groups.templates.len() - 1;
        }
    }
    groups
}

/// What all lines of a cluster have in common.
fn text_of(cluster: &mut Cluster, lines: &[Distinct<'_>]) -> Vec<u8> {
    cluster.lines.sort_by_key(|&line| lines[line].masked);
    let mut members = cluster
        .lines
        .iter()
        .map(|&line| tokens_of(lines[line].masked));
    let first = members.next().into_iter().flatten();
    let mut tokens: Vec<Vec<u8>> = first.map(<[u8]>::to_vec).collect();
    for member in members {
        for (token, other) in tokens.iter_mut().zip(member) {
            if token != other {
                *token = common(&[token, other], Kind::Any.code());
            }
        }
    }
    tokens.join(&b' ')
}

/// Lines that are one template, as far as is known.
#[derive(Debug)]
struct Cluster {
    tokens: Vec<u32>,
    lines: Vec<usize>,
    /// How many lines of the log they are.
    count: u64,
}

/// What stands at one place of lines that are equal everywhere else.
struct Variable {
    at: usize,
    clusters: Vec<usize>,
}

/// Unites what can be united now.
fn round(clusters: Vec<Cluster>, words: &mut Words, joins: Joins) -> Vec<Cluster> {
    let mut unions = Unions::new(clusters.len());
    let hashes: Vec<u64> = clusters
        .iter()
        .map(|cluster| line_hash(&cluster.tokens, words))
        .collect();
    let tokens_max = clusters.iter().map(|cluster| cluster.tokens.len()).max();
    let hashed = Hashed {
        clusters: &clusters,
        hashes,
        words,
    };
    let mut rests = Vec::new();
    for at in 0..tokens_max.unwrap_or(0) {
        hashed.for_each_place(at, &mut rests, |place| match joins {
            Joins::Values => unite(&place, &clusters, words, &mut unions),
            Joins::Details if is_detail(&place, &clusters, words) => {
                unions.all(place.clusters);
            }
            Joins::Details => {}
        });
    }
    if joins == Joins::Values {
        unite_names(&clusters, words, &mut unions);
        unite_changes(&clusters, words, &mut unions);
    }
    unions.apply(clusters, words)
}

/// Unites lines that are equal when all placeholders are the same.
fn unite_equal(clusters: Vec<Cluster>) -> Vec<Cluster> {
    let mut united: Vec<Cluster> = Vec::new();
    let mut table: HashMap<Vec<u32>, usize> = HashMap::new();
    for cluster in clusters {
        match table.get(&cluster.tokens) {
            Some(&nth) => {
                united[nth].lines.extend(cluster.lines);
                united[nth].count += cluster.count;
            }
            None => {
                table.insert(cluster.tokens.clone(), united.len());
                united.push(cluster);
            }
        }
    }
    united
}

/// Clusters, and the hash of each.
struct Hashed<'a> {
    clusters: &'a [Cluster],
    hashes: Vec<u64>,
    words: &'a Words,
}

impl Hashed<'_> {
    /// Finds all sets of two clusters or more that differ in token `at`, and only there. One token at a
    /// time, so that what it takes is bounded by the number of clusters. `rests` is memory to be used
    /// again.
    fn for_each_place(
        &self,
        at: usize,
        rests: &mut Vec<(u64, usize)>,
        mut found: impl FnMut(Variable),
    ) {
        let Hashed {
            clusters,
            hashes,
            words,
        } = self;
        rests.clear();
        for (nth, cluster) in clusters.iter().enumerate() {
            if let Some(&token) = cluster.tokens.get(at) {
                let rest = hashes[nth].wrapping_sub(place_hash(words.get(token).hash, at));
                rests.push((rest, nth));
            }
        }
        rests.sort_unstable();
        for same_hash in rests.chunk_by(|a, b| a.0 == b.0) {
            let mut left: Vec<usize> = match same_hash {
                [_] => continue,
                _ => same_hash.iter().map(|&(_, nth)| nth).collect(),
            };
            // Nearly always they are equal, but a hash proves nothing.
            while let Some(&first) = left.first() {
                let is_equal = |&nth: &usize| {
                    are_equal_but(&clusters[first].tokens, &clusters[nth].tokens, at)
                };
                let (equal, others): (Vec<_>, Vec<_>) = left.into_iter().partition(is_equal);
                left = others;
                if equal.len() > 1 {
                    found(Variable {
                        at,
                        clusters: equal,
                    });
                }
            }
        }
    }
}

fn are_equal_but(a: &[u32], b: &[u32], at: usize) -> bool {
    a.len() == b.len() && a[..at] == b[..at] && a[at + 1..] == b[at + 1..]
}

fn line_hash(tokens: &[u32], words: &Words) -> u64 {
    let length = crate::line::to_u64(tokens.len());
    tokens.iter().enumerate().fold(length, |sum, (at, &token)| {
        sum.wrapping_add(place_hash(words.get(token).hash, at))
    })
}

/// The part of a token in the hash of its line: sums of these change by what one place changes.
fn place_hash(word: u64, at: usize) -> u64 {
    split_mix::finished(word ^ crate::line::to_u64(at + 1).wrapping_mul(split_mix::STEP))
}

fn unite(place: &Variable, clusters: &[Cluster], words: &Words, unions: &mut Unions) {
    let word = |&nth: &usize| words.get(clusters[nth].tokens[place.at]);
    let tokens = &clusters[place.clusters[0]].tokens;
    // A template of which nothing stays is no template.
    if !tokens
        .iter()
        .enumerate()
        .any(|(at, &token)| at != place.at && words.text(token).iter().any(is_letter))
    {
        return;
    }
    let values = place.clusters.len();
    let is_state = place.at > 0 && introduces_a_state(words.text(tokens[place.at - 1]));
    let is_assigned = word(&place.clusters[0]).shape == Shape::Assigned;
    let enough = if place.at == 0 && !is_assigned || is_state {
        FIRST_VALUES_MIN
    } else {
        VALUES_MIN
    };
    let named = place.at > 0 && introduces_a_name(words.text(tokens[place.at - 1]))
        || is_versioned(tokens, place.at, words);
    let has_any = place
        .clusters
        .iter()
        .any(|nth| word(nth).shape == Shape::Any);
    if values >= enough || named || (has_any && place.at > 0) {
        unions.all(place.clusters.iter().copied());
        return;
    }
    unions.all(
        place
            .clusters
            .iter()
            .copied()
            .filter(|nth| word(nth).shape <= Shape::Variable),
    );
    unite_assigned(place, clusters, words, unions);
}

/// Unites `host=a.example` with `host=10.0.0.1`: of one key, values with placeholders and values
/// that are names.
fn unite_assigned(place: &Variable, clusters: &[Cluster], words: &Words, unions: &mut Unions) {
    let mut of_key: HashMap<&[u8], (Vec<usize>, bool)> = HashMap::new();
    for &nth in &place.clusters {
        let word = words.text(clusters[nth].tokens[place.at]);
        let Some(equals) = word.iter().position(|&b| b == b'=') else {
            continue;
        };
        let (key, value) = word.split_at(equals + 1);
        let has_code = value.iter().any(|&b| is_code(b));
        let is_name = trimmed(value)
            .iter()
            .any(|b| matches!(b, b'.' | b'-' | b'_' | b'/'));
        if has_code || is_name {
            let (members, any) = of_key.entry(key).or_default();
            members.push(nth);
            *any |= has_code;
        }
    }
    for (members, has_code) in of_key.into_values() {
        if has_code {
            unions.all(members);
        }
    }
}

/// Whether the token at `at` is the name of something whose version follows: `plugin git v1.2.3`.
fn is_versioned(tokens: &[u32], at: usize, words: &Words) -> bool {
    let is_version = |word: &[u8]| matches!(word, [b'v' | b'V', code, ..] if is_code(*code));
    at > 0
        && tokens
            .get(at + 1)
            .is_some_and(|&next| is_version(words.text(next)))
}

/// So many other words must be the same for one that differs to be a detail.
const SAME_WORDS_MIN: usize = 6;

/// With more lines for each word of a place, the words that can stand there are known, and each is
/// a kind of its own.
const LINES_FOR_EACH_DETAIL: u64 = 6;

/// Whether the words of a place are a detail: the line says a lot besides, something in it varies
/// anyway, and none of them is a verb, a preposition or the like, which would make it another event.
/// There are too few lines to know what else may stand there.
fn is_detail(place: &Variable, clusters: &[Cluster], words: &Words) -> bool {
    let tokens = &clusters[place.clusters[0]].tokens;
    let others = || {
        let others = tokens.iter().enumerate().filter(|(at, _)| *at != place.at);
        others.map(|(_, &token)| words.text(token))
    };
    let is_plain = |word: &[u8]| word.iter().all(is_letter) && !word.is_empty();
    let same = others().filter(|word| is_plain(trimmed(word))).count();
    let is_last = place.at + 1 == tokens.len();
    let is_lower = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_lowercase);
    let mut varying = place
        .clusters
        .iter()
        .map(|&nth| words.text(clusters[nth].tokens[place.at]));
    let lines: u64 = place.clusters.iter().map(|&nth| clusters[nth].count).sum();
    place.at >= 2
        && !is_last
        && lines <= LINES_FOR_EACH_DETAIL * crate::line::to_u64(place.clusters.len())
        && same >= SAME_WORDS_MIN
        && others().any(|word| word.iter().any(|&byte| is_code(byte)))
        && varying.all(|word| is_lower(word) && !makes_an_event(word))
}

/// Lines that differ only in the names of things in programs, in several places at once.
fn unite_names(clusters: &[Cluster], words: &Words, unions: &mut Unions) {
    let mut table: HashMap<Vec<u32>, Vec<usize>> = HashMap::new();
    for (nth, cluster) in clusters.iter().enumerate() {
        let mut names = 0;
        let key: Vec<u32> = cluster
            .tokens
            .iter()
            .map(|&token| match words.get(token).shape {
                Shape::Name => {
                    names += 1;
                    u32::MAX
                }
                _ => token,
            })
            .collect();
        if names >= 2 && names < key.len() {
            table.entry(key).or_default().push(nth);
        }
    }
    for clusters in table.into_values() {
        if clusters.len() >= VALUES_MIN {
            unions.all(clusters);
        }
    }
}

/// So many lines with other values behind the same keys, in two places or more at once, are one.
const CHANGES_MIN: usize = 3;

/// Lines that differ only in the values of keys, in several places at once: `from=idle to=busy`.
fn unite_changes(clusters: &[Cluster], words: &Words, unions: &mut Unions) {
    let mut table: HashMap<Vec<&[u8]>, Vec<usize>> = HashMap::new();
    for (nth, cluster) in clusters.iter().enumerate() {
        let mut keys = 0;
        let key: Vec<&[u8]> = cluster
            .tokens
            .iter()
            .map(|&token| {
                let text = words.text(token);
                let equals = text.iter().position(|&byte| byte == b'=');
                match equals.filter(|_| words.get(token).shape == Shape::Assigned) {
                    Some(equals) => {
                        keys += 1;
                        &text[..=equals]
                    }
                    None => text,
                }
            })
            .collect();
        if keys >= 2 {
            table.entry(key).or_default().push(nth);
        }
    }
    for nths in table.into_values().filter(|nths| nths.len() >= CHANGES_MIN) {
        let first = &clusters[nths[0]].tokens;
        let differs = |at: &usize| {
            nths.iter()
                .any(|&nth| clusters[nth].tokens[*at] != first[*at])
        };
        if (0..first.len()).filter(differs).count() >= 2 {
            unions.all(nths);
        }
    }
}

/// Which clusters are to be one: a forest, the smallest number of each tree at its root.
struct Unions {
    parent: Vec<usize>,
}

impl Unions {
    fn new(length: usize) -> Unions {
        Unions {
            parent: (0..length).collect(),
        }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn all(&mut self, clusters: impl IntoIterator<Item = usize>) {
        let mut first = None;
        for nth in clusters {
            let root = self.root(nth);
            let first = *first.get_or_insert(root);
            let first = self.root(first);
            self.parent[root.max(first)] = root.min(first);
        }
    }

    fn apply(mut self, clusters: Vec<Cluster>, words: &mut Words) -> Vec<Cluster> {
        let mut united: Vec<Option<Cluster>> = Vec::new();
        united.resize_with(clusters.len(), || None);
        let mut variants: HashMap<(usize, usize), Vec<u32>> = HashMap::new();
        for (nth, cluster) in clusters.into_iter().enumerate() {
            let root = self.root(nth);
            match &mut united[root] {
                None => united[root] = Some(cluster),
                Some(all) => {
                    for (at, (&mine, &other)) in all.tokens.iter().zip(&cluster.tokens).enumerate()
                    {
                        if mine != other {
                            variants
                                .entry((root, at))
                                .or_insert_with(|| vec![mine])
                                .push(other);
                        }
                    }
                    all.lines.extend(cluster.lines);
                    all.count += cluster.count;
                }
            }
        }
        for ((root, at), mut tokens) in variants {
            tokens.sort_unstable();
            tokens.dedup();
            let texts: Vec<&[u8]> = tokens.iter().map(|&token| words.text(token)).collect();
            let mut text = common(&texts, Kind::Any.code());
            if text.contains(&b'=') {
                // Other lines have a placeholder behind the same key: that must not tell them apart
                // from these.
                let alike = |byte: &mut u8| {
                    if is_code(*byte) {
                        *byte = VARIABLE;
                    }
                };
                text.iter_mut().for_each(alike);
            }
            let number = words.number(&text);
            let cluster = united[root]
                .as_mut()
                .expect("it has been united from several");
            cluster.tokens[at] = number;
        }
        united.into_iter().flatten().collect()
    }
}
