// What this page hears of the call: levels of the microphone's track and of the received track, and the agent's sound itself.
//
// Both tracks meet in one AudioWorklet, so both lanes stand on one sample clock; `AudioClock` ties it to the page's.

import type { Levels } from "./ear-worklet";

export interface EarListener {
  /** A hop of 10 ms: its end in page ms, the root mean squares of both lanes. */
  hop(endMs: number, callerRms: number, agentRms: number): void;
  /** The browser holds the agent's sound back until the caller clicks. */
  soundBlocked(): void;
  /** `running` has changed. */
  started(): void;
}

/** Maps the audio thread's clock to the page's, from messages that arrive late but never early. */
export class AudioClock {
  private offsetMs: number | null = null;
  private lateHops = 0;

  /** The page ms of a hop's end that was told now. */
  map(audioMs: number, nowMs: number): number {
    const offset = nowMs - audioMs;
    if (this.offsetMs === null || offset < this.offsetMs) this.offsetMs = offset;
    else this.offsetMs = Math.min(offset, this.offsetMs + 0.001);
    // The audio thread stood still (the machine slept): after half a second of late hops the clock is set anew.
    this.lateHops = offset - this.offsetMs > 250 ? this.lateHops + 1 : 0;
    if (this.lateHops > 50) this.offsetMs = offset;
    return audioMs + this.offsetMs;
  }
}

export class Ear {
  /** False where the browser has no AudioWorklet (an insecure address): then nothing is measured. */
  measures = false;
  private context: AudioContext | null = null;
  private worklet: AudioWorkletNode | null = null;
  private analyser: AnalyserNode | null = null;
  private caller: MediaStreamAudioSourceNode | null = null;
  private agent: MediaStreamAudioSourceNode | null = null;
  private readonly player = new Audio();
  private readonly samples = new Float32Array(512);
  private agentStream: MediaStream | null = null;
  private ready: Promise<void> | null = null;

  constructor(private readonly listener: EarListener) {
    this.player.autoplay = true;
  }

  /** Starts to listen. Call it in a click or key press: browsers start sound only then. */
  async start(): Promise<void> {
    if (this.context === null) {
      this.context = new AudioContext({ latencyHint: "interactive" });
      this.context.onstatechange = () => this.listener.started();
    }
    void this.context.resume();
    this.ready ??= this.prepare(this.context);
    await this.ready;
  }

  get running(): boolean {
    return this.context?.state === "running";
  }

  /** What the sound card says its own delay is: it comes on top of what is measured here. Null where unknown. */
  get outputDelayMs(): number | null {
    const delay = this.context?.outputLatency;
    return delay ? delay * 1000 : null;
  }

  /** The caller touched the page: what was held back may begin. */
  wake(): void {
    if (this.context?.state === "suspended") void this.context.resume();
  }

  setCaller(stream: MediaStream | null): void {
    this.caller?.disconnect();
    this.caller = null;
    if (stream === null || this.context === null || this.worklet === null) return;
    this.caller = this.context.createMediaStreamSource(stream);
    this.caller.connect(this.worklet, 0, 0);
  }

  /** Plays the agent's sound, and taps it for levels. (Chromium feeds a tap only while an audio element plays the stream.) */
  setAgent(stream: MediaStream | null): void {
    this.agentStream = stream;
    this.player.srcObject = stream;
    if (stream) this.play();
    this.tapAgent();
  }

  play(): void {
    void this.context?.resume();
    this.player.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.listener.soundBlocked();
    });
  }

  /** Root mean square of the agent's sound just now, for the shape. */
  agentRms(): number {
    if (this.analyser === null || this.agent === null) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;
    return Math.sqrt(sum / this.samples.length);
  }

  private async prepare(context: AudioContext): Promise<void> {
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = this.samples.length;
    const clock = new AudioClock();
    try {
      await context.audioWorklet.addModule(new URL("ear-worklet.js", document.baseURI));
    } catch {
      return;
    }
    this.worklet = new AudioWorkletNode(context, "ear", { numberOfInputs: 2, numberOfOutputs: 1, channelCount: 1, channelCountMode: "explicit" });
    this.worklet.port.onmessage = (event: MessageEvent<Levels>) => {
      const [audioMs, callerRms, agentRms] = event.data;
      this.listener.hop(clock.map(audioMs, performance.now()), callerRms, agentRms);
    };
    // Its output is silence; only what leads to the speakers is run.
    this.worklet.connect(context.destination);
    this.measures = true;
    this.tapAgent();
  }

  private tapAgent(): void {
    this.agent?.disconnect();
    this.agent = null;
    if (this.agentStream === null || this.context === null || this.analyser === null) return;
    this.agent = this.context.createMediaStreamSource(this.agentStream);
    this.agent.connect(this.analyser);
    if (this.worklet) this.agent.connect(this.worklet, 0, 1);
  }
}
