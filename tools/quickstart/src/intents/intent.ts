/**
 * One thing a user may want, as templates: `{slot}` stands for a filler of vocabulary.ts, said in the requests and
 * written in the command. The slots of the command must all occur in every request, so that a request determines
 * its command.
 */
export interface Intent {
  readonly command: string;
  /** Imperatives without a final stop, or questions that end in "?". */
  readonly requests: readonly string[];
  /** How many training rows to draw. */
  readonly rows: number;
  /** How many rows to hold out; 0 where the command has too few forms to hold one back. */
  readonly heldOut: number;
}
