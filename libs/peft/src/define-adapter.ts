/** Fills in what most methods have in common. */
import { WeftError } from '@weft/errors';
import type { Adapter, MethodName } from './adapter.ts';

type Optional = 'virtualTokens' | 'frozenWeights' | 'withDropout' | 'prefixValues';

export type AdapterParts = Omit<Adapter, Optional> & Partial<Pick<Adapter, Optional>>;

export function defineAdapter(parts: AdapterParts): Adapter {
  const adapter: Adapter = {
    virtualTokens: 0,
    frozenWeights: () => new Map(),
    prefixValues: () => null,
    withDropout(dropout) {
      if (dropout === 0) return adapter;
      throw noDropout(parts.method, dropout);
    },
    ...parts,
  };
  return adapter;
}

function noDropout(method: MethodName, dropout: number): WeftError {
  return new WeftError({
    code: 'PEFT_NO_DROPOUT',
    kind: 'invalid',
    message: `the method ${method} has no dropout`,
    field: 'dropout',
    value: dropout,
    remedy: 'leave dropout out, or give 0',
  });
}
