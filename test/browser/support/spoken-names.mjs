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

/** What a screen reader says of the controls of a page: role and name of each. */
export async function spokenNames(page) {
  const client = await page.context().newCDPSession(page);
  const { nodes } = await client.send('Accessibility.getFullAXTree');
  await client.detach();
  return nodes
    .filter(({ ignored, role }) => !ignored && SPOKEN.includes(role?.value))
    .map(({ role, name }) => ({ role: role.value, name: name?.value ?? '' }));
}
