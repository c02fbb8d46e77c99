import { applyEdits, modify } from 'jsonc-parser';
import { originalOf } from '../domain/cause.ts';
import type { Fault } from '../domain/fault.ts';
import type { LiveEventKind } from '../domain/live-event.ts';
import type { Log } from '../domain/log.ts';
import { counted, plainText } from '../domain/plain-text.ts';
import type { PointsTerms } from '../domain/points.ts';
import { asPeopleCount, type PlacedFault, problemLines } from '../domain/problems.ts';
import type { RuleDesk, RuleEngine, RulesChanged } from '../domain/rules.ts';
import { ruleEngine } from './engine.ts';
import { liveRuleKinds } from './facts.ts';
import { parseRules, type Rule, type RulesParts, type RulesResult } from './rules-file.ts';
import { ruleTrial } from './trial.ts';

interface RuleDeskDeps {
  /** Where the rules are kept. */
  readonly file: {
    /** Its text, or why it cannot be read. */
    read(): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly rule: string };
    /** Puts a new text in its place, whole or not at all; null, or why it could not. */
    write(text: string): string | null;
  };
  /** The rows of the config, and what else rules may need. */
  readonly rowIds: readonly string[];
  readonly parts?: RulesParts;
  readonly log: Log;
  readonly random: () => number;
  /** Other rules are in force. */
  readonly changed: (desk: RuleDesk) => void;
}

/**
 * Opens the file of rules. A file that is broken at the start leaves none in force, and later on the old ones: gifts are
 * heard and paid all the same.
 */
export function openRuleDesk(deps: RuleDeskDeps): RuleDesk {
  const desk = new FileOfRules(deps);
  desk.reload();
  return desk;
}

class FileOfRules implements RuleDesk {
  readonly #deps: RuleDeskDeps;
  #rules: readonly Rule[] = [];
  #engine: RuleEngine = ruleEngine([]);
  #kinds: readonly LiveEventKind[] = [];
  #fault: Fault | null = null;

  constructor(deps: RuleDeskDeps) {
    this.#deps = deps;
  }

  engine(): RuleEngine {
    return this.#engine;
  }

  kinds(): readonly LiveEventKind[] {
    return this.#kinds;
  }

  list() {
    return this.#rules.map(({ name, enabled, on, note, written }) => ({ name, enabled, on, note, rule: written }));
  }

  fault(): Fault | null {
    return this.#fault;
  }

  trial(terms: PointsTerms | null) {
    return ruleTrial(this.#rules, this.#deps.random, terms);
  }

  reload(): RulesChanged {
    const found = this.#deps.file.read();
    const read = found.ok ? this.#parse(found.text) : broken(found.rule);
    return this.#takeOver(read);
  }

  replaceAll(rules: readonly unknown[]): RulesChanged {
    return this.#write(`${JSON.stringify({ version: 1, rules }, null, 2)}\n`);
  }

  put(name: string, rule: Readonly<Record<string, unknown>>): RulesChanged {
    return this.#edit((rules) => {
      const index = rules.findIndex((each) => each.name === name);
      return { path: ['rules', index < 0 ? rules.length : index], value: { ...rule, name }, isNew: index < 0 };
    });
  }

  remove(name: string): RulesChanged | null {
    const now = this.#readNow();
    if (now.ok && !now.rules.some((rule) => rule.name === name)) return null;
    return this.#edit((rules) => {
      return { path: ['rules', rules.findIndex((each) => each.name === name)], value: undefined, isNew: false };
    });
  }

  #parse(text: string): RulesResult {
    const { rowIds, parts } = this.#deps;
    return parseRules(text, rowIds, parts);
  }

  #readNow(): RulesResult & { readonly text?: string } {
    const found = this.#deps.file.read();
    return found.ok ? { ...this.#parse(found.text), text: found.text } : broken(found.rule);
  }

  /** Changes one place of the file; its neighbours may be put on other lines, and a note between goes with what goes. */
  #edit(
    what: (rules: readonly Rule[]) => { readonly path: (string | number)[]; readonly value: unknown; isNew: boolean },
  ): RulesChanged {
    const now = this.#readNow();
    if (!now.ok || now.text === undefined) return this.#takeOver(now);
    const { path, value, isNew } = what(now.rules);
    const formattingOptions = { insertSpaces: true, tabSize: 2 };
    return this.#write(
      applyEdits(now.text, modify(now.text, path, value, { formattingOptions, isArrayInsertion: isNew })),
    );
  }

  /** A text that is sound takes the place of the file; another one changes nothing. */
  #write(text: string): RulesChanged {
    const next = this.#parse(text);
    if (!next.ok) return { ok: false, isDisk: false, fault: rulesFault(next.problems) };
    const trouble = this.#deps.file.write(text);
    return trouble === null ? this.#takeOver(next) : { ok: false, isDisk: true, fault: unwritten(trouble) };
  }

  #takeOver(next: RulesResult): RulesChanged {
    const { log, changed } = this.#deps;
    if (!next.ok) {
      const fault = rulesFault(next.problems);
      if (fault.what !== this.#fault?.what) log.warn(`${fault.what} ${fault.remedy}`);
      this.#fault = fault;
      return { ok: false, isDisk: false, fault };
    }
    this.#fault = null;
    this.#rules = next.rules;
    this.#engine = this.#reporting(ruleEngine(next.rules));
    const on = next.rules.filter(({ enabled }) => enabled);
    const kinds = liveRuleKinds.filter((kind) => on.some((rule) => rule.on === kind));
    this.#kinds = on.some((rule) => rule.on === 'likes') ? [...kinds, 'like'] : kinds;
    log.info(`The rules are loaded: ${counted(next.rules.length, 'rule')}, ${on.length} of them switched on.`);
    changed(this);
    return { ok: true, rules: next.rules.length };
  }

  /** The same rules; one that cannot be judged is reported once. */
  #reporting(engine: RuleEngine): RuleEngine {
    const reported = new Set<string>();
    return {
      ...engine,
      matching: (event, person, failed) =>
        engine.matching(event, person, (rule, error) => {
          const { log } = this.#deps;
          if (!reported.has(rule.name)) log.error(`Rule "${rule.name}" cannot be judged, and does not fire.`);
          log.debug(`Rule "${rule.name}" was not judged: ${originalOf(error)}`);
          reported.add(rule.name);
          failed(rule, error);
        }),
    };
  }
}

function broken(rule: string): RulesResult {
  return { ok: false, problems: [{ place: 'the file', value: '', rule }] };
}

/** Looks at a text of rules: how many there are, or all that is wrong with them, in lines for a person. */
export function checkRules(text: string, rowIds: readonly string[], parts: RulesParts = {}) {
  const read = parseRules(text, rowIds, parts);
  if (!read.ok) return { ok: false as const, lines: ruleLines(read.problems) };
  const enabled = read.rules.filter((rule) => rule.enabled).length;
  return { ok: true as const, rules: read.rules.length, enabled };
}

function ruleLines(problems: readonly PlacedFault[]): readonly string[] {
  return problemLines(problems, ({ place, value, rule, line }) => {
    const before = line === undefined || place.startsWith('line ') ? '' : `line ${line}: `;
    const where = `${before}${asPeopleCount(place)}`;
    return plainText(`${value === '' ? where : `${where} (${value})`} ${asPeopleCount(rule)}`);
  });
}

function rulesFault(problems: readonly PlacedFault[]): Fault {
  return {
    code: 'rules-invalid',
    what: `The rules are not valid: ${ruleLines(problems).join('; ')}.`,
    remedy: 'Correct them and load them again; until then the old rules are used.',
  };
}

function unwritten(why: string): Fault {
  const remedy = 'Give the service the right to write it, or repair the disk; until then the old rules are used.';
  return { code: 'rules-unwritten', what: `The file of rules cannot be written: ${why}.`, remedy };
}
