import assert from 'node:assert/strict';
import { type ProcessSign, Silence } from '../../src/jobs/host/silence';

const TIMES = { beatMs: 5000, silentMs: 25_000, diskMs: 60_000, stuckMs: 1e6 };
const NATIVE = { what: 'training step 1', limitMs: 100_000, device: 'cuda' };

/** The first verdict on a worker that says nothing more, and after how many seconds. */
function verdictOf(sign: (second: number) => ProcessSign | null, silence = new Silence(TIMES, 0)) {
  for (let second = 5; second <= 4000; second += 5) {
    const verdict = silence.judge(second * 1000, sign(second));
    if (verdict) return { second, ...verdict };
  }
  return null;
}

describe('the silence of a worker', () => {
  it('is hung after 25 s where it sleeps, loops or was stopped, and says so', () => {
    const sleeping = verdictOf(() => ({ state: 'S', cpuMs: 100 }));
    assert.equal(sleeping?.second, 30);
    assert.equal(sleeping?.code, 'worker-lost');
    assert.match(sleeping?.how ?? '', /did not answer for 30 s/);
    assert.equal(verdictOf((second) => ({ state: 'R', cpuMs: second * 1000 }))?.second, 30);
    const stopped = verdictOf(() => ({ state: 'T', cpuMs: 100 }));
    assert.equal(stopped?.second, 30);
    assert.match(stopped?.how ?? '', /was stopped from outside/);
  });

  it('waits longer for a disk, and calls that a timeout', () => {
    const waiting = verdictOf(() => ({ state: 'D', cpuMs: 100 }));
    assert.equal(waiting?.second, 65);
    assert.equal(waiting?.code, 'timeout');
    assert.match(waiting?.how ?? '', /disk or network share/);
  });

  it('does not take a machine that swaps for one that hangs', () => {
    const states = ['D', 'D', 'R', 'D'];
    const sign = (second: number) => ({ state: states[(second / 5) % 4], cpuMs: second * 20 });
    assert.equal(verdictOf(sign)?.second, 85);
  });

  it('counts only the processor time that a machine gives, and gives up after four times as long', () => {
    assert.equal(verdictOf((second) => ({ state: 'R', cpuMs: second * 500 }))?.second, 50);
    assert.equal(verdictOf((second) => ({ state: 'R', cpuMs: second }))?.second, 105);
  });

  it('takes four times as long where the system does not say how the process is', () => {
    assert.equal(verdictOf(() => null)?.second, 105);
  });

  it('accuses nobody while a debugger holds it', () => {
    assert.equal(
      verdictOf(() => ({ state: 't', cpuMs: 100 })),
      null,
    );
  });

  it('leaves a native call the time that was said, names it, and is strict again after it', () => {
    const silence = new Silence(TIMES, 0);
    silence.expect(NATIVE);
    const hung = verdictOf(() => ({ state: 'S', cpuMs: 100 }), silence);
    assert.equal(hung?.second, 105);
    assert.equal(hung?.code, 'timeout');
    assert.match(hung?.how ?? '', /training step 1 on cuda, which may take 100 s/);
    assert.equal(hung?.details.hungDevice, 'cuda');
    const after = new Silence(TIMES, 0);
    after.expect(NATIVE);
    after.heard();
    after.expect(null);
    assert.equal(verdictOf(() => ({ state: 'S', cpuMs: 100 }), after)?.second, 30);
    const halted = new Silence(TIMES, 0);
    halted.expect({ ...NATIVE, limitMs: 1e9 });
    assert.equal(verdictOf(() => ({ state: 'T', cpuMs: 100 }), halted)?.second, 30);
  });

  it('does not count time that the judge slept through: a suspended laptop, a busy host', () => {
    const silence = new Silence(TIMES, 0);
    assert.equal(silence.judge(3600_000, { state: 'S', cpuMs: 100 }), null);
    assert.equal(silence.judge(7200_000, { state: 'S', cpuMs: 100 }), null);
    silence.heard();
    assert.equal(silence.judge(9e9, { state: 'S', cpuMs: 100 }), null);
  });
});
