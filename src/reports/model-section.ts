import { fileURLToPath } from 'node:url';
import type { ModelCard } from '../models/card';
import { duration } from './format';
import { type Content, type Html, html } from './html';
import { facts, table } from './page';
import type { ReportTexts } from './texts';
import { ENGLISH } from './texts/english';

/** Training files that are listed; the model's card has them all. */
const MOST_FILES = 300;

/** As much as a report tells of what a card keeps of a training; cards of other programs may lack any of it. */
interface Told {
  settings: Record<string, unknown>;
  steps: number | null;
  bestStep: number | null;
  seconds: number | null;
  computed: string | null;
  startedFrom: string | null;
}

function toldBy({ recipe, metrics }: ModelCard, texts: ReportTexts['model']): Told {
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const settings = typeof recipe.settings === 'object' && recipe.settings !== null ? recipe.settings : {};
  const { engine, device, threads } = metrics;
  const computed =
    text(engine) && text(device) ? texts.computed(String(engine), String(device), String(threads)) : null;
  return {
    settings: settings as Record<string, unknown>,
    steps: number(metrics.steps),
    bestStep: number(metrics.bestStep),
    seconds: number(metrics.seconds),
    computed,
    startedFrom: text(recipe.startedFrom),
  };
}

/** Lists what a model is and how it was trained. @param defaults of training settings, to name those that differ */
export function modelFacts(
  card: ModelCard,
  defaults: Record<string, unknown>,
  { model: texts, numbers }: ReportTexts,
): Html {
  const { architecture, pixelSize, patch } = card;
  const told = toldBy(card, texts);
  const size = pixelSize && [pixelSize.z, pixelSize.y, pixelSize.x].filter((n) => n !== null).join(' x ');
  return facts([
    [texts.model, html`<b>${card.name}@${card.version}</b>`],
    [texts.made, card.created],
    [texts.sha256, html`<span class="hash">${card.sha256}</span>`],
    [texts.network, networkText(card, texts)],
    [texts.parameters, architecture.parameters?.toLocaleString(numbers) ?? null],
    [texts.channels, card.channels.map(({ name }) => name).join(', ')],
    [texts.pixelSize, size ? `${size} µm (${pixelSize.z === null ? 'y x' : 'z y x'})` : texts.notStated],
    [texts.patch, [patch.z, patch.y, patch.x].filter((n) => n !== null).join(' x ')],
    [texts.normalisation, card.normalisation.method],
    [texts.threshold, card.threshold],
    [texts.steps, told.steps === null ? null : texts.stepsOf(told.steps, told.bestStep ?? told.steps)],
    [texts.time, told.seconds === null ? null : duration(told.seconds)],
    [texts.computedBy, told.computed],
    [texts.startedFrom, told.startedFrom],
    [texts.seed, typeof told.settings.seed === 'number' ? told.settings.seed : null],
    [texts.differing, differing(told.settings, defaults, texts)],
  ]);
}

/** Says in a few words what network it is. */
export function networkText({ architecture, dimensions }: ModelCard, texts = ENGLISH.model): string {
  const filters = architecture.filters?.join('-');
  return `${architecture.type}, ${dimensions}D${filters ? `, ${texts.featureMaps} ${filters}` : ''}`;
}

function differing(
  settings: Record<string, unknown>,
  defaults: Record<string, unknown>,
  { none, settings: { names, values } }: ReportTexts['model'],
): Content {
  const named = Object.entries(settings).filter(
    ([name, value]) => name !== 'model' && name !== 'seed' && JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  if (named.length === 0) return none;
  const wordOf = (value: unknown) =>
    values[String(value)] ?? (typeof value === 'string' ? value : JSON.stringify(value));
  // A card of a later version may know settings that this one has no word for.
  const nameOf = (name: string) => (names as Record<string, string>)[name] ?? name;
  return named.map(([name, value], i) => html`${i > 0 ? ', ' : null}${nameOf(name)}: ${wordOf(value)}`);
}

/** An image that a model's card says it was trained on or judged by. */
export interface TrainingFile {
  id: string;
  split: string;
  uri: string | null;
  rawSha256: string | null;
  truthSha256: string | null;
}

/** Lists the images of a card. */
export function trainingFiles({ data }: ModelCard): TrainingFile[] {
  return data.map(({ id, split, images }) => {
    const of = (role: string) => {
      const image = (images as Record<string, Record<string, unknown>> | undefined)?.[role];
      const text = (name: string) => (typeof image?.[name] === 'string' ? String(image[name]) : null);
      return { uri: text('uri'), sha256: text('sha256') };
    };
    const [raw, target] = [of('raw'), of('target')];
    return {
      id: String(id ?? ''),
      split: String(split ?? ''),
      ...{ uri: raw.uri, rawSha256: raw.sha256, truthSha256: target.sha256 },
    };
  });
}

/** A table of what a model was trained on. */
export function trainingFilesTable(files: readonly TrainingFile[], { model: texts }: ReportTexts): Html {
  const rows = files
    .slice(0, MOST_FILES)
    .map(({ id, split, uri, rawSha256, truthSha256 }) => [
      html`${id}<br><span class="note">${uri === null ? '' : pathOf(uri)}</span>`,
      split,
      html`<span class="hash">${rawSha256 ?? '–'}</span>`,
      html`<span class="hash">${truthSha256 ?? '–'}</span>`,
    ]);
  const left = files.length - rows.length;
  return html`${table([texts.file, texts.part, texts.imageHash, texts.truthHash], rows, 'text')}
${left > 0 ? html`<p class="note">${texts.more(left)}</p>` : null}`;
}

/** A path as a person reads it; an address stays one. */
export function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return uri;
  }
}
