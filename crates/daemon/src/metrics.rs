//! Prometheus metrics of a process, served over HTTP.

use axum::http::header::CONTENT_TYPE;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::Router;
pub use prometheus::{self, Registry};
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Result, TextEncoder, TEXT_FORMAT,
};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Each name in it starts with `plexus_<role>_`, such as `plexus_miner_requests_total`.
pub fn registry(role: &str) -> Result<Registry> {
    Registry::new_custom(Some(format!("plexus_{role}")), None)
}

pub fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter> {
    register(registry, IntCounter::new(name, help)?)
}

pub fn counters(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
    register(registry, IntCounterVec::new(Opts::new(name, help), labels)?)
}

pub fn integer(registry: &Registry, name: &str, help: &str) -> Result<IntGauge> {
    register(registry, IntGauge::new(name, help)?)
}

pub fn gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge> {
    register(registry, Gauge::new(name, help)?)
}

/// `buckets` are upper bounds in rising order, in the unit that the name ends with.
pub fn histogram(registry: &Registry, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram> {
    register(registry, Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?)
}

fn register<M: prometheus::core::Collector + Clone + 'static>(registry: &Registry, metric: M) -> Result<M> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// Serves `/metrics` until `token` is cancelled; returns the address that it listens on, which names the port where
/// `address` asked for any.
pub async fn serve(address: SocketAddr, registry: Registry, token: CancellationToken) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(async move {
        let served =
            axum::serve(listener, router::<()>(registry)).with_graceful_shutdown(token.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "metrics are no longer served");
        }
    });
    Ok(bound)
}

/// `/metrics` alone, to be served beside other paths.
pub fn router<S: Clone + Send + Sync + 'static>(registry: Registry) -> Router<S> {
    Router::new().route("/metrics", get(move || async move { page(&registry) }))
}

fn page(registry: &Registry) -> Response {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(text) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn metrics_are_served_until_shutdown() {
        let registry = registry("miner").unwrap();
        counters(&registry, "requests_total", "Requests.", &["outcome"]).unwrap().with_label_values(&["ok"]).inc();
        histogram(&registry, "seconds", "Time.", &[0.1, 1.0]).unwrap().observe(0.5);
        let token = CancellationToken::new();
        let address = serve(([127, 0, 0, 1], 0).into(), registry, token.clone()).await.unwrap();
        let text = reqwest::get(format!("http://{address}/metrics")).await.unwrap().text().await.unwrap();
        assert!(text.contains(r#"plexus_miner_requests_total{outcome="ok"} 1"#), "{text}");
        assert!(text.contains(r#"plexus_miner_seconds_bucket{le="1"} 1"#), "{text}");
        token.cancel();
        while reqwest::get(format!("http://{address}/metrics")).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
