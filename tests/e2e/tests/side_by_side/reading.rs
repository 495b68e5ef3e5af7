//! What others read of the chain with nothing but its metadata, as any Substrate tool does.

use chain_client::Call;
use codec::{Decode, Encode};
use e2e::rpc::ask;
use e2e::{account, hotkey_of, Network, SUBNET};
use frame_metadata::{
    v15::{RuntimeApiMethodMetadata, RuntimeMetadataV15},
    RuntimeMetadata, RuntimeMetadataPrefixed,
};
use primitives::{Identity, MetagraphField};
use scale_info::form::PortableForm;
use scale_value::{scale::decode_as_type, Composite, Value, ValueDef};
use serde_json::json;
use sp_core::Bytes;

/// The network's own runtime APIs.
const APIS: [&str; 3] = ["MetagraphApi", "KeysApi", "GovernanceApi"];

/// A question, as the metadata describes it.
#[derive(Debug)]
struct Method {
    /// Such as `MetagraphApi_epoch`.
    name: String,
    arguments: Vec<String>,
    /// The type of its answer.
    answer: u32,
}

struct Tool {
    url: String,
    metadata: RuntimeMetadataV15,
}

impl Tool {
    async fn connect(url: &str) -> Self {
        let bytes = call(url, "Metadata_metadata_at_version", 15u32.encode()).await;
        let wrapped: Option<Vec<u8>> = Decode::decode(&mut &bytes[..]).expect("an optional blob");
        let prefixed = RuntimeMetadataPrefixed::decode(&mut &wrapped.expect("version 15")[..]).expect("metadata");
        let RuntimeMetadata::V15(metadata) = prefixed.1 else { panic!("asked for version 15") };
        Self { url: url.into(), metadata }
    }

    /// All that one of the runtime's APIs answers.
    fn methods(&self, api: &str) -> Vec<Method> {
        let described = self.metadata.apis.iter().find(|described| described.name == api);
        let methods = &described.unwrap_or_else(|| panic!("{api} is not described")).methods;
        let of = |method: &RuntimeApiMethodMetadata<PortableForm>| Method {
            name: format!("{api}_{}", method.name),
            arguments: method.inputs.iter().map(|input| input.name.clone()).collect(),
            answer: method.output.id,
        };
        methods.iter().map(of).collect()
    }

    async fn read(&self, method: &Method, arguments: Vec<u8>) -> Value<u32> {
        let bytes = call(&self.url, &method.name, arguments).await;
        let mut rest = &bytes[..];
        let types = &self.metadata.types;
        let value = decode_as_type(&mut rest, method.answer, types).expect("the metadata describes the answer");
        assert!(rest.is_empty(), "{method:?}: {} bytes that the metadata does not describe", rest.len());
        value
    }
}

async fn call(url: &str, method: &str, arguments: Vec<u8>) -> Vec<u8> {
    let answer = ask(url, "state_call", json!([method, Bytes(arguments)])).await;
    serde_json::from_value::<Bytes>(answer).expect("bytes").0
}

/// The named field of a value, through options.
fn field<'a>(value: &'a Value<u32>, name: &str) -> &'a Value<u32> {
    match &value.value {
        ValueDef::Composite(Composite::Named(fields)) => {
            &fields.iter().find(|(field, _)| field == name).unwrap_or_else(|| panic!("no field {name}")).1
        }
        ValueDef::Variant(variant) if variant.name == "Some" => {
            field(variant.values.values().next().expect("something"), name)
        }
        other => panic!("{name} is no field of {other:?}"),
    }
}

#[tokio::test]
async fn every_answer_of_the_runtime_api_is_readable_from_metadata_alone() {
    let network = Network::founded_quick(&["//Bob", "//Charlie"]).await;
    network.stake("//Bob", 100).await;
    network.submit("//Bob", Call::SetIdentity(Identity { name: "Bob & Co".into(), ..Default::default() })).await;
    let tool = Tool::connect(&network.url()).await;
    for method in APIS.iter().flat_map(|api| tool.methods(api)) {
        let arguments = method.arguments.iter().flat_map(|name| argument(name)).collect();
        check(&method.name, &tool.read(&method, arguments).await);
    }
}

fn argument(name: &str) -> Vec<u8> {
    match name {
        "netuid" => SUBNET.encode(),
        "hotkey" => account(&hotkey_of("//Bob")).encode(),
        "coldkey" | "old" => account("//Bob").encode(),
        "new" => account(&hotkey_of("//Bob")).encode(),
        "fields" => MetagraphField::ALL.to_vec().encode(),
        other => panic!("say in this test what {other} is"),
    }
}

/// Looks at a little of each answer that is not empty here.
fn check(method: &str, value: &Value<u32>) {
    let number = |names: &[&str]| names.iter().fold(value, |value, name| field(value, name)).as_u128();
    match method {
        "MetagraphApi_metagraph" => {
            assert_eq!(number(&["subnet", "neurons"]), Some(2));
            assert_eq!(number(&["subnet", "hyperparams", "tempo"]), Some(9));
        }
        "MetagraphApi_metagraph_fields" => assert_eq!(number(&["neurons"]), Some(2)),
        "MetagraphApi_subnet" => assert_eq!(number(&["hyperparams", "tempo"]), Some(9)),
        "MetagraphApi_epoch" => assert!(number(&["blocks_left"]).is_some_and(|left| left <= 10)),
        "MetagraphApi_registration_quote" | "MetagraphApi_creation_quote" => assert!(number(&["block"]).is_some()),
        "MetagraphApi_identity" => assert_eq!(field(value, "name").as_str(), Some("Bob & Co")),
        "MetagraphApi_root" => assert!(number(&["next_epoch"]).is_some()),
        "KeysApi_coldkey_swap" => assert!(matches!(&value.value, ValueDef::Variant(none) if none.name == "None")),
        "KeysApi_coldkey_successor" => {
            assert!(matches!(&field(value, "obstacle").value, ValueDef::Variant(some) if some.name == "Some"));
            assert!(number(&["fee"]).is_some_and(|fee| fee > 0));
        }
        "GovernanceApi_governance" => assert!(number(&["block"]).is_some()),
        "GovernanceApi_authorities" => assert!(number(&["block"]).is_some()),
        _ => {}
    }
}
