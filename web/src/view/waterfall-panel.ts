// The waterfall of one answer: a bar for each hop, drawn where its work was done.

import type { Bubble } from "../conversation";
import type { Mapping } from "../clock";
import { layOut, length, ticks, type Bar, type Waterfall } from "../waterfall";
import { make, milliseconds } from "./dom";

export interface ClockView {
  mapping(): Mapping | null;
  outputDelayMs(): number | null;
}

export function waterfallPanel(bubble: Bubble, clock: ClockView): HTMLElement[] {
  const mapping = clock.mapping();
  if (bubble.turn === null) return [make("p", { class: "note" }, heardWords(bubble), " The server sent no times for this answer.")];
  if (mapping === null) return [make("p", { class: "note" }, heardWords(bubble), " The server's clock is not tied to this page's yet.")];
  const stamps: Record<string, number> = {};
  for (const [hop, serverMs] of Object.entries(bubble.turn.stamps)) stamps[hop] = serverMs - mapping.offsetMs;
  const first = Math.min(...Object.values(stamps));
  const origin = bubble.heard?.fromMs ?? stamps["speech_ended"] ?? bubble.sentAtMs ?? first;
  const fall = layOut(stamps, origin, bubble.heard?.onsetMs ?? null);
  return [
    make("p", { class: "panel-title" }, heardWords(bubble)),
    make("ol", { class: "bars" }, ...fall.bars.map((bar) => row(bar, fall))),
    axis(fall),
    make("p", { class: "note" }, ...footnote(mapping, clock.outputDelayMs(), fall)),
    ...details(bubble.turn.details),
  ];
}

function heardWords({ heard, textMs }: Bubble): string {
  const text = textMs === null ? "" : ` The first words were shown ${milliseconds(textMs)} after sending.`;
  if (heard === null) return text || "A further part of the answer: nobody waited for it alone.";
  switch (heard.kind) {
    case "speech":
      return `Heard ${milliseconds(heard.ms)} after you stopped, estimated here from the audio.`;
    case "typed":
      return `Heard ${milliseconds(heard.ms)} after you sent the text.${text}`;
    case "greeting":
      return `Heard ${milliseconds(heard.ms)} after the line stood.`;
  }
}

function row(bar: Bar, fall: Waterfall): HTMLElement {
  const kind = bar.longest ? "longest" : bar.waitedFor ? "waited" : "hidden-work";
  const [fromMs, toMs] = [Math.min(bar.startMs, bar.endMs), Math.max(bar.startMs, bar.endMs)];
  const fill = make("i", { class: "bar" });
  fill.style.left = `${share(fromMs, fall)}%`;
  fill.style.width = `max(2px, ${((toMs - fromMs) / (fall.toMs - fall.fromMs)) * 100}%)`;
  const origin = make("i", { class: "origin" });
  origin.style.left = `${share(0, fall)}%`;
  const value = make("span", { class: "bar-value" }, milliseconds(length(bar)));
  value.style.left = `calc(${share(toMs, fall)}% + .4em)`;
  const remark = bar.longest ? ", the longest" : bar.waitedFor ? "" : ", done meanwhile";
  const span = `, from ${Math.round(bar.startMs)} to ${Math.round(bar.endMs)} ms${remark}`;
  return make(
    "li",
    { class: `hop ${kind}`, "data-hop": bar.hop, "data-start-ms": bar.startMs.toFixed(1), "data-end-ms": bar.endMs.toFixed(1), "data-kind": kind },
    make("span", { class: "hop-name" }, bar.label),
    make("span", { class: "hop-track" }, origin, fill, value, make("span", { class: "unseen" }, span)),
  );
}

function axis(fall: Waterfall): HTMLElement {
  const marks = ticks(fall.fromMs, fall.toMs, 6).map((ms) => {
    const mark = make("span", { class: ms === 0 ? "tick zero" : "tick" }, ms < 0 ? `−${-ms}` : String(ms));
    mark.style.left = `${share(ms, fall)}%`;
    return mark;
  });
  return make("div", { class: "axis", "aria-hidden": "true" }, make("span", { class: "hop-name" }, "ms"), make("span", { class: "hop-track" }, ...marks));
}

function share(ms: number, fall: Waterfall): number {
  return ((ms - fall.fromMs) / (fall.toMs - fall.fromMs)) * 100;
}

function footnote(mapping: Mapping, outputDelayMs: number | null, fall: Waterfall): string[] {
  const hidden = fall.bars.some((bar) => !bar.waitedFor) ? "Framed: the longest wait. Hatched: done meanwhile, so it cost no time. " : "Framed: the longest wait. ";
  const card = outputDelayMs === null ? "" : ` The sound card adds about ${milliseconds(outputDelayMs)}.`;
  const early = fall.bars.some((bar) => length(bar) < 0) ? "Below zero: the server heard you stop before this page did. " : "";
  return [hidden, early, `Server times are placed within ±${Math.max(0.1, mapping.uncertaintyMs).toFixed(1)} ms.`, card];
}

function details(values: Readonly<Record<string, unknown>>): HTMLElement[] {
  const rows = Object.entries(values).map(([name, value]) =>
    make("div", {}, make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))),
  );
  return rows.length === 0 ? [] : [make("details", { class: "more" }, make("summary", {}, "More of this turn"), make("dl", { class: "tool-values" }, ...rows))];
}
