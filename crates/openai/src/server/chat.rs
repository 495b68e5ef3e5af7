//! `POST /v1/chat/completions`.

use super::answer::{Answer, Count, Delta, Whole};
use super::stream::events;
use super::{id, internal, invalid, random, refused, tokens, Server, Shared, MAX_BODY};
use crate::chat_request::{check_tools, Calls, ChatRequest};
use crate::error::ApiError;
use crate::object::Head;
use crate::read_body;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::Json;
use futures::future::try_join_all;
use inference::{CallFormat, Conversation, Grammar, Request, ToolCall, ToolCalls};
use serde_json::{json, Value};

const WHOLE: &str = "chat.completion";
const CHUNK: &str = "chat.completion.chunk";

/// What is written, and what it took to ask for it.
struct Asked {
    prompt: usize,
    answers: Vec<Answer>,
    count: Count,
}

pub async fn complete(State(server): State<Shared>, body: Body) -> Result<Response, ApiError> {
    let place = server.places.take()?;
    let body = read_body(body, MAX_BODY).await?;
    let ask = move |server: &Server| {
        let request = ChatRequest::parse(&body)?;
        request.check()?;
        server.card(&request.model)?;
        let asked = server.chat(&request)?;
        Ok((request, asked))
    };
    let ((request, asked), place) = server.prepare(place, ask).await?;
    let Asked { prompt, answers, count } = asked;
    let head = Head::new(id("chatcmpl-")?, &request.model, request.stream() && request.include_usage());
    let (is_stream, logprobs) = (request.stream(), request.logprobs == Some(true));
    if !is_stream {
        let wholes = try_join_all(answers.into_iter().map(Answer::whole)).await?;
        let choices = wholes.into_iter().enumerate().map(|(index, whole)| choice(&server, index, whole, logprobs));
        let choices = choices.collect::<Result<Value, _>>()?;
        return Ok(Json(head.object(WHOLE, choices, json!({ "usage": count.usage(prompt) }))).into_response());
    }
    let role = |index| delta(&head, index, json!({ "role": "assistant", "content": "" }), Value::Null);
    let first = (0..answers.len()).map(role).collect();
    let (last, with_usage) = (head.clone(), head.include_usage);
    let render = move |index, told| deltas(&server, &head, index, told, logprobs);
    let last = move || with_usage.then(|| last.usage_chunk(CHUNK, count.usage(prompt)));
    Ok(events(place, first, answers, render, last))
}

impl Server {
    fn chat(&self, request: &ChatRequest) -> Result<Asked, ApiError> {
        let (options, draw, answers) = (request.options()?, request.draw()?, request.answers(self.most_answers())?);
        let tools = request.tools.clone().unwrap_or_default();
        check_tools(&tools)?;
        let calls = options.calls(&tools)?;
        let format = self.model().call_format();
        let messages = request.messages.iter().map(|message| message.for_template());
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        let offered = if calls == Calls::None { Vec::new() } else { tools };
        let conversation = Conversation { messages, tools: offered.clone(), template: None };
        let parts = conversation.messages.iter().chain(&conversation.tools);
        self.check_length(parts.map(|part| part.to_string().len()).sum())?;
        let prompt = self.model().encode_conversation(&conversation).map_err(invalid)?;
        let form: Option<Grammar> = match &calls {
            Calls::Required(tools) => Some(format.grammar(tools, options.parallel())),
            _ => request.grammar()?.or_else(|| draw.grammar()),
        };
        let max_tokens = request.max_tokens().map_or(usize::MAX, |tokens| tokens as usize);
        let count = Count::new(self.metrics.clone(), prompt.len());
        let ask = |index| -> Result<Answer, ApiError> {
            let asked = Request {
                prompt: prompt.clone(),
                sampling: draw.sampling(request.temperature()?, max_tokens, index)?,
                shaping: draw.shaping()?,
                stop: request.stop.clone(),
                top_logprobs: options.top_logprobs(request),
                prompt_logprobs: false,
                grammar: form.clone(),
                commits: false,
            };
            let answering = self.engine.ask(asked).map_err(refused)?;
            let answer = Answer::new(index, answering, self.options.patience, count.clone());
            let answer = answer.with_new_prompt(index == 0);
            Ok(answer.with_calls(reader(format, &offered)).with_each_token(request.logprobs == Some(true)))
        };
        let answers = (0..answers).map(ask).collect::<Result<_, ApiError>>()?;
        Ok(Asked { prompt: prompt.len(), answers, count })
    }
}

/// Looks for calls of these tools, if there are any.
fn reader(format: CallFormat, tools: &[Value]) -> Option<ToolCalls> {
    let names: Vec<String> =
        tools.iter().filter_map(|tool| tool["function"]["name"].as_str().map(str::to_owned)).collect();
    (!names.is_empty()).then(|| ToolCalls::new(format, names))
}

fn choice(server: &Server, index: usize, whole: Whole, logprobs: bool) -> Result<Value, ApiError> {
    let mut message = json!({ "role": "assistant", "content": whole.text, "refusal": null });
    if !whole.calls.is_empty() {
        let calls = whole.calls.iter().map(call).collect::<Result<Value, _>>()?;
        message["tool_calls"] = calls;
        if whole.text.is_empty() {
            message["content"] = Value::Null;
        }
    }
    let logprobs = if logprobs { tokens::chat(server.model(), &whole.choices) } else { Value::Null };
    Ok(json!({ "index": index, "message": message, "logprobs": logprobs, "finish_reason": whole.finish }))
}

/// Some models' templates want ids of nine characters.
fn call(call: &ToolCall) -> Result<Value, ApiError> {
    let mut id = random::<5>()?;
    id.truncate(9);
    Ok(json!({ "id": id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } }))
}

fn deltas(server: &Server, head: &Head, index: usize, told: Delta, logprobs: bool) -> Vec<Value> {
    match told {
        Delta::Prompt(_) => Vec::new(),
        Delta::Text(text, choices) => {
            let logprobs = if logprobs { tokens::chat(server.model(), &choices) } else { Value::Null };
            vec![delta(head, index, json!({ "content": text }), logprobs)]
        }
        Delta::Calls(calls) => {
            calls.iter().enumerate().flat_map(|(at, call)| call_deltas(head, index, at, call)).collect()
        }
        Delta::Finish(finish) => {
            let choice = json!({ "index": index, "delta": {}, "logprobs": null, "finish_reason": finish });
            vec![head.chunk(CHUNK, choice, json!({}))]
        }
    }
}

/// First who is called, then with what.
fn call_deltas(head: &Head, index: usize, at: usize, told: &ToolCall) -> Vec<Value> {
    let whole = match call(told) {
        Ok(whole) => whole,
        Err(error) => return vec![internal(format!("{error:?}")).json()],
    };
    let mut first = whole.clone();
    first["index"] = json!(at);
    first["function"]["arguments"] = json!("");
    let second = json!({ "index": at, "function": { "arguments": whole["function"]["arguments"] } });
    [first, second].map(|part| delta(head, index, json!({ "tool_calls": [part] }), Value::Null)).to_vec()
}

fn delta(head: &Head, index: usize, delta: Value, logprobs: Value) -> Value {
    let choice = json!({ "index": index, "delta": delta, "logprobs": logprobs, "finish_reason": null });
    head.chunk(CHUNK, choice, json!({}))
}
