import assert from 'node:assert/strict';
import { inspectFile } from '../../../src/samples/listing/inspect-file';
import { type BuildBlock, buildCzi } from '../../formats/czi/czi-builder';
import { type TemporaryFolder, temporaryFolder } from '../temporary-files';

describe('inspectFile', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  const plate = (scenes: number) =>
    Array.from({ length: scenes }, (_, s): BuildBlock => {
      return {
        pixelType: 0,
        x: 100 * s,
        width: s + 1,
        height: 2,
        at: { S: s, C: 0 },
        payload: new Uint8Array(2 * s + 2),
      };
    });

  it('describes each scene of a file', async () => {
    const metadata =
      '<ImageDocument><Metadata><Information><Image><Dimensions><S><Scenes><Scene Index="1" Name="B3"/></Scenes></S></Dimensions></Image></Information></Metadata></ImageDocument>';
    const file = await folder.write('plate.czi', buildCzi(plate(2), { metadata }));
    const found = await inspectFile(file, [folder.path]);
    assert.deepEqual([found.file, found.files, found.format, found.scenes], ['plate.czi', 1, 'czi', 2]);
    const names = found.described.map(({ scene, sceneName, levels, acquisition }) => {
      return [scene, sceneName, levels, acquisition?.well];
    });
    assert.deepEqual(names, [
      [0, undefined, [[1, 1, 1, 2, 1]], undefined],
      [1, 'B3', [[1, 1, 1, 2, 2]], 'B3'],
    ]);
    assert.deepEqual(found.described[0].channels, [{ index: 0, name: 'Channel 0' }]);
  });

  it('of a folder or pattern the first file, of many scenes the first 24', async () => {
    await folder.write('b/2.czi', buildCzi(plate(1)));
    await folder.write('b/1.czi', buildCzi(plate(30)));
    for (const raw of [folder.path, folder.at('b', '*.czi')]) {
      const { file, files, scenes, described } = await inspectFile(raw, [folder.path]);
      assert.deepEqual([file.endsWith('1.czi'), files, scenes, described.length], [true, 2, 30, 24]);
    }
  });

  it('looks only into the allowed folders', async () => {
    const file = await folder.write('a.czi', buildCzi(plate(1)));
    await assert.rejects(inspectFile(file, [folder.at('other')]), { code: 'not-allowed' });
    await assert.rejects(inspectFile(folder.at('none.czi'), [folder.path]), { code: 'not-found' });
  });
});
