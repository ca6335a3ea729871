// The line through a LiveKit room, with LiveKit's own client. A chunk of its own (livekit.js): who calls directly does not load it.
//
// The agent tells what happens on LiveKit's topics (src/antiphon/lines/livekit/teller.py); here it becomes the messages of protocol.ts, so
// that the rest of the page knows no difference.

import { ConnectionState, LocalAudioTrack, Room, RoomEvent, Track, DisconnectReason, type LocalTrack, type Participant, type RemoteParticipant, type TextStreamReader } from "livekit-client";
import { CallError, type Api, type Line, type LineListener } from "./call";
import { parse, serialise, type AgentState, type Incoming, type Outgoing } from "./protocol";

const TOPICS = ["antiphon.tool", "antiphon.cut", "antiphon.turn", "antiphon.problem", "antiphon.recovered", "antiphon.ended"] as const;
/** An agent that has not come by then does not come. */
const AGENT_MS = 12000;
/** The same after one was lost: its process may have to be started anew first. */
const NEXT_AGENT_MS = 30000;
/** An agent that is gone for less was away with the server, or its line was: nothing to tell. */
const BLINK_MS = 1000;
const STATES: readonly string[] = ["initializing", "listening", "thinking", "speaking"] satisfies readonly AgentState[];

/** The same for all calls of this page, so that a line that was lost is taken up again by the same caller. */
const identity = `caller-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;

export class LiveKitLine implements Line {
  callId = "";
  /** LiveKit's client goes on trying for half a minute; a second line beside it would throw this one out of the room. */
  readonly mends = true;
  private readonly room = new Room({ publishDefaults: { dtx: true, red: true } });
  private microphone: LocalAudioTrack | null = null;
  /** Identity of the agent that was last there; "" before one has come. */
  private agent = "";
  /** Whether it is there now and can be typed to. */
  private present = false;
  private opened = false;
  private closed = false;
  private ended = false;
  private readonly timers: ReturnType<typeof setTimeout>[] = [];
  /** What was typed while there was nobody to read it. */
  private readonly unsent: { id: string; text: string }[] = [];
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
        if (message) this.tell(message);
      })
      .on(RoomEvent.Reconnected, () => this.flush())
      .on(RoomEvent.Disconnected, (reason) => this.disconnected(reason));
  }

  get troubled(): boolean {
    return this.room.state !== ConnectionState.Connected;
  }

  async open(microphone: MediaStreamTrack | null, resume: string): Promise<void> {
    const [name = ""] = resume.split(" ");
    // Recording begins before the line stands: what is said until the agent has come is sent after.
    const published = this.publish(microphone, true);
    published.catch(() => undefined);
    const { url, token, room } = await this.api.roomToken(identity, name);
    const there = new Promise<void>((resolve, reject) => {
      this.come = resolve;
      this.timers.push(setTimeout(() => reject(new CallError("no_agent")), AGENT_MS));
    });
    there.catch(() => undefined);
    try {
      await this.room.connect(url, token);
    } catch (error) {
      throw new CallError("server_gone", error instanceof Error && error.name === "NotAllowedError" ? error.message : "");
    }
    // A room of that name that was made anew is another call.
    this.callId = `${room} ${await this.room.getSid()}`;
    await published;
    for (const who of this.room.remoteParticipants.values()) this.entered(who);
    await there;
    this.opened = true;
  }

  send(message: Outgoing): boolean {
    if (this.closed || !this.opened) return false;
    if (message.topic === "lk.chat") {
      this.unsent.push(message);
      this.flush();
    } else if (this.room.state === ConnectionState.Connected) {
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
    this.stop();
    this.room.disconnect(false).catch(() => undefined); // false: the microphone is the page's
  }

  private stop(): void {
    this.closed = true;
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
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

  /** Sends what was typed, once the agent can read it. */
  private flush(): void {
    if (!this.present || this.room.state !== ConnectionState.Connected) return;
    for (const chat of this.unsent.splice(0)) {
      this.room.localParticipant.sendText(chat.text, { topic: "lk.chat" }).then(
        () => this.tell({ topic: "lk.transcription", segmentId: chat.id, speaker: "caller", text: chat.text, final: true, typed: true }),
        () => this.unsent.push(chat), // the line went meanwhile: with the next agent, or when it is back
      );
    }
  }

  private async words(reader: TextStreamReader, from: string): Promise<void> {
    const { id, attributes = {} } = reader.info;
    const segmentId = attributes["lk.segment_id"] ?? id;
    const speaker = from === this.room.localParticipant.identity ? "caller" : "agent";
    this.streams.set(segmentId, id);
    const tell = (text: string, final: boolean): void => {
      if (this.streams.get(segmentId) === id) this.tell({ topic: "lk.transcription", segmentId, speaker, text, final, typed: false });
    };
    let text = "";
    try {
      for await (const piece of reader) tell((text += piece), false);
    } catch {
      return tell(text, true); // whoever spoke is gone: there will be no more
    }
    tell(text, reader.info.attributes?.["lk.transcription_final"] === "true");
  }

  private async event(reader: TextStreamReader): Promise<void> {
    const message = parse(await reader.readAll().catch(() => ""));
    if (message?.topic === "antiphon.ended") this.ended = true;
    if (message) this.tell(message);
  }

  private tell(message: Incoming): void {
    if (!this.closed) this.listener.message(message);
  }

  private entered(who: RemoteParticipant): void {
    if (!who.isAgent || this.ended) return;
    if (this.agent !== "" && this.agent !== who.identity) this.tell({ topic: "antiphon.recovered", code: "agent_lost" });
    this.agent = who.identity;
    this.state(who);
  }

  private left(who: RemoteParticipant): void {
    if (who.identity !== this.agent || this.ended || this.closed) return;
    this.present = false;
    const alone = (afterMs: number, code: string, message: string, fatal: boolean): void => {
      this.timers.push(setTimeout(() => this.present || this.troubled || this.tell({ topic: "antiphon.problem", code, message, fatal }), afterMs));
    };
    alone(BLINK_MS, "agent_lost", "The agent was lost; another one is on its way.", false);
    alone(NEXT_AGENT_MS, "no_agent", "The agent was lost, and no other one has come.", true);
  }

  /** An agent that tells its state has opened its call, and reads what is typed. */
  private state(who: Participant): void {
    const state = who.attributes["lk.agent.state"];
    if (who.identity !== this.agent || state === undefined || !STATES.includes(state) || this.ended) return;
    if (!this.present) {
      this.present = true;
      for (const timer of this.timers.splice(0)) clearTimeout(timer);
      this.come();
      this.flush();
    }
    this.tell({ topic: "lk.agent.state", state: state as AgentState });
  }

  private disconnected(reason: DisconnectReason | undefined): void {
    if (this.closed) return;
    // The room was closed, or somebody was shown out: there is no call to come back to.
    const over = reason === DisconnectReason.ROOM_DELETED || reason === DisconnectReason.PARTICIPANT_REMOVED;
    if (over && !this.ended) this.tell({ topic: "antiphon.ended", reason: "agent" });
    const lost = !over && !this.ended;
    this.stop();
    if (lost) this.listener.lost();
  }
}
