import { checkModelName } from '../../../src/models/model-name';
import { button, h, icon } from './dom';
import type { Text } from './editor';

interface NameQuestion {
  text: Text;
  /** what the model is called */
  name: string;
  /** what others are called */
  taken: readonly string[];
  /** what a person should know before */
  warning: string | null;
}

/** A field for a new name, which says at once why a name will not do. */
export function askForName(
  { text, name, taken, warning }: NameQuestion,
  use: (name: string) => void,
  cancel: () => void,
): HTMLElement[] {
  const hint = h('p', { class: 'segmenter-problem', attributes: { id: 'segmenter-rename-hint', role: 'status' } });
  const problemOf = (wanted: string): string => {
    if (wanted === name) return text('card.sameName');
    if (taken.includes(wanted)) return text('card.takenName');
    try {
      checkModelName(wanted);
      return '';
    } catch {
      return text('card.badName');
    }
  };
  const yes = button(text('card.rename'), () => submit());
  const field = h('input', {
    attributes: {
      ...{ type: 'text', value: name, 'aria-label': text('card.newName'), autocomplete: 'off', spellcheck: 'false' },
      'aria-describedby': 'segmenter-rename-hint',
    },
    on: {
      input: () => check(),
      keydown: (event) => {
        if (event.key === 'Enter') submit();
      },
    },
  });
  const check = () => {
    const problem = problemOf(field.value.trim());
    hint.textContent = field.value.trim() === name ? '' : problem;
    field.setAttribute('aria-invalid', String(hint.textContent !== ''));
    yes.disabled = problem !== '';
  };
  const submit = () => {
    const wanted = field.value.trim();
    if (problemOf(wanted) === '') use(wanted);
  };
  check();
  const known = warning === null ? [] : [h('p', {}, icon('warning'), ` ${warning}`)];
  return [field, hint, ...known, yes, button(text('card.cancel'), cancel)];
}
