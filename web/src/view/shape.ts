// Draws the agent's shape. At most 30 frames a second, and none while nothing is to be seen: the machine has better things to do.

import { approach, follow, formOf, outline, type Form, type Pose } from "../shape";
import { reducedMotion } from "./dom";

const FRAME_MS = 33;
const POINTS = 72;
const LAYERS = [
  { layer: 2, alpha: 0.14 },
  { layer: 1, alpha: 0.26 },
  { layer: 0, alpha: 1 },
] as const;

export class Shape {
  private pose: Pose | null = null;
  private form: Form = formOf("connecting");
  private level = 0;
  private lastMs = 0;
  private frame = 0;

  /** @param loudness the level to move with, 0…1, asked at each frame */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly loudness: () => number,
  ) {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", () => this.redraw());
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  /** Null hides the shape. */
  show(pose: Pose | null): void {
    if (pose === this.pose) return;
    if (this.pose === null && pose) this.form = { ...formOf(pose), size: 0.4, presence: 0 };
    this.pose = pose;
    this.redraw();
  }

  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((nowMs) => this.tick(nowMs));
  }

  private tick(nowMs: number): void {
    const pose = this.pose;
    if (pose === null) return this.clear();
    const still = reducedMotion();
    if (still || nowMs - this.lastMs >= FRAME_MS - 4) {
      const seconds = Math.min(0.1, (nowMs - this.lastMs) / 1000);
      this.lastMs = nowMs;
      this.form = still ? formOf(pose) : approach(this.form, formOf(pose), 1 - Math.exp(-7 * seconds));
      this.level = still ? (pose === "speaking" ? 0.5 : 0) : follow(this.level, this.loudness(), seconds);
      this.draw(still ? 0 : nowMs / 1000);
    }
    if (!still) this.frame = requestAnimationFrame((laterMs) => this.tick(laterMs));
  }

  private clear(): void {
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  private draw(seconds: number): void {
    const context = this.canvas.getContext("2d");
    const side = this.canvas.clientWidth * Math.min(2, devicePixelRatio);
    if (context === null || side === 0) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const style = getComputedStyle(this.canvas);
    const accent = style.getPropertyValue("--accent");
    context.clearRect(0, 0, side, side);
    context.save();
    context.translate(side / 2, side / 2);
    for (const { layer, alpha } of LAYERS) {
      context.globalAlpha = alpha * this.form.presence;
      context.fillStyle = layer === 0 ? this.core(context, side, style) : accent;
      blob(context, outline(this.form, seconds, this.level, layer, POINTS), side / 2);
    }
    this.sparks(context, side, seconds, accent);
    context.restore();
  }

  private core(context: CanvasRenderingContext2D, side: number, style: CSSStyleDeclaration): CanvasGradient {
    const gradient = context.createRadialGradient(-side * 0.12, -side * 0.16, side * 0.02, 0, 0, side * 0.42);
    gradient.addColorStop(0, style.getPropertyValue("--accent-bright"));
    gradient.addColorStop(1, style.getPropertyValue("--accent"));
    return gradient;
  }

  /** What is gathered while thinking: small sparks that spiral inwards. */
  private sparks(context: CanvasRenderingContext2D, side: number, seconds: number, colour: string): void {
    if (this.form.gather < 0.02) return;
    context.fillStyle = colour;
    for (let index = 0; index < 9; index += 1) {
      const way = (seconds * 0.55 + index * 0.377) % 1;
      const angle = index * 2.4 + way * 2.2;
      const radius = (side / 2) * (0.96 - way * (0.94 - this.form.size));
      context.globalAlpha = this.form.gather * Math.sin(way * Math.PI) * 0.8;
      context.beginPath();
      context.arc(Math.cos(angle) * radius, Math.sin(angle) * radius, side * 0.013 * (1.3 - way * 0.6), 0, 2 * Math.PI);
      context.fill();
    }
  }
}

function blob(context: CanvasRenderingContext2D, radii: readonly number[], scale: number): void {
  const points = radii.map((radius, index) => {
    const angle = (index / radii.length) * 2 * Math.PI - Math.PI / 2;
    return [Math.cos(angle) * radius * scale, Math.sin(angle) * radius * scale] as const;
  });
  context.beginPath();
  points.forEach(([x, y], index) => {
    const [nextX, nextY] = points[(index + 1) % points.length] ?? [x, y];
    const [midX, midY] = [(x + nextX) / 2, (y + nextY) / 2];
    if (index === 0) context.moveTo(midX, midY);
    else context.quadraticCurveTo(x, y, midX, midY);
  });
  const [[x, y], [nextX, nextY]] = [points[0] ?? [0, 0], points[1] ?? [0, 0]];
  context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  context.closePath();
  context.fill();
}
