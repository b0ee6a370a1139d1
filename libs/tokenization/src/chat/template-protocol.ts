export interface RenderRequest {
  readonly template: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly maxLength: number;
}

/** `isRefusal`: the template itself refused the conversation by `raise_exception`. */
export type RenderAnswer =
  | { readonly text: string }
  | { readonly fault: string; readonly isRefusal: boolean };
