"""Every endpoint through the official client."""

import base64
import json
import struct
import threading

import httpx
import openai
import pytest
from conftest import END, token
from pydantic import BaseModel

MESSAGES = [{"role": "user", "content": "Tell me about the sea and the wind."}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds two digits.",
            "parameters": {
                "type": "object",
                "properties": {
                    "a": {"type": "integer", "minimum": 0, "maximum": 9},
                    "b": {"type": "integer", "minimum": 0, "maximum": 9},
                },
                "required": ["a", "b"],
                "additionalProperties": False,
            },
        },
    },
    {"type": "function", "function": {"name": "now"}},
]


@pytest.fixture
def client(server):
    return openai.OpenAI(base_url=server.v1, api_key="none", max_retries=0)


def chat(client, **more):
    endless = {"temperature": 1.5, "max_tokens": 24, "logit_bias": {END: -100}}
    fields = {"model": "tiny", "messages": MESSAGES, "seed": 1} | endless | more
    return client.chat.completions.create(**fields)


def test_models_are_listed_and_found(client):
    (model,) = client.models.list().data
    assert model.id == "tiny" and client.models.retrieve("tiny").id == "tiny"
    with pytest.raises(openai.NotFoundError) as error:
        client.models.retrieve("gpt-4o")
    assert error.value.code == "model_not_found"


def test_a_seed_fixes_each_of_several_answers(client):
    first, second = chat(client, n=3), chat(client, n=3)
    texts = [choice.message.content for choice in first.choices]
    assert texts == [choice.message.content for choice in second.choices]
    assert len(set(texts)) == 3 and [choice.index for choice in first.choices] == [0, 1, 2]
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens
    assert chat(client, seed=2).choices[0].message.content not in texts


def test_a_stream_is_the_answer_in_pieces_with_usage(client):
    whole = chat(client, n=2)
    texts, finishes, usage = ["", ""], {}, None
    for chunk in chat(client, n=2, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            finishes[choice.index] = choice.finish_reason or finishes.get(choice.index)
    assert texts == [choice.message.content for choice in whole.choices]
    assert [finishes[index] for index in (0, 1)] == [choice.finish_reason for choice in whole.choices]
    assert usage == whole.usage


def test_stop_texts_end_an_answer(client):
    whole = chat(client).choices[0].message.content
    stop = whole[8:11]
    cut = chat(client, stop=[stop]).choices[0]
    assert cut.message.content == whole.split(stop)[0] and cut.finish_reason == "stop"
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chat(client, stop=stop, stream=True))
    assert streamed == cut.message.content


def test_logprobs_name_each_token_and_its_alternatives(client):
    choice = chat(client, logprobs=True, top_logprobs=4, temperature=0).choices[0]
    entries = choice.logprobs.content
    assert "".join(entry.token for entry in entries) == choice.message.content
    for entry in entries:
        assert len(entry.top_logprobs) == 4 and entry.top_logprobs[0].logprob >= entry.logprob
        assert bytes(entry.bytes).decode() == entry.token and entry.logprob <= 0
    streamed = [
        entry.token
        for chunk in chat(client, logprobs=True, temperature=0, stream=True)
        for entry in (chunk.choices[0].logprobs.content if chunk.choices[0].logprobs else [])
    ]
    assert streamed == [entry.token for entry in entries]


def test_shaping_is_obeyed(client):
    bias = {token("a"): 100}
    assert set(chat(client, logit_bias=bias, max_tokens=5).choices[0].message.content) == {"a"}
    greedy = chat(client, temperature=0).choices[0].message.content
    assert chat(client, top_p=0.0001).choices[0].message.content == greedy
    assert chat(client, extra_body={"top_k": 1}).choices[0].message.content == greedy
    repeated = "No, no, no, no, no, no, no, no,"
    text = {"model": "tiny", "prompt": repeated, "max_tokens": 30, "temperature": 0}
    plain, fresh = (client.completions.create(**text, **more).choices[0].text for more in ({}, {"frequency_penalty": 2}))
    assert plain != fresh


def test_tools_are_called_when_required(client):
    # The model understands nothing: it is led to end after the first call.
    led = {"logit_bias": {END: 100}, "max_tokens": 80, "tools": TOOLS}
    for seed in range(4):
        choice = chat(client, seed=seed, tool_choice="required", **led).choices[0]
        (call,) = choice.message.tool_calls
        assert choice.finish_reason == "tool_calls" and choice.message.content is None and call.id
        assert set(json.loads(call.function.arguments)) == ({"a", "b"} if call.function.name == "add" else set())
    named = {"type": "function", "function": {"name": "add"}}
    (call,) = chat(client, tool_choice=named, parallel_tool_calls=False, **led).choices[0].message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert call.function.name == "add" and all(0 <= arguments[name] <= 9 for name in "ab")
    name, streamed, finish = "", "", None
    for chunk in chat(client, tool_choice=named, parallel_tool_calls=False, stream=True, **led):
        (choice,) = chunk.choices
        finish = choice.finish_reason or finish
        for delta in choice.delta.tool_calls or []:
            name += delta.function.name or ""
            streamed += delta.function.arguments or ""
    assert (name, json.loads(streamed), finish) == ("add", arguments, "tool_calls")
    for choice in ("auto", "none"):
        assert chat(client, tool_choice=choice, tools=TOOLS).choices[0].message.content


def test_a_conversation_with_calls_is_read(client):
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'}}
    messages = MESSAGES + [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "3"}]},
    ]
    assert chat(client, messages=messages, tools=TOOLS).usage.prompt_tokens > 0


class Place(BaseModel):
    floor: int
    side: bool


def test_answers_are_held_to_a_schema(client):
    led = {"logit_bias": {token(sign): 80 for sign in ",}"}, "max_tokens": 60}
    fields = {"model": "tiny", "messages": MESSAGES, "response_format": Place, "seed": 3}
    parsed = client.chat.completions.parse(**fields, **led).choices[0].message.parsed
    assert isinstance(parsed, Place)
    short = {token(sign): 80 for sign in "{}"}
    anything = chat(client, response_format={"type": "json_object"}, logit_bias=short).choices[0].message.content
    assert isinstance(json.loads(anything), dict)
    chosen = chat(client, extra_body={"guided_choice": ["yes", "no"]}).choices[0].message.content
    assert chosen in ("yes", "no")
    number = chat(client, extra_body={"guided_regex": "[0-9]{3}"}).choices[0].message.content
    assert len(number) == 3 and number.isdigit()


def test_completions_take_texts_and_tokens(client):
    def complete(prompt, **more):
        return client.completions.create(model="tiny", prompt=prompt, max_tokens=8, seed=1, **more)

    one = complete("Speak, good sir")
    assert one.choices[0].text and one.usage.completion_tokens <= 8
    several = complete(["Speak, good sir", "What"], n=2)
    assert [choice.index for choice in several.choices] == [0, 1, 2, 3]
    assert several.choices[0].text == one.choices[0].text
    assert complete([50, 51, 52]).usage.prompt_tokens == 3
    assert len(complete([[50, 51], [52]]).choices) == 2
    streamed = "".join(chunk.choices[0].text for chunk in complete("Speak, good sir", stream=True, echo=True))
    assert streamed == "Speak, good sir" + one.choices[0].text


def test_an_echo_tells_how_likely_the_prompt_is(client):
    text = "Speak, good sir"
    choice = client.completions.create(model="tiny", prompt=text, max_tokens=0, echo=True, logprobs=2).choices[0]
    told = choice.logprobs
    assert choice.text == text == "".join(told.tokens)
    assert told.token_logprobs[0] is None and all(logprob < 0 for logprob in told.token_logprobs[1:])
    assert told.top_logprobs[0] is None and all(len(top) == 2 for top in told.top_logprobs[1:])
    assert [text[offset:].startswith(token) for offset, token in zip(told.text_offset, told.tokens)]
    longer = client.completions.create(model="tiny", prompt=text, max_tokens=3, echo=True, logprobs=2).choices[0]
    assert longer.text.startswith(text) and len(longer.logprobs.tokens) == len(told.tokens) + 3


def test_embeddings_in_both_encodings(client, server):
    texts = ["Speak, good sir", "Speak, good man", "!!!!!!!!"]
    vectors = [entry.embedding for entry in client.embeddings.create(model="tiny", input=texts).data]
    floats = client.embeddings.create(model="tiny", input=texts[0], encoding_format="float").data[0].embedding
    assert floats == pytest.approx(vectors[0], abs=1e-4) and len(floats) == 256

    def similarity(a, b):
        return sum(x * y for x, y in zip(a, b))

    assert similarity(floats, floats) == pytest.approx(1, abs=1e-4)
    assert similarity(vectors[0], vectors[1]) > similarity(vectors[0], vectors[2])
    body = {"model": "tiny", "input": [50, 51], "encoding_format": "base64", "dimensions": 8}
    packed = httpx.post(server.v1 + "/embeddings", json=body).json()["data"][0]["embedding"]
    assert len(struct.unpack("<8f", base64.b64decode(packed))) == 8


def test_mistakes_are_told_as_clients_expect(client):
    for fields, code in [
        ({"model": "gpt-4o"}, 404),
        ({"temperature": 3}, 400),
        ({"top_p": 2}, 400),
        ({"messages": []}, 400),
        ({"messages": [{"role": "user", "content": "long " * 2000}]}, 400),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "nothing"}}}}, 400),
        ({"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "missing"}}}, 400),
        ({"n": 1000}, 400),
    ]:
        with pytest.raises(openai.APIStatusError) as error:
            chat(client, **fields)
        assert error.value.status_code == code and error.value.body["message"], fields


def test_the_head_of_an_answer_says_who_what_and_how_much_is_left(client, server):
    raw = client.chat.completions.with_raw_response.create(model="tiny", messages=MESSAGES, max_tokens=2)
    assert raw.request_id.startswith("req_") and int(raw.headers["openai-processing-ms"]) >= 0
    assert int(raw.headers["x-ratelimit-limit-requests"]) >= int(raw.headers["x-ratelimit-remaining-requests"])
    assert raw.headers["x-ratelimit-reset-requests"].endswith("s")
    own = httpx.get(server.v1 + "/models", headers={"x-request-id": "mine"})
    assert own.headers["x-request-id"] == "mine"
    assert httpx.get(server.url + "/health").json() == {"status": "ok"}
    assert "plexus_miner_api_completion_tokens_total" in httpx.get(server.url + "/metrics").text


def test_keys_are_asked_for(serve, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("# of the tests\nsecret\n")
    server = serve("--api-key-file", str(keys))
    assert openai.OpenAI(base_url=server.v1, api_key="secret").models.list().data
    with pytest.raises(openai.AuthenticationError) as error:
        openai.OpenAI(base_url=server.v1, api_key="guess").models.list()
    assert error.value.code == "invalid_api_key"
    assert httpx.get(server.url + "/health").status_code == 200


def test_a_full_server_says_when_to_come_back_and_who_leaves_makes_room(serve):
    server = serve("--at-once", "1", "--waiting", "0")
    body = {"model": "tiny", "messages": MESSAGES, "stream": True, "n": 1, "logit_bias": {END: -100}}
    # The first answer may end before the second one is asked for, which is no failure of the server's.
    for _ in range(20):
        with httpx.stream("POST", server.v1 + "/chat/completions", json=body, timeout=60) as answer:
            # An iterator that nobody keeps hangs up, and so makes room.
            lines = answer.iter_lines()
            next(lines)
            refused = httpx.post(server.v1 + "/chat/completions", json=body)
        if refused.status_code != 200:
            break
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    client = openai.OpenAI(base_url=server.v1, api_key="none", max_retries=5)
    assert chat(client, max_tokens=2).choices


def test_a_server_that_is_stopped_ends_what_it_has_begun(serve):
    server = serve()
    client = openai.OpenAI(base_url=server.v1, api_key="none", max_retries=0)
    stream = chat(client, max_tokens=300, stream=True, logit_bias={END: -100})
    next(iter(stream))
    ended = []
    stopping = threading.Thread(target=lambda: ended.append(server.stop()))
    stopping.start()
    assert [chunk for chunk in stream][-1].choices[0].finish_reason == "length"
    stopping.join()
    assert ended == [0]
