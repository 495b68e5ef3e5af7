use sc_network::{
    multiaddr::{Multiaddr, Protocol},
    NetworkStateInfo,
};
use sc_service::RpcHandlers;
use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
};

/// Tells whoever started the node, in one line of JSON on standard output, that it answers and where; with `--port 0`
/// and `--rpc-port 0` nobody could know otherwise. Failing to print it is no reason to stop.
///
/// `p2p` is empty on the libp2p backend, which opens its port later; `system_localListenAddresses` tells it then.
pub fn announce(chain: &str, rpc: &RpcHandlers, network: &dyn NetworkStateInfo) {
    let line = serde_json::json!({
        "ready": true,
        "role": "node",
        "chain": chain,
        "rpc": rpc.listen_addresses().iter().find_map(ws_url),
        "peer": network.local_peer_id().to_base58(),
        "p2p": network.listen_addresses().iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        log::warn!("Could not print the ready line: {error}");
    }
}

fn ws_url(address: &Multiaddr) -> Option<String> {
    let (mut ip, mut port) = (None, None);
    for part in address.iter() {
        match part {
            Protocol::Ip4(v4) => ip = Some(IpAddr::V4(v4)),
            Protocol::Ip6(v6) => ip = Some(IpAddr::V6(v6)),
            Protocol::Tcp(tcp) => port = Some(tcp),
            _ => {}
        }
    }
    Some(format!("ws://{}", SocketAddr::new(ip?, port?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_address_becomes_a_url_that_clients_accept() {
        let url = |text: &str| ws_url(&text.parse().unwrap());
        assert_eq!(url("/ip4/127.0.0.1/tcp/9944"), Some("ws://127.0.0.1:9944".into()));
        assert_eq!(url("/ip6/::1/tcp/9944"), Some("ws://[::1]:9944".into()));
        assert_eq!(url("/dns/localhost/tcp/9944"), None);
    }
}
