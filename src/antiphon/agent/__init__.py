"""The agent: LiveKit's AgentSession on a Realtime model, many calls in one process, without rooms.

calls.py opens and ends calls; call.py is one call, the lines' seam; events.py what a line is told; model.py the Realtime model from
settings; session.py the AgentSession's options; loader.py anybody's agent file; patches.py what livekit-agents 1.8.9 needs.
"""
