import { EXPORT_ENDINGS, EXPORT_FORMATS, type ExportFormat } from '../../../src/exchange/export-formats';
import type { TabContext } from './context';
import { button, h } from './dom';

/** What each form of a model is called, and for whom it is. */
const WORDS = {
  bioimageio: ['export.bioimageio', 'export.bioimageioHint'],
  czann: ['export.czann', 'export.czannHint'],
  onnx: ['export.onnx', 'export.onnxHint'],
  'onnx-mask': ['export.onnxMask', 'export.onnxMaskHint'],
} as const satisfies Record<ExportFormat, readonly [string, string]>;

/**
 * Asks in which form a version goes out, and has the browser save it.
 * @param close is called where a person is done
 */
export function askForExport(context: TabContext, name: string, version: string, close: () => void): HTMLElement[] {
  const { text, server, attempt } = context;
  const choice = h(
    'select',
    { attributes: { 'aria-label': text('export.format'), 'data-key': 'format' }, on: { change: () => show() } },
    ...EXPORT_FORMATS.map((format) => h('option', { text: text(WORDS[format][0]), attributes: { value: format } })),
  );
  const hint = h('p', { class: 'segmenter-facts' });
  const field = (label: string) =>
    h('input', { attributes: { type: 'text', placeholder: label, 'aria-label': label } });
  const [author, licence] = [field(text('export.author')), field(text('export.licence'))];
  const chosen = () => choice.value as ExportFormat;
  const show = () => {
    hint.textContent = text(WORDS[chosen()][1]);
    for (const one of [author, licence]) one.hidden = chosen() !== 'bioimageio';
  };
  const save = () => {
    const format = chosen();
    yes.disabled = true;
    attempt(async () => {
      try {
        const query = new URLSearchParams({ name, version, format });
        if (format === 'bioimageio') {
          query.set('author', author.value);
          query.set('licence', licence.value);
        }
        const notes = await server.download(`models/export?${query}`, `${name}-${version}${EXPORT_ENDINGS[format]}`);
        close();
        return [text('export.saved', { model: `${name}@${version}` }), ...notes].join('. ');
      } finally {
        yes.disabled = false;
      }
    });
  };
  const yes = button(text('export.save'), save, { key: 'export-save', sign: 'download' });
  show();
  return [choice, hint, author, licence, yes, button(text('card.cancel'), close)];
}
