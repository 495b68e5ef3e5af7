use crate::support::{account, client, limits, read_to_end, refusal_in, Draft, Server, MAX_BODY, PATIENCE};
use protocol::{CallError, Code, Limits};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HUNDRED_MB: usize = 100 * 1024 * 1024;

fn code(error: CallError) -> Code {
    match error {
        CallError::Refused { code, .. } => code,
        other => panic!("not a refusal: {other}"),
    }
}

#[tokio::test]
async fn an_announced_body_of_100_mb_is_refused_without_reading_it() {
    let server = Server::start(limits()).await;
    let answer = server.send_raw(&Draft::new("//Alice", b"").head(HUNDRED_MB)).await;
    assert_eq!(refusal_in(&answer), Some(Code::TooLarge));
}

#[tokio::test]
async fn a_client_that_sends_100_mb_is_told_why_it_is_refused() {
    let server = Server::start(limits()).await;
    let body = vec![b'a'; HUNDRED_MB];
    let error = client("//Alice").call(&account("//Dave"), &server.axon(), "/echo", body, PATIENCE, 1_000).await;
    assert_eq!(code(error.unwrap_err()), Code::TooLarge);
}

#[tokio::test]
async fn an_endless_body_is_cut_off_at_the_limit() {
    let server = Server::start(limits()).await;
    let head = String::from_utf8(Draft::new("//Alice", b"").head(0)).unwrap();
    let head = head.replace("content-length: 0", "transfer-encoding: chunked");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let flood = tokio::spawn(async move {
        let chunk = [b"400\r\n".as_slice(), &[b'a'; 0x400], b"\r\n"].concat();
        let mut sent = 0;
        while sent < HUNDRED_MB && writer.write_all(&chunk).await.is_ok() {
            sent += chunk.len();
        }
        sent
    });
    let mut answer = String::new();
    let _ = reader.read_to_string(&mut answer).await;
    assert_eq!(refusal_in(&answer), Some(Code::TooLarge));
    assert!(flood.await.unwrap() < HUNDRED_MB);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_accepted_and_one_byte_more_is_not() {
    let server = Server::start(limits()).await;
    let call = |length: usize| {
        let (client, axon) = (client("//Alice"), server.axon());
        async move { client.call(&account("//Dave"), &axon, "/echo", vec![0; length], PATIENCE, MAX_BODY).await }
    };
    assert_eq!(call(MAX_BODY).await.unwrap().body.len(), MAX_BODY);
    assert_eq!(code(call(MAX_BODY + 1).await.unwrap_err()), Code::TooLarge);
}

#[tokio::test]
async fn a_truncated_body_is_answered_by_nothing_but_an_end() {
    let server = Server::start(limits()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let draft = Draft::new("//Alice", b"hello");
    stream.write_all(&draft.head(draft.body.len())).await.unwrap();
    stream.write_all(b"hel").await.unwrap();
    stream.shutdown().await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.is_empty() || refusal_in(&answer) == Some(Code::Malformed), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_comes_ends_with_the_request_s_expiry() {
    let server = Server::start(limits()).await;
    let mut draft = Draft::new("//Alice", b"hello");
    draft.envelope.expires = draft.envelope.issued + 300;
    let answer = server.send_raw(&draft.head(draft.body.len())).await;
    assert_eq!(refusal_in(&answer), Some(Code::Expired));
}

#[tokio::test]
async fn a_sender_that_asks_too_often_is_slowed_down() {
    let server = Server::start(Limits { max_per_sender_per_second: 3, ..limits() }).await;
    let mut refused = 0;
    for _ in 0..20 {
        let client = client("//Alice");
        let answer = client.call(&account("//Dave"), &server.axon(), "/echo", vec![], PATIENCE, 1_000).await;
        if let Err(error) = answer {
            assert_eq!(code(error), Code::TooMany);
            refused += 1;
        }
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn who_has_work_open_gets_no_more_in_while_all_places_are_taken_and_who_has_none_does() {
    let server = Server::start(Limits { max_in_flight: 2, max_per_sender_per_second: 1_000, ..limits() }).await;
    let hanging = [hang(&server, "//Alice").await, hang(&server, "//Bob").await];
    assert_eq!(code(call_as("//Alice", &server).await.unwrap_err()), Code::TooMany);
    call_as("//Charlie", &server).await.unwrap();
    for _ in 0..hanging.len() {
        server.release.notify_one();
    }
    for call in hanging {
        call.await.unwrap().unwrap();
    }
    call_as("//Alice", &server).await.unwrap();
}

/// A call that is being answered, and will be for as long as the server is not told to end it.
async fn hang(server: &Server, name: &str) -> tokio::task::JoinHandle<Result<protocol::Signed, CallError>> {
    let (client, axon) = (client(name), server.axon());
    let call =
        tokio::spawn(async move { client.call(&account("//Dave"), &axon, "/hang", vec![], PATIENCE, 1_000).await });
    server.begun.acquire().await.unwrap().forget();
    call
}

async fn call_as(name: &str, server: &Server) -> Result<protocol::Signed, CallError> {
    client(name).call(&account("//Dave"), &server.axon(), "/echo", vec![], PATIENCE, 1_000).await
}

#[tokio::test]
async fn a_caller_that_hangs_up_frees_its_place() {
    let server = Server::start(Limits { max_in_flight: 1, max_per_sender_per_second: 1_000, ..limits() }).await;
    let hanging = hang(&server, "//Alice").await;
    assert_eq!(code(call_as("//Alice", &server).await.unwrap_err()), Code::TooMany);
    hanging.abort();
    let freed = async {
        while call_as("//Alice", &server).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, freed).await.unwrap();
}

#[tokio::test]
async fn one_address_cannot_hold_every_connection() {
    let server = Server::start(limits()).await;
    let mut held = Vec::new();
    for _ in 0..128 {
        held.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut further = TcpStream::connect(server.address).await.unwrap();
    // Well before the server closes a connection for being silent.
    let read = tokio::time::timeout(Duration::from_secs(10), further.read_u8()).await;
    assert!(read.expect("the connection is closed").is_err());
    drop(held);
    let answered = async { while call_as("//Charlie", &server).await.is_err() {} };
    tokio::time::timeout(PATIENCE, answered).await.unwrap();
}
