import { fileURLToPath } from 'node:url';
import type { ModelCard } from '../models/card';
import { duration } from './format';
import { type Content, type Html, html } from './html';
import { facts, table } from './page';

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

function toldBy({ recipe, metrics }: ModelCard): Told {
  const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  const settings = typeof recipe.settings === 'object' && recipe.settings !== null ? recipe.settings : {};
  const { engine, device, threads } = metrics;
  const computed = text(engine) && text(device) ? `${engine} on ${device}, ${threads} threads` : null;
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
export function modelFacts(card: ModelCard, defaults: Record<string, unknown>): Html {
  const { architecture, pixelSize, patch } = card;
  const told = toldBy(card);
  const size = pixelSize && [pixelSize.z, pixelSize.y, pixelSize.x].filter((n) => n !== null).join(' x ');
  return facts([
    ['Model', html`<b>${card.name}@${card.version}</b>`],
    ['Made', card.created],
    ['SHA-256 of the network', html`<span class="hash">${card.sha256}</span>`],
    ['Network', networkText(card)],
    ['Parameters', architecture.parameters?.toLocaleString('en-GB') ?? null],
    ['Channels', card.channels.map(({ name }) => name).join(', ')],
    [
      'Pixel size of the training',
      size ? `${size} µm (${pixelSize.z === null ? 'y x' : 'z y x'})` : 'not stated by the files',
    ],
    ['Patch', [patch.z, patch.y, patch.x].filter((n) => n !== null).join(' x ')],
    ['Normalisation', card.normalisation.method],
    ['Threshold of the model', card.threshold],
    ['Steps', told.steps === null ? null : `${told.steps}, weights of step ${told.bestStep ?? told.steps}`],
    ['Time of the training', told.seconds === null ? null : duration(told.seconds)],
    ['Computed by', told.computed],
    ['Started from', told.startedFrom],
    ['Seed', typeof told.settings.seed === 'number' ? told.settings.seed : null],
    ['Settings that differ from the defaults', differing(told.settings, defaults)],
  ]);
}

/** Says in a few words what network it is. */
export function networkText({ architecture, dimensions }: ModelCard): string {
  const filters = architecture.filters?.join('-');
  return `${architecture.type}, ${dimensions}D${filters ? `, feature maps ${filters}` : ''}`;
}

function differing(settings: Record<string, unknown>, defaults: Record<string, unknown>): Content {
  const named = Object.entries(settings).filter(
    ([name, value]) => name !== 'model' && name !== 'seed' && JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  if (named.length === 0) return 'none';
  return named.map(([name, value], i) => html`${i > 0 ? ', ' : null}${name} = <code>${JSON.stringify(value)}</code>`);
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
export function trainingFilesTable(files: readonly TrainingFile[]): Html {
  const rows = files
    .slice(0, MOST_FILES)
    .map(({ id, split, uri, rawSha256, truthSha256 }) => [
      html`${id}<br><span class="note">${uri === null ? '' : pathOf(uri)}</span>`,
      split,
      html`<span class="hash">${rawSha256 ?? '–'}</span>`,
      html`<span class="hash">${truthSha256 ?? '–'}</span>`,
    ]);
  const left = files.length - rows.length;
  return html`${table(['Image and file', 'Part', 'SHA-256 of the image', 'SHA-256 of the truth'], rows, 'text')}
${left > 0 ? html`<p class="note">${left} more are listed in the model's card, model.json.</p>` : null}`;
}

/** A path as a person reads it; an address stays one. */
export function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    return uri;
  }
}
