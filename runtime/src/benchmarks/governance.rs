use super::*;

impl pallet_governance::BenchmarkHelper<RuntimeCall> for Helper {
    fn proposer() -> AccountId {
        let mut members: Vec<AccountId> = (0..3).map(|number| account("member", number, 0)).collect();
        members.sort();
        pallet_membership::Members::<Runtime>::put(BoundedVec::truncate_from(members));
        account("member", 2, 0)
    }

    fn fill_root(coldkey: &AccountId) {
        fill_root(coldkey);
    }

    fn call(bytes: u32) -> RuntimeCall {
        // Two for the names of pallet and call, four for the length.
        let remark = vec![1; bytes.saturating_sub(6) as usize];
        frame_system::Call::remark { remark }.into()
    }
}
