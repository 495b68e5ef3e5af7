//! Products with quantised weights on the CPU.
//!
//! Weights keep their format and about their size, but lie in tiles of sixteen rows, of which a processor multiplies all at
//! once. The other side is rounded to 8 bits, with a scale for each 32 numbers. A row gives the same bits beside any
//! other rows, on any number of threads and on every processor: products of whole numbers are exact, and the rest is
//! rounded in one order.

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Result, Tensor};

use crate::host::{for_each, Floats};
use crate::threads::threads;

mod activations;
#[allow(unsafe_code)]
mod kernel;
#[allow(unsafe_code)]
mod lanes;
#[allow(unsafe_code)]
mod q4_k;
#[allow(unsafe_code)]
mod q6_k;
#[allow(unsafe_code)]
mod q8_0;
#[allow(unsafe_code)]
mod tiles;

use activations::{Part, PART};
use kernel::{best, Kernel, Task};
use lanes::{Lanes, LANES};
use q4_k::Q4K;
use q6_k::Q6K;
use q8_0::Q8_0;
use tiles::{Piece, Tiles};

/// Into how many pieces a product is cut for threads to take.
const PIECES: usize = 128;
/// Rows of which each thread gets its own, where there are enough of them: weights come from the cache after the first.
const MANY: usize = 64;
/// Rows that a thread rounds, or puts in order, at a time.
const ROWS: usize = 8;

/// A matrix `[rows, width]` of weights.
pub(crate) struct Weights {
    tiles: Format,
    rows: usize,
    width: usize,
}

enum Format {
    Q8_0(Tiles<Q8_0>),
    Q4K(Tiles<Q4K>),
    Q6K(Tiles<Q6K>),
}

/// Calls a method of the tiles, whatever their format.
macro_rules! tiles {
    ($format:expr, $tiles:ident => $call:expr) => {
        match $format {
            Format::Q8_0($tiles) => $call,
            Format::Q4K($tiles) => $call,
            Format::Q6K($tiles) => $call,
        }
    };
}

impl Weights {
    /// None for formats and processors that candle's own products serve better.
    pub(crate) fn of(tensor: &QTensor) -> Result<Option<Self>> {
        let (rows, width) = tensor.shape().dims2()?;
        if !cfg!(target_arch = "x86_64") || !tensor.device().is_cpu() || rows * width == 0 {
            return Ok(None);
        }
        let tiles = match tensor.dtype() {
            GgmlDType::Q8_0 => Format::Q8_0(Tiles::new(&tensor.data()?, rows)),
            GgmlDType::Q4K => Format::Q4K(Tiles::new(&tensor.data()?, rows)),
            GgmlDType::Q6K => Format::Q6K(Tiles::new(&tensor.data()?, rows)),
            _ => return Ok(None),
        };
        Ok(Some(Self { tiles, rows, width }))
    }

    /// That they take.
    pub(crate) fn bytes(&self) -> usize {
        tiles!(&self.tiles, tiles => tiles.bytes())
    }

    /// The rows with these indices, in 32 bit.
    pub(crate) fn lookup(&self, indices: &Tensor) -> Result<Tensor> {
        let indices = indices.to_vec1::<u32>()?;
        if let Some(index) = indices.iter().find(|index| **index as usize >= self.rows) {
            candle_core::bail!("there is no row {index} of {}", self.rows);
        }
        let mut numbers = vec![0.0; indices.len() * self.width];
        for (numbers, index) in numbers.chunks_exact_mut(self.width).zip(&indices) {
            tiles!(&self.tiles, tiles => tiles.row(*index as usize, numbers));
        }
        Tensor::from_vec(numbers, (indices.len(), self.width), &Device::Cpu)
    }

    /// `x` `[.., width]` to `[.., rows]`.
    pub(crate) fn product(&self, x: &Tensor) -> Result<Tensor> {
        let product = Self::products(&[self], x)?.pop();
        product.ok_or_else(|| candle_core::Error::Msg("a product is missing".into()))
    }

    /// The same for several that are as wide as `x`.
    pub(crate) fn products(all: &[&Self], x: &Tensor) -> Result<Vec<Tensor>> {
        let (rows, width) = x.dims2()?;
        if all.iter().any(|one| one.width != width) || rows == 0 {
            candle_core::bail!("{rows} rows of {width} numbers do not fit the weights");
        }
        let parts = rounded(&Floats::of(x)?, width, best());
        if rows >= MANY * threads() {
            return all.iter().map(|one| one.by_rows(&parts, rows, best())).collect();
        }
        let tiled = Self::by_tiles(all, &parts, rows, best());
        all.iter().zip(tiled).map(|(one, tiled)| one.in_rows(tiled, rows)).collect()
    }

    fn tiles(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// `[tiles, rows of x, LANES]` for each. Each thread multiplies some of the weights with all rows.
    fn by_tiles(all: &[&Self], x: &[Part], rows: usize, kernel: Kernel) -> Vec<Vec<f32>> {
        let tile_step = rows * LANES;
        let mut products = all.iter().map(|one| vec![0.0; one.tiles() * tile_step]).collect::<Vec<_>>();
        let tiles = all.iter().map(|one| one.tiles()).sum::<usize>();
        let size = tiles.div_ceil(PIECES);
        let pieces = all.iter().zip(&mut products).flat_map(|(weights, out)| {
            let firsts = (0..).step_by(size);
            firsts.zip(out.chunks_mut(size * tile_step)).map(move |(first, out)| {
                let tiles = first..first + out.len() / tile_step;
                Task::Multiply { weights, piece: Piece { tiles, x, rows, out, tile_step, row_step: LANES } }
            })
        });
        // A weight is read from memory, which takes as long as several operations, and multiplied with all rows.
        let work = tiles * LANES * (x.len() / rows) * PART * (8 + rows);
        for_each(pieces.collect(), work, kernel);
        products
    }

    /// `[rows of x, rows]`. Each thread multiplies all of the weights with some rows.
    fn by_rows(&self, x: &[Part], rows: usize, kernel: Kernel) -> Result<Tensor> {
        let (width, row_step) = (x.len() / rows, self.rows);
        let mut out = vec![0.0; rows * row_step];
        let pieces = x.chunks(MANY * width).zip(out.chunks_mut(MANY * row_step)).map(|(x, out)| {
            let (tiles, rows) = (0..self.tiles(), x.len() / width);
            Task::Multiply { weights: self, piece: Piece { tiles, x, rows, out, tile_step: LANES, row_step } }
        });
        for_each(pieces.collect(), rows * row_step * width * PART, kernel);
        Tensor::from_vec(out, (rows, self.rows), &Device::Cpu)
    }

    /// What tiles hold, as a tensor `[rows of x, rows]`.
    fn in_rows(&self, mut tiled: Vec<f32>, rows: usize) -> Result<Tensor> {
        if rows == 1 {
            tiled.truncate(self.rows);
            return Tensor::from_vec(tiled, (1, self.rows), &Device::Cpu);
        }
        let mut out = vec![0.0; rows * self.rows];
        let parts = out.chunks_mut(ROWS * self.rows).enumerate().collect();
        for_each(parts, rows * self.rows, |(part, out)| {
            for (row, out) in (part * ROWS..).zip(out.chunks_exact_mut(self.rows)) {
                for (tile, out) in out.chunks_mut(LANES).enumerate() {
                    out.copy_from_slice(&tiled[(tile * rows + row) * LANES..][..out.len()]);
                }
            }
        });
        Tensor::from_vec(out, (rows, self.rows), &Device::Cpu)
    }

    /// # Safety
    ///
    /// The processor has what `L` needs.
    #[inline(always)]
    #[allow(unsafe_code)]
    unsafe fn multiply<L: Lanes>(&self, piece: Piece) {
        tiles!(&self.tiles, tiles => tiles.multiply::<L>(piece));
    }
}

fn rounded(numbers: &[f32], width: usize, kernel: Kernel) -> Vec<Part> {
    let mut parts = vec![Part::default(); numbers.len() / PART];
    let rows = parts.chunks_mut(ROWS * width / PART).zip(numbers.chunks(ROWS * width)).collect();
    for_each(rows, numbers.len() * 4, |(parts, numbers)| kernel(Task::Round { numbers, parts }));
    parts
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
