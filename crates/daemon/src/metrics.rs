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
    Router::new().route("/metrics", get(move || page(registry)))
}

/// Some metrics are looked up on the disk when they are asked for.
async fn page(registry: Registry) -> Response {
    let text = tokio::task::spawn_blocking(move || TextEncoder::new().encode_to_string(&registry.gather())).await;
    let failed = |error: String| (StatusCode::INTERNAL_SERVER_ERROR, error).into_response();
    match text {
        Ok(Ok(text)) => ([(CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Ok(Err(error)) => failed(error.to_string()),
        Err(panic) => failed(panic.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::core::{Collector, Desc};
    use prometheus::proto::MetricFamily;
    use std::sync::{mpsc, Mutex};
    use std::time::Duration;
    use tokio::sync::Notify;

    /// Is looked up for as long as nobody sends it something, or for 10 s; then it is 1 or 0.
    struct Slow {
        gauge: IntGauge,
        begun: std::sync::Arc<Notify>,
        sent: Mutex<mpsc::Receiver<()>>,
    }

    impl Collector for Slow {
        fn desc(&self) -> Vec<&Desc> {
            self.gauge.desc()
        }

        fn collect(&self) -> Vec<MetricFamily> {
            self.begun.notify_one();
            let sent = self.sent.lock().unwrap().recv_timeout(Duration::from_secs(10)).is_ok();
            self.gauge.set(sent.into());
            self.gauge.collect()
        }
    }

    /// On one thread, which has both to do.
    #[tokio::test]
    async fn while_a_metric_is_looked_up_the_process_goes_on() {
        let (registry, begun, (send, sent)) =
            (registry("miner").unwrap(), <std::sync::Arc<Notify>>::default(), mpsc::channel());
        let gauge = IntGauge::new("went_on", "Whether it did.").unwrap();
        registry.register(Box::new(Slow { gauge, begun: begun.clone(), sent: Mutex::new(sent) })).unwrap();
        let token = CancellationToken::new();
        let address = serve(([127, 0, 0, 1], 0).into(), registry, token.clone()).await.unwrap();
        let go_on = async {
            begun.notified().await;
            send.send(()).unwrap();
        };
        let (page, ()) = tokio::join!(reqwest::get(format!("http://{address}/metrics")), go_on);
        let text = page.unwrap().text().await.unwrap();
        assert!(text.contains("plexus_miner_went_on 1"), "{text}");
        token.cancel();
    }

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
