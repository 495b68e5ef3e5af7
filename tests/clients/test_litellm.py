"""The same server through litellm."""

import litellm
import pytest
from conftest import END

MESSAGES = [{"role": "user", "content": "Tell me about the sea and the wind."}]


@pytest.fixture
def model(server):
    return {"model": "openai/tiny", "api_base": server.v1, "api_key": "none", "num_retries": 0}


def test_answers_come_whole_and_in_pieces(model):
    fields = model | {"messages": MESSAGES, "max_tokens": 12, "seed": 1}
    whole = litellm.completion(**fields)
    pieces = [chunk.choices[0].delta.content or "" for chunk in litellm.completion(**fields, stream=True)]
    assert whole.choices[0].message.content == "".join(pieces)
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens


def test_tools_are_called(model):
    tools = [{"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}}}}]
    called = litellm.completion(
        **model, messages=MESSAGES, tools=tools, tool_choice="required", logit_bias={END: 100}, max_tokens=60
    )
    (call,) = called.choices[0].message.tool_calls
    assert call.function.name == "now"


def test_texts_are_completed_and_embedded(model):
    completed = litellm.text_completion(**model | {"model": "text-completion-openai/tiny"}, prompt="Speak", max_tokens=4)
    assert completed.choices[0].text
    assert len(litellm.embedding(**model, input=["Speak"]).data[0]["embedding"]) == 256


def test_mistakes_are_told_by_their_names(model):
    with pytest.raises(litellm.NotFoundError):
        litellm.completion(**model | {"model": "openai/gpt-4o"}, messages=MESSAGES)
    with pytest.raises(litellm.ContextWindowExceededError):
        litellm.completion(**model, messages=[{"role": "user", "content": "long " * 2000}])
