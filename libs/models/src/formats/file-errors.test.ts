import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isWeftError, WeftError } from '@weft/errors';
import { fileError } from './file-errors.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: failed, write`), { code, syscall: 'write', errno: -1 });
}

test('faults of the system say whose they are: the user’s or the machine’s', () => {
  const cases = { ENOSPC: 'DISK_FULL', EDQUOT: 'DISK_FULL', EIO: 'FILE_FAILED', EMFILE: 'FILE_FAILED' };
  for (const [fault, code] of Object.entries(cases)) {
    const error = fileError('/x/y', 'written', systemError(fault));
    assert.ok(
      isWeftError(error) && error.code === code && error.kind === 'machine' && error.field === '/x/y',
    );
  }
  for (const [fault, code] of Object.entries({ ENOENT: 'FILE_NOT_FOUND', EACCES: 'FILE_FORBIDDEN' })) {
    const error = fileError('/x/y', 'read', systemError(fault));
    assert.ok(
      isWeftError(error) && error.code === code && error.kind === 'invalid' && error.message.includes('/x/y'),
    );
  }
});

test('a real fault of the system is recognised', async () => {
  const cause = await readFile('/no/such/file').catch((error: unknown) => error);
  const error = fileError('/no/such/file', 'read', cause);
  assert.ok(isWeftError(error) && error.code === 'FILE_NOT_FOUND' && error.cause === cause);
});

test('everything else passes as it is', () => {
  const ours = new WeftError({ code: 'X', kind: 'invalid', message: 'x' });
  for (const cause of [ours, AbortSignal.abort().reason, new TypeError('bug'), 'text', null]) {
    assert.equal(fileError('/x', 'read', cause), cause);
  }
});
