"""Whether an LLM answers where the chat brain will ask it: told at the start and by the doctor, before a caller hears of it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request

from antiphon.settings import BrainSettings

TIMEOUT_S = 2.0


def trouble(settings: BrainSettings) -> tuple[str, str] | None:
    """What is wrong, and the mend; None if the server answers and has the model, as far as it tells. Blocks up to TIMEOUT_S."""
    key = settings.chat_key.get_secret_value()
    request = urllib.request.Request(
        settings.chat_url.rstrip("/") + "/models", headers={"Authorization": f"Bearer {key}"} if key else {}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            models = json.loads(answer.read())["data"]
            names = [str(model["id"]) for model in models]
            any_name = any(model.get("owned_by") == "llamacpp" for model in models)
    except urllib.error.HTTPError as error:
        return _refused(error.code, settings.chat_url)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        return (
            f"No LLM answers at {settings.chat_url} ({getattr(reason, 'strerror', None) or reason}).",
            "Start its server, or set engine.brain.chat_url to where it is.",
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return _no_api(settings.chat_url)
    model = settings.chat_model
    if any_name or not names or {model, f"{model}:latest"} & set(names):
        return None
    more = " …" if len(names) > 3 else ""
    return (
        f"The LLM's server at {settings.chat_url} has no model {model!r}.",
        f"Set engine.brain.chat_model to one that it has: {', '.join(names[:3])}{more}",
    )


def _refused(status: int, url: str) -> tuple[str, str] | None:
    if status in (401, 403):
        return f"The LLM's server at {url} refuses the key.", "Set engine.brain.chat_key."
    if status == 404:
        return _no_api(url)
    return f"The LLM's server at {url} answers with an error ({status}).", "Its log says why."


def _no_api(url: str) -> tuple[str, str]:
    return (
        f"What answers at {url} is no OpenAI-compatible API.",
        "engine.brain.chat_url mostly ends in /v1, such as http://127.0.0.1:11434/v1.",
    )
