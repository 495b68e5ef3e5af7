//! Model folders that cannot be loaded say why.

use std::collections::HashMap;
use std::fs;

use crate::common::{chat, copy_of_shipped, generate, load, sampling, shipped, shipped_folder};
use candle_core::{DType, Device, Tensor};
use inference::{DeviceChoice, LoadError, Model};
use serde_json::{json, Value};

const WEIGHTS: &str = "model.safetensors";

fn edit_json(path: &std::path::Path, edit: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    edit(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

fn read_weights() -> HashMap<String, Tensor> {
    candle_core::safetensors::load(shipped_folder().join(WEIGHTS), &Device::Cpu).unwrap()
}

fn error_of(folder: &std::path::Path) -> LoadError {
    load(folder).err().expect("the folder should be refused")
}

#[test]
fn a_missing_file_is_named() {
    for name in ["config.json", "tokenizer.json", WEIGHTS] {
        let copy = copy_of_shipped();
        fs::remove_file(copy.path().join(name)).unwrap();
        let error = error_of(copy.path());
        assert!(matches!(&error, LoadError::MissingFile(path) if path.ends_with(name)), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(matches!(error_of("no/such/folder".as_ref()), LoadError::MissingFile(_)));
}

#[test]
fn truncated_weights_are_refused_wherever_they_are_cut() {
    let copy = copy_of_shipped();
    let path = copy.path().join(WEIGHTS);
    let whole = fs::read(&path).unwrap();
    for length in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(error_of(copy.path()), LoadError::Corrupt { .. }), "cut at {length}");
    }
    fs::write(&path, [whole.as_slice(), b"more"].concat()).unwrap();
    assert!(matches!(error_of(copy.path()), LoadError::Corrupt { .. }));
}

#[test]
fn truncated_json_is_refused() {
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
        let copy = copy_of_shipped();
        let path = copy.path().join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let error = error_of(copy.path());
        assert!(matches!(error, LoadError::Corrupt { .. } | LoadError::InvalidConfig(_)), "{name}: {error}");
    }
}

#[test]
fn a_missing_tensor_is_named() {
    let copy = copy_of_shipped();
    let mut weights = read_weights();
    weights.remove("model.layers.1.mlp.up_proj.weight").unwrap();
    candle_core::safetensors::save(&weights, copy.path().join(WEIGHTS)).unwrap();
    let error = error_of(copy.path());
    assert!(matches!(&error, LoadError::MissingTensor(name) if name == "model.layers.1.mlp.up_proj.weight"), "{error}");
}

#[test]
fn a_tensor_of_another_shape_is_refused() {
    let copy = copy_of_shipped();
    edit_json(&copy.path().join("config.json"), |config| config["intermediate_size"] = json!(512));
    let error = error_of(copy.path());
    assert!(matches!(&error, LoadError::WrongShape { expected, .. } if expected.contains(&512)), "{error}");
}

#[test]
fn an_architecture_that_is_not_llama_is_refused() {
    let copy = copy_of_shipped();
    edit_json(&copy.path().join("config.json"), |config| config["architectures"] = json!(["MambaForCausalLM"]));
    let error = error_of(copy.path());
    assert!(error.to_string().contains("MambaForCausalLM"), "{error}");
}

#[test]
fn a_tokenizer_larger_than_the_model_is_refused() {
    let copy = copy_of_shipped();
    edit_json(&copy.path().join("config.json"), |config| config["vocab_size"] = json!(700));
    assert!(matches!(error_of(copy.path()), LoadError::InvalidConfig(_)));
}

#[test]
fn a_chat_template_that_does_not_compile_is_refused() {
    let copy = copy_of_shipped();
    edit_json(&copy.path().join("tokenizer_config.json"), |config| config["chat_template"] = json!("{% for %}"));
    assert!(matches!(error_of(copy.path()), LoadError::Corrupt { .. }));
}

#[test]
fn weights_in_shards_give_the_same_model_as_in_one_file() {
    let copy = copy_of_shipped();
    let (mut shards, mut weight_map) = ([HashMap::new(), HashMap::new()], HashMap::new());
    for (index, (name, tensor)) in read_weights().into_iter().enumerate() {
        weight_map.insert(name.clone(), format!("shard-{}.safetensors", index % 2));
        shards[index % 2].insert(name, tensor.to_dtype(DType::F32).unwrap());
    }
    for (index, shard) in shards.iter().enumerate() {
        candle_core::safetensors::save(shard, copy.path().join(format!("shard-{index}.safetensors"))).unwrap();
    }
    fs::remove_file(copy.path().join(WEIGHTS)).unwrap();
    let index = json!({ "weight_map": weight_map }).to_string();
    fs::write(copy.path().join("model.safetensors.index.json"), index).unwrap();
    let (whole, sharded) = (shipped(), load(copy.path()).unwrap());
    let prompt = chat(&whole, "Who goes there?");
    let sampling = sampling(1, 24);
    assert_eq!(generate(&whole, &prompt, &sampling), generate(&sharded, &prompt, &sampling));
    assert_ne!(whole.id(), sharded.id());

    fs::remove_file(copy.path().join("shard-1.safetensors")).unwrap();
    assert!(matches!(error_of(copy.path()), LoadError::MissingFile(path) if path.ends_with("shard-1.safetensors")));
}

#[test]
fn an_index_cannot_reach_outside_its_folder() {
    let copy = copy_of_shipped();
    fs::remove_file(copy.path().join(WEIGHTS)).unwrap();
    let index = json!({ "weight_map": { "model.norm.weight": "../../etc/passwd" } }).to_string();
    fs::write(copy.path().join("model.safetensors.index.json"), index).unwrap();
    assert!(matches!(error_of(copy.path()), LoadError::Corrupt { .. }));
}

#[test]
fn the_id_follows_the_content_and_not_the_place() {
    let (original, copy) = (shipped(), copy_of_shipped());
    assert_eq!(original.id(), load(copy.path()).unwrap().id());
    assert_eq!((original.id().len(), original.name()), (64, "tiny"));
    edit_json(&copy.path().join("tokenizer_config.json"), |config| config["chat_template"] = json!("hello"));
    assert_ne!(original.id(), load(copy.path()).unwrap().id());
}

#[test]
fn a_gpu_that_is_not_there_is_an_error() {
    let error = Model::load(&shipped_folder(), DeviceChoice::Cuda(999)).err().unwrap();
    assert!(matches!(error, LoadError::Device { .. }), "{error}");
}

/// On a CPU, arithmetic in 16 bits is many times slower than in 32.
#[test]
fn a_checkpoint_in_16_bits_computes_in_32() {
    let half = |tensor: &Tensor| tensor.to_dtype(DType::BF16).unwrap();
    let (narrow, wide) = (copy_of_shipped(), copy_of_shipped());
    for (folder, dtype) in [(&narrow, DType::BF16), (&wide, DType::F32)] {
        let weights = read_weights().into_iter().map(|(name, x)| (name, half(&x).to_dtype(dtype).unwrap()));
        candle_core::safetensors::save(&weights.collect::<HashMap<_, _>>(), folder.path().join(WEIGHTS)).unwrap();
    }
    let (narrow, wide) = (load(narrow.path()).unwrap(), load(wide.path()).unwrap());
    assert_eq!(narrow.size().bytes, 4 * narrow.size().parameters);
    let prompt = chat(&wide, "Who goes there?");
    assert_eq!(generate(&narrow, &prompt, &sampling(1, 24)), generate(&wide, &prompt, &sampling(1, 24)));
}
