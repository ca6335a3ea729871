"""The engine's parts one by one, at the addresses that OpenAI's clients know: speech to text, text to speech, chat."""
