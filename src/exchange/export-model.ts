import { UnsupportedError } from '../base/errors';
import type { Engine } from '../engines/engine';
import { externalLocations } from '../graph/onnx/external-locations';
import type { ResolvedModel } from '../models/resolve';
import { writePackage } from './bioimageio/write-package';
import { writeCzann } from './czann/write-czann';
import type { ExportFormat } from './export-formats';
import type { ExportedModel, Origin } from './export-settings';
import { FOREGROUND_ONLY, INSIDE_NOTE } from './notes';
import { exportGraph } from './onnx/export-graph';

/**
 * Writes a model in a form that other programs read.
 * @param onnx the bytes of its `model.onnx`
 * @param engine what computes the test output of a package
 * @throws UnsupportedError where the form has no place for what the model needs
 */
export async function exportModel(
  { card, network }: Pick<ResolvedModel, 'card' | 'network'>,
  onnx: Uint8Array,
  format: ExportFormat,
  { engine, origin }: { engine: () => Promise<Engine>; origin: Origin },
): Promise<ExportedModel> {
  const [outside] = externalLocations(onnx, network);
  if (outside !== undefined) {
    throw new UnsupportedError(`${card.name}@${card.version}`, `keeps weights in ${outside}; expected all in one file`);
  }
  if (format === 'bioimageio') return writePackage(await engine(), card, onnx, network, origin);
  if (format === 'czann') return writeCzann(card, onnx, network);
  const gives = format === 'onnx' ? 'probability' : 'mask';
  const form = { normalises: true, gives, channels: 'first', pixels: 'as-stored', size: null } as const;
  const { bytes } = exportGraph(onnx, network, card, form);
  const { method } = card.normalisation;
  const isMeasured = method !== 'none' && method !== 'fixed';
  const isLess = card.outputs !== undefined && gives === 'mask';
  return { bytes, notes: [...(isMeasured ? [INSIDE_NOTE] : []), ...(isLess ? [FOREGROUND_ONLY] : [])] };
}
