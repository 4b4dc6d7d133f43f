import assert from 'node:assert/strict';
import { checkSamples } from '../../../src/curation/checks';
import type { SampleFacts } from '../../../src/curation/checks/facts';
import { renderReport } from '../../../src/curation/checks/index';
import { description } from '../samples';
import { factsOf } from './facts-of';

const NOW = new Date('2026-03-01T10:00:00Z');

/** Findings as `severity check: message [samples]`. */
function found(...samples: SampleFacts[]): string[] {
  const { findings } = checkSamples(samples, NOW);
  return findings.map(
    ({ severity, check, message, samples }) => `${severity} ${check}: ${message} [${samples.join(' ')}]`,
  );
}

function changed(id: string, change: (facts: SampleFacts) => void): SampleFacts {
  const facts = factsOf(id);
  change(facts);
  return facts;
}

describe('checks of a set of samples', () => {
  it('find nothing where nothing is wrong', () => {
    assert.deepEqual(found(), []);
    assert.deepEqual(found(factsOf('A'), factsOf('B'), factsOf('C')), []);
  });

  it('tell of images that cannot be read and go on', () => {
    const broken = changed('B', (facts) => {
      facts.failures.push({ role: 'seg1', error: { name: 'x', code: 'corrupt-file', message: 'B.tif: truncated' } });
      delete facts.facts.seg1;
    });
    assert.deepEqual(found(factsOf('A'), broken), ['error reading: seg1 of B cannot be read: B.tif: truncated [B]']);
  });

  it('tell of pairs that are named otherwise, and of missing segmentations', () => {
    const named = (id: string, seg: string) =>
      changed(id, (facts) => {
        facts.images.raw = { ...description(id), uri: `file:///raw/well_${id}.tif` };
        facts.images.seg1 = { ...description(id), uri: `file:///seg/${seg}_mask%20v1.tif` };
        facts.images.seg2 = { ...description(id), uri: `file:///scratch/${Math.abs(id.charCodeAt(1) * 7919)}.tif` };
      });
    assert.deepEqual(found(named('A1', 'A1'), named('A2', 'A2'), named('A3', 'A3')), []);
    const slipped = found(named('A1', 'A2'), named('A2', 'A3'), named('A3', 'A4'));
    assert.equal(slipped.length, 2);
    assert.match(
      slipped[0],
      /^error names: seg1 of A1 \(A2_mask v1\.tif\) is named as the raw image of A2, its own is well_A1/,
    );
    const without = changed('B', ({ images, facts }) => {
      delete images.seg2;
      delete facts.seg2;
    });
    assert.deepEqual(found(factsOf('A'), without), ['warning pairs: 1 of 2 samples have no seg2, the others do [B]']);
  });

  it('tell of shapes, channels and pixel types that differ', () => {
    const shaped = changed('B', ({ images }) => {
      images.seg1 = description('B-1', [1, 2, 3, 20, 31]);
    });
    assert.deepEqual(found(factsOf('A'), shaped), [
      'error shapes: seg1 of B has shape 1 x 2 x 3 x 20 x 31, expected T, Z, Y and X of raw, 1 x 1 x 3 x 20 x 30 [B]',
      'error shapes: seg1 of B has 2 channels, expected 1 [B]',
    ]);
    const flat = changed('C', ({ images }) => {
      images.raw = { ...description('C', [1, 2, 1, 20, 30]), dtype: 'uint8' };
      delete images.seg1;
      delete images.seg2;
    });
    const mixed = found(factsOf('A'), factsOf('B'), flat);
    assert.match(mixed[0], /^error shapes: 1 raw images are 2D, the others are 3D/);
    assert.match(mixed[1], /^error channels: raw: channels "2" in 1 of 3 images, "1" in 2 \[C\]/);
    assert.ok(mixed.includes('warning channels: raw: pixel type "uint8" in 1 of 3 images, "uint16" in 2 [C]'));
  });

  it('tell of channels in another order by a note, for they are taken by name, and of others by a warning', () => {
    const named = (id: string, ...names: string[]) =>
      changed(id, ({ images, facts }) => {
        const channels = names.map((name, index) => ({ index, name }));
        images.raw = { ...description(id, [1, names.length, 3, 20, 30]), channels };
        delete facts.raw;
      });
    const usual = [named('A', 'DAPI', 'GFP'), named('B', 'DAPI', 'GFP')];
    assert.deepEqual(found(...usual, named('C', 'GFP', 'DAPI')), [
      'note channels: raw: channel names "GFP, DAPI" in 1 of 3 images, "DAPI, GFP" in 2: they are taken by their names [C]',
    ]);
    assert.deepEqual(found(...usual, named('C', 'GFP', 'Cy5')), [
      'warning channels: raw: channel names "GFP, Cy5" in 1 of 3 images, "DAPI, GFP" in 2 [C]',
    ]);
  });

  it('tell of pixel sizes that differ within a sample and among them', () => {
    const sized = (id: string, raw: number | null, seg = raw) =>
      changed(id, ({ images }) => {
        for (const [role, size] of [
          ['raw', raw],
          ['seg1', seg],
        ] as const) {
          images[role] = { ...description(id), pixelSize: size === null ? null : { z: 1, y: size, x: size } };
        }
      });
    assert.deepEqual(found(sized('A', 0.1), sized('B', 0.1004), sized('C', 0.105, 0.1051)), []);
    const findings = found(sized('A', 0.1), sized('B', 0.1), sized('C', 0.2, 0.1), sized('D', null));
    assert.deepEqual(
      findings.map((text) => text.replace(/ µm.*/, '')),
      [
        'warning pixel size: seg1 of C has pixels of 1 x 0.1 x 0.1',
        'warning pixel size: 1 of 3 raw images have other pixels along y, up to 0.2',
        'warning pixel size: 1 of 3 raw images have other pixels along x, up to 0.2',
        'note pixel size: 1 of 4 raw images state no pixel size, so it cannot be compared [D]',
      ],
    );
  });

  it('tell of what is no segmentation', () => {
    const cases: [Parameters<typeof factsOf>[1], RegExp | null][] = [
      [{ seg1: { range: { min: 0, max: 1 } } }, null],
      [
        { seg1: { nonZero: 0, range: { min: 0, max: 0 }, distinct: 1 } },
        /^warning labels: seg1 of A is empty: no pixel/,
      ],
      [
        { seg1: { nonZero: 1800, range: { min: 255, max: 255 }, distinct: 1 } },
        /^error labels: seg1 of A has no background: its values are 255, expected 0 too; say what is foreground/,
      ],
      [
        { seg2: { nonZero: 1800, range: { min: 1, max: 2 } } },
        /^error labels: seg2 of A has no background: its values are 1 to 2/,
      ],
      [{ seg2: { nonZero: 1799, range: { min: 0, max: 2 } } }, /^error labels: seg2 of A is full: /],
      [{ seg2: { range: { min: -1, max: 2 } } }, /^error labels: seg2 of A holds negative values \(down to -1\)/],
      [
        { seg1: { fractional: 3, range: { min: 0, max: 0.7 } } },
        /^error labels: seg1 of A holds fractions \(0 to 0\.7\)/,
      ],
      [
        { seg1: { notFinite: 4 } },
        /^error labels: seg1 of A has 4 pixels that are NaN or infinite; save it with a number in their place/,
      ],
      [{ seg1: { distinct: 13, range: { min: 0, max: 12 } } }, /^note labels: seg1 of A holds 12 different labels/],
    ];
    for (const [change, expected] of cases) {
      const findings = found(factsOf('A', change), factsOf('B'));
      if (expected === null) assert.deepEqual(findings, []);
      else {
        assert.equal(findings.length, 1, findings.join('\n'));
        assert.match(findings[0], expected);
      }
    }
  });

  it('tell of raw images that are constant, saturated or nearly binary', () => {
    const cases: [Parameters<typeof factsOf>[1], RegExp | null][] = [
      [
        { raw: { range: { min: 7, max: 7 }, distinct: 1, atMax: 1800 } },
        /^error intensities: raw of A is constant: every pixel is 7/,
      ],
      [
        { raw: { range: { min: 0, max: 4095 }, atMax: 18 } },
        /^warning intensities: raw of A is saturated: 1 % .* are 4095/,
      ],
      [{ raw: { range: { min: 0, max: 65_520 }, atMax: 18 } }, /^warning intensities: .*65520/],
      [{ raw: { range: { min: 0, max: 65_535 }, atMax: 1 } }, null],
      [{ raw: { range: { min: 0, max: 3071 }, atMax: 18 } }, null],
      [{ raw: { distinct: 2 } }, /^warning intensities: raw of A has 2 different values/],
      [{ raw: { notFinite: 1 } }, /^error intensities: raw of A has 1 pixels that are NaN/],
    ];
    for (const [change, expected] of cases) {
      const findings = found(factsOf('A', change), factsOf('B'));
      if (expected === null) assert.deepEqual(findings, []);
      else assert.match(findings[0] ?? 'nothing', expected);
    }
  });

  it('tell of the same pixels under several names', () => {
    const copy = changed('B', ({ facts }) => {
      if (facts.raw) facts.raw.hash = 'A raw';
      if (facts.seg2) Object.assign(facts.seg2, { hash: 'A seg2', complete: false });
    });
    assert.deepEqual(found(factsOf('A'), copy, factsOf('C')), [
      'error duplicates: the raw images of A, B hold the same pixels [A B]',
      'warning duplicates: seg2 is the same in A, B, as far as they were looked at [A B]',
    ]);
    const [learned, judged] = [
      { ...factsOf('A'), split: 'train' as const },
      { ...copy, split: 'val' as const },
    ];
    assert.match(found(learned, judged)[0], /^error duplicates: .* in training and in validation, /);
  });

  it('tell of the image that is less sharp than the others, not of the least sharp', () => {
    const set = (last: number, n = 8) =>
      Array.from({ length: n }, (_, i) => factsOf(`S${i}`, { raw: { focus: i < n - 1 ? 0.02 + 0.0005 * i : last } }));
    const [finding, ...more] = found(...set(0.008));
    assert.match(finding, /^warning focus: raw of S7 is less sharp than the set: 0\.0080, the median is 0\.021/);
    assert.deepEqual(more, []);
    assert.deepEqual(found(...set(0.019)), []);
    assert.deepEqual(found(...set(0.008, 7)), []);
  });
});

describe('labels under a rule that somebody stated', () => {
  it('are not said to be foreground wherever they are not 0', () => {
    const stated = factsOf('A', {
      seg1: {
        distinct: 13,
        range: { min: 0, max: 12 },
        histogram: [
          [0, 1500],
          [2, 300],
        ],
      },
    });
    const { seg1 } = stated.facts;
    assert.ok(seg1);
    seg1.image = { ...seg1.image, foreground: { kind: 'values', values: [2] } };
    assert.deepEqual(
      checkSamples([stated], NOW).findings.filter(({ check }) => check === 'labels'),
      [],
    );
  });
});

describe('a quantity of which somebody said what is foreground', () => {
  it('is judged by that quantity, not by what is stored', () => {
    const histogram: Array<[number, number]> = [
      [1, 1500],
      [250, 300],
    ];
    const sample = factsOf('A', { seg1: { range: { min: 1, max: 250 }, nonZero: 1800, distinct: 2, histogram } });
    const { seg1 } = sample.facts;
    assert.ok(seg1);
    seg1.image = { ...seg1.image, scale: 1 / 255, foreground: { kind: 'above', value: 0.5 } };
    assert.deepEqual(
      checkSamples([sample], NOW).findings.filter(({ check }) => check === 'labels'),
      [],
    );
    seg1.image = { ...seg1.image, foreground: { kind: 'above', value: 0.99 } };
    const [warning, note] = checkSamples([sample], NOW).findings.filter(({ check }) => check === 'labels');
    assert.match(warning.message, /^seg1 of A is empty: no pixel is foreground/);
    assert.match(note.message, /^seg1 of A has no foreground, as foreground is said to be > 0\.99/);
  });
});

describe('a report', () => {
  it('reads as text, errors first', () => {
    const report = checkSamples(
      [factsOf('A', { seg1: { distinct: 5 } }), factsOf('B', { raw: { notFinite: 2 } })],
      NOW,
    );
    assert.equal(
      renderReport(report),
      [
        '# Check of 2 samples',
        '',
        '2026-03-01T10:00:00.000Z: 1 error, 0 warnings, 1 note.',
        '',
        '## Errors',
        '',
        '- intensities: raw of B has 2 pixels that are NaN or infinite',
        '',
        '## Notes',
        '',
        '- labels: seg1 of A holds 4 different labels; foreground is all that is not 0',
        '',
      ].join('\n'),
    );
    assert.equal(report.samples, 2);
  });

  it('stays short, and takes names as they are', () => {
    const many = Array.from({ length: 30 }, (_, i) => factsOf(`<b>\n${i}`, { raw: { notFinite: 1 } }));
    const text = renderReport(checkSamples(many, NOW));
    assert.equal(text.split('\n').filter((line) => line.startsWith('- intensities: raw of')).length, 20);
    assert.match(text, /raw of \\<b\\> 0 has/);
    assert.match(text, /\n- intensities: 10 more\n/);
  });
});
