import assert from 'node:assert/strict';
import { openImage } from '../../src/formats';
import { asLabels } from '../../src/formats/label-view';
import { DISKS, picture, tiff } from '../samples/drawn-masks';
import { useTempFolder } from './temp-folder';

describe('an image as labels', () => {
  const folder = useTempFolder();
  const notes = async (name: string, bytes: Uint8Array, labels: boolean) => {
    const source = await openImage(folder.write(name, Buffer.from(bytes)));
    await source.close();
    return (labels ? asLabels(source) : source).info.notes ?? [];
  };

  it('keeps what its file says of anything but its palette', async () => {
    const colours = (i: number): [number, number, number] => [i, 0, 255 - i];
    const file = tiff(DISKS, { photometric: 3, palette: colours, description: 'ImageJ=1\nunit=furlong\n' });
    const strange = await notes('strange.tif', file, false);
    assert.match(strange.join(), /"furlong" is not understood/);
    assert.deepEqual(await notes('strange.tif', file, true), strange);
    const png = await picture(3, (d) => (d ? [255, 0, 0] : [0, 0, 0]))
      .png({ palette: true })
      .toBuffer();
    assert.match((await notes('palette.png', png, false)).join(), /indices are read/);
    assert.deepEqual(await notes('palette.png', png, true), []);
  });
});
