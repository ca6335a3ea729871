"""An LLM that will not answer is told of before a caller is: what is wrong, and the setting that mends it."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from antiphon import doctor
from antiphon.chat_server import trouble
from antiphon.doctor import Status
from antiphon.settings import BrainSettings, EngineSettings, Settings

Serve = Callable[[int, Any], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves one answer at /v1/models to those with the key; gives the base address."""
    servers: list[http.server.HTTPServer] = []

    def start(status: int, body: Any) -> str:
        class Server(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                right = self.headers["Authorization"] == "Bearer local"
                found = self.path == "/v1/models"
                self.send_response(status if found and right else 404 if right else 401)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *_: object) -> None:
                pass

        servers.append(http.server.HTTPServer(("127.0.0.1", 0), Server))
        threading.Thread(target=servers[-1].serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/v1"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def brain(url: str, model: str = "llama3.2", key: str = "local") -> BrainSettings:
    return BrainSettings(name="chat", chat_url=url, chat_model=model, chat_key=SecretStr(key))


def models(*names: str, owner: str = "library") -> dict[str, Any]:
    """As Ollama, vLLM and llama.cpp list theirs."""
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": owner} for name in names]}


@pytest.mark.parametrize(
    "listed",
    [
        models("llama3.2"),
        models("mistral:7b", "llama3.2:latest"),
        models("/models/any.gguf", owner="llamacpp"),
        models(),
    ],
)
def test_one_that_will_answer_is_fine(serve: Serve, listed: dict[str, Any]) -> None:
    assert trouble(brain(serve(200, listed))) is None


def test_nobody_there_is_told_with_the_address() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
    found = trouble(brain(url))
    assert found is not None
    assert url in found[0] and "Connection refused" in found[0]
    assert "engine.brain.chat_url" in found[1]


def test_a_model_that_is_not_there_is_told_with_those_that_are(serve: Serve) -> None:
    found = trouble(brain(serve(200, models("a", "b", "c", "d"))))
    assert found is not None
    assert "has no model 'llama3.2'" in found[0]
    assert found[1].endswith("a, b, c …")


@pytest.mark.parametrize("answer", [b"<html>", {"data": 7}, [], {"models": []}])
def test_something_else_there_is_told(serve: Serve, answer: Any) -> None:
    found = trouble(brain(serve(200, answer)))
    assert found is not None and "no OpenAI-compatible API" in found[0]


def test_an_address_without_v1_is_told(serve: Serve) -> None:
    found = trouble(brain(serve(200, models("a")).removesuffix("/v1")))
    assert found is not None and "/v1" in found[1]


def test_a_wrong_key_and_a_broken_server_are_told_and_no_key_is(serve: Serve) -> None:
    url = serve(500, {})
    refused = trouble(brain(url, key="sk-0123456789"))
    assert refused is not None and "refuses the key" in refused[0]
    assert "0123456789" not in str(refused)
    broken = trouble(brain(url))
    assert broken is not None and "(500)" in broken[0]


def test_the_doctor_tells_it(serve: Serve) -> None:
    assert list(doctor.llm(Settings())) == []
    (good,) = doctor.llm(Settings(engine=EngineSettings(brain=brain(serve(200, models("llama3.2"))))))
    (bad,) = doctor.llm(Settings(engine=EngineSettings(brain=brain(serve(404, b"")))))
    assert (good.status, bad.status) == (Status.OK, Status.WANTING)
    assert bad.mend
