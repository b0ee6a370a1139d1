import type { CommandContext } from '../context.ts';
import { optionError } from '../options/option-errors.ts';
import type { GivenOptions } from './command.ts';

export interface CommandWords {
  /** As typed, e.g. `model pull`. */
  readonly name: string;
  readonly flags: readonly string[];
}

/** A script for the shell: `source <(weft completion bash)`. */
export function completionScript(shell: string, commands: readonly CommandWords[]): string | null {
  const first = [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))].join(' ');
  const second = commands
    .filter(({ name }) => name.startsWith('model '))
    .map(({ name }) => name.split(' ')[1]);
  const cases = commands
    .map(({ name, flags }) => `    '${name}'|'${name} '*) words='${flags.join(' ')}' ;;`)
    .join('\n');
  const body = `_weft() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=''
  local line="\${COMP_WORDS[*]:1:COMP_CWORD-1}"
  case "$line" in
    '') words='${first} --help --version' ;;
    model) words='${second.join(' ')}' ;;
${cases}
  esac
  if [[ "$current" != -* && "$line" != '' && "$line" != model ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o filenames -F _weft weft
`;
  if (shell === 'bash') return body;
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${body}` : null;
}

export function makeCompletion(commands: () => readonly CommandWords[]) {
  return async ({ operands }: GivenOptions, { output }: CommandContext): Promise<void> => {
    const [shell = ''] = operands;
    const script = completionScript(shell, commands());
    if (script !== null) return output.piece(script);
    throw optionError({
      code: 'SHELL_UNKNOWN',
      message: `there is no completion for the shell '${shell}'`,
      field: 'SHELL',
      value: shell,
      remedy: 'Name bash or zsh.',
    });
  };
}
