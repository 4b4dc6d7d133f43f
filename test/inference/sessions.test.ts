import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { onnxOnCpu } from '../../src/engines/onnx/cpu';
import { knownNetwork, ModelCache, openSession, sessionKey } from '../../src/inference/sessions';
import { weightsPath } from '../../src/models/layout';
import { networkHash } from '../../src/models/network-identity';
import { publishModel } from '../../src/models/publish';
import { buildPredictor, initialParameters, type NetworkSpec } from '../../src/network';
import { cardFields, scratchFolder } from '../models/support';
import { constant, type FakeSession, randomPixels } from './support';

const SPEC: NetworkSpec = { dimensions: 3, inChannels: 1, filters: [4, 8] };

describe('opening a published model', () => {
  const folder = scratchFolder();

  const publish = async (parameters: Float32Array<ArrayBuffer>, weights: Float32Array<ArrayBuffer>, type?: string) => {
    const architecture = { type: type ?? 'residual-unet', filters: SPEC.filters };
    const card = cardFields({ dimensions: 3, architecture });
    return publishModel(folder(), { card, onnx: buildPredictor(SPEC, parameters), metricsCsv: '', weights });
  };
  const parameters = (seed: number) => new Float32Array(initialParameters(SPEC, seed));

  it('finds the network that it was published from', async () => {
    const model = await publish(parameters(1), parameters(1));
    assert.deepEqual(await knownNetwork(model), { spec: SPEC, parameters: parameters(1) });
  });

  it('takes model.onnx alone where the weights are others, damaged or missing, or the network is not ours', async () => {
    assert.equal(await knownNetwork(await publish(parameters(1), parameters(2))), null);
    assert.equal(await knownNetwork(await publish(parameters(1), parameters(1), 'unet')), null);
    const model = await publish(parameters(1), parameters(1));
    await writeFile(weightsPath(model.folder), 'short');
    assert.equal(await knownNetwork(model), null);
    await rm(weightsPath(model.folder));
    assert.equal(await knownNetwork(model), null);
  });

  it('knows a network by its weights, whatever later versions write of it', async () => {
    const model = await publish(parameters(1), parameters(1));
    // as if the way of writing had changed: the file is another, and its publisher said what it was written from
    const sha256 = 'ab'.repeat(32);
    const network = { spec: SPEC, parameters: parameters(1) };
    const written = { ...model, card: { ...model.card, sha256, networkSha256: networkHash(network, sha256) } };
    assert.deepEqual(await knownNetwork(written), network);
    // the same without that word, as earlier versions published it; a file that took its place; another architecture
    assert.equal(await knownNetwork({ ...model, card: { ...model.card, sha256, networkSha256: undefined } }), null);
    assert.equal(await knownNetwork({ ...model, card: { ...model.card, sha256 } }), null);
    const other = {
      ...model.card,
      networkSha256: networkHash({ ...network, spec: { ...SPEC, filters: [8, 4] } }, sha256),
    };
    assert.equal(await knownNetwork({ ...model, card: other }), null);
    // a card of an earlier version, whose file is what this one writes
    assert.deepEqual(await knownNetwork({ ...model, card: { ...model.card, networkSha256: undefined } }), network);
  });

  it('predicts what model.onnx predicts', async () => {
    const engine = await onnxOnCpu.open({ threads: 1, precision: 'float32' });
    const model = await publish(parameters(3), parameters(3));
    const sessions = [await openSession(engine, model), await engine.createPrediction(model.network)];
    const shape = [1, 1, 8, 12, 16];
    const input = randomPixels(8 * 12 * 16);
    const [found, expected] = await Promise.all(sessions.map((session) => session.predict(input, shape)));
    assert.ok(found.every((p, i) => Math.abs(p - expected[i]) < 1e-5));
    await Promise.all(sessions.map((session) => session.dispose()));
  });
});

describe('ModelCache', () => {
  function make(limit: number) {
    const opened: Record<string, FakeSession[]> = {};
    const cache = new ModelCache(limit);
    const use = <T>(key: string, work: (session: FakeSession) => Promise<T>) =>
      cache.use(
        key,
        async () => {
          const session = constant(0);
          opened[key] = [...(opened[key] ?? []), session];
          return session;
        },
        (session) => work(session as FakeSession),
      );
    return { cache, opened, use };
  }
  const nothing = async () => undefined;

  it('keeps a model warm', async () => {
    const { opened, use } = make(2);
    await Promise.all([use('a', nothing), use('a', nothing)]);
    await use('a', nothing);
    assert.equal(opened.a.length, 1);
    assert.equal(opened.a[0].disposed, 0);
  });

  it('lets the least recently used go', async () => {
    const { opened, use } = make(2);
    for (const key of ['a', 'b', 'a', 'c']) await use(key, nothing);
    assert.deepEqual([opened.a[0].disposed, opened.b[0].disposed, opened.c[0].disposed], [0, 1, 0]);
    await use('b', nothing);
    assert.equal(opened.b.length, 2);
    assert.equal(opened.a[0].disposed, 1);
  });

  it('never disposes of a session in use', async () => {
    const { cache, opened, use } = make(1);
    await use('a', async (session) => {
      await use('b', nothing);
      assert.equal(session.disposed, 0);
      await cache.clear();
      assert.equal(session.disposed, 0);
    });
    assert.equal(opened.a[0].disposed, 1);
    assert.equal(opened.b[0].disposed, 1);
  });

  it('does not keep a failed opening, and frees a session whose work failed', async () => {
    const { cache, opened, use } = make(1);
    await assert.rejects(
      cache.use('a', () => Promise.reject(new Error('no')), nothing),
      /no/,
    );
    await assert.rejects(
      use('a', () => Promise.reject(new Error('failed work'))),
      /failed work/,
    );
    assert.equal(opened.a[0].disposed, 0);
    await cache.clear();
    assert.equal(opened.a[0].disposed, 1);
  });

  it('tells networks and devices apart', () => {
    const cpu = { name: 'onnx' as const, device: 'cpu' as const, threads: 2 };
    assert.notEqual(sessionKey('a', cpu), sessionKey('b', cpu));
    assert.notEqual(sessionKey('a', cpu), sessionKey('a', { ...cpu, threads: 1 }));
    assert.notEqual(sessionKey('a', cpu), sessionKey('a', { ...cpu, name: 'tensorflow' }));
  });
});
