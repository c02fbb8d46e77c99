import type { ApiOptions } from '../api/app.ts';
import type { Config } from '../config/load.ts';
import { hostsOf, openTokens } from './tokens.ts';
import { programVersion } from './version.ts';

/** What the API is by a config: whom it lets in, and which of its optional parts there are. */
export function apiOptionsOf(config: Config, parts: Pick<ApiOptions, 'clock' | 'log' | 'vitals'>): ApiOptions {
  return {
    ...parts,
    version: programVersion(),
    tokens: openTokens(config),
    hosts: hostsOf(config.api),
    allowOrigins: config.api.allowOrigins,
    homes: config.plotter.origin === 'endstops',
  };
}
