import type { VirtualOptions } from './options.ts';

/** Things that go wrong inside a board, switched by tests. */
export interface BoardFaults {
  /** Firmwares that do not say `ok` after `Resend`. */
  omitOkAfterResend: boolean;
  /** `ok` comes without an end of line, so that it glues to what follows. */
  glueOks: boolean;
  /** This many coming oks are not said. */
  loseOks: number;
  /** The firmware hangs: it reads nothing and says nothing. */
  hung: boolean;
}

/** What the board says, kept until it is sent. */
export class BoardOutput {
  readonly faults: BoardFaults = { omitOkAfterResend: false, glueOks: false, loseOks: 0, hung: false };
  private readonly options: VirtualOptions;
  private readonly deliver: (text: string) => void;
  private text = '';

  constructor(options: VirtualOptions, deliver: (text: string) => void) {
    this.options = options;
    this.deliver = deliver;
  }

  say(line: string): void {
    if (this.options.onSay?.(line) === false) return;
    this.text += `${line}\n`;
  }

  /** Says that `line` is done; `blocks` and `lines` are free in the planner and in the queue. */
  sayOk(line: string, blocks: number, lines: number): void {
    if (this.faults.loseOks > 0) {
      this.faults.loseOks -= 1;
      return;
    }
    const number = /^N(-?\d+)/.exec(line)?.[1];
    const advanced = `${number === undefined ? '' : ` N${number}`} P${blocks} B${lines}`;
    const forms = { plain: '', colon: number === undefined ? '' : ` N:${number}`, blank: ' ' };
    const more = this.options.advancedOk ? advanced : forms[this.options.okForm];
    this.text += `ok${more}${this.faults.glueOks ? '' : '\n'}`;
  }

  /** A line that was not taken; gives how many bytes the firmware prints before it listens again. */
  complain(what: string, lastLine: number): number {
    const before = this.text.length;
    this.say(`Error:${what}, Last Line: ${lastLine}`);
    const printed = this.text.length - before;
    this.say(`Resend: ${lastLine + 1}`);
    if (!this.faults.omitOkAfterResend) this.say('ok');
    return printed;
  }

  flush(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') this.deliver(text);
  }

  /** What was not sent yet never is. */
  discard(): void {
    this.text = '';
  }
}
