//! The same work, compiled for what processors have.

use std::sync::LazyLock;

use super::activations::{quantise, Part};
use super::lanes::{Lanes, Plain};
use super::tiles::Piece;
use super::Weights;

/// What a thread does at a time.
pub(super) enum Task<'a> {
    /// Rounds whole rows.
    Round {
        numbers: &'a [f32],
        parts: &'a mut [Part],
    },
    Multiply {
        weights: &'a Weights,
        piece: Piece<'a>,
    },
}

pub(super) type Kernel = fn(Task);

/// The fastest that this processor has.
pub(super) fn best() -> Kernel {
    static BEST: LazyLock<Kernel> = LazyLock::new(|| all().pop().unwrap_or(plain));
    *BEST
}

/// All that this processor has, the fastest last.
pub(super) fn all() -> Vec<Kernel> {
    let mut kernels: Vec<Kernel> = vec![plain];
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("fma") && has!("f16c") {
            // SAFETY: the processor has what the function is compiled for.
            kernels.push(|task| unsafe { avx2(task) });
        }
        if has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vnni") && has!("fma") {
            // SAFETY: the processor has what the function is compiled for.
            kernels.push(|task| unsafe { avx512(task) });
        }
    }
    kernels
}

/// # Safety
///
/// The processor has what `L` needs.
#[inline(always)]
unsafe fn run<L: Lanes>(task: Task) {
    match task {
        Task::Round { numbers, parts } => quantise(numbers, parts),
        Task::Multiply { weights, piece } => weights.multiply::<L>(piece),
    }
}

pub(super) fn plain(task: Task) {
    // SAFETY: every processor has what it needs.
    unsafe { run::<Plain>(task) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn avx2(task: Task) {
    // SAFETY: the function is compiled for all that the lanes need, so whoever calls it has it.
    unsafe { run::<super::lanes::Avx2>(task) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,fma")]
fn avx512(task: Task) {
    // SAFETY: the function is compiled for all that the lanes need, so whoever calls it has it.
    unsafe { run::<super::lanes::Avx512>(task) }
}
