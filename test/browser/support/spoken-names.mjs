import assert from 'node:assert/strict';

const SPOKEN = [
  'button',
  'checkbox',
  'radio',
  'slider',
  'textbox',
  'searchbox',
  'combobox',
  'spinbutton',
  'link',
  'listbox',
  'option',
  'application',
];

/** Checks that a screen reader has a name for every control. @returns role and name of each */
export async function assertAllNamed(page, below = null) {
  const names = await spokenNames(page, below);
  assert.deepEqual(
    names.filter(({ name }) => name.trim() === ''),
    [],
  );
  return names;
}

/**
 * What a screen reader says of the controls of a page: role and name of each.
 * @param below selector of the part that is listened to; without one the whole page
 */
async function spokenNames(page, below) {
  const client = await page.context().newCDPSession(page);
  const nodes = below ? await nodesBelow(client, below) : (await client.send('Accessibility.getFullAXTree')).nodes;
  await client.detach();
  return nodes
    .filter(({ ignored, role }) => !ignored && SPOKEN.includes(role?.value))
    .map(({ role, name }) => ({ role: role.value, name: name?.value ?? '' }));
}

async function nodesBelow(client, selector) {
  const { root } = await client.send('DOM.getDocument', { depth: 0 });
  const { nodeId } = await client.send('DOM.querySelector', { nodeId: root.nodeId, selector });
  return (await client.send('Accessibility.queryAXTree', { nodeId })).nodes;
}
