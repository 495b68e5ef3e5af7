use crate::{identity, ChainError};
use codec::{Compact, Encode};
use primitives::{
    AccountId, Amount, Axon, BlockNumber, Hyperparams, Identity, Loan, NetUid, Proportion, Reveal, SubnetIdentity, Uid,
};
use scale_decode::visitor::{decode_with_visitor, IgnoreVisitor};
use sp_core::H256;
use sp_runtime::MultiAddress;
use substrate_api_client::ac_node_api::Metadata;

/// What can be asked of the chain. Amounts are base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// By a coldkey, which locks what a subnet costs.
    CreateSubnet { owner_hotkey: AccountId },
    /// By the owner's coldkey, or root.
    DissolveSubnet { netuid: NetUid },
    /// By the owner's coldkey, or root; replaces all texts.
    DescribeSubnet { netuid: NetUid, identity: SubnetIdentity },
    /// By a coldkey, which leaves a deposit; replaces all texts.
    SetIdentity(Identity),
    /// By a coldkey, which gets its deposit back.
    ClearIdentity,
    /// By the owner's coldkey, or root.
    SetHyperparams { netuid: NetUid, params: Hyperparams },
    /// By a coldkey, which burns at most `max_burn`.
    Register { netuid: NetUid, hotkey: AccountId, max_burn: Amount },
    /// By a coldkey that worked on the block `block_number`; see [`primitives::Work`].
    RegisterPow { netuid: NetUid, hotkey: AccountId, block_number: BlockNumber, nonce: u64 },
    /// By a registered hotkey.
    ServeAxon { netuid: NetUid, axon: Axon },
    /// By a registered hotkey.
    ServePrometheus { netuid: NetUid, endpoint: Axon },
    /// By a registered hotkey.
    PublishCommitment { netuid: NetUid, data: Vec<u8> },
    /// By a coldkey.
    AddStake { hotkey: AccountId, amount: Amount },
    /// By the coldkey that staked.
    RemoveStake { hotkey: AccountId, amount: Amount },
    /// By the coldkey that staked.
    RemoveAllStake { hotkey: AccountId },
    /// By the coldkey that staked.
    MoveStake { from: AccountId, to: AccountId, amount: Amount },
    /// By the coldkey that the hotkey belongs to.
    SetTake { hotkey: AccountId, take: Proportion },
    /// By the coldkey that `old` belongs to; `new` has never been a hotkey.
    SwapHotkey { old: AccountId, new: AccountId },
    /// By a coldkey; `hash` is [`primitives::ColdkeySwap::hash_of`] the one that will take its place.
    AnnounceColdkeySwap { hash: H256 },
    /// By the new coldkey that `old` has announced.
    SwapColdkey { old: AccountId },
    /// By a coldkey whose swap is announced.
    DisputeColdkeySwap,
    /// By root.
    ResolveColdkeySwap { coldkey: AccountId, new: Option<AccountId> },
    /// By the coldkey that the hotkey belongs to.
    SetChildren { netuid: NetUid, hotkey: AccountId, children: Vec<Loan> },
    /// By anybody.
    SweepChildren { netuid: NetUid },
    /// By the coldkey that the hotkey belongs to.
    SetChildTake { netuid: NetUid, hotkey: AccountId, take: Proportion },
    /// By a hotkey with a validator permit; `uids` and `values` run in parallel.
    SetWeights { netuid: NetUid, uids: Vec<Uid>, values: Vec<u16>, version: u64 },
    /// By the coldkey that owns the hotkey; takes a seat on the root network.
    RegisterRoot { hotkey: AccountId },
    /// By a hotkey with a root seat; `netuids` and `values` run in parallel.
    SetRootWeights { netuids: Vec<NetUid>, values: Vec<u16> },
    /// By a hotkey with a validator permit, where weights are hidden; `hash` is [`Reveal::hash`].
    CommitWeights { netuid: NetUid, hash: H256 },
    /// By the hotkey that committed; oldest first, at most ten.
    RevealWeights { netuid: NetUid, reveals: Vec<Reveal> },
    /// Never takes so much that the sender's account would be removed.
    Transfer { to: AccountId, amount: Amount },
    /// By a member of the Triumvirate: asks the Senate to let the call run as root.
    Propose(Box<Call>),
    /// By the coldkey of `hotkey`, which sits in the Senate.
    Vote { hotkey: AccountId, motion: u32, approve: bool },
    /// By anybody, once the Senate has decided or the time has run out.
    CloseMotion { motion: u32 },
    /// By the account of an authority; the public session keys as the node gave them.
    SetSessionKeys { keys: Vec<u8> },
    /// By root.
    AddAuthority { authority: AccountId },
    /// By root.
    RemoveAuthority { authority: AccountId },
    /// By root: lets anybody replace the runtime by the code with this hash.
    AuthorizeUpgrade { code_hash: H256 },
    /// By anybody: replaces the runtime by the code that was authorised.
    ApplyUpgrade { code: Vec<u8> },
    /// By the sudo key of a development chain: the same as root.
    Sudo(Box<Call>),
}

impl Call {
    /// Pallet and function in the node's metadata.
    fn name(&self) -> (&'static str, &'static str) {
        match self {
            Self::CreateSubnet { .. } => ("Subnets", "create"),
            Self::DissolveSubnet { .. } => ("Subnets", "dissolve"),
            Self::DescribeSubnet { .. } => ("Subnets", "describe"),
            Self::SetIdentity(_) => ("Identity", "set_identity"),
            Self::ClearIdentity => ("Identity", "clear_identity"),
            Self::SetHyperparams { .. } => ("Hyperparams", "set"),
            Self::Register { .. } => ("Neurons", "register"),
            Self::RegisterPow { .. } => ("Neurons", "register_pow"),
            Self::ServeAxon { .. } => ("Neurons", "serve_axon"),
            Self::ServePrometheus { .. } => ("Neurons", "serve_prometheus"),
            Self::PublishCommitment { .. } => ("Commitments", "publish"),
            Self::AddStake { .. } => ("Stake", "add"),
            Self::RemoveStake { .. } => ("Stake", "remove"),
            Self::RemoveAllStake { .. } => ("Stake", "remove_all"),
            Self::MoveStake { .. } => ("Stake", "move_stake"),
            Self::SetTake { .. } => ("Stake", "set_take"),
            Self::SwapHotkey { .. } => ("Keys", "swap_hotkey"),
            Self::AnnounceColdkeySwap { .. } => ("Keys", "announce_coldkey_swap"),
            Self::SwapColdkey { .. } => ("Keys", "swap_coldkey"),
            Self::DisputeColdkeySwap => ("Keys", "dispute_coldkey_swap"),
            Self::ResolveColdkeySwap { .. } => ("Keys", "resolve_coldkey_swap"),
            Self::SetChildren { .. } => ("Childkeys", "set_children"),
            Self::SweepChildren { .. } => ("Childkeys", "sweep"),
            Self::SetChildTake { .. } => ("Childkeys", "set_take"),
            Self::SetWeights { .. } => ("Weights", "set_weights"),
            Self::RegisterRoot { .. } => ("Root", "register"),
            Self::SetRootWeights { .. } => ("Root", "set_weights"),
            Self::CommitWeights { .. } => ("Weights", "commit"),
            Self::RevealWeights { .. } => ("Weights", "reveal"),
            Self::Transfer { .. } => ("Balances", "transfer_keep_alive"),
            Self::Propose(_) => ("Governance", "propose"),
            Self::Vote { .. } => ("Governance", "vote"),
            Self::CloseMotion { .. } => ("Governance", "close"),
            Self::SetSessionKeys { .. } => ("Session", "set_keys"),
            Self::AddAuthority { .. } => ("Authorities", "add"),
            Self::RemoveAuthority { .. } => ("Authorities", "remove"),
            Self::AuthorizeUpgrade { .. } => ("System", "authorize_upgrade"),
            Self::ApplyUpgrade { .. } => ("System", "apply_authorized_upgrade"),
            Self::Sudo(_) => ("Sudo", "sudo"),
        }
    }

    fn arguments(&self, metadata: &Metadata) -> Result<Vec<u8>, ChainError> {
        Ok(match self {
            Self::CreateSubnet { owner_hotkey } => owner_hotkey.encode(),
            Self::DissolveSubnet { netuid } => netuid.encode(),
            Self::DescribeSubnet { netuid, identity } => (netuid, identity).encode(),
            Self::SetIdentity(identity) => identity::encode(identity)?,
            Self::ClearIdentity => Vec::new(),
            Self::SetHyperparams { netuid, params } => (netuid, params).encode(),
            Self::Register { netuid, hotkey, max_burn } => (netuid, hotkey, max_burn).encode(),
            Self::RegisterPow { netuid, hotkey, block_number, nonce } => (netuid, hotkey, block_number, nonce).encode(),
            Self::ServeAxon { netuid, axon } => (netuid, axon).encode(),
            Self::ServePrometheus { netuid, endpoint } => (netuid, endpoint).encode(),
            Self::AddStake { hotkey, amount } | Self::RemoveStake { hotkey, amount } => (hotkey, amount).encode(),
            Self::PublishCommitment { netuid, data } => (netuid, data).encode(),
            Self::RemoveAllStake { hotkey } => hotkey.encode(),
            Self::MoveStake { from, to, amount } => (from, to, amount).encode(),
            Self::SetTake { hotkey, take } => (hotkey, take).encode(),
            Self::SwapHotkey { old, new } => (old, new).encode(),
            Self::AnnounceColdkeySwap { hash } => hash.encode(),
            Self::SwapColdkey { old } => old.encode(),
            Self::DisputeColdkeySwap => Vec::new(),
            Self::ResolveColdkeySwap { coldkey, new } => (coldkey, new).encode(),
            Self::SetChildren { netuid, hotkey, children } => (netuid, hotkey, children).encode(),
            Self::SweepChildren { netuid } => netuid.encode(),
            Self::SetChildTake { netuid, hotkey, take } => (netuid, hotkey, take).encode(),
            Self::SetWeights { netuid, uids, values, version } => (netuid, uids, values, version).encode(),
            Self::RegisterRoot { hotkey } => hotkey.encode(),
            Self::SetRootWeights { netuids, values } => (netuids, values).encode(),
            Self::CommitWeights { netuid, hash } => (netuid, hash).encode(),
            Self::RevealWeights { netuid, reveals } => (netuid, reveals).encode(),
            Self::Transfer { to, amount } => (MultiAddress::<AccountId, ()>::Id(to.clone()), Compact(*amount)).encode(),
            Self::Vote { hotkey, motion, approve } => (hotkey, motion, approve).encode(),
            Self::CloseMotion { motion } => motion.encode(),
            // The runtime asks for no proof that the keys are the sender's own.
            Self::SetSessionKeys { keys } => [keys.as_slice(), &Vec::<u8>::new().encode()].concat(),
            Self::AddAuthority { authority } | Self::RemoveAuthority { authority } => authority.encode(),
            Self::AuthorizeUpgrade { code_hash } => code_hash.encode(),
            Self::ApplyUpgrade { code } => code.encode(),
            Self::Propose(call) | Self::Sudo(call) => call.encode(metadata)?,
        })
    }

    /// As the node's runtime reads it: pallet index, call index, arguments.
    pub(crate) fn encode(&self, metadata: &Metadata) -> Result<Vec<u8>, ChainError> {
        let (pallet_name, name) = self.name();
        let mismatch = |what| ChainError::VersionMismatch(format!("the node's call {pallet_name}.{name} {what}"));
        let pallet = metadata.pallet_by_name(pallet_name).ok_or_else(|| mismatch("does not exist"))?;
        let call = pallet.call_variant_by_name(name).ok_or_else(|| mismatch("does not exist"))?;
        let arguments = self.arguments(metadata)?;
        if !fits(&arguments, call.fields.iter().map(|field| field.ty.id), metadata) {
            return Err(mismatch("takes other arguments"));
        }
        Ok([&[pallet.index(), call.index], arguments.as_slice()].concat())
    }
}

/// Whether `bytes` are exactly one value of each of `types`: a wrong guess would only be noticed as a trap in the node.
fn fits(mut bytes: &[u8], types: impl Iterator<Item = u32>, metadata: &Metadata) -> bool {
    for id in types {
        if decode_with_visitor(&mut bytes, id, metadata.types(), IgnoreVisitor::new()).is_err() {
            return false;
        }
    }
    bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use primitives::IpAddress;
    use scripted_node::metadata::{fixture, outdated};
    use sp_core::hexdisplay::AsBytesRef;

    const NETUID: NetUid = NetUid(3);

    fn key(byte: u8) -> AccountId {
        AccountId::new([byte; 32])
    }

    fn encoded(call: Call) -> Vec<u8> {
        call.encode(&fixture()).unwrap()
    }

    #[test]
    fn a_call_starts_with_the_indices_of_the_nodes_metadata() {
        assert_eq!(encoded(Call::DissolveSubnet { netuid: NETUID }), [8, 1, 3, 0]);
        assert_eq!(encoded(Call::CreateSubnet { owner_hotkey: key(7) }), [[8, 0].as_slice(), &[7; 32]].concat());
    }

    #[test]
    fn arguments_follow_in_the_runtimes_order() {
        let register = encoded(Call::Register { netuid: NETUID, hotkey: key(7), max_burn: 258 });
        assert_eq!(register, [[10, 0, 3, 0].as_slice(), &[7; 32], &[2, 1, 0, 0, 0, 0, 0, 0]].concat());
        let weights = encoded(Call::SetWeights { netuid: NETUID, uids: vec![1], values: vec![9], version: 2 });
        assert_eq!(weights, [12, 0, 3, 0, 4, 1, 0, 4, 9, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
        let commit = encoded(Call::CommitWeights { netuid: NETUID, hash: H256([7; 32]) });
        assert_eq!(commit, [[12, 1, 3, 0].as_slice(), &[7; 32]].concat());
        let reveals = vec![Reveal { uids: vec![1], values: vec![9], salt: [7; 32], version: 2 }];
        let reveal = encoded(Call::RevealWeights { netuid: NETUID, reveals });
        let parts = [[12, 2, 3, 0, 4, 4, 1, 0, 4, 9, 0].as_slice(), &[7; 32], &[2, 0, 0, 0, 0, 0, 0, 0]];
        assert_eq!(reveal, parts.concat());
        let axon = Axon { ip: IpAddress::V4([127, 0, 0, 1]), port: 1, version: 1 };
        assert_eq!(encoded(Call::ServeAxon { netuid: NETUID, axon }), [10, 1, 3, 0, 0, 127, 0, 0, 1, 1, 0, 1, 0, 0, 0]);
        let metrics = encoded(Call::ServePrometheus { netuid: NETUID, endpoint: axon });
        assert_eq!(metrics, [10, 3, 3, 0, 0, 127, 0, 0, 1, 1, 0, 1, 0, 0, 0]);
        let work = encoded(Call::RegisterPow { netuid: NETUID, hotkey: key(7), block_number: 5, nonce: 258 });
        assert_eq!(work, [[10, 2, 3, 0].as_slice(), &[7; 32], &[5, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0]].concat());
        let stake = encoded(Call::AddStake { hotkey: key(7), amount: 1 });
        assert_eq!(stake, [[11, 0].as_slice(), &[7; 32], &[1, 0, 0, 0, 0, 0, 0, 0]].concat());
        assert_eq!(encoded(Call::RemoveStake { hotkey: key(7), amount: 1 })[..2], [11, 1]);
    }

    #[test]
    fn root_weights_are_two_lists_side_by_side() {
        let weights = encoded(Call::SetRootWeights { netuids: vec![NETUID], values: vec![9] });
        assert_eq!(weights, [13, 1, 4, 3, 0, 4, 9, 0]);
        assert_eq!(encoded(Call::RegisterRoot { hotkey: key(7) }), [[13, 0].as_slice(), &[7; 32]].concat());
    }

    #[test]
    fn a_transfer_names_its_receiver_as_an_id_and_its_amount_as_a_compact() {
        let transfer = encoded(Call::Transfer { to: key(7), amount: 1 });
        assert_eq!(transfer, [[4, 3, 0].as_slice(), &[7; 32], &[4]].concat());
    }

    #[test]
    fn hyperparameters_travel_as_one_struct() {
        let params = Hyperparams::default();
        let call = encoded(Call::SetHyperparams { netuid: NETUID, params: params.clone() });
        assert_eq!(call, [[9, 0, 3, 0].as_slice(), params.encode().as_bytes_ref()].concat());
    }

    #[test]
    fn a_subnet_is_described_in_four_texts() {
        let identity = SubnetIdentity { name: "Text".into(), contact: "a@b".into(), ..Default::default() };
        let call = encoded(Call::DescribeSubnet { netuid: NETUID, identity });
        assert_eq!(call, [&[8, 2, 3, 0, 16][..], b"Text", &[0, 0, 12], b"a@b"].concat());
    }

    #[test]
    fn sudo_wraps_the_whole_inner_call() {
        let inner = Call::DissolveSubnet { netuid: NETUID };
        assert_eq!(encoded(Call::Sudo(Box::new(inner))), [7, 0, 8, 1, 3, 0]);
    }

    #[test]
    fn a_motion_wraps_the_call_that_root_would_make() {
        let code_hash = H256::repeat_byte(5);
        let motion = encoded(Call::Propose(Box::new(Call::AuthorizeUpgrade { code_hash })));
        assert_eq!(motion, [&[41, 0, 0, 9], code_hash.as_bytes()].concat());
        let vote = encoded(Call::Vote { hotkey: key(7), motion: 3, approve: true });
        assert_eq!(vote, [[41, 1].as_slice(), &[7; 32], &[3, 0, 0, 0, 1]].concat());
        assert_eq!(encoded(Call::CloseMotion { motion: 3 }), [41, 2, 3, 0, 0, 0]);
        assert_eq!(encoded(Call::ApplyUpgrade { code: vec![6; 3] }), [0, 11, 12, 6, 6, 6]);
    }

    #[test]
    fn session_keys_travel_as_they_are_with_an_empty_proof() {
        assert_eq!(encoded(Call::SetSessionKeys { keys: vec![8; 64] }), [[16, 0].as_slice(), &[8; 64], &[0]].concat());
        let error = Call::SetSessionKeys { keys: vec![8; 63] }.encode(&fixture()).unwrap_err();
        assert!(error.to_string().contains("Session.set_keys takes other arguments"), "{error}");
    }

    #[test]
    fn authorities_are_named_by_their_account() {
        assert_eq!(encoded(Call::AddAuthority { authority: key(7) }), [[15, 0].as_slice(), &[7; 32]].concat());
        assert_eq!(encoded(Call::RemoveAuthority { authority: key(7) }), [[15, 1].as_slice(), &[7; 32]].concat());
    }

    #[test]
    fn a_call_that_the_node_does_not_have_is_named() {
        let error = Call::AddStake { hotkey: key(7), amount: 1 }.encode(&outdated()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the node's call Stake.add does not exist: node and client versions differ; run both from the same release"
        );
    }

    #[test]
    fn a_call_with_other_arguments_than_the_nodes_is_not_sent() {
        let error = Call::DissolveSubnet { netuid: NETUID }.encode(&outdated()).unwrap_err();
        assert!(error.to_string().contains("Subnets.dissolve takes other arguments"), "{error}");
    }
}
