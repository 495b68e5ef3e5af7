//! Measures what the check of vectors lets pass, honest and not, and how fast they are made; renews docs/embed.md.
//!
//! `make verification`, or `cargo run --release -p subnet-embed --example thresholds`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::sync::Arc;
use std::time::Instant;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_embed::adversary::{coarsen, Cheat, Cheater, Coarse};
use subnet_embed::random::{write, Scale, Shape};
use subnet_embed::{cosine, verify, EmbedAnswer, EmbedChallenge, EmbedSolver, EmbedSubnet, Encoder, Vector, MAX_TEXTS};

const PAGE: &str = "docs/embed.md";
const ANSWERS: u8 = 20;
const REPEATS: usize = 5;
const TOGETHER: usize = 4;
const SHAPES: [Shape; 4] = [
    Shape { hidden: 64, layers: 2, scale: Scale::Columns },
    Shape { hidden: 64, layers: 2, scale: Scale::Start },
    Shape { hidden: 256, layers: 6, scale: Scale::Columns },
    Shape { hidden: 256, layers: 6, scale: Scale::Start },
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut columns = Vec::new();
    for shape in SHAPES {
        columns.push(Column::measure(shape).await?);
    }
    renew("passing", &passing(&columns)?)?;
    renew("speed", &speed(&columns)?)
}

/// How the vectors of a row come about.
enum Source {
    /// By the validator's model.
    Honest,
    /// The same, one text at a time.
    Alone,
    Other(Arc<Encoder>),
    Cheat(Cheat),
}

/// All that is measured of one model.
struct Column {
    shape: Shape,
    /// Name, how many answers passed, and how far they are off.
    rows: Vec<(String, usize, f64)>,
    /// Texts per second with one challenge at a time, and with several.
    speed: [f64; 2],
}

impl Column {
    async fn measure(shape: Shape) -> Result<Self> {
        let right = model(1, shape, None)?;
        let rounds = (0..ANSWERS).map(|seed| Round::draw(&right, Seed([seed; 32]))).collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        for (name, source) in sources(shape)? {
            let row = row(&right, &rounds, &source).await?;
            eprintln!("{shape:?} {name}: {row:?}");
            rows.push((name, row.0, row.1));
        }
        let speed = [1, TOGETHER].map(|together| texts_per_second(&right, together));
        Ok(Self { shape, rows, speed })
    }

    fn title(&self) -> String {
        let start = if self.shape.scale == Scale::Start { ", as training starts" } else { "" };
        format!("{} wide, {} layers{start}", self.shape.hidden, self.shape.layers)
    }
}

fn sources(shape: Shape) -> Result<Vec<(String, Source)>> {
    let coarse = |coarse| model(1, shape, Some(coarse)).map(Source::Other);
    let shorter = Shape { layers: shape.layers - 1, ..shape };
    let mut sources = vec![
        ("32 bit".into(), Source::Honest),
        ("32 bit, one text at a time".into(), Source::Alone),
        ("weights 0.0001 % off (a stand-in for other rounding)".into(), coarse(Coarse::Off(1e-6))?),
        ("weights as 16-bit floats".into(), coarse(Coarse::Float16)?),
        ("weights in bfloat16".into(), coarse(Coarse::BFloat16)?),
        ("weights in 8 bit (q8_0)".into(), coarse(Coarse::Q8_0)?),
        ("weights in 4 bit (q4_0)".into(), coarse(Coarse::Q4_0)?),
        ("without its last layer".into(), Source::Other(model(1, shorter, None)?)),
        ("other weights".into(), Source::Other(model(2, shape, None)?)),
    ];
    let cheats = Cheat::ALL.into_iter().filter(|cheat| *cheat != Cheat::OtherModel);
    sources.extend(cheats.map(|cheat| (format!("`{cheat:?}`"), Source::Cheat(cheat))));
    Ok(sources)
}

fn model(seed: u8, shape: Shape, coarse: Option<Coarse>) -> Result<Arc<Encoder>> {
    let folder = tempfile::tempdir()?;
    write(folder.path(), Seed([seed; 32]), shape)?;
    if let Some(coarse) = coarse {
        coarsen(folder.path(), coarse)?;
    }
    Ok(Arc::new(Encoder::load(folder.path(), None)?))
}

/// A challenge, and what the right model makes of its texts.
struct Round {
    challenge: EmbedChallenge,
    key: Seed,
    own: Vec<Vec<f32>>,
}

impl Round {
    fn draw(right: &Arc<Encoder>, seed: Seed) -> Result<Self> {
        let (challenge, key) = EmbedSubnet::new(right.clone()).challenge(seed)?;
        let own = right.encode(&challenge.salted(&miner()))?;
        Ok(Self { challenge, key, own })
    }
}

/// How many answers pass, and the largest distance of a text in each: of honest answers the largest, of others the smallest.
async fn row(right: &Arc<Encoder>, rounds: &[Round], source: &Source) -> Result<(usize, f64)> {
    let (mut passed, mut distances) = (0, Vec::new());
    for Round { challenge, key, own } in rounds {
        let answer = answer(right, source, challenge).await?;
        passed += usize::from(verify(right, &miner(), challenge, &answer, key.draw())?.is_none());
        let distance = own.iter().zip(&answer.vectors).map(|(own, Vector(given))| 1.0 - cosine(own, given));
        distances.push(distance.fold(0.0, f64::max));
    }
    let honest = matches!(source, Source::Honest | Source::Alone);
    let extreme = if honest { f64::max } else { f64::min };
    Ok((passed, distances.into_iter().reduce(extreme).unwrap_or_default()))
}

async fn answer(right: &Arc<Encoder>, source: &Source, challenge: &EmbedChallenge) -> Result<EmbedAnswer> {
    let (miner, model) = (miner(), right.id().to_owned());
    Ok(match source {
        Source::Honest => EmbedSolver::new(right.clone()).solve(&miner, challenge.clone()).await?,
        Source::Alone => {
            let one = |text: &String| right.encode(std::slice::from_ref(text)).map(|vectors| Vector(vectors.concat()));
            let vectors = challenge.salted(&miner).iter().map(one).collect::<std::result::Result<_, _>>()?;
            EmbedAnswer { model, vectors }
        }
        Source::Other(other) => cheat(Cheat::OtherModel, other, right, challenge).await?,
        Source::Cheat(way) => cheat(*way, right, right, challenge).await?,
    })
}

async fn cheat(way: Cheat, encoder: &Arc<Encoder>, right: &Encoder, challenge: &EmbedChallenge) -> Result<EmbedAnswer> {
    let cheater = Cheater::new(way, encoder.clone(), right, [5; 32].into());
    Ok(cheater.solve(&miner(), challenge.clone()).await?)
}

fn miner() -> AccountId {
    [4; 32].into()
}

/// The median of several goes, with so many challenges at the same time.
fn texts_per_second(encoder: &Encoder, together: usize) -> f64 {
    let texts: Vec<_> = (0..MAX_TEXTS).map(|n| format!("the quiet river follows a wooden bridge {n} again")).collect();
    let mut speeds: Vec<_> = (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                (0..together).for_each(|_| drop(scope.spawn(|| encoder.encode(&texts))));
            });
            (together * MAX_TEXTS) as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds[REPEATS / 2]
}

fn passing(columns: &[Column]) -> Result<String> {
    let mut table = String::from("| vectors |");
    columns.iter().for_each(|column| table.extend([" ", &column.title(), " |"]));
    table.push_str("\n| --- |");
    table.push_str(&" --- |".repeat(columns.len()));
    for (n, (name, ..)) in columns[0].rows.iter().enumerate() {
        write!(table, "\n| {name} |")?;
        for column in columns {
            let (_, passed, distance) = &column.rows[n];
            write!(table, " {passed}: {distance:.1e} |")?;
        }
    }
    Ok(table)
}

fn speed(columns: &[Column]) -> Result<String> {
    let mut table = String::from("| model | one challenge at a time | four | gain |\n| --- | --- | --- | --- |");
    for column in columns.iter().filter(|column| column.shape.scale == Scale::Columns) {
        let [one, four] = column.speed;
        write!(table, "\n| {} | {one:.0} texts/s | {four:.0} texts/s | {:.2} |", column.title(), four / one)?;
    }
    Ok(table)
}

/// Puts `table` between the page's markers of this name, and prints it.
fn renew(name: &str, table: &str) -> Result<()> {
    println!("{table}\n");
    let page = fs::read_to_string(PAGE)?;
    let [begin, end] = ["begin", "end"].map(|side| format!("<!-- {side} {name} -->\n"));
    let (before, rest) = page.split_once(&begin).ok_or("docs/embed.md lacks a marker")?;
    let (_, after) = rest.split_once(&end).ok_or("docs/embed.md lacks a marker")?;
    Ok(fs::write(PAGE, format!("{before}{begin}{table}\n{end}{after}"))?)
}
