//! Rows of weights, sixteen side by side: a line holds four consecutive numbers of each.

use std::ops::Range;

use super::activations::{Part, PART};
use super::lanes::{Lanes, Line, LANES};

/// How many lines are asked of memory before they are needed, where they are read for the first time.
pub(super) const AHEAD: usize = 64;

/// How blocks of a row are stored, by GGUF and in tiles.
pub(super) trait Format {
    /// Numbers in a block.
    const BLOCK: usize;
    /// Bytes of a block in GGUF.
    const BYTES: usize;
    /// Lines of a block of all rows of a tile.
    const LINES: usize;
    /// What turns them into numbers.
    type Factors: Copy + Default + Send + Sync;

    /// Puts a block of GGUF into its lane.
    fn pack(block: &[u8], lane: usize, lines: &mut [Line], factors: &mut Self::Factors);

    /// The numbers of a lane.
    fn unpack(lines: &[Line], factors: &Self::Factors, lane: usize, numbers: &mut [f32]);

    /// Adds to `sums` the products of a block with the same part of each other row. `first`: whether the lines come from
    /// memory, which has to be asked for those that follow ([`AHEAD`]).
    ///
    /// # Safety
    ///
    /// The processor has what `L` needs.
    unsafe fn add<L: Lanes, const ROWS: usize>(
        lines: &[Line],
        factors: &Self::Factors,
        x: [&[Part]; ROWS],
        sums: [L::Floats; ROWS],
        first: bool,
    ) -> [L::Floats; ROWS];
}

/// Tile after tile, each block after block.
pub(super) struct Tiles<F: Format> {
    lines: Vec<Line>,
    factors: Vec<F::Factors>,
    rows: usize,
    /// Blocks of a row.
    blocks: usize,
}

/// What a thread multiplies at a time.
pub(super) struct Piece<'a> {
    pub tiles: Range<usize>,
    /// Whole rows.
    pub x: &'a [Part],
    /// How many rows `x` are.
    pub rows: usize,
    pub out: &'a mut [f32],
    /// From a tile to the next one in `out`.
    pub tile_step: usize,
    /// From a row of `x` to the next one in `out`.
    pub row_step: usize,
}

impl<F: Format> Tiles<F> {
    /// `data` are `rows` rows of whole blocks. The last tile is filled up with rows of zeros.
    pub(super) fn new(data: &[u8], rows: usize) -> Self {
        let blocks = data.len() / (F::BYTES * rows.max(1));
        let tiles = rows.div_ceil(LANES);
        let mut lines = vec![Line([0; 4 * LANES]); tiles * blocks * F::LINES];
        let mut factors = vec![F::Factors::default(); tiles * blocks];
        for (row, data) in data.chunks_exact(blocks * F::BYTES).enumerate() {
            let first = row / LANES * blocks;
            for (at, block) in (first..).zip(data.chunks_exact(F::BYTES)) {
                F::pack(block, row % LANES, &mut lines[at * F::LINES..][..F::LINES], &mut factors[at]);
            }
        }
        Self { lines, factors, rows, blocks }
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.lines) + size_of_val(&*self.factors)
    }

    /// The numbers of one row.
    pub(super) fn row(&self, row: usize, numbers: &mut [f32]) {
        let first = row / LANES * self.blocks;
        for (at, numbers) in (first..).zip(numbers.chunks_exact_mut(F::BLOCK)) {
            F::unpack(&self.lines[at * F::LINES..][..F::LINES], &self.factors[at], row % LANES, numbers);
        }
    }

    /// Products of each tile with each row.
    ///
    /// # Safety
    ///
    /// The processor has what `L` needs.
    #[inline(always)]
    pub(super) unsafe fn multiply<L: Lanes>(&self, piece: Piece) {
        for tile in piece.tiles.clone() {
            let to = &mut piece.out[(tile - piece.tiles.start) * piece.tile_step..];
            let mut row = 0;
            while row < piece.rows {
                let (x, step) = (piece.x, piece.row_step);
                row += match piece.rows - row {
                    8.. if L::ROWS >= 8 => self.group::<L, 8>(tile, x, row, to, step),
                    4.. if L::ROWS >= 4 => self.group::<L, 4>(tile, x, row, to, step),
                    2.. => self.group::<L, 2>(tile, x, row, to, step),
                    _ => self.group::<L, 1>(tile, x, row, to, step),
                };
            }
        }
    }

    /// The next `ROWS` rows; returns `ROWS`.
    #[inline(always)]
    unsafe fn group<L: Lanes, const ROWS: usize>(
        &self,
        tile: usize,
        x: &[Part],
        row: usize,
        out: &mut [f32],
        step: usize,
    ) -> usize {
        let parts = self.blocks * F::BLOCK / PART;
        let x: [_; ROWS] = std::array::from_fn(|i| &x[(row + i) * parts..][..parts]);
        let lines = self.lines[tile * self.blocks * F::LINES..].chunks_exact(F::LINES);
        let factors = &self.factors[tile * self.blocks..][..self.blocks];
        let mut sums = [L::floats(0.0); ROWS];
        for (block, (lines, factors)) in lines.zip(factors).enumerate() {
            if row == 0 {
                ahead(std::slice::from_ref(factors), AHEAD / F::LINES);
            }
            let mut part = x;
            for (part, x) in part.iter_mut().zip(x) {
                *part = &x[block * (F::BLOCK / PART)..][..F::BLOCK / PART];
            }
            sums = F::add::<L, ROWS>(lines, factors, part, sums, row == 0);
        }
        // The last tile may be filled up.
        let lanes = LANES.min(self.rows - tile * LANES);
        for (out, sums) in out[row * step..].chunks_mut(step).zip(sums) {
            out[..lanes].copy_from_slice(&L::array(sums)[..lanes]);
        }
        ROWS
    }
}

/// Asks memory for as many values as these, `distance` of them after the first.
#[inline(always)]
pub(super) unsafe fn ahead<T>(values: &[T], distance: usize) {
    #[cfg(target_arch = "x86_64")]
    for at in (0..size_of_val(values)).step_by(size_of::<Line>()) {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
        // Past the end it does nothing.
        _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().wrapping_add(distance).wrapping_byte_add(at).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, distance);
}
