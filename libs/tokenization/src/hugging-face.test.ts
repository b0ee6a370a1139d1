import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadTokenizer } from './load-tokenizer.ts';
import { fixtureFolder, fixtureNames, idBlocks, readGolden, textBlocks } from './testing/golden.ts';
import { variedIds, variedString } from './testing/varied-strings.ts';
import type { Tokenizer } from './tokenizer.ts';

for (const name of fixtureNames) {
  describe(`${name} equals transformers`, () => {
    const golden = readGolden(name);
    const texts = Array.from({ length: golden.count }, (_, index) => variedString(index));
    const random = Array.from({ length: 1000 }, (_, index) => variedIds(index, golden.vocabSize));
    let tokenizer: Tokenizer;
    let ids: readonly Int32Array[];

    before(async () => {
      tokenizer = await loadTokenizer({ kind: 'folder', path: fixtureFolder(name) });
      ids = tokenizer.encodeAll(texts);
    });
    after(() => tokenizer.close());

    test('on the first strings', () => {
      const first = golden.first.map((_, index) => ({ text: texts[index], ids: [...(ids[index] ?? [])] }));
      assert.deepEqual(first, golden.first);
    });

    test(`in the ids of ${golden.count} strings`, () => {
      assert.deepEqual(idBlocks(ids, golden.block), golden.ids);
    });

    test('in the ids without what it adds around a text', () => {
      const bare = tokenizer.encodeAll(texts, { addSpecialTokens: false });
      assert.deepEqual(idBlocks(bare, golden.block), golden.idsWithoutSpecial);
    });

    test('in the texts of those ids', () => {
      const decoded = ids.map((row) => tokenizer.decode(row));
      assert.deepEqual(textBlocks(decoded, golden.block), golden.decoded);
    });

    test('in the texts of random ids', () => {
      const decoded = random.map((row) => tokenizer.decode(row));
      assert.deepEqual(textBlocks(decoded, golden.block), golden.decodedRandom);
      const visible = random.map((row) => tokenizer.decode(row, { skipSpecialTokens: true }));
      assert.deepEqual(textBlocks(visible, golden.block), golden.decodedRandomWithoutSpecial);
    });

    test('in its size and the ids of its special tokens', () => {
      const { bosId: bos, eosId: eos, padId: pad, unkId: unk, vocabSize } = tokenizer;
      assert.deepEqual({ bos, eos, pad, unk }, golden.special);
      assert.equal(vocabSize, golden.vocabSize);
      assert.equal(tokenizer.addsBos, bos !== null && tokenizer.encode('the')[0] === bos);
    });

    test('one token at a time as all at once', () => {
      for (const row of [...ids.slice(0, 1000), ...random]) {
        for (const skipSpecialTokens of [false, true]) {
          const stream = tokenizer.createStreamDecoder({ skipSpecialTokens });
          const pushed = Array.from(row, (id) => stream.push(id)).join('');
          assert.equal(pushed + stream.flush(), tokenizer.decode(row, { skipSpecialTokens }));
        }
      }
    });
  });
}
