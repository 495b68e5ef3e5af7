//! `POST /v1/completions`.

use super::answer::{Answer, Count, Delta, Whole};
use super::stream::events;
use super::tokens::Columns;
use super::{id, invalid, refused, Server, Shared, MAX_BODY};
use crate::common::{check_answers, Prompt};
use crate::completion_request::CompletionRequest;
use crate::error::ApiError;
use crate::object::Head;
use crate::read_body;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::Json;
use futures::future::try_join_all;
use inference::Request;
use serde_json::{json, Value};

const KIND: &str = "text_completion";

/// A prompt as text, for the echo, and as tokens.
#[derive(Clone)]
struct Read {
    text: String,
    tokens: Vec<u32>,
}

struct Asked {
    /// One for each answer.
    prompts: Vec<Read>,
    answers: Vec<Answer>,
    prompt: usize,
    count: Count,
}

/// How an answer is told.
#[derive(Clone, Copy)]
struct Shape {
    echo: bool,
    logprobs: bool,
}

pub async fn complete(State(server): State<Shared>, body: Body) -> Result<Response, ApiError> {
    let place = server.places.take()?;
    let body = read_body(body, MAX_BODY).await?;
    let ask = move |server: &Server| {
        let request = CompletionRequest::parse(&body)?;
        server.card(&request.model)?;
        let asked = server.completions(&request)?;
        Ok((request, asked))
    };
    let ((request, asked), place) = server.prepare(place, ask).await?;
    let Asked { prompts, answers, prompt, count } = asked;
    let head = Head::new(id("cmpl-")?, &request.model, request.stream() && request.include_usage());
    let shape = Shape { echo: request.echo(), logprobs: request.logprobs.is_some() };
    let is_stream = request.stream();
    if !is_stream {
        let wholes = try_join_all(answers.into_iter().map(Answer::whole)).await?;
        let all = prompts.iter().zip(wholes).enumerate();
        let choices: Value = all.map(|(index, (read, whole))| shape.choice(&server, index, read, whole)).collect();
        return Ok(Json(head.object(KIND, choices, json!({ "usage": count.usage(prompt) }))).into_response());
    }
    let echo = |(index, read): (usize, &Read)| head.chunk(KIND, part(index, &read.text, Value::Null, None), json!({}));
    let first = match shape.echo && !shape.logprobs {
        true => prompts.iter().enumerate().map(echo).collect(),
        false => Vec::new(),
    };
    let mut offsets: Vec<usize> =
        prompts.iter().map(|read| if shape.echo { read.text.chars().count() } else { 0 }).collect();
    let (last, with_usage) = (head.clone(), head.include_usage);
    let render = move |index: usize, told| {
        let choice = shape.delta(&server, index, &prompts[index], &mut offsets[index], told);
        choice.map(|choice| head.chunk(KIND, choice, json!({}))).into_iter().collect()
    };
    let last = move || with_usage.then(|| last.usage_chunk(KIND, count.usage(prompt)));
    Ok(events(place, first, answers, render, last))
}

impl Server {
    fn completions(&self, request: &CompletionRequest) -> Result<Asked, ApiError> {
        let draw = request.draw()?;
        let prompts = request.prompt.prompts("prompt")?;
        check_answers("prompt", prompts.len() * request.n(), self.most_answers())?;
        let read = prompts.into_iter().map(|prompt| self.read(prompt)).collect::<Result<Vec<_>, _>>()?;
        let prompt = read.iter().map(|read| read.tokens.len()).sum();
        let count = Count::new(self.metrics.clone(), prompt);
        let prompts: Vec<Read> = read.into_iter().flat_map(|read| vec![read; request.n()]).collect();
        let ask = |(index, read): (usize, &Read)| -> Result<Answer, ApiError> {
            let asked = Request {
                prompt: read.tokens.clone(),
                sampling: draw.sampling(request.temperature()?, request.max_tokens(), index)?,
                shaping: draw.shaping()?,
                stop: request.stop.clone(),
                top_logprobs: request.logprobs.unwrap_or(0),
                prompt_logprobs: request.echo() && (request.logprobs.is_some() || request.max_tokens() == 0),
                grammar: draw.grammar(),
                commits: false,
            };
            let answering = self.engine.ask(asked).map_err(refused)?;
            let answer = Answer::new(index, answering, self.options.patience, count.clone());
            Ok(answer.with_new_prompt(index % request.n() == 0).with_each_token(request.logprobs.is_some()))
        };
        let answers = prompts.iter().enumerate().map(ask).collect::<Result<_, ApiError>>()?;
        Ok(Asked { prompts, answers, prompt, count })
    }

    fn read(&self, prompt: Prompt) -> Result<Read, ApiError> {
        match prompt {
            Prompt::Text(text) => Ok(Read { tokens: self.encode(&text)?, text }),
            Prompt::Tokens(tokens) => Ok(Read { text: self.model().decode(&tokens).map_err(invalid)?, tokens }),
        }
    }
}

impl Shape {
    fn choice(self, server: &Server, index: usize, read: &Read, whole: Whole) -> Value {
        let text = if self.echo { format!("{}{}", read.text, whole.text) } else { whole.text };
        let mut columns = Columns::default();
        if self.echo {
            columns.first(server.model(), read.tokens[0]);
            columns.extend(server.model(), &whole.prompt);
        }
        columns.extend(server.model(), &whole.choices);
        let logprobs = if self.logprobs { columns.json() } else { Value::Null };
        part(index, &text, logprobs, Some(whole.finish))
    }

    /// `offset` counts the characters of the text so far.
    fn delta(self, server: &Server, index: usize, read: &Read, offset: &mut usize, told: Delta) -> Option<Value> {
        match told {
            Delta::Prompt(_) if !self.logprobs => None,
            Delta::Prompt(choices) => {
                let mut columns = Columns::default();
                columns.first(server.model(), read.tokens[0]);
                columns.extend(server.model(), &choices);
                Some(part(index, &read.text, columns.json(), None))
            }
            Delta::Text(text, choices) => {
                let mut columns = Columns::from(*offset);
                columns.extend(server.model(), &choices);
                *offset = columns.length();
                let logprobs = if self.logprobs { columns.json() } else { Value::Null };
                Some(part(index, &text, logprobs, None))
            }
            Delta::Calls(_) => None,
            Delta::Finish(finish) => Some(part(index, "", Value::Null, Some(finish))),
        }
    }
}

fn part(index: usize, text: &str, logprobs: Value, finish: Option<&str>) -> Value {
    json!({ "index": index, "text": text, "logprobs": logprobs, "finish_reason": finish })
}
