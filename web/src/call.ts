// The direct line: one WebRTC peer with a track each way and one data channel. It holds no decisions about a call's life; that is
// `phone.ts`. The line through a LiveKit room (livekit-line.ts) has the same shape.

import { parse, serialise, type Incoming, type Outgoing } from "./protocol";

/** Why no call came about, or why it ended; `problems.ts` puts it in words. */
export class CallError extends Error {
  constructor(
    readonly code: "busy" | "no_agent" | "unauthorised" | "server_gone" | "bad_answer" | "no_webrtc" | "line_lost",
    message = "",
  ) {
    super(message);
  }
}

export interface Line {
  /** Sets the line up. Resolves when messages can flow. */
  open(microphone: MediaStreamTrack | null, resume: string): Promise<void>;
  send(message: Outgoing): boolean;
  setMicrophone(track: MediaStreamTrack | null): Promise<void>;
  /** Ends the line; `hangUp`: the call at the server too. */
  close(hangUp?: boolean): void;
  /** The call's id at the server; "" before it is known. */
  readonly callId: string;
  /** The network says that nothing arrives just now; it may come back. */
  readonly troubled: boolean;
  /** It wins a lost connection back by itself and says when it cannot: its silence alone is no reason to give it up. */
  readonly mends: boolean;
}

export interface LineListener {
  message(message: Incoming): void;
  agentAudio(stream: MediaStream): void;
  /** The line is gone for good. Not called after `close`. */
  lost(): void;
}

const GATHERING_MS = 3000;
const OPENING_MS = 15000;

export class DirectLine implements Line {
  callId = "";
  readonly mends = false;
  private readonly peer: RTCPeerConnection;
  private readonly channel: RTCDataChannel;
  private readonly sender: RTCRtpSender;
  private closed = false;
  private readonly gone = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly listener: LineListener,
  ) {
    if (typeof RTCPeerConnection === "undefined") throw new CallError("no_webrtc");
    this.peer = new RTCPeerConnection({ iceServers: [] });
    // sendrecv even without a microphone: one can be added in the call without a new offer.
    this.sender = this.peer.addTransceiver("audio", { direction: "sendrecv" }).sender;
    this.channel = this.peer.createDataChannel("antiphon", { ordered: true });
    this.channel.onmessage = (event) => {
      const message = parse(event.data);
      if (message && !this.closed) this.listener.message(message);
    };
    this.channel.onclose = () => this.lose();
    this.peer.onconnectionstatechange = () => {
      if (this.peer.connectionState === "failed") this.lose();
    };
    this.peer.ontrack = (event) => this.listener.agentAudio(event.streams[0] ?? new MediaStream([event.track]));
  }

  get troubled(): boolean {
    return this.peer.connectionState === "disconnected";
  }

  async open(microphone: MediaStreamTrack | null, resume: string): Promise<void> {
    await this.sender.replaceTrack(microphone);
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await gathered(this.peer);
    const offer = withOwnAddress(this.peer.localDescription?.sdp ?? "", location.hostname);
    const answer = await this.api.call(offer, resume, this.gone.signal);
    this.callId = answer.callId;
    if (this.closed) {
      this.api.hangUp(this.callId);
      throw new CallError("line_lost");
    }
    await this.peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await opened(this.channel, this.gone.signal);
  }

  send(message: Outgoing): boolean {
    if (this.channel.readyState !== "open") return false;
    this.channel.send(serialise(message));
    return true;
  }

  setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    return this.sender.replaceTrack(track);
  }

  close(hangUp = true): void {
    if (this.closed) return;
    this.closed = true;
    this.gone.abort();
    if (hangUp && this.callId) this.api.hangUp(this.callId);
    this.release();
  }

  private lose(): void {
    if (this.closed) return;
    this.closed = true;
    this.gone.abort();
    this.release();
    this.listener.lost();
  }

  private release(): void {
    this.peer.onconnectionstatechange = null;
    this.channel.onclose = null;
    this.peer.close();
  }
}

/** The page server's HTTP side. Addresses are relative to the page; the token is the page's (`token.ts`), "" without one. */
export class Api {
  constructor(private readonly token: string) {}

  async call(sdp: string, resume: string, signal: AbortSignal): Promise<{ sdp: string; callId: string }> {
    const body = JSON.stringify({ sdp, type: "offer", ...(resume ? { resume } : {}) });
    const answer = await this.json("api/calls", { method: "POST", body, signal });
    if (typeof answer["sdp"] !== "string") throw new CallError("bad_answer");
    return { sdp: answer["sdp"], callId: typeof answer["call_id"] === "string" ? answer["call_id"] : "" };
  }

  /** What opens a LiveKit room. `room`: of a call that is taken up again; "" for a new one. */
  async roomToken(identity: string, room: string): Promise<{ url: string; token: string; room: string }> {
    const body = JSON.stringify({ participant_identity: identity, ...(room ? { room_name: room } : {}) });
    const answer = await this.json("api/token", { method: "POST", body });
    const [url, token] = [answer["server_url"], answer["participant_token"]];
    if (typeof url !== "string" || typeof token !== "string") throw new CallError("bad_answer");
    return { url, token, room: roomOf(token) };
  }

  about(): Promise<Record<string, unknown>> {
    return this.json("api/about", {});
  }

  /** Also while the page is being closed. */
  hangUp(callId: string): void {
    const address = `api/calls/${encodeURIComponent(callId)}`;
    fetch(address, { method: "DELETE", keepalive: true, headers: this.headers() }).catch(() => undefined);
  }

  private async json(address: string, options: RequestInit): Promise<Record<string, unknown>> {
    const response = await fetch(address, { ...options, headers: this.headers() }).catch(() => {
      throw new CallError("server_gone");
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return answer;
    const error = (answer["error"] ?? {}) as Record<string, unknown>;
    const message = typeof error["message"] === "string" ? error["message"] : "";
    if (response.status === 401) throw new CallError("unauthorised");
    if (response.status === 503) throw new CallError("busy", message);
    throw new CallError(response.status >= 500 ? "server_gone" : "bad_answer", message);
  }

  private headers(): HeadersInit {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    return headers;
  }
}

/** The room that a LiveKit token is for. */
export function roomOf(token: string): string {
  try {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const claims = JSON.parse(atob(payload)) as { video?: { room?: string } };
    return claims.video?.room ?? "";
  } catch {
    throw new CallError("bad_answer");
  }
}

/**
 * Until a microphone is allowed, browsers hide the machine's address behind a name that the server must ask the network for, which takes
 * a second. When page and server are on one machine the name's meaning is known; the real address is learnt from the first packet.
 */
export function withOwnAddress(sdp: string, host: string): string {
  const loopback = host === "localhost" || host === "[::1]" || host.startsWith("127.");
  return loopback ? sdp.replace(/^(a=candidate:(?:\S+ ){4})\S+\.local /gm, "$1127.0.0.1 ") : sdp;
}

/** Waits for all candidates, so that the offer is whole; a network that never finishes gets what there is. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHERING_MS);
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState !== "complete") return;
      clearTimeout(timer);
      resolve();
    });
  });
}

function opened(channel: RTCDataChannel, signal: AbortSignal): Promise<void> {
  if (channel.readyState === "open") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      reject(new CallError("line_lost"));
    };
    const timer = setTimeout(fail, OPENING_MS);
    signal.addEventListener("abort", fail);
    channel.addEventListener("open", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
