import { fieldsOf, jsonOrNull } from '../connection/json.ts';

/** The subprotocol of Action Cable. The service's guide says that by it a client is known for one. */
export const cableProtocol = 'actioncable-v1-json';

/** It is compared as text, so that it is the same in every frame. */
const gateway = JSON.stringify({ channel: 'GatewayChannel', event_version: 'v2' });

/** Asks for all that happens on the channels that this sign-in may read. */
export const subscribeFrame = JSON.stringify({ command: 'subscribe', identifier: gateway });

/** Has the server do something on the channel that was subscribed; it says nothing when all is well. */
export function performFrame(data: Readonly<Record<string, string>>): string {
  return JSON.stringify({ command: 'message', identifier: gateway, data: JSON.stringify(data) });
}

/** What a server of Action Cable says; `unknown` is left alone, since newer servers say more. */
type CableFrame =
  | { readonly kind: 'welcome' | 'ping' | 'confirmed' | 'rejected' | 'unknown' | 'unreadable' }
  /** It ends the connection, and says whether it is to be tried again. */
  | { readonly kind: 'disconnect'; readonly reason: string; readonly reconnect: boolean }
  | { readonly kind: 'message'; readonly message: unknown }
  /** An order was refused. */
  | { readonly kind: 'error'; readonly what: string };

/** Reads one frame; whatever it is, it throws nothing. */
export function readCable(text: string): CableFrame {
  const said = jsonOrNull(text);
  if (said === null) return { kind: 'unreadable' };
  const { type, message, identifier, reason, reconnect, error } = fieldsOf(said);
  switch (type) {
    case 'welcome':
    case 'ping':
      return { kind: type };
    case 'confirm_subscription':
      return { kind: isGateway(identifier) ? 'confirmed' : 'unknown' };
    case 'reject_subscription':
      return { kind: isGateway(identifier) ? 'rejected' : 'unknown' };
    case 'disconnect':
      return { kind: 'disconnect', reason: typeof reason === 'string' ? reason : '', reconnect: reconnect !== false };
    case undefined:
      break;
    default:
      return { kind: 'unknown' };
  }
  if (message !== undefined) return { kind: 'message', message };
  return typeof error === 'string' ? { kind: 'error', what: error } : { kind: 'unknown' };
}

/** By what it says, whatever the order of its keys: servers write it anew. */
function isGateway(identifier: unknown): boolean {
  return typeof identifier === 'string' && fieldsOf(jsonOrNull(identifier)).channel === 'GatewayChannel';
}
