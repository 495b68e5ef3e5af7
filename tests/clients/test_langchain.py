"""LangChain's own suite for chat models.

The shipped model understands nothing, so where a test wants a call or an object, it is led by logit_bias to short ones;
that they have the right form is the server's doing.
"""

import pytest
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests

SHORT_STRINGS = {'"': 12, "}": 6, "<|end|>": 50}
LED = {
    "test_tool_calling": {"3": 50, "}": 60, "<|end|>": 80},
    "test_tool_calling_async": {"3": 50, "}": 60, "<|end|>": 80},
    "test_tool_calling_with_no_arguments": {"}": 60, "<|end|>": 80},
    "test_tool_choice": {"3": 50, '"': 12, "}": 60, "<|end|>": 80},
    "test_structured_few_shot_examples": {"3": 50, ",": 55, "}": 60, "<|end|>": 80},
    "test_bind_runnables_as_tools": {'"': 4, "}": 6, "<|end|>": 50},
}


class TestPlexus(ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _server(self, request, server, token):
        name = request.node.originalname
        signs = LED.get(name, SHORT_STRINGS if "structured" in name or "unicode" in name else {})
        bias = {str(token(sign)): strength for sign, strength in signs.items()}
        self._params = {"base_url": server.v1, "logit_bias": bias} if bias else {"base_url": server.v1}

    @pytest.fixture
    def model(self, request, _server):
        extra = getattr(request, "param", None) or {}
        return self.chat_model_class(**self.standard_chat_model_params, **self.chat_model_params, **extra)

    @property
    def chat_model_class(self):
        return ChatOpenAI

    @property
    def chat_model_params(self):
        return {"model": "tiny", "api_key": "none", "seed": 7, "max_retries": 0, **self._params}

    @property
    def supports_model_override(self):
        return True

    @property
    def model_override_value(self):
        return "tiny"

    @pytest.mark.xfail(reason="whether to call a tool is up to the model here, and this one understands nothing")
    def test_agent_loop(self, model):
        super().test_agent_loop(model)
