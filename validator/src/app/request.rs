//! What an app may ask: the body of `POST /v1/chat/completions`.

use super::error::ApiError;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use subnet_catalog::chat::Message;

/// A request that this network can serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub model: String,
    pub messages: Vec<Message>,
    /// Tokens; the network's default applies where it is absent.
    pub max_tokens: Option<u32>,
    /// 0 is greedy.
    pub temperature: f32,
    /// The answer ends before the first of these.
    pub stop: Vec<String>,
    pub stream: bool,
    pub include_usage: bool,
}

/// The fields that matter here; others are ignored, as clients send many.
#[derive(Deserialize)]
struct Body {
    model: String,
    messages: Vec<BodyMessage>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f32>,
    #[serde(default, deserialize_with = "one_or_many")]
    stop: Vec<String>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    n: Option<u32>,
    tools: Option<Vec<Value>>,
    response_format: Option<ResponseFormat>,
    logprobs: Option<bool>,
}

#[derive(Deserialize)]
struct BodyMessage {
    role: String,
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::<OneOrMany>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(OneOrMany::One(text)) => vec![text],
        Some(OneOrMany::Many(texts)) => texts,
    })
}

impl Request {
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(None, format!("the body is not a chat completion request: {error}")))?;
        body.refuse_what_is_not_served()?;
        let temperature = body.temperature.unwrap_or(1.0);
        if !(0.0..=2.0).contains(&temperature) {
            return Err(ApiError::invalid(Some("temperature"), "temperature must lie between 0 and 2"));
        }
        let max_tokens = body.max_completion_tokens.or(body.max_tokens);
        if max_tokens == Some(0) {
            return Err(ApiError::invalid(Some("max_tokens"), "max_tokens must be at least 1"));
        }
        if body.stop.len() > 4 || body.stop.iter().any(String::is_empty) {
            return Err(ApiError::invalid(Some("stop"), "stop takes one to four texts, none of them empty"));
        }
        Ok(Self {
            model: body.model,
            messages: messages(body.messages)?,
            max_tokens,
            temperature,
            stop: body.stop,
            stream: body.stream.unwrap_or(false),
            include_usage: body.stream_options.and_then(|options| options.include_usage).unwrap_or(false),
        })
    }
}

impl Body {
    fn refuse_what_is_not_served(&self) -> Result<(), ApiError> {
        if self.n.is_some_and(|n| n != 1) {
            return Err(ApiError::unsupported("n", "one answer a request is served: leave n out or send 1"));
        }
        if self.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            return Err(ApiError::unsupported("tools", "tools are not served: leave them out"));
        }
        if self.response_format.as_ref().is_some_and(|format| format.kind != "text") {
            return Err(ApiError::unsupported("response_format", "only the response format text is served"));
        }
        if self.logprobs == Some(true) {
            return Err(ApiError::unsupported("logprobs", "logprobs are not served: leave them out"));
        }
        Ok(())
    }
}

fn messages(messages: Vec<BodyMessage>) -> Result<Vec<Message>, ApiError> {
    if messages.is_empty() {
        return Err(ApiError::invalid(Some("messages"), "messages must hold at least one message"));
    }
    messages.into_iter().map(message).collect()
}

fn message(message: BodyMessage) -> Result<Message, ApiError> {
    let role = match message.role.as_str() {
        "developer" => "system".to_owned(),
        "system" | "user" | "assistant" => message.role,
        other => {
            let advice = format!("role {other:?} is not served: use system, developer, user or assistant");
            return Err(ApiError::invalid(Some("messages"), advice));
        }
    };
    let content = match message.content {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.into_iter().map(part).collect::<Result<_, _>>()?,
    };
    Ok(Message { role, content })
}

fn part(part: Part) -> Result<String, ApiError> {
    match (part.kind.as_str(), part.text) {
        ("text", Some(text)) => Ok(text),
        (kind, _) => {
            Err(ApiError::invalid(Some("messages"), format!("content of type {kind:?} is not served: send text")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: Value) -> Result<Request, ApiError> {
        Request::parse(body.to_string().as_bytes())
    }

    fn with(name: &str, value: Value) -> Result<Request, ApiError> {
        let mut body = json!({ "model": "tiny", "messages": [{ "role": "user", "content": "hi" }] });
        body[name] = value;
        parse(body)
    }

    #[test]
    fn the_smallest_request_has_sensible_defaults() {
        let request = with("user", json!("somebody")).unwrap();
        let messages = vec![Message { role: "user".into(), content: "hi".into() }];
        let (model, stop) = ("tiny".into(), vec![]);
        let expected =
            Request { model, messages, max_tokens: None, temperature: 1.0, stop, stream: false, include_usage: false };
        assert_eq!(request, expected);
    }

    #[test]
    fn content_may_come_in_parts() {
        let parts = json!([{ "type": "text", "text": "one " }, { "type": "text", "text": "two" }]);
        let request = with("messages", json!([{ "role": "developer", "content": parts }])).unwrap();
        assert_eq!(request.messages, [Message { role: "system".into(), content: "one two".into() }]);
    }

    #[test]
    fn newer_and_older_names_of_a_field_are_understood() {
        assert_eq!(with("max_tokens", json!(7)).unwrap().max_tokens, Some(7));
        assert_eq!(with("max_completion_tokens", json!(8)).unwrap().max_tokens, Some(8));
        assert_eq!(with("stop", json!("\n")).unwrap().stop, ["\n"]);
        assert_eq!(with("stop", json!(["a", "b"])).unwrap().stop, ["a", "b"]);
        assert_eq!(with("stop", Value::Null).unwrap().stop, [""; 0]);
        assert!(with("stream_options", json!({ "include_usage": true })).unwrap().include_usage);
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert!(with("service_tier", json!({ "anything": [1, 2] })).is_ok());
        assert!(with("top_p", json!(0.9)).is_ok());
    }

    #[test]
    fn bad_requests_are_refused() {
        for (name, value) in [
            ("messages", json!([])),
            ("messages", json!("hi")),
            ("messages", json!([{ "role": "wizard", "content": "hi" }])),
            ("messages", json!([{ "role": "user", "content": [{ "type": "image_url", "image_url": {} }] }])),
            ("temperature", json!(-0.1)),
            ("temperature", json!(2.1)),
            ("max_tokens", json!(0)),
            ("max_tokens", json!(-1)),
            ("stop", json!([""])),
            ("n", json!(2)),
            ("tools", json!([{}])),
            ("response_format", json!({ "type": "json_object" })),
            ("logprobs", json!(true)),
            ("model", Value::Null),
        ] {
            let error = with(name, value.clone()).expect_err(&format!("{name}: {value}"));
            assert_eq!(error.status().as_u16(), 400, "{name}: {value}");
        }
        assert!(Request::parse(b"\xff{").is_err());
        assert!(Request::parse(b"").is_err());
    }
}
