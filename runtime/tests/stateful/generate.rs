//! Random calls, built from the runtime's own type information: a call that is added later is driven without a word here.

use codec::{Compact, Decode, Encode};
use plexus_runtime::RuntimeCall;
use primitives::{AccountId, Hyperparams};
use rand::{seq::IndexedRandom, Rng, RngCore};
use rand_chacha::ChaCha8Rng;
use scale_info::{form::PortableForm, meta_type, PortableRegistry, Registry, Type, TypeDef, TypeDefPrimitive, Variant};
use std::rc::Rc;

/// Calls inside calls, at most.
const DEPTH: u32 = 2;

/// Pallets and calls that are left out: with most of them a root key may write any state it likes, or stop the chain.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("System", &[]),
    ("Timestamp", &[]),
    ("Sudo", &[]),
    ("Grandpa", &[]),
    // As anybody, and past the filter of calls.
    ("Utility", &["dispatch_as", "dispatch_as_fallible"]),
    // A coldkey that announces a hash that nobody knows stays frozen: the world announces others.
    ("Keys", &["announce_coldkey_swap"]),
    ("Balances", &["force_set_balance", "force_adjust_total_issuance", "force_unreserve", "burn"]),
];

pub struct Generator {
    types: Vec<Rc<Type<PortableForm>>>,
    registry: PortableRegistry,
    call: u32,
    accounts: Vec<AccountId>,
    /// Who comes up most in the call at hand.
    focus: Vec<AccountId>,
    pub rng: ChaCha8Rng,
    /// One length for all lists of a call, so that lists that belong together often match.
    length: u32,
    depth: u32,
}

impl Generator {
    pub fn new(accounts: Vec<AccountId>, rng: ChaCha8Rng) -> Self {
        let mut registry = Registry::new();
        let call = registry.register_type(&meta_type::<RuntimeCall>()).id;
        let registry = PortableRegistry::from(registry);
        let types = registry.types.iter().map(|one| Rc::new(one.ty.clone())).collect();
        Self { types, registry, call, accounts, focus: Vec::new(), rng, length: 0, depth: 0 }
    }

    fn account(&mut self) -> AccountId {
        let focused = self.rng.random_ratio(1, 2) && !self.focus.is_empty();
        let from = if focused { &self.focus } else { &self.accounts };
        from.choose(&mut self.rng).expect("there are accounts").clone()
    }

    /// One more account that calls may name.
    pub fn know(&mut self, account: AccountId) {
        self.accounts.push(account);
    }

    /// Any call that is not forbidden, often about `focus`. Its arguments are likelier than chance to make sense.
    pub fn call(&mut self, focus: Vec<AccountId>) -> RuntimeCall {
        self.focus = focus;
        loop {
            self.length = self.rng.random_range(0..6);
            self.depth = 0;
            let bytes = self.value(self.call);
            if let Some(call) = bytes.and_then(|bytes| RuntimeCall::decode(&mut &*bytes).ok()) {
                return call;
            }
        }
    }

    /// Names of all calls that may be generated, as `Pallet.call`.
    pub fn names(&self) -> Vec<String> {
        let TypeDef::Variant(pallets) = &self.type_of(self.call).type_def else { return Vec::new() };
        let of = |pallet: &Variant<PortableForm>| {
            self.calls(pallet).into_iter().map(|call| format!("{}.{}", pallet.name, call.name)).collect::<Vec<_>>()
        };
        pallets.variants.iter().flat_map(of).collect()
    }

    fn type_of(&self, id: u32) -> Rc<Type<PortableForm>> {
        Rc::clone(&self.types[id as usize])
    }

    /// What may be generated of a pallet's calls.
    fn calls(&self, pallet: &Variant<PortableForm>) -> Vec<Variant<PortableForm>> {
        let forbidden = FORBIDDEN.iter().find(|(name, _)| *name == pallet.name);
        if forbidden.is_some_and(|(_, calls)| calls.is_empty()) {
            return Vec::new();
        }
        let calls = self.type_of(pallet.fields[0].ty.id);
        let TypeDef::Variant(calls) = &calls.type_def else { return Vec::new() };
        let allowed =
            |call: &Variant<PortableForm>| forbidden.is_none_or(|(_, calls)| !calls.contains(&call.name.as_str()));
        calls.variants.iter().filter(|call| allowed(call)).cloned().collect()
    }

    /// The encoding of some value of a type; `None` where there is none, as for an enum without variants.
    fn value(&mut self, id: u32) -> Option<Vec<u8>> {
        let of = self.type_of(id);
        match of.path.segments.last().map(String::as_str) {
            Some("AccountId32") => return Some(self.account().encode()),
            Some("NetUid") => return Some(self.rng.random_range(0..4u16).encode()),
            Some("Hyperparams") => return self.hyperparams(&of),
            Some("RuntimeCall") => return self.nested_call(&of),
            Some("Perbill" | "Permill" | "Percent") => return Some(self.rng.random_range(0..100u32).encode()),
            _ => {}
        }
        match &of.type_def {
            TypeDef::Composite(composite) => self.all(composite.fields.iter().map(|field| field.ty.id)),
            TypeDef::Tuple(tuple) => self.all(tuple.fields.iter().map(|field| field.id)),
            TypeDef::Array(array) => self.all((0..array.len).map(|_| array.type_param.id)),
            TypeDef::Sequence(sequence) => {
                let items = self.all((0..self.length).map(|_| sequence.type_param.id))?;
                Some([Compact(self.length).encode(), items].concat())
            }
            TypeDef::Variant(variant) => {
                let chosen = variant.variants.choose(&mut self.rng)?.clone();
                let fields = self.all(chosen.fields.iter().map(|field| field.ty.id))?;
                Some([vec![chosen.index], fields].concat())
            }
            TypeDef::Compact(_) => Some(Compact(self.amount()).encode()),
            TypeDef::Primitive(primitive) => self.primitive(primitive),
            TypeDef::BitSequence(_) => None,
        }
    }

    fn all(&mut self, ids: impl Iterator<Item = u32>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for id in ids {
            bytes.extend(self.value(id)?);
        }
        Some(bytes)
    }

    fn primitive(&mut self, primitive: &TypeDefPrimitive) -> Option<Vec<u8>> {
        Some(match primitive {
            TypeDefPrimitive::Bool => self.rng.random::<bool>().encode(),
            TypeDefPrimitive::U8 => self.rng.random::<u8>().encode(),
            TypeDefPrimitive::U16 if self.rng.random_ratio(3, 4) => self.rng.random_range(0..12u16).encode(),
            TypeDefPrimitive::U16 => self.rng.random::<u16>().encode(),
            TypeDefPrimitive::U32 => (self.amount() as u32 % 2_000).encode(),
            TypeDefPrimitive::U64 => self.amount().encode(),
            TypeDefPrimitive::U128 => u128::from(self.amount()).encode(),
            TypeDefPrimitive::I16 => self.rng.random::<i16>().encode(),
            TypeDefPrimitive::Str => "text".encode(),
            _ => return None,
        })
    }

    /// Every order of magnitude is as likely as any other, and the edges come up.
    fn amount(&mut self) -> u64 {
        match self.rng.random_range(0..20) {
            0 => 0,
            1 => u64::MAX,
            _ => self.rng.next_u64() >> self.rng.random_range(8..64),
        }
    }

    /// A subnet's parameters as they may stand, but for one of them.
    fn hyperparams(&mut self, of: &Type<PortableForm>) -> Option<Vec<u8>> {
        let TypeDef::Composite(composite) = &of.type_def else { return None };
        let usual = Hyperparams {
            tempo: self.rng.random_range(1..20),
            weights_rate_limit: self.rng.random_range(0..3),
            serving_rate_limit: 1,
            immunity_period: self.rng.random_range(0..30),
            max_uids: self.rng.random_range(4..10),
            max_validators: 4,
            max_registrations_per_block: 4,
            commit_reveal: self.rng.random(),
            yuma3: self.rng.random(),
            liquid_alpha: self.rng.random(),
            ..Default::default()
        };
        let changed = self.rng.random_range(0..composite.fields.len() * 2);
        let encoded = usual.encode();
        let mut rest = &encoded[..];
        let mut bytes = Vec::new();
        for (index, field) in composite.fields.iter().enumerate() {
            let before = rest.len();
            skip(&self.registry, field.ty.id, &mut rest);
            let kept = encoded[encoded.len() - before..encoded.len() - rest.len()].to_vec();
            bytes.extend(if index == changed { self.value(field.ty.id)? } else { kept });
        }
        Some(bytes)
    }

    fn nested_call(&mut self, of: &Type<PortableForm>) -> Option<Vec<u8>> {
        if self.depth > DEPTH {
            return None;
        }
        self.depth += 1;
        let TypeDef::Variant(pallets) = &of.type_def else { return None };
        let pallet = pallets.variants.choose(&mut self.rng)?;
        let call = self.calls(pallet).choose(&mut self.rng)?.clone();
        let arguments = self.all(call.fields.iter().map(|field| field.ty.id));
        self.depth -= 1;
        Some([vec![pallet.index, call.index], arguments?].concat())
    }
}

fn skip(types: &PortableRegistry, id: u32, bytes: &mut &[u8]) {
    scale_decode::visitor::decode_with_visitor(bytes, id, types, scale_decode::visitor::IgnoreVisitor::new())
        .expect("the encoding fits its type");
}
