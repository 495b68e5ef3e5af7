//! Attention over blocks of keys and values, on plain slices.
//!
//! A task mixes values for the queries that share a key head, a few rows of them. Queries go in groups, so that each key
//! and value that is read serves all of a group; and they go through the blocks once, each with the largest score and the
//! sum that it has seen, by which what came before is scaled down when a larger one appears (online softmax).

use crate::blocks::{Block, BLOCK};
use crate::host::exp;
use crate::kv_cache::{HostLayer, LANES};

/// What a task looks at.
pub(super) struct Keys<'a> {
    pub layer: &'a HostLayer,
    pub blocks: &'a [Block],
    pub head: usize,
    pub heads: usize,
    pub head_size: usize,
}

/// Consecutive queries, each of `head_size` coordinates and scaled.
pub(super) struct Queries<'a> {
    pub vectors: &'a [f32],
    /// How many of them belong to the same token.
    pub per_token: usize,
    /// Position of the first one's token.
    pub position: usize,
}

/// Writes what each query sees to `out` `[queries, head_size]`.
#[allow(unsafe_code)]
pub(super) fn attend(keys: &Keys, queries: &Queries, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512vl") && has!("fma") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { attend_avx512(keys, queries, out) };
        }
        if has!("avx2") && has!("fma") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { attend_avx2(keys, queries, out) };
        }
    }
    // SAFETY: the sums are not wide.
    unsafe { attend_with::<{ cfg!(target_arch = "aarch64") }, false>(keys, queries, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,fma")]
#[allow(unsafe_code)]
fn attend_avx512(keys: &Keys, queries: &Queries, out: &mut [f32]) {
    // SAFETY: the function is compiled for AVX-512, so whoever calls it has it.
    unsafe { attend_with::<true, true>(keys, queries, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
fn attend_avx2(keys: &Keys, queries: &Queries, out: &mut [f32]) {
    // SAFETY: the sums are not wide.
    unsafe { attend_with::<true, false>(keys, queries, out) }
}

/// `FMA`: whether the processor multiplies and adds in one instruction. `WIDE`: whether its registers hold the sums of eight
/// queries, instead of four.
///
/// # Safety
///
/// Where it is `WIDE` the processor has AVX-512.
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn attend_with<const FMA: bool, const WIDE: bool>(keys: &Keys, queries: &Queries, out: &mut [f32]) {
    let size = keys.head_size;
    let count = queries.vectors.len() / size;
    let mut first = 0;
    while first < count {
        let (vectors, out) = (&queries.vectors[first * size..], &mut out[first * size..]);
        let positions = Positions { first, per_token: queries.per_token, start: queries.position };
        first += match count - first {
            1 => group::<1, FMA, WIDE>(keys, vectors, positions.next(), out),
            2 | 3 => group::<2, FMA, WIDE>(keys, vectors, positions.next(), out),
            8.. if WIDE => group::<8, FMA, WIDE>(keys, vectors, positions.next(), out),
            _ => group::<4, FMA, WIDE>(keys, vectors, positions.next(), out),
        };
    }
}

/// Where the queries from `first` on stand.
struct Positions {
    first: usize,
    per_token: usize,
    start: usize,
}

impl Positions {
    fn next<const Q: usize>(&self) -> [usize; Q] {
        std::array::from_fn(|q| self.start + (self.first + q) / self.per_token)
    }
}

/// The next `Q` queries; returns `Q`.
///
/// # Safety
///
/// As of [`attend_with`].
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn group<const Q: usize, const FMA: bool, const WIDE: bool>(
    keys: &Keys,
    vectors: &[f32],
    positions: [usize; Q],
    out: &mut [f32],
) -> usize {
    let (size, padded) = (keys.head_size, keys.layer.padded);
    let queries = (0..size).map(|at| std::array::from_fn(|q| vectors[q * size + at])).collect::<Vec<[f32; Q]>>();
    let mut mixed = vec![0.0; Q * padded];
    let (mut largest, mut sums) = ([f32::NEG_INFINITY; Q], [0.0; Q]);
    let seen = positions[Q - 1] + 1;
    for (index, block) in keys.blocks[..seen.div_ceil(BLOCK)].iter().enumerate() {
        let row = (block * keys.heads + keys.head) * BLOCK;
        let visible = (seen - index * BLOCK).min(BLOCK);
        let mut scores = scores::<Q, FMA, WIDE>(&queries, &keys.layer.keys[row * size..][..BLOCK * size]);
        let mut shrink = [1.0; Q];
        for q in 0..Q {
            // None for an early query of the group, where a block begins after it.
            let own = (positions[q] + 1).saturating_sub(index * BLOCK).min(BLOCK);
            shrink[q] = soften(&mut scores[q], own, &mut largest[q], &mut sums[q]);
        }
        let weights: [[f32; Q]; BLOCK] = std::array::from_fn(|key| std::array::from_fn(|q| scores[q][key]));
        let values = &keys.layer.values[row * padded..][..visible * padded];
        mix::<Q, FMA, WIDE>(&weights[..visible], values, padded, &shrink, &mut mixed);
    }
    for q in 0..Q {
        let (out, mixed) = (&mut out[q * size..][..size], &mixed[q * padded..][..size]);
        out.iter_mut().zip(mixed).for_each(|(out, mixed)| *out = mixed / sums[q]);
    }
    Q
}

/// Products of `Q` queries `[head_size][Q]` with the keys `[head_size, BLOCK]` of a block.
///
/// # Safety
///
/// As of [`attend_with`].
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn scores<const Q: usize, const FMA: bool, const WIDE: bool>(
    queries: &[[f32; Q]],
    keys: &[f32],
) -> [[f32; BLOCK]; Q] {
    let mut scores = [[0.0; BLOCK]; Q];
    for first in (0..BLOCK).step_by(LANES) {
        let sums = accumulate::<Q, FMA, WIDE>([[0.0; LANES]; Q], queries, &keys[first..], BLOCK);
        for q in 0..Q {
            scores[q][first..first + LANES].copy_from_slice(&sums[q]);
        }
    }
    scores
}

/// Turns the first `own` scores into weights relative to the largest score so far, and the others into 0. Returns by how
/// much the weights before have to shrink.
#[inline(always)]
fn soften(scores: &mut [f32; BLOCK], own: usize, largest: &mut f32, sum: &mut f32) -> f32 {
    if own == 0 {
        *scores = [0.0; BLOCK];
        return 1.0;
    }
    scores[own..].fill(f32::NEG_INFINITY);
    let before = *largest;
    *largest = scores.iter().copied().fold(before, f32::max);
    for score in scores.iter_mut() {
        *score = exp(*score - *largest);
    }
    scores[own..].fill(0.0);
    let shrink = if before == f32::NEG_INFINITY { 0.0 } else { exp(before - *largest) };
    *sum = *sum * shrink + scores.iter().sum::<f32>();
    shrink
}

/// Adds the values `[visible, padded]` of a block by their weights, after those before have shrunk.
///
/// # Safety
///
/// As of [`attend_with`].
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn mix<const Q: usize, const FMA: bool, const WIDE: bool>(
    weights: &[[f32; Q]],
    values: &[f32],
    padded: usize,
    shrink: &[f32; Q],
    mixed: &mut [f32],
) {
    for first in (0..padded).step_by(LANES) {
        let mut sums = [[0.0; LANES]; Q];
        for q in 0..Q {
            sums[q].copy_from_slice(&mixed[q * padded + first..][..LANES]);
            sums[q].iter_mut().for_each(|sum| *sum *= shrink[q]);
        }
        let sums = accumulate::<Q, FMA, WIDE>(sums, weights, &values[first..], padded);
        for q in 0..Q {
            mixed[q * padded + first..][..LANES].copy_from_slice(&sums[q]);
        }
    }
}

/// `sums[q] + factors[i][q] * rows[i * stride..][..LANES]`, over all `i`.
///
/// # Safety
///
/// As of [`attend_with`].
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn accumulate<const Q: usize, const FMA: bool, const WIDE: bool>(
    mut sums: [[f32; LANES]; Q],
    factors: &[[f32; Q]],
    rows: &[f32],
    stride: usize,
) -> [[f32; LANES]; Q] {
    #[cfg(target_arch = "x86_64")]
    if WIDE {
        return accumulate_wide(sums, factors, rows, stride);
    }
    for (factors, row) in factors.iter().zip(rows.chunks(stride)) {
        let Some(row) = row.first_chunk::<LANES>() else { break };
        for q in 0..Q {
            for lane in 0..LANES {
                sums[q][lane] = match FMA {
                    true => factors[q].mul_add(row[lane], sums[q][lane]),
                    false => factors[q] * row[lane] + sums[q][lane],
                };
            }
        }
    }
    sums
}

/// The same with one register for the sums of each query: left to itself, the compiler may put one lane of all queries into
/// a register, and gather and scatter what belongs together.
///
/// # Safety
///
/// The processor has AVX-512.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
#[allow(unsafe_code)]
unsafe fn accumulate_wide<const Q: usize>(
    mut sums: [[f32; LANES]; Q],
    factors: &[[f32; Q]],
    rows: &[f32],
    stride: usize,
) -> [[f32; LANES]; Q] {
    use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps};
    let mut registers = [_mm512_setzero_ps(); Q];
    for q in 0..Q {
        registers[q] = _mm512_loadu_ps(sums[q].as_ptr());
    }
    for (factors, row) in factors.iter().zip(rows.chunks(stride)) {
        let Some(row) = row.first_chunk::<LANES>() else { break };
        let row = _mm512_loadu_ps(row.as_ptr());
        for q in 0..Q {
            registers[q] = _mm512_fmadd_ps(_mm512_set1_ps(factors[q]), row, registers[q]);
        }
    }
    for q in 0..Q {
        _mm512_storeu_ps(sums[q].as_mut_ptr(), registers[q]);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(seed: u32) -> impl FnMut() -> f32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        }
    }

    /// The textbook's sum, in 64 bits, for one query that sees the keys up to its position.
    fn textbook(keys: &Keys, query: &[f32], position: usize) -> Vec<f64> {
        let (size, padded) = (keys.head_size, keys.layer.padded);
        let row = |at: usize| (keys.blocks[at / BLOCK] * keys.heads + keys.head) * BLOCK;
        let key = |at: usize, i: usize| f64::from(keys.layer.keys[row(at) * size + i * BLOCK + at % BLOCK]);
        let value = |at: usize, i: usize| f64::from(keys.layer.values[(row(at) + at % BLOCK) * padded + i]);
        let score = |at: usize| (0..size).map(|i| f64::from(query[i]) * key(at, i)).sum::<f64>().exp();
        let weights = (0..=position).map(score).collect::<Vec<_>>();
        let sum = weights.iter().sum::<f64>();
        (0..size).map(|i| weights.iter().zip(0..).map(|(w, at)| w / sum * value(at, i)).sum()).collect()
    }

    fn agrees(kernel: fn(&Keys, &Queries, &mut [f32]), size: usize, per_token: usize, tokens: usize, position: usize) {
        let (heads, blocks) = (2, [3, 0, 4, 1]);
        let padded = size.next_multiple_of(LANES);
        let mut random = random((size * 7 + tokens) as u32);
        let mut fill = |count: usize| (0..count).map(|_| random()).collect::<Vec<_>>();
        let layer =
            HostLayer { keys: fill(5 * heads * size * BLOCK), values: fill(5 * heads * BLOCK * padded), padded };
        let keys = Keys { layer: &layer, blocks: &blocks, head: 1, heads, head_size: size };
        let vectors = fill(per_token * tokens * size);
        let mut out = vec![0.0; vectors.len()];
        kernel(&keys, &Queries { vectors: &vectors, per_token, position }, &mut out);
        for (index, (query, out)) in vectors.chunks(size).zip(out.chunks(size)).enumerate() {
            let expected = textbook(&keys, query, position + index / per_token);
            let furthest = expected.iter().zip(out).map(|(a, b)| (a - f64::from(*b)).abs()).fold(0.0, f64::max);
            assert!(furthest < 2e-6, "{size} {per_token} {tokens} {position}, query {index}: {furthest}");
        }
    }

    /// What processors without AVX-512 run.
    #[allow(unsafe_code)]
    fn narrow<const FMA: bool>(keys: &Keys, queries: &Queries, out: &mut [f32]) {
        // SAFETY: the sums are not wide.
        unsafe { attend_with::<FMA, false>(keys, queries, out) }
    }

    #[test]
    fn every_query_sees_what_the_textbook_says() {
        for kernel in [attend, narrow::<false>, narrow::<true>] {
            for size in [8, 64, 80] {
                for (per_token, tokens, position) in
                    [(1, 1, 0), (1, 1, 100), (2, 1, 31), (3, 1, 32), (2, 33, 20), (7, 9, 90)]
                {
                    agrees(kernel, size, per_token, tokens, position);
                }
            }
        }
    }

    #[test]
    fn a_score_that_is_not_a_number_is_not_hidden() {
        let layer = HostLayer { keys: vec![f32::NAN; 16 * BLOCK], values: vec![1.0; 16 * BLOCK], padded: 16 };
        let keys = Keys { layer: &layer, blocks: &[0], head: 0, heads: 1, head_size: 16 };
        let mut out = vec![0.0; 16];
        attend(&keys, &Queries { vectors: &[1.0; 16], per_token: 1, position: 3 }, &mut out);
        assert!(out.iter().all(|x| x.is_nan()));
    }
}
