// Icons, drawn inline: nothing is fetched.

const PATHS = {
  microphone: '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
  muted: '<path d="M9 6a3 3 0 0 1 6 0v5m-.6 2.2A3 3 0 0 1 9 11.5V9"/><path d="M5.5 11.5a6.5 6.5 0 0 0 10.4 5.2m2-2.3a6.5 6.5 0 0 0 .6-2.9M12 18v3M4 3l16 17"/>',
  hangUp: '<path d="M3.4 14.6c-.6-1-.6-2.3.3-3.1 4.6-4.3 12-4.3 16.6 0 .9.8.9 2.1.3 3.1l-.5.8c-.4.6-1.1.8-1.8.5l-2.4-1a1.6 1.6 0 0 1-1-1.7l.2-1.4a9.8 9.8 0 0 0-6.2 0l.2 1.4a1.6 1.6 0 0 1-1 1.7l-2.4 1c-.7.3-1.4.1-1.8-.5z" fill="currentColor" stroke="none"/>',
  send: '<path d="M12 19V5m-6 6 6-6 6 6"/>',
  down: '<path d="M12 5v14m-6-6 6 6 6-6"/>',
  tool: '<path d="M14.5 6.5a4 4 0 0 1 5-1l-2.6 2.6 1 1.9 2.1.3 1-2.8a4 4 0 0 1-5.3 4.6L9 18.8a2.1 2.1 0 0 1-3-3l6.7-6.7a4 4 0 0 1 1.8-2.6z"/>',
  warning: '<path d="M12 4 2.5 20h19zM12 10v4.5m0 2.7v.1"/>',
  bars: '<path d="M4 6h8M8 12h9M14 18h6"/>',
} as const;

export function icon(name: keyof typeof PATHS): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = PATHS[name];
  return svg;
}
