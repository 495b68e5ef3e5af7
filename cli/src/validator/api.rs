use anyhow::{anyhow, bail, ensure, Context, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use validator_api::{Access, ADDRESS_FILE};

const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest round that a validator keeps where nothing else is set, and more.
const MAX_BYTES: usize = 512 << 20;

/// The status server of a validator on this machine.
pub struct Api {
    access: Access,
    http: reqwest::Client,
}

impl Api {
    /// Of the validator that works in the folder `data`.
    pub fn of(data: &Path) -> Result<Self> {
        let file = data.join(ADDRESS_FILE);
        let text = std::fs::read_to_string(&file).map_err(|error| unread(&file, error))?;
        let access = Access::parse(&text)
            .with_context(|| format!("{} holds no address with a token: start the validator again", file.display()))?;
        ensure!(access.address.ip().is_loopback(), "{} names another machine", file.display());
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { access, http })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let address = self.access.address;
        let request = self.http.get(format!("http://{address}{path}")).bearer_auth(&self.access.token);
        let mut response = request.send().await.with_context(|| {
            format!("no validator answers at {address}: start it, or name another folder with --data")
        })?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.context("the validator's answer broke off")? {
            ensure!(body.len() + chunk.len() <= MAX_BYTES, "the validator's answer is larger than {MAX_BYTES} bytes");
            body.extend_from_slice(&chunk);
        }
        if !response.status().is_success() {
            let error = serde_json::from_slice::<Value>(&body).ok();
            let error = error.as_ref().and_then(|body| body["error"].as_str());
            bail!("{}", error.unwrap_or("the validator refused without a reason"));
        }
        serde_json::from_slice(&body).context("the validator is of another version than this command")
    }
}

fn unread(file: &Path, error: std::io::Error) -> anyhow::Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied => "may be read by the validator's user alone: run this as that user, or with sudo",
        _ => "cannot be read, so no validator has worked there: name its folder with --data",
    };
    anyhow!("{} {advice}", file.display())
}
