//! How calls that cost nothing wait for their block.
//!
//! Who holds a seat makes some calls for free, at the pace of a rate limit that only a block enforces. The pool would keep
//! any number of them, each valid until the first one is in a block, and would put all that pay anything before them.

use crate::{Runtime, RuntimeCall};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
    pallet_prelude::{TransactionSource, TransactionValidityError, Weight},
    traits::GetCallMetadata,
};
use frame_system::ensure_signed;
use pallet_skip_feeless_payment::{Intermediate, SkipCheckIfFeeless};
use pallet_transaction_payment::ChargeTransactionPayment;
use primitives::NetUid;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{DispatchInfoOf, DispatchOriginOf, Implication, PostDispatchInfoOf, TransactionExtension, ValidateResult},
    transaction_validity::TransactionPriority,
    DispatchResult,
};

type Payment = ChargeTransactionPayment<Runtime>;
type Inner = SkipCheckIfFeeless<Runtime, Payment>;

/// Above what anybody pays for: without a seat nobody gets there, and with one at the pace of its rate limits.
const PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;

/// Lets payment be skipped where a call is free. Of these it keeps one of each kind, subnet and signer, and puts those of
/// seats before all that pay. Clients see nothing of it but the payment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking)]
pub struct PayUnlessFree(Inner);

impl TypeInfo for PayUnlessFree {
    type Identity = Payment;

    fn type_info() -> scale_info::Type {
        Payment::type_info()
    }
}

impl From<Payment> for PayUnlessFree {
    fn from(payment: Payment) -> Self {
        Self(payment.into())
    }
}

/// The subnet that a free call of a seat is about. Not one of work, which anybody can do who has time.
fn seat_in(call: &RuntimeCall) -> Option<NetUid> {
    use pallet_commitments::Call as Commitments;
    use pallet_neurons::Call as Neurons;
    use pallet_root::Call as Root;
    use pallet_weights::Call as Weights;
    match call {
        RuntimeCall::Weights(
            Weights::set_weights { netuid, .. } | Weights::commit { netuid, .. } | Weights::reveal { netuid, .. },
        )
        | RuntimeCall::Neurons(Neurons::serve_axon { netuid, .. } | Neurons::serve_prometheus { netuid, .. })
        | RuntimeCall::Commitments(Commitments::publish { netuid, .. }) => Some(*netuid),
        RuntimeCall::Root(Root::set_weights { .. }) => Some(NetUid::default()),
        _ => None,
    }
}

impl TransactionExtension<RuntimeCall> for PayUnlessFree {
    const IDENTIFIER: &'static str = Inner::IDENTIFIER;
    type Implicit = <Inner as TransactionExtension<RuntimeCall>>::Implicit;
    type Val = <Inner as TransactionExtension<RuntimeCall>>::Val;
    type Pre = <Inner as TransactionExtension<RuntimeCall>>::Pre;

    fn metadata() -> alloc::vec::Vec<sp_runtime::traits::TransactionExtensionMetadata> {
        Inner::metadata()
    }

    fn implicit(&self) -> Result<Self::Implicit, TransactionValidityError> {
        self.0.implicit()
    }

    fn weight(&self, call: &RuntimeCall) -> Weight {
        self.0.weight(call)
    }

    fn validate(
        &self,
        origin: DispatchOriginOf<RuntimeCall>,
        call: &RuntimeCall,
        info: &DispatchInfoOf<RuntimeCall>,
        len: usize,
        self_implicit: Self::Implicit,
        inherited_implication: &impl Implication,
        source: TransactionSource,
    ) -> ValidateResult<Self::Val, RuntimeCall> {
        let (mut valid, paid, origin) =
            self.0.validate(origin, call, info, len, self_implicit, inherited_implication, source)?;
        if let Intermediate::Skip(_) = paid {
            let (kind, seat) = (call.get_call_metadata(), seat_in(call));
            let signer = ensure_signed(origin.clone()).ok();
            let is_dispute = matches!(call, RuntimeCall::Keys(pallet_keys::Call::dispute_coldkey_swap {}));
            valid.priority = if seat.is_some() || is_dispute { PRIORITY } else { 0 };
            valid.provides.push((kind.pallet_name, kind.function_name, seat, signer).encode());
        }
        Ok((valid, paid, origin))
    }

    fn prepare(
        self,
        paid: Self::Val,
        origin: &DispatchOriginOf<RuntimeCall>,
        call: &RuntimeCall,
        info: &DispatchInfoOf<RuntimeCall>,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        self.0.prepare(paid, origin, call, info, len)
    }

    fn post_dispatch_details(
        paid: Self::Pre,
        info: &DispatchInfoOf<RuntimeCall>,
        post_info: &PostDispatchInfoOf<RuntimeCall>,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        Inner::post_dispatch_details(paid, info, post_info, len, result)
    }
}
