// The line through a LiveKit room, with LiveKit's own client. A chunk of its own (livekit.js): who calls directly does not load it.
//
// The agent tells what happens on LiveKit's topics (src/antiphon/lines/livekit/teller.py); here it becomes the messages of protocol.ts, so
// that the rest of the page knows no difference.

import { LocalAudioTrack, Room, RoomEvent, Track, DisconnectReason, type LocalTrack, type Participant, type RemoteParticipant, type TextStreamReader } from "livekit-client";
import { CallError, type Api, type Line, type LineListener } from "./call";
import { parse, serialise, type AgentState, type Outgoing } from "./protocol";

const TOPICS = ["antiphon.tool", "antiphon.cut", "antiphon.turn", "antiphon.problem", "antiphon.recovered", "antiphon.ended"] as const;
/** An agent that has not come by then does not come. */
const AGENT_MS = 12000;
const STATES: readonly string[] = ["initializing", "listening", "thinking", "speaking"] satisfies readonly AgentState[];

/** The same for all calls of this page, so that a line that was lost is taken up again by the same caller. */
const identity = `caller-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;

export class LiveKitLine implements Line {
  callId = "";
  private readonly room = new Room({ publishDefaults: { dtx: true, red: true } });
  private microphone: LocalAudioTrack | null = null;
  private agent = "";
  private closed = false;
  private ended = false;
  /** Segment → the stream that tells it now. */
  private readonly streams = new Map<string, string>();
  private come: () => void = () => undefined;

  constructor(
    private readonly api: Api,
    private readonly listener: LineListener,
  ) {
    const { room } = this;
    room.registerTextStreamHandler("lk.transcription", (reader, who) => void this.words(reader, who.identity));
    for (const topic of TOPICS) room.registerTextStreamHandler(topic, (reader) => void this.event(reader));
    room
      .on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind === Track.Kind.Audio) listener.agentAudio(new MediaStream([track.mediaStreamTrack]));
      })
      .on(RoomEvent.ParticipantConnected, (who) => this.entered(who))
      .on(RoomEvent.ParticipantDisconnected, (who) => this.left(who))
      .on(RoomEvent.ParticipantAttributesChanged, (_, who) => this.state(who))
      .on(RoomEvent.DataReceived, (data, _, __, topic) => {
        const message = topic === "antiphon.clock" ? parse(new TextDecoder().decode(data)) : null;
        if (message && !this.closed) listener.message(message);
      })
      .on(RoomEvent.Disconnected, (reason) => this.disconnected(reason));
  }

  get troubled(): boolean {
    return this.room.state !== "connected";
  }

  async open(microphone: MediaStreamTrack | null, resume: string): Promise<void> {
    const { url, token, room } = await this.api.roomToken(identity, resume);
    this.callId = room;
    const there = new Promise<void>((resolve, reject) => {
      this.come = resolve;
      setTimeout(() => reject(new CallError("no_agent")), AGENT_MS);
    });
    there.catch(() => undefined);
    // Recording begins before the line stands: what is said until the agent has come is sent after.
    const published = this.publish(microphone, true);
    try {
      await this.room.connect(url, token);
    } catch (error) {
      throw new CallError("server_gone", error instanceof Error && error.name === "NotAllowedError" ? error.message : "");
    }
    await published;
    for (const who of this.room.remoteParticipants.values()) this.entered(who);
    await there;
  }

  send(message: Outgoing): boolean {
    if (this.closed) return false;
    if (message.topic === "lk.chat") void this.chat(message.id, message.text);
    else if (this.room.state === "connected") {
      const data = new TextEncoder().encode(serialise(message));
      this.room.localParticipant.publishData(data, { reliable: true, topic: message.topic }).catch(() => undefined);
    }
    return true;
  }

  async setMicrophone(track: MediaStreamTrack | null): Promise<void> {
    if (track === null) await this.unpublish();
    else if (this.microphone === null) await this.publish(track, false);
    else await this.microphone.replaceTrack(track, true);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    void this.unpublish().then(() => this.room.disconnect());
  }

  private async publish(track: MediaStreamTrack | null, early: boolean): Promise<void> {
    if (track === null) return;
    this.microphone = new LocalAudioTrack(track, undefined, true);
    // Not in the types, but what `setMicrophoneEnabled(…, { preConnectBuffer: true })` does with a track of its own.
    if (early) (this.microphone as unknown as { startPreConnectBuffer(): void }).startPreConnectBuffer();
    await this.room.localParticipant.publishTrack(this.microphone as LocalTrack, { source: Track.Source.Microphone, preConnectBuffer: early });
  }

  private async unpublish(): Promise<void> {
    const track = this.microphone;
    this.microphone = null;
    if (track) await this.room.localParticipant.unpublishTrack(track as LocalTrack, false).catch(() => undefined);
  }

  private async chat(id: string, text: string): Promise<void> {
    await this.room.localParticipant.sendText(text, { topic: "lk.chat" });
    this.listener.message({ topic: "lk.transcription", segmentId: id, speaker: "caller", text, final: true, typed: true });
  }

  private async words(reader: TextStreamReader, from: string): Promise<void> {
    const { id, attributes = {} } = reader.info;
    const segmentId = attributes["lk.segment_id"] ?? id;
    const speaker = from === this.room.localParticipant.identity ? "caller" : "agent";
    this.streams.set(segmentId, id);
    const tell = (text: string, final: boolean): void => {
      if (!this.closed && this.streams.get(segmentId) === id) {
        this.listener.message({ topic: "lk.transcription", segmentId, speaker, text, final, typed: false });
      }
    };
    let text = "";
    for await (const piece of reader) tell((text += piece), false);
    tell(text, reader.info.attributes?.["lk.transcription_final"] === "true");
  }

  private async event(reader: TextStreamReader): Promise<void> {
    const message = parse(await reader.readAll());
    if (!message || this.closed) return;
    if (message.topic === "antiphon.ended") this.ended = true;
    this.listener.message(message);
  }

  private entered(who: RemoteParticipant): void {
    if (!who.isAgent) return;
    if (this.agent !== "" && this.agent !== who.identity) this.listener.message({ topic: "antiphon.recovered", code: "agent_lost" });
    this.agent = who.identity;
    this.state(who);
    this.come();
  }

  private left(who: RemoteParticipant): void {
    if (who.identity !== this.agent || this.ended || this.closed) return;
    this.listener.message({ topic: "antiphon.problem", code: "agent_lost", message: "The agent was lost; another one is on its way.", fatal: false });
  }

  private state(who: Participant): void {
    const state = who.attributes["lk.agent.state"];
    if (who.identity !== this.agent || state === undefined || !STATES.includes(state) || this.closed) return;
    this.listener.message({ topic: "lk.agent.state", state: state as AgentState });
  }

  private disconnected(reason: DisconnectReason | undefined): void {
    if (this.closed) return;
    this.closed = true;
    if (this.ended) return;
    // The room was closed, or somebody was shown out: there is no call to come back to.
    const over = reason === DisconnectReason.ROOM_DELETED || reason === DisconnectReason.PARTICIPANT_REMOVED;
    if (over) this.listener.message({ topic: "antiphon.ended", reason: "agent" });
    else this.listener.lost();
  }
}
