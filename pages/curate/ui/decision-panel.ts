import { button, choice, h, icon, setAttribute } from '../../shared/ui/dom';
import { clearStrokes, deleteShape, fillHoles, leaveUndecided, reject, setBase, setShapeZ } from '../logic/edits';
import type { ShapeAddress, ShapeKind } from '../logic/geometry';
import { BASE_TEXTS, remarkOnUse, whyNoUse } from '../logic/needs';
import { overlaps } from '../logic/overlap';
import type { TextKey } from '../logic/texts';
import type { Actions } from './actions';
import type { Session } from './session';
import { canEdit, type Store } from './state';
import { say, sayCount } from './texts';

const REASONS: TextKey[] = [
  'reason.outOfFocus',
  'reason.wrong',
  'reason.debris',
  'reason.saturated',
  'reason.empty',
  'reason.duplicate',
];

/** Use or reject, the base, the shapes with their planes, and what speaks against them. */
export function decisionPanel(store: Store, session: Session, actions: Actions) {
  const name = h('h2', { class: 'image-name' });
  const use_ = button('check', say('decide.use'), say('decide.useTitle'), () => actions.run('use'), 'big use');
  const reject_ = button(
    'cross',
    say('decide.reject'),
    say('decide.rejectTitle'),
    () => actions.run('reject'),
    'big reject',
  );
  const undecide = button(
    'open',
    say('decide.undecide'),
    say('decide.undecideTitle'),
    () => session.apply(leaveUndecided(), say('done.undecide')),
    'big undecide',
  );
  const reason = h('input', {
    attributes: {
      type: 'text',
      list: 'reasons',
      maxlength: 2000,
      placeholder: say('decide.why'),
      'aria-label': say('decide.reason'),
    },
    on: {
      change: () => saveReason(),
      keydown: (event) => {
        if (event.key !== 'Enter') return;
        saveReason();
        reason.blur();
        actions.run('next');
      },
    },
  });
  const reasons = h('datalist', { attributes: { id: 'reasons' } });
  for (const key of REASONS) reasons.append(h('option', { attributes: { value: say(key) } }));
  const reasonRow = h('div', { class: 'reason' }, reason, reasons);
  const base = choice(
    say('decide.base'),
    [
      { value: 'seg1', text: say('decide.base1'), title: say('decide.baseTitle') },
      { value: 'seg2', text: say('decide.base2'), title: say('decide.baseTitle') },
      { value: 'none', text: say('decide.baseNone'), title: say('decide.baseNoneTitle') },
    ],
    (value) => session.apply(setBase(value), say(BASE_TEXTS[value])),
  );
  const shapes = h('ul', { class: 'shape-list' });
  const strokes = h('div', { class: 'strokes' });
  const warnings = h('div', { class: 'overlaps', attributes: { 'aria-live': 'polite' } });
  const copy = button('copy', say('decide.copy'), say('decide.copyTitle'), () => actions.run('copyPrevious'));
  const element = h(
    'section',
    { class: 'card decision', attributes: { 'aria-label': say('decide') } },
    name,
    h('div', { class: 'decide', attributes: { role: 'group', 'aria-label': say('decide') } }, use_, reject_, undecide),
    reasonRow,
    base.element,
    h('h3', { text: say('shapes') }),
    warnings,
    shapes,
    strokes,
    copy,
  );

  store.watch(
    (s) => [s.decision, s.image, s.openId, s.queue?.canWrite],
    (...[decision, image]) => {
      const enabled = canEdit(store.state);
      name.textContent = store.state.openId ?? say('noImage');
      for (const [element, state] of [
        [use_, 'used'],
        [reject_, 'rejected'],
        [undecide, 'undecided'],
      ] as const) {
        element.disabled = !enabled || (state === 'used' && whyNoUse(image, decision) !== null);
        setAttribute(element, 'aria-pressed', String(decision.state === state));
      }
      copy.disabled = !enabled;
      reasonRow.hidden = decision.state !== 'rejected';
      if (document.activeElement !== reason) reason.value = decision.reason ?? '';
      reason.disabled = !enabled;
      base.show(decision.base, enabled);
      base.element.hidden = !image?.pictures.seg1 && !image?.pictures.seg2;
      for (const role of ['seg1', 'seg2'] as const) base.allow(role, image?.pictures[role] !== undefined);
      showOverlaps();
    },
  );
  store.watch(
    (s) => [s.decision, s.selection, s.image, s.queue?.canWrite, s.z],
    () => showShapes(),
  );
  return { element, askReason };

  function askReason(): void {
    if (!canEdit(store.state)) return;
    if (store.state.decision.state !== 'rejected') session.apply(reject(''), say('done.reject'));
    reasonRow.hidden = false;
    reason.focus();
    reason.select();
  }

  function saveReason(): void {
    if (reason.value.trim() !== (store.state.decision.reason ?? ''))
      session.apply(reject(reason.value), say('done.reason'));
  }

  function showOverlaps(): void {
    const { decision, image } = store.state;
    const [, , , height, width] = image?.pictures.raw.shape ?? [0, 0, 0, 0, 0];
    const found = width > 0 ? overlaps(decision.merge, decision.exclude, width, height) : [];
    const texts = found.map(({ merge, exclude, pixels }) =>
      say('shapes.overlap', { merge: merge + 1, exclude: exclude + 1, pixels }),
    );
    const whyNot = whyNoUse(image, decision);
    const note = whyNot ?? (image && remarkOnUse(decision));
    const notes = note === null ? [] : [say(note)];
    warnings.replaceChildren(
      ...[...notes, ...texts].map((text) => h('p', { class: 'warning' }, icon('warning'), h('span', { text }))),
    );
  }

  function showShapes(): void {
    const { decision } = store.state;
    const items = (['merge', 'exclude'] as const).flatMap((kind) =>
      decision[kind].map((_, index) => shapeRow({ kind, index }, kind)),
    );
    const focused = shapes.contains(document.activeElement) ? document.activeElement?.getAttribute('aria-label') : null;
    shapes.replaceChildren(...items);
    if (items.length === 0 && decision.strokes.length === 0)
      shapes.append(h('li', { class: 'quiet', text: say('shapes.none') }));
    if (focused) shapes.querySelector<HTMLElement>(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    const count = decision.strokes.length;
    strokes.replaceChildren(
      ...(count > 0 ? [h('span', { text: sayCount('strokes.count', count) }), clearButton()] : []),
    );
  }

  function clearButton(): HTMLButtonElement {
    const element = button(
      'trash',
      '',
      say('strokes.delete'),
      () => session.apply(clearStrokes(), say('done.deleteStrokes')),
      'small',
    );
    element.disabled = !canEdit(store.state);
    return element;
  }

  function shapeRow(address: ShapeAddress, kind: ShapeKind): HTMLElement {
    const { decision, selection, image, z } = store.state;
    const shape = decision[kind][address.index];
    const planes = image?.pictures.raw.shape[2] ?? 1;
    const isSelected = selection?.kind === kind && selection.index === address.index;
    const enabled = canEdit(store.state);
    const title = say(kind === 'merge' ? 'shapes.merge' : 'shapes.exclude', { number: address.index + 1 });
    const select = h('button', {
      class: `shape-name ${kind}`,
      text: title,
      attributes: { type: 'button', 'aria-pressed': String(isSelected), 'aria-label': title },
      on: { click: () => pick() },
    });
    const remove = button(
      'trash',
      '',
      say(kind === 'merge' ? 'shapes.deleteMerge' : 'shapes.deleteExclude', { number: address.index + 1 }),
      () => session.apply(deleteShape(address), say('done.deleteShape')),
      'small',
    );
    remove.disabled = !enabled;
    const row = h('li', { class: isSelected ? 'selected' : '' }, select);
    row.append(remove);
    if (planes > 1) row.append(planeRange());
    if (shape.rings.length > 1) row.append(holesButton());
    return row;

    function pick(): void {
      const seen = shape.z && (z < shape.z[0] || z > shape.z[1]) ? { z: shape.z[0] } : {};
      store.set({ selection: { ...address, vertex: null }, tool: 'select', hidden: false, ...seen });
    }

    function holesButton(): HTMLButtonElement {
      const count = shape.rings.length - 1;
      const text = sayCount('shapes.fill', count);
      const fill = () => session.apply(fillHoles(address), say('done.fillHoles'));
      const element = button(
        null,
        text,
        say(kind === 'merge' ? 'shapes.fillMerge' : 'shapes.fillExclude', { number: address.index + 1 }),
        fill,
        'link holes',
      );
      element.disabled = !enabled;
      return element;
    }

    function planeRange(): HTMLElement {
      const [first, last] = shape.z ?? [0, planes - 1];
      const input = (
        label: 'shapes.first' | 'shapes.last',
        value: number,
        change: (value: number) => [number, number],
      ) => {
        const field = h('input', {
          attributes: { type: 'number', min: 0, max: planes - 1, value, 'aria-label': say(label, { shape: title }) },
          on: {
            change: () => {
              const range = change(Math.min(planes - 1, Math.max(0, Math.round(Number(field.value) || 0))));
              const all = range[0] === 0 && range[1] === planes - 1;
              session.apply(setShapeZ(address, all ? null : range), say('done.planes'));
            },
          },
        });
        field.disabled = !enabled;
        return field;
      };
      return h(
        'span',
        { class: 'planes', title: say('shapes.planes') },
        h('span', { text: 'z' }),
        input('shapes.first', first, (value) => [value, Math.max(value, last)]),
        h('span', { text: '–' }),
        input('shapes.last', last, (value) => [Math.min(first, value), value]),
      );
    }
  }
}
