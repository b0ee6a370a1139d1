export interface EncoderStart {
  /** The bytes of a `tokenizer.json`. */
  readonly json: Uint8Array<ArrayBuffer>;
}

export interface EncodeRequest {
  readonly texts: readonly string[];
  readonly addSpecialTokens: boolean;
}

/** One list of ids for each text; none for the answer to the start. */
export type EncodeAnswer = { readonly ids: readonly Int32Array[] } | { readonly fault: string };
