import * as v from 'valibot';
import { type CommandRefused, type CommandResult, said } from '../appliance/command-result.ts';
import type { Appliance } from '../appliance/contract.ts';
import type { Reload } from '../appliance/gift-book.ts';
import { originalOf } from '../domain/cause.ts';
import { plainText } from '../domain/plain-text.ts';
import { amount, giftName, reason, rowName, saidForm, wholeText } from './forms.ts';
import { type ApiOptions, Refusal, type Route, route } from './route.ts';

const mapped = v.object({ said: v.string(), gifts: v.pipe(v.number(), v.integer()) });
const count = v.optional(amount, 1);

/** A test gift as a request names it: by row, by the id or name that the gift map knows, or by its money. */
const testGift = v.union(
  [
    v.strictObject({ row: rowName, count }),
    v.strictObject({ gift: giftName, count }),
    v.strictObject({ donation: v.pipe(v.string(), v.maxLength(40)) }),
    v.strictObject({ tip: v.number() }),
  ],
  'must be {"row": …, "count": …}, {"gift": …, "count": …}, {"donation": "5.00 EUR"} or {"tip": 25}',
);

/**
 * After three seconds without an answer a person takes a stop for failed, and the plotter may need longer to come to
 * rest: so soon there is an answer, ms.
 */
const stopAnsweredWithinMs = 1_500;
const isStopping =
  'The stop was sent to the plotter; within a few seconds it stands still and raises the pen. If it still moves, cut the power of its motors.';

const refusesNow = { 409: 'Refused at this moment, since it would do harm or make no sense; with the reason.' };
/** Why a command with input is refused. */
export const refusesInput = { ...refusesNow, 422: 'What was asked for makes no sense; with the reason.' };

type Timing = Pick<ApiOptions, 'clock' | 'log'>;

/** Routes that change something. */
export function commandRoutes(
  appliance: Appliance,
  options: Pick<ApiOptions, 'homes' | 'switchesLives' | 'signsIn'> & Timing,
): readonly Route[] {
  return [
    ...machineRoutes(appliance, options),
    ...(options.switchesLives ? [liveRoute(appliance)] : []),
    ...(options.signsIn ? signInRoutes(appliance) : []),
    ...giftRoutes(appliance),
    ...bookRoutes(appliance),
  ];
}

/** Paper, pen and plotter. */
function machineRoutes(appliance: Appliance, options: Pick<ApiOptions, 'homes'> & Timing): readonly Route[] {
  const { operator } = appliance;
  return [
    plain(appliance, '/paper/changed', 'The paper was changed: open a fresh sheet', () => operator.paperChanged()),
    plain(appliance, '/paper/change', 'I want to change the paper: finish what is planned and park', () =>
      operator.changePaper(),
    ),
    plain(appliance, '/pen/changed', 'A fresh pen is in the holder: what it draws is counted from now on', () =>
      operator.penChanged(),
    ),
    plain(appliance, '/pause', 'Finish what is planned, lift, park, and wait', () => operator.pause()),
    plain(appliance, '/resume', 'Go on', () => operator.resume()),
    plain(appliance, '/retry', 'Look for the plotter and the live now', () => operator.tryNow()),
    plain(appliance, '/plotter/origin', 'The tip touches the paper on the corner mark', () => operator.confirmOrigin()),
    plain(appliance, '/plotter/origin/right', 'The hovering pen is in the right place', () => operator.confirmHover()),
    plain(appliance, '/plotter/stop', 'Stop at once, and pause', () => soon(options, operator.stopNow())),
    plain(appliance, '/plotter/lift', 'Raise the pen where it is', () => operator.lift()),
    plain(appliance, '/plotter/park', 'Lift, and go where the pen rests', () => operator.park()),
    ...(options.homes
      ? [plain(appliance, '/plotter/home', "Home by the plotter's own switches", () => operator.home())]
      : []),
    withBody(
      appliance,
      '/plotter/jog',
      'Move by mm from where the pen is; at most 50 at a time',
      v.strictObject({ xMm: v.optional(mm(), 0), yMm: v.optional(mm(), 0), zMm: v.optional(mm(), 0) }),
      { xMm: 5, yMm: 0, zMm: 0 },
      ({ xMm, yMm, zMm }) => operator.jog(xMm, yMm, zMm),
    ),
  ];
}

/** Switches one of several lives off for a while, and on again. */
function liveRoute(appliance: Appliance): Route {
  return withBody(
    appliance,
    '/live/switch',
    'Listen to one of the lives, or leave it alone until Livepen restarts',
    v.strictObject({ live: v.pipe(v.string(), v.maxLength(200)), on: v.boolean('must be true or false') }),
    { live: 'the second', on: false },
    ({ live, on }) => appliance.operator.switchLive(live, on),
  );
}

/**
 * Signing in to a live from a browser on any device: the platform sends the browser to an address that it cannot open,
 * and a person brings that address back here.
 */
function signInRoutes(appliance: Appliance): readonly Route[] {
  const { operator } = appliance;
  const live = v.pipe(v.string(), v.maxLength(200));
  const begun = v.object({ address: v.pipe(v.string(), v.description('To be opened in a browser.')) });
  return [
    route({
      method: 'post',
      path: '/live/sign-in',
      summary: 'Begin to sign in to a live: the address to open in a browser',
      admits: 'owner',
      body: v.strictObject({ live }),
      example: { live: 'the second' },
      answer: begun,
      refuses: refusesInput,
      handle: async ({ body }) => {
        const result = await operator.beginSignIn(body.live);
        return result.ok ? { address: result.address } : refused(appliance, result);
      },
    }),
    withBody(
      appliance,
      '/live/sign-in/answer',
      'What came of it: the whole address to which the browser was sent, or the code in it',
      v.strictObject({ live, answer: v.pipe(v.string(), v.maxLength(4_000, 'must have at most 4000 letters')) }),
      { live: 'the second', answer: 'http://127.0.0.1:8421/?code=...' },
      ({ live: name, answer: pasted }) => operator.takeSignIn(name, pasted),
    ),
  ];
}

/** The gift map, test gifts, and a past live played again. */
function giftRoutes(appliance: Appliance): readonly Route[] {
  const { operator } = appliance;
  return [
    withBody(
      appliance,
      '/simulate/gift',
      'A test gift: drawn like any other, and shown as a test',
      testGift,
      { gift: 'Rose', count: 3 },
      (gift) => operator.simulateGift(gift),
    ),
    route({
      method: 'post',
      path: '/gifts/reload',
      summary: 'Read the gift map again',
      admits: 'owner',
      answer: mapped,
      refuses: { 422: 'The gift map is broken, and where; the old one stays.' },
      handle: () => reloaded(operator.reloadGifts(), 'The gift map is loaded.'),
    }),
    route({
      method: 'post',
      path: '/gifts/map',
      summary: 'Write into the gift map which rows a gift pays into, filled in that order',
      admits: 'owner',
      body: v.strictObject({ gift: giftName, rows: v.pipe(v.array(rowName), v.minLength(1), v.maxLength(100)) }),
      example: { gift: 'Rose', rows: ['1', '2'] },
      answer: mapped,
      refuses: { 422: 'A row that is not there, or a map that is broken; the old one stays.' },
      handle: ({ body: { gift, rows } }) => reloaded(operator.mapGift(gift, rows), `"${gift}" is mapped.`),
    }),
    route({
      method: 'post',
      path: '/sessions/{id}/replay',
      summary: 'Play a past session again: report what it would credit, or credit it as a replay and draw it',
      admits: 'owner',
      params: v.object({ id: v.pipe(v.string(), v.maxLength(200)) }),
      body: v.strictObject({
        draw: v.optional(v.boolean('must be true or false'), false),
        speed: v.optional(v.pipe(v.number('must be a number'), v.finite('must be a number')), 1),
      }),
      example: { draw: true, speed: 20 },
      answer: saidForm,
      refuses: { ...refusesInput, 404: 'There is no such session.' },
      handle({ params: { id }, body }) {
        const result = operator.replay(id, body);
        if (result.ok || result.fault.code !== 'no-session') return answered(appliance, result);
        return new Refusal(404, result.fault);
      },
    }),
    withBody(
      appliance,
      '/gifts/backfill',
      'Credit the gifts (or the likes, follows, shares, subscriptions) of this live that were not in the map when they came, once',
      v.strictObject({ gift: giftName }),
      { gift: 'Rose' },
      ({ gift }) => operator.backfill(gift),
    ),
  ];
}

/** What a person puts right in the ledger. */
function bookRoutes(appliance: Appliance): readonly Route[] {
  const { operator } = appliance;
  return [
    withBody(
      appliance,
      '/void',
      'Take back strokes that are owed: the newest first, and only what was not handed to the plotter',
      v.strictObject({ row: rowName, count: amount, why: reason }),
      { row: '1', count: 3, why: 'a slip' },
      ({ row, count: strokes, why }) => operator.voidDebt(row, strokes, why),
    ),
    route({
      method: 'post',
      path: '/gifts/{seq}/void',
      summary:
        'Take back what is owed of one gift and of all that rules made due for it: nothing that is drawn, or on its way',
      admits: 'owner',
      params: v.object({ seq: wholeText(1, Number.MAX_SAFE_INTEGER) }),
      body: v.strictObject({ why: reason }),
      example: { why: 'a slip' },
      answer: saidForm,
      refuses: refusesInput,
      handle: ({ params: { seq }, body: { why } }) => answered(appliance, operator.voidGift(seq, why)),
    }),
    withBody(
      appliance,
      '/redraw',
      'Strokes that have no ink are owed again; of the open sheet, unless `sheet` names another',
      v.strictObject({ row: rowName, from: amount, to: amount, why: reason, sheet: v.optional(amount) }),
      { row: '1', from: 3, to: 7, why: 'the pen was dry' },
      ({ row, from, to, why, sheet }) => operator.redraw(row, from, to, why, sheet),
    ),
    withBody(
      appliance,
      '/pen-dry',
      'The pen was dry: the strokes that were drawn last are owed again',
      v.strictObject({ count: amount }),
      { count: 10 },
      ({ count: strokes }) => operator.penWasDry(strokes),
    ),
    withBody(
      appliance,
      '/credit',
      'Credit strokes by hand',
      v.strictObject({ row: rowName, count: amount, viewer: v.optional(viewer(), ''), why: reason }),
      { row: '1', count: 5, viewer: 'somebody', why: 'a promise' },
      ({ row, count: strokes, viewer: name, why }) => operator.credit(row, strokes, name, why),
    ),
    withBody(
      appliance,
      '/forget',
      "Take a viewer's name out of the ledger and its backups",
      v.strictObject({ user: v.pipe(viewer(), v.nonEmpty('must not be empty')) }),
      { user: 'somebody' },
      ({ user }) => operator.forget(user),
    ),
    withBody(
      appliance,
      '/report/close',
      'After a live: carry on what is left, or take it back',
      v.strictObject({ how: v.picklist(['carry', 'void'], 'must be carry or void'), why: reason }),
      { how: 'carry', why: 'until next time' },
      ({ how, why }) => operator.closeNight(how, why),
    ),
    withBody(
      appliance,
      '/night/close',
      'The old name of /report/close; it works until December 2027',
      v.strictObject({ how: v.picklist(['carry', 'void'], 'must be carry or void'), why: reason }),
      { how: 'carry', why: 'until next time' },
      ({ how, why }) => operator.closeNight(how, why),
    ),
  ];
}

/** A command without input. */
function plain(
  appliance: Appliance,
  path: string,
  summary: string,
  run: () => CommandResult | Promise<CommandResult>,
): Route {
  return route({
    method: 'post',
    path,
    summary,
    admits: 'owner',
    answer: saidForm,
    refuses: refusesNow,
    handle: async () => answered(appliance, await run()),
  });
}

/** A command with a body. */
function withBody<const B extends v.GenericSchema>(
  appliance: Appliance,
  path: string,
  summary: string,
  body: B,
  example: v.InferInput<B>,
  run: (input: v.InferOutput<B>) => CommandResult | Promise<CommandResult>,
): Route {
  return route({
    method: 'post',
    path,
    summary,
    admits: 'owner',
    body,
    example,
    answer: saidForm,
    refuses: refusesInput,
    handle: async ({ body: input }) => answered(appliance, await run(input as v.InferOutput<B>)),
  });
}

/** The outcome of a stop, or, where that takes longer than people wait for it, that it is on its way. */
function soon({ clock, log }: Timing, stopping: Promise<CommandResult>): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const cancel = clock.after(stopAnsweredWithinMs, () => {
      isOver = true;
      resolve(said(isStopping));
    });
    const fail = (error: unknown) => {
      if (isOver) log.error(`After a stop was answered the service made a mistake: ${originalOf(error)}`);
      reject(error);
    };
    stopping.then(resolve, fail).finally(cancel);
  });
}

/** What a command came to, with the state after it. */
/** The outcome of a command, as it is answered. */
export function answered(appliance: Appliance, result: CommandResult) {
  return result.ok ? { said: result.said, state: appliance.state().name } : refused(appliance, result);
}

function refused(appliance: Appliance, result: CommandRefused): Refusal {
  const state = appliance.state().name;
  return new Refusal(result.refused === 'input' ? 422 : 409, result.fault, { also: { state } });
}

function reloaded(reload: Reload, sentence: string) {
  return reload.ok ? { said: sentence, gifts: reload.gifts } : new Refusal(422, reload.fault);
}

function mm() {
  return v.pipe(v.number('must be a number of mm'), v.finite('must be a number of mm'));
}

function viewer() {
  return v.pipe(
    v.string('must be text'),
    v.trim(),
    v.maxLength(200, 'must have at most 200 letters'),
    v.transform(plainText),
  );
}
