//! The body of `POST /v1/chat/completions`.

use crate::common::{check_answers, check_stop, check_temperature, fields, one_or_many, DrawFields, StreamOptions};
use crate::error::ApiError;
use inference::Grammar;
use serde::Deserialize;
use serde_json::{json, Map, Value};

/// A request whose common fields are read; what depends on the server is read by [`ChatRequest::options`].
#[derive(Clone, Debug, Deserialize)]
pub struct ChatRequest {
    pub model: String,
    pub messages: Vec<ChatMessage>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    temperature: Option<f32>,
    /// The answer ends before the first of these.
    #[serde(default, deserialize_with = "one_or_many")]
    pub stop: Vec<String>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    pub n: Option<u32>,
    pub tools: Option<Vec<Value>>,
    response_format: Option<ResponseFormat>,
    pub logprobs: Option<bool>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ChatMessage {
    pub role: String,
    content: Option<Content>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Clone, Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct ResponseFormat {
    #[serde(rename = "type")]
    kind: String,
    json_schema: Option<JsonSchema>,
}

#[derive(Clone, Debug, Deserialize)]
struct JsonSchema {
    schema: Option<Value>,
}

/// The fields that only a server with an engine of its own reads.
#[derive(Deserialize)]
pub(crate) struct ChatOptions {
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
    top_logprobs: Option<usize>,
}

/// Which tools an answer may call.
#[derive(Debug, PartialEq)]
pub(crate) enum Calls {
    None,
    Auto,
    /// At least one of these.
    Required(Vec<Value>),
}

impl ChatRequest {
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(body)
            .map_err(|error| ApiError::invalid(None, format!("the body is not a chat completion request: {error}")))
    }

    /// Checks what every server checks.
    pub fn check(&self) -> Result<(), ApiError> {
        self.temperature()?;
        if self.max_tokens() == Some(0) {
            return Err(ApiError::invalid(Some("max_tokens"), "max_tokens must be at least 1"));
        }
        check_stop(&self.stop)?;
        match self.messages.is_empty() {
            true => Err(ApiError::invalid(Some("messages"), "messages must hold at least one message")),
            false => Ok(()),
        }
    }

    /// 0 (greedy) to 2.
    pub fn temperature(&self) -> Result<f32, ApiError> {
        check_temperature(self.temperature)
    }

    pub fn max_tokens(&self) -> Option<u32> {
        self.max_completion_tokens.or(self.max_tokens)
    }

    pub fn stream(&self) -> bool {
        self.stream.unwrap_or(false)
    }

    /// Whether the server may keep the question.
    pub fn store(&self) -> bool {
        self.rest.get("store") == Some(&Value::Bool(true))
    }

    pub fn include_usage(&self) -> bool {
        self.stream_options.as_ref().and_then(|options| options.include_usage).unwrap_or(false)
    }

    /// `text` where nothing else is asked for.
    pub fn response_format(&self) -> &str {
        self.response_format.as_ref().map_or("text", |format| &format.kind)
    }

    /// As many answers as are asked for, at most `most`.
    pub(crate) fn answers(&self, most: usize) -> Result<usize, ApiError> {
        let n = self.n.unwrap_or(1) as usize;
        check_answers("n", n, most).map(|()| n)
    }

    pub(crate) fn options(&self) -> Result<ChatOptions, ApiError> {
        fields(&self.rest)
    }

    pub(crate) fn draw(&self) -> Result<DrawFields, ApiError> {
        fields(&self.rest)
    }

    /// The form that `response_format` asks for.
    pub(crate) fn grammar(&self) -> Result<Option<Grammar>, ApiError> {
        let schema = || self.response_format.as_ref()?.json_schema.as_ref()?.schema.clone();
        match (self.response_format(), schema()) {
            ("text", _) => Ok(None),
            ("json_object", _) => Ok(Some(Grammar::JsonObject)),
            ("json_schema", Some(schema)) => Ok(Some(Grammar::JsonSchema(schema))),
            ("json_schema", None) => {
                Err(ApiError::invalid(Some("response_format"), "response_format.json_schema.schema is missing"))
            }
            _ => Err(ApiError::invalid(
                Some("response_format"),
                "response_format is one of text, json_object and json_schema",
            )),
        }
    }
}

impl ChatMessage {
    /// Its text, where it comes in parts their texts together.
    pub fn text(&self) -> Result<String, ApiError> {
        match &self.content {
            None => Ok(String::new()),
            Some(Content::Text(text)) => Ok(text.clone()),
            Some(Content::Parts(parts)) => parts.iter().map(Part::text).collect(),
        }
    }

    /// As chat templates see it.
    pub(crate) fn for_template(&self) -> Result<Value, ApiError> {
        let role = match self.role.as_str() {
            "developer" => "system",
            known @ ("system" | "user" | "assistant" | "tool") => known,
            other => {
                let advice = format!("role {other:?} is not served: use system, developer, user, assistant or tool");
                return Err(ApiError::invalid(Some("messages"), advice));
            }
        };
        let mut message = json!({ "role": role, "content": self.text()? });
        for name in ["name", "tool_call_id"] {
            if let Some(value) = self.rest.get(name).filter(|value| value.is_string()) {
                message[name] = value.clone();
            }
        }
        if let Some(Value::Array(calls)) = self.rest.get("tool_calls").filter(|calls| **calls != json!([])) {
            message["tool_calls"] = calls.iter().map(with_parsed_arguments).collect();
        }
        Ok(message)
    }
}

/// Clients send the arguments of a call as JSON within a string, and templates expect them as they are.
fn with_parsed_arguments(call: &Value) -> Value {
    let mut call = call.clone();
    let parsed = call["function"]["arguments"].as_str().and_then(|text| serde_json::from_str(text).ok());
    if let Some(arguments) = parsed {
        call["function"]["arguments"] = arguments;
    }
    call
}

impl Part {
    fn text(&self) -> Result<String, ApiError> {
        match (self.kind.as_str(), &self.text) {
            ("text", Some(text)) => Ok(text.clone()),
            (kind, _) => {
                Err(ApiError::invalid(Some("messages"), format!("content of type {kind:?} is not served: send text")))
            }
        }
    }
}

impl ChatOptions {
    pub fn parallel(&self) -> bool {
        self.parallel_tool_calls.unwrap_or(true)
    }

    pub fn top_logprobs(&self, request: &ChatRequest) -> usize {
        self.top_logprobs.filter(|_| request.logprobs == Some(true)).unwrap_or(0)
    }

    pub fn calls(&self, tools: &[Value]) -> Result<Calls, ApiError> {
        let choice = self.tool_choice.as_ref().unwrap_or(&Value::Null);
        let refused = |message: String| Err(ApiError::invalid(Some("tool_choice"), message));
        match choice.as_str() {
            _ if tools.is_empty() && matches!(choice.as_str(), None | Some("none" | "auto")) && !choice.is_object() => {
                Ok(Calls::None)
            }
            _ if tools.is_empty() => refused("tool_choice needs tools to choose from: send tools".into()),
            Some("none") => Ok(Calls::None),
            Some("auto") => Ok(Calls::Auto),
            Some("required") => Ok(Calls::Required(tools.to_vec())),
            None if choice.is_null() => Ok(Calls::Auto),
            _ => {
                let name = &choice["function"]["name"];
                match tools.iter().find(|tool| name.is_string() && tool["function"]["name"] == *name) {
                    Some(tool) => Ok(Calls::Required(vec![tool.clone()])),
                    None => refused(format!("tool_choice is {choice}, which is no mode and names none of the tools")),
                }
            }
        }
    }
}

/// The tools, if all of them are functions with names.
pub(crate) fn check_tools(tools: &[Value]) -> Result<(), ApiError> {
    let is_function = |tool: &Value| tool["type"] == "function" && tool["function"]["name"].is_string();
    match tools.iter().all(is_function) {
        true => Ok(()),
        false => {
            Err(ApiError::invalid(Some("tools"), "each tool is {\"type\": \"function\", \"function\": {\"name\": …}}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: Value) -> ChatRequest {
        let mut body = json!({ "model": "tiny", "messages": [{ "role": "user", "content": "hi" }] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ChatRequest::parse(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn tools_are_chosen_as_asked() {
        let tools = [
            json!({ "type": "function", "function": { "name": "a" } }),
            json!({ "type": "function", "function": { "name": "b" } }),
        ];
        let calls = |choice: Value| parse(json!({ "tool_choice": choice })).options().unwrap().calls(&tools);
        assert_eq!(calls(Value::Null).unwrap(), Calls::Auto);
        assert_eq!(calls(json!("none")).unwrap(), Calls::None);
        assert_eq!(calls(json!("required")).unwrap(), Calls::Required(tools.to_vec()));
        let named = json!({ "type": "function", "function": { "name": "b" } });
        assert_eq!(calls(named).unwrap(), Calls::Required(vec![tools[1].clone()]));
        assert!(calls(json!("sometimes")).is_err() && calls(json!({ "function": { "name": "c" } })).is_err());
        assert_eq!(parse(json!({})).options().unwrap().calls(&[]).unwrap(), Calls::None);
        assert!(parse(json!({ "tool_choice": "required" })).options().unwrap().calls(&[]).is_err());
        assert!(check_tools(&tools).is_ok() && check_tools(&[json!({ "type": "retrieval" })]).is_err());
    }

    #[test]
    fn calls_and_their_results_reach_the_template() {
        let call = json!({ "id": "c1", "type": "function", "function": { "name": "add", "arguments": "{\"a\": 1}" } });
        let request = parse(json!({ "messages": [
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "content": [{ "type": "text", "text": "2" }], "tool_call_id": "c1" },
        ] }));
        let messages: Vec<Value> = request.messages.iter().map(|message| message.for_template().unwrap()).collect();
        assert_eq!(messages[0]["content"], "");
        assert_eq!(messages[0]["tool_calls"][0]["function"]["arguments"], json!({ "a": 1 }));
        assert_eq!(messages[1], json!({ "role": "tool", "content": "2", "tool_call_id": "c1" }));
    }

    #[test]
    fn forms_are_asked_for_by_the_response_format() {
        let grammar = |format: Value| parse(json!({ "response_format": format })).grammar();
        assert_eq!(grammar(json!({ "type": "text" })).unwrap(), None);
        assert_eq!(grammar(json!({ "type": "json_object" })).unwrap(), Some(Grammar::JsonObject));
        let schema = json!({ "type": "json_schema", "json_schema": { "name": "x", "schema": { "type": "integer" } } });
        assert_eq!(grammar(schema).unwrap(), Some(Grammar::JsonSchema(json!({ "type": "integer" }))));
        assert!(grammar(json!({ "type": "json_schema" })).is_err() && grammar(json!({ "type": "xml" })).is_err());
    }
}
