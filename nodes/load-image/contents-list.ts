import type { FileContents } from '../../src/jobs/job-types';
import type { PairingCount } from '../../src/samples/listing/list-samples';
import type { Browser, EditedNode } from '../editor/browser';

const OTHERS = ['seg1', 'seg2', 'mergeMask', 'excludeMask'] as const;
/** Names that are listed of files without another. */
const MOST_NAMES = 5;

/**
 * Lists what the file of the field Raw contains, shows it small, and says how the other files pair with it; a click on a
 * scene or channel takes it.
 */
export function lookInto(node: EditedNode, { $, withVariables, showPicture }: Browser): void {
  const place = $('#segmenter-contents').empty().show();
  const text = (key: string, values?: Record<string, unknown>) => node._(`contents.${key}`, values);
  const line = (words: string) => $('<div>').text(words).appendTo(place);
  const choice = (words: string, property: string, value: number) =>
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(words)
      .on('click', () => $(`#node-input-${property}`).val(value).trigger('change'))
      .appendTo(place);
  const show = (contents: FileContents) => {
    place.empty();
    const { path, file, files, format, scenes, described, pairing } = contents;
    showPicture(thumbnailOf(path), text('picture', { file }), place);
    line(text(files > 1 ? 'firstOf' : 'file', { file, format, files }));
    for (const scene of described) {
      const { scene: index, sceneName } = scene;
      const name = sceneName ? `${index} ${sceneName}` : index;
      choice(text('scene', { name, size: sizeOf(scene, text) }), 'scene', index);
    }
    if (scenes > described.length) line(text('moreScenes', { count: scenes - described.length }));
    line(text('channels'));
    for (const { index, name } of described[0].channels) choice(`${index} ${name}`, 'rawChannel', index);
    for (const note of new Set(described.flatMap(({ notes = [] }) => notes))) line(note);
    for (const words of pairing ? pairsOf(pairing) : []) line(words);
  };
  const pairsOf = (pairing: PairingCount | { fault: string }): string[] => {
    if ('fault' in pairing) return [pairing.fault];
    return pairing.roles.flatMap(({ role: name, files, pairs, rawWithout, withoutRaw }) => {
      const role = node._(`label.${name}`);
      const list = (key: string, ids: readonly string[]) => {
        const names = ids.slice(0, MOST_NAMES).join(', ');
        const values = { count: ids.length, role, names: ids.length > MOST_NAMES ? `${names}, ...` : names };
        return ids.length > 0 ? [text(key, values)] : [];
      };
      return [
        text('pairs', { raw: pairing.raw, files, role, pairs }),
        ...list('rawWithout', rawWithout),
        ...list('withoutRaw', withoutRaw),
      ];
    });
  };

  /** A path that needs no message; blank where there is none. */
  const pathIn = (name: string) => {
    const field = $(`#node-input-${name}`);
    const type = field.typedInput('type');
    return type === 'str' || type === 'env' ? withVariables(field.typedInput('value'), type, node).trim() : '';
  };
  const raw = pathIn('raw');
  if (raw === '') {
    line(text('needsPath'));
    return;
  }
  line(text('looking'));
  const others = OTHERS.map((role) => [role, pathIn(role)]).filter(([, path]) => path !== '');
  const suffixes = others.length === 0 ? [] : ['raw', ...OTHERS].map((role) => `${role}Suffix`);
  const query = {
    raw,
    pages: $('#node-input-pages').val(),
    flow: node.z,
    ...Object.fromEntries(others),
    ...Object.fromEntries(suffixes.map((name) => [name, $(`#node-input-${name}`).val()])),
  };
  $.getJSON<FileContents>('segmenter/load-image/contents', query)
    .done(show)
    .fail((answer) => {
      line(answer.responseJSON?.message ?? text('noAnswer'))
        .prevAll()
        .remove();
    });
}

/** The results page serves small pictures of files. */
function thumbnailOf(path: string): string {
  return `segmenter/results/thumbnail/${encodeURIComponent(`file:0:${path}`)}`;
}

function sizeOf(
  { levels, dtype, pixelSize }: FileContents['described'][number],
  text: (key: string, values: Record<string, unknown>) => string,
): string {
  const [[t, , z, y, x]] = levels;
  const size = [`${x} x ${y} ${dtype}`];
  if (z > 1) size.push(text('slices', { z }));
  if (t > 1) size.push(text('times', { t }));
  if (levels.length > 1) size.push(text('levels', { levels: levels.length }));
  const sides = [pixelSize?.x, pixelSize?.y, pixelSize?.z].flatMap((side) =>
    side && side > 0 ? [Number(side.toPrecision(4))] : [],
  );
  if (pixelSize) size.push(`${sides.join(' x ')} µm`);
  return size.join(', ');
}
