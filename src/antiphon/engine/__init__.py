"""The engine: an OpenAI-Realtime-compatible server of VAD, recogniser, brain and voice."""
