// The call itself: the button that becomes the agent, its state in words, mute and hang up.

import type { MicrophoneState } from "../microphone";
import type { PhoneState } from "../phone";
import type { AgentState } from "../protocol";
import type { Pose } from "../shape";
import { byId, make, minutes, setText } from "./dom";
import { icon } from "./icons";
import { Shape } from "./shape";

export interface StageActions {
  talk(): void;
  mute(): void;
  hangUp(): void;
}

export interface StageState {
  phone: PhoneState;
  /** Nothing has come from the server for a while. */
  faltering: boolean;
  agent: AgentState;
  microphone: MicrophoneState;
  /** The call had been up before it ended (and did not just fail). */
  talked: boolean;
}

const MUTED = "Muted";
/** A state that lasts shorter is not spoken. */
const SETTLED_MS = 400;

const AGENT_WORDS: Readonly<Record<AgentState, string>> = {
  initializing: "Waking up…",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
};

export class Stage {
  private readonly talk = byId("talk", HTMLButtonElement);
  private readonly muteButton = byId("mute", HTMLButtonElement);
  private readonly hangUp = byId("hang-up", HTMLButtonElement);
  private readonly status = byId("status", HTMLElement);
  private readonly spokenState = byId("spoken-state", HTMLElement);
  private readonly elapsed = byId("elapsed", HTMLElement);
  private speaking: ReturnType<typeof setTimeout> | undefined;
  private readonly shape: Shape;

  constructor(actions: StageActions, loudness: () => number) {
    this.shape = new Shape(byId("shape", HTMLCanvasElement), loudness);
    this.talk.onclick = () => actions.talk();
    this.muteButton.onclick = () => actions.mute();
    this.hangUp.onclick = () => actions.hangUp();
    this.hangUp.replaceChildren(icon("hangUp"), make("span", {}, "Hang up"));
    this.hangUp.setAttribute("aria-keyshortcuts", "Escape");
    this.muteButton.setAttribute("aria-keyshortcuts", "Space");
  }

  render(state: StageState): void {
    const { dataset } = document.body;
    dataset["state"] = state.phone;
    dataset["view"] = pose(state) === null && !state.talked ? "start" : "talk";
    dataset["agent"] = state.phone === "live" ? state.agent : "";
    dataset["mic"] = state.microphone;
    const inCall = pose(state) !== null;
    this.talk.replaceChildren(icon("microphone"), make("span", {}, state.talked ? "Talk again" : "Talk"));
    const focused = document.activeElement;
    this.talk.hidden = inCall;
    byId("controls", HTMLElement).hidden = !inCall;
    // Who pressed a button that vanishes keeps the focus where the call goes on.
    if (focused === this.talk && inCall) this.muteButton.focus();
    if ((focused === this.muteButton || focused === this.hangUp) && !inCall) this.talk.focus();
    this.shape.show(pose(state));
    this.say(state);
    this.elapsed.hidden = !inCall && !state.talked;
    const { microphone } = state;
    const label = { off: "Use mic", on: "Mute", muted: "Unmute" }[microphone];
    this.muteButton.replaceChildren(icon(microphone === "on" ? "microphone" : "muted"), make("span", {}, label));
    this.muteButton.dataset["mic"] = microphone;
  }

  /** In letters at once; to screen readers when it has settled, since an agent thinks for a blink only. */
  private say(state: StageState): void {
    const shown = words(state);
    const muted = state.phone === "live" && state.microphone === "muted" && shown !== MUTED;
    const spoken = muted ? `${shown}, muted` : shown;
    setText(this.status, shown);
    if (spoken === this.spokenState.dataset["next"]) return;
    this.spokenState.dataset["next"] = spoken;
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => setText(this.spokenState, spoken), SETTLED_MS);
  }

  showElapsed(ms: number): void {
    setText(this.elapsed, minutes(ms));
  }
}

function pose({ phone, agent, faltering }: StageState): Pose | null {
  switch (phone) {
    case "connecting":
      return "connecting";
    case "live":
      return faltering ? "lost" : agent;
    case "reconnecting":
      return "lost";
    case "idle":
    case "ended":
      return null;
  }
}

function words({ phone, agent, faltering, microphone, talked }: StageState): string {
  switch (phone) {
    case "connecting":
      return "Connecting…";
    case "reconnecting":
      return "Line lost, reconnecting…";
    case "live":
      if (faltering) return "Line interrupted…";
      if (agent !== "listening" || microphone === "on") return AGENT_WORDS[agent];
      return microphone === "muted" ? MUTED : "Ready for your text";
    case "ended":
      return talked ? "Call ended" : "";
    case "idle":
      return "";
  }
}
