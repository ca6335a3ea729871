"""The worker: its commands, how it registers, and when it refuses calls."""

from __future__ import annotations

import logging
import math
import signal
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from livekit.agents import Agent, AgentServer, JobContext, JobRequest, cli
from livekit.agents.cli import _legacy
from livekit.agents.voice.run_result import RunResult
from livekit.agents.worker import ServerEnvOption
from livekit.protocol import agent

from antiphon.ear.scripted_engine import ScriptedEngine
from tests.api_notes.livekit_stand_in import LiveKitStandIn, registered
from tests.api_notes.talk import eventually, right_model, right_session


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker writes its address into the environment, and the command line takes over signals and the root logger."""
    for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "LIVEKIT_DEV_MODE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    loggers = {name: logging.getLogger(name) for name in ("livekit", "livekit.agents", "asyncio")}
    levels = {name: logger.level for name, logger in loggers.items()}
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in signals.items():
        signal.signal(number, handler)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, logger in loggers.items():
        logger.setLevel(levels[name])


async def entry(context: JobContext) -> None:
    """Never called: no job is assigned here."""


def server(**options: Any) -> AgentServer:
    return AgentServer(host="127.0.0.1", port=0, **options)


def run(monkeypatch: pytest.MonkeyPatch, worker: AgentServer, *words: str) -> int:
    """What `python agent.py …` does; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["agent.py", *words])
    with warnings.catch_warnings(), pytest.raises(SystemExit) as stopped:
        warnings.simplefilter("ignore", DeprecationWarning)
        cli.run_app(worker)
    return int(stopped.value.code or 0)


@pytest.mark.row(id="no-command")
def test_without_a_command_there_is_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = server()
    worker.rtc_session(entry)
    assert run(monkeypatch, worker) == 0
    shown = capsys.readouterr().out
    assert "Usage" in shown
    for command in ("console", "start", "dev", "connect", "download-files"):
        assert command in shown


@pytest.mark.row(id="dev-without-url")
def test_dev_without_a_server_logs_a_traceback_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker = server()
    worker.rtc_session(entry)
    assert run(monkeypatch, worker, "dev") == 0, "an exit code of success"
    (failed,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert failed.exc_info and "LIVEKIT_URL" in str(failed.exc_info[1])


@pytest.mark.row(id="dev-without-url")
def test_dev_is_deprecated_and_reloads_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker = server()
    worker.rtc_session(entry)
    run(monkeypatch, worker, "dev")
    told = " ".join(record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert "dev mode is deprecated" in told and "auto-reload has been removed" in told


@pytest.mark.row(id="dev-without-url")
async def test_a_url_and_keys_are_what_it_wants() -> None:
    worker = server()
    worker.rtc_session(entry)
    async with LiveKitStandIn() as livekit, registered(worker, livekit, devmode=True):
        assert len(livekit.registered) == 1


@pytest.mark.row(id="agent-name")
async def test_a_name_turns_automatic_dispatch_off() -> None:
    named, unnamed = server(), server()
    named.rtc_session(entry, agent_name="desk")
    unnamed.rtc_session(entry)
    names = []
    for worker in (named, unnamed):
        async with LiveKitStandIn() as livekit, registered(worker, livekit, devmode=True):
            names.append(livekit.registered[0].agent_name)
    assert names == ["desk", ""]


@pytest.mark.row(id="load")
async def test_a_worker_refuses_above_a_load_of_0_7_in_production_only() -> None:
    assert server()._load_threshold == ServerEnvOption(dev_default=math.inf, prod_default=0.7)
    for devmode, takes in ((False, False), (True, True)):
        worker = server(load_fnc=lambda: 0.75)
        worker.rtc_session(entry)
        async with LiveKitStandIn() as livekit, registered(worker, livekit, devmode=devmode):
            assert (await livekit.offer("job_1")).available is takes
            assert await eventually(lambda: livekit.statuses)
            full = livekit.statuses[-1].status == agent.WorkerStatus.WS_FULL
            assert full is not takes


@pytest.mark.row(id="hard-cap")
@pytest.mark.parametrize(("options", "full_from"), [({}, 7), ({"load_threshold": 1.0}, 10)])
async def test_a_share_of_calls_as_load_is_full_at_0_7_of_them(
    options: dict[str, Any], full_from: int
) -> None:
    active = [0]
    worker = server(load_fnc=lambda: active[0] / 10, **options)
    worker.rtc_session(entry)
    async with LiveKitStandIn() as livekit, registered(worker, livekit):

        def told() -> bool:
            return bool(livekit.statuses) and round(livekit.statuses[-1].load * 10) == active[0]

        for active[0] in (full_from - 1, full_from):
            assert await eventually(told)
            full = livekit.statuses[-1].status == agent.WorkerStatus.WS_FULL
            assert full is (active[0] == full_from)


@pytest.mark.row(id="hard-cap")
async def test_a_request_can_be_rejected() -> None:
    async def full(request: JobRequest) -> None:
        await request.reject()

    worker = server(load_fnc=lambda: 0.0)
    worker.rtc_session(entry, on_request=full)
    async with LiveKitStandIn() as livekit, registered(worker, livekit):
        assert (await livekit.offer("job_1")).available is False


@pytest.mark.row(id="drain")
async def test_draining_waits_an_hour_by_default() -> None:
    assert server()._drain_timeout == 3600
    worker = server(drain_timeout=30, load_fnc=lambda: 0.0)
    worker.rtc_session(entry)
    async with LiveKitStandIn() as livekit, registered(worker, livekit):
        assert (await livekit.offer("job_1")).available
        await worker.drain()
        assert await eventually(lambda: livekit.statuses[-1].status == agent.WorkerStatus.WS_FULL)
        assert not (await livekit.offer("job_2")).available, "no new call while it drains"
        assert worker._drain_timeout == 30


@pytest.mark.row(id="idle-processes")
def test_no_process_is_kept_warm_in_dev_mode() -> None:
    default = server()._num_idle_processes
    assert isinstance(default, ServerEnvOption)
    assert default.dev_default == 0 and default.prod_default >= 1
    chosen = server(num_idle_processes=2, initialize_process_timeout=30)
    assert (chosen._num_idle_processes, chosen._initialize_process_timeout) == (2, 30)
    assert server()._initialize_process_timeout == 10.0


@pytest.mark.row(id="console-audio")
def test_a_console_wants_portaudio_even_for_text(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = server()
    worker.rtc_session(entry)
    monkeypatch.setitem(sys.modules, "sounddevice", None)  # as where libportaudio is missing
    monkeypatch.setattr(sys, "argv", ["agent.py", "console", "--text"])
    console = _legacy.AgentsConsole.get_instance()
    try:
        with warnings.catch_warnings(), pytest.raises(ImportError, match="sounddevice"):
            warnings.simplefilter("ignore", DeprecationWarning)
            cli.run_app(worker)
    finally:
        console.enabled = False


@pytest.mark.row(id="console-audio")
async def test_a_session_takes_text_without_a_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    async with ScriptedEngine() as engine:
        model = right_model(engine)
        session = right_session(model)
        await session.start(Agent(instructions="x"))
        result: RunResult[None] = await session.run(user_input="hello")
        result.expect.contains_message(role="assistant")
        await session.aclose()
        await model.aclose()


@pytest.mark.row(id="one-entry")
def test_one_session_function_for_a_worker() -> None:
    worker = server()
    worker.rtc_session(entry)
    with pytest.raises(RuntimeError, match="only one rtc_session"):
        worker.rtc_session(entry)
