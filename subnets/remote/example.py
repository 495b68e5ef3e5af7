"""A subnet in Python, scorer and solver in one: sort words by the hash of your hotkey and the word."""
import hashlib, json, random, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SPEC = {"contract": 1, "name": "words", "version": 1, "deadline_ms": 5000,
        "max_challenge_bytes": 2048, "max_answer_bytes": 2048}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def challenge(asked):
    """All randomness comes from the seed, so that the round can be judged again."""
    draw = random.Random(asked["seed"])
    words = ["".join(draw.choices(LETTERS, k=8)) for _ in range(12)]
    return {"challenge": {"words": words}, "key": {"weight": draw.choice([0.9, 1.0])}}


def right(hotkey, words):
    """The hotkey is part of the task: what another miner answered is wrong for everybody else."""
    return sorted(words, key=lambda word: hashlib.sha256((hotkey + word).encode()).digest())


def judge(asked, given):
    if given["answer"] != {"sorted": right(given["miner"], asked["challenge"]["words"])}:
        return {"score": 0.0, "reason": "not in the order of this miner"}
    speed = max(0.0, 1.0 - given["took_ms"] / SPEC["deadline_ms"])
    return {"score": asked["key"]["weight"] * (0.5 + 0.5 * speed), "reason": "right"}


def score(asked):
    return {"judgements": [judge(asked, given) for given in asked["answers"]]}


def solve(asked):
    words = asked["challenge"].get("words")
    if not isinstance(words, list):
        raise ValueError("The challenge has no words.")
    return {"answer": {"sorted": right(asked["hotkey"], words)}}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(200 if self.path == "/v1/spec" else 404, SPEC)

    def do_POST(self):
        calls = {"/v1/challenge": challenge, "/v1/score": score, "/v1/solve": solve}
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.reply(200, calls[self.path](asked))
        except Exception as error:
            self.reply(400, {"error": str(error)})

    def reply(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
