import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { externalLocations } from '../../src/graph/onnx/external-locations';
import { ProtobufWriter } from '../../src/graph/onnx/protobuf';
import { hashBytes } from '../../src/models/model-file';
import { resolveModel } from '../../src/models/resolve';
import { buildPredictor, initialParameters } from '../../src/network';
import { modelCard, namedOnnx, scratchFolder } from './support';

/** A tensor whose data lie in a file. */
function tensorIn(location: string): ProtobufWriter {
  const entry = (key: string, value: string) => new ProtobufWriter().string(1, key).string(2, value);
  const place = new ProtobufWriter().message(13, entry('offset', '0')).message(13, entry('location', location));
  return place.integer(14, 1);
}

const inGraph = (field: number, inner: ProtobufWriter) =>
  new ProtobufWriter().integer(1, 10).message(7, new ProtobufWriter().message(field, inner));
const inNode = (attribute: ProtobufWriter) => new ProtobufWriter().message(5, attribute);
const modelWith = (location: string) => inGraph(5, tensorIn(location)).finish();

describe('external data of ONNX models', () => {
  const folder = scratchFolder();

  it('are found wherever a model keeps tensors', () => {
    const tensor = tensorIn('w');
    const models = {
      initializer: inGraph(5, tensor),
      'sparse values': inGraph(15, new ProtobufWriter().message(1, tensor)),
      'sparse indices': inGraph(15, new ProtobufWriter().message(2, tensor)),
      attribute: inGraph(1, inNode(new ProtobufWriter().message(5, tensor))),
      'list of tensors': inGraph(1, inNode(new ProtobufWriter().message(10, tensor))),
      'graph of a branch': inGraph(1, inNode(new ProtobufWriter().message(6, new ProtobufWriter().message(5, tensor)))),
      function: new ProtobufWriter().message(
        25,
        new ProtobufWriter().message(7, inNode(new ProtobufWriter().message(5, tensor))),
      ),
      training: new ProtobufWriter().message(
        20,
        new ProtobufWriter().message(1, new ProtobufWriter().message(5, tensor)),
      ),
    };
    for (const [name, model] of Object.entries(models)) {
      assert.deepEqual(externalLocations(model.finish(), 'm'), ['w'], name);
    }
    const spec = { dimensions: 2 as const, inChannels: 1, filters: [4, 8] };
    assert.deepEqual(externalLocations(buildPredictor(spec, initialParameters(spec, 1)), 'm'), []);
  });

  it('refuses what is cut off, no message, or nested without end', () => {
    const whole = modelWith('weights.bin');
    for (let length = 3; length < whole.length; length++) {
      assert.throws(() => externalLocations(whole.subarray(0, length), 'm'), { code: 'corrupt-file' });
    }
    assert.throws(() => externalLocations(Buffer.from('<html>'), 'm'), {
      code: 'corrupt-file',
      message: /not an ONNX/,
    });
    let nested = new ProtobufWriter();
    for (let i = 0; i < 300; i++)
      nested = new ProtobufWriter().message(1, inNode(new ProtobufWriter().message(6, nested)));
    assert.throws(() => externalLocations(new ProtobufWriter().message(7, nested).finish(), 'm'), {
      code: 'corrupt-file',
    });
  });

  /** A model from elsewhere. */
  const place = async (name: string, location: string, externalData?: Record<string, string>) => {
    const own = path.join(folder(), name);
    await mkdir(own, { recursive: true });
    const onnx = modelWith(location);
    const hashes = externalData ? { externalData } : {};
    const card = modelCard({ name, sha256: hashBytes(onnx), ...hashes });
    await writeFile(path.join(own, 'model.json'), JSON.stringify(card));
    await writeFile(path.join(own, 'model.onnx'), onnx);
    return own;
  };
  const resolve = (own: string) => resolveModel(folder(), own, [folder()]);

  it('count as part of the model: their hashes are in the card, and each change of them is noticed', async () => {
    const weights = Buffer.from('weights');
    const own = await place('whole', 'data/weights.bin', { 'data/weights.bin': hashBytes(weights) });
    await assert.rejects(resolve(own), { code: 'not-found', message: /weights are missing/ });
    await mkdir(path.join(own, 'data'));
    const file = path.join(own, 'data', 'weights.bin');
    await writeFile(file, weights);
    const { content } = await resolve(own);
    await writeFile(file, 'Weights');
    await assert.rejects(resolve(own), { code: 'corrupt-file', message: /weights\.bin: sha256 is/ });
    const other = await place('whole', 'data/weights.bin', { 'data/weights.bin': hashBytes(Buffer.from('Weights')) });
    assert.notEqual((await resolve(other)).content, content);
    await writeFile(path.join(own, 'model.onnx'), namedOnnx('n'));
  });

  it('are refused without a hash in the card, with the line that it lacks', async () => {
    for (const hashes of [undefined, { other: '0' }]) {
      const own = await place('bare', 'w.bin', hashes);
      await writeFile(path.join(own, 'w.bin'), 'w');
      const line = `"externalData": \\{ "w\\.bin": "${hashBytes(Buffer.from('w'))}" \\}`;
      await assert.rejects(resolve(own), { code: 'corrupt-file', message: new RegExp(line) });
    }
  });

  it('never lead out of the folder of the model', async () => {
    const secret = path.join(folder(), 'secret.bin');
    await writeFile(secret, 'secret');
    const hash = hashBytes(Buffer.from('secret'));
    for (const location of ['../secret.bin', 'a/../../secret.bin', secret, 'C:\\secret.bin', '..\\secret.bin', 'C:x']) {
      const own = await place('leading', location, { [location]: hash });
      await mkdir(path.join(own, 'a'), { recursive: true });
      await assert.rejects(resolve(own), { code: 'not-allowed', message: /outside of the folder/ }, location);
    }
    const own = await place('linked', 'w.bin', { 'w.bin': hash });
    await symlink(secret, path.join(own, 'w.bin'));
    await assert.rejects(resolve(own), { code: 'not-allowed', message: /lead to .*outside of the folder/ });
    await rm(path.join(own, 'w.bin'));
    await mkdir(path.join(own, 'w.bin'));
    await assert.rejects(resolve(own), { code: 'corrupt-file', message: /is not a file/ });
    await assert.rejects(resolve(await place('nameless', '', { '': hash })), { code: 'corrupt-file' });
  });
});
