/** How Python writes values as text, which is what templates print. */

/** A value of the template library, as far as printing looks into it. */
export interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (width: number): string => code.toString(16).padStart(width, '0');
  if (escapes[character] !== undefined) return escapes[character];
  if (code <= 0xff) return `\\x${hex(2)}`;
  return code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\p{C}\p{Z}]/gu, (character) =>
    character === ' ' ? ' ' : escaped(character),
  );
  return quote + body.replaceAll(quote, `\\${quote}`) + quote;
}

/** Python's `repr`: as inside a list. */
function pythonRepr(value: RuntimeValue): string {
  return value.type === 'StringValue' ? quoted(String(value.value)) : pythonText(value);
}

const items = (value: RuntimeValue): string[] => (value.value as readonly RuntimeValue[]).map(pythonRepr);

/** Python's `str`. */
export function pythonText(value: RuntimeValue): string {
  switch (value.type) {
    case 'NullValue':
      return 'None';
    case 'UndefinedValue':
      return '';
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False';
    case 'ArrayValue':
      return `[${items(value).join(', ')}]`;
    case 'TupleValue': {
      const inside = items(value);
      return inside.length === 1 ? `(${inside[0]},)` : `(${inside.join(', ')})`;
    }
    case 'ObjectValue':
    case 'KeywordArgumentsValue': {
      const entries = [...(value.value as ReadonlyMap<string, RuntimeValue>)];
      return `{${entries.map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`).join(', ')}}`;
    }
    default:
      return value.toString();
  }
}
