import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseLines, type RealDataLine } from '../../bench/support/real-data-lines';
import { MARKS, scoreTable, withTable } from '../../bench/support/score-table';

const LINE: RealDataLine = {
  ...{ name: 'real-data', dataset: 'sem2d-axons', seed: 0, minutes: 5, seconds: 300.2, threads: 2, cpu: 'Some CPU' },
  mean: { dice: 0.8, iou: 0.7, precision: 0.75, recall: 0.85, objectAp: 0.6 },
};

function line(change: Partial<RealDataLine>, dice = LINE.mean.dice, objectAp = LINE.mean.objectAp): RealDataLine {
  return { ...LINE, ...change, mean: { ...LINE.mean, dice, objectAp } };
}

describe('the table of scores', () => {
  const rowsOf = (lines: RealDataLine[]) => scoreTable(lines).split('\n').slice(2);

  it('has a row for each set, number of minutes and machine, in the order of the sets', () => {
    const rows = rowsOf([
      line({ minutes: 25 }),
      line({ dataset: 'unheard-of' }),
      line({ threads: 1 }),
      line({ cpu: 'Another CPU' }),
      line({}),
      line({ dataset: 'nuclei2d-bbbc039' }, 0.9752, 0.81),
    ]);
    const axons = '| axons, 2D electron microscopy, 12 images, other animals in the test | 0.701';
    assert.deepEqual(rows, [
      '| BBBC039 nuclei, 2D fluorescence, 16 images | 0.959 | 5 | Some CPU, 2 | 0.975 | 0.810 |  |  |  |',
      `${axons} | 5 | Another CPU, 2 | 0.800 | 0.600 |  |  |  |`,
      `${axons} | 5 | Some CPU, 1 | 0.800 | 0.600 |  |  |  |`,
      `${axons} | 5 | Some CPU, 2 | 0.800 | 0.600 |  |  |  |`,
      `${axons} | 25 | Some CPU, 2 | 0.800 | 0.600 |  |  |  |`,
      '| unheard-of |  | 5 | Some CPU, 2 | 0.800 | 0.600 |  |  |  |',
    ]);
  });

  it('takes mean, lowest and highest of the seeds, and sets PyTorch beside', () => {
    const [row, ...others] = rowsOf([
      line({ seed: 0 }, 0.8, 0.5),
      line({ seed: 1 }, 0.83, 0.6),
      line({ seed: 0, name: 'real-data-pytorch' }, 0.79, 0.55),
    ]);
    assert.deepEqual(others, []);
    const scores = '0.815 (0.800 to 0.830, 2 seeds) | 0.550 (0.500 to 0.600, 2 seeds) |  | 0.790 | 0.550 |';
    assert.equal(row.slice(row.indexOf('0.815')), scores);
  });

  it('says what was expected, and how often the score lies within', () => {
    const expected = (dice: number, low: number, high: number) => ({
      expected: { dice, low, high, level: 0.9, files: 3, images: 8 },
    });
    const [row] = rowsOf([
      line({ seed: 0, ...expected(0.82, 0.79, 0.85) }, 0.79),
      line({ seed: 1, ...expected(0.84, 0.81, 0.87) }, 0.8),
      line({ seed: 2, expected: null }, 0.8),
    ]);
    assert.match(row, /\| 0\.830 \(0\.800 to 0\.860\), within in 1 of 2 \|/);
  });

  it('counts the last of runs that stand there twice', () => {
    assert.deepEqual(rowsOf([line({}, 0.5), line({}, 0.9)]), rowsOf([line({}, 0.9)]));
  });

  it('goes between the marks of a document, and nowhere else', () => {
    const old = `before\n${MARKS.start}\nold\n${MARKS.end}\nafter`;
    const written = withTable(old, '| a |');
    assert.equal(written, `before\n${MARKS.start}\n\n| a |\n\n${MARKS.end}\nafter`);
    assert.equal(withTable(written, '| a |'), written);
    assert.throws(() => withTable('nothing here', '| a |'), /expected .* once each/);
    assert.throws(() => withTable(`${old}${old}`, '| a |'), /once each/);
    assert.throws(() => withTable(`${MARKS.end} ${MARKS.start}`, '| a |'), /once each/);
  });
});

describe("README's table of scores", () => {
  it('is that of the lines that the repository keeps', () => {
    const [readme, lines] = ['README.md', 'bench/scores/readme.jsonl'].map((file) =>
      readFileSync(path.resolve(__dirname, '../../..', file), 'utf8'),
    );
    assert.equal(withTable(readme, scoreTable(parseLines(lines, 'readme.jsonl'))), readme);
  });
});

describe('lines of trainings on real data', () => {
  it('are read with whatever else stands in them', () => {
    const text = `${JSON.stringify({ ...LINE, training: { steps: 7 } })}\n\n${JSON.stringify(LINE)}\n`;
    assert.deepEqual(
      parseLines(text, 'scores.jsonl').map(({ mean }) => mean.dice),
      [0.8, 0.8],
    );
  });

  it('are refused with file, line and what is wrong', () => {
    const text = `${JSON.stringify(LINE)}\n${JSON.stringify({ ...LINE, minutes: 'five' })}`;
    assert.throws(() => parseLines(text, 'scores.jsonl'), /scores\.jsonl:2\.minutes: must be number/);
    assert.throws(() => parseLines('{"name": "real', 'scores.jsonl'), SyntaxError);
  });
});
