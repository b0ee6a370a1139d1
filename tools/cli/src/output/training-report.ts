/** Shows a training run: events on standard output, or a bar and lines for people. */
import type { TrainingEvent } from '@weft/training';
import type { Output, Progress } from './output.ts';

export class TrainingReport {
  readonly #output: Output;
  readonly #totalSteps: number;
  #bar: Progress | null = null;

  constructor(output: Output, totalSteps: number) {
    this.#output = output;
    this.#totalSteps = totalSteps;
  }

  tell(event: TrainingEvent): void {
    if (event.event === 'progress') {
      this.#bar ??= this.#output.progress('training', this.#totalSteps);
      const note = `loss ${event.loss.toFixed(3)}, ${Math.round(event.tokensPerSecond)} tokens/s,`;
      this.#bar.update(event.step, note);
      return;
    }
    this.#output.event({ ...event });
    if (this.#output.isJson || this.#output.isInteractive) return;
    this.#output.note(describe(event, this.#totalSteps));
  }

  end(): void {
    this.#bar?.end();
    this.#bar = null;
  }
}

function describe(event: Exclude<TrainingEvent, { event: 'progress' }>, totalSteps: number): string {
  const at = `step ${event.step}/${totalSteps}`;
  switch (event.event) {
    case 'step': {
      const rate = `learning rate ${event.learningRate.toPrecision(3)}, gradient norm ${event.gradientNorm.toPrecision(3)}`;
      const speed = `${Math.round(event.tokensPerSecond)} tokens/s`;
      return `${at}, epoch ${event.epoch.toFixed(2)}: loss ${event.loss.toFixed(4)}, ${rate}, ${speed}`;
    }
    case 'evaluation':
      return `${at}: loss on held-out rows ${event.loss.toFixed(4)}`;
    case 'checkpoint':
      return `${at}: saved ${event.path}`;
  }
}
