import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import helper from 'node-red-node-test-helper';

import curate = require('../../nodes/curate/curate');

import type { Decision } from '../../src/curation/decision';
import type { CheckReport, Conflict, Queue } from '../../src/curation/page-api';
import type { Picture } from '../../src/image/picture';
import type { Sample } from '../../src/samples/sample';
import { FakeHost } from './fake-host';
import { image, type NodeUnderTest, sample, startFlow, stopFlow, tokenHeader, until } from './run-node';

export const ROOT = '/segmenter/curate/node';
export const USED: Decision = { state: 'used', reason: null, base: 'seg1', merge: [], exclude: [], strokes: [] };
export const REJECTED: Decision = { ...USED, state: 'rejected', reason: 'out of focus' };
export const REPORT: CheckReport = {
  samples: 2,
  findings: [{ check: 'labels', severity: 'warning', message: 'a is empty', samples: ['a'] }],
  made: '2026-01-01T00:00:00.000Z',
};
export const PICTURE: Picture = {
  shape: [1, 1, 1, 32, 32],
  dtype: 'uint16',
  channels: [{ name: 'c0' }],
  pixelSize: null,
  levels: [[32, 32]],
  tile: 512,
  ranges: [],
};

/** A sample with two segmentations. */
export const two = (id: string): Sample => sample(id, { seg1: image(`${id}-1`), seg2: image(`${id}-2`) });

/** A curate node with a folder of its own for each test of a suite, and its routes as the page asks them. */
export interface CurationUnderTest {
  readonly folder: string;
  /** answers the node's jobs; a new one for each test */
  host: FakeHost;
  newHost(): FakeHost;
  review(): string;
  start(config?: object): Promise<NodeUnderTest>;
  /** Sends samples as a sequence and waits until the checks of it are told. */
  bring(flow: NodeUnderTest, ids: string[], sequence?: string): Promise<void>;
  get<T>(address: string): Promise<{ status: number; body: T; headers: Record<string, string> }>;
  queue(): Promise<Queue>;
  put(
    id: string,
    revision: number,
    decision: unknown,
  ): Promise<{ status: number; body: { revision: number } & Conflict }>;
  finish(): Promise<Record<string, number>>;
}

export function useCuration(): CurationUnderTest {
  const curation: CurationUnderTest = {
    folder: '',
    host: new FakeHost(),
    newHost: () => fakeHost(curation.folder),
    review: () => path.join(curation.folder, 'review'),
    start: (config = {}) =>
      startFlow({
        file: curate,
        type: 'segmenter-curate',
        config: { folder: curation.review(), ...config },
        access: curation.host.access({ roots: [curation.folder] }),
        outputs: 2,
      }),
    bring: async (flow, ids, sequence = 's') => {
      const before = flow.sent[1].filter(({ topic }) => topic === 'checks').length;
      for (const [index, id] of ids.entries()) {
        flow.receive({ payload: two(id), parts: { id: sequence, index, count: ids.length } });
      }
      await until(() => flow.sent[1].filter(({ topic }) => topic === 'checks').length > before, 'the checks');
    },
    get: async <T>(address: string) => {
      const { status, body, headers } = await helper.request().get(`${ROOT}/${address}`);
      return { status, body: body as T, headers };
    },
    queue: async () => (await curation.get<Queue>('queue')).body,
    put: async (id, revision, decision) => {
      const address = `${ROOT}/image/${encodeURIComponent(id)}`;
      const { status, body } = await helper
        .request()
        .put(address)
        .set(...(await tokenHeader()))
        .send({ revision, decision });
      return { status, body: body as { revision: number } & Conflict };
    },
    finish: async () =>
      (
        await helper
          .request()
          .post(`${ROOT}/finish`)
          .set(...(await tokenHeader()))
      ).body as Record<string, number>,
  };
  beforeEach(() => {
    Object.assign(curation, { folder: mkdtempSync(path.join(os.tmpdir(), 'segmenter-curate-')) });
    curation.host = curation.newHost();
  });
  afterEach(async () => {
    await stopFlow();
    rmSync(curation.folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return curation;
}

function fakeHost(folder: string): FakeHost {
  return new FakeHost()
    .on('keep-images', (input) => input.sample)
    .on('check-samples', () => REPORT)
    .on('apply-decision', (input) => ({ ...input.sample, target: image(`${input.sample.id}-target`) }))
    .on('export-review', ({ folder: at }) => ({ folder: at, split: 'folds', samples: [], remarks: [] }))
    .on('picture-info', () => PICTURE)
    .on('picture', ({ tile }) => {
      const file = path.join(folder, `tile-${tile.row}.bin`);
      writeFileSync(file, Uint8Array.of(1, 2, 3, 4));
      return { path: file, dtype: 'uint16', shape: [1, 2] };
    });
}
