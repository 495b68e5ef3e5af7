//! Attention on the CPU: keys and values go into the blocks, and the kernel mixes over them on all threads.

use candle_core::{Device, Result, Tensor};

use super::kernel::{self, Keys, Queries};
use super::{HeadNorms, Projected};
use crate::blocks::BLOCK;
use crate::config::Config;
use crate::decoder::Step;
use crate::host::{for_each, normalise, Floats};
use crate::kv_cache::HostLayer;
use crate::rotary::Rotation;

/// Tokens of one sequence in a task: what is read of the cache serves all of them.
const TOKENS: usize = 16;

/// What one thread does at a time: a few tokens of a sequence, for the query heads that share a key head.
struct Task<'a> {
    step: &'a Step<'a>,
    kv_head: usize,
    /// Row of the task's first token among all rows, and its place in the step.
    row: usize,
    token: usize,
    tokens: usize,
    /// `[tokens, heads of the task, head_size]`.
    out: &'a mut [f32],
}

pub(super) fn attend(
    projected: &Projected,
    norms: &HeadNorms,
    rotation: &Rotation,
    config: &Config,
    steps: &[Step],
    layer: &mut HostLayer,
) -> Result<Tensor> {
    let norms = match norms {
        Some((query, key)) => Some((Floats::of(query)?, Floats::of(key)?)),
        None => None,
    };
    let (query_norm, key_norm): (Option<&[f32]>, Option<&[f32]>) =
        norms.as_ref().map(|(query, key)| (&**query, &**key)).unzip();
    let (cos, sin) = (Floats::of(&rotation.cos)?, Floats::of(&rotation.sin)?);
    let turn = Turn { cos: &cos, sin: &sin, eps: config.rms_norm_eps };
    let (keys, values) = (Floats::of(&projected.key)?, Floats::of(&projected.value)?);
    store(&keys, &values, &|head, row| turn.apply(head, row, key_norm), config, steps, layer);
    let queries = Floats::of(&projected.query)?;
    let (queries, layer): (&[f32], &HostLayer) = (&queries, layer);
    let mut mixed = vec![0.0; queries.len()];
    let (work, tasks) = tasks(config, steps, &mut mixed);
    for_each(tasks, work, |task| mix(task, queries, &|head, row| turn.apply(head, row, query_norm), config, layer));
    Tensor::from_vec(by_row(mixed, config, steps), projected.query.shape(), &Device::Cpu)
}

/// What happens to each head of a row.
struct Turn<'a> {
    /// `[rows, head_size / 2]` each.
    cos: &'a [f32],
    sin: &'a [f32],
    eps: f32,
}

impl Turn<'_> {
    /// Normalises, if the model does that, and turns by the row's position.
    fn apply(&self, head: &mut [f32], row: usize, norm: Option<&[f32]>) {
        if let Some(norm) = norm {
            normalise(head, norm, self.eps);
        }
        let half = head.len() / 2;
        let (cos, sin) = (&self.cos[row * half..][..half], &self.sin[row * half..][..half]);
        let (left, right) = head.split_at_mut(half);
        for (((left, right), cos), sin) in left.iter_mut().zip(right).zip(cos).zip(sin) {
            (*left, *right) = (*left * cos - *right * sin, *left * sin + *right * cos);
        }
    }
}

/// Puts the new keys, turned, and values into their blocks.
fn store(
    keys: &[f32],
    values: &[f32],
    turn: &dyn Fn(&mut [f32], usize),
    config: &Config,
    steps: &[Step],
    layer: &mut HostLayer,
) {
    let (heads, size, padded) = (config.kv_heads, config.head_size, layer.padded);
    let places = steps.iter().flat_map(|step| step.positions().map(|at| (step.table.blocks()[at / BLOCK], at % BLOCK)));
    let mut turned = vec![0.0; size];
    for (row, (block, slot)) in places.enumerate() {
        for head in 0..heads {
            let (from, to) = ((row * heads + head) * size, (block * heads + head) * BLOCK);
            turned.copy_from_slice(&keys[from..from + size]);
            turn(&mut turned, row);
            let column = layer.keys[to * size..][..BLOCK * size].iter_mut().skip(slot).step_by(BLOCK);
            column.zip(&turned).for_each(|(cell, key)| *cell = *key);
            layer.values[(to + slot) * padded..][..size].copy_from_slice(&values[from..from + size]);
        }
    }
}

/// All that is to be mixed, and how many operations that are. The tasks' results lie one behind the other in `out`.
fn tasks<'a>(config: &Config, steps: &'a [Step<'a>], mut out: &'a mut [f32]) -> (usize, Vec<Task<'a>>) {
    let width = config.heads / config.kv_heads * config.head_size;
    let (mut tasks, mut work, mut first) = (Vec::new(), 0, 0);
    for step in steps {
        for token in (0..step.tokens.len()).step_by(TOKENS) {
            let tokens = TOKENS.min(step.tokens.len() - token);
            for kv_head in 0..config.kv_heads {
                let (own, rest) = std::mem::take(&mut out).split_at_mut(tokens * width);
                out = rest;
                work += 2 * own.len() * (step.table.length() + token + tokens);
                tasks.push(Task { step, kv_head, row: first + token, token, tokens, out: own });
            }
        }
        first += step.tokens.len();
    }
    (work, tasks)
}

fn mix(task: Task, queries: &[f32], turn: &dyn Fn(&mut [f32], usize), config: &Config, layer: &HostLayer) {
    let (heads, size) = (config.kv_heads, config.head_size);
    let per_token = config.heads / heads;
    let (width, scale) = (per_token * size, 1.0 / (size as f32).sqrt());
    let mut vectors = Vec::with_capacity(task.tokens * width);
    for row in task.row..task.row + task.tokens {
        vectors.extend_from_slice(&queries[(row * heads + task.kv_head) * width..][..width]);
        let own = vectors.len() - width;
        vectors[own..].chunks_mut(size).for_each(|head| turn(head, row));
    }
    vectors.iter_mut().for_each(|x| *x *= scale);
    let keys = Keys { layer, blocks: task.step.table.blocks(), head: task.kv_head, heads, head_size: size };
    let position = task.step.table.length() + task.token;
    kernel::attend(&keys, &Queries { vectors: &vectors, per_token, position }, task.out);
}

/// From the order of the tasks to `[rows, heads * head_size]`.
fn by_row(mixed: Vec<f32>, config: &Config, steps: &[Step]) -> Vec<f32> {
    if steps.iter().all(|step| step.tokens.len() == 1) {
        return mixed;
    }
    let width = config.heads / config.kv_heads * config.head_size;
    let mut out = vec![0.0; mixed.len()];
    let (mut from, mut first) = (mixed.chunks_exact(width), 0);
    for step in steps {
        for token in (0..step.tokens.len()).step_by(TOKENS) {
            let rows = first + token..first + step.tokens.len().min(token + TOKENS);
            for (kv_head, row) in (0..config.kv_heads).flat_map(|head| rows.clone().map(move |row| (head, row))) {
                let to = &mut out[(row * config.kv_heads + kv_head) * width..][..width];
                to.copy_from_slice(from.next().unwrap_or_default());
            }
        }
        first += step.tokens.len();
    }
    out
}
