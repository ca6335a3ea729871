// Two mono inputs, caller and agent, interleaved as int16 and sent on every 40 ms.
const BATCH = 15; // render quanta of 128 samples

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(2 * 128 * BATCH);
    this.at = 0;
    this.frame = 0;
  }

  process([caller, agent]) {
    if (this.at === 0) this.frame = currentFrame;
    for (let i = 0; i < 128; i++) {
      this.samples[this.at++] = this.int16(caller, i);
      this.samples[this.at++] = this.int16(agent, i);
    }
    if (this.at === this.samples.length) {
      this.port.postMessage({ frame: this.frame, samples: this.samples.slice() });
      this.at = 0;
    }
    return true;
  }

  int16(input, i) {
    const value = input.length ? input[0][i] : 0;
    return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
  }
}

registerProcessor("recorder", Recorder);
