/**
 * The changelog with what stood under "Unreleased" as that of `version`; the same text when it has that version already.
 * Null when it says nothing about it. `day` is as 2026-01-31.
 */
export function released(changelog: string, version: string, day: string): string | null {
  if (changelog.includes(`\n## [${version}]`)) return changelog;
  const [, notes = ''] = /^## \[Unreleased\]\n([\s\S]*?)(?=^## \[|^\[|$(?![\s\S]))/m.exec(changelog) ?? [];
  if (notes.trim() === '') return null;
  return changelog.replace('## [Unreleased]\n', () => `## [Unreleased]\n\n## [${version}] - ${day}\n`);
}
