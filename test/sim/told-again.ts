import type { Message } from '../../src/sources/tiktok/message.ts';

/** A frame that is told again comes under another message id, unless it is a whole gift of its own. */
export function renamed(message: Message, nextId: () => string): Message {
  const { content } = message;
  if (content.kind !== 'decoded' || typeof content.data !== 'object' || content.data === null) return message;
  const data: Readonly<Record<string, unknown>> = { ...content.data };
  if (data.groupId === '0') return message;
  const msgId = nextId();
  return {
    ...message,
    msgId,
    content: { kind: 'decoded', data: { ...data, common: { ...Object(data.common), msgId } } },
  };
}
