//! The messages of JSON-RPC 2.0, one to a line.

use std::io::{self, BufRead};

use serde_json::{Map, Value, json};

/// How long a message of a client may be, in bytes. A longer one is passed over without being kept.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

/// The codes of JSON-RPC for what is wrong with a message.
pub(super) const PARSE_ERROR: i32 = -32_700;
pub(super) const INVALID_REQUEST: i32 = -32_600;
pub(super) const METHOD_NOT_FOUND: i32 = -32_601;
pub(super) const INVALID_PARAMS: i32 = -32_602;
/// A code of this server: more calls wait than it takes.
pub(super) const TOO_MANY_CALLS: i32 = -32_000;

/// A line of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientLine {
    /// Its bytes, without its end.
    Whole(Vec<u8>),
    /// It has more than [`LINE_BYTES_MAX`] bytes.
    TooLong,
}

/// Reads the next line, and keeps at most [`LINE_BYTES_MAX`] bytes of it. Returns `None` at the end.
///
/// # Errors
/// Those of the reader.
pub(super) fn next_line(reader: &mut impl BufRead) -> io::Result<Option<ClientLine>> {
    let mut line = Vec::new();
    let mut length = 0;
    loop {
        let bytes = match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let is_last = end.is_some() || bytes.is_empty();
        length += part.len();
        if length <= LINE_BYTES_MAX {
            line.extend_from_slice(part);
        }
        let consumed = part.len() + usize::from(end.is_some());
        reader.consume(consumed);
        if is_last {
            return Ok(match (length, end) {
                (0, None) => None,
                (LINE_BYTES_MAX.., _) if length > LINE_BYTES_MAX => Some(ClientLine::TooLong),
                _ => Some(ClientLine::Whole(line)),
            });
        }
    }
}

/// The parameters of a message.
pub(super) type Params = Map<String, Value>;

/// A message of a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClientMessage {
    /// It must be answered.
    Request {
        id: Value,
        method: String,
        params: Params,
    },
    /// It is not answered.
    Notification { method: String, params: Params },
    /// This server asks clients for nothing, so there is nothing that it answers.
    Response,
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The number of the request, or null if it is not known.
    pub(super) id: Value,
    pub(super) code: i32,
    pub(super) message: String,
}

impl Refusal {
    /// Creates the refusal of a request.
    pub(super) fn new(id: &Value, code: i32, message: impl Into<String>) -> Refusal {
        Refusal {
            id: id.clone(),
            code,
            message: message.into(),
        }
    }

    /// Returns the message that says it.
    pub(super) fn message(&self) -> Value {
        json!({
            "jsonrpc": "2.0",
            "id": self.id,
            "error": {"code": self.code, "message": self.message}
        })
    }
}

/// Returns the message that answers a request.
pub(super) fn response(id: &Value, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// Reads a message.
///
/// # Errors
/// What is wrong with it.
pub(super) fn message(line: &[u8]) -> Result<ClientMessage, Refusal> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| Refusal::new(&Value::Null, PARSE_ERROR, format!("no JSON: {error}")))?;
    let Value::Object(mut message) = value else {
        let what = match value {
            Value::Array(_) => "batches are not taken: send one message a line",
            _ => "a message must be an object",
        };
        return Err(Refusal::new(&Value::Null, INVALID_REQUEST, what));
    };
    let id = message.remove("id");
    let is_id = |id: &Value| id.is_string() || id.is_i64() || id.is_u64();
    let known_id = id.clone().filter(is_id).unwrap_or(Value::Null);
    let invalid = |what: &str| Refusal::new(&known_id, INVALID_REQUEST, what);
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(invalid("jsonrpc must be \"2.0\""));
    }
    if !message.contains_key("method")
        && (message.contains_key("result") || message.contains_key("error"))
    {
        return Ok(ClientMessage::Response);
    }
    let Some(Value::String(method)) = message.remove("method") else {
        return Err(invalid("method must be a string"));
    };
    let params = match message.remove("params") {
        None => Params::new(),
        Some(Value::Object(params)) => params,
        Some(_) => {
            let what = "params must be an object";
            return Err(Refusal::new(&known_id, INVALID_PARAMS, what));
        }
    };
    match id {
        None => Ok(ClientMessage::Notification { method, params }),
        Some(id) if is_id(&id) => Ok(ClientMessage::Request { id, method, params }),
        Some(_) => Err(invalid("id must be a string or a whole number")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn lines_end_with_a_line_feed_or_with_the_input_and_long_ones_are_not_kept() {
        let long = "x".repeat(LINE_BYTES_MAX);
        let input = format!("a\n\n{long}\n{long}y\nb");
        for size in [1, 7, 1 << 16] {
            let mut reader = BufReader::with_capacity(size, input.as_bytes());
            let mut next = || next_line(&mut reader).unwrap();
            let whole = |text: &str| Some(ClientLine::Whole(text.into()));
            assert_eq!(next(), whole("a"));
            assert_eq!(next(), whole(""));
            assert_eq!(next(), whole(&long));
            assert_eq!(next(), Some(ClientLine::TooLong));
            assert_eq!(next(), whole("b"));
            assert_eq!(next(), None);
        }
    }

    #[test]
    fn what_is_wrong_with_a_message_is_told_by_its_code() {
        for (line, code, id) in [
            ("{", PARSE_ERROR, Value::Null),
            ("\u{e4}", PARSE_ERROR, Value::Null),
            ("[]", INVALID_REQUEST, Value::Null),
            ("7", INVALID_REQUEST, Value::Null),
            (r#"{"id":1,"method":"ping"}"#, INVALID_REQUEST, json!(1)),
            (r#"{"jsonrpc":"2.0","id":"a"}"#, INVALID_REQUEST, json!("a")),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                r#"{"jsonrpc":"2.0","id":3,"method":"ping","params":[]}"#,
                INVALID_PARAMS,
                json!(3),
            ),
        ] {
            let refusal = message(line.as_bytes()).unwrap_err();
            assert_eq!((refusal.code, refusal.id), (code, id), "{line}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(message(deep.as_bytes()).unwrap_err().code, PARSE_ERROR);
        let response = br#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
        assert_eq!(message(response), Ok(ClientMessage::Response));
    }
}
