import type { ResultRun } from '../../../src/results/results-log';
import { editorPath } from '../../shared/logic/editor-token';
import { button, h } from '../../shared/ui/dom';
import { themeButton } from '../../shared/ui/theme';
import type { Session } from './session';
import type { Store } from './state';
import { say, sayCount } from './texts';

/** Which run, or which file, is looked at. */
export function header(
  store: Store,
  session: Session,
  help: { title: string; open: () => void },
  drift: { title: string; toggle: () => void },
) {
  const runs = h('select', {
    attributes: { 'aria-label': say('runs') },
    title: say('runs.title'),
    on: { change: () => void session.openRun(runs.value, null) },
  });
  const node = h('a', { class: 'node-link', text: say('node'), title: say('node.title') });
  const report = h('a', {
    class: 'node-link',
    text: say('report'),
    title: say('report.title'),
    attributes: { href: '#' },
    on: {
      click: (event) => {
        event.preventDefault();
        void session.openReport();
      },
    },
  });
  const path = h('input', {
    attributes: { type: 'text', placeholder: say('file.placeholder'), 'aria-label': say('file'), spellcheck: 'false' },
    title: say('file.title'),
  });
  const form = h('form', {
    class: 'file-form',
    on: {
      submit: (event) => {
        event.preventDefault();
        if (path.value.trim() === '') return;
        // Keys are for the image again.
        path.blur();
        void session.openFiles(path.value.trim());
      },
    },
  });
  form.append(
    path,
    h('button', { text: say('file.open'), title: say('file.openTitle'), attributes: { type: 'submit' } }),
  );
  store.watch(
    (s) => [s.runs, s.shown],
    (known, shown) => {
      const listed = known ?? [];
      const options = listed.map((run) => h('option', { text: describe(run), attributes: { value: run.run } }));
      if (!shown || !('run' in shown) || !listed.some(({ run }) => run === shown.run)) {
        const text = say(shown && 'files' in shown ? 'runs.files' : 'runs.none');
        options.unshift(h('option', { text, attributes: { value: '', disabled: true, selected: true } }));
      }
      runs.replaceChildren(...options);
      runs.value = shown && 'run' in shown && listed.some(({ run }) => run === shown.run) ? shown.run : '';
      runs.disabled = listed.length === 0;
      if (shown && 'files' in shown && path.value !== shown.files) path.value = shown.files;
    },
  );
  store.watch(
    (s) => [s.content],
    (content) => {
      const of = content?.node;
      node.hidden = !of;
      report.hidden = !content?.report;
      if (of) node.href = `${editorPath(location.pathname)}#node/${encodeURIComponent(of.id)}`;
      document.title = of ? say('title.of', { name: of.name || shortType(of.type) }) : say('title');
    },
  );
  const charts = button(null, say('drift'), drift.title, drift.toggle);
  charts.setAttribute('aria-controls', 'drift');
  store.watch(
    (s) => [s.drift],
    (isOpen) => charts.setAttribute('aria-expanded', String(isOpen)),
  );
  const element = h(
    'header',
    {},
    h('h1', { text: say('title') }),
    runs,
    node,
    report,
    charts,
    form,
    themeButton(),
    button('help', '', help.title, help.open),
  );
  return { element, focusFile: () => path.focus() };
}

function describe({ node, last, samples, failed, meanDice }: ResultRun): string {
  const when = new Date(last);
  const isToday = when.toDateString() === new Date().toDateString();
  return [
    node.name || shortType(node.type),
    node.flow,
    isToday ? when.toLocaleTimeString() : when.toLocaleString(),
    sayCount('samples', samples),
    meanDice !== null && say('runs.dice', { value: meanDice.toFixed(3) }),
    failed > 0 && say('runs.failed', { count: failed }),
  ]
    .filter(Boolean)
    .join(' · ');
}

function shortType(type: string): string {
  return type.replace(/^segmenter-/, '');
}
