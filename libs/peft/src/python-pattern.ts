/** PEFT's patterns are Python's regular expressions; these are what differs from ours, translated. */
import { WeftError } from '@weft/errors';

/**
 * The pattern for a whole name (`re.fullmatch`), after `before`, itself a pattern.
 *
 * @throws WeftError `PEFT_PATTERN_INVALID`.
 */
export function wholeName(pattern: string, field: string, before = ''): RegExp {
  return compile(`^${before}(?:${translate(pattern)})$`, pattern, field);
}

/** The number after a word that is a pattern, the first there is. @throws WeftError `PEFT_PATTERN_INVALID`. */
export function layerNumber(word: string, field: string): RegExp {
  return compile(`^(?:.*?\\.)?(?:${translate(word)})\\.(\\d+)\\.`, word, field);
}

function compile(expression: string, pattern: string, field: string): RegExp {
  try {
    return new RegExp(expression, 'u');
  } catch (cause) {
    throw new WeftError({
      code: 'PEFT_PATTERN_INVALID',
      kind: 'invalid',
      message: `${field}: '${pattern}' is not a regular expression`,
      field,
      value: pattern,
      remedy: 'give a valid regular expression, or plain module names',
      cause,
    });
  }
}

/** Named groups, anchors of the whole text, and escapes of characters that need none. */
function translate(pattern: string): string {
  return pattern
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\[Zz]/g, '$')
    .replace(/\\([-_ '"#%&,:;<=>@`~!])/g, (_, character: string) =>
      character === '-' ? '\\x2d' : character,
    );
}
