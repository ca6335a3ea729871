"""Worker processes for a LiveKit server: each carries many calls.

server.py is the LiveKit AgentServer of one process; process.py runs it, drains it and ends it; fleet.py keeps several of them;
rescue.py brings an agent back to the callers of a process that died; app.py is the command line that LiveKit users know.
"""
