import assert from 'node:assert/strict';
import { type Config, type ConfigProblem, parseConfig } from '../../src/config/load.ts';
import { smallestConfig } from './texts.ts';

/** The config of a text that is sound. */
export function configOf(text: string): Config {
  const result = parseConfig(text, 'livepen.toml');
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

/** What is wrong with a text. */
export function problemsOf(text: string, options: Parameters<typeof parseConfig>[2] = {}): readonly ConfigProblem[] {
  const result = parseConfig(text, 'livepen.toml', options);
  assert.ok(!result.ok);
  return result.problems;
}

/** The problems that `lines` add to the smallest config, without its section headings. */
export function problemsWith(lines: string): string[] {
  return problemsOf(`${smallestConfig}\n${lines}`).map(({ place, value, rule }) => `${place} | ${value} | ${rule}`);
}
