import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextStream } from './text-stream.ts';

const letters = { push: (id: number): string => String.fromCharCode(id), flush: (): string => '' };

function stream(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly stopped: boolean } {
  const output = new TextStream(letters, stops);
  const parts = [...text].map((letter) => output.push(letter.charCodeAt(0)));
  return { text: parts.join('') + output.end(), stopped: output.stopped };
}

test('text passes whole where no stop string comes', () => {
  assert.deepEqual(stream('hello world', ['xyz']), { text: 'hello world', stopped: false });
  assert.deepEqual(stream('hello', []), { text: 'hello', stopped: false });
});

test('nothing of a stop string or after it gets out', () => {
  assert.deepEqual(stream('answer\n\nHuman: more', ['\n\nHuman:']), { text: 'answer', stopped: true });
});

test('what only begins a stop string is given back at the end', () => {
  assert.deepEqual(stream('a\n\nHum', ['\n\nHuman:']), { text: 'a\n\nHum', stopped: false });
});

test('the earliest of several stop strings counts', () => {
  assert.deepEqual(stream('one two three', ['three', 'two']), { text: 'one ', stopped: true });
});
