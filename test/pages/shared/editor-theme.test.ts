import assert from 'node:assert/strict';
import { isDark, shadeOf, shadeOfEditor } from '../../../pages/shared/logic/editor-theme';

describe('the editor’s theme', () => {
  it('is dark by the last background', () => {
    assert.equal(
      isDark([':root{--red-ui-primary-background: #fff}', ':root{--red-ui-primary-background:#1e1e1eff}']),
      true,
    );
    assert.equal(isDark([':root{--red-ui-primary-background:#f3f3f3}']), false);
    assert.equal(isDark(['', 'body{--red-ui-secondary-background:#000}']), null);
    assert.equal(isDark([':root{--red-ui-primary-background:var(--x)}']), null);
  });
});

describe('the shade of a page', () => {
  const shades = ['light', 'dark'] as const;

  it('is what was chosen, whatever editor and system are', () => {
    for (const theme of shades) {
      for (const isDark of [true, false]) {
        for (const chosen of [...shades, null])
          for (const system of [true, false]) assert.equal(shadeOf(theme, { isDark, chosen }, system), theme);
      }
    }
  });

  it('is what was chosen in the editor of Node-RED 5 where nothing was chosen here', () => {
    for (const stored of shades) {
      const chosen = shadeOfEditor({ getItem: (key) => (key === 'view-dark-theme' ? stored : null) });
      for (const system of [true, false]) assert.equal(shadeOf('system', { isDark: false, chosen }, system), stored);
    }
    for (const stored of ['auto', 'pink', null]) assert.equal(shadeOfEditor({ getItem: () => stored }), null);
  });

  it('follows editor and system where nothing was chosen: one dark makes it dark', () => {
    for (const isDark of [true, false]) {
      for (const system of [true, false])
        assert.equal(shadeOf('system', { isDark, chosen: null }, system), isDark || system ? 'dark' : 'light');
    }
  });
});
