import path from 'node:path';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { isRecord, type JsonBounds, plainJson } from '../src/base/plain-json';
import { validate } from '../src/base/schema';
import { type ImageDescription, ImageDescriptionSchema } from '../src/image/description';
import { ReportIndex } from '../src/results/report-index';
import { type Compared, RESULT_ROLES, type ResultImages, type ResultMetrics } from '../src/results/result-entry';
import { ResultsLog } from '../src/results/results-log';
import { VERDICTS, type VerdictState } from '../src/trust/verdict';
import { countResult } from './result-counts';
import { isFailed, isImage, peek, readFailed } from './sample-message';
import { readParts, sequenceLevel } from './sequences/parts';

/** Of the descriptions of one sample. */
const BOUNDS: JsonBounds = { depth: 8, values: 20_000, text: 60_000 };

/** A name and version that are longer are none of this package's. */
const LONGEST_MODEL = 300;

/** Module state on purpose: one log for all nodes, kept over deploys. */
let current: { folder: string | null; log: ResultsLog; reports: ReportIndex } | null = null;

/** Gives the log of what passed the nodes of this Node-RED; it lies below its user folder. */
export function resultsLog(RED: NodeAPI): ResultsLog {
  return results(RED).log;
}

/** Gives the list of the reports that nodes of this Node-RED wrote; it lies beside that log. */
export function reportIndex(RED: NodeAPI): ReportIndex {
  return results(RED).reports;
}

function results(RED: NodeAPI): { log: ResultsLog; reports: ReportIndex } {
  const { userDir } = RED.settings as { userDir?: string };
  const folder = userDir === undefined ? null : path.join(userDir, 'segmenter', 'results');
  if (current?.folder !== folder) {
    const onProblem = (message: string) => RED.log.warn(`segmenter: results are not kept on disk: ${message}`);
    const reports = new ReportIndex(folder, (message) =>
      RED.log.warn(`segmenter: the list of reports is not kept on disk: ${message}`),
    );
    current = { folder, log: new ResultsLog({ folder, onProblem }), reports };
  }
  return current;
}

/**
 * Notes for the results page what passed a node: the sample of a message with its images, metrics and sequence, or that
 * it failed. Never throws and never waits: a message that cannot be noted is none the worse for it.
 * @param compared names of the images that the node compared; others than the log keeps are left out
 */
export function noteResult(
  RED: NodeAPI,
  node: Node,
  msg: NodeMessage,
  compared?: Record<keyof Compared, string>,
): void {
  try {
    const { payload } = msg;
    const id = peek(payload, 'id');
    if (typeof id !== 'string' || id === '') return;
    const failed = isFailed(msg) ? (readFailed(msg)?.failed.error.message ?? '') : null;
    const images = imagesIn(payload);
    if (failed === null && Object.keys(images).length === 0) return;
    countResult(node.type, failed === null ? verdictOf(payload) : 'failed');
    const parts = readParts(msg);
    resultsLog(RED).note({
      sequence: parts && sequenceLevel(parts).id,
      sample: id,
      node: { id: node.id, type: node.type, name: node.name ?? '', flow: flowOf(RED, node) },
      images,
      metrics: failed === null ? metricsIn(msg) : {},
      ...(compared && isKept(compared) ? { compared } : {}),
      ...modelIn(msg),
      failed,
    });
  } catch {
    // What is wrong with a message its nodes say.
  }
}

/** The model that a message says made what was found. */
function modelIn(msg: NodeMessage): { model?: string } {
  const model = peek(msg, 'model');
  const [name, version] = ['name', 'version'].map((property) => peek(model, property));
  if (typeof name !== 'string' || typeof version !== 'string') return {};
  const text = `${name}@${version}`;
  return text.length <= LONGEST_MODEL ? { model: text } : {};
}

/** What a gate before the node said. */
function verdictOf(payload: unknown): VerdictState | 'none' {
  const state = peek(peek(payload, 'verdict'), 'state');
  return VERDICTS.find((verdict) => verdict === state) ?? 'none';
}

function isKept(compared: Record<keyof Compared, string>): compared is Compared {
  return Object.values(compared).every((name) => RESULT_ROLES.some((role) => role === name));
}

/** The images of a sample as the page needs them: what only people read of a description stays out. */
function imagesIn(payload: unknown): ResultImages {
  const images: ResultImages = {};
  for (const role of RESULT_ROLES) {
    const image = peek(payload, role);
    if (!isImage(image)) continue;
    const { notes: _, acquisition: __, parents: ___, ...rest } = image as ImageDescription;
    images[role] = validate(ImageDescriptionSchema, plainJson(rest, role, BOUNDS), role);
  }
  return images;
}

function metricsIn(msg: NodeMessage): ResultMetrics {
  const metrics = peek(msg, 'metrics');
  const share = (value: unknown) => (typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined);
  const threshold = peek(metrics, 'threshold');
  const unlike = peek(peek(metrics, 'unlike'), 'isUnlike');
  const found: ResultMetrics = {
    dice: share(peek(metrics, 'dice')),
    uncertainty: share(peek(metrics, 'uncertainty')),
    predictedDice: share(peek(peek(metrics, 'predicted'), 'dice')),
    unlike: typeof unlike === 'boolean' ? unlike : undefined,
    threshold: typeof threshold === 'number' && Number.isFinite(threshold) ? threshold : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The names of flows, by node: to look for one goes through all nodes. */
const flows = new WeakMap<Node, string>();

/** Gives the name of the flow that a node is in. */
export function flowOf(RED: NodeAPI, node: Node): string {
  const known = flows.get(node);
  if (known !== undefined) return known;
  const { z } = node as { z?: string };
  let name = '';
  RED.nodes.eachNode((each: unknown) => {
    if (!isRecord(each) || each.id !== z) return;
    name = String(each.label ?? each.name ?? '');
  });
  flows.set(node, name);
  return name;
}
