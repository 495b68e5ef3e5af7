//! Kernels against each other, against the exact product, and against candle's.

use super::kernel::{all, plain};
use super::*;
use candle_core::quantized::QMatMul;
use candle_core::Module;
use proptest::prelude::*;

const FORMATS: [GgmlDType; 3] = [GgmlDType::Q8_0, GgmlDType::Q4K, GgmlDType::Q6K];

fn random(rows: usize, width: usize) -> Tensor {
    Tensor::randn(0f32, 1.0, (rows, width), &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Bytes of any kind as blocks, but for their factors of 16 bits, which stay small numbers.
fn blocks(format: GgmlDType, rows: usize, width: usize, seed: u32) -> QTensor {
    let mut state = seed;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let size = format.type_size();
    let mut data = (0..rows * width / format.block_size() * size).map(|_| byte()).collect::<Vec<_>>();
    let halves: &[usize] = match format {
        GgmlDType::Q8_0 => &[1],
        GgmlDType::Q4K => &[1, 3],
        _ => &[209],
    };
    for block in data.chunks_mut(size) {
        // Positive or negative, from 2^-15 to 2^-8.
        halves.iter().for_each(|at| block[*at] &= 0x9f);
    }
    let storage = candle_core::quantized::QStorage::from_data(data.into(), &Device::Cpu, format).unwrap();
    QTensor::new(storage, (rows, width)).unwrap()
}

/// `[rows of x, rows]`, in 64 bits, of the numbers that the two sides stand for; and the sums of the sizes of what is added.
fn exact(weights: &[f32], x: &[Part], width: usize) -> Vec<(f64, f64)> {
    let x = x.iter().flat_map(|part| {
        let bytes = part.values.into_iter().flat_map(i32::to_le_bytes);
        bytes.map(|byte| f64::from(byte as i8) * f64::from(part.scale))
    });
    let x = x.collect::<Vec<_>>();
    let pairs = x.chunks(width).flat_map(|x| weights.chunks(width).map(move |weights| (x, weights)));
    let add = |(sum, size), (x, weight): (&f64, &f32)| {
        let product = x * f64::from(*weight);
        (sum + product, size + product.abs())
    };
    pairs.map(|(x, weights)| x.iter().zip(weights).fold((0.0, 0.0), add)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kernel_gives_the_same_bits_and_they_are_the_exact_product(
        format in prop::sample::select(&FORMATS[..]),
        (rows, blocks_of_a_row, rows_of_x) in (1..70usize, 1..5usize, 1..22usize),
        seed in any::<u32>(),
    ) {
        let width = blocks_of_a_row * format.block_size();
        let stored = blocks(format, rows, width, seed);
        let weights = Weights::of(&stored).unwrap().unwrap();
        let numbers_of_x = numbers(&random(rows_of_x, width));
            let x = rounded(&numbers_of_x, width, plain);
        let dense = numbers(&stored.dequantize(&Device::Cpu).unwrap());
        let exact = exact(&dense, &x, width);
        let plainly = Weights::by_tiles(&[&weights], &x, rows_of_x, plain);
        for kernel in all() {
                prop_assert!(rounded(&numbers_of_x, width, kernel) == x);
            let tiled = Weights::by_tiles(&[&weights], &x, rows_of_x, kernel);
            prop_assert_eq!(&tiled, &plainly);
        }
        let product = numbers(&weights.in_rows(plainly[0].clone(), rows_of_x).unwrap());
        prop_assert_eq!(product.len(), exact.len());
        for (ours, (sum, size)) in product.iter().zip(exact) {
            // Leasts and scales of 4 bits are added up apart, and are larger than what they come to.
            prop_assert!((f64::from(*ours) - sum).abs() <= 2e-6 * size + 1e-9, "{ours} {sum} {size}");
        }
    }

    #[test]
    fn rows_that_are_looked_up_are_those_of_the_file(
        format in prop::sample::select(&FORMATS[..]), rows in 1..40usize, seed in any::<u32>(),
    ) {
        let stored = blocks(format, rows, 2 * format.block_size(), seed);
        let indices = Tensor::new((0..rows as u32).rev().collect::<Vec<_>>(), &Device::Cpu).unwrap();
        let ours = Weights::of(&stored).unwrap().unwrap().lookup(&indices).unwrap();
        prop_assert_eq!(numbers(&ours), numbers(&stored.embedding(&indices).unwrap()));
    }

    #[test]
    fn a_row_gives_the_same_bits_beside_any_others(
        format in prop::sample::select(&FORMATS[..]), rows in 1..40usize, rows_of_x in 2..20usize,
    ) {
        let weights = QTensor::quantize(&random(rows, 512), format).unwrap();
        let other = QTensor::quantize(&random(7, 512), GgmlDType::Q8_0).unwrap();
        let [weights, other] = [weights, other].map(|tensor| Weights::of(&tensor).unwrap().unwrap());
        let x = random(rows_of_x, 512);
        let together = Weights::products(&[&other, &weights], &x).unwrap();
        for row in 0..rows_of_x {
            let alone = weights.product(&x.narrow(0, row, 1).unwrap()).unwrap();
            prop_assert_eq!(numbers(&alone), numbers(&together[1].narrow(0, row, 1).unwrap()));
        }
    }
}

#[test]
fn many_rows_give_the_same_bits_as_few() {
    for format in FORMATS {
        let weights = Weights::of(&QTensor::quantize(&random(50, 256), format).unwrap()).unwrap().unwrap();
        let (rows, x) = (2 * MANY + 3, random(2 * MANY + 3, 256));
        let parts = rounded(&numbers(&x), 256, best());
        let tiled = Weights::by_tiles(&[&weights], &parts, rows, best()).remove(0);
        let apart = weights.by_rows(&parts, rows, best()).unwrap();
        assert_eq!(numbers(&weights.in_rows(tiled, rows).unwrap()), numbers(&apart));
        assert_eq!(numbers(&weights.product(&x).unwrap()), numbers(&apart));
    }
}

#[test]
fn products_are_candles_within_what_rounding_to_8_bits_costs() {
    for format in FORMATS {
        let (stored, x) = (QTensor::quantize(&random(300, 768), format).unwrap(), random(9, 768));
        let ours = Weights::of(&stored).unwrap().unwrap().product(&x).unwrap();
        let dense = stored.dequantize(&Device::Cpu).unwrap();
        let theirs = QMatMul::from_qtensor(stored).unwrap().forward(&x).unwrap();
        let exact = x.matmul(&dense.t().unwrap()).unwrap();
        let far = |product: &Tensor| {
            let squares = (product - &exact).unwrap().sqr().unwrap().mean_all().unwrap();
            (squares.to_scalar::<f32>().unwrap() / 768.0).sqrt()
        };
        // Of a product's own size. Candle has one scale for 256 numbers.
        assert!(far(&ours) < 0.008 && far(&ours) < 1.1 * far(&theirs), "{format:?} {} {}", far(&ours), far(&theirs));
    }
}

#[test]
fn a_number_that_is_none_is_not_hidden() {
    let weights = QTensor::quantize(&random(20, 256), GgmlDType::Q8_0).unwrap();
    let mut x = numbers(&random(1, 256));
    x[100] = f32::NAN;
    let x = Tensor::from_vec(x, (1, 256), &Device::Cpu).unwrap();
    let product = Weights::of(&weights).unwrap().unwrap().product(&x).unwrap();
    assert!(numbers(&product).iter().all(|x| x.is_nan()));
}

#[test]
fn what_does_not_fit_is_refused_and_what_candle_does_better_is_left_to_it() {
    let weights = Weights::of(&QTensor::quantize(&random(20, 256), GgmlDType::Q8_0).unwrap()).unwrap().unwrap();
    assert!(weights.product(&random(1, 288)).is_err());
    assert!(weights.lookup(&Tensor::new(&[20u32], &Device::Cpu).unwrap()).is_err());
    let other = QTensor::quantize(&random(20, 256), GgmlDType::Q5_0).unwrap();
    assert!(Weights::of(&other).unwrap().is_none());
}
