"""The real server, for all tests of this folder."""

import json
import os
import pathlib
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
MODEL = PROJECT / "models" / "tiny"


def token(text):
    """The number of a token of the model, to lead a model that understands nothing by logit_bias."""
    file = json.loads((MODEL / "tokenizer.json").read_text())
    added = {entry["content"]: entry["id"] for entry in file["added_tokens"]}
    return str((file["model"]["vocab"] | added)[text])


END = token(json.loads((MODEL / "tokenizer_config.json").read_text())["eos_token"])


class Served:
    """A running `plexus-miner serve`."""

    def __init__(self, *flags):
        command = [os.environ["PLEXUS_MINER"], "serve", str(MODEL), "--listen", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        ready = json.loads(line or '{"ready": false}')
        assert ready["ready"], "the server did not start"
        self.url, self.model = ready["url"], ready["model"]
        self.v1 = self.url + "/v1"

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


@pytest.fixture
def serve():
    """Starts servers with flags of a test's own."""
    started = []

    def start(*flags):
        started.append(Served(*flags))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="session")
def server():
    served = Served()
    yield served
    assert served.stop() == 0
