"""Prints what bench-llama.sh measured: tokens a second of the miner and of llama.cpp, the best round of each."""

import json
import sys


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def theirs(line):
    """Under the names of `plexus-miner bench`: a stream's time includes its prompt."""
    if line["tg"] == 1:
        return ("prefill", line["pp"]), line["pp"] / line["t_pp"]
    return ("streams", line["pl"]), line["pl"] * line["tg"] / line["t"]


def best(measured):
    found = {}
    for key, speed in measured:
        found[key] = max(speed, found.get(key, 0.0))
    return found


ours = best(((line["what"], line["size"]), line["tokens_per_second"]) for line in lines(sys.argv[1]))
llama = best(theirs(line) for line in lines(sys.argv[2]))
print(f"{'':16}{'plexus':>10}{'llama.cpp':>12}{'ratio':>8}")
for (what, size), speed in ours.items():
    name = f"{what} {size}"
    other = llama[(what, size)]
    print(f"{name:16}{speed:10.1f}{other:12.1f}{speed / other:8.2f}")
