import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from '#yaml';
import { exportModel } from '../../src/exchange/export-model';
import { importModel } from '../../src/exchange/import-model';
import { type ImportSettings, readTyped } from '../../src/exchange/import-settings';
import { checkForeign } from '../../src/exchange/onnx/check-foreign';
import { NodeList } from '../../src/exchange/onnx/node-list';
import { formatNpy } from '../../src/formats/numpy/npy';
import { encodeModel } from '../../src/graph/onnx/model';
import { ProtobufWriter } from '../../src/graph/onnx/protobuf';
import type { NormalisationRule } from '../../src/image/normalisation';
import type { ModelCard } from '../../src/models/card';
import { hashBytes } from '../../src/models/model-file';
import type { NetworkSpec } from '../../src/network';
import { readZip } from '../../src/storage/zip/read-zip';
import { zipFiles } from '../../src/storage/zip/zip-parts';
import { modelCard, scratchFolder } from '../models/support';
import { predicted, runAlone, testEngine, testImage, testModel } from './support';

const PLANE: NetworkSpec = { dimensions: 2, inChannels: 1, filters: [4, 8] };
const SCALED = { normalisation: { method: 'percentile-zscore', low: 0, high: 100 } } as const;
const LIMITS = { files: 20, bytes: 2 ** 26 };

/** As a description is changed in a test. */
interface Description {
  format_version: string;
  inputs: Array<Record<string, unknown> & { axes: Array<Record<string, unknown>> }>;
  outputs: Array<Record<string, unknown> & { axes: Array<Record<string, unknown>> }>;
  weights: { onnx?: { source: string; sha256: string } };
}

describe('a model from elsewhere', () => {
  const folder = scratchFolder();
  let number = 0;
  const written = async (bytes: Uint8Array, ending = 'zip'): Promise<string> => {
    const file = path.join(folder(), `model-${number++}.${ending}`);
    await writeFile(file, bytes);
    return file;
  };
  const take = async (place: string, settings: Partial<ImportSettings> = {}) =>
    importModel(place, { name: 'taken', ...settings }, await testEngine(), [folder()]);
  /** A package of ours with other files in it. */
  const changedPackage = async (
    change: (description: Description, files: Map<string, Uint8Array>) => void,
    spec = PLANE,
    changes: Partial<ModelCard> = SCALED,
  ) => {
    const model = testModel(spec, spec.dimensions === 2 ? [32, 32] : [8, 32, 32], changes);
    const { bytes } = await exportModel({ card: model.card, network: 'it' }, model.onnx, 'bioimageio', {
      ...{ engine: testEngine, origin: { authors: ['A. Person'], licence: 'MIT' } },
    });
    const files = new Map(
      [...readZip(bytes, 'it', LIMITS)].map(([name, file]): [string, Uint8Array] => [name, file.read()]),
    );
    const description = parse(Buffer.from(files.get('bioimageio.yaml') ?? []).toString()) as Description;
    change(description, files);
    files.set('bioimageio.yaml', Buffer.from(stringify(description)));
    return { model, files, bytes: zipFiles(files) };
  };

  it('is a package of bioimage.io that predicts as the model that it was written from', async () => {
    const { model, bytes } = await changedPackage(() => undefined);
    const { card, onnx, warnings } = await take(await written(bytes));
    assert.deepEqual(warnings, []);
    const { tested, ...imported } = card.imported ?? assert.fail('no origin');
    assert.ok(tested && tested.difference < 1e-4 && tested.values === 32 * 32);
    const title = { title: 'nuclei v1', authors: ['A. Person'], licence: 'MIT' };
    assert.deepEqual(imported, { format: 'bioimage.io', sha256: hashBytes(onnx), ...title });
    assert.deepEqual(
      [card.patch, card.divisor, card.smallestTile, card.halo],
      [{ z: null, y: 32, x: 32 }, 2, [32, 32], [4, 4]],
    );
    assert.deepEqual([card.pixelSize, card.channels[0].name], [{ z: null, y: 0.5, x: 0.5 }, 'dna']);
    const image = testImage(1, [1, 32, 32]);
    const again = await predicted({ card: modelCard(card), onnx }, image);
    const before = await predicted(model, image);
    again.forEach((value, i) => {
      assert.ok(Math.abs(value - before[i]) < 1e-5);
    });
  });

  it('is a folder too, and a ZIP file of one', async () => {
    const { files } = await changedPackage(() => undefined);
    const place = path.join(folder(), 'unpacked');
    await mkdir(place);
    for (const [name, data] of files) await writeFile(path.join(place, name), data);
    assert.equal((await take(place)).card.imported?.title, 'nuclei v1');
    const inside = zipFiles([...files].map(([name, data]) => [`nuclei/${name}`, data]));
    assert.equal((await take(await written(inside))).card.imported?.title, 'nuclei v1');
  });

  it('is refused where its test output is another, with the numbers', async () => {
    const { bytes } = await changedPackage((_, files) => {
      files.set('test_output.npy', formatNpy([1, 1, 32, 32], new Float32Array(1024).fill(2)));
    });
    await assert.rejects(take(await written(bytes)), {
      code: 'engine',
      message:
        /1024 of 1024 values differ, by [\d.]+ at most; expected no more than 0\.001 \+ 0\.001 x the value at 0 values/,
    });
  });

  const withPreprocessing =
    (...operations: object[]) =>
    (description: Description) => {
      description.inputs[0].preprocessing = operations;
    };
  const refused: Array<[string, (description: Description, files: Map<string, Uint8Array>) => void, RegExp]> = [
    [
      'weights of another kind',
      (d) => Object.assign(d, { weights: { torchscript: { source: 'x.pt' } } }),
      /weights as torchscript; expected onnx/,
    ],
    ['two inputs', (d) => d.inputs.push(d.inputs[0]), /2 inputs; expected 1/],
    ['an axis of time', (d) => (d.inputs[0].axes[2] = { type: 'time', size: 3 }), /an axis of type time/],
    [
      'a later version',
      (d) => Object.assign(d, { format_version: '0.6.0' }),
      /format_version "0.6.0"; expected 0.4 or 0.5/,
    ],
    [
      'an output of another size',
      (d) => (d.outputs[0].axes[2].size = { tensor_id: 'image', axis_id: 'y', offset: 8 }),
      /8 pixels longer/,
    ],
    [
      'statistics of each plane’s rows',
      withPreprocessing({ id: 'zero_mean_unit_variance', kwargs: { axes: ['x'] } }),
      /zero_mean_unit_variance over the axes x; expected all of y, x/,
    ],
    ['an unknown operation', withPreprocessing({ id: 'deconvolve', kwargs: {} }), /preprocessing deconvolve; expected/],
    [
      'operations that are no normalisation here',
      withPreprocessing({ id: 'clip', kwargs: { min: 3 } }, { id: 'zero_mean_unit_variance' }),
      /preprocessing clip/,
    ],
    [
      'another output',
      (d) => (d.outputs[0].postprocessing = [{ id: 'zero_mean_unit_variance', kwargs: {} }]),
      /postprocessing zero_mean_unit_variance/,
    ],
    ['other weights than described', (_, files) => files.set('model.onnx', Buffer.from('x')), /sha256 of model.onnx/],
    ['a missing file', (_, files) => files.delete('test_input.npy'), /"test_input.npy" is missing/],
    ['files elsewhere', (d) => (d.weights.onnx = { source: 'https://x.org/a.onnx', sha256: '' }), /lies elsewhere/],
    ['no network', (_, files) => files.clear(), /"model.onnx" is missing/],
  ];
  for (const [what, change, message] of refused) {
    it(`is refused by name: ${what}`, async () => {
      const { bytes } = await changedPackage(change);
      await assert.rejects(take(await written(bytes)), (error: { code: string; message: string }) => {
        assert.match(error.message, message);
        return ['unsupported', 'corrupt-file'].includes(error.code);
      });
    });
  }

  it('is refused, by name, with sizes that no image has', async () => {
    const identity = new NodeList('n.');
    identity.named('y', identity.op('Sigmoid', ['x']));
    const end = (name: string) => ({ name, shape: ['n', 'c', 'h', 'w'] });
    const ends = { inputs: [end('x')], outputs: [end('y')] };
    const onnx = encodeModel({ name: 'n', nodes: identity.nodes, constants: [], ...ends });
    const described = (shape: unknown, halo: number[]) => ({
      ...{ type: 'model', format_version: '0.4.9', name: 'it', weights: { onnx: { source: 'm.onnx' } } },
      inputs: [{ name: 'i', axes: 'bcyx', shape }],
      outputs: [{ name: 'o', axes: 'bcyx', shape, halo }],
    });
    const wrong: Array<[unknown, number[], RegExp]> = [
      [[1, 1, 64.5, 64], [], /shape\.2: must be integer, got 64\.5/],
      [[1, 1, -64, 64], [], /shape\.2: must be >= 1, got -64/],
      [[1, 1e9, 64, 64], [], /shape\.1: must be <= 65536/],
      [{ min: [1, 1, 64, 64], step: [0, 0, 0.5, 0.5] }, [], /step\.2: must be integer, got 0\.5/],
      [[1, 1, 64, 64], [0, 0, 1.5, 1], /halo\.2: must be integer, got 1\.5/],
      [[1, 1, 60000, 60000], [], /tiles of 1 x 1 x 60000 x 60000 = 3600000000 values; expected at most/],
      [[1, 60000, 64, 64], [], /tiles of 60000 x 1 x 64 x 64 = 245760000 values; expected at most/],
    ];
    for (const [shape, halo, message] of wrong) {
      const description = Buffer.from(stringify(described(shape, halo)));
      const archive = zipFiles([
        ['rdf.yaml', description],
        ['m.onnx', onnx],
      ]);
      await assert.rejects(take(await written(archive)), (error: { code: string; message: string }) => {
        assert.match(error.message, message);
        return ['unsupported', 'corrupt-file'].includes(error.code);
      });
    }
  });

  it('is refused where a ZIP file holds no package', async () => {
    const archive = zipFiles([['x.txt', Buffer.from('x')]]);
    await assert.rejects(take(await written(archive)), {
      code: 'unsupported',
      message: /holds no bioimageio\.yaml or rdf\.yaml/,
    });
  });

  it('is refused with a description that stands for gigabytes, or leads outside of its folder', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...[...'bcdefghi'].map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]},`.repeat(9)}]`),
    ];
    await assert.rejects(take(await written(zipFiles([['rdf.yaml', Buffer.from(bomb.join('\n'))]]))), {
      code: 'corrupt-file',
      message: /no YAML/,
    });
    const { files } = await changedPackage((d) => (d.weights.onnx = { source: '../secret.onnx', sha256: '' }));
    const place = path.join(folder(), 'leading-out');
    await mkdir(place);
    await writeFile(path.join(folder(), 'secret.onnx'), 'x');
    for (const [name, data] of files) await writeFile(path.join(place, name), data);
    await assert.rejects(take(place), { code: 'not-allowed' });
    await assert.rejects(take('/etc/passwd'), { code: 'not-allowed' });
  });
});

describe('an ONNX file from elsewhere', () => {
  const folder = scratchFolder();
  const normalisation: NormalisationRule = { method: 'fixed', mean: [0], std: [1000] };
  const take = async (onnx: Uint8Array, settings: Partial<ImportSettings>) => {
    const file = path.join(folder(), 'network.onnx');
    await writeFile(file, onnx);
    return importModel(file, { name: 'taken', normalisation, ...settings }, await testEngine(), [folder()]);
  };
  /** Gives each pixel's sigmoid, in channels that the pixel is multiplied for. @param shape of both ends, -1 for any size */
  const network = (
    shape: Array<number | string>,
    { domain, gives = 'Sigmoid' }: { domain?: string; gives?: string } = {},
  ) => {
    const list = new NodeList('n.');
    list.named('y', list.op(gives, ['x']));
    if (domain) list.nodes[0].domain = domain;
    const end = (name: string) => ({ name, shape });
    return encodeModel({ name: 'n', nodes: list.nodes, constants: [], inputs: [end('x')], outputs: [end('y')] });
  };
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

  it('stays as it is, byte by byte, where its axes are the usual ones', async () => {
    const onnx = network(['n', 1, 'h', 'w']);
    const { card, onnx: kept } = await take(onnx, {
      axes: 'bcyx',
      pixelSize: [0.2, 0.2],
      step: [16, 16],
      tile: [50, 64],
    });
    assert.deepEqual(kept, onnx);
    assert.deepEqual(
      [card.patch, card.divisor, card.pixelSize],
      [{ z: null, y: 64, x: 64 }, 16, { z: null, y: 0.2, x: 0.2 }],
    );
    assert.deepEqual(card.imported, { format: 'ONNX', sha256: hashBytes(onnx) });
  });

  const layouts: Array<[string, Array<number | string>]> = [
    ['byxc', ['n', 'h', 'w', 1]],
    ['yx', [64, 64]],
    ['xyb', ['w', 'h', 1]],
    ['zyx', ['d', 'h', 'w']],
    ['cxzyb', [1, 'w', 'd', 'h', 'n']],
  ];
  for (const [axes, shape] of layouts) {
    it(`has its axes turned: ${axes}`, async () => {
      const { card, onnx } = await take(network(shape), { axes });
      const is3D = axes.includes('z');
      const size = is3D ? [2, 3, 4] : shape.length === 2 ? [64, 64] : [3, 5];
      const pixels = Float32Array.from({ length: size.reduce((a, b) => a * b) }, (_, i) => i / 100);
      const { data, dims } = await runAlone(onnx, pixels, [1, 1, ...size]);
      assert.deepEqual(dims, [1, 1, ...size]);
      data.forEach((value, i) => {
        assert.ok(Math.abs(value - sigmoid(pixels[i])) < 1e-6);
      });
      assert.deepEqual([card.dimensions, card.input.axes], is3D ? [3, 'NCZYX'] : [2, 'NCYX']);
    });
  }

  it('has one image a call where it takes one alone', async () => {
    const { card, onnx } = await take(network([1, 1, 16, 16]), { axes: 'bcyx' });
    const reader = testImage(1, [1, 40, 40]);
    const map = await predicted({ card: modelCard(card), onnx }, reader);
    map.forEach((value, i) => {
      assert.ok(Math.abs(value - sigmoid(reader.data[i] / 1000)) < 1e-5);
    });
  });

  it('is refused by name where it needs what it is not given', async () => {
    const refused = (onnx: Uint8Array, message: RegExp, settings: Partial<ImportSettings> = { axes: 'bcyx' }) =>
      assert.rejects(take(onnx, settings), (error: { code: string; message: string }) => {
        assert.match(error.message, message);
        return ['unsupported', 'invalid-input', 'corrupt-file'].includes(error.code);
      });
    await refused(network(['n', 1, 'h', 'w'], { domain: 'com.evil' }), /operators of its own \(com\.evil\.Sigmoid\)/);
    await refused(
      network(['n', 1, 'h', 'w'], { gives: 'Exp' }),
      /expected probabilities from 0 to 1.*sigmoid or softmax/,
    );
    await refused(network(['n', 3, 'h', 'w']), /which of the 3 channels of the output is the structure: 0 to 2/);
    await refused(network(['n', 3, 'h', 'w']), /a channel of the output/, { axes: 'bcyx', output: '3' });
    await refused(
      network(['n', 1, 'h', 'w']),
      /a letter of b, c, z, y, x for each axis of x \(any x 1 x any x any\)/,
      {},
    );
    await refused(network(['n', 1, 'h', 'w']), /one for each of the 4 axes/, { axes: 'bcy' });
    await refused(network(['n', 1, 'h', 'w']), /what the network was trained with/, {
      axes: 'bcyx',
      normalisation: undefined,
    });
    await refused(network([4, 1, 'h', 'w']), /the axis b of x/);
    await refused(Buffer.from('no model at all'), /is not an ONNX model/);
    const entry = new ProtobufWriter().string(1, 'location').string(2, 'weights.bin');
    const tensor = new ProtobufWriter().string(8, 'w').message(13, entry);
    const outside = new ProtobufWriter()
      .raw(network(['n', 1, 'h', 'w']))
      .message(7, new ProtobufWriter().message(5, tensor));
    await refused(outside.finish(), /keeps weights in other files \(weights\.bin\)/);
  });

  it('is refused where it makes as many values of other pixels', async () => {
    const list = new NodeList('n.');
    list.named('y', list.op('Sigmoid', [list.op('SpaceToDepth', ['x'], { blocksize: 2 })]));
    const inputs = [{ name: 'x', shape: ['n', 1, 'h', 'w'] }];
    const outputs = [{ name: 'y', shape: ['n', 'c', 'p', 'q'] }];
    const onnx = encodeModel({ name: 'n', nodes: list.nodes, constants: [], inputs, outputs });
    await assert.rejects(take(onnx, { axes: 'bcyx', tile: [64, 64] }), {
      code: 'engine',
      message: /the model makes \[1, 4, 32, 32\], expected \[1, any, 64, 64\]/,
    });
  });

  it('is read with any bytes changed or cut without another error than ours', () => {
    const onnx = Buffer.from(network(['n', 1, 'h', 'w'], { gives: 'Exp' }));
    const check = (bytes: Uint8Array) => {
      try {
        checkForeign(bytes, 'it');
      } catch (error) {
        assert.match((error as { code?: string }).code ?? String(error), /^(corrupt-file|unsupported)$/);
      }
    };
    for (let at = 0; at < onnx.length; at++) {
      check(onnx.subarray(0, at));
      for (const flip of [1, 0x55, 0x80, 0xff]) {
        const changed = Buffer.from(onnx);
        changed[at] ^= flip;
        check(changed);
      }
    }
    const deep = (depth: number): ProtobufWriter => {
      const node = new ProtobufWriter().string(2, 'y');
      const inner = new ProtobufWriter();
      return depth === 0 ? node : node.message(5, inner.message(6, new ProtobufWriter().message(1, deep(depth - 1))));
    };
    const nested = new ProtobufWriter().message(7, new ProtobufWriter().message(1, deep(150))).finish();
    assert.throws(() => checkForeign(nested, 'it'), { code: 'corrupt-file' });
  });

  it('is told of by short forms', () => {
    const said = {
      name: ' a ',
      axes: 'bcyx',
      channels: 'dna, actin',
      normalisation: 'range 1 99.8',
      tile: '256 x 512',
      threshold: '',
    };
    assert.deepEqual(readTyped(said), {
      ...{ name: 'a', axes: 'bcyx', channels: ['dna', 'actin'], tile: [256, 512] },
      normalisation: { method: 'percentile-range', low: 1, high: 99.8, epsilon: 1e-6, isClipped: false },
    });
    for (const normalisation of ['zscore 1', 'divide 0', 'percent', 'fixed a b']) {
      assert.throws(() => readTyped({ name: 'a', normalisation }), { code: 'invalid-input', message: /divide BY/ });
    }
    assert.throws(() => readTyped({ name: 'a', tile: '256 x' }), { code: 'invalid-input' });
  });
});
