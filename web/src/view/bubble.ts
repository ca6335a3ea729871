// A bubble: words as they come, what was never heard struck through, and under the agent's the latency that was heard.

import type { Bubble } from "../conversation";
import { make, milliseconds, setText } from "./dom";
import { icon } from "./icons";
import { waterfallPanel, type ClockView } from "./waterfall-panel";
import { Words } from "./words";

export class BubbleView {
  readonly element: HTMLLIElement;
  private readonly words: Words;
  private readonly said = make("span", { class: "said" });
  private readonly gap = document.createTextNode("");
  private readonly unheard = make("del", { class: "unheard" });
  private readonly meta = make("div", { class: "meta" });
  private readonly badge = make("button", { class: "badge", type: "button", "data-testid": "heard", "aria-expanded": "false" });
  private panel: HTMLElement | null = null;

  constructor(
    private readonly bubble: Bubble,
    private readonly clock: ClockView,
    private readonly opened: () => void,
  ) {
    const who = make("span", { class: "unseen" }, bubble.speaker === "caller" ? "You: " : "Agent: ");
    this.words = new Words(this.said);
    this.badge.onclick = () => this.toggle();
    const body = make("div", { class: "body" }, who, this.said, this.gap, this.unheard, make("span", { class: "dots", "aria-hidden": "true" }));
    this.element = make("li", { class: "bubble", "data-testid": "bubble", "data-speaker": bubble.speaker }, body, this.meta);
    this.render();
  }

  render(): void {
    const { bubble, element } = this;
    element.dataset["segment"] = bubble.id;
    element.dataset["final"] = String(bubble.final);
    element.dataset["typed"] = String(bubble.typed);
    element.dataset["cut"] = String(bubble.unheard !== "");
    element.hidden = bubble.text === "" && bubble.unheard === "" && bubble.speaker === "agent";
    this.words.show(bubble.text);
    this.renderUnheard();
    this.renderMeta();
    if (this.panel) this.fill();
  }

  private renderUnheard(): void {
    const { unheard } = this.bubble;
    if (this.unheard.dataset["text"] === unheard) return;
    this.unheard.dataset["text"] = unheard;
    this.unheard.hidden = unheard === "";
    this.gap.textContent = unheard === "" || this.bubble.text === "" ? "" : " ";
    if (unheard === "") return this.unheard.replaceChildren();
    this.unheard.replaceChildren(make("span", { class: "unseen" }, "(not heard: "), unheard, make("span", { class: "unseen" }, ")"));
    this.unheard.title = "You interrupted before this was said";
  }

  private renderMeta(): void {
    const { heard, turn, textMs, typed, speaker } = this.bubble;
    if (speaker === "caller") {
      if (typed && !this.meta.hasChildNodes()) this.meta.append("typed");
      return;
    }
    if (heard) {
      this.element.dataset["heardMs"] = heard.ms.toFixed(1);
      this.element.dataset["heardKind"] = heard.kind;
    }
    if (textMs !== null) this.element.dataset["textMs"] = textMs.toFixed(1);
    const label = badgeText(this.bubble);
    const wanted = label !== "" || turn !== null;
    if (!wanted) return;
    const caption = make("span", {}, label || "times");
    this.badge.replaceChildren(icon("bars"), caption);
    this.badge.title = "Where the time went (latency estimated here from the audio)";
    this.badge.setAttribute("aria-label", `${caption.textContent ?? ""}: where the time went`);
    if (!this.badge.isConnected) this.meta.append(this.badge);
  }

  private toggle(): void {
    if (this.panel) {
      this.panel.remove();
      this.panel = null;
    } else {
      this.panel = make("div", { class: "panel", "data-testid": "waterfall", role: "group", "aria-label": "Where the time went" });
      this.element.append(this.panel);
      this.fill();
      this.panel.scrollIntoView({ block: "nearest" });
      this.opened();
    }
    this.badge.setAttribute("aria-expanded", String(this.panel !== null));
  }

  private fill(): void {
    this.panel?.replaceChildren(...waterfallPanel(this.bubble, this.clock));
  }
}

function badgeText(bubble: Bubble): string {
  const { heard, textMs } = bubble;
  if (heard?.kind === "speech") return heard.ms < 0 ? `${milliseconds(-heard.ms)} before you ended` : milliseconds(heard.ms);
  if (heard?.kind === "greeting") return `greeting ${milliseconds(heard.ms)}`;
  const text = textMs === null ? "" : `text ${milliseconds(textMs)}`;
  const voice = heard ? `voice ${milliseconds(heard.ms)}` : "";
  return [text, voice].filter((part) => part !== "").join(" · ");
}

/** A line between entries. */
export function dividerElement(text: string): HTMLLIElement {
  const element = make("li", { class: "divider", "data-testid": "divider" });
  setText(element, text);
  return element;
}
