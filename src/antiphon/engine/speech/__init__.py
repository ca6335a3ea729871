"""The models: recogniser, voice, end of turn, speech probability; each behind an interface in `parts`."""
