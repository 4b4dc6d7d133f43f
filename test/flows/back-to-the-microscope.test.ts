import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TimedEvent } from '../../src/events/event';
import { createImageWriter } from '../../src/formats';
import type { NextPosition } from '../../src/stage/forms';
import { type Camera, simulateField, takeTile } from '../stage/simulated-stage';
import { quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import { MqttBroker } from './support/mqtt-broker';
import type { FlowEvent } from './support/node-red-process';

const FIELD = simulateField({ count: 110, side: 400, seed: 3 });
const PIXEL = 0.65;
const CAMERA: Camera = {
  axes: { flipX: true, flipY: false, rotation: 90 },
  pixelSize: { x: PIXEL, y: PIXEL },
  height: 160,
  width: 220,
};
const DETAIL: Camera = { ...CAMERA, pixelSize: { x: 0.2, y: 0.2 } };
/** An image may come before the first look. */
const QUICK_WATCH = { 'segmenter-watch': { existing: 'tell', interval: 0.2, quiet: 0.2 } };

/** The examples that send a microscope somewhere, each with a simulated partner. */
describe('back to the microscope', () => {
  const fixture = useNodeRed();
  let broker: MqttBroker;
  before(async () => {
    broker = await MqttBroker.start();
  });
  after(() => broker?.stop());
  const sent =
    (id: string, port = 0) =>
    (event: FlowEvent) =>
      event.type === 'sent' && event.id === id && event.port === port;

  /** What a microscope does: it takes an image where the stage stands, and writes where that is. */
  const acquire = async (file: string, camera: Camera, stage: { x: number; y: number }, field = FIELD) => {
    const { height, width, pixelSize } = camera;
    const info = {
      shape: [1, 1, 1, height, width] as [number, number, number, number, number],
      dtype: 'uint8' as const,
      channels: [{ index: 0, name: 'DNA' }],
      pixelSize: { z: null, ...pixelSize },
      acquisition: { stage: { z: null, ...stage } },
    };
    const writer = await createImageWriter(file, info, 'ome-tiff');
    await writer.write(takeTile(field, camera, stage));
    await writer.finish();
  };

  it('smart-microscopy: an overview, where its objects are, details there in the middle, their masks', async function () {
    this.timeout(120_000);
    const { host, samples } = fixture;
    const listening = broker.next('microscope/mda');
    const happened = broker.next('segmenter/done');
    const lie = { flipX: true, rotation: 90, most: 3 };
    const changes = { ...QUICK_WATCH, 'mqtt-broker': { port: String(broker.port) }, 'smart-positions': lie };
    await host.deploy(quick(readExample('smart-microscopy.json'), changes));
    await acquire(path.join(samples, 'incoming/overview.ome.tiff'), CAMERA, { x: -20, y: 10 });
    const { stage_positions } = JSON.parse(await listening) as { stage_positions: NextPosition[] };
    assert.equal(stage_positions.length, 3);
    for (const { x, y, name } of stage_positions) {
      const off = Math.min(...FIELD.objects.map((object) => Math.hypot(object.x - x, object.y - y)));
      assert.ok(off < PIXEL / 2, `${name}: ${off} µm`);
      await acquire(path.join(samples, `details/${name}.ome.tiff`), DETAIL, { x, y });
    }
    const saves = ({ type, id }: FlowEvent) => type === 'complete' && id === 'smart-saved';
    const saved = await host.until('the masks of the details', saves, { count: 3 });
    for (const { msg } of saved) assert.ok(existsSync((msg.payload as { saved: { mask: string } }).saved.mask));
    await host.until('that all are dealt with', sent('smart-done-in'), { count: 3 });
    const { event, node } = JSON.parse(await happened) as TimedEvent;
    assert.deepEqual([event, node.id], ['done', 'smart-overview']);
  });

  it('smart-microscopy: the sample image is sent to the microscope as it comes', async function () {
    this.timeout(60_000);
    const { host } = fixture;
    const told = broker.next('microscope/mda');
    await host.deploy(quick(readExample('smart-microscopy.json'), { 'mqtt-broker': { port: String(broker.port) } }));
    await host.inject('smart-try');
    const { stage_positions, channels } = JSON.parse(await told) as { stage_positions: object[]; channels: object[] };
    assert.equal(stage_positions.length, 5);
    assert.deepEqual(channels, [{ config: 'DAPI', exposure: 20 }]);
  });

  it('enough-objects: a PlanktoScope images until enough objects are counted, run by run', async function () {
    this.timeout(120_000);
    const { host, samples } = fixture;
    const ready = broker.subscribed('status/imager');
    const changes = { 'mqtt-broker': { port: String(broker.port) }, 'plankton-enough': { target: 25 } };
    await host.deploy(quick(readExample('enough-objects.json'), changes));
    await ready;
    const say = (status: string) => broker.publish('status/imager', JSON.stringify({ status }));
    // The simulated imager goes on until it is told to stop, as the documented topics say.
    for (const run of [1, 2]) {
      let orders: string[] = [];
      void Promise.all(['imager/image', 'actuator/pump'].map((topic) => broker.next(topic))).then((all) => {
        orders = all;
      });
      await say('Started');
      let taken = 0;
      for (; orders.length === 0 && taken < 12; taken++) {
        const file = path.join(samples, `plankton/run${run}_${taken}.ome.tiff`);
        await acquire(file, CAMERA, { x: 40 * (taken % 3) - 40, y: 40 * run });
        const before = host.events.filter(sent('plankton-enough')).length;
        await say(`Image ${taken}/200 has been imaged to ${file}`);
        await host.until('that it is counted', sent('plankton-enough'), { count: before + 1 });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.deepEqual(
        orders.map((order) => JSON.parse(order)),
        [{ action: 'stop' }, { action: 'stop' }],
      );
      const told = host.events.filter(({ type, id }) => type === 'complete' && id === 'plankton-told');
      assert.equal(told.length, run);
      const { count, images } = told[run - 1].msg.payload as { count: number; images: number };
      assert.ok(count >= 25 && images === taken && taken > 1, `${count} objects in ${images} of ${taken} images`);
    }
  });

  it('rescan: what the gate does not pass is taken once more, and once only', async function () {
    this.timeout(120_000);
    const { host, samples } = fixture;
    const incoming = path.join(samples, 'rescanned');
    mkdirSync(incoming);
    const asked: NextPosition[][] = [];
    // The first image of the place is empty, as where the lamp was off; so is the second, at the other place.
    const scope = await serve(async (positions) => {
      asked.push(positions);
      for (const { name, x, y } of positions) {
        const field = name.startsWith('dark') ? { objects: [] } : FIELD;
        await acquire(path.join(incoming, `${name}-again.ome.tiff`), CAMERA, { x, y }, field);
      }
    });
    try {
      const env = [
        { name: 'SAMPLES', type: 'str', value: samples },
        { name: 'INCOMING', type: 'str', value: incoming },
        {
          name: 'MICROSCOPE',
          type: 'str',
          value: `http://127.0.0.1:${(scope.address() as AddressInfo).port}/positions`,
        },
      ];
      await host.deploy(quick(readExample('rescan.json'), { ...QUICK_WATCH, rescan: { env } }));
      await acquire(path.join(incoming, 'spoiled.ome.tiff'), CAMERA, { x: 0, y: 30 }, { objects: [] });
      await acquire(path.join(incoming, 'dark.ome.tiff'), CAMERA, { x: 300, y: 0 }, { objects: [] });
      await host.until('four images that are dealt with', sent('rescan-back-in'), { count: 4 });
      assert.deepEqual(asked.map(([{ name, x, y, reason }]) => [name, x, y, reason]).sort(), [
        ['dark', 300, 0, '0 objects, less than 3'],
        ['spoiled', 0, 30, '0 objects, less than 3'],
      ]);
      const states = host.events
        .filter(({ type, id }) => type === 'complete' && id === 'rescan-saved')
        .map(({ msg }) => msg.payload as { id: string; verdict: { state: string } })
        .map(({ id, verdict }) => [id, verdict.state])
        .sort();
      assert.deepEqual(states, [
        ['dark', 'review'],
        ['dark-again', 'review'],
        ['spoiled', 'review'],
        ['spoiled-again', 'pass'],
      ]);
    } finally {
      scope.close();
    }
  });

  it('zen: the stage is moved in metres before each experiment, by a simulated gateway of ZEN', async function () {
    this.timeout(60_000);
    const { host } = fixture;
    const flow = readExample('zen.json');
    await host.deploy(quick(flow));
    await host.inject('zen-try');
    const [{ msg }] = await host.until('the calls', sent('zen-calls'));
    const [{ msg: positions }] = await host.until('the positions', sent('zen-positions', 1));
    const calls = msg.payload as Array<{ service: string; method: string; request: Record<string, unknown> }>;
    const [first] = positions.payload as NextPosition[];
    assert.deepEqual(calls[0].request, { x: { value: first.x * 1e-6 }, y: { value: first.y * 1e-6 } });
    assert.deepEqual(calls.map(({ method }) => method).slice(0, 4), [
      'MoveTo',
      'RunExperiment',
      'MoveTo',
      'RunExperiment',
    ]);
    const { func } = flow.find(({ id }) => id === 'zen-call') as unknown as { func: string };
    const { heard, answer } = await callZen(func, { payload: calls });
    assert.deepEqual(heard[0], ['Load', { experiment_name: 'Detail' }]);
    assert.deepEqual(heard.slice(1, 3), [
      ['MoveTo', calls[0].request],
      ['RunExperiment', { ...calls[1].request, experiment_id: 'e7' }],
    ]);
    assert.equal((answer.payload as unknown[]).length, calls.length);
  });

  it('opcua-lads: events become writes once there is a connection, and a state of the device a run', async function () {
    this.timeout(60_000);
    const { host, samples } = fixture;
    // What the nodes of OPC UA would be given, and give; opcua.test.ts has the real ones.
    const flow = readExample('opcua-lads.json').filter(({ type }) => !type.startsWith('OpcUa-'));
    const place = { z: 'lads', x: 0, y: 0 };
    const given = (id: string, msg: Record<string, unknown>, to: string) => {
      const props = Object.entries(msg).map(([p, v]) => ({ p, v: JSON.stringify(v), vt: 'json' }));
      return { id, type: 'inject', ...place, props, wires: [[to]] };
    };
    const topic = 'ns=2;s=Microscope.FunctionalUnit.CurrentState';
    const work = [
      given('go', { payload: 'none.tiff' }, 'load'),
      { id: 'load', type: 'segmenter-load-image', ...place, raw: path.join(samples, 'none.tiff'), wires: [[]] },
      ...['Stopped', 'Running'].map((text) => given(text, { topic, payload: { text } }, 'lads-begins')),
      given('asleep', { topic, payload: null }, 'lads-begins'),
      given('written', { topic: 'ns=2;s=Segmentation.State', payload: {} }, 'lads-begins'),
      ...['session active', 'invalid session', 'terminated', 'connection error'].map((status) =>
        given(status, { status }, 'lads-connection'),
      ),
    ];
    await host.deploy([
      ...quick(flow, { 'lads-later': { timeout: '1' }, 'lads-variables': { wires: [['lads-shown']] } }),
      ...work,
    ]);
    const allowErrors = true;
    const writes = () =>
      host.events.filter(sent('lads-variables')).map(({ msg }) => [msg.topic, msg.action, msg.datatype, msg.payload]);
    const failure = async () => {
      const before = host.events.filter(sent('lads-events')).length;
      await host.inject('go');
      await host.until('the error', sent('lads-events'), { allowErrors, count: before + 2 });
    };
    await failure();
    assert.deepEqual(writes(), [], 'nothing is given to a client that is not connected: it would keep it');
    await host.inject('session active');
    const [{ msg: listen }] = await host.until('the subscription', sent('lads-connection'), { allowErrors });
    assert.deepEqual([listen.topic, listen.action], [topic, 'subscribe']);
    const state = ({ msg, ...event }: FlowEvent) =>
      sent('lads-variables')({ msg, ...event }) && msg.topic === 'ns=2;s=Segmentation.State';
    await host.until('what was missed', state, { allowErrors });
    const missed = [
      ['ns=2;s=Segmentation.Job', 'write', 'String', 'list-samples'],
      ['ns=2;s=Segmentation.Reason', 'write', 'String', `${path.join(samples, 'none.tiff')}: no such file`],
      ['ns=2;s=Segmentation.State', 'write', 'String', 'error'],
    ];
    assert.deepEqual(writes(), missed);
    await host.inject('invalid session');
    await host.until('that the connection is lost', sent('lads-connection', 2), { allowErrors, count: 2 });
    await failure();
    assert.deepEqual(writes(), missed);
    for (const lost of ['terminated', 'connection error']) await host.inject(lost);
    const again = await host.until('new tries', sent('lads-later'), { allowErrors, count: 2 });
    assert.deepEqual(
      again.map(({ msg }) => msg.action),
      ['subscribe', 'reconnect'],
    );
    for (const each of ['Stopped', 'Running', 'written', 'asleep', 'Running']) await host.inject(each);
    const [{ msg: run }] = await host.until('a run', sent('lads-begins'), { allowErrors });
    assert.ok(!Number.isNaN(Date.parse(String(run.payload))));
    for (const each of ['Stopped', 'Running']) await host.inject(each);
    await host.until('the next run', sent('lads-begins'), { allowErrors, count: 2 });
    assert.equal(host.events.filter(sent('lads-begins')).length, 2);
  });
});

/** A microscope that is asked by HTTP. */
async function serve(go: (positions: NextPosition[]) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      go(JSON.parse(body) as NextPosition[]).then(
        () => response.setHeader('content-type', 'application/json').end('{"status":"taken"}'),
        (error) => response.writeHead(500).end(String(error)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

type Callback = (error: Error | null, answer: unknown) => void;

/** Runs the function of the node that calls ZEN, with what @grpc/grpc-js and @grpc/proto-loader give replaced. */
async function callZen(func: string, msg: object) {
  const heard: Array<[method: string, request: object]> = [];
  const loaded: string[] = [];
  const answering =
    (method: string, answer: unknown) => (request: object, token: Map<string, string>, done: Callback) => {
      assert.equal(token.get('control-token'), 'token');
      heard.push([method, request]);
      done(null, answer);
    };
  class Client {
    readonly MoveTo = answering('MoveTo', { position_changed: true });
    readonly Load = answering('Load', { experiment_id: 'e7' });
    readonly RunExperiment = answering('RunExperiment', { output_name: 'x' });
    constructor(address: string) {
      assert.equal(address, 'localhost:5000');
    }
    close() {}
  }
  const zen_api = {
    hardware: { v1: { SimpleStageService: Client } },
    acquisition: { v1beta: { ExperimentService: Client } },
  };
  const grpc = { loadPackageDefinition: () => ({ zen_api }), credentials: { createSsl: () => ({}) }, Metadata: Map };
  const protoLoader = {
    loadSync: (files: string[]) => {
      loaded.push(...files);
      return {};
    },
  };
  const variables = readExample('zen.json')[0].env as Array<{ name: string; value: string }>;
  const env = { get: (name: string) => variables.find((each) => each.name === name)?.value };
  const run = new Function('msg', 'env', 'grpc', 'protoLoader', 'fs', `return (async () => {${func}})();`);
  const answer = (await run(msg, env, grpc, protoLoader, { readFileSync: () => Buffer.from('') })) as {
    payload: unknown;
  };
  assert.deepEqual(loaded, [
    'zen_api/acquisition/v1beta/experiment_service.proto',
    'zen_api/hardware/v1/simple_stage_service.proto',
  ]);
  return { heard, answer };
}
