/** What a machine is called by Debian, by Node and by compilers. */
export interface Arch {
  readonly debian: 'arm64' | 'amd64';
  readonly node: 'arm64' | 'x64';
  readonly triplet: string;
}

export const arches: readonly Arch[] = [
  { debian: 'arm64', node: 'arm64', triplet: 'aarch64-linux-gnu' },
  { debian: 'amd64', node: 'x64', triplet: 'x86_64-linux-gnu' },
];
