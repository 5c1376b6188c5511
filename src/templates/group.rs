//! Groups distinct masked lines into templates.
//!
//! What one line cannot tell, all lines together can: lines that are equal but for one token say
//! the same thing if that token takes many values, or if it is made of placeholders, or if the word
//! before it says that a name follows. Such lines are united, the token becomes `<*>`, and the same
//! is asked again of what has become of them, until nothing changes. All unions of a round are
//! found before any is made, so the result is a function of the set of lines: it does not depend on
//! their order.

use hashbrown::{HashMap, HashTable};

use super::mask::{Kind, is_code};
use crate::scan::split_mix;

/// How many distinct words in one place make it a variable.
const VALUES_MIN: usize = 6;

/// The same for the first token, which is mostly what names the event.
const FIRST_VALUES_MIN: usize = 20;

/// Unions make lines more alike, so that more can be united; more rounds than this have never been
/// needed.
const ROUNDS_MAX: usize = 16;

/// The most tokens of a line that may vary; what follows them is one token. It bounds the memory:
/// each distinct token of each distinct line takes some 30 bytes.
const TOKENS_MAX: usize = 64;

/// What stands for every placeholder while lines are grouped.
const VARIABLE: u8 = Kind::Num.code();

/// A distinct masked line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distinct<'a> {
    /// The line.
    pub(crate) masked: &'a [u8],
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
        })
        .collect();
    clusters = unite_equal(clusters);
    for _ in 0..ROUNDS_MAX {
        let before = clusters.len();
        clusters = unite_equal(round(clusters, &mut words));
        if clusters.len() == before {
            break;
        }
    }
    finish(clusters, lines)
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

/// The tokens of a masked line; what follows the last that may vary is part of it.
fn tokens_of(masked: &[u8]) -> impl Iterator<Item = &[u8]> {
    masked.splitn(TOKENS_MAX, |&b| b == b' ')
}

/// Lines that are one template, as far as is known.
#[derive(Debug)]
struct Cluster {
    tokens: Vec<u32>,
    lines: Vec<usize>,
}

/// Every token there is, by number.
#[derive(Default)]
struct Words {
    words: Vec<Word>,
    /// Their texts, one behind the other.
    bytes: Vec<u8>,
    numbers: HashTable<u32>,
}

struct Word {
    start: u32,
    end: u32,
    hash: u64,
    shape: Shape,
}

/// What a token looks like, as far as it matters for whether it may vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    /// It is one placeholder for anything, but for punctuation.
    Any,
    /// It has a placeholder, or nothing in brackets.
    Variable,
    /// `key=word`
    Assigned,
    /// A name as in programs: with a mark inside, or capitals.
    Name,
    /// Anything else.
    Word,
}

impl Words {
    fn number(&mut self, text: &[u8]) -> u32 {
        let hash = split_mix::finished(hash(text));
        let same = |&number: &u32| self.get(number).hash == hash && self.text(number) == text;
        if let Some(&number) = self.numbers.find(hash, same) {
            return number;
        }
        let number = crate::line::to_u32(self.words.len());
        let start = crate::line::to_u32(self.bytes.len());
        self.bytes.extend_from_slice(text);
        self.words.push(Word {
            start,
            end: crate::line::to_u32(self.bytes.len()),
            hash,
            shape: shape(text),
        });
        let words = &self.words;
        let hash_of = |&number: &u32| words[crate::line::to_usize(u64::from(number))].hash;
        self.numbers.insert_unique(hash, number, hash_of);
        number
    }

    /// The numbers of a line's tokens. All kinds of placeholders are the same to the grouping: one
    /// number has letters among its digits and another has none, a host is named or is an address.
    fn tokens(&mut self, line: &[u8]) -> Vec<u32> {
        // But for a line that is nothing else.
        let is_placeholder = line.len() == 1;
        let alike = |&byte: &u8| match is_code(byte) && byte != Kind::Any.code() {
            true if !is_placeholder => VARIABLE,
            _ => byte,
        };
        let line: Vec<u8> = line.iter().map(alike).collect();
        tokens_of(&line).map(|token| self.number(token)).collect()
    }

    fn text(&self, number: u32) -> &[u8] {
        let word = self.get(number);
        let at = |index: u32| crate::line::to_usize(u64::from(index));
        &self.bytes[at(word.start)..at(word.end)]
    }

    fn get(&self, number: u32) -> &Word {
        &self.words[crate::line::to_usize(u64::from(number))]
    }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
pub(crate) fn hash(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn is_mark(byte: u8) -> bool {
    byte.is_ascii_punctuation()
}

fn shape(text: &[u8]) -> Shape {
    let core = trimmed(text);
    if text.iter().any(|&b| is_code(b)) {
        return if core == [Kind::Any.code()] {
            Shape::Any
        } else {
            Shape::Variable
        };
    }
    if core.is_empty()
        && text.len() >= 2
        && matches!(text[0], b'(' | b'[' | b'{' | b'<' | b'"' | b'\'')
    {
        return Shape::Variable;
    }
    if core.contains(&b'=') {
        return Shape::Assigned;
    }
    let inner = core.get(1..core.len().max(2) - 1).unwrap_or_default();
    if inner
        .iter()
        .any(|&b| matches!(b, b'.' | b'_' | b'/' | b'$' | b'@' | b':' | b'\\'))
        || inner.iter().any(u8::is_ascii_uppercase) && core.iter().any(u8::is_ascii_lowercase)
    {
        return Shape::Name;
    }
    Shape::Word
}

/// A token without the punctuation at its ends.
fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&b| !is_mark(b)).unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(|&b| !is_mark(b))
        .map_or(start, |at| at + 1);
    &text[start..end]
}

/// What stands at one place of lines that are equal everywhere else.
struct Variable {
    at: usize,
    clusters: Vec<usize>,
}

/// Unites what can be united now.
fn round(clusters: Vec<Cluster>, words: &mut Words) -> Vec<Cluster> {
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
        hashed.for_each_place(at, &mut rests, |place| {
            unite(&place, &clusters, words, &mut unions);
        });
    }
    unite_names(&clusters, words, &mut unions);
    unions.apply(clusters, words)
}

/// Unites lines that are equal when all placeholders are the same.
fn unite_equal(clusters: Vec<Cluster>) -> Vec<Cluster> {
    let mut united: Vec<Cluster> = Vec::new();
    let mut table: HashMap<Vec<u32>, usize> = HashMap::new();
    for cluster in clusters {
        match table.get(&cluster.tokens) {
            Some(&nth) => united[nth].lines.extend(cluster.lines),
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
        .any(|(at, &token)| at != place.at && words.text(token).iter().any(u8::is_ascii_alphabetic))
    {
        return;
    }
    let values = place.clusters.len();
    let enough = if place.at == 0 {
        FIRST_VALUES_MIN
    } else {
        VALUES_MIN
    };
    let named = place.at > 0 && introduces_a_name(words.text(tokens[place.at - 1]));
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

/// Whether the word before a token says that it is somebody's or something's name.
fn introduces_a_name(word: &[u8]) -> bool {
    matches!(
        trimmed(word).to_ascii_lowercase().as_slice(),
        b"user" | b"username" | b"host" | b"hostname" | b"login" | b"account"
    ) && !word.ends_with(b";")
        && !word.ends_with(b".")
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

/// What several tokens have in common: punctuation and keys at their ends stay, between them is
/// `code`.
fn common(texts: &[&[u8]], code: u8) -> Vec<u8> {
    let first = texts[0];
    let same = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let mut head = texts
        .iter()
        .map(|text| same(first, text))
        .min()
        .unwrap_or(0);
    // Of what they begin with, whole words only.
    while head > 0 && !is_mark(first[head - 1]) {
        head -= 1;
    }
    let shortest = texts
        .iter()
        .map(|text| text.len() - head)
        .min()
        .unwrap_or(0);
    let mut tail = texts
        .iter()
        .map(|text| {
            text.iter()
                .rev()
                .zip(first.iter().rev())
                .take_while(|(a, b)| a == b)
                .count()
        })
        .min()
        .unwrap_or(0)
        .min(shortest);
    while tail > 0 && !is_mark(first[first.len() - tail]) {
        tail -= 1;
    }
    let mut text = first[..head].to_vec();
    text.push(code);
    text.extend_from_slice(&first[first.len() - tail..]);
    text
}
