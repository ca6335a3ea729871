"""WebRTC peers on aiortc: one for page, engine and ear (`peer.Peer`)."""
