/** Signing in to a live over the API: an address goes out, and what comes of it is taken. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignInUnderWay } from '../../src/domain/live-source.ts';
import { withApi } from './with-api.ts';

const post = (body: object) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

test('an address is given to whoever asks, and its answer signs in; what is no answer is refused with its reason', () =>
  withApi(
    async (call, world) => {
      const taken: string[] = [];
      const fault = { code: 'sign-in-no-code', what: 'It holds no code.', remedy: 'Paste all of it.' };
      const underWay: SignInUnderWay = {
        address: 'https://platform.example/authorize?state=1',
        async take(answer) {
          taken.push(answer);
          return answer === 'right' ? { ok: true } : { ok: false, fault };
        },
      };
      Object.assign(world.source, { signIn: async (name: string) => (name === 'donations' ? underWay : null) });
      const answer = (live: string, pasted: string) =>
        call('POST', '/live/sign-in/answer', post({ live, answer: pasted }));
      const early = await answer('donations', 'right');
      assert.deepEqual([early.status, taken.length], [409, 0]);
      const unknown = await call('POST', '/live/sign-in', post({ live: 'nobody' }));
      assert.equal(unknown.status, 422);
      const begun = await call('POST', '/live/sign-in', post({ live: 'donations' }));
      assert.deepEqual([begun.status, begun.json], [200, { address: underWay.address }]);
      const wrong = await answer('donations', 'wrong');
      assert.deepEqual([wrong.status, wrong.json.detail], [422, fault.what]);
      const right = await answer('donations', 'right');
      assert.deepEqual([right.status, right.json.said], [200, 'Signed in to "donations".']);
      assert.equal((await answer('donations', 'right')).status, 409, 'an answer is taken once');
      assert.equal((await answer('donations', 'x'.repeat(5_000))).status, 422);
    },
    { signsIn: true },
  ));

test('a sign-in that cannot begin since the secrets file cannot be read is refused with its reason', () =>
  withApi(
    async (call, world) => {
      const signIn = async () => {
        throw Object.assign(new Error('open /secrets'), { code: 'ENOENT' });
      };
      Object.assign(world.source, { signIn });
      const begun = await call('POST', '/live/sign-in', post({ live: 'tips' }));
      assert.equal(begun.status, 422);
      assert.equal(begun.json.detail, 'The secrets file for "tips" cannot be read: it is not there.');
    },
    { signsIn: true },
  ));

test('where nobody signs in to anything there is no such route', () =>
  withApi(async (call) => {
    assert.equal((await call('POST', '/live/sign-in', post({ live: 'donations' }))).status, 404);
  }));
