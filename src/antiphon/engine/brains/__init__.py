"""Who answers: the interface (`brain.py`), the offline `form/`, and `chat.py` for any LLM."""
