import type { Reports } from '../../../src/results/page-api';
import type { TabContext } from './context';
import { h, icon, redraw } from './dom';
import { openReport } from './report-tab';

/** Reports that are linked. */
const MOST_REPORTS = 5;

/** Links to the pages that this package serves; of curation one for each node of the flows, and to the newest reports. */
export class PagesSection {
  readonly element = h('ul', { class: 'segmenter-list segmenter-pages' });

  private shown = '';
  private reports: Reports['reports'] = [];

  constructor(private readonly context: TabContext) {}

  show(): void {
    const { text, RED } = this.context;
    const curating: Array<{ id: string; name: string }> = [];
    RED.nodes.eachNode((node) => {
      if (node.type === 'segmenter-curate') {
        curating.push({ id: node.id, name: RED.utils.getNodeLabel(node, node.type) });
      }
    });
    // What is drawn anew under a pointer loses its click.
    const shown = JSON.stringify([curating, this.reports]);
    if (shown === this.shown) return;
    this.shown = shown;
    redraw(
      this.element,
      this.link('results', 'picture-o', text('pages.results')),
      this.link('trainings', 'line-chart', text('pages.trainings')),
      ...curating.map(({ id, name }) =>
        this.link(`curate/${encodeURIComponent(id)}`, 'pencil-square-o', text('pages.curate', { name })),
      ),
      ...this.reports.map((report) => this.reportLink(report)),
    );
  }

  /** Asks which reports there are: the newest are links. Who may not see results has none. */
  async askReports(): Promise<void> {
    const { reports } = await this.context.server.get<Reports>('reports/list').catch((): Reports => ({ reports: [] }));
    this.reports = reports.slice(0, MOST_REPORTS);
    this.show();
  }

  private reportLink({ id, node, at }: Reports['reports'][number]): HTMLElement {
    const { text, attempt, server } = this.context;
    const name = node.name || node.type.replace(/^segmenter-/, '');
    const date = new Date(at).toLocaleString();
    const open = () => attempt(() => openReport(server, `reports/entry/${encodeURIComponent(id)}`));
    const attributes = { type: 'button', 'data-key': `report ${id}` };
    const words = ` ${text('pages.report', { name, date })}`;
    const title = text('pages.newTab');
    return h(
      'li',
      {},
      h('button', { class: 'segmenter-link', title, attributes, on: { click: open } }, icon('file-text-o'), words),
    );
  }

  private link(page: string, sign: string, words: string): HTMLElement {
    const attributes = { href: `segmenter/${page}/`, target: '_blank', rel: 'noopener', 'data-key': page };
    const title = this.context.text('pages.newTab');
    return h('li', {}, h('a', { class: 'segmenter-link', title, attributes }, icon(sign), ` ${words}`));
  }
}
