import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ProtobufWriter } from '../../src/graph/onnx/protobuf';
import { createJobHost } from '../../src/jobs/host/job-host';
import { modelCard } from '../models/support';
import { Workbench } from './implementations/workbench';
import { COMPUTE } from './toy-jobs';

/** Field numbers are those of onnx.proto. */
const [FLOAT, INT64, BOOL] = [1, 7, 9];

function value(name: string, type: number, shape: Array<number | string> | null): ProtobufWriter {
  const tensor = new ProtobufWriter().integer(1, type);
  if (shape) {
    const dims = new ProtobufWriter();
    for (const n of shape) {
      const dim = new ProtobufWriter();
      dims.message(1, typeof n === 'number' ? dim.integer(1, n) : dim.string(2, n));
    }
    tensor.message(2, dims);
  }
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor));
}

function scalar(name: string, type: number, bytes: Uint8Array): ProtobufWriter {
  return new ProtobufWriter().integer(2, type).string(8, name).bytes(9, bytes);
}

function node(type: string, inputs: string[], outputs: string[]): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const input of inputs) out.string(1, input);
  for (const output of outputs) out.string(2, output);
  return out.string(4, type);
}

/** A model that negates its image 2 ** 62 times: the condition of its loop stays true. */
function endlessModel(): Uint8Array {
  const body = new ProtobufWriter()
    .message(1, node('Identity', ['going'], ['goes']))
    .message(1, node('Neg', ['before'], ['after']))
    .string(2, 'body')
    .message(11, value('turn', INT64, []))
    .message(11, value('going', BOOL, []))
    .message(11, value('before', FLOAT, null))
    .message(12, value('goes', BOOL, []))
    .message(12, value('after', FLOAT, null));
  const loop = node('Loop', ['turns', 'always', 'input'], ['probability']).message(
    5,
    new ProtobufWriter().string(1, 'body').message(6, body).integer(20, 5),
  );
  const turns = new Uint8Array(BigInt64Array.of(2n ** 62n).buffer);
  const sizes = [1, 1, 'y', 'x'];
  const graph = new ProtobufWriter()
    .message(1, loop)
    .string(2, 'endless')
    .message(5, scalar('turns', INT64, turns))
    .message(5, scalar('always', BOOL, Uint8Array.of(1)))
    .message(11, value('input', FLOAT, sizes))
    .message(12, value('probability', FLOAT, sizes));
  const opset = new ProtobufWriter().string(1, '').integer(2, 17);
  return new ProtobufWriter().integer(1, 8).message(7, graph).message(8, opset).finish();
}

describe('a model that never comes back', function () {
  this.timeout(60_000);
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.open();
  });
  after(() => bench.close());

  it('costs its prediction a timeout that names it; the next one runs, pixel work goes on meanwhile', async () => {
    const folder = path.join(bench.data, 'endless');
    const onnx = endlessModel();
    const sha256 = createHash('sha256').update(onnx).digest('hex');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'model.onnx'), onnx);
    const card = modelCard({ name: 'endless', architecture: { type: 'elsewhere' }, sha256 });
    await writeFile(path.join(folder, 'model.json'), JSON.stringify(card));
    const shape = [1, 1, 1, 32, 32] as const;
    const image = await bench.image(
      'a.ome.tiff',
      [...shape],
      Float32Array.from({ length: 1024 }, (_, i) => i % 7),
    );

    const silence = { beatMs: 200, silentMs: 10_000, diskMs: 10_000, stuckMs: 10_000, nativeMs: 3000 };
    const host = createJobHost(bench.settings, { patience: { cancelMs: 500, killMs: 500, stopMs: 500, silence } });
    try {
      const input = { image, model: folder, overlap: 0.25, compute: COMPUTE };
      const predicting = assert.rejects(host.run('predict', input), (error: Error & { code: string }) => {
        assert.equal(error.code, 'timeout');
        assert.match(error.message, /did not come back from prediction of .* on cpu, which may take 3 s/);
        assert.match(error.message, /the model may loop without end/);
        assert.ok(error.message.includes(path.join(folder, 'model.onnx')), error.message);
        return true;
      });
      const found = await host.run('inspect-file', { raw: bench.data });
      assert.equal(found.format, 'ome-tiff');
      await predicting;
      assert.deepEqual(
        host.stats().lanes.map(({ running }) => running),
        [0, 0],
      );
    } finally {
      await host.shutdown();
    }
  });
});
