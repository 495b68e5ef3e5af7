//! What others read of the chain with nothing but its metadata, as any Substrate tool does.

use chain_client::Call;
use codec::{Decode, Encode};
use e2e::{account, hotkey_of, Network, SUBNET};
use frame_metadata::{v15::RuntimeMetadataV15, RuntimeMetadata, RuntimeMetadataPrefixed};
use primitives::{Identity, MetagraphField};
use scale_value::{scale::decode_as_type, Composite, Value, ValueDef};
use serde_json::{json, Value as Json};
use sp_core::Bytes;

struct Tool {
    /// Where the node answers over HTTP.
    url: String,
    metadata: RuntimeMetadataV15,
}

impl Tool {
    async fn connect(url: &str) -> Self {
        let url = url.replace("ws://", "http://");
        let bytes = call(&url, "Metadata_metadata_at_version", 15u32.encode()).await;
        let wrapped: Option<Vec<u8>> = Decode::decode(&mut &bytes[..]).expect("an optional blob");
        let prefixed = RuntimeMetadataPrefixed::decode(&mut &wrapped.expect("version 15")[..]).expect("metadata");
        let RuntimeMetadata::V15(metadata) = prefixed.1 else { panic!("asked for version 15") };
        Self { url, metadata }
    }

    /// The methods of the network's own runtime API, each with its argument names and its type of answer.
    fn methods(&self) -> Vec<(String, Vec<String>, u32)> {
        let api = self.metadata.apis.iter().find(|api| api.name == "MetagraphApi").expect("the API is described");
        let names = |method: &frame_metadata::v15::RuntimeApiMethodMetadata<scale_info::form::PortableForm>| {
            method.inputs.iter().map(|input| input.name.clone()).collect()
        };
        api.methods.iter().map(|method| (method.name.clone(), names(method), method.output.id)).collect()
    }

    async fn read(&self, method: &str, arguments: Vec<u8>, answer: u32) -> Value<u32> {
        let bytes = call(&self.url, &format!("MetagraphApi_{method}"), arguments).await;
        let mut rest = &bytes[..];
        let value = decode_as_type(&mut rest, answer, &self.metadata.types).expect("the metadata describes the answer");
        assert!(rest.is_empty(), "{method}: {} bytes that the metadata does not describe", rest.len());
        value
    }
}

async fn call(url: &str, method: &str, arguments: Vec<u8>) -> Vec<u8> {
    let parameters = json!([method, Bytes(arguments)]);
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "state_call", "params": parameters });
    let response = reqwest::Client::new().post(url).json(&request).send().await.expect("the node answers");
    let answer: Json = response.json().await.expect("JSON");
    let bytes: Bytes =
        serde_json::from_value(answer["result"].clone()).unwrap_or_else(|_| panic!("{method}: {answer}"));
    bytes.0
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
    let network = Network::founded(&["//Bob", "//Charlie"]).await;
    network.stake("//Bob", 100).await;
    network.submit("//Bob", Call::SetIdentity(Identity { name: "Bob & Co".into(), ..Default::default() })).await;
    let tool = Tool::connect(&network.url()).await;
    let methods = tool.methods();
    assert!(methods.len() >= 8, "{methods:?}");
    for (method, arguments, answer) in methods {
        let argument = |name: &String| match name.as_str() {
            "netuid" => SUBNET.encode(),
            "hotkey" => account(&hotkey_of("//Bob")).encode(),
            "coldkey" => account("//Bob").encode(),
            "fields" => MetagraphField::ALL.to_vec().encode(),
            other => panic!("say in this test what {other} of {method} is"),
        };
        let arguments = arguments.iter().flat_map(argument).collect();
        let value = tool.read(&method, arguments, answer).await;
        match method.as_str() {
            "metagraph" => {
                assert_eq!(field(field(&value, "subnet"), "neurons").as_u128(), Some(2));
                assert!(field(field(field(&value, "subnet"), "hyperparams"), "tempo").as_u128() == Some(9));
            }
            "metagraph_fields" => assert_eq!(field(&value, "neurons").as_u128(), Some(2)),
            "subnet" => assert_eq!(field(field(&value, "hyperparams"), "tempo").as_u128(), Some(9)),
            "epoch" => assert!(field(&value, "blocks_left").as_u128().is_some_and(|left| left <= 10)),
            "registration_quote" | "creation_quote" => assert!(field(&value, "block").as_u128().is_some()),
            "identity" => assert_eq!(field(&value, "name").as_str(), Some("Bob & Co")),
            "root" => assert!(field(&value, "next_epoch").as_u128().is_some()),
            _ => {}
        }
    }
}
