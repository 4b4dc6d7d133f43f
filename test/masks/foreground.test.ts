import assert from 'node:assert/strict';
import { dtypeOf, type PixelArray } from '../../src/image/dtype';
import { ValueCounter } from '../../src/image/value-facts';
import { foregroundCount, judge, NON_ZERO } from '../../src/masks/foreground';
import { ForegroundPixels } from '../../src/masks/foreground-pixels';
import { foregroundText, parseForeground } from '../../src/masks/foreground-text';

function factsOf(pixels: PixelArray) {
  const counter = new ValueCounter(dtypeOf(pixels));
  counter.add(pixels);
  return { ...counter.facts(), appearance: {} };
}

describe('foreground as a person writes it', () => {
  it('reads every form, and writes it again', () => {
    const forms = {
      'non-zero': { kind: 'non-zero' },
      '2': { kind: 'values', values: [2] },
      '1, 3': { kind: 'values', values: [1, 3] },
      '-1': { kind: 'values', values: [-1] },
      '> 0.5': { kind: 'above', value: 0.5 },
      '< 128': { kind: 'below', value: 128 },
      'not 1': { kind: 'except', values: [1] },
      'not 0, 255': { kind: 'except', values: [0, 255] },
    };
    for (const [text, rule] of Object.entries(forms)) {
      const read = parseForeground(text, 'foreground');
      assert.deepEqual(read, rule);
      assert.ok(read);
      assert.equal(foregroundText(read), text);
    }
    assert.deepEqual(parseForeground(' Not 1 ', 'foreground'), { kind: 'except', values: [1] });
    assert.deepEqual(parseForeground('0, 5', 'foreground'), { kind: 'values', values: [0, 5] });
    assert.equal(parseForeground('  ', 'foreground'), undefined);
  });

  it('refuses the rest by name', () => {
    for (const text of ['two', '1;2', '1,', '>', '> 1, 2', 'not', 'not x', '=1', 'NaN', '1e999', '0,5', '> 0,5']) {
      const message = /^foreground: expected "non-zero", one or more values/;
      assert.throws(() => parseForeground(text, 'foreground'), { code: 'invalid-input', message }, text);
    }
  });
});

describe('judge', () => {
  it('takes what somebody said, but for NaN', () => {
    const stated = { kind: 'values', values: [7] } as const;
    const facts = factsOf(Float32Array.of(-1, 0.5, 7));
    assert.deepEqual(judge(facts, { ...stated, values: [7] }), {
      rule: stated,
      isAssumed: false,
      hasLabels: true,
      notes: [],
      isOneSided: false,
    });
    assert.ok('fault' in judge(factsOf(Float32Array.of(Number.NaN)), NON_ZERO));
  });

  it('keeps numbers of objects under "> 0", and no picture’s or soft edges’ values', () => {
    const hasLabels = (pixels: PixelArray, value = 0) => {
      const judged = judge(factsOf(pixels), { kind: 'above', value });
      return 'hasLabels' in judged && judged.hasLabels;
    };
    assert.equal(hasLabels(Uint16Array.of(0, 0, 1, 1, 2, 2, 900)), true);
    assert.equal(hasLabels(Int32Array.of(-1, 1, 1, 2, 2), 0.5), true);
    assert.equal(hasLabels(Uint16Array.of(0, 0, 1, 1, 2, 2, 900), 1), false);
    assert.equal(hasLabels(Float32Array.of(0, 0.25, 1)), false);
    const edges = Uint8Array.from({ length: 200 }, (_, i) => (i < 90 ? 0 : i < 110 ? 12 * (i - 90) : 255));
    assert.equal(hasLabels(edges), false);
    assert.equal(hasLabels(Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 101)), false);
  });

  it('tells of what somebody said where it makes everything foreground, or nothing of what is there', () => {
    const notes = (pixels: PixelArray, text: string) => {
      const found = judge(factsOf(pixels), parseForeground(text, 'foreground'));
      return 'rule' in found ? found.notes.join() : found.fault;
    };
    const values = Uint8Array.of(0, 255, 255);
    assert.equal(notes(values, '1'), 'has no foreground, as foreground is said to be 1: its values are 0, 255');
    assert.equal(
      notes(values, '2, 0, 255'),
      'is all foreground, as foreground is said to be 2, 0, 255: its values are 0, 255',
    );
    assert.equal(notes(values, '255'), '');
    assert.equal(notes(Uint8Array.of(0, 0), '1'), '', 'a negative control');
    const scaled = judge({ ...factsOf(Uint16Array.of(0, 60000)), scale: 1 / 65535 }, { kind: 'above', value: 0.5 });
    assert.deepEqual('rule' in scaled && scaled.notes, []);
  });

  it('needs background only where all is foreground', () => {
    assert.ok('rule' in judge(factsOf(Uint8Array.of(0, 0)), undefined));
    assert.ok('rule' in judge(factsOf(new Uint8Array(0)), undefined), 'nothing was looked at');
    const full = judge(factsOf(Uint8Array.of(3, 3)), undefined);
    assert.ok('fault' in full && full.isOneSided);
    assert.ok('rule' in judge(factsOf(Uint8Array.of(3, 3)), undefined, 'mask'));
    // Red on white is 255 everywhere in the brightest sample.
    for (const purpose of ['segmentation', 'mask'] as const) {
      const found = judge({ ...factsOf(Uint8Array.of(255, 255)), appearance: { colour: true } }, undefined, purpose);
      assert.match(
        'fault' in found ? `${found.fault}; ${found.remedy}` : '',
        /without a black pixel.*choose the channel/,
      );
    }
  });

  it('takes white for the paper of a crowded palette of several colours, and else asks for what covers less', () => {
    const judged = (first: number, values: number[]) => {
      const palette = Uint8Array.of(first, first, first, 255, 200, 0, 0, 255, 0, 200, 0, 255);
      return judge({ ...factsOf(Uint8Array.from(values)), appearance: { palette } }, undefined);
    };
    assert.ok('rule' in judged(255, [0, 1, 2, 2]));
    assert.ok('rule' in judged(128, [0, 0, 0, 2]));
    for (const [first, values] of [
      [255, [0, 1, 1, 1]],
      [128, [0, 1, 2, 2]],
    ] as const) {
      const found = judged(first, [...values]);
      assert.match('fault' in found ? found.fault : '', /index 0 on less than half of its pixels/);
    }
  });

  it('counts what a rule makes foreground', () => {
    const facts = factsOf(Uint16Array.of(0, 1, 2, 2, 900));
    const counts = ['non-zero', '2', 'not 0, 900', '> 1', '< 2'].map((text) =>
      foregroundCount(facts, parseForeground(text, 'foreground') ?? NON_ZERO),
    );
    assert.deepEqual(counts, [4, 2, 3, 3, 2]);
  });

  it('takes neither many labels nor objects of one pixel for a picture', () => {
    const labels = Uint16Array.from({ length: 3000 }, (_, i) => (i % 10 < 6 ? 1 + Math.floor(i / 10) : 0));
    assert.ok('rule' in judge(factsOf(labels), undefined));
    const dots = Uint16Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? 1 + i : 0));
    assert.ok('rule' in judge(factsOf(dots), undefined));
  });
});

describe('ForegroundPixels', () => {
  const taken = (text: string) => ({
    rule: parseForeground(text, 'foreground') ?? NON_ZERO,
    isAssumed: text === '',
    hasLabels: true,
    notes: [],
  });
  const types = [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array];

  it('gives the same foreground in every pixel type, in long stretches and short', () => {
    for (const length of [5, 5000]) {
      const values = Array.from({ length }, (_, i) => (i < 2100 ? [0, 1, 2, 7][i % 4] : i < 4300 ? 0 : 7));
      for (const [text, expected] of Object.entries({
        '': (v: number) => v !== 0,
        '2': (v: number) => v === 2,
        'not 0, 7': (v: number) => v !== 0 && v !== 7,
        '> 1': (v: number) => v > 1,
        '< 2': (v: number) => v < 2,
      })) {
        for (const type of types) {
          const got = new ForegroundPixels(taken(text)).foreground(type.from(values) as PixelArray);
          assert.deepEqual([...got].map(Boolean), values.map(expected), `${text} ${type.name}`);
        }
      }
    }
  });

  it('hands bytes on as they are, and keeps labels apart', () => {
    const bytes = Uint8Array.of(0, 255, 3);
    assert.equal(new ForegroundPixels(taken('')).foreground(bytes), bytes);
    assert.equal(new ForegroundPixels(taken('')).labels(bytes), bytes);
    assert.deepEqual([...new ForegroundPixels(taken('not 1')).labels(Int16Array.of(-1, 0, 1, 2))], [-1, 1, 0, 3]);
  });

  it('finds what was only assumed not to be there', () => {
    const assumed = new ForegroundPixels(taken(''));
    assert.equal(assumed.unfit(Int16Array.of(0, -3)), -3);
    assert.equal(assumed.unfit(Float32Array.of(0, 0.5)), 0.5);
    assert.ok(Number.isNaN(assumed.unfit(Float32Array.of(1, Number.NaN))));
    assert.equal(assumed.unfit(Uint8Array.of(0, 3)), undefined);
    const stated = new ForegroundPixels(taken('> 0.2'));
    assert.equal(stated.unfit(Float32Array.of(-1, 0.5)), undefined);
    assert.ok(Number.isNaN(stated.unfit(Float32Array.of(Number.NaN))));
  });
});

describe('what may be meant otherwise', () => {
  const notesOf = (facts: ReturnType<typeof factsOf> & { appearance: object }, purpose?: 'mask') => {
    const found = judge(facts, undefined, purpose);
    assert.ok('rule' in found, JSON.stringify(found));
    return found.notes;
  };
  const share = (foreground: number, value = 255) =>
    Uint8Array.from({ length: 100 }, (_, i) => (i < foreground ? value : 0));

  it('a mask that is mostly foreground may be inverted', () => {
    assert.deepEqual(notesOf(factsOf(share(83))), [
      'is foreground on 83 % of its pixels: where objects are its 0, say so with foreground "0"',
    ]);
    assert.deepEqual(notesOf(factsOf(share(83, 1))).length, 1);
    assert.deepEqual(notesOf(factsOf(share(60))), []);
    assert.deepEqual(notesOf(factsOf(share(83)), 'mask'), [], 'a mask may hold nearly everywhere');
    const labels = Uint8Array.from({ length: 400 }, (_, i) => (i < 340 ? 1 + Math.floor(i / 17) : 0));
    assert.deepEqual(notesOf(factsOf(labels)), [], 'cells that touch cover a field');
  });

  it('black objects on a transparent ground are none', () => {
    const [note, ...more] = notesOf({ ...factsOf(share(0)), appearance: { alpha: 3 } }).filter((text) =>
      /no foreground/.test(text),
    );
    assert.match(note, /save it without transparency/);
    assert.deepEqual(more, []);
  });

  it('the largest number of a type beside many labels is a mark', () => {
    const marked = (type: Uint16ArrayConstructor | Uint32ArrayConstructor, mark: number, labels: number) => {
      const pixels = new type(4 * labels);
      for (let i = 0; i < pixels.length; i++) pixels[i] = i % 4 === 0 ? 0 : 1 + Math.floor(i / 4);
      pixels[1] = mark;
      return judge(factsOf(pixels), undefined);
    };
    for (const found of [
      marked(Uint16Array, 65_535, 400),
      marked(Uint32Array, 2 ** 32 - 1, 5),
      marked(Uint32Array, 2 ** 32 - 1, 70_000),
    ]) {
      assert.ok('fault' in found);
      assert.match(found.fault, /pixels to be ignored/);
    }
  });
});
