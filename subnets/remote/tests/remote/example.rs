//! The program of `docs/any-language.md`, run as its readers run it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use subnet::{conformance, AccountId, AnySolver, AnySubnet, Received, Record, RecordedAnswer, Seed, SolveError};
use subnet_remote::{Program, RemoteSolver, RemoteSubnet};

/// The example as a process; killed when dropped.
struct Example {
    process: Child,
    program: Program,
}

/// The example with a scorer that takes for granted what answers look like.
const CARELESS: &str = "
import example
judge = example.judge
def careless(asked, given):
    given['answer']['sorted'][0]
    return judge(asked, given)
example.judge = careless
example.main()
";

impl Example {
    fn start() -> Self {
        Self::run(&["example.py", "0"])
    }

    fn run(arguments: &[&str]) -> Self {
        let mut command = Command::new("python3");
        let command =
            command.args(arguments).env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("python3 is installed");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let program = Program::connect(url.trim()).unwrap();
        Self { process, program }
    }

    fn sides(&self) -> (RemoteSubnet, RemoteSolver) {
        (RemoteSubnet::new(self.program.clone()), RemoteSolver::new(self.program.clone()))
    }

    fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn received(miner: AccountId, answer: Option<Vec<u8>>) -> Received<Vec<u8>> {
    Received { miner, answer, took: Duration::from_millis(100) }
}

#[tokio::test]
async fn the_example_conforms() {
    let example = Example::start();
    let (subnet, solver) = example.sides();
    assert_eq!(conformance::check_any(&subnet, &solver).await, Ok(()));
    let spec = subnet.spec();
    assert_eq!((&*spec.name, spec.version, spec.deadline), ("remote:words", 1, Duration::from_secs(5)));
    assert_eq!(solver.spec(), spec);
}

#[tokio::test]
async fn a_copied_answer_is_worth_nothing_and_the_key_stays_out_of_the_challenge() {
    let example = Example::start();
    let (subnet, solver) = example.sides();
    let [dave, eve] = [[4; 32], [5; 32]].map(AccountId::from);
    let round = subnet.challenge(Seed([7; 32])).unwrap();
    let sent = String::from_utf8(round.challenge.clone()).unwrap();
    assert!(sent.contains("words") && !sent.contains("weight"), "{sent}");
    let right = solver.solve(&dave, &round.challenge).await.unwrap();
    let answers = [received(dave, Some(right.clone())), received(eve, Some(right))];
    let judgements = subnet.score(&round, &answers).unwrap();
    assert!(judgements[0].score.get() > 0.8, "{judgements:?}");
    assert_eq!(judgements[1].score.get(), 0.0);
    assert_eq!(judgements[1].reason, "not in the order of this miner");
}

#[tokio::test]
async fn an_answer_on_which_the_scorer_fails_costs_its_miner_alone() {
    let example = Example::run(&["-c", CARELESS, "0"]);
    let (subnet, solver) = example.sides();
    let [dave, eve, ferdie] = [[4; 32], [5; 32], [6; 32]].map(AccountId::from);
    let round = subnet.challenge(Seed([7; 32])).unwrap();
    let right = solver.solve(&dave, &round.challenge).await.unwrap();
    let right = received(dave.clone(), Some(right));
    let odd = |miner| received(miner, Some(b"[]".to_vec()));
    let judgements = subnet.score(&round, &[odd(eve.clone()), right, received(ferdie, None)]).unwrap();
    assert!(judgements[1].score.get() > 0.8, "{judgements:?}");
    let reasons = [0, 2].map(|place| (judgements[place].score.get(), &*judgements[place].reason));
    assert_eq!(reasons, [(0.0, "the scorer refused this answer"), (0.0, "no answer")]);
    let error = subnet.score(&round, &[odd(eve), odd(dave)]).unwrap_err().to_string();
    assert!(error.contains("status 400"), "{error}");
}

#[tokio::test]
async fn a_recorded_round_is_judged_again_alike_by_another_run_of_the_program() {
    let mut example = Example::start();
    let (subnet, solver) = example.sides();
    let (seed, dave) = (Seed([8; 32]), AccountId::from([4; 32]));
    let round = subnet.challenge(seed).unwrap();
    let right = solver.solve(&dave, &round.challenge).await.unwrap();
    let answers = [received(dave, Some(right)), received([5; 32].into(), None)];
    let judged = subnet.score(&round, &answers).unwrap();
    let kept = answers.iter().zip(judged.clone()).map(|(answer, judgement)| RecordedAnswer::new(answer, judgement));
    let (subnet_name, version) = (subnet.spec().name.into_owned(), subnet.spec().version);
    let record = Record { subnet: subnet_name, version, seed, past: None, answers: kept.collect() };
    example.stop();
    assert!(record.replay(&subnet).unwrap_err().to_string().contains("does not answer"));
    assert_eq!(record.replay(&Example::start().sides().0).unwrap(), judged);
}

#[tokio::test]
async fn the_sentence_of_a_program_that_cannot_answer_reaches_who_asked() {
    let example = Example::start();
    let error = example.sides().1.solve(&[4; 32].into(), b"{}").await.unwrap_err();
    assert_eq!(error, SolveError::BadChallenge("The challenge has no words.".into()));
    let error = example.sides().1.solve(&[4; 32].into(), b"\xff").await.unwrap_err();
    assert!(matches!(error, SolveError::BadChallenge(_)), "{error}");
}
