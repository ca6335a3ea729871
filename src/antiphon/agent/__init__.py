"""The agent: LiveKit's AgentSession on a Realtime model, many calls in one process, without rooms.

    calls.py   opens and ends calls         model.py    the Realtime model from settings
    call.py    one call, the lines' seam    session.py  the AgentSession's options
    events.py  what a line is told          patches.py  what livekit-agents 1.8.9 needs
"""
