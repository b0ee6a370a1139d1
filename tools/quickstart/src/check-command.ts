import { kubectlVerbs, type VerbRule } from './kubectl-grammar.ts';

/** Splits as a shell would: blanks part words, single quotes keep them. */
function shellWords(command: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*((?:[^\s'"]|'[^']*')+)/y;
  let end = 0;
  for (let match = pattern.exec(command); match !== null; match = pattern.exec(command)) {
    words.push((match[1] ?? '').replaceAll("'", ''));
    end = pattern.lastIndex;
  }
  return end === command.length ? words : undefined;
}

function findVerb(words: readonly string[]): { readonly name: string; readonly rule: VerbRule } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ');
    const rule = kubectlVerbs[name];
    if (rule !== undefined) return { name, rule };
  }
  return undefined;
}

interface Arguments {
  readonly positionals: string[];
  readonly flags: Set<string>;
}

/** Returns what is wrong with the first bad flag, or the sorted arguments. */
function readArguments(words: readonly string[], rule: VerbRule): Arguments | string {
  const parsed: Arguments = { positionals: [], flags: new Set() };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (!word.startsWith('-')) {
      parsed.positionals.push(word);
      continue;
    }
    const [flag = '', ...rest] = word.split('=');
    const allowed = rule.flags[flag];
    if (allowed === undefined) return `unknown flag ${flag}`;
    if (parsed.flags.has(flag)) return `flag ${flag} given twice`;
    parsed.flags.add(flag);
    if (allowed === true) {
      if (rest.length > 0) return `flag ${flag} takes no value`;
      continue;
    }
    const value = flag.startsWith('--') ? rest.join('=') : words[++index];
    if (value === undefined || !allowed.test(value)) return `flag ${flag} has the bad value "${value}"`;
  }
  return parsed;
}

/** Returns why `command` is no valid kubectl command of our grammar, or undefined where it is one. */
export function findCommandFault(command: string): string | undefined {
  const words = shellWords(command);
  if (words === undefined) return 'open quote or unsupported character';
  if (words[0] !== 'kubectl') return 'does not start with kubectl';
  if (words.join(' ').length !== command.replaceAll("'", '').length)
    return 'more than one blank between words';
  const verb = findVerb(words.slice(1));
  if (verb === undefined) return `unknown verb ${words[1]}`;
  const { rule } = verb;
  const rest = words.slice(1 + verb.name.split(' ').length);
  const dashes = rest.indexOf('--');
  const program = dashes < 0 ? [] : rest.slice(dashes + 1);
  if (dashes >= 0 && (rule.program === undefined || program.length === 0)) return 'unexpected --';
  if (rule.program === 'required' && program.length === 0) return 'no program after --';
  const parsed = readArguments(dashes < 0 ? rest : rest.slice(0, dashes), rule);
  if (typeof parsed === 'string') return parsed;
  const positionals = parsed.positionals.join(' ');
  if (!rule.positionals.test(positionals)) return `${verb.name} does not take "${positionals}"`;
  if (rule.needs !== undefined && !rule.needs.some((flag) => parsed.flags.has(flag))) {
    return `${verb.name} needs ${rule.needs.join(' or ')}`;
  }
  return undefined;
}
