/** Checks a user's options before a model is touched. */
import { WeftError } from '@weft/errors';
import { type AdapterOptions, defaultAdapterOptions, optionsOfMethod } from './adapter-options.ts';
import { isAllLinear } from './targets.ts';

type Option = keyof AdapterOptions;

/** @throws WeftError `PEFT_OPTION_INVALID` or `PEFT_OPTION_UNUSED`, naming the option. */
export function checkAdapterOptions(options: AdapterOptions): void {
  const require = requirement(options);
  const count = 'a whole number from 1 on';
  const positive = 'a number above 0';
  require('rank', isCount(options.rank), count);
  require('alpha', isPositive(options.alpha), positive);
  require('dropout', options.dropout >= 0 && options.dropout < 1, 'at least 0 and below 1');
  require('virtualTokens', isCount(options.virtualTokens), count);
  require('rankPattern', Object.values(options.rankPattern).every(isCount), count);
  require('alphaPattern', Object.values(options.alphaPattern).every(isPositive), positive);
  const areLayers = options.layers?.every((layer) => Number.isSafeInteger(layer) && layer >= 0) ?? true;
  require('layers', areLayers, 'numbers of layers, from 0 on');
  require('targetModules', options.targetModules?.length !== 0, 'names of modules');
  checkTogether(options);
  checkUnused(options);
}

function checkTogether(options: AdapterOptions): void {
  const require = requirement(options);
  const { targetModules, layers, loraBias, initialization } = options;
  const isPattern = typeof targetModules === 'string' && !isAllLinear(targetModules);
  require('layers', layers === null || !isPattern, 'left out beside a pattern of target modules');
  const startsAnew = initialization === 'default';
  require('loraBias', !loraBias || startsAnew, 'left out beside any initialization but default');
}

function checkUnused(options: AdapterOptions): void {
  const used = optionsOfMethod[options.method];
  for (const name of Object.keys(defaultAdapterOptions) as readonly Option[]) {
    const isLeftAlone = JSON.stringify(options[name]) === JSON.stringify(defaultAdapterOptions[name]);
    const isNone = name === 'method' || (name === 'dropout' && options.dropout === 0);
    if (used.has(name) || isLeftAlone || isNone) continue;
    throw new WeftError({
      code: 'PEFT_OPTION_UNUSED',
      kind: 'invalid',
      message: `the method ${options.method} has no option ${name}`,
      field: name,
      value: JSON.stringify(options[name]),
      remedy: `leave it out; ${options.method} takes ${[...used].join(', ') || 'none of the options of adapters'}`,
    });
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function requirement(options: AdapterOptions): (name: Option, holds: boolean, expected: string) => void {
  return (name, holds, expected) => {
    if (holds) return;
    const value = JSON.stringify(options[name]);
    throw new WeftError({
      code: 'PEFT_OPTION_INVALID',
      kind: 'invalid',
      message: `${name} is ${value}; it must be ${expected}`,
      field: name,
      value,
      remedy: `make it ${expected}`,
    });
  };
}
