//! Measures what the check of vectors lets pass, honest and not, and how fast they are made, with models of random weights
//! and those in the folders that are named; renews docs/embed.md.
//!
//! `make verification`, or `cargo run --release -p subnet-embed --example thresholds -- [MODEL …]`.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use subnet::{AccountId, Seed, Solver, Subnet};
use subnet_embed::adversary::{coarsen, Cheat, Cheater, Coarse};
use subnet_embed::random::{write, Scale, Shape};
use subnet_embed::{cosine, verify, EmbedAnswer, EmbedChallenge, EmbedSolver, EmbedSubnet, Encoder, Vector};

const PAGE: &str = "docs/embed.md";
const ANSWERS: u8 = 20;
const REPEATS: usize = 5;
const TOGETHER: usize = 4;
const RANDOM: [(&str, Scale); 2] = [("random", Scale::Columns), ("as training starts", Scale::Start)];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut models = Vec::new();
    for (name, scale) in RANDOM {
        let (folder, shape) = (home.path().join(name), Shape { scale, ..Shape::default() });
        fs::create_dir(&folder)?;
        write(&folder, Seed([1; 32]), shape)?;
        models.push(Model { title: format!("{} wide, {} layers, {name}", shape.hidden, shape.layers), folder });
    }
    for folder in std::env::args().skip(1).map(PathBuf::from) {
        let title = folder.file_name().ok_or("a folder has a name")?.to_string_lossy().into_owned();
        models.push(Model { title, folder });
    }
    let mut columns = Vec::new();
    for model in models {
        columns.push(Column::measure(model).await?);
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

/// A folder that an [`Encoder`] reads.
struct Model {
    title: String,
    folder: PathBuf,
}

impl Model {
    fn load(&self) -> Result<Arc<Encoder>> {
        Ok(Arc::new(Encoder::load(&self.folder, None)?))
    }

    /// The same, changed.
    fn but(&self, change: impl FnOnce(&Path) -> Result<()>) -> Result<Source> {
        let folder = tempfile::tempdir()?;
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            fs::copy(self.folder.join(name), folder.path().join(name))?;
        }
        let pooling = "1_Pooling/config.json";
        if self.folder.join(pooling).exists() {
            fs::create_dir(folder.path().join("1_Pooling"))?;
            fs::copy(self.folder.join(pooling), folder.path().join(pooling))?;
        }
        change(folder.path())?;
        Ok(Source::Other(Arc::new(Encoder::load(folder.path(), None)?)))
    }

    fn sources(&self) -> Result<Vec<(String, Source)>> {
        let coarse = |coarse| self.but(|folder| Ok(coarsen(folder, coarse)?));
        let mut sources = vec![
            ("32 bit".into(), Source::Honest),
            ("32 bit, one text at a time".into(), Source::Alone),
            ("weights 0.0001 % off (a stand-in for other rounding)".into(), coarse(Coarse::Off(1e-6))?),
            ("weights as 16-bit floats".into(), coarse(Coarse::Float16)?),
            ("weights in bfloat16".into(), coarse(Coarse::BFloat16)?),
            ("weights in 8 bit (q8_0)".into(), coarse(Coarse::Q8_0)?),
            ("weights in 4 bit (q4_0)".into(), coarse(Coarse::Q4_0)?),
            ("weights 20 % off".into(), coarse(Coarse::Off(0.2))?),
            ("without its last layer".into(), self.but(shorten)?),
        ];
        let cheats = Cheat::ALL.into_iter().filter(|cheat| *cheat != Cheat::OtherModel);
        sources.extend(cheats.map(|cheat| (format!("`{cheat:?}`"), Source::Cheat(cheat))));
        Ok(sources)
    }
}

/// Takes the last layer from the model in `folder`.
fn shorten(folder: &Path) -> Result<()> {
    let path = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
    let layers = config["num_hidden_layers"].as_u64().ok_or("a number of layers")?;
    config["num_hidden_layers"] = (layers - 1).into();
    Ok(fs::write(path, config.to_string())?)
}

/// All that is measured of one model.
struct Column {
    title: String,
    /// Name, how many answers passed, and how far they are off.
    rows: Vec<(String, usize, f64)>,
    /// Texts per second with one challenge at a time, and with several.
    speed: [f64; 2],
}

impl Column {
    async fn measure(model: Model) -> Result<Self> {
        let right = model.load()?;
        let rounds = (0..ANSWERS).map(|seed| Round::draw(&right, Seed([seed; 32]))).collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        for (name, source) in model.sources()? {
            let row = row(&right, &rounds, &source).await?;
            eprintln!("{}, {name}: {row:?}", model.title);
            rows.push((name, row.0, row.1));
        }
        let texts = rounds[0].challenge.salted(&miner());
        let speed = [1, TOGETHER].map(|together| texts_per_second(&right, &texts, together));
        Ok(Self { title: model.title, rows, speed })
    }
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
fn texts_per_second(encoder: &Encoder, texts: &[String], together: usize) -> f64 {
    let mut speeds: Vec<_> = (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            std::thread::scope(|scope| {
                (0..together).for_each(|_| drop(scope.spawn(|| encoder.encode(texts))));
            });
            (together * texts.len()) as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    speeds.sort_by(f64::total_cmp);
    speeds[REPEATS / 2]
}

fn passing(columns: &[Column]) -> Result<String> {
    let mut table = String::from("| vectors |");
    columns.iter().for_each(|column| table.extend([" ", &column.title, " |"]));
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
    // Weights make no difference in speed.
    for column in &columns[1..] {
        let [one, four] = column.speed;
        write!(table, "\n| {} | {one:.0} texts/s | {four:.0} texts/s | {:.2} |", column.title, four / one)?;
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
