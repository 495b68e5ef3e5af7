use primitives::NetUid;

/// Where a miner answers the challenges of a subnet, which are posted there.
pub fn solve_path(netuid: NetUid) -> String {
    format!("/v1/solve/{netuid}")
}
