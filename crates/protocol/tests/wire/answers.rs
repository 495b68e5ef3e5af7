use crate::support::{account, client, limits, pair, Server, PATIENCE, SECOND};
use primitives::{AccountId, Axon};
use protocol::{Admission, CallError, Client, Gate, Limits, Refusal};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn call(to: &str, axon: &Axon, deadline: Duration, max: usize) -> Result<protocol::Signed, CallError> {
    client("//Alice").call(&account(to), axon, "/echo", b"hello".to_vec(), deadline, max).await
}

/// A listener that reads a request and answers each with the same bytes, or with nothing.
async fn impostor(answer: &'static [u8], then_hang: bool) -> Axon {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
            if then_hang {
                std::future::pending::<()>().await;
            }
        }
    });
    Axon::new(address, protocol::VERSION)
}

#[tokio::test]
async fn an_answer_comes_with_a_receipt_that_covers_it() {
    let server = Server::start(limits()).await;
    let signed = call("//Dave", &server.axon(), PATIENCE, 1_000).await.unwrap();
    assert_eq!(signed.body, b"hello");
    assert_eq!(signed.receipt.signer, account("//Dave"));
    assert!(signed.receipt.covers(&signed.body));
    assert!(!signed.receipt.covers(b"hallo"));
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    drop(listener);
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::Unreachable(_))));
}

#[tokio::test]
async fn a_server_that_never_answers_times_out_at_the_deadline() {
    let axon = impostor(b"", true).await;
    let (deadline, start) = (Duration::from_millis(300), Instant::now());
    assert_eq!(call("//Dave", &axon, deadline, 1_000).await, Err(CallError::TimedOut(deadline)));
    assert!(start.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle_times_out_at_the_deadline() {
    let axon = impostor(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc", true).await;
    assert_eq!(call("//Dave", &axon, SECOND, 1_000).await, Err(CallError::TimedOut(SECOND)));
}

#[tokio::test]
async fn a_server_that_closes_at_once_closed_early() {
    let axon = impostor(b"", false).await;
    assert_eq!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::ClosedEarly));
}

#[tokio::test]
async fn a_server_that_closes_in_the_middle_closed_early() {
    let axon = impostor(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc", false).await;
    assert_eq!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::ClosedEarly));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_garbled() {
    let axon = impostor(b"\x00\x01\x02 SSH-2.0-OpenSSH_9.2\r\n\r\n", false).await;
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::Garbled(_))));
}

#[tokio::test]
async fn an_unsigned_answer_is_not_trusted() {
    let axon = impostor(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", false).await;
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::BadSignature(_))));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let axon =
        impostor(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", false).await;
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::BadSignature(_))));
}

/// Answers for whomever, so that only the client can notice.
struct Everybody;

impl Admission for Everybody {
    fn admit(&self, _: &AccountId) -> Result<(), Refusal> {
        Ok(())
    }
}

#[tokio::test]
async fn a_server_with_another_key_is_not_trusted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    let router = Gate::new(pair("//Eve"), Arc::new(Everybody), limits()).wrap(axum::Router::new());
    tokio::spawn(protocol::serve(listener, router, std::future::pending()));
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::BadSignature(_))));
}

#[tokio::test]
async fn an_answer_to_another_request_is_not_trusted() {
    let server = Server::start(Limits { max_per_sender_per_second: 1_000, ..limits() }).await;
    let recorded = server.send_raw(&crate::support::Draft::new("//Alice", b"hello").bytes()).await;
    let axon = impostor(recorded.leak().as_bytes(), false).await;
    assert!(matches!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::BadSignature(_))));
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let axon = impostor(b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n", true).await;
    assert_eq!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::TooLarge(1_000)));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4_096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        let chunk = [b"400\r\n".as_slice(), &[b'a'; 0x400], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    });
    assert_eq!(call("//Dave", &axon, PATIENCE, 1_000).await, Err(CallError::TooLarge(1_000)));
}

#[tokio::test]
async fn an_answer_of_exactly_the_limit_is_accepted() {
    let server = Server::start(limits()).await;
    assert!(call("//Dave", &server.axon(), PATIENCE, 5).await.is_ok());
    assert_eq!(call("//Dave", &server.axon(), PATIENCE, 4).await, Err(CallError::TooLarge(4)));
}

#[tokio::test]
async fn a_refusal_is_told_apart_from_a_failure() {
    let server = Server::start(limits()).await;
    let client = Client::new(pair("//Ferdie"));
    let error = client.call(&account("//Dave"), &server.axon(), "/echo", vec![], PATIENCE, 1_000).await.unwrap_err();
    assert_eq!(error.to_string(), "refused (not_registered): Register on subnet 1 first.");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_lets_open_requests_finish() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let axon = Axon::new(listener.local_addr().unwrap(), protocol::VERSION);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (entered, leave) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let (enter, left) = (entered.clone(), leave.clone());
    let echo = move || async move {
        enter.notify_one();
        left.notified().await;
        "done"
    };
    let router = axum::Router::new().route("/echo", axum::routing::post(echo));
    let router = Gate::new(pair("//Dave"), Arc::new(Everybody), limits()).wrap(router);
    let serving = tokio::spawn(protocol::serve(listener, router, async { drop(stopped.await) }));
    let calling = tokio::spawn(async move { call("//Dave", &axon, PATIENCE, 1_000).await });
    entered.notified().await;
    stop.send(()).unwrap();
    leave.notify_one();
    assert_eq!(calling.await.unwrap().unwrap().body, b"done");
    tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap();
}
