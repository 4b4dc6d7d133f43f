import assert from 'node:assert/strict';
import { isDark, shadeOf } from '../../../pages/shared/logic/editor-theme';

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
  it('is what was chosen, whatever editor and system are', () => {
    for (const theme of ['light', 'dark'] as const) {
      for (const editor of [true, false])
        for (const system of [true, false]) assert.equal(shadeOf(theme, editor, system), theme);
    }
  });

  it('follows editor and system where nothing was chosen: one dark makes it dark', () => {
    assert.equal(shadeOf('system', false, false), 'light');
    assert.equal(shadeOf('system', true, false), 'dark');
    assert.equal(shadeOf('system', false, true), 'dark');
    assert.equal(shadeOf('system', true, true), 'dark');
  });
});
