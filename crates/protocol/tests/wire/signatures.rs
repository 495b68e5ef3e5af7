use crate::support::pair;
use proptest::prelude::*;
use protocol::{Envelope, Nonce};
use sp_core::{Pair, H256};

#[derive(Clone, Debug, PartialEq)]
struct Signed {
    method: String,
    path: String,
    envelope: Envelope,
}

impl Signed {
    fn hash(&self) -> H256 {
        self.envelope.hash(&self.method, &self.path)
    }
}

fn signed() -> impl Strategy<Value = Signed> {
    let envelope =
        (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<Nonce>(), any::<u64>(), any::<u64>(), any::<[u8; 32]>()).prop_map(
            |(sender, receiver, nonce, issued, expires, body)| Envelope {
                sender: sender.into(),
                receiver: receiver.into(),
                nonce,
                issued,
                expires,
                body_hash: H256(body),
            },
        );
    ("[A-Z]{0,8}", "/[a-z0-9/]{0,20}", envelope).prop_map(|(method, path, envelope)| Signed { method, path, envelope })
}

/// `a` with one field taken from `b`.
fn with_one_field_of(a: &Signed, b: &Signed, field: usize) -> Signed {
    let mut mixed = a.clone();
    match field {
        0 => mixed.method = b.method.clone(),
        1 => mixed.path = b.path.clone(),
        2 => mixed.envelope.sender = b.envelope.sender.clone(),
        3 => mixed.envelope.receiver = b.envelope.receiver.clone(),
        4 => mixed.envelope.nonce = b.envelope.nonce,
        5 => mixed.envelope.issued = b.envelope.issued,
        6 => mixed.envelope.expires = b.envelope.expires,
        _ => mixed.envelope.body_hash = b.envelope.body_hash,
    }
    mixed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_changed_field_breaks_the_signature(a in signed(), b in signed(), field in 0..8_usize) {
        let alice = pair("//Alice");
        let signature = alice.sign(a.hash().as_bytes());
        let changed = with_one_field_of(&a, &b, field);
        prop_assume!(changed != a);
        prop_assert!(sp_core::sr25519::Pair::verify(&signature, a.hash().as_bytes(), &alice.public()));
        prop_assert!(!sp_core::sr25519::Pair::verify(&signature, changed.hash().as_bytes(), &alice.public()));
    }

    #[test]
    fn bytes_cannot_move_between_method_and_path(method in "[A-Z]{1,4}", path in "[A-Z]{1,4}", envelope in signed()) {
        let joined = format!("{method}{path}");
        let Signed { envelope, .. } = envelope;
        prop_assert_ne!(envelope.hash(&method, &path), envelope.hash(&joined, ""));
    }

    #[test]
    fn headers_carry_the_envelope_unchanged(request in signed()) {
        let (headers, _) = request.envelope.sign(&pair("//Alice"), &request.method, &request.path);
        let (read, signature) = Envelope::read(&headers).unwrap();
        prop_assert_eq!(&read, &request.envelope);
        prop_assert!(sp_core::sr25519::Pair::verify(&signature, request.hash().as_bytes(), &pair("//Alice").public()));
    }
}
