//! Sixteen lanes in one register of 512 bits, or in two of 256.

use std::arch::x86_64::*;

use super::{Lanes, Line, LANES};

/// AVX-512 with BW and VNNI.
pub(in super::super) struct Avx512;

impl Lanes for Avx512 {
    type Bytes = __m512i;
    type Ints = __m512i;
    type Floats = __m512;

    const ROWS: usize = 8;

    #[inline(always)]
    unsafe fn bytes(line: &Line) -> __m512i {
        _mm512_load_si512(line.0.as_ptr().cast())
    }

    #[inline(always)]
    unsafe fn nibbles(bytes: __m512i) -> [__m512i; 2] {
        let mask = _mm512_set1_epi8(15);
        [_mm512_and_si512(bytes, mask), _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), mask)]
    }

    #[inline(always)]
    unsafe fn pairs(bytes: __m512i) -> [__m512i; 4] {
        let (left, less) = (_mm512_slli_epi16::<4>(bytes), _mm512_slli_epi16::<2>(bytes));
        let mask = _mm512_set1_epi8(0x30);
        let right = _mm512_srli_epi16::<2>(bytes);
        [
            _mm512_and_si512(left, mask),
            _mm512_and_si512(less, mask),
            _mm512_and_si512(bytes, mask),
            _mm512_and_si512(right, mask),
        ]
    }

    #[inline(always)]
    unsafe fn or(left: __m512i, right: __m512i) -> __m512i {
        _mm512_or_si512(left, right)
    }

    #[inline(always)]
    unsafe fn ints(x: i32) -> __m512i {
        _mm512_set1_epi32(x)
    }

    #[inline(always)]
    unsafe fn dot(sums: __m512i, bytes: __m512i, x: i32) -> __m512i {
        _mm512_dpbusd_epi32(sums, bytes, _mm512_set1_epi32(x))
    }

    #[inline(always)]
    unsafe fn wide(offset: i32) -> __m512i {
        _mm512_set1_epi32(offset)
    }

    #[inline(always)]
    unsafe fn dot_wide(sums: __m512i, bytes: __m512i, x: i32) -> __m512i {
        Self::dot(sums, bytes, x)
    }

    #[inline(always)]
    unsafe fn floats(x: f32) -> __m512 {
        _mm512_set1_ps(x)
    }

    #[inline(always)]
    unsafe fn converted(ints: __m512i) -> __m512 {
        _mm512_cvtepi32_ps(ints)
    }

    #[inline(always)]
    unsafe fn halves(bits: &[u16; LANES]) -> __m512 {
        _mm512_cvtph_ps(_mm256_loadu_si256(bits.as_ptr().cast()))
    }

    #[inline(always)]
    unsafe fn unsigned(bytes: &[u8; LANES]) -> __m512 {
        _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(bytes.as_ptr().cast())))
    }

    #[inline(always)]
    unsafe fn signed(bytes: &[i8; LANES]) -> __m512 {
        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(bytes.as_ptr().cast())))
    }

    #[inline(always)]
    unsafe fn mul(left: __m512, right: __m512) -> __m512 {
        _mm512_mul_ps(left, right)
    }

    #[inline(always)]
    unsafe fn mul_add(left: __m512, right: __m512, sum: __m512) -> __m512 {
        _mm512_fmadd_ps(left, right, sum)
    }

    #[inline(always)]
    unsafe fn array(floats: __m512) -> [f32; LANES] {
        let mut array = [0.0; LANES];
        _mm512_storeu_ps(array.as_mut_ptr(), floats);
        array
    }
}

/// AVX2 with FMA and F16C.
pub(in super::super) struct Avx2;

impl Avx2 {
    #[inline(always)]
    unsafe fn and(bytes: [__m256i; 2], mask: __m256i) -> [__m256i; 2] {
        [_mm256_and_si256(bytes[0], mask), _mm256_and_si256(bytes[1], mask)]
    }

    /// Pairs of products of unsigned with signed bytes fit 16 bits, where one side stays within 7 bits and the other
    /// within 128; then pairs of those.
    #[inline(always)]
    unsafe fn add_products(sums: __m256i, unsigned: __m256i, signed: __m256i) -> __m256i {
        let pairs = _mm256_maddubs_epi16(unsigned, signed);
        _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
    }

    /// There is no product of two signed bytes: the weight gives its sign to the other.
    #[inline(always)]
    unsafe fn add_wide(sums: __m256i, bytes: __m256i, x: __m256i) -> __m256i {
        let weights = _mm256_xor_si256(bytes, _mm256_set1_epi8(i8::MIN));
        Self::add_products(sums, _mm256_abs_epi8(weights), _mm256_sign_epi8(x, weights))
    }
}

impl Lanes for Avx2 {
    type Bytes = [__m256i; 2];
    type Ints = [__m256i; 2];
    type Floats = [__m256; 2];

    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn bytes(line: &Line) -> [__m256i; 2] {
        let start = line.0.as_ptr().cast::<__m256i>();
        [_mm256_load_si256(start), _mm256_load_si256(start.add(1))]
    }

    #[inline(always)]
    unsafe fn nibbles(bytes: [__m256i; 2]) -> [[__m256i; 2]; 2] {
        let mask = _mm256_set1_epi8(15);
        let high = [_mm256_srli_epi16::<4>(bytes[0]), _mm256_srli_epi16::<4>(bytes[1])];
        [Self::and(bytes, mask), Self::and(high, mask)]
    }

    #[inline(always)]
    unsafe fn pairs(bytes: [__m256i; 2]) -> [[__m256i; 2]; 4] {
        let mask = _mm256_set1_epi8(0x30);
        let left = [_mm256_slli_epi16::<4>(bytes[0]), _mm256_slli_epi16::<4>(bytes[1])];
        let less = [_mm256_slli_epi16::<2>(bytes[0]), _mm256_slli_epi16::<2>(bytes[1])];
        let right = [_mm256_srli_epi16::<2>(bytes[0]), _mm256_srli_epi16::<2>(bytes[1])];
        [Self::and(left, mask), Self::and(less, mask), Self::and(bytes, mask), Self::and(right, mask)]
    }

    #[inline(always)]
    unsafe fn or(left: [__m256i; 2], right: [__m256i; 2]) -> [__m256i; 2] {
        [_mm256_or_si256(left[0], right[0]), _mm256_or_si256(left[1], right[1])]
    }

    #[inline(always)]
    unsafe fn ints(x: i32) -> [__m256i; 2] {
        [_mm256_set1_epi32(x); 2]
    }

    #[inline(always)]
    unsafe fn dot(sums: [__m256i; 2], bytes: [__m256i; 2], x: i32) -> [__m256i; 2] {
        let x = _mm256_set1_epi32(x);
        [Self::add_products(sums[0], bytes[0], x), Self::add_products(sums[1], bytes[1], x)]
    }

    #[inline(always)]
    unsafe fn wide(_offset: i32) -> [__m256i; 2] {
        [_mm256_setzero_si256(); 2]
    }

    #[inline(always)]
    unsafe fn dot_wide(sums: [__m256i; 2], bytes: [__m256i; 2], x: i32) -> [__m256i; 2] {
        let x = _mm256_set1_epi32(x);
        [Self::add_wide(sums[0], bytes[0], x), Self::add_wide(sums[1], bytes[1], x)]
    }

    #[inline(always)]
    unsafe fn floats(x: f32) -> [__m256; 2] {
        [_mm256_set1_ps(x); 2]
    }

    #[inline(always)]
    unsafe fn converted(ints: [__m256i; 2]) -> [__m256; 2] {
        [_mm256_cvtepi32_ps(ints[0]), _mm256_cvtepi32_ps(ints[1])]
    }

    #[inline(always)]
    unsafe fn halves(bits: &[u16; LANES]) -> [__m256; 2] {
        let start = bits.as_ptr().cast::<__m128i>();
        [_mm256_cvtph_ps(_mm_loadu_si128(start)), _mm256_cvtph_ps(_mm_loadu_si128(start.add(1)))]
    }

    #[inline(always)]
    unsafe fn unsigned(bytes: &[u8; LANES]) -> [__m256; 2] {
        let all = _mm_loadu_si128(bytes.as_ptr().cast());
        let upper = _mm_unpackhi_epi64(all, all);
        Self::converted([_mm256_cvtepu8_epi32(all), _mm256_cvtepu8_epi32(upper)])
    }

    #[inline(always)]
    unsafe fn signed(bytes: &[i8; LANES]) -> [__m256; 2] {
        let all = _mm_loadu_si128(bytes.as_ptr().cast());
        let upper = _mm_unpackhi_epi64(all, all);
        Self::converted([_mm256_cvtepi8_epi32(all), _mm256_cvtepi8_epi32(upper)])
    }

    #[inline(always)]
    unsafe fn mul(left: [__m256; 2], right: [__m256; 2]) -> [__m256; 2] {
        [_mm256_mul_ps(left[0], right[0]), _mm256_mul_ps(left[1], right[1])]
    }

    #[inline(always)]
    unsafe fn mul_add(left: [__m256; 2], right: [__m256; 2], sum: [__m256; 2]) -> [__m256; 2] {
        [_mm256_fmadd_ps(left[0], right[0], sum[0]), _mm256_fmadd_ps(left[1], right[1], sum[1])]
    }

    #[inline(always)]
    unsafe fn array(floats: [__m256; 2]) -> [f32; LANES] {
        let mut array = [0.0; LANES];
        _mm256_storeu_ps(array.as_mut_ptr(), floats[0]);
        _mm256_storeu_ps(array.as_mut_ptr().add(8), floats[1]);
        array
    }
}
