use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// An address as the chain stores it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum IpAddress {
    V4([u8; 4]),
    V6([u8; 16]),
}

/// Where a neuron serves; `version` is the protocol version that it speaks.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub struct Axon {
    pub ip: IpAddress,
    pub port: u16,
    pub version: u32,
}

/// Why an axon cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxonError {
    /// Port 0 cannot be dialled.
    ZeroPort,
    /// 0.0.0.0, :: and multicast addresses name no host.
    UnusableIp,
}

impl Axon {
    /// Refuses addresses that nobody could dial. Loopback and private ones are allowed: local networks use them.
    pub fn validate(&self) -> Result<(), AxonError> {
        if self.port == 0 {
            return Err(AxonError::ZeroPort);
        }
        let ip = self.socket_addr().ip();
        if ip.is_unspecified() || ip.is_multicast() {
            return Err(AxonError::UnusableIp);
        }
        Ok(())
    }

    pub fn socket_addr(&self) -> SocketAddr {
        let ip = match self.ip {
            IpAddress::V4(octets) => IpAddr::V4(Ipv4Addr::from(octets)),
            IpAddress::V6(octets) => IpAddr::V6(Ipv6Addr::from(octets)),
        };
        SocketAddr::new(ip, self.port)
    }

    pub fn new(address: SocketAddr, version: u32) -> Self {
        let ip = match address.ip() {
            IpAddr::V4(ip) => IpAddress::V4(ip.octets()),
            IpAddr::V6(ip) => IpAddress::V6(ip.octets()),
        };
        Self { ip, port: address.port(), version }
    }
}

impl fmt::Display for Axon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket_addr().fmt(f)
    }
}
