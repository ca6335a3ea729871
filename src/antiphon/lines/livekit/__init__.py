"""Calls in LiveKit rooms.

room_line.py is one call, from the job to the empty room; company.py says who is in it; teller.py tells the room what happens in it;
journal.py notes it for whoever takes it over; token.py is the door that callers get their tokens from. The audio is
agent/room_audio.py.
"""
