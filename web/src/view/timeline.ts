// Two lanes along the bottom, caller above, agent below, drawn from the audio. Overlaps are shaded, answers' gaps carry their
// milliseconds, interruptions a mark.

import type { Conversation } from "../conversation";
import { overlaps, talk, type Lanes } from "../lanes";
import { columnAt, columnsOf, stretch, type Stretch } from "../timeline";
import { HOP_MS, merged, type Burst } from "../vad";
import { byId, milliseconds, minutes, reducedMotion } from "./dom";

const BAR_PX = 3;
const GAP_PX = 1;
/** Between the lanes: room for the numbers that stand there. */
const BETWEEN_PX = 12;

export class TimelineView {
  private readonly footer = byId("timeline", HTMLElement);
  private readonly canvas = byId("lanes", HTMLCanvasElement);
  private timer: ReturnType<typeof setInterval> | undefined;
  private whole = false;
  private described = -1;

  constructor(
    private readonly lanes: Lanes,
    private readonly conversation: Conversation,
  ) {
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    document.addEventListener("visibilitychange", () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  start(): void {
    this.whole = false;
    this.footer.hidden = false;
    clearInterval(this.timer);
    this.timer = setInterval(() => this.draw(), reducedMotion() ? 1000 : 100);
  }

  /** The call is over: shows it whole. */
  stop(): void {
    clearInterval(this.timer);
    this.whole = true;
    this.footer.hidden = this.lanes.startMs === null;
    this.draw();
  }

  private draw(): void {
    const context = this.canvas.getContext("2d");
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (context === null || width === 0 || document.hidden) return;
    const ratio = Math.min(2, devicePixelRatio);
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const shown = stretch(this.lanes.caller.count, Math.floor(width / (BAR_PX + GAP_PX)), this.whole);
    const style = getComputedStyle(this.canvas);
    const colour = (name: string): string => style.getPropertyValue(name);
    const place = (ms: number): number => columnAt(ms, this.lanes.startMs ?? 0, shown) * (BAR_PX + GAP_PX);
    this.drawOverlaps(context, height, place, colour("--overlap"));
    this.drawLanes(context, height, shown, colour("--caller"), colour("--accent"));
    context.font = `10px ${style.fontFamily}`;
    context.textBaseline = "middle";
    const taken = this.drawAnswers(context, height, place, colour("--ink-2"));
    this.drawSeconds(context, height, shown, place, taken, colour("--ink-2"));
    this.describe();
  }

  private drawLanes(context: CanvasRenderingContext2D, height: number, shown: Stretch, caller: string, agent: string): void {
    const lane = height / 2 - BETWEEN_PX / 2;
    const columns = columnsOf(this.lanes, shown);
    const bars = (colour: string, level: (index: number) => number, middle: number): void => {
      context.fillStyle = colour;
      columns.forEach((_, index) => {
        if ((shown.from + index * shown.hopsPerColumn) >= this.lanes.caller.count) return;
        const size = Math.max(1.5, level(index) * (lane - 1));
        context.fillRect(index * (BAR_PX + GAP_PX), middle - size / 2, BAR_PX, size);
      });
    };
    bars(caller, (index) => columns[index]?.caller ?? 0, lane / 2);
    bars(agent, (index) => columns[index]?.agent ?? 0, height - lane / 2);
  }

  private drawOverlaps(context: CanvasRenderingContext2D, height: number, place: (ms: number) => number, colour: string): void {
    const end = (burst: Burst): number => burst.endMs ?? this.lanes.endMs;
    context.fillStyle = colour;
    const both = overlaps(merged(this.lanes.caller.vad.bursts), merged(this.lanes.agent.vad.bursts), end);
    for (const [from, to] of both) context.fillRect(place(from), 0, Math.max(2, place(to) - place(from)), height);
  }

  /** The time of the call, between the lanes, where no answer's label stands. */
  private drawSeconds(
    context: CanvasRenderingContext2D,
    height: number,
    shown: Stretch,
    place: (ms: number) => number,
    taken: readonly (readonly [number, number])[],
    colour: string,
  ): void {
    const startMs = this.lanes.startMs ?? 0;
    const hops = shown.hopsPerColumn * shown.columns;
    const every = hops * HOP_MS > 120_000 ? 30_000 : 5_000;
    const end = Math.min(shown.from + hops, this.lanes.caller.count) * HOP_MS;
    context.fillStyle = colour;
    let free = -Infinity;
    for (let ms = Math.ceil((shown.from * HOP_MS) / every) * every; ms < end; ms += every) {
      const x = Math.round(place(startMs + ms));
      const label = minutes(ms);
      const to = x + 8 + context.measureText(label).width;
      if (x < free || to > this.canvas.clientWidth || taken.some(([left, right]) => x < right && to > left)) continue;
      context.globalAlpha = 0.5;
      context.fillRect(x, height / 2 - 4, 1, 8);
      context.globalAlpha = 1;
      context.fillText(label, x + 4, height / 2);
      free = to + 24;
    }
  }

  /** The silence before each spoken answer, with its length. Gives the stretches of pixels that it took. */
  private drawAnswers(context: CanvasRenderingContext2D, height: number, place: (ms: number) => number, colour: string): [number, number][] {
    const taken: [number, number][] = [];
    context.fillStyle = colour;
    let labelled = -Infinity;
    for (const entry of this.conversation.entries) {
      if (entry.kind !== "bubble" || entry.heard?.kind !== "speech" || entry.heard.ms < 0) continue;
      const [from, to] = [place(entry.heard.fromMs), place(entry.heard.onsetMs)];
      if (to < 0) continue;
      context.fillRect(from, height / 2 - 0.5, Math.max(1, to - from), 1);
      taken.push([from, to + 4]);
      const label = milliseconds(entry.heard.ms);
      const width = context.measureText(label).width;
      if (from < labelled || to + 4 + width > this.canvas.clientWidth) continue;
      context.fillText(label, to + 4, height / 2);
      labelled = to + 8 + width;
      taken.push([to, labelled]);
    }
    return taken;
  }

  private describe(): void {
    const seconds = Math.floor((this.lanes.caller.count * HOP_MS) / 1000);
    if (seconds === this.described && !this.whole) return;
    this.described = seconds;
    const { callerMs, agentMs, overlapMs } = talk(this.lanes);
    const say = (ms: number): string => `${(ms / 1000).toFixed(0)} seconds`;
    this.canvas.setAttribute("aria-label", `Timeline: you spoke ${say(callerMs)}, the agent ${say(agentMs)}, both at once ${say(overlapMs)}.`);
  }
}
