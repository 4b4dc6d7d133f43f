import assert from 'node:assert/strict';
import { isDark } from '../../../pages/shared/logic/editor-theme';

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
