// The caller's side of the sound: the microphone is opened for its level and for the call, muted, pulled out, allowed later. Where its
// sound goes, and what is said when there is none.

import type { Ear } from "./ear";
import { Microphone, MicrophoneError, type MicrophoneProblem } from "./microphone";
import type { Phone } from "./phone";
import { replaced, words, type ProblemWords } from "./problems";

/** What the page says beneath the choice of the microphone while none is open. */
export type MicrophoneNote = "asking" | "prompt" | "denied" | "missing" | "insecure";

export interface CaptureListener {
  changed(): void;
  problem(problem: ProblemWords): void;
  /** These problems are over. */
  solved(...codes: string[]): void;
}

export class Capture {
  note: MicrophoneNote = "prompt";
  readonly microphone = new Microphone({ changed: () => this.microphoneChanged(), stopped: () => this.stopped() });
  /** The microphone was lost in this call, or before it, and the caller was told so. */
  private gone = false;

  constructor(
    private readonly ear: Ear,
    private readonly phone: Phone,
    private readonly listener: CaptureListener,
  ) {}

  /** Finds out what microphones there are, and opens one if the browser allows that without asking. */
  async prepare(): Promise<void> {
    if (!navigator.mediaDevices?.getUserMedia) this.note = "insecure";
    else {
      await this.microphone.list();
      const permission = await this.microphone.permission((state) => this.permissionChanged(state));
      if (permission === "denied") this.note = "denied";
      if (permission === "granted" && this.phone.state === "idle" && this.microphone.devices.length > 0) await this.open();
    }
    this.listener.changed();
  }

  /** Opens a microphone for the level, and for the call if there is one. Returns whether it is open; if not, it was said why. */
  async open(deviceId?: string): Promise<boolean> {
    const before = this.note;
    this.note = "asking";
    this.listener.changed();
    try {
      await this.microphone.open(deviceId);
      this.note = "prompt";
    } catch (error) {
      this.refused(error instanceof MicrophoneError ? error.code : "mic_denied", before);
      return false;
    }
    this.gone = false;
    this.listener.solved("mic_denied", "mic_missing", "mic_busy", "mic_stopped");
    await this.ear.start();
    this.ear.setCaller(this.microphone.stream);
    if (this.phone.inCall) await this.phone.setMicrophone(this.microphone.track);
    return true;
  }

  /** Mutes, unmutes, or opens a microphone in a call that has none. */
  async toggle(): Promise<void> {
    if (this.microphone.state === "off") {
      if (await this.open()) this.microphone.mute(false);
    } else this.microphone.mute(this.microphone.state === "on");
  }

  /** The call is over: the browser's sign that something listens goes out. */
  close(): void {
    this.gone = false;
    this.listener.solved("mic_stopped");
    this.ear.setCaller(null);
    this.microphone.close();
  }

  private refused(code: MicrophoneProblem, before: MicrophoneNote): void {
    this.note = code === "mic_denied" ? "denied" : code === "mic_missing" ? "missing" : before;
    this.listener.problem(words(code));
    this.listener.changed();
  }

  /** The caller allowed or forbade the microphone beside the address. */
  private permissionChanged(state: PermissionState): void {
    if (state === "denied") this.note = "denied";
    else if (this.note === "denied") this.note = "prompt";
    const asking = this.note === "asking"; // the answer to our own question
    if (state === "granted" && !asking && this.microphone.state === "off" && this.microphone.devices.length > 0) void this.open();
    this.listener.changed();
  }

  private microphoneChanged(): void {
    const { listed, devices } = this.microphone;
    if (listed && devices.length === 0 && this.note === "prompt") this.note = "missing";
    if (devices.length > 0 && this.note === "missing") {
      this.note = "prompt";
      this.listener.solved("mic_missing");
    }
    // Theirs is gone, and now another one is there.
    if (this.gone && devices.length > 0) this.tellGone();
    this.listener.changed();
  }

  /** The call goes on: by another microphone, or by text. */
  private stopped(): void {
    this.ear.setCaller(null);
    if (this.phone.inCall) void this.phone.setMicrophone(null);
    this.gone = true;
    this.tellGone();
    this.listener.changed();
  }

  private tellGone(): void {
    const [other] = this.microphone.devices;
    this.listener.problem(other ? replaced(other.label) : words("mic_stopped"));
  }
}
