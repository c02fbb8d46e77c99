import { decimalsOf } from '../../domain/money.ts';
import { plainText } from '../../domain/plain-text.ts';
import { hasFields } from '../connection/json.ts';
import type { HeardBody } from '../connection/session.ts';

/** What a donation says, as far as it can be read. */
interface Donation {
  readonly id: string;
  /** The event of it. */
  readonly body: HeardBody;
}

/** `what` is wrong with it, in words. */
type DonationResult =
  | { readonly ok: true; readonly donation: Donation }
  | { readonly ok: false; readonly what: string };

const idMax = 20;
/** A giver types a name of any length. */
const nameLettersMax = 100;
/** More of a text is not even looked at. */
const textLettersMax = 4_000;

/**
 * Reads a donation, be it of the socket or of the list. `account` is who gets it; one for somebody else is none. Texts are
 * cut, and not refused: money hangs on them.
 */
export function readDonation(given: unknown, account: string): DonationResult {
  if (!hasFields(given)) return { ok: false, what: 'a donation has no fields' };
  const id = idOf(given.id);
  if (id === null) return { ok: false, what: 'a donation has no id' };
  const recipient = hasFields(given.recipient) ? idOf(given.recipient.user_id) : null;
  if (recipient !== null && recipient !== account)
    return { ok: false, what: `donation ${id} is for another recipient` };
  const currency = typeof given.currency === 'string' ? given.currency.trim().toUpperCase() : '';
  if (!/^[A-Z]{3}$/.test(currency)) return { ok: false, what: `donation ${id} has no currency of three letters` };
  const amountMinor = minorUnits(given.amount, currency);
  if (amountMinor === null) return { ok: false, what: `donation ${id} has no amount above nothing` };
  const own = decimalText(given.amount_in_user_currency);
  const isAudio = given.message_type === 'audio';
  const name = typeof given.username === 'string' ? cut(given.username, nameLettersMax) : '';
  return {
    ok: true,
    donation: {
      id,
      body: {
        kind: 'donation',
        id,
        atMs: momentOf(given.created_at),
        // Givers have a name and no number: who types the same is taken for the same.
        user: name === '' ? null : { id: name, name },
        payload: {
          amountMinor,
          currency,
          ...(own === null ? {} : { ownAmount: own }),
          text: isAudio ? '' : messageOf(given.message),
          isAudio,
        },
      },
    },
  };
}

/** A moment as the platform writes it, `2026-08-19 12:00:00` in UTC; null where it is none. */
export function momentOf(written: unknown): number | null {
  if (typeof written !== 'string') return null;
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(written) ?? [];
  const ms = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}

/** An id is a whole number, be it as a number or as text; it is kept as text, in one form. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? String(value) : null;
  const isWhole = typeof value === 'string' && value.length <= idMax && /^\d+$/.test(value);
  return isWhole ? value.replace(/^0+(?=\d)/, '') : null;
}

/** Decimals, be they a number or text; null for all else, and for what is too long to be money. */
function decimalText(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  const [, whole = '', part = ''] = /^(\d{1,12})(?:\.(\d{1,20}))?$/.exec(text) ?? [];
  if (whole === '') return null;
  const digits = part.slice(0, 6).replace(/0+$/, '');
  return `${whole}${digits === '' ? '' : `.${digits}`}`;
}

/** Whole smallest units; what is smaller than one counts as a whole one, so that no giver gets less than is due. */
function minorUnits(value: unknown, currency: string): number | null {
  const text = decimalText(value);
  if (text === null) return null;
  const [whole = '', part = ''] = text.split('.');
  const places = decimalsOf(currency);
  const units = Number(`${whole}${part.slice(0, places).padEnd(places, '0')}`);
  const minor = units + (/[1-9]/.test(part.slice(places)) ? 1 : 0);
  return minor > 0 ? minor : null;
}

/** One client has met the text "null" where there is no message. */
function messageOf(value: unknown): string {
  return typeof value === 'string' && value !== 'null' ? value.slice(0, textLettersMax) : '';
}

function cut(text: string, letters: number): string {
  return [...plainText(text.slice(0, textLettersMax)).trim()].slice(0, letters).join('');
}
