/** What a machine is called by Debian, by Node and by compilers. */
export interface Arch {
  readonly debian: 'arm64' | 'amd64';
  readonly node: 'arm64' | 'x64';
  readonly triplet: string;
  /** What xz does to a program first, so that it packs better; null where a dpkg of some years ago could not read it. */
  readonly xzFilter: string | null;
}

export const arches: readonly Arch[] = [
  { debian: 'arm64', node: 'arm64', triplet: 'aarch64-linux-gnu', xzFilter: null },
  { debian: 'amd64', node: 'x64', triplet: 'x86_64-linux-gnu', xzFilter: '--x86' },
];
