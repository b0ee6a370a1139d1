import type { ErrorKind } from '@weft/errors';
import type { ColumnarKind } from './columnar-file.ts';

/** What the worker is started with. */
export interface WorkerTask {
  readonly kind: ColumnarKind;
  readonly path: string;
  /** Null for all columns. */
  readonly only: readonly string[] | null;
}

/** A WeftError as plain data: errors lose their class between threads. */
export interface PlainFault {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly field: string | null;
  readonly value: string | number | boolean | null;
  readonly remedy: string | null;
}

/** The answer to each request: the columns first, then rows until the end. */
export type WorkerAnswer =
  | { readonly type: 'columns'; readonly columns: readonly string[] }
  | { readonly type: 'rows'; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  | { readonly type: 'end' }
  | { readonly type: 'fault'; readonly fault: PlainFault }
  | { readonly type: 'damage'; readonly reason: string };
