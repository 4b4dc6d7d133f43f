import type { TypedSettings } from '../../../src/exchange/import-settings';
import type { ImportAnswer } from '../../admin/tab-api';
import type { TabContext } from './context';
import { button, h, redraw } from './dom';
import type { TextKey } from './editor';

type Field = Exclude<keyof TypedSettings, 'name'>;

/** What is asked of a model, in order; `isPlain`: of an ONNX file alone, a package says it itself. */
const FIELDS: ReadonlyArray<{
  field: Field;
  label: TextKey;
  hint: TextKey;
  isPlain: boolean;
  words?: readonly string[];
}> = [
  { field: 'axes', label: 'import.axes', hint: 'import.axesHint', isPlain: true },
  { field: 'outputAxes', label: 'import.outputAxes', hint: 'import.outputAxesHint', isPlain: true },
  { field: 'normalisation', label: 'import.normalisation', hint: 'import.normalisationHint', isPlain: true },
  {
    ...{ field: 'activation', label: 'import.activation', hint: 'import.activationHint', isPlain: true },
    words: ['none', 'sigmoid', 'softmax'],
  },
  { field: 'tile', label: 'import.tile', hint: 'import.tileHint', isPlain: true },
  { field: 'step', label: 'import.step', hint: 'import.stepHint', isPlain: true },
  { field: 'channels', label: 'import.channels', hint: 'import.channelsHint', isPlain: false },
  { field: 'output', label: 'import.output', hint: 'import.outputHint', isPlain: false },
  { field: 'threshold', label: 'import.threshold', hint: 'import.thresholdHint', isPlain: false },
  { field: 'pixelSize', label: 'import.pixelSize', hint: 'import.pixelSizeHint', isPlain: false },
];

/** The form that takes a model from elsewhere; it is drawn when it is opened. */
export class ImportForm {
  readonly element = h('div', { class: 'segmenter-ask segmenter-import', hidden: true });

  /** @param refresh asks for the models anew */
  constructor(
    private readonly context: TabContext,
    private readonly refresh: () => Promise<void>,
  ) {}

  /** Opens the form, or closes it. */
  toggle(): void {
    if (this.element.hidden) this.open();
    else this.close();
  }

  private open(): void {
    const { text } = this.context;
    const file = h('input', {
      attributes: { type: 'file', accept: '.zip,.onnx', 'aria-label': text('import.file') },
      on: { change: () => show() },
    });
    const name = h('input', {
      attributes: { type: 'text', placeholder: text('import.name'), 'aria-label': text('import.name'), maxlength: 100 },
      on: { input: () => show() },
    });
    const inputs = new Map<Field, HTMLInputElement | HTMLSelectElement>();
    const rows = FIELDS.map(({ field, label, hint, isPlain, words }) => {
      const about = { 'aria-label': text(label), title: text(hint) };
      const input = words
        ? h(
            'select',
            { attributes: about },
            ...words.map((word) => h('option', { text: word, attributes: { value: word } })),
          )
        : h('input', { attributes: { type: 'text', placeholder: text(hint), ...about } });
      inputs.set(field, input);
      return { isPlain, row: h('label', {}, h('span', { text: text(label) }), input) };
    });
    const chosen = () => file.files?.[0] ?? null;
    const isPlain = () => /\.onnx$/i.test(chosen()?.name ?? '');
    const yes = button(text('import.take'), () => take(), { key: 'import-take', sign: 'upload' });
    const show = () => {
      const given = chosen();
      if (given && name.value === '')
        name.value = given.name.replace(/(\.bioimageio)?\.[^.]*$/, '').replace(/[^A-Za-z0-9._-]+/g, '-');
      for (const one of rows) one.row.hidden = !given || (one.isPlain && !isPlain());
      yes.disabled = !given || name.value.trim() === '';
    };
    const take = () => {
      const given = chosen();
      if (!given) return;
      const said = FIELDS.flatMap(({ field, isPlain: ofPlain }) => {
        const value = inputs.get(field)?.value.trim() ?? '';
        return value === '' || (ofPlain && !isPlain()) ? [] : [[field, value] as const];
      });
      this.send(given, { name: name.value.trim(), ...Object.fromEntries(said) }, yes);
    };
    redraw(
      this.element,
      h('p', { text: text('import.what') }),
      file,
      name,
      ...rows.map(({ row }) => row),
      yes,
      button(text('card.cancel'), () => this.close()),
    );
    this.element.hidden = false;
    show();
    file.focus();
  }

  private send(file: File, typed: TypedSettings, yes: HTMLButtonElement): void {
    const { text, server, attempt } = this.context;
    yes.disabled = true;
    attempt(async () => {
      try {
        const query = new URLSearchParams({ file: file.name, ...typed });
        const { name, version, warnings, tested } = await server.upload<ImportAnswer>(`models/import?${query}`, file);
        this.close();
        await this.refresh();
        const model = `${name}@${version}`;
        const off = tested && Number(tested.difference.toPrecision(2));
        const words = off === null ? text('import.taken', { model }) : text('import.takenTested', { model, off });
        return [words, ...warnings].join('. ');
      } finally {
        yes.disabled = false;
      }
    });
  }

  private close(): void {
    this.element.hidden = true;
    redraw(this.element);
  }
}
