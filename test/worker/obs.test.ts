import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/system/clock.ts';
import { obsOutlet } from '../../src/worker/outlets/obs.ts';
import { ObsInSoftware } from './obs-in-software.ts';
import { fastClock, outletContract } from './outlet-contract.ts';
import { task } from './tasks.ts';

const password = 'a-secret-of-obs';
const never = new AbortController().signal;

async function opened(context: TestContext, clock = fastClock) {
  const obs = new ObsInSoftware(password);
  await obs.become('takes');
  const outlet = obsOutlet({ address: obs.address, password }, clock);
  context.after(async () => {
    outlet.close();
    await obs.become('gone');
  });
  return { obs, outlet };
}

outletContract(
  'obs',
  async (context) => {
    const { obs, outlet } = await opened(context);
    return {
      outlet,
      taskOf: (text: string) => task('obs', { request: 'SetCurrentProgramScene', data: { sceneName: text } }),
      received: () => obs.asked.map(({ requestData }) => String(requestData.sceneName)),
      become: (mood: Parameters<ObsInSoftware['become']>[0]) => obs.become(mood),
      secrets: [password],
    };
  },
  ['slow', 'hangs', 'refuses', 'gone'],
);

test('a wrong password is reported, and tried no second time before a minute is over', async (context) => {
  const { obs, outlet } = await opened(context, systemClock());
  await obs.become('forbids');
  const scene = task('obs', { request: 'SetCurrentProgramScene', data: { sceneName: 'Live' } });
  for (let n = 0; n < 5; n++) {
    const sent = await outlet.send(scene, never);
    assert.ok(!sent.ok && sent.fault.code === 'outlet-password', JSON.stringify(sent));
    assert.ok(!JSON.stringify(sent).includes(password));
  }
  assert.equal(obs.logins, 1);
});

test('what OBS wants in another form than rules write it gets in its own', async (context) => {
  const { obs, outlet } = await opened(context);
  const requests: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['SetSceneItemEnabled', { sceneName: 'Live', sourceName: 'Rose', enabled: false }],
    ['SetInputSettings', { inputName: 'Thanks', text: 'Anna' }],
    ['TriggerMediaInputAction', { inputName: 'Horn' }],
    ['StartRecord', {}],
  ];
  for (const [request, data] of requests)
    assert.deepEqual(await outlet.send(task('obs', { request, data }), never), { ok: true });
  assert.deepEqual(
    obs.asked.map(({ requestType, requestData }) => [requestType, requestData]),
    [
      ['GetSceneItemId', { sceneName: 'Live', sourceName: 'Rose' }],
      ['SetSceneItemEnabled', { sceneName: 'Live', sceneItemId: 7, sceneItemEnabled: false }],
      ['SetInputSettings', { inputName: 'Thanks', inputSettings: { text: 'Anna' }, overlay: true }],
      ['TriggerMediaInputAction', { mediaAction: 'OBS_WEBSOCKET_MEDIA_INPUT_ACTION_RESTART', inputName: 'Horn' }],
      ['StartRecord', {}],
    ],
  );
  assert.equal(obs.connections, 1);
});

test('what is not listed is not asked of OBS', async (context) => {
  const { obs, outlet } = await opened(context);
  for (const request of ['RemoveScene', 'toString', 'SetStreamServiceSettings', '']) {
    const sent = await outlet.send(task('obs', { request, data: {} }), never);
    assert.ok(!sent.ok && sent.kind === 'refused', request);
  }
  assert.equal(obs.connections, 0);
});
