import { openDataset, parseColumnMap } from '@weft/datasets';
import { openBaseModel } from '@weft/models';
import type { Tokenizer } from '@weft/tokenization';
import { type CommandContext, pathOf } from '../context.ts';
import { loadTokenizerOf, locateModel } from '../models/open-model.ts';
import { givenOptions } from '../options/bind-options.ts';
import { optionError, requireOption } from '../options/option-errors.ts';
import { tokenizeOptions } from '../options/use-options.ts';
import type { GivenOptions } from './command.ts';

interface Tokenizing {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number | undefined;
}

export async function runTokenize({ values }: GivenOptions, context: CommandContext): Promise<void> {
  const options = givenOptions(tokenizeOptions, values);
  const name = requireOption(options.model, '--model', 'NAME, e.g. smollm2-135m-instruct');
  const { text, file, maxLength } = options;
  if (text === undefined && file === undefined) throw nothingGiven();
  const resolved = await locateModel(name, context);
  const base = await openBaseModel(resolved.path, context.signal);
  const tokenizing = { tokenizer: await loadTokenizerOf(resolved, base, context.signal), maxLength };
  let index = 0;
  if (text !== undefined) show(text, { index: index++, ...tokenizing }, context);
  if (file === undefined) return;
  const columns = options.columns === undefined ? undefined : parseColumnMap(options.columns);
  const { signal } = context;
  const dataset = await openDataset({ path: pathOf(context, file), format: 'text', columns, signal });
  for await (const { content } of dataset.rows(signal)) {
    if (content.kind === 'text') show(content.text, { index: index++, ...tokenizing }, context);
  }
}

function show(
  text: string,
  { index, tokenizer, maxLength }: Tokenizing & { readonly index: number },
  { output }: CommandContext,
): void {
  const ids = [...tokenizer.encode(text).slice(0, maxLength)];
  const pieces = ids.map((id) => tokenizer.piece(id));
  const decoded = tokenizer.decode(ids, { skipSpecialTokens: true });
  output.event({ event: 'tokens', index, ids, pieces, text: decoded, isRoundTrip: decoded === text });
  for (const [at, id] of ids.entries()) output.line(`${id}\t${pieces[at]}`);
  output.line(decoded === text ? 'decodes to the same text' : `decodes to ${JSON.stringify(decoded)}`);
}

function nothingGiven() {
  return optionError({
    code: 'OPTION_MISSING',
    message: 'there is no text to tokenise',
    field: '--text',
    remedy: 'Give --text TEXT or --file FILE.',
  });
}
