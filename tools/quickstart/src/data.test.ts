import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildRows, type CommandRow, intents } from './build-rows.ts';
import { findCommandFault } from './check-command.ts';
import { dataSeed, toJsonLines } from './generate-data.ts';

const readText = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');
const readRows = (name: string): CommandRow[] =>
  readText(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as CommandRow);

const train = readRows('train.jsonl');
const heldOut = readRows('test.jsonl');
const normalise = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

test('the committed files are what the generator makes', () => {
  const rows = buildRows(dataSeed);
  assert.equal(readText('train.jsonl'), toJsonLines(rows.train));
  assert.equal(readText('test.jsonl'), toJsonLines(rows.test));
});

test('there are enough rows, all in alpaca form', () => {
  assert.ok(train.length >= 500, `${train.length} training rows`);
  assert.ok(heldOut.length >= 80, `${heldOut.length} held-out rows`);
  for (const row of [...train, ...heldOut]) {
    assert.deepEqual(Object.keys(row), ['instruction', 'input', 'output']);
    assert.equal(row.instruction, row.instruction.trim());
    assert.ok(row.instruction.length > 5 && row.instruction.length < 160, row.instruction);
    assert.ok(row.output.length < 110, row.output);
    assert.doesNotMatch(row.instruction, /[{}]|\s\s|undefined/);
  }
});

test('every command is valid kubectl', () => {
  for (const row of [...train, ...heldOut]) {
    assert.equal(findCommandFault(row.output), undefined, row.output);
  }
});

test('no request occurs twice and no held-out request or command is in the training rows', () => {
  const requests = [...train, ...heldOut].map((row) => normalise(row.instruction));
  assert.equal(new Set(requests).size, requests.length);
  const trained = new Set(train.map((row) => row.output));
  for (const row of heldOut) assert.ok(!trained.has(row.output), row.output);
  assert.equal(new Set(heldOut.map((row) => row.output)).size, heldOut.length);
});

test('every held-out command has relatives of its verb in the training rows', () => {
  const verbOf = (row: CommandRow): string => row.output.split(' ').slice(0, 2).join(' ');
  const trainedVerbs = new Set(train.map(verbOf));
  assert.ok(trainedVerbs.size >= 28, `${trainedVerbs.size} verbs`);
  for (const row of heldOut) assert.ok(trainedVerbs.has(verbOf(row)), row.output);
});

test('a request determines its command: it names every slot that the command has', () => {
  const slotsOf = (template: string): Set<string> =>
    new Set([...template.matchAll(/\{([a-zA-Z]+)(?:\.write)?\}/g)].map((match) => match[1] ?? ''));
  for (const intent of intents) {
    for (const request of intent.requests) {
      assert.deepEqual(slotsOf(request), slotsOf(intent.command), `${request} for ${intent.command}`);
    }
  }
});

test('no two intents share a request template', () => {
  const templates = intents.flatMap((intent) =>
    intent.requests.map((request) => request.replaceAll('.write', '')),
  );
  assert.equal(new Set(templates).size, templates.length);
});
