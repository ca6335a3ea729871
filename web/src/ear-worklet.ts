// Runs in the audio thread: the level of both lanes, every 10 ms, on one sample clock. Input 0 is the caller, input 1 the agent.

/* The scope of an AudioWorklet, which TypeScript's DOM library lacks. */
declare const sampleRate: number;
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: typeof EarProcessor): void;

/** [end of the hop in ms of the audio clock, caller's RMS, agent's RMS] */
export type Levels = [number, number, number];

class EarProcessor extends AudioWorkletProcessor {
  private readonly hop = Math.round(sampleRate / 100);
  private filled = 0;
  private caller = 0;
  private agent = 0;

  process(inputs: Float32Array[][]): boolean {
    const caller = inputs[0]?.[0];
    const agent = inputs[1]?.[0];
    const count = (caller ?? agent)?.length ?? 128;
    for (let index = 0; index < count; index += 1) {
      const [a, b] = [caller?.[index] ?? 0, agent?.[index] ?? 0];
      this.caller += a * a;
      this.agent += b * b;
      this.filled += 1;
      if (this.filled === this.hop) this.post(currentFrame + index + 1);
    }
    return true;
  }

  private post(endFrame: number): void {
    const levels: Levels = [(endFrame * 1000) / sampleRate, Math.sqrt(this.caller / this.hop), Math.sqrt(this.agent / this.hop)];
    this.port.postMessage(levels);
    this.filled = 0;
    this.caller = 0;
    this.agent = 0;
  }
}

registerProcessor("ear", EarProcessor);
