"""The ear: synthetic callers that measure an agent from the audio that they hear."""
