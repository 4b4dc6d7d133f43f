import assert from 'node:assert/strict';
import { heedPlausibleSize } from '../../src/formats/doubts';
import type { SourceInfo } from '../../src/formats/source';
import { parseImageJ } from '../../src/formats/tiff/dialects/imagej';
import { parseOmeXml } from '../../src/formats/tiff/ome/xml';
import { micrometresIn, notesOnUnits, secondsIn } from '../../src/formats/units';

describe('units of length', () => {
  it('become micrometres, or null for what is no length', () => {
    const cases: Record<string, number | null> = {
      nm: 0.001,
      μm: 1,
      '\u00b5m': 1,
      inch: 25400,
      ' mm ': 1000,
      pixel: null,
      'reference frame': null,
      constructor: null,
      furlong: null,
      '': null,
    };
    for (const [unit, size] of Object.entries(cases)) assert.equal(micrometresIn(unit), size, unit);
  });

  it('spelt out, in the plural, in capitals, and damaged on their way', () => {
    const micrometres = [
      ...['micrometers', 'micrometre', 'Micrometres', 'microns', 'MICRON', 'um', 'uM', 'micro', 'µ'],
      ...[
        'Âµm',
        'Î¼m',
        'Ã\u0082Âµm',
        '\\u00B5m',
        '\\u03BCm',
        '\\xb5m',
        '&micro;m',
        '&#181;m',
        '&#xB5;m',
        '?m',
        '\ufffdm',
        '\ufffd\ufffdm',
      ],
    ];
    for (const unit of micrometres) assert.equal(micrometresIn(unit), 1, unit);
    assert.equal(micrometresIn('nanometers'), 0.001);
    assert.equal(micrometresIn('Centimetres'), 10_000);
    assert.equal(micrometresIn('inches'), 25_400);
    assert.equal(micrometresIn('Angstroms'), 1e-4);
    assert.equal(micrometresIn('\u212b'), 1e-4);
    assert.equal(secondsIn('Âµs'), 1e-6);
    assert.equal(secondsIn('Milliseconds'), 1e-3);
    assert.equal(secondsIn('mins'), 60);
    assert.equal(secondsIn('micron'), null);
  });

  it('those that are not understood are noted, once, by what they were called', () => {
    assert.deepEqual(notesOnUnits(['pixel', 'µm', '', 'null', 'Pixels']), []);
    const note = 'the unit "furlong" is not understood: lengths in it are left out of the pixel size';
    assert.deepEqual(notesOnUnits(['furlong', 'nm', 'furlong']), [note]);
    assert.deepEqual(parseImageJ('ImageJ=1\nunit=furlong\n').notes, [note]);
    assert.deepEqual(parseImageJ('ImageJ=1\nunit=micron\nzunit=furlong\n').notes, [note]);
    const [spacing] = parseImageJ('ImageJ=1\nunit=micron\nspacing=0,5\n').notes;
    assert.match(spacing, /^a distance of planes \(spacing=0,5\) that is not understood/);
    assert.deepEqual(parseImageJ('ImageJ=1\nunit=micron\nspacing=-0.5\n').notes, []);
    const pixels = `<Pixels DimensionOrder="XYZCT" SizeX="1" SizeY="1" SizeZ="1" SizeC="1" SizeT="1" PhysicalSizeX="1" PhysicalSizeXUnit="furlong"/>`;
    assert.deepEqual(parseOmeXml(`<OME><Image>${pixels}</Image></OME>`, 'a.ome.tif').images[0].notes, [note]);
  });

  it('each axis of ImageJ in its own', () => {
    const { unitX, unitY, spacing } = parseImageJ('ImageJ=1\nunit=mm\nyunit=micron\nzunit=nm\nspacing=500\n');
    assert.deepEqual([unitX, unitY, spacing], [1000, 1, 0.5]);
  });
});

describe('pixel sizes that nobody can mean', () => {
  const heed = (y: number, x = y, z: number | null = null) => {
    const info: Pick<SourceInfo, 'pixelSize' | 'notes'> = { pixelSize: { z, y, x } };
    heedPlausibleSize(info);
    return info;
  };

  it('are left out and noted: a centimetre’s parts, printers’ dots, metres as micrometres', () => {
    for (const size of [
      1e4 / 10,
      1e4,
      1e4 / 28.35,
      25_400 / 72,
      25_400 / 96,
      25_400 / 300,
      1e4 / 118,
      25_400 / 600,
      6.5e-8,
    ]) {
      const { pixelSize, notes } = heed(size);
      assert.equal(pixelSize, null, `${size}`);
      assert.match(String(notes), /^the pixel size .* µm is not used: /);
    }
    assert.deepEqual(heed(0.1, 1000).pixelSize, null);
  });

  it('and no others: from electron microscopes to cameras on macroscopes', () => {
    for (const size of [1e-5, 0.004, 0.065, 0.5, 10, 21.2, 64, 99]) {
      assert.deepEqual(heed(size), { pixelSize: { z: null, y: size, x: size } });
    }
  });

  it('along z alone, only z', () => {
    assert.deepEqual(heed(0.5, 0.5, 300), { pixelSize: { z: 300, y: 0.5, x: 0.5 } });
    const { pixelSize, notes } = heed(0.5, 0.5, 25_400);
    assert.deepEqual([pixelSize, notes?.length], [{ z: null, y: 0.5, x: 0.5 }, 1]);
  });
});
