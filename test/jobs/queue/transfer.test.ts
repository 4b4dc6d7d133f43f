import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SegmenterError } from '../../../src/base/errors';
import { createImageWriter, describeImage, fileVersion } from '../../../src/formats';
import type { Shape5 } from '../../../src/image/region';
import type { QueueRunner } from '../../../src/jobs/queue/queue-runner';
import type { SharedFolder } from '../../../src/jobs/queue/shared-folders';
import { pattern } from '../../formats/pixel-patterns';
import { buildTiff, planePage } from '../../formats/tiff/tiff-builder';
import { type QueueServer, serverProgram, startServer } from '../../support/queue-servers';
import { AskerServer } from './asker-server';
import { doneJobs, hashOf, Lab } from './lab';

const IMAGES = 4;
/** Below a worker's cache: what was sent to it. */
const SENT = 'segmenter-sent';

for (const kind of ['redis', 'postgres'] as const) {
  describe(`machines that share a queue on ${kind} and no folder`, function () {
    this.timeout(300_000);
    let server: QueueServer;
    let asker: AskerServer;
    let lab: Lab;
    let expected: string[];
    before(async function () {
      if (serverProgram(kind) === null) return this.skip();
      server = await startServer(kind);
      lab = await Lab.open(server.address, IMAGES);
      expected = await lab.expected();
      asker = new AskerServer();
      await asker.start();
      await start('pc-1');
      await start('pc-2');
    });
    after(async () => {
      await lab?.end();
      await asker?.stop();
      await server?.remove();
    });

    /** A worker with a disk of its own, which knows the devices of the machine. */
    const start = async (name: string, root = '') => {
      await lab.start(name, { root, cache: await lab.disk(name) });
    };
    const zarrImage = async () => {
      const file = path.join(lab.shared, 'stack.ome.zarr');
      const shape: Shape5 = [1, 1, 1, 40, 40];
      const info = { shape, dtype: 'uint8' as const, channels: [{ index: 0, name: 'c' }], pixelSize: null };
      const writer = await createImageWriter(file, info, 'ome-zarr');
      await writer.write(pattern('uint8', 1600, 5));
      await writer.finish();
      return describeImage(file, { id: 'stack', version: await fileVersion(file) });
    };
    /** Two time points in two files, whose metadata lie in a third one. */
    const setOfFiles = async () => {
      const folder = path.join(lab.shared, 'set');
      mkdirSync(folder);
      const ome = (content: string, uuid: string) =>
        `<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:${uuid}">${content}</OME>`;
      const names = ['a', 'b'];
      const planes = names.map(
        (name, t) =>
          `<TiffData IFD="0" FirstT="${t}"><UUID FileName="${name}.ome.tif">urn:uuid:${name}</UUID></TiffData>`,
      );
      const pixels = `<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="24" SizeY="24" SizeZ="1" SizeC="1" SizeT="2">${planes.join('')}</Pixels>`;
      writeFileSync(path.join(folder, 'set.companion.ome'), ome(`<Image ID="Image:0">${pixels}</Image>`, 'set'));
      for (const [t, name] of names.entries()) {
        const page = planePage(Uint8Array.from(pattern('uint8', 576, t)), 24, 24);
        page.fields[270] = {
          type: 2,
          values: ome('<BinaryOnly MetadataFile="set.companion.ome" UUID="urn:uuid:set"/>', name),
        };
        writeFileSync(path.join(folder, `${name}.ome.tif`), buildTiff([page]));
      }
      const file = path.join(folder, 'a.ome.tif');
      return describeImage(file, { id: 'set', version: await fileVersion(file) });
    };
    const cacheOf = (name: string) => path.join(lab.bench.folder, `disk of ${name}`);
    const sentTo = (name: string) =>
      existsSync(path.join(cacheOf(name), SENT)) ? readdirSync(path.join(cacheOf(name), SENT)) : [];
    const runner = (folders: SharedFolder[] = []): QueueRunner => lab.runner({ ...lab.sentBy(asker), folders });

    it('make each result once, with the bytes of one machine, though one is killed while it fetches', async () => {
      let killed: string | undefined;
      asker.meddle = async (request) => {
        if (killed !== undefined || !request.url?.includes('/files/')) return false;
        killed = ['pc-1', 'pc-2'].find((name) => sentTo(name).some((entry) => entry.includes('.partial-')));
        await lab.kill(String(killed));
        return false;
      };
      const images = [...lab.images, await zarrImage(), await setOfFiles()];
      const [asksZarr, asksSet] = images.slice(-2).map((image) => lab.input(image));
      expected.push(await hashOf(await lab.local.run('predict', asksZarr)));
      expected.push(await hashOf(await lab.local.run('predict', asksSet)));
      const asking = runner();
      const outputs = await Promise.all(images.map((image) => asking.run('predict', lab.input(image))));
      assert.ok(killed);
      assert.deepEqual(await Promise.all(outputs.map(hashOf)), expected);
      for (const { probability, model } of outputs) {
        assert.ok(fileURLToPath(probability.uri).startsWith(lab.results));
        assert.equal(fileURLToPath(model.uri), path.join(lab.shared, 'model'));
      }
      assert.equal(new Set(outputs.map(({ probability }) => probability.uri)).size, images.length);
      assert.equal(await doneJobs(lab.lines, images.length), images.length, lab.lines.join('\n'));
      assert.deepEqual(lab.leftovers(), []);
      const other = killed === 'pc-1' ? 'pc-2' : 'pc-1';
      const isModel = (line: string) =>
        line.includes('/files/') && line.endsWith(`-${statSync(path.join(lab.shared, 'model/model.onnx')).size - 1}`);
      assert.ok(
        asker.seen.filter(isModel).length <= 2,
        `the model was fetched more than once a worker, ${other} among them`,
      );
    });

    it('do what lies in a folder that they have by its path, and fetch only the rest', async () => {
      const own = path.join(lab.bench.folder, 'own');
      mkdirSync(own);
      lab.bench.settings.roots.push(own);
      const file = path.join(own, 'elsewhere.ome.tiff');
      cpSync(fileURLToPath(lab.images[0].uri), file);
      const elsewhere = await describeImage(file, { id: 'elsewhere', version: await fileVersion(file) });
      await Promise.all([...lab.workers.keys()].map((name) => lab.kill(name)));
      await start('pc-3', `lab=${lab.shared}`);
      const seen = asker.seen.splice(0).length;
      const mixed = runner([{ name: 'lab', folder: lab.shared }]);
      const here = await mixed.run('predict', { ...lab.input(lab.images[1]), known: 'renew' });
      assert.equal(await hashOf(here), expected[1]);
      assert.equal(asker.seen.length, 0, `${seen} requests before`);
      const there = await mixed.run('predict', { ...lab.input(elsewhere), known: 'renew' });
      assert.equal(await hashOf(there), expected[0]);
      assert.ok(asker.seen.length > 0 && asker.seen.every((line) => line.startsWith('GET')), asker.seen.join('\n'));
    });

    it('say of an image that was overwritten what happened, by its name here', async () => {
      const image = await lab.bench.image('late.ome.tiff', [1, 1, 1, 24, 24], new Uint8Array(576));
      const described = { ...image, file: await fileVersion(fileURLToPath(image.uri)) };
      await Promise.all([...lab.workers.keys()].map((name) => lab.kill(name)));
      const asking = runner();
      const job = asking.run('predict', lab.input(described));
      while ((await asking.state()).waiting === 0) await sleep(100);
      writeFileSync(fileURLToPath(image.uri), 'something else');
      await start('pc-4');
      await assert.rejects(
        job,
        (error) => error instanceof SegmenterError && /late\.ome\.tiff was overwritten since/.test(error.message),
      );
    });

    it('go on with a training where one that was killed had saved it, to the same bytes', async () => {
      await start('pc-5');
      const training = await lab.training('moved', 80);
      let saving: Promise<void> | null = null;
      let save: () => Promise<void> = async () => undefined;
      let savedFrom = 0;
      const steps: number[] = [];
      const job = runner().run('train', training, {
        offerSave: (how) => {
          save = how;
        },
        onProgress: ({ step }) => {
          steps.push(step);
          if (step > 4 && saving === null) {
            savedFrom = step;
            saving = save();
          }
        },
      });
      while (saving === null) await sleep(50);
      await saving;
      const busy = ['pc-4', 'pc-5'].find((name) => existsSync(path.join(cacheOf(name), SENT, 'trainings')));
      await lab.kill(String(busy));
      steps.splice(0);
      const { model, report } = await job;
      const finished = lab.lines.filter((line) => /: train moved .*: done in/.test(line));
      assert.equal(finished.length, 1, lab.lines.join('\n'));
      assert.ok(!finished[0].startsWith(`${busy}: `), finished[0]);
      assert.ok(steps[0] >= savedFrom, `begun anew: ${steps[0]} where ${savedFrom} were saved`);
      const folder = fileURLToPath(model.uri);
      assert.equal(folder, path.join(lab.shared, 'models', 'moved', 'v1'));
      assert.equal(report, path.join(folder, 'report.html'));
      const card = readFileSync(path.join(folder, 'model.json'), 'utf8');
      assert.ok(
        card.includes(pathToFileURL(path.join(lab.shared, 'blob-0.ome.tiff')).href) && !card.includes(SENT),
        card,
      );
      const whole = await lab.local.run('train', { ...training, settings: { ...training.settings, model: 'whole' } });
      assert.equal(model.sha256, whole.model.sha256);
      assert.deepEqual(readdirSync(path.join(lab.results, 'trainings')), []);
      const left = readdirSync(path.join(lab.shared, 'models')).sort();
      assert.deepEqual(left, ['moved', 'whole']);
    });
  });
}
