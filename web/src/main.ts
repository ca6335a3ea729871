// The page: puts the model, the line and the views together. Everything that happens passes through here once.

import { readAbout, unknown, type About } from "./about";
import { Api, CallError, DirectLine, type Line, type LineListener } from "./call";
import { Capture } from "./capture";
import { Conversation, type Entry } from "./conversation";
import { Ear } from "./ear";
import { summarise } from "./heard";
import { Lanes, loudness } from "./lanes";
import { Phone, type PhoneState } from "./phone";
import { ending, recovery, told, words, type ProblemCode, type Remedy } from "./problems";
import { assertNever, type AgentState, type Incoming } from "./protocol";
import { listen } from "./shortcuts";
import { takeToken } from "./token";
import { decibels } from "./vad";
import { Announcer } from "./view/announcer";
import { Banner } from "./view/banner";
import { ConversationView } from "./view/conversation";
import { byId, make, setText } from "./view/dom";
import { icon } from "./view/icons";
import { LatencyView } from "./view/latency";
import { MicrophonePicker } from "./view/microphone-picker";
import { Stage } from "./view/stage";
import { TimelineView } from "./view/timeline";

class Page {
  private readonly token = takeToken(window);
  private readonly api = new Api(this.token);
  private readonly lanes = new Lanes();
  private readonly ear = new Ear({
    hop: (endMs, callerRms, agentRms) => this.hop(endMs, callerRms, agentRms),
    soundBlocked: () => this.problem("sound_blocked"),
    started: () => this.render(),
  });
  /** Whether calls go through LiveKit, as soon as the server has said so. */
  private livekit: Promise<boolean> = Promise.resolve(false);
  private readonly phone = new Phone((listener) => this.makeLine(listener), {
    moved: (state, from) => this.moved(state, from),
    faltered: () => this.render(),
    message: (message) => this.message(message),
    agentAudio: (stream) => this.ear.setAgent(stream),
    connected: (again, sameCall) => this.connected(again, sameCall),
    failed: (error) => this.failed(error),
  });
  private readonly conversationView = new ConversationView({
    mapping: () => this.phone.clock.mapping(performance.now()),
    outputDelayMs: () => this.ear.outputDelayMs,
  });
  private readonly conversation = new Conversation({
    changed: (entry) => this.entryChanged(entry),
    cleared: () => this.conversationView.cleared(),
  });
  private readonly capture = new Capture(this.ear, this.phone, {
    changed: () => this.captureChanged(),
    problem: (problem) => this.banner.show(problem),
    solved: (...codes) => this.banner.hide(...codes),
  });
  private readonly banner = new Banner(byId("banner", HTMLElement), (remedy) => this.remedy(remedy));
  private readonly announcer = new Announcer(byId("announcer", HTMLElement));
  private readonly latency = new LatencyView();
  private readonly text = byId("text", HTMLInputElement);
  private readonly timeline: TimelineView;
  private readonly stage: Stage;
  private readonly picker: MicrophonePicker;
  private agent: AgentState = "initializing";
  private talked = false;
  private ended = "";
  private liveSinceMs = 0;
  private callerRms = 0;
  private chats = 0;
  /** Passing troubles that the server told of: over as soon as the agent speaks again. */
  private readonly toldProblems: string[] = [];

  constructor() {
    this.conversationView.model = this.conversation;
    this.timeline = new TimelineView(this.lanes, this.conversation);
    const actions = { talk: () => void this.talk(), mute: () => this.phone.inCall && void this.capture.toggle(), hangUp: () => this.phone.hangUp() };
    this.stage = new Stage(actions, () => loudness(decibels(this.agent === "speaking" ? this.ear.agentRms() : this.callerRms)));
    this.picker = new MicrophonePicker(this.capture, (deviceId) => void this.capture.open(deviceId));
    this.composer();
    listen({ ...actions, focusText: () => this.text.focus(), leaveText: () => this.text.blur() });
    setInterval(() => this.tick(), 100);
    addEventListener("pagehide", () => this.phone.leave());
    for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => this.ear.wake());
    // Another token was put into the address: browsers don't load a page anew for that.
    addEventListener("hashchange", () => takeToken(window) !== this.token && location.reload());
    // Followed as a link it would put "#text" into the address, where the token stands if it cannot be kept elsewhere.
    byId("skip", HTMLAnchorElement).onclick = () => {
      this.text.focus();
      return false;
    };
    watchForBugs(() => this.problem("page_broke"));
    this.render();
    this.prepare();
  }

  /** For end-to-end tests and the curious; see web/README.md. */
  get debug(): object {
    const { phone, conversation, lanes, ear } = this;
    return {
      get state() {
        return phone.state;
      },
      get entries() {
        return conversation.entries;
      },
      get latencies() {
        return conversation.spokenLatencies();
      },
      get clock() {
        return phone.clock.mapping(performance.now());
      },
      get lanes() {
        return { startMs: lanes.startMs, endMs: lanes.endMs, caller: lanes.caller.vad.bursts, agent: lanes.agent.vad.bursts };
      },
      get measures() {
        return ear.measures && ear.running;
      },
    };
  }

  private prepare(): void {
    this.showAbout(unknown);
    this.livekit = this.api.about().then(
      (json) => {
        const about = readAbout(json);
        this.showAbout(about);
        return about.livekit;
      },
      (error: unknown) => {
        this.problem(error instanceof CallError ? error.code : "server_gone");
        return false;
      },
    );
    void this.capture.prepare();
  }

  private async makeLine(listener: LineListener): Promise<Line> {
    if (!(await this.livekit)) return new DirectLine(this.api, listener);
    const { LiveKitLine } = await import("./livekit-line");
    return new LiveKitLine(this.api, listener);
  }

  private async talk(): Promise<void> {
    if (this.phone.inCall) return;
    this.banner.clear();
    void this.ear.start();
    const { capture } = this;
    if (capture.microphone.state === "off" && !(await capture.open())) return;
    capture.microphone.mute(false);
    await this.startCall();
  }

  private async startCall(): Promise<void> {
    if (this.phone.inCall) return;
    this.banner.clear();
    const listening = this.ear.start();
    this.lanes.reset();
    this.conversation.begin(performance.now());
    this.agent = "initializing";
    this.ended = "";
    this.talked = false;
    const { microphone } = this.capture;
    const call = this.phone.call(microphone.track);
    await listening;
    this.ear.setCaller(microphone.stream);
    await call;
  }

  private sendText(): void {
    const text = this.text.value.trim();
    if (text === "") return;
    this.text.value = "";
    this.type(text);
  }

  private type(text: string): void {
    if (!this.phone.inCall) {
      // Who types may not wish to be heard: an open microphone starts muted.
      const { microphone } = this.capture;
      if (microphone.state === "on") microphone.mute(true);
      void this.startCall();
    }
    this.chats += 1;
    const id = `chat-${Date.now().toString(36)}-${this.chats}`;
    this.conversation.type(id, text, performance.now());
    this.phone.type(id, text);
  }

  private moved(state: PhoneState, from: PhoneState): void {
    if (state === "connecting") this.timeline.start();
    if (state === "live" && from === "connecting") {
      this.talked = true;
      this.liveSinceMs = performance.now();
    }
    if (state === "ended") {
      this.timeline.stop();
      this.ear.setAgent(null);
      this.capture.close();
      this.banner.hide(...this.toldProblems.splice(0), "sound_blocked");
      if (this.talked) this.conversation.divide(this.ended ? ending(this.ended) : ending("hang_up"), performance.now());
    }
    this.render();
  }

  private connected(again: boolean, sameCall: boolean): void {
    if (!again) return this.conversation.connected(performance.now());
    this.banner.clear();
    if (!sameCall) this.agent = "initializing";
    if (sameCall) this.conversation.divide("The line was lost and is back", performance.now());
    else this.conversation.beginAnew("The line was lost: this is a new call", performance.now());
    this.render();
  }

  private failed(error: CallError): void {
    const unsent = this.conversation.takeBack();
    if (unsent && this.text.value === "") this.text.value = unsent;
    this.problem(error.code, error.message);
  }

  private message(message: Incoming): void {
    const nowMs = performance.now();
    switch (message.topic) {
      case "lk.transcription":
        // Words from the engine: it works again.
        if (!message.typed) this.banner.hide(...this.toldProblems.splice(0));
        return this.conversation.transcribe(message, nowMs);
      case "lk.agent.state":
        this.agent = message.state;
        return this.render();
      case "antiphon.cut":
        return this.conversation.cut(message, nowMs);
      case "antiphon.tool":
        return this.conversation.tool(message, nowMs);
      case "antiphon.turn":
        this.conversation.time(message);
        return this.measure();
      case "antiphon.problem":
        this.banner.show(told(message.code, message.message, message.fatal));
        if (!message.fatal) this.toldProblems.push(message.code);
        else {
          this.toldProblems.length = 0;
          this.ended = "error";
          this.phone.hangUp();
        }
        return;
      case "antiphon.recovered":
        this.banner.hide(message.code);
        return this.conversation.divide(recovery(message.code), nowMs);
      case "antiphon.ended":
        this.ended = message.reason;
        return this.phone.hangUp();
      case "antiphon.clock":
        return;
      default:
        assertNever(message);
    }
  }

  private hop(endMs: number, callerRms: number, agentRms: number): void {
    this.callerRms = callerRms;
    if (this.phone.inCall && this.lanes.push(endMs, callerRms, agentRms)) this.measure();
  }

  private measure(): void {
    const mapping = this.phone.clock.mapping(performance.now());
    const toPage = (serverMs: number): number | null => (mapping === null ? null : serverMs - mapping.offsetMs);
    this.conversation.measure(this.lanes.caller.vad.bursts, this.lanes.agent.vad.bursts, toPage);
  }

  private entryChanged(entry: Entry): void {
    this.conversationView.changed(entry);
    this.announcer.changed(entry);
    this.latency.render(summarise(this.conversation.spokenLatencies()));
    document.body.dataset["entries"] = String(this.conversation.entries.length);
  }

  private captureChanged(): void {
    if (this.capture.microphone.state === "off") this.callerRms = 0;
    this.render();
  }

  private problem(code: ProblemCode, detail = ""): void {
    this.banner.show(words(code, detail));
    this.render();
  }

  private remedy(remedy: Remedy): void {
    switch (remedy) {
      case "call":
        return void this.talk();
      case "type":
        return this.text.focus();
      case "retry_microphone":
        return void (this.phone.inCall ? this.capture.open() : this.talk());
      case "play":
        return this.ear.play();
      case "reload":
        return location.reload();
      case "dismiss":
        return;
    }
  }

  private composer(): void {
    byId("send", HTMLButtonElement).append(icon("send"), make("span", { class: "unseen" }, "Send"));
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.sendText();
    });
  }

  private showAbout(about: About): void {
    setText(byId("name", HTMLElement), about.name);
    document.title = about.name;
    setText(byId("parts", HTMLElement), about.parts.join(" · "));
    const tries = about.trySaying.map((sentence) => {
      const button = make("button", { type: "button", class: "try", title: "Say it, or click to send it as text" }, `“${sentence}”`);
      button.onclick = () => this.type(sentence);
      return make("li", {}, button);
    });
    byId("tries-list", HTMLElement).replaceChildren(...tries);
  }

  private tick(): void {
    this.picker.showLevel(loudness(decibels(this.callerRms)));
    if (this.phone.inCall && this.liveSinceMs > 0) this.stage.showElapsed(performance.now() - this.liveSinceMs);
  }

  private render(): void {
    const { agent, talked, capture, phone } = this;
    this.stage.render({ phone: phone.state, faltering: phone.faltering, agent, microphone: capture.microphone.state, talked });
    this.picker.render(this.ear.running);
  }
}

/** Tells of an error in the page's own code, which would else stand in the console only. */
function watchForBugs(tell: () => void): void {
  addEventListener("error", (event) => {
    if (event.error instanceof Error) tell();
  });
  addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof Error) tell();
  });
}

declare global {
  interface Window {
    antiphon: object;
  }
}

byId("stuck", HTMLElement).remove();
window.antiphon = new Page().debug;
