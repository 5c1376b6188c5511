//! The arguments of tools: one table, of which the schema for clients is made, and by which
//! arguments are checked.

use serde_json::{Map, Value, json};

/// An argument that a tool takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: ParameterKind,
    pub(super) need: Need,
}

/// The values that an argument may have.
#[derive(Clone, Copy, Debug)]
pub(super) enum ParameterKind {
    /// A text of at most [`TEXT_CHARS_MAX`] characters.
    Text,
    Flag,
    /// A whole number, from the first to the second, and what it is if it is not given.
    Number(u64, u64, u64),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Whether an argument may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    /// It must be given, unless the argument with this name is.
    Unless(&'static str),
    Optional,
}

/// How long a text may be.
pub(super) const TEXT_CHARS_MAX: usize = 10_000;

impl Parameter {
    /// Creates an argument that may be left out.
    pub(super) const fn new(name: &'static str, kind: ParameterKind, about: &'static str) -> Self {
        Parameter {
            name,
            about,
            kind,
            need: Need::Optional,
        }
    }

    /// Creates a text that must be given.
    pub(super) const fn required(name: &'static str, about: &'static str) -> Self {
        Parameter {
            need: Need::Required,
            ..Parameter::new(name, ParameterKind::Text, about)
        }
    }

    /// Creates a text that must be given, unless the argument `other` is.
    pub(super) const fn unless(
        other: &'static str,
        name: &'static str,
        about: &'static str,
    ) -> Self {
        Parameter {
            need: Need::Unless(other),
            ..Parameter::new(name, ParameterKind::Text, about)
        }
    }

    fn schema(&self) -> Value {
        let about = self.about;
        match self.kind {
            ParameterKind::Text => {
                json!({"type": "string", "maxLength": TEXT_CHARS_MAX, "description": about})
            }
            ParameterKind::Flag => {
                json!({"type": "boolean", "default": false, "description": about})
            }
            ParameterKind::Number(min, max, default) => json!({
                "type": "integer", "minimum": min, "maximum": max, "default": default, "description": about
            }),
            ParameterKind::Word(words) => {
                json!({"type": "string", "enum": words, "description": about})
            }
        }
    }

    /// Returns what is wrong with a value.
    fn fault(&self, value: &Value) -> Option<String> {
        let name = self.name;
        match self.kind {
            ParameterKind::Text => match value.as_str() {
                None => Some(format!("{name} must be a string")),
                Some(text) if text.chars().count() > TEXT_CHARS_MAX => {
                    Some(format!("{name} has more than {TEXT_CHARS_MAX} characters"))
                }
                Some(_) => None,
            },
            ParameterKind::Flag => {
                (!value.is_boolean()).then(|| format!("{name} must be true or false"))
            }
            ParameterKind::Number(min, max, _) => {
                let is_right = value
                    .as_u64()
                    .is_some_and(|number| (min..=max).contains(&number));
                (!is_right).then(|| format!("{name} must be a whole number from {min} to {max}"))
            }
            ParameterKind::Word(words) => {
                let is_right = value.as_str().is_some_and(|word| words.contains(&word));
                (!is_right).then(|| format!("{name} must be one of {}", words.join(", ")))
            }
        }
    }
}

/// Returns the JSON schema of some arguments. No others are allowed.
pub(super) fn schema(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> = parameters
        .iter()
        .map(|parameter| (parameter.name.to_owned(), parameter.schema()))
        .collect();
    let required: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter.need == Need::Required)
        .map(|parameter| parameter.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false
    })
}

/// Arguments that are as their table says.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    values: Map<String, Value>,
    parameters: &'static [Parameter],
}

impl Arguments {
    /// Checks the arguments of a call.
    ///
    /// # Errors
    /// What is wrong with them, for people.
    pub(super) fn new(
        parameters: &'static [Parameter],
        given: Option<&Value>,
    ) -> Result<Arguments, String> {
        let values = match given {
            None => Map::new(),
            Some(Value::Object(values)) => values.clone(),
            Some(_) => return Err("arguments must be an object".into()),
        };
        let of_name = |name: &str| parameters.iter().find(|parameter| parameter.name == name);
        for (name, value) in &values {
            let Some(parameter) = of_name(name) else {
                let names: Vec<&str> = parameters.iter().map(|known| known.name).collect();
                return Err(format!(
                    "{name:?} is no argument of this tool; it takes {}",
                    names.join(", ")
                ));
            };
            if let Some(fault) = parameter.fault(value) {
                return Err(fault);
            }
        }
        let missing = parameters
            .iter()
            .filter(|known| !values.contains_key(known.name))
            .find(|known| match known.need {
                Need::Required => true,
                Need::Unless(other) => !values.contains_key(other),
                Need::Optional => false,
            });
        match missing {
            Some(parameter) => Err(format!(
                "{} is missing: {}",
                parameter.name, parameter.about
            )),
            None => Ok(Arguments { values, parameters }),
        }
    }

    /// Returns a text, if it was given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str()
    }

    /// Returns whether a flag is set.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.values.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Returns a number, or the number for when it is not given.
    pub(super) fn number(&self, name: &str) -> u64 {
        let default = self.parameters.iter().find_map(|known| match known.kind {
            ParameterKind::Number(_, _, default) if known.name == name => Some(default),
            _ => None,
        });
        let given = self.values.get(name).and_then(Value::as_u64);
        given.or(default).expect("the table has this number")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Parameter] = &[
        Parameter::required("path", "a file"),
        Parameter::new("budget", ParameterKind::Number(300, 500, 400), "how much"),
        Parameter::new("invert", ParameterKind::Flag, "the others"),
        Parameter::new(
            "level",
            ParameterKind::Word(&["warn", "error"]),
            "how grave",
        ),
    ];

    #[test]
    fn only_arguments_of_the_table_with_values_of_their_kind_are_taken() {
        let check = |given: Value| Arguments::new(TABLE, Some(&given));
        let right = check(json!({"path": "a", "invert": true})).unwrap();
        assert_eq!(right.text("path"), Some("a"));
        assert!(right.is_set("invert"));
        assert_eq!(right.number("budget"), 400);
        for (wrong, why) in [
            (json!([]), "must be an object"),
            (json!({}), "path is missing"),
            (json!({"path": 1}), "path must be a string"),
            (
                json!({"path": "a", "Path": "a"}),
                "is no argument of this tool",
            ),
            (json!({"path": "a", "budget": 299}), "from 300 to 500"),
            (json!({"path": "a", "budget": 400.5}), "from 300 to 500"),
            (json!({"path": "a", "budget": "400"}), "from 300 to 500"),
            (json!({"path": "a", "invert": 1}), "must be true or false"),
            (json!({"path": "a", "level": "info"}), "one of warn, error"),
            (json!({"path": "x".repeat(10_001)}), "more than 10000"),
        ] {
            let error = check(wrong).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(Arguments::new(TABLE, None).is_err());
        assert_eq!(schema(TABLE)["additionalProperties"], json!(false));
        assert_eq!(schema(TABLE)["required"], json!(["path"]));
    }
}
