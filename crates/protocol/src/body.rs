use crate::{Code, Refusal};
use axum::body::{Body, BodyDataStream, HttpBody};
use futures::StreamExt;
use std::time::Duration;

/// How much of a refused body is thrown away, as a multiple of the limit, and for how long. Closing at once would reset
/// the connection before a sender that is still writing could read why it was refused.
const DRAIN_FACTOR: usize = 4;
const DRAIN_TIME: Duration = Duration::from_secs(2);

/// The body of a request, read no further than a limit.
pub struct Incoming {
    /// What the headers announce; zero when they do not say.
    announced: u64,
    chunks: BodyDataStream,
    max: usize,
}

impl Incoming {
    pub fn new(body: Body, max: usize) -> Self {
        Self { announced: body.size_hint().lower(), chunks: body.into_data_stream(), max }
    }

    /// Refuses by the announced length where there is one, so that nothing is read in vain.
    pub async fn read(&mut self) -> Result<Vec<u8>, Refusal> {
        let too_large = || {
            let message = format!("The body is larger than the {} bytes that are accepted; send less.", self.max);
            Refusal::new(Code::TooLarge, message)
        };
        if self.announced > self.max as u64 {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunks.next().await {
            let chunk = chunk.map_err(|_| Refusal::new(Code::Malformed, "The body broke off; send it again."))?;
            if bytes.len() + chunk.len() > self.max {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Throws away what still arrives, within bounds, in the background.
    pub fn drain(mut self) {
        let limit = self.max.saturating_mul(DRAIN_FACTOR);
        let rest = async move {
            let mut drained = 0;
            while let Some(Ok(chunk)) = self.chunks.next().await {
                drained += chunk.len();
                if drained > limit {
                    break;
                }
            }
        };
        tokio::spawn(tokio::time::timeout(DRAIN_TIME, rest));
    }
}
