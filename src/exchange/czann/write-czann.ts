import { createHash } from 'node:crypto';
import { UnsupportedError } from '../../base/errors';
import type { ModelCard } from '../../models/card';
import { divisorsOf } from '../../network/spec';
import { roundUp } from '../../patches/plan';
import { zipFiles } from '../../storage/zip/zip-parts';
import type { ExportedModel } from '../export-settings';
import { FOREGROUND_ONLY, INSIDE_NOTE } from '../notes';
import { exportGraph } from '../onnx/export-graph';
import { tileShape } from '../tile-shape';

/** Files of the archive, as ZEISS's czmodel names them (CZANN model specification 1.1.0). */
const [ABOUT, NETWORK, LICENCE] = ['model.json', 'model.model', 'license.txt'];
/** ONNX's operators that ZEN's specification names. */
const ZEN_OPSET = 12;
/** Pixels along an axis of tiles that may be of any size, in 2D and of each plane in 3D. */
const LARGE = { 2: 1024, 3: 256 };
/** Fraction of the patch that tiles overlap at least. */
const OVERLAP = 1 / 4;
const METRES_PER_UM = 1e-6;

/**
 * Writes a model for ZEN and arivis: a ZIP archive of what is said of it and an ONNX network of one tile size, pixels from 0
 * to 1 in, channels last, background and foreground out.
 * @throws UnsupportedError for models that take pixels as the quantity they stand for, and for later operators
 */
export function writeCzann(card: ModelCard, onnx: Uint8Array, file: string): ExportedModel {
  const name = `${card.name}@${card.version}`;
  const { method } = card.normalisation;
  if (method === 'none' || method === 'fixed') {
    throw new UnsupportedError(
      name,
      `its normalisation (${method}) takes pixels as they are stored; ZEN hands over values from 0 to 1`,
    );
  }
  const size = czannSize(card);
  const graph = exportGraph(onnx, file, card, {
    ...{ normalises: true, gives: 'classes', channels: 'last', pixels: 'up-to-one', size },
  });
  if (graph.opset > ZEN_OPSET) {
    throw new UnsupportedError(name, `its operators are of ONNX's version ${graph.opset}, ZEN takes ${ZEN_OPSET}`);
  }
  const { pixelSize } = card;
  const [x, y] = [pixelSize?.x ?? null, pixelSize?.y ?? null];
  const about = {
    Id: idOf(graph.bytes),
    Type: 'SingleClassSemanticSegmentation',
    InputShape: [...size, card.channels.length],
    OutputShape: [...size, 2],
    MinOverlap: minOverlap(card),
    Classes: ['Background', 'Foreground'],
    ModelName: `${card.name} ${card.version}`,
    ...(x === null || y === null ? {} : { Scaling: [x * METRES_PER_UM, y * METRES_PER_UM] }),
  };
  const licence = card.imported?.licence;
  const bytes = zipFiles([
    [ABOUT, Buffer.from(`${JSON.stringify(about, null, 2)}\n`)],
    [NETWORK, graph.bytes],
    ...(licence ? [[LICENCE, Buffer.from(`${licence}\n`)] as const] : []),
  ]);
  return { bytes, notes: [INSIDE_NOTE, ...(card.outputs ? [FOREGROUND_ONLY] : [])] };
}

/**
 * The size of tiles, [(z,) y, x]: large ones, in which there is more to measure background and contrast by, where the network
 * does not mind.
 */
function czannSize(card: ModelCard): number[] {
  const { size, step } = tileShape(card);
  const isFree = step !== null && (card.norms === 'training' || card.tiles === 'large');
  if (!isFree) return size;
  const units = divisorsOf(card).slice(3 - card.dimensions);
  const large = LARGE[card.dimensions];
  return size.map((n, axis) => (card.dimensions === 3 && axis === 0 ? n : Math.max(n, roundUp(large, units[axis]))));
}

/** Even numbers, as the specification asks for. */
function minOverlap({ patch, dimensions, halo }: ModelCard): number[] {
  const sizes = [patch.z ?? 1, patch.y, patch.x].slice(3 - dimensions);
  return sizes.map((n, axis) => 2 * Math.max(halo?.[axis] ?? 0, Math.ceil((n * OVERLAP) / 2)));
}

/** The same network has the same id, in the form of a UUID (RFC 9562, version 8). */
function idOf(bytes: Uint8Array): string {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const variant = '89ab'[Number.parseInt(hash[16], 16) % 4];
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
