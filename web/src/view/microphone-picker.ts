// The microphone to use, with its live level, before the call and in it.

import type { Capture, MicrophoneNote } from "../capture";
import { byId, make, reducedMotion, setText } from "./dom";

const NOTES: Readonly<Record<MicrophoneNote, string>> = {
  asking: "Please allow the microphone above.",
  prompt: "The browser asks before it opens the microphone.",
  denied: "The microphone is blocked for this page. Typing works.",
  missing: "No microphone found. Typing works.",
  insecure: "No microphone at this address: it needs https (start Antiphon with --tls). Typing works.",
};

export class MicrophonePicker {
  private readonly select = byId("microphone-choice", HTMLSelectElement);
  private readonly check = byId("microphone-check", HTMLButtonElement);
  private readonly level = byId("microphone-level", HTMLElement);
  private readonly bar = this.level.querySelector("i");
  private readonly note = byId("microphone-note", HTMLElement);
  private shown = -1;

  constructor(
    private readonly capture: Capture,
    open: (deviceId?: string) => void,
  ) {
    this.select.onchange = () => open(this.select.value);
    this.check.onclick = () => open();
  }

  /** @param measures whether the level is told: browsers wait for a click before they start the sound that it is taken from */
  render(measures: boolean): void {
    const { note, microphone } = this.capture;
    const { devices, chosen, state } = microphone;
    const options = devices.length > 0 ? devices : [{ id: "", label: "Default microphone" }];
    const same = [...this.select.options].map((option) => `${option.value}|${option.text}`).join() === options.map((d) => `${d.id}|${d.label}`).join();
    if (!same) this.select.replaceChildren(...options.map((device) => make("option", { value: device.id }, device.label)));
    if (options.some((device) => device.id === chosen)) this.select.value = chosen;
    this.select.disabled = note === "missing" || note === "insecure";
    this.check.hidden = (state !== "off" && measures) || this.select.disabled;
    this.level.hidden = state === "off" || !measures;
    setText(this.note, state === "off" ? NOTES[note] : "");
  }

  /** @param loudness 0…1 */
  showLevel(loudness: number): void {
    const percent = Math.round(loudness * 100);
    if (percent === this.shown || this.bar === null) return;
    this.shown = percent;
    document.body.style.setProperty("--level", reducedMotion() ? "0" : loudness.toFixed(2));
    this.bar.style.transform = `scaleX(${loudness.toFixed(3)})`;
    this.level.setAttribute("aria-valuenow", String(percent));
  }
}
