import type { FileContents } from '../../src/jobs/job-types';
import type { EditedNode, Query } from '../editor/browser';

/** Lists what the file of the field Raw contains; a click on a scene or channel takes it. */
export function lookInto(node: EditedNode, $: Query): void {
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
    const { file, files, format, scenes, described } = contents;
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
  };

  const raw = $('#node-input-raw');
  if (raw.typedInput('type') !== 'str' || raw.typedInput('value').trim() === '') {
    line(text('needsPath'));
    return;
  }
  line(text('looking'));
  const query = { raw: raw.typedInput('value'), pages: $('#node-input-pages').val() };
  $.getJSON<FileContents>('segmenter/load-image/contents', query)
    .done(show)
    .fail((answer) => {
      line(answer.responseJSON?.message ?? text('noAnswer'))
        .prevAll()
        .remove();
    });
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
