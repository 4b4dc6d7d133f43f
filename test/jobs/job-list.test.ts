import assert from 'node:assert/strict';
import { JobList } from '../../src/jobs/host/job-list';
import type { EngineChoice, JobAsker } from '../../src/jobs/job-types';

const CHOICE: EngineChoice = { engine: 'onnx', device: 'cpu', precision: 'float32', reason: 'the only', warnings: [] };

describe('the list of jobs', () => {
  const asker = (node: string, subject: string | null = null): JobAsker => ({ node, subject, cancel: () => undefined });

  it('tells what runs and what waits behind how many of its queue, until it is over', () => {
    const list = new JobList();
    const lines = ['pixel', 'predict', 'pixel', 'pixel'].map((queue, i) =>
      list.add('threshold', queue, asker(`node ${i}`), {}),
    );
    const ahead = () => list.list().map((job) => [job.asker.node, job.ahead]);
    assert.deepEqual(ahead(), [
      ['node 0', 0],
      ['node 1', 0],
      ['node 2', 1],
      ['node 3', 2],
    ]);
    lines[0].begun();
    lines[1].begun();
    assert.deepEqual(ahead(), [
      ['node 0', null],
      ['node 1', null],
      ['node 2', 0],
      ['node 3', 1],
    ]);
    lines[0].over();
    lines[2].over();
    assert.deepEqual(ahead(), [
      ['node 1', null],
      ['node 3', 0],
    ]);
  });

  it('hears of progress and place by the way, and passes them on', () => {
    const list = new JobList();
    const heard: unknown[] = [];
    let now = 1000;
    const { listeners, begun } = list.add(
      'predict',
      'predict',
      asker('p', 'a'),
      { onProgress: (progress) => heard.push(progress), onChoice: (choice) => heard.push(choice) },
      () => now,
    );
    listeners.onChoice?.({ waitsFor: 'train nuclei' });
    assert.deepEqual([list.list()[0].waitsFor, list.list()[0].choice], ['train nuclei', null]);
    now = 3000;
    begun();
    listeners.onChoice?.(CHOICE);
    listeners.onProgress?.({ done: 3, total: 4 });
    const [{ id: _, ...job }] = list.list();
    assert.deepEqual(
      { ...job, asker: job.asker.subject },
      {
        job: 'predict',
        asker: 'a',
        since: 1000,
        begun: 3000,
        progress: { done: 3, total: 4 },
        choice: CHOICE,
        waitsFor: null,
        ahead: null,
      },
    );
    assert.deepEqual(heard, [{ waitsFor: 'train nuclei' }, CHOICE, { done: 3, total: 4 }]);
  });

  it('lists no job that nobody asks for by name', () => {
    const list = new JobList();
    const listeners = {};
    const line = list.add('picture', 'picture', undefined, listeners);
    line.begun();
    assert.deepEqual(list.list(), []);
    assert.equal(line.listeners, listeners);
    line.over();
  });
});
