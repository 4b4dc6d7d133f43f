import { button, h, type IconName, setAttribute } from '../../shared/ui/dom';
import { keyTitle } from '../../shared/ui/keys';
import { type Action, KEYMAP } from '../logic/keymap';
import { whyNoTool } from '../logic/needs';
import { hasObjects } from '../logic/numbering';
import type { TextKey } from '../logic/texts';
import type { Actions } from './actions';
import { canEdit, type Store, type Tool } from './state';
import { say, sayAny } from './texts';
import { kindOf } from './tools';

const TOOLS: Array<{ tool: Tool & IconName; text: TextKey }> = [
  { tool: 'select', text: 'tool.select' },
  { tool: 'mergePolygon', text: 'tool.mergePolygon' },
  { tool: 'excludePolygon', text: 'tool.excludePolygon' },
  { tool: 'brush', text: 'tool.brush' },
  { tool: 'eraser', text: 'tool.eraser' },
  { tool: 'paintPolygon', text: 'tool.paintPolygon' },
  { tool: 'fill', text: 'tool.fill' },
];

/** For images whose objects are told apart. */
const OBJECT_TOOLS: typeof TOOLS = [
  { tool: 'objectDelete', text: 'tool.objectDelete' },
  { tool: 'objectMerge', text: 'tool.objectMerge' },
  { tool: 'objectSplit', text: 'tool.objectSplit' },
  { tool: 'objectBrush', text: 'tool.objectBrush' },
];

/** The tools, and undo. */
export function toolbar(store: Store, actions: Actions): HTMLElement {
  const toolButton = ({ tool, text }: (typeof TOOLS)[number]) => {
    const element = button(tool, say(text), titleOf(tool), () => actions.chooseTool(tool), `tool ${tool}`);
    store.watch(
      (s) => [s.tool, s.queue?.canWrite, s.image, s.decision.base],
      (...[chosen, , image, base]) => {
        const why = whyNoTool(tool, image, base);
        const isChosen = chosen === tool || (kindOf(chosen) !== null && kindOf(chosen) === kindOf(tool));
        setAttribute(element, 'aria-pressed', String(isChosen));
        element.disabled = tool !== 'select' && (!canEdit(store.state) || why !== null);
        element.title = why ? say(why) : titleOf(tool);
      },
    );
    return element;
  };
  const objects = h('div', { class: 'tools' }, ...OBJECT_TOOLS.map(toolButton));
  store.watch(
    (s) => [s.image, s.decision.base],
    (image, base) => {
      objects.hidden = !image || !hasObjects(image, base);
    },
  );
  const undo = button('undo', '', titleOf('undo'), () => actions.run('undo'));
  const redo = button('redo', '', titleOf('redo'), () => actions.run('redo'));
  store.watch(
    (s) => [s.undoLabel, s.redoLabel, s.draft, s.queue],
    (...[undoLabel, redoLabel, draft]) => {
      const enabled = canEdit(store.state);
      undo.disabled = !enabled || (undoLabel === null && draft === null);
      redo.disabled = !enabled || redoLabel === null;
      undo.title = undoLabel ? say('tool.undo', { what: undoLabel }) : titleOf('undo');
      redo.title = redoLabel ? say('tool.redo', { what: redoLabel }) : titleOf('redo');
    },
  );
  return h(
    'div',
    { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': say('tool') } },
    h('div', { class: 'tools' }, ...TOOLS.map(toolButton)),
    objects,
    h('div', { class: 'tools' }, undo, redo),
  );
}

/** The help's words with the key behind them. */
export function titleOf(action: Action): string {
  return keyTitle(KEYMAP, action, sayAny);
}
