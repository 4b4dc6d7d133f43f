import { type Html, html } from './html';

export interface Axis {
  label: string;
  from: number;
  to: number;
}

export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** dots with or without a line through them */
  style: 'line' | 'dots' | 'points';
  /** series of one name are told of once, and look alike */
  colour?: 0 | 1 | 2 | 3 | 4;
}

export interface Chart {
  /** what it shows, for people who do not see it */
  label: string;
  x: Axis;
  y: Axis;
  series: readonly Series[];
  /** vertical lines with a word at each */
  marks?: readonly { x: number; label: string }[];
  /** a line where both axes are the same */
  diagonal?: boolean;
}

/** Of the drawing and of what lies around its curves. */
const [WIDTH, HEIGHT] = [560, 300];
const EDGE = { left: 58, right: 14, top: 12, bottom: 44 };
const [PLOT_WIDTH, PLOT_HEIGHT] = [WIDTH - EDGE.left - EDGE.right, HEIGHT - EDGE.top - EDGE.bottom];
const TICKS = 5;
/** More points than pixels show nothing more. */
const MOST_POINTS = 1000;

/** Draws curves as SVG that stands in the page, coloured by its style sheet. */
export function drawChart(chart: Chart): Html {
  const { x, y, series, marks = [], diagonal } = chart;
  const toX = (value: number) => round(EDGE.left + (PLOT_WIDTH * (value - x.from)) / (x.to - x.from || 1));
  const toY = (value: number) => round(EDGE.top + PLOT_HEIGHT * (1 - (value - y.from) / (y.to - y.from || 1)));
  const bottom = EDGE.top + PLOT_HEIGHT;
  const line = (of: string, [x1, y1, x2, y2]: number[]) =>
    html`<line class="${of}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.label}">
${ticks(y).map((tick) => [
  line('grid', [EDGE.left, toY(tick), EDGE.left + PLOT_WIDTH, toY(tick)]),
  html`<text class="tick" x="${EDGE.left - 7}" y="${toY(tick) + 4}" text-anchor="end">${tickText(tick)}</text>`,
])}
${ticks(x).map((tick) => [
  line('grid', [toX(tick), EDGE.top, toX(tick), bottom]),
  html`<text class="tick" x="${toX(tick)}" y="${bottom + 17}" text-anchor="middle">${tickText(tick)}</text>`,
])}
<rect class="frame" x="${EDGE.left}" y="${EDGE.top}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}"/>
${diagonal ? line('ideal', [toX(x.from), toY(x.from), toX(x.to), toY(x.to)]) : null}
${marks.map(({ x: at, label }) => [
  line('mark', [toX(at), EDGE.top, toX(at), bottom]),
  html`<text class="tick" x="${toX(at) + (at > (x.from + x.to) / 2 ? -5 : 5)}" y="${bottom - 7}" text-anchor="${at > (x.from + x.to) / 2 ? 'end' : 'start'}">${label}</text>`,
])}
${series.map(({ points, style, colour }, i) =>
  drawSeries(
    thinned(points).map(([px, py]) => [toX(px), toY(py)]),
    style,
    colour ?? i,
  ),
)}
<text class="axis" x="${EDGE.left + PLOT_WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">${x.label}</text>
<text class="axis" transform="rotate(-90)" x="${-(EDGE.top + PLOT_HEIGHT / 2)}" y="14" text-anchor="middle">${y.label}</text>
</svg>${legend(series)}`;
}

function drawSeries(points: readonly (readonly number[])[], style: Series['style'], i: number): Html {
  const path = points.map(([px, py]) => `${px},${py}`).join(' ');
  const dots = points.map(([px, py]) => html`<circle class="dot s${i}" cx="${px}" cy="${py}" r="3"/>`);
  return html`${style === 'points' ? null : html`<polyline class="curve s${i}" points="${path}"/>`}${style === 'line' ? null : dots}`;
}

function legend(series: readonly Series[]): Html | null {
  const names = new Map(series.map(({ name, colour }, i) => [name, colour ?? i]));
  if (names.size < 2) return null;
  return html`<p class="legend">${[...names].map(
    ([name, i]) =>
      html`<span><svg viewBox="0 0 28 10" aria-hidden="true"><line class="curve s${i}" x1="0" y1="5" x2="28" y2="5"/></svg> ${name}</span>`,
  )}</p>`;
}

function thinned(points: Series['points']): Series['points'] {
  const step = Math.ceil(points.length / MOST_POINTS);
  return step <= 1 ? points : points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

/** Round numbers along an axis. */
function ticks({ from, to }: Axis): number[] {
  const rough = (to - from || 1) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function tickText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
