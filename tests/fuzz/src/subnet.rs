//! How bytes become a subnet: mostly one that fits together, with values at the edges, now and then one that does not.

use arbitrary::{Result, Unstructured};
use yuma::{Input, Params, Rows};

const MOST_NEURONS: usize = 20;
const EDGES: [u64; 8] = [0, 1, 999_999, 1_000_000, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX];
const RATIO_EDGES: [u16; 8] = [0, 1, 2, 32_767, 32_768, 32_769, 65_534, 65_535];

/// A subnet of up to [`MOST_NEURONS`]; bytes that are missing count as zeros.
pub fn subnet(bytes: &mut Unstructured) -> Result<(Input, Params)> {
    let damage = bytes.arbitrary()?;
    let neurons = bytes.int_in_range(0..=MOST_NEURONS)?;
    let params = params(bytes)?;
    let mut input = input(bytes, neurons)?;
    damage_one_list(&mut input, damage);
    Ok((input, params))
}

fn params(bytes: &mut Unstructured) -> Result<Params> {
    Ok(Params {
        yuma3: bytes.arbitrary()?,
        liquid_alpha: bytes.arbitrary()?,
        tempo: ratio(bytes)?,
        activity_cutoff: number(bytes)?,
        kappa: ratio(bytes)?,
        bonds_penalty: ratio(bytes)?,
        bonds_moving_average: number(bytes)?,
        alpha_low: ratio(bytes)?,
        alpha_high: ratio(bytes)?,
        alpha_sigmoid_steepness: bytes.arbitrary()?,
        max_allowed_validators: ratio(bytes)?,
        stake_threshold: number(bytes)?,
        tao_weight: number(bytes)?,
    })
}

fn input(bytes: &mut Unstructured, n: usize) -> Result<Input> {
    Ok(Input {
        current_block: number(bytes)?,
        last_step_block: number(bytes)?,
        owner_uid: maybe(bytes, |bytes| bytes.int_in_range(0..=n as u16))?,
        emission: number(bytes)?,
        alpha_stake: list(bytes, n, number)?,
        tao_stake: list(bytes, n, number)?,
        last_update: list(bytes, n, number)?,
        block_at_registration: list(bytes, n, number)?,
        commit_block: maybe(bytes, |bytes| list(bytes, n, |bytes| maybe(bytes, number)))?,
        validator_permit: list(bytes, n, |bytes| bytes.arbitrary())?,
        weights: rows(bytes, n)?,
        bonds: rows(bytes, n)?,
    })
}

fn list<T>(
    bytes: &mut Unstructured,
    length: usize,
    element: impl Fn(&mut Unstructured) -> Result<T>,
) -> Result<Vec<T>> {
    (0..length).map(|_| element(bytes)).collect()
}

fn maybe<T>(bytes: &mut Unstructured, value: impl Fn(&mut Unstructured) -> Result<T>) -> Result<Option<T>> {
    bytes.arbitrary::<bool>()?.then(|| value(bytes)).transpose()
}

/// Any number, mostly one that others are close to.
fn number(bytes: &mut Unstructured) -> Result<u64> {
    Ok(match bytes.int_in_range(0..=7)? {
        0..=2 => bytes.arbitrary::<u8>()?.into(),
        3 | 4 => 1_000 + u64::from(bytes.arbitrary::<u8>()?),
        5 => *bytes.choose(&EDGES)?,
        _ => bytes.arbitrary()?,
    })
}

fn ratio(bytes: &mut Unstructured) -> Result<u16> {
    Ok(match bytes.int_in_range(0..=3)? {
        0 => *bytes.choose(&RATIO_EDGES)?,
        1 => bytes.arbitrary::<u8>()?.into(),
        _ => bytes.arbitrary()?,
    })
}

fn rows(bytes: &mut Unstructured, n: usize) -> Result<Rows> {
    list(bytes, n, |bytes| {
        let length = bytes.int_in_range(0..=n + 1)?;
        let mut uid = u16::MAX;
        (0..length)
            .map(|_| {
                uid = next_uid(bytes, uid)?;
                Ok((uid, ratio(bytes)?))
            })
            .collect()
    })
}

/// Mostly the uid after `uid`, so that rows are sorted; now and then the same once more, or any.
fn next_uid(bytes: &mut Unstructured, uid: u16) -> Result<u16> {
    Ok(match bytes.arbitrary()? {
        0..=191u8 => uid.wrapping_add(1),
        192..=253 => uid.wrapping_add(2),
        254 => uid,
        255 => bytes.arbitrary()?,
    })
}

/// Takes the last element from the list that `which` counts, if it counts any.
fn damage_one_list(input: &mut Input, which: u8) {
    match which {
        1 => drop(input.alpha_stake.pop()),
        2 => drop(input.tao_stake.pop()),
        3 => drop(input.last_update.pop()),
        4 => drop(input.block_at_registration.pop()),
        5 => drop(input.commit_block.as_mut().map(Vec::pop)),
        6 => drop(input.validator_permit.pop()),
        7 => drop(input.weights.pop()),
        8 => drop(input.bonds.pop()),
        _ => (),
    }
}
