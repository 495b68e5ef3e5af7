"""LangChain's own suite for chat models.

The shipped model understands nothing, so where a test wants a call or an object, it is led by logit_bias to short ones;
that they have the right form is the server's doing.
"""

import pytest
from conftest import END, token
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests


def led(**signs):
    """Greedily, by how much each sign is wanted: signs are named, as most of them are no names."""
    names = {"three": "3", "comma": ",", "brace": "}", "quote": '"', "letter": "a"}
    return {"temperature": 0, "logit_bias": {END: 100} | {token(names[name]): bias for name, bias in signs.items()}}


EMPTY_STRINGS = led(quote=90, brace=60)
LED = {
    "test_tool_calling": led(three=30, brace=60),
    "test_tool_calling_async": led(three=30, brace=60),
    "test_tool_calling_with_no_arguments": led(brace=60),
    "test_tool_choice": led(three=30, brace=60, quote=90),
    "test_structured_few_shot_examples": led(three=30, comma=60, brace=60),
    # Letters, until they have been repeated too often.
    "test_bind_runnables_as_tools": led(letter=80, quote=70, brace=60) | {"frequency_penalty": 2},
}


class TestPlexus(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, request, server):
        name = request.node.originalname
        usual = EMPTY_STRINGS if "structured" in name or "unicode" in name else {}
        self._params = {"base_url": server.v1} | LED.get(name, usual)

    @pytest.fixture
    def model(self, request, _server):
        extra = getattr(request, "param", None) or {}
        return self.chat_model_class(**self.standard_chat_model_params, **self.chat_model_params, **extra)

    @property
    def chat_model_class(self):
        return ChatOpenAI

    @property
    def chat_model_params(self):
        return {"model": "tiny", "api_key": "none", "seed": 7, "max_retries": 0, "stream_usage": True, **self._params}

    @property
    def supports_model_override(self):
        return True

    @property
    def model_override_value(self):
        return "tiny"

    @pytest.mark.xfail(reason="what a call says is up to the model, and this one knows no Chinese")
    def test_unicode_tool_call_integration(self, model):
        super().test_unicode_tool_call_integration(model)

    @pytest.mark.xfail(reason="whether to call a tool is up to the model here, and this one understands nothing")
    def test_agent_loop(self, model):
        super().test_agent_loop(model)
