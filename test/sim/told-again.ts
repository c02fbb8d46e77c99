import type { SimMessage } from './wire-form.ts';

/** A frame that is told again comes under another message id, unless it is a whole gift of its own. */
export function renamed(message: SimMessage, nextId: () => string): SimMessage {
  if (message.method !== 'WebcastGiftMessage' || message.data.groupId === '0') return message;
  const { data } = message;
  return { ...message, data: { ...data, common: { ...data.common, msgId: nextId() } } };
}
