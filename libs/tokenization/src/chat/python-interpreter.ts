/**
 * The template library, brought to what Jinja does in Python where conversations meet the difference: values print as
 * in Python (`True`, `None`, `['a']`), filters of text take any value as its text, and what an iteration printed
 * before `break` or `continue` stays.
 */

import { Environment, Interpreter, type TemplateEnvironment, type TemplateNode } from './jinja.ts';
import { pythonText, type RuntimeValue } from './python-text.ts';

const bodies = ['body', 'alternate', 'defaultBlock'] as const;

/** These give no value to print, or text already. */
const unprinted = new Set([
  ...['Program', 'Set', 'If', 'For', 'Macro', 'CallStatement', 'FilterStatement'],
  ...['Break', 'Continue', 'Comment', 'StringLiteral'],
]);

/** These take the text of whatever they get. */
const textFilters = new Set(['trim', 'upper', 'lower', 'title', 'capitalize', 'indent', 'replace']);

const printed = 'Printed';
const block = 'Block';

function isPrinted(node: TemplateNode): boolean {
  return !unprinted.has(node.type);
}

/** Marks every block, and every expression that a template prints. Changes the nodes. */
export function prepare(node: TemplateNode): TemplateNode {
  for (const key of bodies) {
    const body = node[key];
    if (!Array.isArray(body) || body.length === 0) continue;
    const items = body.map((item: TemplateNode) => {
      prepare(item);
      return isPrinted(item) ? { type: printed, expression: item } : item;
    });
    node[key] = [{ type: block, items, isIteration: node.type === 'For' && key === 'body' }];
  }
  return node;
}

const textOf = (value: string): RuntimeValue => new Environment().set('text', value);

function filterName(filter: unknown): string {
  const { type, value, callee } = filter as TemplateNode;
  return type === 'CallExpression' ? filterName(callee) : String(value);
}

/** A `break` or `continue` on its way to its loop, with what was printed before it. */
interface Jump {
  readonly signal: unknown;
  readonly isBreak: boolean;
  readonly text: string;
}

export class PythonInterpreter extends Interpreter {
  /** The jump under way. */
  #jump: Jump | null = null;
  /** For each loop that runs: the `break` that ends it before its next iteration. */
  readonly #breaks: unknown[] = [];

  override evaluate(node: TemplateNode | undefined, environment: TemplateEnvironment): RuntimeValue {
    switch (node?.type) {
      case printed:
        return this.#print(node['expression'] as TemplateNode, environment);
      case block:
        return node['isIteration'] === true
          ? this.#iteration(node, environment)
          : this.#block(node, environment);
      case 'For':
        return this.#loop(node, environment);
      case 'Break':
      case 'Continue':
        return this.#startJump(node, environment);
      case 'BinaryExpression':
        if ((node['operator'] as { readonly value: string }).value === '~')
          return this.#join(node, environment);
        break;
      case 'FilterExpression':
        return this.#filter(node, environment);
    }
    return super.evaluate(node, environment);
  }

  #print(expression: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    const value = this.evaluate(expression, environment);
    return value.type === 'StringValue' ? value : textOf(pythonText(value));
  }

  #block(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    let text = '';
    try {
      for (const item of node['items'] as readonly TemplateNode[]) {
        const value = this.evaluate(item, environment);
        if (value.type === 'StringValue') text += String(value.value);
      }
    } catch (error) {
      const jump = this.#jump;
      if (jump !== null && jump.signal === error) this.#jump = { ...jump, text: text + jump.text };
      throw error;
    }
    return textOf(text);
  }

  #startJump(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    try {
      return super.evaluate(node, environment);
    } catch (signal) {
      this.#jump = { signal, isBreak: node.type === 'Break', text: '' };
      throw signal;
    }
  }

  #loop(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    this.#breaks.push(undefined);
    try {
      return super.evaluate(node, environment);
    } finally {
      this.#breaks.pop();
    }
  }

  /** The library drops what an iteration printed before a jump, so that a `break` takes effect one iteration later. */
  #iteration(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    const pending = this.#breaks.at(-1);
    if (pending !== undefined) throw pending;
    try {
      return this.#block(node, environment);
    } catch (error) {
      const jump = this.#jump;
      if (jump === null || jump.signal !== error) throw error;
      this.#jump = null;
      if (jump.isBreak) this.#breaks[this.#breaks.length - 1] = error;
      return textOf(jump.text);
    }
  }

  #join(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    const side = (key: string): string => pythonText(this.evaluate(node[key] as TemplateNode, environment));
    return textOf(side('left') + side('right'));
  }

  #filter(node: TemplateNode, environment: TemplateEnvironment): RuntimeValue {
    const operand = node['operand'] as TemplateNode;
    const name = filterName(node['filter']);
    if (name === 'string') return textOf(pythonText(this.evaluate(operand, environment)));
    const isPlain = operand.type === 'Identifier' || operand.type === 'MemberExpression';
    if (!isPlain || !(textFilters.has(name) || name === 'length')) return super.evaluate(node, environment);
    const value = this.evaluate(operand, environment);
    const isKept = name === 'length' ? value.type !== 'UndefinedValue' : value.type === 'StringValue';
    if (isKept) return super.evaluate(node, environment);
    const literal = { type: 'StringLiteral', value: pythonText(value) };
    return super.evaluate({ ...node, operand: literal } as TemplateNode, environment);
  }
}
