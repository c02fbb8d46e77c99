import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A message as systemd gets it: when it was read, and whether its sender, by whom systemd knows the unit, is there. */
export interface Message {
  readonly atMs: number;
  readonly senderIsThere: boolean;
  readonly lines: readonly string[];
}

export interface NotifySocket {
  /** What NOTIFY_SOCKET must say. */
  readonly name: string;
  readonly messages: Message[];
  /** Resolves with the first message that has this line, also when it came before. */
  line(wanted: string): Promise<Message>;
  close(): Promise<void>;
}

/**
 * Reads datagrams with the credentials of their senders, as systemd does: SO_PASSCRED and recvmsg(2), which Perl has no
 * function for. Prints whether the sender is there, and the message in one line.
 */
const reader = `
use strict;
use Socket;
my ($name, $late) = @ARGV;
$name =~ s/^@/\\0/;
my $recvmsg = {x86_64 => 47, aarch64 => 212}->{(split ' ', \`uname -m\`)[0]};
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die $!;
setsockopt($socket, SOL_SOCKET, 16, 1) or die $!;
bind($socket, pack_sockaddr_un($name)) or die $!;
$| = 1;
print "bound\\n";
while (1) {
  vec(my $ready = '', fileno $socket, 1) = 1;
  select($ready, undef, undef, undef);
  select(undef, undef, undef, $late);
  while (1) {
    my ($text, $control) = ("\\0" x 8192, "\\0" x 64);
    my $parts = pack('P Q', $text, length $text);
    my $header = pack('Q L x4 P Q P Q l x4', 0, 0, $parts, 1, $control, length $control, 0);
    my $length = syscall($recvmsg, fileno $socket, $header, MSG_DONTWAIT);
    last if $length < 0;
    my $pid = unpack('x16 l', $control);
    print -e "/proc/$pid" ? 1 : 0, ' ', substr($text, 0, $length) =~ tr/\\n/\\x1e/r, "\\n";
  }
}
`;

/** A socket that stands for systemd's. `lateMs`: a message waits so long before it is read, with all that came meanwhile. */
export async function notifySocket({
  abstract = false,
  lateMs = 0,
}: {
  readonly abstract?: boolean;
  readonly lateMs?: number;
} = {}): Promise<NotifySocket> {
  const folder = mkdtempSync(join(tmpdir(), 'livepen-notify-'));
  const name = abstract ? `@livepen-${process.pid}-${performance.now()}` : join(folder, 'socket');
  const child: ChildProcess = spawn('perl', ['-e', reader, name, String(lateMs / 1_000)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const messages: Message[] = [];
  const watchers = new Set<() => void>();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((bound) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'bound') return bound();
      const [there = '', ...rest] = line.split(' ');
      messages.push({ atMs: performance.now(), senderIsThere: there === '1', lines: rest.join(' ').split('\u001e') });
      for (const watcher of watchers) watcher();
    });
  });
  return {
    name,
    messages,
    line: (wanted) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find(({ lines }) => lines.includes(wanted));
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    async close() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
