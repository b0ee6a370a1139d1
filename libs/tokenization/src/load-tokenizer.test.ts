import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { loadTokenizer } from './load-tokenizer.ts';
import { fixtureFolder } from './testing/golden.ts';

let root: string;
let folder: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'weft-tokenizer-'));
});
after(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
  await cp(fixtureFolder('smollm'), folder, { recursive: true });
});

const load = () => loadTokenizer({ kind: 'folder', path: folder });

async function change(file: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
  const path = join(folder, file);
  const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  await writeFile(path, JSON.stringify(json));
}

const changeConfig = (entries: object) =>
  change('tokenizer_config.json', (json) => Object.assign(json, entries));

async function loaded<T>(look: (tokenizer: Awaited<ReturnType<typeof load>>) => T): Promise<T> {
  const tokenizer = await load();
  try {
    return look(tokenizer);
  } finally {
    tokenizer.close();
  }
}

describe('the configuration', () => {
  test('may write a token as an object', async () => {
    await changeConfig({ eos_token: { content: '<|endoftext|>', lstrip: false, special: true } });
    assert.equal(await loaded(({ eosId }) => eosId), 0);
  });

  test('is completed by special_tokens_map.json', async () => {
    await change('tokenizer_config.json', (json) => delete json['eos_token']);
    await writeFile(
      join(folder, 'special_tokens_map.json'),
      '{"eos_token": "<|endoftext|>", "bos_token": "x"}',
    );
    assert.deepEqual(await loaded(({ bosId, eosId }) => [bosId, eosId]), [1, 0]);
  });

  test('gives a token that no file knows a new id', async () => {
    await changeConfig({ pad_token: '<|pad|>' });
    const [padId, ids, vocabSize] = await loaded((tokenizer) => [
      tokenizer.padId,
      [...tokenizer.encode('<|pad|>')],
      tokenizer.vocabSize,
    ]);
    assert.deepEqual([padId, ids, vocabSize], [700, [700], 701]);
  });

  test('adds BOS and EOS where it says so', async () => {
    await changeConfig({ add_bos_token: true, add_eos_token: true });
    const [ids, bare, addsBos] = await loaded((tokenizer) => [
      [...tokenizer.encode('')],
      [...tokenizer.encode('', { addSpecialTokens: false })],
      tokenizer.addsBos,
    ]);
    assert.deepEqual([ids, bare, addsBos], [[1, 2], [], true]);
  });

  test('changes how a token is matched', async () => {
    const flags = { special: true, lstrip: true, rstrip: true, single_word: false, normalized: false };
    await changeConfig({ added_tokens_decoder: { 2: { content: '<|im_end|>', ...flags } } });
    const ids = await loaded((tokenizer) => [...tokenizer.encode('a  <|im_end|> \n b')]);
    assert.equal(ids.length, 3);
    assert.equal(ids[1], 2);
  });
});

describe('generation ends', () => {
  const ends = () => loaded(({ eosIds }) => [...eosIds]);

  test("at the tokenizer's own end and those of generation_config.json", async () => {
    await writeFile(join(folder, 'generation_config.json'), '{"eos_token_id": [0, 2, 7]}');
    await writeFile(join(folder, 'config.json'), '{"eos_token_id": 9}');
    assert.deepEqual(await ends(), [2, 0, 7]);
  });

  test('at one of config.json where there is no generation_config.json', async () => {
    await writeFile(join(folder, 'config.json'), '{"eos_token_id": 9}');
    assert.deepEqual(await ends(), [2, 9]);
  });

  test('never by a configuration of the wrong type', async () => {
    await writeFile(join(folder, 'generation_config.json'), '{"eos_token_id": ["<|im_end|>"]}');
    await assert.rejects(load(), {
      code: 'TOKENIZER_MALFORMED',
      field: 'generation_config.json: eos_token_id',
    });
  });
});

describe('the chat template', () => {
  const text = () => loaded((tokenizer) => tokenizer.applyChatTemplate([{ role: 'user', content: 'hi' }]));

  test('comes from tokenizer_config.json', async () => {
    assert.equal(await text(), '<|im_start|>user\nhi<|im_end|>\n');
  });

  test('comes from a list of named ones', async () => {
    await changeConfig({
      chat_template: [
        { name: 'tool_use', template: 'tools' },
        { name: 'default', template: 'plain' },
      ],
    });
    assert.equal(await text(), 'plain');
  });

  test('comes first from chat_template.jinja, which is written beside a model again', async () => {
    await writeFile(join(folder, 'chat_template.jinja'), '{{ eos_token }}');
    await mkdir(join(folder, 'chat_templates'));
    await writeFile(join(folder, 'chat_templates', 'tool_use.jinja'), 'tools');
    assert.equal(await text(), '<|im_end|>');
    const files = await loaded((tokenizer) => tokenizer.files());
    assert.equal(files.get('chat_template.jinja'), '{{ eos_token }}');
    assert.equal(files.get('chat_templates/tool_use.jinja'), 'tools');
    assert.equal(files.get('tokenizer.json'), await readFile(join(folder, 'tokenizer.json'), 'utf8'));
  });

  test('may be missing', async () => {
    await change('tokenizer_config.json', (json) => delete json['chat_template']);
    assert.equal(await loaded(({ chatTemplate }) => chatTemplate), null);
    await assert.rejects(text(), { code: 'CHAT_TEMPLATE_MISSING' });
  });

  test('is refused where it is no template', async () => {
    await changeConfig({ chat_template: [{ name: 'default' }] });
    await assert.rejects(load(), {
      code: 'TOKENIZER_MALFORMED',
      field: 'tokenizer_config.json: chat_template[0]',
    });
  });
});

describe('a folder is refused', () => {
  test('without tokenizer.json', async () => {
    await rm(join(folder, 'tokenizer.json'));
    await assert.rejects(load(), { code: 'TOKENIZER_MISSING', field: join(folder, 'tokenizer.json') });
  });

  test('with a file cut short', async () => {
    await truncate(join(folder, 'tokenizer.json'), 5000);
    await assert.rejects(load(), { code: 'TOKENIZER_MALFORMED', field: 'tokenizer.json' });
  });

  test('with a file that is too large, before it is read', async () => {
    await truncate(join(folder, 'tokenizer.json'), 2 ** 28 + 1);
    await assert.rejects(load(), { code: 'TOKENIZER_TOO_LARGE', value: 2 ** 28 + 1 });
  });

  test('with a file that is not UTF-8', async () => {
    await writeFile(join(folder, 'tokenizer_config.json'), Uint8Array.of(0x7b, 0xff, 0x7d));
    await assert.rejects(load(), {
      code: 'TOKENIZER_MALFORMED',
      field: join(folder, 'tokenizer_config.json'),
    });
  });

  test('with a folder for a file', async () => {
    await rm(join(folder, 'tokenizer.json'));
    await mkdir(join(folder, 'tokenizer.json'));
    await assert.rejects(load(), { code: 'TOKENIZER_UNREADABLE', kind: 'invalid' });
  });

  test('where what the library itself checks is wrong', async () => {
    await change('tokenizer.json', (json) => Object.assign(json, { normalizer: { type: 'Rot13' } }));
    await assert.rejects(load(), { code: 'TOKENIZER_MALFORMED', message: /tokenizer\.json is refused/ });
  });

  test('once the caller has gone', async () => {
    const signal = AbortSignal.abort();
    await assert.rejects(loadTokenizer({ kind: 'folder', path: folder }, { signal }), { name: 'AbortError' });
    const leaving = new AbortController();
    const files = { place: 'there', tokenizerJson: await readFile(join(folder, 'tokenizer.json'), 'utf8') };
    const loading = loadTokenizer({ kind: 'files', files }, { signal: leaving.signal });
    setImmediate(() => leaving.abort());
    await assert.rejects(loading, { name: 'AbortError' });
  });

  const configs: Readonly<Record<string, unknown>> = {
    eos_token: 5,
    add_bos_token: 'yes',
    added_tokens_decoder: [],
    chat_template: 5,
    additional_special_tokens: 'x',
  };
  for (const [key, value] of Object.entries(configs)) {
    test(`with ${key} ${JSON.stringify(value)}`, async () => {
      await changeConfig({ [key]: value });
      await assert.rejects(load(), {
        code: 'TOKENIZER_MALFORMED',
        message: new RegExp(`tokenizer_config.json: ${key}`),
      });
    });
  }
});

test('a text of more characters than fit is refused, not the machine exhausted', async () => {
  await loaded((tokenizer) => {
    assert.throws(() => tokenizer.encode('a'.repeat(2 ** 24 + 1)), { code: 'TOKENIZER_TEXT_TOO_LONG' });
  });
});

test('pieces and ids go both ways', async () => {
  await loaded((tokenizer) => {
    const [id = -1] = tokenizer.encode(' the');
    assert.equal(tokenizer.piece(id), 'Ġthe');
    assert.equal(tokenizer.tokenId('Ġthe'), id);
    assert.equal(tokenizer.tokenId('nothing like it'), null);
    assert.throws(() => tokenizer.piece(700), { code: 'TOKEN_ID_UNKNOWN', value: 700 });
    assert.throws(() => tokenizer.piece(-1), { code: 'TOKEN_ID_UNKNOWN' });
    assert.equal(tokenizer.decode([id, 99_999, id]), ' the the');
    assert.deepEqual([tokenizer.isSpecial(2), tokenizer.isSpecial(id)], [true, false]);
  });
});

test('a closed tokenizer says that it is', async () => {
  const tokenizer = await load();
  tokenizer.close();
  tokenizer.close();
  assert.throws(() => tokenizer.encode('a'), { code: 'TOKENIZER_STUCK' });
});
