//! A deliberately damaged copy of a model, to see that it is found out.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use candle_core::safetensors::load_buffer;
use candle_core::{DType, Device, Tensor};
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::error::{DamageError, LoadError};
use crate::files::Files;

/// Copies the model in `model_folder` to `out_folder` with every weight `w` replaced by `w * (1 + relative_noise * n)`,
/// `n` standard normal. The copy depends on the original, the noise and the seed alone and keeps the type of the
/// weights.
pub fn damage(model_folder: &Path, out_folder: &Path, relative_noise: f64, seed: u64) -> Result<(), DamageError> {
    if !relative_noise.is_finite() || relative_noise < 0.0 {
        return Err(DamageError::InvalidNoise(relative_noise));
    }
    let mut files = Files::new(model_folder);
    let shards = files.weight_files()?;
    write(out_folder, fs::create_dir_all(out_folder))?;
    if model_folder.canonicalize().ok() == out_folder.canonicalize().ok() {
        return Err(DamageError::SameFolder(out_folder.into()));
    }
    copy_others(model_folder, out_folder, &shards)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for shard in &shards {
        let tensors = load_buffer(&files.read(shard)?, &Device::Cpu)
            .map_err(|error| LoadError::Corrupt { path: files.path(shard), reason: error.to_string() })?;
        let tensors = damaged(tensors, relative_noise, &mut rng)?;
        let content = safetensors::serialize(&tensors, None).map_err(candle_core::Error::from)?;
        let path = out_folder.join(shard);
        write(&path, fs::write(&path, content))?;
    }
    Ok(())
}

/// All files of the folder except the weights.
fn copy_others(from: &Path, to: &Path, shards: &[String]) -> Result<(), DamageError> {
    let entries = fs::read_dir(from).map_err(|source| LoadError::Read { path: from.into(), source })?;
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let Some(name) =
            path.file_name().filter(|name| path.is_file() && !shards.iter().any(|shard| **name == **shard))
        else {
            continue;
        };
        write(&to.join(name), fs::copy(&path, to.join(name)))?;
    }
    Ok(())
}

fn write<T>(path: &Path, result: io::Result<T>) -> Result<T, DamageError> {
    result.map_err(|source| DamageError::Write { path: path.into(), source })
}

/// The tensors in the order of their names, so that the noise falls the same way each time.
fn damaged(
    tensors: HashMap<String, Tensor>,
    relative_noise: f64,
    rng: &mut ChaCha8Rng,
) -> candle_core::Result<HashMap<String, Tensor>> {
    let mut tensors = tensors.into_iter().collect::<Vec<_>>();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    tensors.into_iter().map(|(name, tensor)| Ok((name, with_noise(&tensor, relative_noise, rng)?))).collect()
}

fn with_noise(tensor: &Tensor, relative_noise: f64, rng: &mut ChaCha8Rng) -> candle_core::Result<Tensor> {
    if !tensor.dtype().is_float() {
        return Ok(tensor.clone());
    }
    let factors = (0..tensor.elem_count()).map(|_| (1.0 + relative_noise * normal(rng)) as f32).collect::<Vec<_>>();
    let factors = Tensor::from_vec(factors, tensor.shape(), &Device::Cpu)?;
    (tensor.to_dtype(DType::F32)? * factors)?.to_dtype(tensor.dtype())
}

/// A standard normal number (Box-Muller), with logarithm and cosine that are the same on every platform.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    libm::sqrt(-2.0 * libm::log(uniform())) * libm::cos(std::f64::consts::TAU * uniform())
}
