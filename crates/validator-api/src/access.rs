use std::fmt;
use std::net::SocketAddr;

/// Where a validator serves its status, and what whoever asks has to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub address: SocketAddr,
    /// A new one each time that the validator starts.
    pub token: String,
}

impl Access {
    /// Of what [`ADDRESS_FILE`](crate::ADDRESS_FILE) holds; none where that is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, token) = text.trim().split_once(' ')?;
        let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(Self { address: address.parse().ok().filter(|_| is_token)?, token: token.into() })
    }

    /// The `authorization` header of each request.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// As the file holds it.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address, self.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_file_holds_is_read_as_it_was_written() {
        let access = Access { address: ([127, 0, 0, 1], 40_123).into(), token: "5e".into() };
        assert!(Access::parse(&format!("{access}\n")) == Some(access));
        for other in ["", "127.0.0.1:40123", "127.0.0.1:40123 ", "nowhere 5e", "127.0.0.1:40123 5e\r\nhost: x"] {
            assert!(Access::parse(other).is_none(), "{other:?}");
        }
    }
}
