//! Answers as server-sent events.

use super::answer::{Answer, Delta};
use crate::error::ApiError;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, select_all, Stream, StreamExt};
use serde_json::Value;
use std::convert::Infallible;
use tokio::sync::OwnedSemaphorePermit;

/// Tells `first`, then every delta of every answer as `render` writes it (with the number of the answer), as they come,
/// and what `last` says then. A late error is told and ends its answer.
pub fn events(
    place: OwnedSemaphorePermit,
    first: Vec<Value>,
    answers: Vec<Answer>,
    mut render: impl FnMut(usize, Delta) -> Vec<Value> + Send + 'static,
    last: impl FnOnce() -> Option<Value> + Send + 'static,
) -> Response {
    let deltas = select_all(answers.into_iter().map(|answer| Box::pin(deltas(answer))));
    let told = deltas.flat_map(move |(index, delta)| {
        stream::iter(match delta {
            Ok(delta) => render(index, delta),
            Err(error) => vec![error.json()],
        })
    });
    let end = stream::once(async move { last() }).filter_map(|last| async { last });
    let objects = stream::iter(first).chain(told).chain(end).map(|object| object.to_string());
    let data = objects.chain(stream::once(async move {
        drop(place);
        "[DONE]".to_owned()
    }));
    let events = data.map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies must not wait for more before they pass it on.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

fn deltas(answer: Answer) -> impl Stream<Item = (usize, Result<Delta, ApiError>)> {
    stream::unfold(answer, |mut answer| async move { answer.next().await.map(|delta| ((answer.index, delta), answer)) })
}
