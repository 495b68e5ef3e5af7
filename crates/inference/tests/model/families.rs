//! Every family and format against its twin in candle-transformers, on small random models.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file::{self, Content};
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::ops::log_softmax;
use candle_nn::VarBuilder;
use candle_transformers::models::{llama, mistral, quantized_llama, quantized_qwen2, quantized_qwen3, qwen2, qwen3};
use inference::{quantize, unpack, DeviceChoice, Format, LoadError, Model, QuantizeError, Sampling};
use serde_json::{json, Value};

use crate::common::{generate, load, sampling, shipped_folder};

const PROMPT: &str = "Who goes there?";
const HIDDEN: usize = 256;

/// Gives the logits of the last token of a sequence.
type Twin = Box<dyn FnMut(&Tensor) -> Result<Tensor>>;

/// Makes a twin of a folder, or of a GGUF file.
type FolderTwin = fn(&Family) -> Twin;
type FileTwin = fn(Content, File) -> Twin;

/// A folder with a random model of a family.
struct Family {
    folder: tempfile::TempDir,
    config: Value,
}

impl Family {
    fn new(architecture: &str, changes: Value) -> Self {
        let mut config = json!({
            "architectures": [architecture], "vocab_size": 2048, "hidden_size": HIDDEN, "intermediate_size": 512,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64,
            "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "rope_theta": 10_000.0, "hidden_act": "silu",
            "tie_word_embeddings": false, "attention_bias": false, "use_sliding_window": false,
            "sliding_window": 4096, "max_window_layers": 2, "eos_token_id": null
        });
        config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let folder = tempfile::tempdir().unwrap();
        fs::copy(shipped_folder().join("tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
        fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        let family = Self { folder, config };
        candle_core::safetensors::save(&family.random_weights(), family.weights()).unwrap();
        family
    }

    fn all() -> Vec<(Self, FolderTwin, FileTwin)> {
        let llama3 = json!({
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16
        });
        vec![
            (Self::new("LlamaForCausalLM", json!({})), llama_twin, quantized_llama_twin),
            (Self::new("LlamaForCausalLM", json!({ "tie_word_embeddings": true })), llama_twin, quantized_llama_twin),
            (Self::new("LlamaForCausalLM", json!({ "num_key_value_heads": 1 })), llama_twin, quantized_llama_twin),
            (Self::new("LlamaForCausalLM", json!({ "rope_scaling": llama3 })), llama_twin, quantized_llama_twin),
            (Self::new("MistralForCausalLM", json!({})), mistral_twin, quantized_llama_twin),
            (Self::new("Qwen2ForCausalLM", json!({})), qwen2_twin, quantized_qwen2_twin),
            (Self::new("Qwen3ForCausalLM", json!({ "head_dim": 128 })), qwen3_twin, quantized_qwen3_twin),
        ]
    }

    fn weights(&self) -> PathBuf {
        self.folder.path().join("model.safetensors")
    }

    fn builder(&self) -> VarBuilder<'static> {
        let tensors = candle_core::safetensors::load(self.weights(), &Device::Cpu).unwrap();
        VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)
    }

    fn number(&self, name: &str) -> usize {
        self.config[name].as_u64().unwrap() as usize
    }

    fn random_weights(&self) -> HashMap<String, Tensor> {
        let architecture = self.config["architectures"][0].as_str().unwrap();
        let (vocab, wide, head) =
            (self.number("vocab_size"), self.number("intermediate_size"), self.number("head_dim"));
        let (q, kv) = (self.number("num_attention_heads") * head, self.number("num_key_value_heads") * head);
        let normal = |shape: &[usize]| Tensor::randn(0f32, 0.08, shape, &Device::Cpu).unwrap();
        let scale = |length: usize| Tensor::rand(0.5f32, 1.5, length, &Device::Cpu).unwrap();
        let mut all = HashMap::from([
            ("model.embed_tokens.weight".to_string(), normal(&[vocab, HIDDEN])),
            ("lm_head.weight".into(), normal(&[vocab, HIDDEN])),
            ("model.norm.weight".into(), scale(HIDDEN)),
        ]);
        if self.config["tie_word_embeddings"] == json!(true) {
            all.remove("lm_head.weight");
        }
        for layer in 0..self.number("num_hidden_layers") {
            let mut put = |part: &str, tensor| all.insert(format!("model.layers.{layer}.{part}"), tensor);
            put("input_layernorm.weight", scale(HIDDEN));
            put("post_attention_layernorm.weight", scale(HIDDEN));
            put("self_attn.q_proj.weight", normal(&[q, HIDDEN]));
            put("self_attn.k_proj.weight", normal(&[kv, HIDDEN]));
            put("self_attn.v_proj.weight", normal(&[kv, HIDDEN]));
            put("self_attn.o_proj.weight", normal(&[HIDDEN, q]));
            put("mlp.gate_proj.weight", normal(&[wide, HIDDEN]));
            put("mlp.up_proj.weight", normal(&[wide, HIDDEN]));
            put("mlp.down_proj.weight", normal(&[HIDDEN, wide]));
            if architecture == "Qwen2ForCausalLM" {
                put("self_attn.q_proj.bias", normal(&[q]));
                put("self_attn.k_proj.bias", normal(&[kv]));
                put("self_attn.v_proj.bias", normal(&[kv]));
            }
            if architecture == "Qwen3ForCausalLM" {
                put("self_attn.q_norm.weight", scale(head));
                put("self_attn.k_norm.weight", scale(head));
            }
        }
        all
    }
}

fn llama_twin(family: &Family) -> Twin {
    let config = serde_json::from_value::<llama::LlamaConfig>(family.config.clone()).unwrap().into_config(false);
    let model = llama::Llama::load(family.builder(), &config).unwrap();
    Box::new(move |tokens| {
        let mut cache = llama::Cache::new(false, DType::F32, &config, &Device::Cpu)?;
        model.forward(tokens, 0, &mut cache)
    })
}

fn mistral_twin(family: &Family) -> Twin {
    let config = serde_json::from_value(family.config.clone()).unwrap();
    let mut model = mistral::Model::new(&config, family.builder()).unwrap();
    Box::new(move |tokens| {
        model.clear_kv_cache();
        model.forward(tokens, 0)
    })
}

fn qwen2_twin(family: &Family) -> Twin {
    let config = serde_json::from_value(family.config.clone()).unwrap();
    let mut model = qwen2::ModelForCausalLM::new(&config, family.builder()).unwrap();
    Box::new(move |tokens| {
        model.clear_kv_cache();
        model.forward(tokens, 0)
    })
}

fn qwen3_twin(family: &Family) -> Twin {
    let config = serde_json::from_value(family.config.clone()).unwrap();
    let mut model = qwen3::ModelForCausalLM::new(&config, family.builder()).unwrap();
    Box::new(move |tokens| {
        model.clear_kv_cache();
        model.forward(tokens, 0)
    })
}

fn quantized_llama_twin(header: Content, mut file: File) -> Twin {
    let mut model = quantized_llama::ModelWeights::from_gguf(header, &mut file, &Device::Cpu).unwrap();
    Box::new(move |tokens| model.forward(tokens, 0))
}

fn quantized_qwen2_twin(header: Content, mut file: File) -> Twin {
    let mut model = quantized_qwen2::ModelWeights::from_gguf(header, &mut file, &Device::Cpu).unwrap();
    Box::new(move |tokens| model.forward(tokens, 0))
}

fn quantized_qwen3_twin(mut header: Content, mut file: File) -> Twin {
    // Without it the twin rotates in 16 bit.
    header.metadata.insert("general.dtype".into(), gguf_file::Value::U32(0));
    let mut model = quantized_qwen3::ModelWeights::from_gguf(header, &mut file, &Device::Cpu).unwrap();
    Box::new(move |tokens| {
        model.clear_kv_cache();
        model.forward(tokens, 0)
    })
}

/// Logarithmic probabilities that a twin gives the tokens of an answer, each after those before it.
fn logprobs(twin: &mut Twin, prompt: &[u32], answer: &[u32]) -> Vec<f32> {
    let logprob = |position: usize| {
        let sequence = [prompt, &answer[..position]].concat();
        let logits = twin(&Tensor::new(sequence, &Device::Cpu).unwrap().unsqueeze(0).unwrap()).unwrap();
        let logits = logits.flatten_all().unwrap().to_dtype(DType::F32).unwrap();
        log_softmax(&logits, 0).unwrap().get(answer[position] as usize).unwrap().to_scalar().unwrap()
    };
    (0..answer.len()).map(logprob).collect()
}

fn furthest(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).fold(0.0, f32::max)
}

/// Activations are rounded to 8 bits too, by the twin with one scale for 256 of them and by us with one for 32, which is felt
/// for some tokens: judged by the mean.
fn mean_distance(left: &[f32], right: &[f32]) -> f32 {
    assert_eq!(left.len(), right.len());
    left.iter().zip(right).map(|(left, right)| (left - right).abs()).sum::<f32>() / left.len() as f32
}

/// An answer of a model, and what it says itself about it in one pass.
fn answer(model: &Model, sampling: &Sampling) -> (Vec<u32>, Vec<u32>, Vec<f32>) {
    let prompt = model.encode(PROMPT).unwrap();
    let answer = generate(model, &prompt, sampling).tokens;
    let evidence = model.verify(&prompt, &answer, sampling).unwrap();
    // One pass rounds otherwise than many: two tokens that the model likes about equally may change places.
    let far = evidence.mean_margin * evidence.tokens as f32;
    assert!(evidence.matched == evidence.tokens || far < 0.05, "{evidence:?}");
    (prompt, answer, evidence.logprobs)
}

fn gguf(family: &Family, format: Format) -> PathBuf {
    let out = family.folder.path().join(format!("{format:?}.gguf"));
    let mut told = Vec::new();
    quantize(family.folder.path(), &out, format, &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told.last().map(|(done, total)| done == total), Some(true));
    out
}

fn open(path: &Path) -> (Content, File) {
    let mut file = File::open(path).unwrap();
    (Content::read(&mut file).unwrap(), file)
}

#[test]
fn every_family_agrees_with_its_twin_at_every_position() {
    for (family, twin, _) in Family::all() {
        let model = load(family.folder.path()).unwrap();
        let (prompt, answer, ours) = answer(&model, &sampling(3, 48));
        let distance = furthest(&ours, &logprobs(&mut twin(&family), &prompt, &answer));
        assert!(distance < 1e-4, "{}: {distance}", family.config);
    }
}

#[test]
fn every_family_agrees_with_its_twin_from_a_quantised_file() {
    for (family, _, twin) in Family::all() {
        // The twin knows no stretched rotations.
        if family.config["rope_scaling"].is_object() {
            continue;
        }
        for format in [Format::Q8_0, Format::Q4K] {
            let path = gguf(&family, format);
            let (prompt, answer, ours) = answer(&load(&path).unwrap(), &sampling(4, 32));
            let (header, file) = open(&path);
            let distance = mean_distance(&ours, &logprobs(&mut twin(header, file), &prompt, &answer));
            assert!(distance < 0.1, "{format:?} of {}: {distance}", family.config);
        }
    }
}

#[test]
fn a_file_of_16_bits_answers_like_the_folder_it_was_made_of_and_a_quantised_one_nearly_so() {
    for (family, ..) in Family::all() {
        let folder = load(family.folder.path()).unwrap();
        let (prompt, answer, exact) = answer(&folder, &sampling(5, 32));
        for (format, bound) in [(Format::F16, 0.005), (Format::Q8_0, 0.1), (Format::Q4K, 1.0)] {
            let quantised = load(&gguf(&family, format)).unwrap();
            let about = quantised.verify(&prompt, &answer, &sampling(5, 32)).unwrap();
            let distance = mean_distance(&about.logprobs, &exact);
            assert!(distance < bound, "{format:?} of {}: {distance}", family.config);
            assert_eq!(quantised.context_length(), folder.context_length());
            assert_ne!(quantised.id(), folder.id());
        }
    }
}

#[test]
fn a_folder_quantised_when_it_is_loaded_answers_like_the_file_of_that_format_under_an_id_of_its_own() {
    for (family, ..) in Family::all() {
        let folder = family.folder.path();
        for format in [Format::Q8_0, Format::Q4K] {
            let model = Model::load_as(folder, DeviceChoice::Cpu, Some(format)).unwrap();
            let file = load(&gguf(&family, format)).unwrap();
            let (prompt, answer, ours) = answer(&model, &sampling(3, 32));
            let theirs = file.verify(&prompt, &answer, &sampling(3, 32)).unwrap().logprobs;
            assert!(furthest(&ours, &theirs) < 1e-4, "{format:?} of {}", family.config);
            assert_eq!(model.size().bytes, file.size().bytes);
            assert_ne!(model.id(), load(folder).unwrap().id());
            assert_ne!(model.id(), file.id());
        }
        let again = Model::load_as(&gguf(&family, Format::Q4K), DeviceChoice::Cpu, Some(Format::Q8_0));
        assert!(matches!(again, Err(LoadError::Quantised(_))));
    }
}

#[test]
fn a_gguf_file_carries_its_tokenizer_and_its_chat_format() {
    let alone = tempfile::tempdir().unwrap();
    quantize(&shipped_folder(), &alone.path().join("tiny.gguf"), Format::Q8_0, &mut |_, _| ()).unwrap();
    let (file, folder) = (load(alone.path()).unwrap(), load(&shipped_folder()).unwrap());
    for text in [PROMPT, " two  spaces\n\nand 1234 numbers, naïve é 中文 🙂", ""] {
        assert_eq!(file.encode(text).unwrap(), folder.encode(text).unwrap(), "{text:?}");
        let message = [inference::Message { role: "user".into(), content: text.into() }];
        let prompt = folder.encode_chat(&message).unwrap();
        assert_eq!(file.encode_chat(&message).unwrap(), prompt, "{text:?}");
        assert_eq!(file.decode(&prompt).unwrap(), folder.decode(&prompt).unwrap());
    }
    assert_eq!(file.name(), "tiny.gguf");
}

#[test]
fn a_file_unpacked_to_a_folder_is_the_same_model() {
    for (family, ..) in Family::all() {
        let (path, folder) = (gguf(&family, Format::F16), family.folder.path().join("unpacked"));
        let unpacked = unpack(&path, &folder);
        // Folders have no field for what each rotation is divided by.
        if family.config["rope_scaling"]["rope_type"] == "llama3" {
            assert!(matches!(unpacked, Err(QuantizeError::Load(LoadError::Unsupported { .. }))));
            continue;
        }
        unpacked.unwrap();
        let [file, folder] = [path, folder].map(|path| load(&path).unwrap());
        let (prompt, answer, ours) = answer(&file, &sampling(6, 32));
        assert_eq!(folder.encode(PROMPT).unwrap(), prompt);
        let theirs = folder.verify(&prompt, &answer, &sampling(6, 32)).unwrap().logprobs;
        assert!(furthest(&ours, &theirs) < 1e-4, "{}", family.config);
    }
}

#[test]
fn a_gguf_file_says_how_its_model_splits_numbers() {
    let original = shipped_folder();
    for splitting in [
        json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true }),
        json!({ "type": "Sequence", "pretokenizers": [
            { "type": "Digits", "individual_digits": true },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
        ] }),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(&original).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file())
        {
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let path = folder.path().join("tokenizer.json");
        let mut tokenizer: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        tokenizer["pre_tokenizer"] = splitting;
        fs::write(&path, tokenizer.to_string()).unwrap();
        let alone = tempfile::tempdir().unwrap();
        quantize(folder.path(), &alone.path().join("tiny.gguf"), Format::Q8_0, &mut |_, _| ()).unwrap();
        let [folder, file] = [folder.path(), alone.path()].map(|path| load(path).unwrap());
        for text in ["in 1984 and 12 345,678", "x2y", "0"] {
            assert_eq!(
                file.encode(text).unwrap(),
                folder.encode(text).unwrap(),
                "{text:?} {}",
                tokenizer["pre_tokenizer"]
            );
        }
    }
}

#[test]
fn a_gguf_file_that_is_cut_or_stands_beside_another_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    quantize(&shipped_folder(), &path, Format::Q4K, &mut |_, _| ()).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [0, 3, 20, 1_000, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = load(&path).err().expect("a cut file is no model");
        assert!(matches!(error, LoadError::Corrupt { .. }), "cut at {length}: {error}");
    }
    fs::write(folder.path().join("other.gguf"), &whole).unwrap();
    assert!(matches!(load(folder.path()), Err(LoadError::SeveralModels(_))));
    assert!(load(&folder.path().join("other.gguf")).is_ok());
}
