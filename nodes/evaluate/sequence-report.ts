import type { NodeMessage } from 'node-red';
import { messageOf } from '../../src/base/errors';
import type { ImageDescription } from '../../src/image/description';
import type { EvaluateMetrics } from '../../src/jobs/job-types';
import type { SampleScore } from '../../src/metrics/summary';
import type { ModelReference } from '../../src/models/card';
import { type ComparedImage, evaluationRequest } from '../../src/reports/evaluation-gathering';
import type { EvaluationRequest } from '../../src/reports/evaluation-request';
import { judgedRows } from '../../src/reports/scored-images';
import { runOfSequence } from '../../src/results/results-log';
import type { Sample } from '../../src/samples/sample';
import { flowOf, reportIndex } from '../results-access';
import { peek } from '../sample-message';
import { readParts, sequenceLevel } from '../sequences/parts';
import type { Work } from '../work';
import type { EvaluateSettings } from './settings';

/** What is kept of each sample until its sequence is complete. */
export type Gathered = SampleScore & { compared?: ComparedImage };

/** Images of a report: more make a page that no browser opens gladly. */
const MOST_IMAGES = 20_000;

/** What a report takes of a compared sample. */
export function comparedImage(
  sample: Sample,
  { predicted, truth }: { predicted: ImageDescription; truth: ImageDescription },
  role: string,
  metrics: EvaluateMetrics,
): Omit<ComparedImage, 'model' | 'threshold'> {
  const { id, raw, weight } = sample;
  const found = { kind: role === 'labels' ? ('labels' as const) : ('mask' as const), image: predicted };
  return { id, metrics, raw, truth, found, weight: weight ?? null };
}

/** What a message says of how its mask was made, before it was compared. */
export function madeBy(msg: NodeMessage): Pick<ComparedImage, 'model' | 'threshold'> {
  const text = (of: unknown, name: string) => {
    const value = peek(of, name);
    return typeof value === 'string' ? value : null;
  };
  const given = peek(msg, 'model');
  const [name, version, uri, sha256] = ['name', 'version', 'uri', 'sha256'].map((property) => text(given, property));
  const isModel = name !== null && version !== null && uri !== null && sha256 !== null;
  const model: ModelReference | null = isModel ? { name, version, uri, sha256 } : null;
  const metrics = peek(msg, 'metrics');
  const method = text(metrics, 'method');
  const value = peek(metrics, 'threshold');
  // Other methods find one for each image.
  const isOneForAll = method === 'value' || method === 'model';
  const at = isOneForAll && typeof value === 'number' ? ` (${value})` : '';
  return { model, threshold: method && `threshold "${method}"${at}` };
}

/**
 * Writes the report of a complete sequence. What goes wrong is a warning: the numbers are there all the same.
 * @returns its path; null without one
 */
export async function writeReport(
  work: Work<(typeof EvaluateSettings)['static']>,
  gathered: readonly Gathered[],
): Promise<string | null> {
  const { settings, node } = work;
  if (!settings.report) return null;
  const images = gathered.flatMap(({ compared }) => compared ?? []);
  try {
    if (images.length > MOST_IMAGES) {
      throw new Error(`expected at most ${MOST_IMAGES} images, got ${images.length}`);
    }
    const request = evaluationRequest(images, {
      title: node.name ?? '',
      predicted: settings.predicted || 'mask',
      truth: settings.truth,
      failed: gathered.flatMap((score) =>
        'failed' in score ? [{ id: score.id, node: score.failed.node, message: score.failed.error.message }] : [],
      ),
      notes: [],
      file: settings.reportFile.trim() || null,
    });
    const { path } = await work.run('report', request);
    noteReport(work, path, request);
    return path;
  } catch (error) {
    if (!work.signal.aborted) work.warn(`no report of the sequence: ${messageOf(error)}`);
    return null;
  }
}

/** Remembers where a report lies, for the pages that open it later. */
function noteReport(
  { RED, node, msg }: Work<(typeof EvaluateSettings)['static']>,
  file: string,
  request: EvaluationRequest,
): void {
  const parts = readParts(msg);
  const { rows, models, isOfOneModel } = request;
  const judged = judgedRows(rows);
  reportIndex(RED).note({
    ...{ file, run: parts && runOfSequence(node.id, sequenceLevel(parts).id), at: Date.now() },
    node: { id: node.id, type: node.type, name: node.name ?? '', flow: flowOf(RED, node) },
    images: rows.length,
    meanDice: judged.length > 0 ? judged.reduce((sum, { dice }) => sum + dice, 0) / judged.length : null,
    model: isOfOneModel ? `${models[0].name}@${models[0].version}` : null,
  });
}
