/** What stands at the head of livepen-current.toml. */
interface Whereabouts {
  readonly address: string;
  /** Whether only this machine reaches the page. */
  readonly isLocal: boolean;
  /** The page's sign-in link, null where there is none. */
  readonly signIn: string | null;
}

/** The text of livepen-current.toml: the settings in force, and where the page is. */
export function currentText(settings: string, { address, isLocal, signIn }: Whereabouts): string {
  return [
    '# What is in force. Livepen writes this file; changes to it do nothing.',
    '# To change something, save a copy as livepen.toml beside it, edit that one, and start Livepen again.',
    '#',
    `# The page: ${address}/${isLocal ? ' (from this machine only)' : ''}`,
    ...(signIn === null ? [] : [`# Sign in:  ${signIn}`]),
    '',
    settings,
  ].join('\n');
}
