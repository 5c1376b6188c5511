//! What is asked of groups: names of fields, and functions of them.

use super::aggregate::Function;

/// At most so many fields, and so many functions, are asked for at once: each has a bit in what is
/// [seen](crate::FilterSeen::had).
const ASKED_MAX: usize = 32;

/// Names of fields, as people type them: `user.id,path`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldNames(Vec<Box<[u8]>>);

impl FieldNames {
    /// Parses names with commas between them. A name with a comma or a blank stands in quotes.
    ///
    /// # Errors
    /// A text for people that says what is wrong.
    ///
    /// ```
    /// use logscan::fields::FieldNames;
    /// assert!(FieldNames::parse("user.id, \"a b\"").is_ok());
    /// assert_eq!(FieldNames::parse("a,,b").unwrap_err(), "a name is missing between two commas");
    /// ```
    pub fn parse(text: &str) -> Result<FieldNames, String> {
        let parts = split(text)?;
        let names: Result<Vec<Box<[u8]>>, String> = parts.iter().map(|part| name(part)).collect();
        let names = names?;
        match names.len() > ASKED_MAX {
            true => Err(format!("these are more than {ASKED_MAX} fields")),
            false => Ok(FieldNames(names)),
        }
    }

    /// Returns the names as texts.
    pub fn texts(&self) -> Vec<String> {
        let names = self.0.iter();
        names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    pub(in crate::fields) fn names(&self) -> &[Box<[u8]>] {
        &self.0
    }
}

/// Functions of fields, as people type them: `sum(bytes),p99(ms)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aggregates(Vec<AskedFunction>);

/// A function of a field.
#[derive(Clone, Debug, PartialEq)]
struct AskedFunction {
    function: Function,
    field: Box<[u8]>,
    /// Its name in the table.
    title: String,
}

/// What is kept for one function, or for several.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedState {
    pub(super) function: Function,
    /// The number of the field of which the values are.
    pub(super) field: usize,
}

/// A column of the table.
#[derive(Clone, Debug)]
pub(super) struct AskedColumn {
    pub(super) title: String,
    /// The name of its field.
    pub(super) field: String,
    pub(super) function: Function,
    /// The number of its state.
    pub(super) state: usize,
}

impl Aggregates {
    /// Parses functions with commas between them: `count`, `sum`, `avg`, `min`, `max`, `p50` and any
    /// other percentile, `median`, `distinct`.
    ///
    /// # Errors
    /// A text for people that says what is wrong.
    ///
    /// ```
    /// use logscan::fields::Aggregates;
    /// assert!(Aggregates::parse("sum(bytes),p99.9(ms),distinct(ip)").is_ok());
    /// assert!(Aggregates::parse("p101(ms)").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Aggregates, String> {
        let asked: Result<Vec<AskedFunction>, String> =
            split(text)?.iter().map(|part| function(part)).collect();
        let asked = asked?;
        match asked.len() > ASKED_MAX {
            true => Err(format!("these are more than {ASKED_MAX} functions")),
            false => Ok(Aggregates(asked)),
        }
    }

    /// Returns the names of the fields.
    pub fn fields(&self) -> Vec<String> {
        let names = self.0.iter().map(|asked| &asked.field);
        names
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }

    /// Returns what has to be kept. The fields get the numbers of their names in `names`.
    pub(super) fn states(&self, names: &mut Vec<Box<[u8]>>) -> Vec<AskedState> {
        let mut states: Vec<AskedState> = Vec::new();
        for asked in &self.0 {
            let known = names.iter().position(|name| *name == asked.field);
            let field = known.unwrap_or_else(|| {
                names.push(asked.field.clone());
                names.len() - 1
            });
            let shares = |state: &AskedState| {
                state.field == field && state.function.shares_state(asked.function)
            };
            if !states.iter().any(shares) {
                states.push(AskedState {
                    function: asked.function,
                    field,
                });
            }
        }
        states
    }

    /// Returns the columns of the table. `keys` are the names of the fields of the keys.
    pub(super) fn columns(&self, keys: &[Box<[u8]>]) -> Vec<AskedColumn> {
        let mut names = keys.to_vec();
        let states = self.states(&mut names);
        let column = |asked: &AskedFunction| {
            let shares = |state: &AskedState| {
                names[state.field] == asked.field && state.function.shares_state(asked.function)
            };
            AskedColumn {
                title: asked.title.clone(),
                field: String::from_utf8_lossy(&asked.field).into_owned(),
                function: asked.function,
                state: states
                    .iter()
                    .position(shares)
                    .expect("there is one for each"),
            }
        };
        self.0.iter().map(column).collect()
    }
}

/// Splits a text at commas, but for those in quotes and brackets.
fn split(text: &str) -> Result<Vec<&str>, String> {
    let mut parts = Vec::new();
    let mut quote = None;
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".into());
    }
    parts.push(text[start..].trim());
    match parts.iter().any(|part| part.is_empty()) {
        true if parts.len() == 1 => Err("the name of a field is missing".into()),
        true => Err("a name is missing between two commas".into()),
        false => Ok(parts),
    }
}

/// Takes a name out of its quotes.
fn name(text: &str) -> Result<Box<[u8]>, String> {
    let inside = ['"', '\'', '`']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    let name = inside.unwrap_or(text);
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '=' | '<' | '>' | '"');
    match inside.is_none() && !name.chars().all(is_plain) {
        true => Err(format!(
            "{text} is no name of a field; one with other characters needs quotes"
        )),
        false => Ok(name.as_bytes().into()),
    }
}

fn function(text: &str) -> Result<AskedFunction, String> {
    const FUNCTIONS: &str = "functions are count, sum, avg, min, max, p50, p99 and other percentiles, distinct, each with \
                             a field in brackets: sum(bytes)";
    let parts = text.strip_suffix(')').and_then(|rest| rest.split_once('('));
    let (called, field) = parts.ok_or_else(|| format!("{text}: {FUNCTIONS}"))?;
    let called = called.trim().to_ascii_lowercase();
    let function = Function::of_name(&called).ok_or_else(|| format!("{text}: {FUNCTIONS}"))?;
    let field = name(field.trim())?;
    if field.is_empty() {
        return Err(format!("{text}: {FUNCTIONS}"));
    }
    Ok(AskedFunction {
        function,
        title: format!("{called}({})", String::from_utf8_lossy(&field)),
        field,
    })
}
