//! One call to one engine.

use super::dialect::Dialect;
use reqwest::{Client, Response, StatusCode, Url};
use std::time::Duration;
use subnet::SolveError;
use tracing::warn;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For one call, which brings a few tokens.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// For the question what an engine serves.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
const IDLE_PER_HOST: usize = 64;
/// Bytes of an engine's answer.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Characters of an engine's complaint that are shown.
const MAX_COMPLAINT: usize = 300;

/// What an engine is asked: the probabilities of the next tokens, of which it takes the likeliest.
pub struct Asked<'a> {
    /// The text so far.
    pub tokens: &'a [u32],
    /// Tokens to go on for.
    pub positions: usize,
    /// Added to logits before the likeliest token is taken, but not to the probabilities that are told.
    pub biases: &'a [(u32, f32)],
}

/// One position of what an engine went on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The token after which the engine went on.
    pub chosen: u32,
    /// The likeliest tokens, `chosen` among them, with the natural logarithms of their probabilities.
    pub candidates: Vec<(u32, f32)>,
}

impl Position {
    /// The chosen token with its logprob.
    pub fn of_chosen(&self) -> Option<(u32, f32)> {
        self.candidates.iter().copied().find(|(token, _)| *token == self.chosen)
    }
}

/// Why an engine behind `--backend` brings no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    #[error("{0} is not the address of an engine: write it as http://HOST:PORT")]
    BadUrl(String),
    #[error("the address of an engine names a user or a password, which are not sent: write it as http://HOST:PORT")]
    Credentials,
    #[error("no engine behind this miner works now ({0}); start one of them, or correct --backend")]
    NoneUp(String),
    #[error("the engine at {url} does not answer ({reason}); look whether it runs, or correct --backend")]
    Unreachable { url: String, reason: String },
    #[error("the engine at {url} is busy; it may take fewer requests at a time than this miner: lower --at-once")]
    Busy { url: String },
    #[error("the engine at {url} refuses ({status}): {complaint}")]
    Refused { url: String, status: StatusCode, complaint: String },
    #[error("the engine at {url} cannot be used: {reason}")]
    Unusable { url: String, reason: String },
}

impl BackendError {
    /// Whether another engine would fail too: it is the request that is refused.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if matches!(status.as_u16(), 400 | 413 | 422))
    }

    /// Whether the engine fails as a whole and not in this answer only.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Refused { .. }) && !self.is_final()
    }
}

/// Callers are not told where the engines are and what they complain about; the log is.
impl From<BackendError> for SolveError {
    fn from(error: BackendError) -> Self {
        warn!("not answered: {error}");
        match error {
            BackendError::Busy { .. } => SolveError::TooMany("The miner is busy; try again in a moment.".into()),
            _ => SolveError::Failed("The miner's engine failed; ask another miner.".into()),
        }
    }
}

/// The base of an engine's paths, which people write with and without `/v1`.
pub fn base(address: &str) -> Result<String, BackendError> {
    let bad = || BackendError::BadUrl(address.to_owned());
    let url = Url::parse(address).map_err(|_| bad())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BackendError::Credentials);
    }
    if url.scheme() != "http" || url.host_str().is_none() {
        return Err(bad());
    }
    let whole = url.as_str().trim_end_matches('/');
    Ok(whole.strip_suffix("/v1").unwrap_or(whole).to_owned())
}

pub fn client() -> Client {
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).pool_max_idle_per_host(IDLE_PER_HOST);
    let client = client.redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    client.expect("a client without TLS and without a proxy has nothing to load that could be missing")
}

/// What the engine at `url` serves, and how to speak with it.
pub async fn served(http: &Client, url: &str) -> Result<(String, Dialect), BackendError> {
    let sent = http.get(format!("{url}/v1/models")).timeout(HEALTH_TIMEOUT).send().await;
    let body = accepted(url, sent).await?;
    let models: serde_json::Value = serde_json::from_slice(&body).map_err(|error| unusable(url, error))?;
    let model = &models["data"][0];
    let name = model["id"].as_str().ok_or_else(|| unusable(url, "it names no model at /v1/models"))?;
    Ok((name.to_owned(), Dialect::of(model["owned_by"].as_str().unwrap_or_default())))
}

/// At most `asked.positions` positions; none where the engine does not tell which is which.
pub async fn ask(
    http: &Client,
    url: &str,
    (model, dialect): (&str, Dialect),
    asked: &Asked<'_>,
    top: usize,
) -> Result<Vec<Position>, BackendError> {
    let body = dialect.request(model, asked, top);
    let sent = http.post(format!("{url}{}", dialect.path())).json(&body).timeout(CALL_TIMEOUT).send().await;
    dialect.read(&accepted(url, sent).await?, asked.positions).map_err(|reason| unusable(url, reason))
}

pub fn unusable(url: &str, reason: impl ToString) -> BackendError {
    BackendError::Unusable { url: url.to_owned(), reason: clean(&reason.to_string()) }
}

/// The body of an answer that went well.
async fn accepted(url: &str, sent: reqwest::Result<Response>) -> Result<Vec<u8>, BackendError> {
    let unreachable = |error: reqwest::Error| {
        let reason = if error.is_timeout() { "no answer in time".into() } else { clean(&error.to_string()) };
        BackendError::Unreachable { url: url.to_owned(), reason }
    };
    let mut response = sent.map_err(unreachable)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(unusable(url, format!("it answers with more than {MAX_BODY} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Err(BackendError::Busy { url: url.to_owned() })
        }
        _ if status.is_success() => Ok(body),
        _ => {
            let complaint = clean(&String::from_utf8_lossy(&body));
            Err(BackendError::Refused { url: url.to_owned(), status, complaint })
        }
    }
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_COMPLAINT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_and_without_the_path_of_the_api() {
        for address in ["http://gpu:8000", "http://gpu:8000/", "http://gpu:8000/v1", "http://gpu:8000/v1/"] {
            assert_eq!(base(address).unwrap(), "http://gpu:8000");
        }
        assert_eq!(base("http://gpu:8000/team").unwrap(), "http://gpu:8000/team");
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_form_of_one() {
        for address in ["gpu:8000", "https://gpu", "ftp://gpu", ""] {
            assert!(base(address).unwrap_err().to_string().contains("http://HOST:PORT"), "{address}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_repeating_it() {
        for address in ["http://me:secret@gpu:8000", "https://:secret@gpu"] {
            let error = base(address).unwrap_err();
            assert!(error == BackendError::Credentials && !error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_what_is_wrong_with_the_request_is_final() {
        let url = || "http://gpu:8000".to_owned();
        let refused = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            BackendError::Refused { url: url(), status, complaint: String::new() }
        };
        for (status, is_final) in [(400, true), (413, true), (422, true), (401, false), (404, false), (500, false)] {
            let error = refused(status);
            assert_eq!((error.is_final(), error.is_outage()), (is_final, !is_final), "{status}");
        }
        assert!(!BackendError::Busy { url: url() }.is_outage() && !unusable(&url(), "").is_outage());
    }
}
