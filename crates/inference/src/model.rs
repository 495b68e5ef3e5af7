//! A loaded model.

use std::path::Path;
use std::sync::OnceLock;

use candle_core::Device;

use crate::calls::CallFormat;
use crate::chat::{ChatFormat, Conversation, Message};
use crate::constraint::{Constraint, Forms, Grammar};
use crate::decoder::Decoder;
use crate::error::{InferenceError, LoadError};
use crate::files::{gguf_file, Files};
use crate::gguf::{Format, Gguf};
use crate::hugging_face;
use crate::text::Text;
use crate::weights::{Size, Weights};

/// Where a model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    Cpu,
    /// The NVIDIA GPU with this number; needs a build with the feature `cuda`.
    Cuda(usize),
}

/// A language model with its tokenizer and chat format.
pub struct Model {
    id: String,
    name: String,
    context_length: usize,
    pub(crate) text: Text,
    pub(crate) decoder: Decoder,
    chat: ChatFormat,
    /// Made when the first answer is to be held to a form.
    forms: OnceLock<Result<Forms, InferenceError>>,
}

impl Model {
    /// Loads a folder in the Hugging Face layout (`config.json`, `tokenizer.json`, and `model.safetensors` or an index
    /// of shards; `tokenizer_config.json`, `chat_template.jinja` and `generation_config.json` if they are there), or a
    /// GGUF file: its path, or that of a folder with it alone and, if need be, its `tokenizer.json`.
    ///
    /// Dense weights are widened to 4 bytes for each parameter; quantised ones stay as they are.
    pub fn load(path: &Path, device: DeviceChoice) -> Result<Self, LoadError> {
        Self::load_as(path, device, None)
    }

    /// The same, with the projections of a folder quantised on the way: it answers as the file does that
    /// [`crate::quantize`] writes, and has an id of its own. A GGUF file is loaded only as it is.
    pub fn load_as(path: &Path, device: DeviceChoice, format: Option<Format>) -> Result<Self, LoadError> {
        let device = device.open()?;
        let model = match (gguf_file(path)?, format) {
            (Some(file), None) => Self::of_gguf(&file, &device),
            (Some(file), Some(_)) => Err(LoadError::Quantised(file)),
            (None, format) => Self::of_folder(path, format, &device),
        }?;
        // Kernels put the weights into their own order with the first use: better now than with the first request, and
        // whoever looks at what memory is left sees it.
        model.decoder.warm_up().map_err(LoadError::Placement)?;
        // Threads that use the model later have other queues on the device than this one.
        device.synchronize().map_err(LoadError::Placement)?;
        Ok(model)
    }

    fn of_folder(folder: &Path, format: Option<Format>, device: &Device) -> Result<Self, LoadError> {
        let mut files = Files::new(folder);
        let config = hugging_face::config(&files.read("config.json")?)?;
        let text = Text::read(&mut files, &config)?;
        let chat = ChatFormat::read(&mut files)?;
        let context_length = config.context_length;
        let mut weights = Weights::safetensors(&mut files, format, device)?;
        let decoder = Decoder::new(config, &mut weights)?;
        if let Some(format) = format {
            files.hash_choice(format.name());
        }
        Ok(Self { id: files.id(), name: name_of(folder), context_length, text, decoder, chat, forms: OnceLock::new() })
    }

    fn of_gguf(file: &Path, device: &Device) -> Result<Self, LoadError> {
        let name = name_of(file);
        let mut files = Files::new(file.parent().unwrap_or(Path::new("")));
        let mut gguf = Gguf::open(file)?;
        let config = gguf.config()?;
        let text = Text::of_gguf(&gguf, &mut files, &config)?;
        let chat = ChatFormat::of_gguf(&gguf, file.into())?;
        let context_length = config.context_length;
        let decoder = Decoder::new(config, &mut Weights::gguf(gguf, device))?;
        files.hash(&name)?;
        Ok(Self { id: files.id(), name, context_length, text, decoder, chat, forms: OnceLock::new() })
    }

    /// BLAKE2b-256 of the names and contents of all files read, and of the format that they were quantised to if they
    /// were, in hexadecimal: models with the same id give the same
    /// answers.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the folder or file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it takes in memory.
    pub fn size(&self) -> Size {
        self.decoder.size()
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.decoder.is_on_cpu()
    }

    /// Most tokens of prompt and answer together.
    pub fn context_length(&self) -> usize {
        self.context_length
    }

    /// Token ids are below this number.
    pub fn vocab_size(&self) -> usize {
        self.text.vocab_size()
    }

    /// Whether the token ends an answer.
    pub fn is_end(&self, token: u32) -> bool {
        self.text.is_end(token)
    }

    /// The prompt that asks for the assistant's next message.
    pub fn encode_chat(&self, messages: &[Message]) -> Result<Vec<u32>, InferenceError> {
        self.encode_conversation(&messages.into())
    }

    /// The prompt that asks for the assistant's next message in a conversation with tools.
    pub fn encode_conversation(&self, conversation: &Conversation) -> Result<Vec<u32>, InferenceError> {
        self.text.encode(&self.chat.render(conversation)?, self.chat.is_plain())
    }

    /// How the model writes that it calls a tool.
    pub fn call_format(&self) -> CallFormat {
        self.chat.calls()
    }

    /// Plain text as a prompt.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, InferenceError> {
        self.text.encode(text, true)
    }

    pub(crate) fn constraint(&self, grammar: Grammar) -> Result<Constraint, InferenceError> {
        let forms = self.forms.get_or_init(|| self.text.forms());
        forms.as_ref().map_err(|error| InferenceError::Grammar(error.to_string()))?.constraint(grammar)
    }

    /// One token as text, special tokens too; replacement characters stand for parts of characters.
    pub fn token(&self, token: u32) -> String {
        self.text.token(token)
    }

    /// Tokens as text, without special tokens.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, InferenceError> {
        self.text.decode(tokens)
    }
}

impl DeviceChoice {
    fn open(self) -> Result<Device, LoadError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(number) => Device::new_cuda(number).map_err(|error| no_gpu(number, &error)),
        }
    }
}

fn no_gpu(number: usize, error: &candle_core::Error) -> LoadError {
    // What follows in other lines is a backtrace.
    let error = error.to_string();
    let reason = format!(
        "{}; leave `--cuda` out to use the CPU, or run a build with the feature `cuda` (`make cuda`) where `nvidia-smi` \
         shows this GPU and `libcublas.so.13` and `libcurand.so.10` of CUDA 13 are found",
        error.lines().next().unwrap_or_default()
    );
    LoadError::Device { device: format!("the GPU {number}"), reason }
}

/// The last part of the path, also for paths such as `.`.
fn name_of(folder: &Path) -> String {
    let resolved = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    resolved.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
