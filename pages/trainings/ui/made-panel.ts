import type { Reports } from '../../../src/results/page-api';
import { h } from '../../shared/ui/dom';
import { openReportTab } from '../../shared/ui/report-tab';
import type { Store } from '../../shared/ui/store';
import { dice } from '../logic/numbers';
import type { Api } from './api';
import type { Session } from './session';
import { type State, shownViews } from './state';
import { say, sayCount } from './texts';

/** Reports that are linked. */
const MOST = 5;

/** What was made with the model of the training that is shown: its results, and reports of comparisons. */
export function madePanel(store: Store<State>, api: Api, session: Session): HTMLElement {
  const links = h('ul', { class: 'made' });
  const element = h(
    'section',
    { class: 'card', attributes: { 'aria-label': say('made') } },
    h('h2', { text: say('made') }),
    links,
  );
  let before: string | null = null;
  store.watch(
    (s) => [s.shown, s.views],
    (shown, views) => {
      const [view] = shownViews({ shown, views });
      const model = view?.version ? view.id : null;
      element.hidden = model === null;
      if (model === before) return;
      before = model;
      links.replaceChildren(...(model ? [resultsLink(model)] : []));
      if (!model) return;
      // Who may not see results sees the training all the same.
      void api.evaluations(model).then(
        (reports) => before === model && links.append(...reports.slice(0, MOST).map((report) => reportLink(report))),
        () => undefined,
      );
    },
  );
  return element;

  function resultsLink(model: string): HTMLElement {
    const href = `../results/?model=${encodeURIComponent(model)}`;
    const attributes = { href, target: '_blank', rel: 'noopener' };
    return h('li', {}, h('a', { text: say('made.results'), title: say('made.resultsTitle'), attributes }));
  }

  function reportLink({ id, node, at, images, meanDice }: Reports['reports'][number]): HTMLElement {
    const text = [
      say('made.report', { node: node.name || node.type.replace(/^segmenter-/, '') }),
      new Date(at).toLocaleString(),
      sayCount('images', images),
      meanDice === null ? null : say('row.dice', { value: dice(meanDice) }),
    ].filter((part) => part !== null);
    const open = () => void openReportTab(() => api.evaluation(id)).catch((error: unknown) => session.tell(error));
    const attributes = { type: 'button' };
    return h('li', {}, h('button', { class: 'link', text: text.join(' · '), attributes, on: { click: open } }));
  }
}
