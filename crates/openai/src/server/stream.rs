//! Answers as server-sent events.

use super::answer::{Answer, Delta};
use super::places::Place;
use crate::error::ApiError;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, select_all, Stream, StreamExt};
use serde_json::Value;
use std::convert::Infallible;
use tokio::sync::mpsc;

/// Tells `first`, then every delta of every answer as `render` writes it (with the number of the answer), as they come,
/// and what `last` says then. A late error is told and ends its answer.
pub fn events(
    place: Place,
    first: Vec<Value>,
    answers: Vec<Answer>,
    mut render: impl FnMut(usize, Delta) -> Vec<Value> + Send + 'static,
    last: impl FnOnce() -> Option<Value> + Send + 'static,
) -> Response {
    let deltas = drained(place, select_all(answers.into_iter().map(|answer| Box::pin(deltas(answer)))));
    let told = deltas.flat_map(move |(index, delta)| {
        stream::iter(match delta {
            Ok(delta) => render(index, delta),
            Err(error) => vec![error.json()],
        })
    });
    let end = stream::once(async move { last() }).filter_map(|last| async { last });
    let objects = stream::iter(first).chain(told).chain(end).map(|object| object.to_string());
    let data = objects.chain(stream::once(async { "[DONE]".to_owned() }));
    let events = data.map(|data| Ok::<_, Infallible>(Event::default().data(data)));
    let mut response = Sse::new(events).keep_alive(KeepAlive::default()).into_response();
    // Proxies must not wait for more before they pass it on.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}

fn deltas(answer: Answer) -> impl Stream<Item = (usize, Result<Delta, ApiError>)> + Send {
    stream::unfold(answer, |mut answer| async move { answer.next().await.map(|delta| ((answer.index, delta), answer)) })
}

/// The same items, taken as they come, whether the app reads them or not: one that stops reading must not keep `place`.
/// Those not yet read are no more than the tokens that were asked for. Dropping the result drops `items` too.
fn drained<T: Send + 'static>(
    place: Place,
    items: impl Stream<Item = T> + Send + Unpin + 'static,
) -> impl Stream<Item = T> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut items = items;
        loop {
            let item = tokio::select! {
                item = items.next() => item,
                () = tell.closed() => None,
            };
            if item.is_none_or(|item| tell.send(item).is_err()) {
                break;
            }
        }
        // Before the end is told: who asks again then finds the place free.
        drop((items, place));
    });
    stream::unfold(told, |mut told| async move { told.recv().await.map(|item| (item, told)) })
}

#[cfg(test)]
mod tests {
    use super::super::places::Places;
    use super::*;
    use tokio::task::yield_now;

    async fn is_free(places: &Places) {
        while places.free() == 0 {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_app_that_stops_reading_keeps_no_place_beyond_the_answer() {
        let places = Places::new(1);
        let unread = drained(places.take().unwrap(), stream::iter(0..1_000));
        is_free(&places).await;
        assert_eq!(unread.count().await, 1_000);
    }

    #[tokio::test]
    async fn an_app_that_hangs_up_ends_an_answer_that_never_would() {
        let places = Places::new(1);
        let mut read = Box::pin(drained(places.take().unwrap(), stream::iter(0..3).chain(stream::pending())));
        assert_eq!(read.next().await, Some(0));
        assert!(places.take().is_err());
        drop(read);
        is_free(&places).await;
    }
}
