import { invalid } from '../errors.ts';
import type { TokenizerFiles } from '../files/tokenizer-files.ts';
import {
  type GgufTokenizerMetadata,
  type GgufVocabulary,
  ggufBoolean,
  ggufFault,
  ggufText,
  ggufTokenId,
  readGgufVocabulary,
  tokenType,
} from './gguf-vocabulary.ts';
import { type PreTokenizerRule, preTokenizerRules } from './pre-tokenizers.ts';
import { sentencepieceMerges } from './sentencepiece-merges.ts';

export type { GgufTokenizerMetadata } from './gguf-vocabulary.ts';

/** The parts of a `tokenizer.json` that depend on the kind of vocabulary. */
interface Conversion {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  readonly model: object;
  readonly addsBos: boolean;
}

const bpe = {
  type: 'BPE',
  dropout: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  unk_token: null,
};

/** Of two tokens with the same text the later one counts, as everywhere that reads such files. */
function vocabularyOf({ tokens }: GgufVocabulary): Readonly<Record<string, number>> {
  const vocabulary: Record<string, number> = Object.create(null);
  for (const [id, token] of tokens.entries()) vocabulary[token] = id;
  return vocabulary;
}

function ruleOf(name: string, path: string): PreTokenizerRule {
  const rule = preTokenizerRules.get(name);
  if (rule !== undefined) return rule;
  throw invalid({
    code: 'TOKENIZER_GGUF_UNSUPPORTED',
    message: `${path}: the pre-tokenizer "${name}" is not known, so its text would be cut in the wrong places`,
    field: 'tokenizer.ggml.pre',
    value: name,
    remedy: `Use the model's Hugging Face folder. Known are ${[...preTokenizerRules.keys()].join(', ')}.`,
  });
}

function mergePairs({ merges, path }: GgufVocabulary): readonly (readonly [string, string])[] {
  if (merges === null) throw ggufFault(path, 'tokenizer.ggml.merges', 'is missing');
  return merges.map((merge) => {
    // The left part is never empty, so a merge of blanks is cut at its second blank.
    const at = merge.indexOf(' ', 1);
    if (at < 1 || at === merge.length - 1) {
      throw ggufFault(path, 'tokenizer.ggml.merges', `has ${JSON.stringify(merge)}, which is no pair`);
    }
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
}

function byteLevelBpe(vocabulary: GgufVocabulary, pre: string): Conversion {
  const rule = ruleOf(pre, vocabulary.path);
  return {
    normalizer: rule.normalizer,
    pre_tokenizer: rule.pre_tokenizer,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      ...bpe,
      ignore_merges: rule.ignoreMerges,
      vocab: vocabularyOf(vocabulary),
      merges: mergePairs(vocabulary),
    },
    addsBos: rule.addsBos,
  };
}

const metaspace = '▁';

/** Llama 2's form: a blank before the text and before what follows a special token. */
function sentencepieceBpe(vocabulary: GgufVocabulary, hasSpacePrefix: boolean): Conversion {
  const { tokens, scores, merges, path } = vocabulary;
  if (scores === null && merges === null) throw ggufFault(path, 'tokenizer.ggml.scores', 'is missing');
  const unknown = tokens.find((_, id) => vocabulary.types[id] === tokenType.unknown) ?? null;
  const blanks = { type: 'Replace', pattern: { String: ' ' }, content: metaspace };
  const decoders = [
    { type: 'Replace', pattern: { String: metaspace }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(hasSpacePrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
  return {
    normalizer: hasSpacePrefix
      ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: metaspace }, blanks] }
      : blanks,
    pre_tokenizer: null,
    decoder: { type: 'Sequence', decoders },
    model: {
      ...bpe,
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabularyOf(vocabulary),
      merges: merges === null ? sentencepieceMerges(tokens, scores ?? []) : mergePairs(vocabulary),
    },
    addsBos: true,
  };
}

function convert(metadata: GgufTokenizerMetadata, vocabulary: GgufVocabulary): Conversion {
  const { model, path } = vocabulary;
  if (model === 'gpt2')
    return byteLevelBpe(vocabulary, ggufText(metadata, 'tokenizer.ggml.pre', path) ?? 'default');
  if (model === 'llama') {
    return sentencepieceBpe(
      vocabulary,
      ggufBoolean(metadata, 'tokenizer.ggml.add_space_prefix', path) ?? true,
    );
  }
  throw invalid({
    code: 'TOKENIZER_GGUF_UNSUPPORTED',
    message: `${path}: a vocabulary of the kind "${model}" is not supported`,
    field: 'tokenizer.ggml.model',
    value: model,
    remedy: "Use the model's Hugging Face folder. Supported are gpt2 and llama.",
  });
}

function addedTokens({ tokens, types }: GgufVocabulary): readonly object[] {
  return tokens.flatMap((content, id) => {
    const special = types[id] === tokenType.control || types[id] === tokenType.unknown;
    if (content === '' || (!special && types[id] !== tokenType.userDefined)) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

const roles = { bos_token: 'bos', eos_token: 'eos', unk_token: 'unknown', pad_token: 'padding' } as const;

/** Ends of a turn and of a message, at which generation ends too. */
const furtherEnds = ['eot', 'eom'] as const;

function namedTemplates(
  metadata: GgufTokenizerMetadata,
  path: string,
): readonly object[] | string | undefined {
  const prefix = 'tokenizer.chat_template';
  const main = ggufText(metadata, prefix, path);
  const named = [...metadata.keys()]
    .filter((key) => key.startsWith(`${prefix}.`))
    .map((key) => ({ name: key.slice(prefix.length + 1), template: ggufText(metadata, key, path) }));
  if (named.length === 0) return main ?? undefined;
  return main === null ? named : [{ name: 'default', template: main }, ...named];
}

/**
 * Converts the vocabulary of a GGUF file to the files of a Hugging Face folder, in memory.
 * Throws WeftError: `TOKENIZER_GGUF_MALFORMED`, or `TOKENIZER_GGUF_UNSUPPORTED` naming the vocabulary's kind or its
 * pre-tokenizer.
 */
export function ggufTokenizerFiles(metadata: GgufTokenizerMetadata, path: string): TokenizerFiles {
  const vocabulary = readGgufVocabulary(metadata, path);
  const { addsBos, ...parts } = convert(metadata, vocabulary);
  const idOf = (name: string) => ggufTokenId(metadata, `tokenizer.ggml.${name}_token_id`, vocabulary);
  const flag = (key: string) => ggufBoolean(metadata, `tokenizer.ggml.${key}`, path);
  const special = Object.entries(roles).flatMap(([role, name]) => {
    const id = idOf(name);
    return id === null ? [] : [[role, vocabulary.tokens[id]] as const];
  });
  const ends = [idOf('eos'), ...furtherEnds.map(idOf)].filter((id) => id !== null);
  return {
    place: path,
    tokenizerJson: JSON.stringify({
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(vocabulary),
      ...parts,
      post_processor: null,
    }),
    tokenizerConfig: JSON.stringify(
      {
        add_bos_token: flag('add_bos_token') ?? addsBos,
        add_eos_token: flag('add_eos_token') ?? false,
        ...Object.fromEntries(special),
        clean_up_tokenization_spaces: false,
        tokenizer_class: 'PreTrainedTokenizerFast',
        chat_template: namedTemplates(metadata, path),
      },
      null,
      2,
    ),
    generationConfig:
      ends.length > 1 ? JSON.stringify({ eos_token_id: [...new Set(ends)] }, null, 2) : undefined,
  };
}
