use crate::places::{Place, Places};
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Connections served at once; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: u32 = 1_024;
/// Connections from one IP address; further ones are closed. Many callers can share an address, so it is not few.
const MAX_PER_ADDRESS: u32 = 128;
/// A connection that has not sent the head of its next request by then is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes that the head of a request may take, and header fields in it.
const MAX_HEAD: usize = 16 * 1024;
const MAX_FIELDS: usize = 64;
/// How long open requests may go on after the shutdown was asked for, where nothing else is said.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after a failed accept, which is mostly a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `shutdown` ends, then lets open requests finish for a few seconds.
///
/// Unlike a bare HTTP server it bounds how many connections there are, how many of them one address holds, and how long
/// one may stay silent. Handlers can ask for `ConnectInfo<SocketAddr>`: who has connected.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    serve_with_grace(listener, router, shutdown, GRACE).await;
}

/// As [`serve`], with `grace` as the time that open requests get after the shutdown was asked for.
pub async fn serve_with_grace(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
    grace: Duration,
) {
    let places = Arc::new(Places::new(MAX_CONNECTIONS, MAX_PER_ADDRESS));
    let (stop, stopping) = watch::channel(());
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (stream, address, place) = accept(&listener, &places) => {
                let router = router.clone().layer(Extension(ConnectInfo(address)));
                tokio::spawn(connection(stream, place, router, stopping.clone()));
            }
        }
    }
    drop((listener, stop));
    if timeout(grace, places.all_free()).await.is_err() {
        tracing::warn!("some requests did not end within {grace:?} of the shutdown and are cut off");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Places>) -> (TcpStream, SocketAddr, Place) {
    let free = places.free().await;
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                if let Some(share) = places.share(address.ip()) {
                    return (stream, address, Place { _free: free, _share: share });
                }
            }
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, _place: Place, router: Router, mut stopping: watch::Receiver<()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.max_header_size(MAX_HEAD).max_headers(MAX_FIELDS);
    let served = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        // Fails, and so returns, when the sender is dropped.
        _ = stopping.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!("a connection ended badly: {error}");
    }
}
