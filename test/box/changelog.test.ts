import assert from 'node:assert/strict';
import { test } from 'node:test';
import { released } from '../../deploy/deb/changelog.ts';

const head = '# Changelog\n\n';

test('a release takes what stood under Unreleased', () => {
  assert.equal(
    released(
      `${head}## [Unreleased]\n\n### Added\n- A pen.\n\n## [0.1.0] - 2026-01-01\n- A box.\n`,
      '0.2.0',
      '2026-01-31',
    ),
    `${head}## [Unreleased]\n\n## [0.2.0] - 2026-01-31\n\n### Added\n- A pen.\n\n## [0.1.0] - 2026-01-01\n- A box.\n`,
  );
});

test('a version that the changelog has already stays as it is', () => {
  const text = `${head}## [Unreleased]\n- More.\n\n## [0.1.0] - 2026-01-01\n- A box.\n`;
  assert.equal(released(text, '0.1.0', '2026-01-31'), text);
});

test('a version of which the changelog says nothing is none', () => {
  assert.equal(released(`${head}## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n- A box.\n`, '0.2.0', '2026-01-31'), null);
  assert.equal(released(head, '0.2.0', '2026-01-31'), null);
});
