// A caller inside the page: before the page's own scripts run, the microphone becomes a WebAudio stream that the test speaks into,
// and whatever a peer connection receives is recorded beside it. Both on the clock of one AudioContext, exact to the sample.
(() => {
  const context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
  const mouth = context.createGain();
  const recorded = []; // Int16Array pieces: caller, agent, caller, agent, …
  let firstFrame = null; // the context's frame number of the first recorded sample
  let frames = 0;
  const holes = [];
  let taken = 0;
  let agentTap = null;
  let recorder = null;
  let microphones = 0;

  // A microphone is never quite still; and a graph in which nothing sounds sends no packets at all.
  const hiss = context.createBuffer(1, 48000, 48000);
  hiss.getChannelData(0).forEach((_, i, data) => { data[i] = (Math.sin(i * i) * 2) / 32768; });
  const room = new AudioBufferSourceNode(context, { buffer: hiss, loop: true });
  room.connect(mouth);
  room.start();

  const ready = (async () => {
    const source = new Blob([RECORDER], { type: "text/javascript" });
    await context.audioWorklet.addModule(URL.createObjectURL(source));
    recorder = new AudioWorkletNode(context, "recorder", { numberOfInputs: 2, numberOfOutputs: 1, channelCount: 1, channelCountMode: "explicit" });
    recorder.port.onmessage = ({ data }) => {
      firstFrame ??= data.frame;
      // A machine that is too busy leaves out audio: the hole stands in the recording as silence, and is reported.
      const hole = data.frame - firstFrame - frames;
      if (hole > 0) {
        recorded.push(new Int16Array(2 * hole));
        holes.push({ atMs: frames / 48, ms: hole / 48 });
      }
      recorded.push(data.samples);
      frames = data.frame - firstFrame + data.samples.length / 2;
    };
    mouth.connect(recorder, 0, 0);
    agentTap = context.createGain();
    agentTap.connect(recorder, 0, 1);
    const still = context.createGain(); // a node that nothing hears may not run
    still.gain.value = 0;
    recorder.connect(still).connect(context.destination);
  })();

  navigator.mediaDevices.getUserMedia = async (wishes) => {
    if (!wishes?.audio) throw new DOMException("only audio here", "NotFoundError");
    microphones += 1;
    const destination = context.createMediaStreamDestination();
    mouth.connect(destination);
    return destination.stream;
  };

  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...args) {
      super(...args);
      this.addEventListener("track", (event) => {
        if (event.track.kind !== "audio") return;
        const stream = new MediaStream([event.track]);
        // Chromium gives a remote stream to WebAudio only while an element plays it too.
        const element = new Audio();
        element.muted = true;
        element.srcObject = stream;
        element.play();
        ready.then(() => context.createMediaStreamSource(stream).connect(agentTap));
      });
    }
  };

  const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const toBase64 = (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  };

  window.__ear = {
    ready,
    // Speaks 48 kHz mono int16; answers with the place of the first sample on the recording's timeline.
    async say(pcm) {
      await ready;
      const samples = new Int16Array(fromBase64(pcm).buffer);
      const buffer = context.createBuffer(1, Math.max(1, samples.length), 48000);
      buffer.copyToChannel(Float32Array.from(samples, (v) => v / 32768), 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(mouth);
      // A whole number of frames ahead, so that no sample is interpolated.
      const frame = Math.ceil((context.currentTime + 0.06) * 48000);
      source.start(frame / 48000);
      return frame - firstFrame;
    },
    // What was recorded since the last call.
    take() {
      const pieces = recorded.slice(taken);
      taken = recorded.length;
      const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
      let at = 0;
      for (const piece of pieces) { all.set(piece, at); at += piece.length; }
      return { pcm: toBase64(new Uint8Array(all.buffer)), agent: document.body.dataset.agent ?? "" };
    },
    // The page's clock and the recording's, read together.
    clocks() {
      return { pageMs: performance.now(), recordedMs: (context.currentTime * 48000 - firstFrame) / 48 };
    },
    microphones: () => microphones,
    holes: () => holes,
  };
})();
