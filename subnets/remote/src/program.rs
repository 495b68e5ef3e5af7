use crate::contract::{complaint, SpecReply, SPEC_PATH};
use crate::wait::wait;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::Serialize;
use std::error::Error;
use std::time::Duration;
use subnet::Spec;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Bytes of a spec.
const MAX_SPEC: usize = 4 * 1024;

/// How long a program may take, but for answers, whose deadline its spec names.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub spec: Duration,
    pub challenge: Duration,
    pub score: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { spec: seconds(5), challenge: seconds(10), score: seconds(60) }
    }
}

/// A program that keeps the contract, and what it said of itself.
#[derive(Clone, Debug)]
pub struct Program {
    pub spec: Spec,
    pub patience: Patience,
    url: String,
    http: Client,
}

/// Why a program is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("{0:?} is not the address of a program: write it as http://HOST:PORT, without a user or a password")]
    BadUrl(String),
    #[error("the program at {url} does not answer ({reason}): look whether it runs, or correct --program")]
    Unreachable { url: String, reason: String },
    #[error("the program at {url} is busy: {complaint}")]
    Busy { url: String, complaint: String },
    #[error("the program at {url} refuses with status {status}: {complaint}")]
    Refused { url: String, status: StatusCode, complaint: String },
    #[error("the program at {url} breaks the contract: {reason}; see docs/any-language.md")]
    Broken { url: String, reason: String },
}

impl ProgramError {
    /// Whether the program is there and has time, and does not do what it was asked.
    pub fn is_a_reply(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Broken { .. })
    }
}

impl Program {
    /// Asks the program at `address`, such as `http://127.0.0.1:9000`, for its spec. Blocks.
    pub fn connect(address: &str) -> Result<Self, ProgramError> {
        Self::connect_with(address, Patience::default())
    }

    pub fn connect_with(address: &str, patience: Patience) -> Result<Self, ProgramError> {
        let (url, http) = (base(address)?, client());
        let mut program = Self { spec: crate::spec(), patience, url, http };
        let asked = program.request(Method::GET, SPEC_PATH, patience.spec);
        let reply: SpecReply = program.wait(program.read(asked, MAX_SPEC))?;
        program.spec = reply.checked().map_err(|reason| program.broken(reason))?;
        Ok(program)
    }

    /// Posts `body` and reads at most `limit` bytes of JSON, all within `timeout`.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        timeout: Duration,
        limit: usize,
    ) -> Result<T, ProgramError> {
        self.read(self.request(Method::POST, path, timeout).json(body), limit).await
    }

    /// Blocks until `call` is through.
    pub fn wait<T: Send>(
        &self,
        call: impl std::future::Future<Output = Result<T, ProgramError>> + Send,
    ) -> Result<T, ProgramError> {
        let failed =
            |error: std::io::Error| ProgramError::Unreachable { url: self.url.clone(), reason: error.to_string() };
        wait(call).map_err(failed)?
    }

    pub fn broken(&self, reason: impl ToString) -> ProgramError {
        ProgramError::Broken { url: self.url.clone(), reason: reason.to_string() }
    }

    fn request(&self, method: Method, path: &str, timeout: Duration) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).timeout(timeout)
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder, limit: usize) -> Result<T, ProgramError> {
        let mut response = request.send().await.map_err(|error| self.unreachable(error))?;
        let body = self.body(&mut response, limit).await?;
        let (url, complaint) = (self.url.clone(), || complaint(&body));
        match response.status() {
            StatusCode::OK => serde_json::from_slice(&body).map_err(|error| self.broken(error)),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Err(ProgramError::Busy { url, complaint: complaint() })
            }
            status => Err(ProgramError::Refused { url, status, complaint: complaint() }),
        }
    }

    async fn body(&self, response: &mut Response, limit: usize) -> Result<Vec<u8>, ProgramError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(error))? {
            if body.len() + chunk.len() > limit {
                return Err(self.broken(format!("it answers with more than {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn unreachable(&self, error: reqwest::Error) -> ProgramError {
        let reason = match error.is_timeout() {
            true => "no answer in time".into(),
            false => innermost(&error).to_string(),
        };
        ProgramError::Unreachable { url: self.url.clone(), reason }
    }
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    std::iter::successors(Some(error), |error| (*error).source()).last().unwrap_or(error)
}

fn client() -> Client {
    // No connection is kept: calls come from several runtimes, and a program may be started again between two of them.
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).pool_max_idle_per_host(0);
    let client = client.redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    client.expect("a client without TLS and without a proxy has nothing to load that could be missing")
}

/// The base of the contract's paths.
fn base(address: &str) -> Result<String, ProgramError> {
    let bad = || ProgramError::BadUrl(without_user(address));
    let url = Url::parse(address).map_err(|_| bad())?;
    let is_plain = url.scheme() == "http" && url.host_str().is_some() && url.username().is_empty();
    match is_plain && url.password().is_none() && url.query().is_none() && url.fragment().is_none() {
        true => Ok(url.as_str().trim_end_matches('/').to_owned()),
        false => Err(bad()),
    }
}

/// An address for a message, which must not repeat a password.
fn without_user(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_and_without_a_slash_or_a_path() {
        assert_eq!(base("http://127.0.0.1:9000/").unwrap(), "http://127.0.0.1:9000");
        assert_eq!(base("http://gpu:9000/words/").unwrap(), "http://gpu:9000/words");
    }

    #[test]
    fn what_is_no_address_is_refused_and_a_password_not_repeated() {
        for address in ["gpu:9000", "https://gpu", "", "http://gpu?x", "http://me:secret@gpu", "me:secret@gpu"] {
            let error = base(address).unwrap_err().to_string();
            assert!(error.contains("http://HOST:PORT") && !error.contains("secret"), "{error}");
        }
    }
}
