import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { packageTypes, quick, readExample } from './support/examples';
import { useNodeRed } from './support/fixture';
import { PLACE_COUNT, POISON_NAMES, poisonFlow } from './support/poison-flow';

/** Milliseconds: what Node-RED's event loop may be held for, and what its other threads and a busy machine add. */
const HELD = 50;
const SLACK = 50;

describe('whatever is wired into a node', () => {
  const fixture = useNodeRed();
  // These take no messages.
  const types = packageTypes().filter((type) => type !== 'segmenter-compute' && type !== 'segmenter-events');

  const children = () =>
    execFileSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' })
      .split('\n')
      .filter((ppid) => Number(ppid) === fixture.host.pid).length;

  it('is answered, holds up nothing, leaves no process behind, and the next message is worked on', async function () {
    this.timeout(300_000);
    const { host, samples } = fixture;
    const review = path.join(samples, 'review');
    await host.deploy(poisonFlow(types, { 'segmenter-curate': { folder: review, folderType: 'str' } }));
    const held: string[] = [];
    for (const kind of POISON_NAMES) {
      const send = async (to: number) => {
        host.events = [];
        const asked = await fetch(`${host.url}poison?kind=${encodeURIComponent(kind)}&to=${to}`, { method: 'POST' });
        assert.equal(asked.status, 200);
        const answered = ({ id, type }: { id: string; type: string }) =>
          id === types[to] && (type === 'complete' || type === 'error');
        const what = `${types[to]} answering ${kind}`;
        await host.until(what, answered, { count: PLACE_COUNT, allowErrors: true, seconds: 20 });
      };
      // Making it takes its time.
      await send(0);
      await host.longestDelay();
      for (const to of types.keys()) {
        await send(to);
        const ms = await host.longestDelay();
        if (ms > HELD + SLACK) held.push(`${kind} into ${types[to]}: ${ms.toFixed(0)} ms`);
      }
    }
    assert.deepEqual(held, []);
    assert.ok(children() <= 4, `${children()} processes`);
    await host.deploy(quick(readExample('acquisition-events.json')));
    const image = path.join(samples, 'nuclei2d/test/raw/nuclei_09.ome.tiff');
    await post(JSON.stringify({ path: image }));
    const [sent] = await host.until('the sample', ({ type, id }) => type === 'sent' && id === 'acquire-load', {
      allowErrors: true,
    });
    assert.equal((sent.msg.payload as { id: string }).id, 'nuclei_09');
    assert.ok(host.lives);
  });

  it('over HTTP is answered with the reason, however it is nested', async function () {
    this.timeout(60_000);
    const { host } = fixture;
    await host.deploy(quick(readExample('acquisition-events.json')));
    const nested = '['.repeat(70_000) + ']'.repeat(70_000);
    for (const body of [nested, `{"path": ${nested}}`, `{"path": "/tmp/none.tiff", "well": ${nested}}`]) {
      const answer = await post(body);
      assert.equal(answer.status, 422);
      const { message } = (await answer.json()) as { message: string };
      assert.match(message, /msg\.payload: expected .*a path, Buffer or uploaded file in the message|none\.tiff/);
    }
    assert.ok(host.lives);
  });

  function post(body: string): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    return fetch(`${fixture.host.url}segment`, { method: 'POST', headers, body });
  }
});
