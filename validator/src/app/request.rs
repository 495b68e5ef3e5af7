//! What an app may ask: the body of `POST /v1/chat/completions`.

use openai::{ApiError, ChatMessage, ChatRequest};
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
    /// The validator may put the question to other miners later, as a challenge.
    pub store: bool,
}

impl Request {
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let request = ChatRequest::parse(body)?;
        refuse_what_is_not_served(&request)?;
        request.check()?;
        Ok(Self {
            messages: request.messages.iter().map(message).collect::<Result<_, _>>()?,
            max_tokens: request.max_tokens(),
            temperature: request.temperature()?,
            stream: request.stream(),
            include_usage: request.include_usage(),
            store: request.store(),
            stop: request.stop,
            model: request.model,
        })
    }
}

fn refuse_what_is_not_served(request: &ChatRequest) -> Result<(), ApiError> {
    if request.n.is_some_and(|n| n != 1) {
        return Err(ApiError::unsupported("n", "one answer a request is served: leave n out or send 1"));
    }
    if request.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
        return Err(ApiError::unsupported("tools", "tools are not served: leave them out"));
    }
    if request.response_format() != "text" {
        return Err(ApiError::unsupported("response_format", "only the response format text is served"));
    }
    if request.logprobs == Some(true) {
        return Err(ApiError::unsupported("logprobs", "logprobs are not served: leave them out"));
    }
    Ok(())
}

fn message(message: &ChatMessage) -> Result<Message, ApiError> {
    let role = match message.role.as_str() {
        "developer" => "system",
        known @ ("system" | "user" | "assistant") => known,
        other => {
            let advice = format!("role {other:?} is not served: use system, developer, user or assistant");
            return Err(ApiError::invalid(Some("messages"), advice));
        }
    };
    Ok(Message { role: role.into(), content: message.text()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, Value};

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
        let (max_tokens, temperature) = (None, 1.0);
        let (stream, include_usage, store) = Default::default();
        let expected = Request { model, messages, max_tokens, temperature, stop, stream, include_usage, store };
        assert_eq!(request, expected);
    }

    #[test]
    fn a_question_is_asked_again_only_where_its_sender_agrees() {
        assert!(!with("store", json!(false)).unwrap().store && !with("store", Value::Null).unwrap().store);
        assert!(with("store", json!(true)).unwrap().store);
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
