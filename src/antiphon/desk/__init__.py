"""The default agent: the front desk of a restaurant, which answers questions and takes bookings.

facts.py is what it knows, one fact a sentence; speak.py dates, times and numbers as words; book.py bookings in SQLite, safe under many
calls; names.py names that sound alike; service.py what it does, as sentences; agent.py the LiveKit agent: instructions and tools.
"""
