import { h } from '../../shared/ui/dom';
import { axisOf, keepDrawn, token, uPlot } from '../../shared/ui/uplot';
import type { Curve, StageMark } from '../logic/curves';
import { short } from '../logic/numbers';

/** What runs along x, and whether it is counted. */
export interface XAxis {
  title: string;
  isWhole: boolean;
}

/** One training's points in a chart. */
export interface Series extends Curve {
  name: string;
  /** its place among the shown ones: colour and dashes */
  place: number;
}

/** Solid and dashed in turn: colours alone do not tell apart for everyone. */
const DASHES = [[], [8, 4], [3, 3], [10, 3, 2, 3]];

/** Curves of one quantity of several trainings, over steps or minutes; what a pointer is at is told beside the title. */
export class Chart {
  readonly element: HTMLElement;
  private readonly box = h('div', { class: 'chart-box' });
  private readonly picture = h('div', { class: 'chart-picture', attributes: { role: 'img' } });
  private readonly readout = h('output', { class: 'chart-readout', attributes: { 'aria-hidden': 'true' } });
  private plot: uPlot | null = null;
  private names = '';
  private end = 1;
  private marks: readonly StageMark[] = [];
  private series: readonly Series[] = [];

  /**
   * @param title what the curves are of
   * @param sync charts of one name show the same place
   */
  constructor(
    title: string,
    private readonly xAxis: () => XAxis,
    private readonly stageName: (mark: StageMark) => string,
    private readonly sync: uPlot.SyncPubSub,
    /** in pixels */
    private readonly height: number,
  ) {
    this.picture.append(this.box);
    this.element = h(
      'section',
      { class: 'chart' },
      h('div', { class: 'chart-head' }, h('h3', { text: title }), this.readout),
      this.picture,
    );
    const resize = () => this.plot?.setSize({ width: this.width, height: this.height });
    keepDrawn(this.box, resize, () => this.plot?.redraw(false, true));
  }

  /**
   * @param summary what the picture shows, in words
   * @param end of the axis along x, the same in all charts
   */
  show(series: readonly Series[], marks: readonly StageMark[], summary: string, end: number): void {
    this.end = end;
    this.picture.setAttribute('aria-label', summary);
    this.marks = marks;
    this.series = series;
    const data = joined(series);
    const names = JSON.stringify([series.map(({ name, place }) => [name, place]), this.xAxis().title]);
    if (this.plot && names === this.names) {
      this.plot.setData(data);
      return;
    }
    this.names = names;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(series), data, this.box);
    this.sync.sub(this.plot);
  }

  private get width(): number {
    return Math.max(200, this.box.clientWidth);
  }

  private options(series: readonly Series[]): uPlot.Options {
    const { title, isWhole } = this.xAxis();
    const axis = axisOf();
    return {
      ...{ width: this.width, height: this.height, legend: { show: false } },
      cursor: { sync: { key: this.sync.key }, drag: { x: false, y: false }, points: { size: 7 } },
      scales: { x: { time: false, range: () => [0, this.end] } },
      axes: [
        {
          ...{ ...axis, label: title, labelSize: 16, labelFont: axis.font, size: 30 },
          values: (_, values) => values.map((value) => (isWhole && !Number.isInteger(value) ? '' : short(value))),
        },
        { ...axis, size: 62, space: 26, values: (_, values) => values.map((value) => short(value)) },
      ],
      series: [
        {},
        ...series.map(({ name, place, x }) => ({
          label: name,
          stroke: () => token(`run-${place}`),
          width: 2,
          dash: DASHES[place % DASHES.length],
          spanGaps: true,
          points: { show: x.length <= 40, size: 6, fill: () => token('card') },
        })),
      ],
      hooks: { drawClear: [(plot) => this.drawStages(plot)], setCursor: [(plot) => this.tellCursor(plot)] },
    };
  }

  private drawStages(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${11 * devicePixelRatio}px sans-serif`;
    ctx.textBaseline = 'top';
    for (const [i, mark] of this.marks.entries()) {
      const [from, to] = [mark.from, mark.to].map((x) => plot.valToPos(x, 'x', true));
      if (i % 2 === 1) {
        ctx.fillStyle = token('stage');
        ctx.fillRect(from, bbox.top, to - from, bbox.height);
      }
      const text = this.stageName(mark);
      ctx.fillStyle = token('quiet');
      if (ctx.measureText(text).width < to - from - 6) ctx.fillText(text, from + 4 * devicePixelRatio, bbox.top + 3);
    }
    ctx.restore();
  }

  private tellCursor(plot: uPlot): void {
    const { idx } = plot.cursor;
    if (idx === null || idx === undefined) {
      this.readout.replaceChildren();
      return;
    }
    const x = plot.data[0][idx];
    const parts = this.series.flatMap(({ place, ...curve }) => {
      const value = curve.y[curve.x.findLastIndex((at) => at <= x)];
      if (value === undefined) return [];
      return [h('span', { class: 'swatch', attributes: { 'data-place': place } }), h('span', { text: short(value) })];
    });
    this.readout.replaceChildren(h('span', { text: `${this.xAxis().title} ${short(x)}` }), ...parts);
  }
}

function joined(series: readonly Series[]): uPlot.AlignedData {
  if (series.length === 0) return [[], []];
  if (series.length === 1) return [series[0].x, series[0].y];
  return uPlot.join(series.map(({ x, y }) => [x, y]));
}
