import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildTiff, planePage } from '../formats/tiff/tiff-builder';
import { type SmallDisk, smallDisk } from '../storage/small-disk';
import { Mosquitto, mosquittoPath } from './support/mosquitto';
import { MqttBroker } from './support/mqtt-broker';
import { NodeRedProcess } from './support/node-red-process';
import { watchFlow } from './support/watched-images';

const SIDE = 32;
const TIFF = buildTiff([planePage(new Uint8Array(SIDE * SIDE).fill(200), SIDE, SIDE)]);

/** Writes until its disk takes no more. */
function fill(file: string): void {
  for (const bytes of [65_536, 1024, 1])
    try {
      for (;;) appendFileSync(file, new Uint8Array(bytes));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
}

describe('a watched folder whose disks, shares and brokers fail', function () {
  this.timeout(60_000);
  let folder: string;
  let host: NodeRedProcess;
  let disk: SmallDisk | null = null;
  let isMounted = false;
  const at = (...names: string[]) => path.join(folder, ...names);

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'segmenter-faults-'));
    for (const name of ['store', 'share', 'masks', 'user']) mkdirSync(at(name));
    disk = smallDisk(4);
    const segmenter = {
      roots: [folder, ...(disk ? [disk.folder] : [])],
      scratch: at('scratch'),
      retries: { tries: 2, seconds: 1 },
    };
    host = await NodeRedProcess.start(at('user'), {}, { segmenter, mqttReconnectTime: 300 });
  });
  after(async () => {
    await host?.stop();
    if (isMounted) execFileSync('umount', ['-l', at('share')]);
    disk?.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const masksIn = (place: string) =>
    readdirSync(place)
      .filter((name) => /_mask\.tiff$/.test(name))
      .sort();
  const until = async (what: string, is: () => boolean) => {
    for (let i = 0; i < 400 && !is(); i++) await sleep(50);
    assert.ok(is(), what);
  };

  it('says of a result that its disk is full, leaves nothing half, and goes on when there is room', async function () {
    if (!disk) return this.skip();
    const place = disk.folder;
    fill(path.join(place, 'others'));
    await host.deploy(watchFlow(at('store'), place));
    writeFileSync(at('store', 'a.tif'), TIFF);
    const [error] = await host.until('an error', ({ type, id }) => type === 'error' && id === 'save', {
      allowErrors: true,
    });
    assert.equal(error.code, 'disk-full');
    assert.deepEqual(readdirSync(place), ['others']);
    rmSync(path.join(place, 'others'));
    writeFileSync(at('store', 'b.tif'), TIFF);
    await until('a mask', () => masksIn(place).includes('b_mask.tiff'));
  });

  it('tries again what its full disk did not take, and tells nobody where there is room by then', async function () {
    if (!disk) return this.skip();
    const place = disk.folder;
    const errors = host.errors().length;
    const waits = () =>
      host.events.filter(({ type, status }) => type === 'status' && /^Waiting \d/.test(status?.text ?? '')).length;
    const before = waits();
    fill(path.join(place, 'others'));
    writeFileSync(at('store', 'again.tif'), TIFF);
    await until('a wait', () => waits() > before);
    assert.ok(!masksIn(place).includes('again_mask.tiff'));
    rmSync(path.join(place, 'others'));
    await until('the mask', () => masksIn(place).includes('again_mask.tiff'));
    assert.equal(host.errors().length, errors);
  });

  it('takes what came while its share was away, once, when that is back', async function () {
    const mount = () => execFileSync('mount', ['--bind', at('store'), at('share')], { stdio: 'ignore' });
    try {
      mount();
      isMounted = true;
    } catch {
      return this.skip();
    }
    rmSync(at('store'), { recursive: true, force: true });
    mkdirSync(at('store'));
    execFileSync('umount', ['-l', at('share')]);
    mount();
    await host.deploy(watchFlow(at('share'), at('masks')));
    writeFileSync(at('store', 'c.tif'), TIFF);
    await until('the first mask', () => masksIn(at('masks')).includes('c_mask.tiff'));
    execFileSync('umount', ['-l', at('share')]);
    isMounted = false;
    writeFileSync(at('store', 'd.tif'), TIFF);
    await sleep(1500);
    assert.deepEqual(masksIn(at('masks')), ['c_mask.tiff']);
    mount();
    isMounted = true;
    await until('the second mask', () => masksIn(at('masks')).includes('d_mask.tiff'));
    // A mask is there before its message: the next flow would send what is still on its way.
    await host.until('both messages', ({ type, id }) => type === 'sent' && id === 'save', { count: 2 });
    const told = host.events.filter(({ type, id }) => type === 'sent' && id === 'watch');
    assert.deepEqual(
      told.map(({ msg }) => (msg.payload as { name: string }).name),
      ['c.tif', 'd.tif'],
    );
    assert.deepEqual(host.errors(), []);
  });

  for (const [name, brokers] of [
    ['a broker in this process', MqttBroker],
    ['Mosquitto', Mosquitto],
  ] as const) {
    it(`hears ${name} again when that was restarted, and has saved what it could not tell of`, async function () {
      if (brokers === Mosquitto && mosquittoPath() === null) return this.skip();
      let broker: MqttBroker | Mosquitto = await brokers.start();
      const { port } = broker;
      const connection = {
        id: 'broker',
        type: 'mqtt-broker',
        broker: '127.0.0.1',
        port: String(port),
        clientid: 'faults',
      };
      const place = { z: 'tab', x: 0, y: 0, broker: 'broker' };
      const [tab, ...nodes] = watchFlow(at('store'), at('masks'));
      await host.deploy([
        tab,
        connection,
        { id: 'in', type: 'mqtt in', ...place, topic: 'image', qos: '1', datatype: 'utf8', wires: [['load']] },
        { id: 'out', type: 'mqtt out', ...place, topic: 'mask', qos: '1', wires: [] },
        ...nodes
          .filter(({ id }) => id !== 'watch')
          .map((node) => (node.id === 'save' ? { ...node, wires: [['out']] } : node)),
      ]);
      const shows = (fill: string, from: number) => () =>
        host.events
          .slice(from)
          .some(({ type, id, status }) => type === 'status' && id === 'in' && status?.fill === fill);
      await until('a broker', shows('green', 0));
      writeFileSync(at('store', 'e.tif'), TIFF);
      const first = broker.next('mask');
      // A subscription on its way counts once the broker has answered what came after it.
      await broker.publish('nothing', '');
      // The node is green before it has subscribed.
      await broker.publish('image', at('store', 'e.tif'), true);
      assert.match(await first, /e_mask\.tiff/);
      // The node is red before it has connected, too.
      const before = host.events.length;
      await broker.stop();
      await until('the loss of the broker', shows('red', before));
      const lost = host.events.length;
      broker = await brokers.start(port);
      await until('the broker again', shows('green', lost));
      writeFileSync(at('store', 'f.tif'), TIFF);
      const second = broker.next('mask');
      await broker.publish('nothing', '');
      await broker.publish('image', at('store', 'f.tif'), true);
      assert.match(await second, /f_mask\.tiff/);
      await broker.stop();
    });
  }
});
