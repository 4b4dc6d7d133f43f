import type { TabContext } from './context';
import { h, icon, redraw } from './dom';

/** Links to the pages that this package serves; of curation one for each node of the flows. */
export class PagesSection {
  readonly element = h('ul', { class: 'segmenter-list segmenter-pages' });

  private shown = '';

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
    const shown = JSON.stringify(curating);
    if (shown === this.shown) return;
    this.shown = shown;
    redraw(
      this.element,
      this.link('results', 'picture-o', text('pages.results')),
      this.link('trainings', 'line-chart', text('pages.trainings')),
      ...curating.map(({ id, name }) =>
        this.link(`curate/${encodeURIComponent(id)}`, 'pencil-square-o', text('pages.curate', { name })),
      ),
    );
  }

  private link(page: string, sign: string, words: string): HTMLElement {
    const attributes = { href: `segmenter/${page}/`, target: '_blank', rel: 'noopener', 'data-key': page };
    const title = this.context.text('pages.newTab');
    return h('li', {}, h('a', { class: 'segmenter-link', title, attributes }, icon(sign), ` ${words}`));
  }
}
