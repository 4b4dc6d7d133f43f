import { shortNumber } from '../../shared/logic/numbers';
import { h } from '../../shared/ui/dom';
import { axisOf, keepDrawn, token, uPlot } from '../../shared/ui/uplot';
import type { DriftCurves } from '../logic/drift';

const HEIGHT = 150;

/** The control chart of one quantity: each result, their average, what is usual, the limits, and where it left them. */
export class DriftPicture {
  readonly element: HTMLElement;
  private readonly box = h('div', { class: 'chart-box' });
  private readonly picture = h('div', { class: 'chart-picture', attributes: { role: 'img' } });
  private readonly state = h('span', { class: 'chart-state' });
  private plot: uPlot | null = null;
  private curves: DriftCurves | null = null;
  private at: number | null = null;

  /**
   * @param title the quantity
   * @param point called with the place of the result that a pointer is over, or null
   * @param open called with the place of the result that was clicked
   */
  constructor(
    title: string,
    private readonly xTitle: string,
    private readonly point: (at: number) => void,
    private readonly open: (at: number) => void,
  ) {
    this.picture.append(this.box);
    this.element = h(
      'section',
      { class: 'drift-chart' },
      h('div', { class: 'chart-head' }, h('h3', { text: title }), this.state),
      this.picture,
    );
    const resize = () => this.plot?.setSize({ width: this.width, height: HEIGHT });
    keepDrawn(this.box, resize, () => this.plot?.redraw(false, true));
  }

  /**
   * @param summary what the picture shows, in words
   * @param state whether it is within its limits now, in words
   */
  show(curves: DriftCurves, summary: string, state: { text: string; isOut: boolean }): void {
    this.curves = curves;
    this.picture.setAttribute('aria-label', summary);
    this.state.textContent = state.text;
    this.state.classList.toggle('out', state.isOut);
    const { x, value, average, usual, low, high } = curves;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), [x, low, high, usual, value, average], this.box);
  }

  /** Marks the result that is looked at. */
  mark(at: number | null): void {
    if (this.at === at) return;
    this.at = at;
    this.plot?.redraw(false, false);
  }

  private get width(): number {
    return Math.max(200, this.box.clientWidth);
  }

  private options(): uPlot.Options {
    const line = (colour: string, more: Partial<uPlot.Series> = {}): uPlot.Series => ({
      stroke: () => token(colour),
      width: 1,
      points: { show: false },
      ...more,
    });
    const axis = axisOf();
    return {
      ...{ width: this.width, height: HEIGHT, legend: { show: false } },
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      scales: { x: { time: false } },
      axes: [
        {
          ...axis,
          label: this.xTitle,
          labelSize: 16,
          labelFont: axis.font,
          size: 30,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
        },
        { ...axis, size: 62, space: 26, values: (_, values) => values.map((each) => shortNumber(each)) },
      ],
      series: [
        {},
        line('limit', { dash: [6, 4] }),
        line('limit', { dash: [6, 4] }),
        line('quiet', { dash: [2, 3] }),
        line('result', { paths: () => null, points: { show: true, size: 4, fill: () => token('result') } }),
        line('average', { width: 2 }),
      ],
      bands: [{ series: [2, 1], fill: () => token('usual') }],
      hooks: {
        draw: [(plot) => this.drawMarks(plot)],
        ready: [(plot) => this.listen(plot)],
        setCursor: [
          ({ cursor }) =>
            typeof cursor.idx === 'number' && cursor.left !== undefined && cursor.left >= 0 && this.point(cursor.idx),
        ],
      },
    };
  }

  private listen(plot: uPlot): void {
    plot.over.addEventListener('click', () => {
      if (typeof plot.cursor.idx === 'number') this.open(plot.cursor.idx);
    });
  }

  /** Triangles where the average left its limits, and a line at the result that is looked at. */
  private drawMarks(plot: uPlot): void {
    const { curves } = this;
    if (!curves) return;
    const { ctx, bbox } = plot;
    const size = 5 * devicePixelRatio;
    const xOf = (at: number) => plot.valToPos(curves.x[at], 'x', true);
    ctx.save();
    ctx.fillStyle = token('out');
    for (const at of curves.alarms) {
      const x = xOf(at);
      ctx.beginPath();
      ctx.moveTo(x - size, bbox.top);
      ctx.lineTo(x + size, bbox.top);
      ctx.lineTo(x, bbox.top + 1.8 * size);
      ctx.fill();
    }
    if (this.at !== null && this.at < curves.x.length) {
      ctx.strokeStyle = token('focus');
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(xOf(this.at), bbox.top);
      ctx.lineTo(xOf(this.at), bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }
}
