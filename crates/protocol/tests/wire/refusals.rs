use crate::support::{account, client, limits, now, pair, refusal_in, Draft, Server, PATIENCE};
use axum::http::{HeaderMap, HeaderValue};
use protocol::{CallError, Code, Limits};
use std::time::Duration;

#[tokio::test]
async fn a_request_in_order_is_answered() {
    let server = Server::start(limits()).await;
    let answer = server.send_raw(&Draft::new("//Alice", b"hello").bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

async fn code_after(spoil: fn(&mut HeaderMap)) -> Code {
    let server = Server::start(limits()).await;
    server.refusal(&Draft { spoil, ..Draft::new("//Alice", b"hello") }).await
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    assert_eq!(code_after(|headers| headers.clear()).await, Code::Unsigned);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-signature"))).await, Code::Unsigned);
}

#[tokio::test]
async fn a_request_without_one_of_the_fields_is_malformed() {
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-sender"))).await, Code::Malformed);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-receiver"))).await, Code::Malformed);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-nonce"))).await, Code::Malformed);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-issued"))).await, Code::Malformed);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-expires"))).await, Code::Malformed);
    assert_eq!(code_after(|headers| drop(headers.remove("plexus-body-hash"))).await, Code::Malformed);
}

#[tokio::test]
async fn garbage_in_a_field_is_malformed() {
    fn set(headers: &mut HeaderMap, name: &'static str, value: &'static [u8]) {
        headers.insert(name, HeaderValue::from_bytes(value).unwrap());
    }
    assert_eq!(code_after(|h| set(h, "plexus-sender", b"5NotAnAccount")).await, Code::Malformed);
    assert_eq!(code_after(|h| set(h, "plexus-receiver", b"\xff\xfe\xfd")).await, Code::Malformed);
    assert_eq!(code_after(|h| set(h, "plexus-nonce", b"00")).await, Code::Malformed);
    assert_eq!(code_after(|h| set(h, "plexus-issued", b"-1")).await, Code::Malformed);
    assert_eq!(code_after(|h| set(h, "plexus-expires", b"99999999999999999999999")).await, Code::Malformed);
    assert_eq!(code_after(|h| set(h, "plexus-signature", b"")).await, Code::Malformed);
}

#[tokio::test]
async fn a_field_that_occurs_twice_is_malformed() {
    let twice = |headers: &mut HeaderMap| {
        headers.append("plexus-nonce", HeaderValue::from_static("00"));
    };
    assert_eq!(code_after(twice).await, Code::Malformed);
}

#[tokio::test]
async fn bytes_that_are_not_http_are_answered_with_an_error_and_a_closed_connection() {
    let server = Server::start(limits()).await;
    let answer = server.send_raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 garbage\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn a_head_without_an_end_is_cut_off() {
    let server = Server::start(limits()).await;
    let answer = server.send_raw(&[b"POST /echo HTTP/1.1\r\nx: ".as_slice(), &[b'a'; 100_000]].concat()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_request_for_another_receiver_is_refused() {
    let server = Server::start(limits()).await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.receiver = account("//Bob");
    assert_eq!(server.refusal(&draft).await, Code::WrongReceiver);
}

#[tokio::test]
async fn an_expired_request_is_refused() {
    let server = Server::start(limits()).await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.issued = now();
    draft.envelope.expires = now();
    wait_until(draft.envelope.expires + 1).await;
    assert_eq!(server.refusal(&draft).await, Code::Expired);
}

#[tokio::test]
async fn a_request_from_the_future_is_refused() {
    let server = Server::start(limits()).await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.issued = now() + 60_000;
    draft.envelope.expires = now() + 70_000;
    assert_eq!(server.refusal(&draft).await, Code::Future);
}

/// A server whose pause after the start is over.
async fn tolerant_server() -> Server {
    let skew = 1_000;
    let server = Server::start(Limits { max_clock_skew: Duration::from_millis(skew), ..limits() }).await;
    wait_until(now() + skew + 1).await;
    server
}

async fn wait_until(time: u64) {
    while now() < time {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_clock_within_the_allowed_skew_is_accepted() {
    let server = tolerant_server().await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.issued = now() + 500;
    assert!(server.send_raw(&draft.bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_request_that_lives_too_long_is_malformed() {
    let server = Server::start(limits()).await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.expires = draft.envelope.issued + 120_001;
    assert_eq!(server.refusal(&draft).await, Code::Malformed);
    draft.envelope.expires = u64::MAX;
    assert_eq!(server.refusal(&draft).await, Code::Malformed);
}

#[tokio::test]
async fn a_request_that_expires_before_its_issue_is_malformed() {
    let server = tolerant_server().await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.expires = draft.envelope.issued - 1;
    assert_eq!(server.refusal(&draft).await, Code::Malformed);
}

#[tokio::test]
async fn a_replayed_request_is_refused() {
    let server = Server::start(limits()).await;
    let request = Draft::new("//Alice", b"hello");
    assert!(server.send_raw(&request.bytes()).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.refusal(&request).await, Code::Replayed);
    assert_eq!(server.refusal(&request).await, Code::Replayed);
}

#[tokio::test]
async fn a_request_replayed_after_a_restart_is_refused() {
    let first = Server::start(limits()).await;
    let request = Draft::new("//Alice", b"hello");
    assert!(first.send_raw(&request.bytes()).await.starts_with("HTTP/1.1 200"));
    wait_until(request.envelope.issued + 1).await;
    let second = Server::start(limits()).await;
    assert_eq!(second.refusal(&request).await, Code::Expired);
    assert!(second.send_raw(&Draft::new("//Alice", b"hello").bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_request_of_a_clock_that_runs_ahead_is_not_answered_again_after_a_restart() {
    let skewed = Limits { max_clock_skew: Duration::from_secs(2), ..limits() };
    let mut request = Draft::new("//Alice", b"hello");
    request.envelope.issued = now() + 1_000;
    let restarted = Server::start(skewed).await;
    assert_eq!(restarted.refusal(&request).await, Code::Expired);
}

#[tokio::test]
async fn an_unregistered_sender_is_refused_before_the_body_is_read() {
    let server = Server::start(limits()).await;
    let draft = Draft::new("//Ferdie", b"hello");
    let answer = server.send_raw(&draft.head(draft.body.len())).await;
    assert_eq!(refusal_in(&answer), Some(Code::NotRegistered));
}

#[tokio::test]
async fn a_signature_of_another_key_is_refused_before_the_body_is_read() {
    let server = Server::start(limits()).await;
    let draft = Draft { signer: pair("//Eve"), ..Draft::new("//Alice", b"hello") };
    let answer = server.send_raw(&draft.head(draft.body.len())).await;
    assert_eq!(refusal_in(&answer), Some(Code::BadSignature));
}

#[tokio::test]
async fn an_empty_signature_is_refused() {
    let zero = |headers: &mut HeaderMap| {
        drop(headers.insert("plexus-signature", HeaderValue::from_str(&"00".repeat(64)).unwrap()));
    };
    assert_eq!(code_after(zero).await, Code::BadSignature);
}

#[tokio::test]
async fn a_changed_body_is_refused() {
    let server = Server::start(limits()).await;
    let draft = Draft { body: b"hellO".to_vec(), ..Draft::new("//Alice", b"hello") };
    assert_eq!(server.refusal(&draft).await, Code::BadSignature);
}

#[tokio::test]
async fn a_signature_for_another_path_is_refused() {
    let server = Server::start(limits()).await;
    let draft = Draft::new("//Alice", b"hello");
    let request = String::from_utf8(draft.bytes()).unwrap().replacen("/echo", "/who", 1);
    let answer = server.send_raw(request.as_bytes()).await;
    assert_eq!(refusal_in(&answer), Some(Code::BadSignature));
}

#[tokio::test]
async fn a_body_of_any_bytes_reaches_the_handler_unchanged() {
    let server = Server::start(limits()).await;
    let body: Vec<u8> = (0..=255).collect();
    let client = client("//Alice");
    let answer = client.call(&account("//Dave"), &server.axon(), "/echo", body.clone(), PATIENCE, 1_000).await;
    assert_eq!(answer.unwrap().body, body);
}

#[tokio::test]
async fn the_handler_learns_who_signed() {
    let server = Server::start(limits()).await;
    let answer = client("//Alice").call(&account("//Dave"), &server.axon(), "/who", vec![], PATIENCE, 1_000).await;
    assert_eq!(answer.unwrap().body, account("//Alice").to_string().into_bytes());
}

#[tokio::test]
async fn an_unknown_path_is_refused_with_a_signature() {
    let server = Server::start(limits()).await;
    let error = client("//Alice").call(&account("//Dave"), &server.axon(), "/x?y=1", vec![], PATIENCE, 1_000).await;
    let message = "it answered with status 404 Not Found and no reason".into();
    assert_eq!(error, Err(CallError::Refused { code: Code::Other, message, retry_after: None }));
}
