// The caller's microphone: which one, may we, mute. Opened once, for the level before the call and for the call itself.

export type MicrophoneProblem = "mic_denied" | "mic_missing" | "mic_busy" | "mic_insecure";

/** off: not opened (or not allowed to); on; muted: open, sends silence. */
export type MicrophoneState = "off" | "on" | "muted";

export interface MicrophoneListener {
  changed(): void;
  /** It was unplugged, or the permission was taken back; `devices` are those that are left. */
  stopped(): void;
}

export interface Device {
  id: string;
  label: string;
}

const CHOICE = "antiphon.microphone";

export class MicrophoneError extends Error {
  constructor(readonly code: MicrophoneProblem) {
    super(code);
  }
}

export class Microphone {
  stream: MediaStream | null = null;
  devices: Device[] = [];
  /** Whether `devices` was asked for: an empty list means something only then. */
  listed = false;
  private muted = false;

  constructor(private readonly listener: MicrophoneListener) {
    navigator.mediaDevices?.addEventListener?.("devicechange", () => void this.list().then(() => this.checkPlugged()));
  }

  get state(): MicrophoneState {
    if (this.stream === null) return "off";
    return this.muted ? "muted" : "on";
  }

  get track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  get chosen(): string {
    return this.track?.getSettings().deviceId ?? remembered();
  }

  /** Whether the browser would open a microphone without asking; "prompt" where it can't tell. Tells `changed` of later changes. */
  async permission(changed: (state: PermissionState) => void): Promise<PermissionState> {
    try {
      const status = await navigator.permissions.query({ name: "microphone" as PermissionName });
      status.onchange = () => changed(status.state);
      return status.state;
    } catch {
      return "prompt";
    }
  }

  /**
   * Opens the chosen microphone, or the one that is remembered.
   *
   * @throws MicrophoneError
   */
  async open(deviceId = remembered()): Promise<MediaStream> {
    if (!navigator.mediaDevices?.getUserMedia) throw new MicrophoneError("mic_insecure");
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: constraints(deviceId) });
    } catch (error) {
      throw new MicrophoneError(problem(error));
    }
    this.release();
    this.stream = stream;
    this.applyMute();
    stream.getAudioTracks()[0]?.addEventListener("ended", () => void this.lose(stream));
    remember(deviceId);
    void this.list();
    this.listener.changed();
    return stream;
  }

  close(): void {
    this.release();
    this.muted = false;
    this.listener.changed();
  }

  mute(muted: boolean): void {
    this.muted = muted;
    this.applyMute();
    this.listener.changed();
  }

  /** Fills `devices`. Browsers tell the names only once a microphone was allowed. */
  async list(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    const inputs = all.filter((device) => device.kind === "audioinput");
    this.devices = inputs.map((device, index) => ({
      id: device.deviceId,
      label: device.label || (inputs.length > 1 ? `Microphone ${index + 1}` : "Default microphone"),
    }));
    this.listed = true;
    this.listener.changed();
  }

  /** Not every browser ends the track of a microphone that was pulled out. */
  private checkPlugged(): void {
    const { stream, devices, track } = this;
    const used = track?.getSettings().deviceId;
    if (stream && used && !devices.some((device) => device.id === used)) void this.lose(stream);
  }

  private async lose(stream: MediaStream): Promise<void> {
    if (this.stream !== stream) return;
    this.release();
    await this.list();
    this.listener.stopped();
  }

  private release(): void {
    const stream = this.stream;
    this.stream = null;
    stream?.getTracks().forEach((track) => track.stop());
  }

  private applyMute(): void {
    if (this.track) this.track.enabled = !this.muted;
  }
}

function constraints(deviceId: string): MediaTrackConstraints {
  const wish = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  return deviceId ? { ...wish, deviceId: { ideal: deviceId } } : wish;
}

function problem(error: unknown): MicrophoneProblem {
  switch (error instanceof Error ? error.name : "") {
    case "NotFoundError":
    case "OverconstrainedError":
      return "mic_missing";
    case "NotReadableError":
    case "AbortError":
      return "mic_busy";
    default:
      return "mic_denied";
  }
}

function remembered(): string {
  try {
    return localStorage.getItem(CHOICE) ?? "";
  } catch {
    return "";
  }
}

function remember(deviceId: string): void {
  try {
    if (deviceId) localStorage.setItem(CHOICE, deviceId);
  } catch {
    // Storage is switched off: the default microphone does.
  }
}
