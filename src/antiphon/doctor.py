"""`antiphon doctor`: what this machine has and lacks, one line each with the mend.

Every check is a function that looks at one thing and returns `Finding`s; none changes anything, and none prints a key.
"""

from __future__ import annotations

import enum
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from antiphon.errors import AntiphonError
from antiphon.settings import Settings, load

PROJECT = Path(__file__).parents[2]
"""Where the locks are, in a checkout."""

GIB = 1024**3


class Status(enum.StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WANTING = "wanting"
    """`antiphon up` will not work."""
    ABSENT = "absent"
    """Needed for something else, such as the tests."""
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    status: Status
    detail: str
    mend: str = ""


def python() -> Iterator[Finding]:
    """The interpreter."""
    yield Finding("Python", Status.OK, f"{platform.python_version()} in {sys.prefix}")


def packages(project: Path = PROJECT) -> Iterator[Finding]:
    """What is installed against what the locks say."""
    from packaging.requirements import Requirement

    locks = [project / "requirements.lock", project / "models.lock"]
    if not all(lock.is_file() for lock in locks):
        yield Finding("Packages", Status.INFO, "no locks here: not a checkout, so nothing to compare with")
        return
    count, wrong = 0, []
    for lock in locks:
        for line in lock.read_text().splitlines():
            if "==" not in line or line.startswith((" ", "#")):
                continue
            wanted = Requirement(line.rstrip("\\").strip())
            if wanted.marker is not None and not wanted.marker.evaluate():
                continue
            count += 1
            try:
                have = importlib.metadata.version(wanted.name)
            except importlib.metadata.PackageNotFoundError:
                wrong.append(f"{wanted.name} is absent")
                continue
            if not wanted.specifier.contains(have, prereleases=True):
                wrong.append(f"{wanted.name} is {have}, the lock says {wanted.specifier}")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        yield Finding("Packages", Status.WANTING, "; ".join(wrong[:3]) + more, "make install")
    else:
        yield Finding("Packages", Status.OK, f"{count} packages, as locked")


def settings() -> Iterator[Finding]:
    """Whether the settings of this folder and environment are right."""
    try:
        found = load()
    except AntiphonError as error:
        yield Finding(
            "Settings", Status.WANTING, error.message, error.mend or "Correct it in the place it comes from."
        )
        return
    files = [name for name in (".env.local", "antiphon.toml") if Path(name).is_file()]
    yield Finding("Settings", Status.OK, "defaults" + "".join(f" and {name}" for name in files))
    yield Finding("Time zone", Status.OK, found.timezone, "")


def models(found: Settings) -> Iterator[Finding]:
    """Whether each model is there, and is the one that was published."""
    from antiphon.engine.speech.models import check_all

    for name, status, detail, mend in check_all(found.engine):
        yield Finding(name, Status(status), detail, mend)


def ports(found: Settings) -> Iterator[Finding]:
    """Whether page and engine could listen."""
    from antiphon.supervisor import claim_port, is_ready

    tls = found.page.tls or found.page.tls_cert is not None
    for what, host, port, option, secure in (
        ("page", found.page.host, found.page.port, "--port", tls),
        ("engine", found.engine.host, found.engine.port, "--engine-port", False),
    ):
        name = f"Port {port}"
        try:
            claim_port(host, port, f"The {what}", option)
        except AntiphonError as error:
            if is_ready(host, port, tls=secure):
                yield Finding(name, Status.OK, f"an Antiphon {what} serves there now")
            else:
                yield Finding(name, Status.WANTING, error.message, error.mend)
        else:
            yield Finding(name, Status.OK, f"free for the {what}")


def away(found: Settings) -> Iterator[Finding]:
    """Token and certificate of a page for other machines; nothing for a page that only this one reaches."""
    from antiphon.exposure import check_listening, is_loopback, secret

    page = found.page
    if is_loopback(page.host) and not (page.tls or page.tls_cert or page.tls_key):
        return
    if not is_loopback(page.host):
        if secret(page.token):
            check_listening("page", page.host, page.token)
            yield Finding("Page token", Status.OK, f"set; {page.host} asks for it")
        else:
            yield Finding(
                "Page token", Status.OK, f"not set: each start for {page.host} makes one and shows it"
            )
    if page.tls_cert or page.tls_key:
        from antiphon.away import page_certificate

        certificate = page_certificate(page)
    elif page.tls:
        from antiphon.own_certificate import find_own
        from antiphon.places import state_folder

        folder = page.tls_dir or state_folder("page.tls_dir")
        certificate = find_own(folder)
        if certificate is None:
            yield Finding("Certificate", Status.OK, f"none in {folder} yet: the first start makes one")
    else:
        yield Finding(
            "Certificate",
            Status.INFO,
            f"none: at http://{page.host} browsers give no microphone",
            "Use --tls (page.tls), or a proxy with https.",
        )
        return
    if certificate is not None:
        detail = f"{certificate.cert}, until {certificate.until:%Y-%m-%d}, SHA-256 {certificate.fingerprint}"
        yield Finding("Certificate", Status.OK, detail)


def machine() -> Iterator[Finding]:
    """Cores, memory, disk."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores >= 2:
        yield Finding("Cores", Status.OK, f"{cores}")
    else:
        yield Finding(
            "Cores", Status.INFO, "1: replies will be slow while the agent speaks", "Two cores are enough."
        )
    if (free := _available_memory()) is not None:
        enough = free >= 1.5 * GIB
        yield Finding(
            "Memory",
            Status.OK if enough else Status.WANTING,
            f"{free / GIB:.1f} GiB available",
            "" if enough else "Models and agent need about 1.5 GiB: end something else.",
        )
    disk = shutil.disk_usage(Path.cwd()).free
    few = disk < 0.2 * GIB
    yield Finding(
        "Disk",
        Status.WANTING if few else Status.OK,
        f"{disk / GIB:.1f} GiB free",
        "Free some." if few else "",
    )


def _available_memory() -> int | None:
    """Bytes that new processes can have; None where Linux's way of telling is absent."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024


def audio() -> Iterator[Finding]:
    """Sound cards of this machine: nothing here needs one, because the browser has the microphone."""
    try:
        cards = [line for line in Path("/proc/asound/cards").read_text().splitlines() if "]:" in line]
    except OSError:
        cards = []
    detail = (
        f"{len(cards)} sound card(s)"
        if cards
        else "no sound card, and none is needed: the browser has the microphone"
    )
    yield Finding("Audio devices", Status.INFO, detail)


def keys(found: Settings) -> Iterator[Finding]:
    """Whether there are keys; never what they are."""
    if os.environ.get("OPENAI_API_KEY"):
        yield Finding("OPENAI_API_KEY", Status.INFO, "set: --model openai can be used")
    elif found.agent.model == "openai":
        yield Finding(
            "OPENAI_API_KEY",
            Status.WANTING,
            "not set, and agent.model is openai",
            "Set it, or use --model local.",
        )
    else:
        yield Finding("OPENAI_API_KEY", Status.INFO, "not set: only --model openai needs it")


def llm(found: Settings) -> Iterator[Finding]:
    """Whether an LLM answers, if one is asked for."""
    from antiphon.chat_server import trouble

    brain = found.engine.brain
    if brain.name != "chat":
        return
    if (wrong := trouble(brain)) is not None:
        yield Finding("LLM", Status.WANTING, *wrong)
    else:
        yield Finding("LLM", Status.OK, f"{brain.chat_model} at {brain.chat_url}")


def livekit() -> Iterator[Finding]:
    """LiveKit, which direct calls do without."""
    from antiphon.livekit_server import find_binary

    url = os.environ.get("LIVEKIT_URL")
    yield Finding(
        "LIVEKIT_URL", Status.INFO, "set" if url else "not set: calls come straight from the browser"
    )
    try:
        binary = str(find_binary())
    except AntiphonError as error:
        yield Finding("livekit-server", Status.ABSENT, "absent (--livekit and the tests)", error.mend)
        return
    if (version := _version(binary)) is None:
        yield Finding("livekit-server", Status.ABSENT, f"{binary} does not run here", "make livekit")
    else:
        yield Finding("livekit-server", Status.OK, f"{binary} ({version}; --livekit and the tests)")


def tools() -> Iterator[Finding]:
    """Programs that only the tests or the installation use."""
    for name, why, mend in (
        ("uv", "installs", "make install brings its own"),
        ("chromium", "tests the page", "make install-dev"),
        ("ffmpeg", "decodes the tests' recordings", "make install-dev"),
        ("flite", "a synthetic caller in the tests", "make install-dev"),
        ("node", "rebuilds the page", "only for work on the page"),
    ):
        found = shutil.which(name) or next(
            (str(path) for path in [PROJECT / f".tools/uv/bin/{name}"] if path.is_file()), None
        )
        if found and _runs(found):
            yield Finding(name, Status.OK, f"{found} ({why})")
        else:
            yield Finding(name, Status.ABSENT, f"absent ({why})", mend)


def _version(program: str) -> str | None:
    """The number that `--version` ends with; None if it cannot be started."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().rpartition(" ")[2] if done.returncode == 0 else None


def _runs(program: str) -> bool:
    """Whether it can be started at all (a shim of a version manager may not)."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=20).returncode != 127
    except (OSError, subprocess.TimeoutExpired):
        return False


def examine() -> list[Finding]:
    """Every finding, in the order of the report. A check that fails is a finding too."""
    try:
        found = load()
    except AntiphonError:
        found = Settings.model_construct()  # the defaults; what is wrong is a finding of its own
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("Python", python),
        ("Packages", packages),
        ("Settings", settings),
        ("Models", lambda: models(found)),
        ("Ports", lambda: ports(found)),
        ("Away from localhost", lambda: away(found)),
        ("Machine", machine),
        ("LLM", lambda: llm(found)),
        ("Keys", lambda: keys(found)),
        ("LiveKit", livekit),
        ("Audio devices", audio),
        ("Tools", tools),
    ]
    findings: list[Finding] = []
    for name, check in checks:
        try:
            findings += check()
        except AntiphonError as error:
            findings.append(Finding(name, Status.WANTING, error.message, error.mend))
        except ImportError as error:
            findings.append(Finding(name, Status.WANTING, str(error), "make install"))
    return findings


def run(*, as_json: bool = False) -> bool:
    """Prints the report; returns whether everything that is needed is there."""
    findings = examine()
    fine = all(finding.status is not Status.WANTING for finding in findings)
    if as_json:
        print(json.dumps({"fine": fine, "findings": [asdict(finding) for finding in findings]}, indent=2))
        return fine
    marks = {Status.OK: "✓", Status.WANTING: "✗", Status.ABSENT: "–", Status.INFO: "·"}
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        mend = f"  → {finding.mend}" if finding.mend else ""
        print(f"{marks[finding.status]} {finding.name:<{width}}  {finding.detail}{mend}")
    print()
    print(
        "All that `make up` needs is here."
        if fine
        else "What is marked ✗ must be mended before `make up` works."
    )
    return fine
