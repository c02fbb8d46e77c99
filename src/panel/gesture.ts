/** A press this long is a hold; the light says when it is reached. */
export const holdMs = 2_000;
/** A finger does not stay this long: the button is stuck, or something lies on it. */
export const stuckMs = 30_000;
/** Contacts bounce for a few milliseconds; an end that is not quiet for this long was none. */
export const settleMs = 50;

/** What a driver reports. `found`: the level was looked up, no edge was seen, so nobody knows since when it holds. */
export interface Level {
  readonly down: boolean;
  readonly found: boolean;
}

export type GestureInput =
  | ({ readonly kind: 'level'; readonly atMs: number } & Level)
  /** Time has passed. */
  | { readonly kind: 'time'; readonly atMs: number };

export type GestureState =
  | { readonly kind: 'up' }
  /** The finger is down; `upAtMs` is when the contact opened, null while it is closed. */
  | { readonly kind: 'down'; readonly sinceMs: number; readonly upAtMs: number | null; readonly held: boolean }
  /** Down since before anyone looked: it means nothing until it is released. */
  | { readonly kind: 'ignored'; readonly sinceMs: number }
  | { readonly kind: 'stuck' };

/**
 * `touched`: the finger went down. `held`: it has been down for `holdMs`. `press` and `hold` come when it is up again
 * and mean something; `let-go` ends a touch that means nothing. `stuck` begins a fault, `freed` ends it.
 */
export type Gesture = 'touched' | 'held' | 'press' | 'hold' | 'let-go' | 'stuck' | 'freed';

interface GestureStep {
  readonly state: GestureState;
  readonly gestures: readonly Gesture[];
}

/** Before anything is known of the button. */
export const noGesture: GestureState = { kind: 'up' };

/** Moves on by one input; inputs come in the order of their time. */
export function gestureStep(state: GestureState, input: GestureInput): GestureStep {
  const passed = pass(state, input.atMs);
  if (input.kind === 'time') return passed;
  const next = input.found ? find(passed.state, input) : feel(passed.state, input);
  return { state: next.state, gestures: [...passed.gestures, ...next.gestures] };
}

/** When time alone brings the next step, null when it does not. */
export function dueMs(state: GestureState): number | null {
  switch (state.kind) {
    case 'down':
      if (state.upAtMs !== null) return state.upAtMs + settleMs;
      return state.sinceMs + (state.held ? stuckMs : holdMs);
    case 'ignored':
      return state.sinceMs + stuckMs;
    case 'up':
    case 'stuck':
      return null;
  }
}

/** What has become due by `nowMs`. */
function pass(state: GestureState, nowMs: number): GestureStep {
  if (state.kind === 'ignored' && nowMs >= state.sinceMs + stuckMs)
    return { state: { kind: 'stuck' }, gestures: ['stuck'] };
  if (state.kind !== 'down') return { state, gestures: [] };
  const { sinceMs, upAtMs, held } = state;
  if (upAtMs !== null) {
    if (nowMs < upAtMs + settleMs) return { state, gestures: [] };
    const said: Gesture[] = upAtMs - sinceMs >= holdMs && !held ? ['held'] : [];
    return { state: { kind: 'up' }, gestures: [...said, upAtMs - sinceMs >= holdMs ? 'hold' : 'press'] };
  }
  const said: Gesture[] = !held && nowMs >= sinceMs + holdMs ? ['held'] : [];
  if (nowMs >= sinceMs + stuckMs) return { state: { kind: 'stuck' }, gestures: [...said, 'let-go', 'stuck'] };
  return { state: said.length > 0 ? { ...state, held: true } : state, gestures: said };
}

/** The contact closed or opened. */
function feel(state: GestureState, { down, atMs }: { readonly down: boolean; readonly atMs: number }): GestureStep {
  switch (state.kind) {
    case 'up':
      if (!down) return { state, gestures: [] };
      return { state: { kind: 'down', sinceMs: atMs, upAtMs: null, held: false }, gestures: ['touched'] };
    case 'down':
      return { state: { ...state, upAtMs: down ? null : (state.upAtMs ?? atMs) }, gestures: [] };
    case 'ignored':
      return down ? { state, gestures: [] } : { state: { kind: 'up' }, gestures: [] };
    case 'stuck':
      return down ? { state, gestures: [] } : { state: { kind: 'up' }, gestures: ['freed'] };
  }
}

/** The level was looked up: whatever was under way is not to be trusted. */
function find(state: GestureState, { down, atMs }: { readonly down: boolean; readonly atMs: number }): GestureStep {
  const ended: Gesture[] = state.kind === 'down' ? ['let-go'] : [];
  if (!down) return { state: { kind: 'up' }, gestures: state.kind === 'stuck' ? ['freed'] : ended };
  if (state.kind === 'stuck' || state.kind === 'ignored') return { state, gestures: [] };
  return { state: { kind: 'ignored', sinceMs: atMs }, gestures: ended };
}
