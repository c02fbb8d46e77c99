import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '../appliance/world.ts';
import { fuzz } from './fuzz.ts';
import { bearer, type Call, drawSome, tokens, withApi } from './with-api.ts';

/** Everything that stands in the ledger, and what a person decided. */
function ledgerOf({ ledger }: World): string {
  const decisions = [ledger.decision('pause'), ledger.decision('change-paper')];
  return `${[...ledger.export('jsonl')].join('')}${JSON.stringify(decisions)}`;
}

/** The same call with the owner's token. */
function asOwner(call: Call): Call {
  return (method, path) => call(method, path, { headers: bearer });
}

const seed = 20_261_120;

test('5,000 arbitrary requests without a token yield no 500, no crash and no changed ledger', () =>
  withApi(
    async (call, world, api) => {
      await drawSome(asOwner(call), world);
      const before = ledgerOf(world);
      const statuses = await fuzz(api, world, { seed, requests: 5_000, withToken: 0, allows: () => true });
      assert.equal(ledgerOf(world), before);
      assert.ok((statuses.get(401) ?? 0) > 1_000, 'most must get as far as the door');
      assert.equal(world.appliance.state().name, 'ready');
      assert.equal(api.streams, 0);
    },
    { tokens },
  ));

test('5,000 arbitrary requests with the token, bodies arbitrary too, yield no 500, no crash and no changed ledger', () =>
  withApi(
    async (call, world, api) => {
      await drawSome(asOwner(call), world);
      const before = ledgerOf(world);
      const bodiless = new Set(
        api.routes.filter(({ method, body }) => method === 'post' && body === undefined).map(({ path }) => path),
      );
      const allows = (method: string, path: string) => method !== 'POST' || !bodiless.has(path);
      const statuses = await fuzz(api, world, { seed: seed + 1, requests: 5_000, withToken: 0.95, allows });
      assert.equal(ledgerOf(world), before);
      assert.ok((statuses.get(422) ?? 0) > 300, 'many must get as far as the forms');
      assert.ok((statuses.get(200) ?? 0) > 300, 'and some must be answered');
    },
    { tokens },
  ));
