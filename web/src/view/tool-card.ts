// A tool call between bubbles: name, arguments, result, time.

import type { ToolCard } from "../conversation";
import { make, milliseconds } from "./dom";
import { icon } from "./icons";

export class ToolCardView {
  readonly element = make("li", { class: "tool", "data-testid": "tool" });

  constructor(private readonly card: ToolCard) {
    this.render();
  }

  render(): void {
    const { card, element } = this;
    const phase = card.output === null ? "running" : card.isError ? "failed" : "done";
    element.dataset["tool"] = card.name;
    element.dataset["phase"] = phase;
    const time = card.tookMs === null ? (phase === "running" ? "running…" : "") : milliseconds(card.tookMs);
    const head = make("div", { class: "tool-head" }, icon("tool"), make("code", { class: "tool-name" }, card.name));
    if (phase === "failed") head.append(make("span", { class: "tool-failed" }, "refused"));
    head.append(make("span", { class: "tool-time" }, time));
    element.replaceChildren(head, list(card.arguments), ...result(card));
  }
}

function list(values: Readonly<Record<string, unknown>>): HTMLElement {
  const rows = Object.entries(values).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, plain(value))));
  const element = make("dl", { class: "tool-values" }, ...rows);
  element.hidden = rows.length === 0;
  return element;
}

/** A result in JSON is shown as values, any other as the words it is. */
function result(card: ToolCard): HTMLElement[] {
  if (card.output === null || card.output === "") return [];
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(card.output);
  } catch {
    // Free text.
  }
  if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
    const values = list(parsed as Record<string, unknown>);
    values.classList.add("tool-result");
    return [values];
  }
  return [make("p", { class: "tool-result" }, typeof parsed === "string" ? parsed : card.output)];
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
