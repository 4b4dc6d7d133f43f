import assert from 'node:assert/strict';
import { readExample } from './support/examples';
import { useNodeRed } from './support/fixture';

/** The first bytes of a PNG. */
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

describe('the flow with pictures for dashboards and HTTP answers', () => {
  const fixture = useNodeRed();

  before(async function () {
    this.timeout(60_000);
    // The dashboard is a package of its own; what it would be given is looked at.
    const flow = readExample('preview-dashboard.json').filter(({ type }) => !type.startsWith('ui-'));
    await fixture.host.deploy(flow);
  });

  it('gives the dashboard small messages with the picture as text', async function () {
    this.timeout(120_000);
    const { host } = fixture;
    await host.inject('pictures-start');
    const sent = await host.until('the pictures', ({ type, id }) => type === 'sent' && id === 'pictures-text', {
      count: 3,
    });
    for (const { msg } of sent) {
      const { _msgid: _, ...given } = msg;
      assert.deepEqual(Object.keys(given), ['topic', 'payload']);
      assert.match(String(given.topic), /^nuclei_\d\d, Dice 0\.\d{3}$/);
      const [, base64] = /^data:image\/png;base64,([\w+/]+=*)$/.exec(String(given.payload)) ?? [];
      assert.deepEqual([...Buffer.from(base64 ?? '', 'base64').subarray(0, 8)], PNG);
    }
    const drawn = host.events.filter(({ type, id }) => type === 'sent' && id === 'pictures-drawn');
    const sizes = drawn.map(({ msg }) => Number((msg.png as { bytes: number }).bytes));
    assert.ok(sizes.length === 3 && sizes.every((bytes) => bytes > 1000), `bytes of the pictures: ${sizes}`);
  });

  it('answers a request with a PNG, and one of an image that is not there with the reason', async function () {
    this.timeout(60_000);
    const answer = await fetch(`${fixture.host.url}nuclei/nuclei_09`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png']);
    assert.deepEqual([...new Uint8Array(await answer.arrayBuffer()).subarray(0, 8)], PNG);
    const refused = await fetch(`${fixture.host.url}nuclei/nowhere`);
    assert.equal(refused.status, 422);
    assert.match(await refused.text(), /nowhere/);
  });
});
